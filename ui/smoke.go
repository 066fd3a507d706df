package ui

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2/driver/software"

	"ebmstudio/studio"
)

const (
	smokeSteps = 20
	smokeMore  = 12 * time.Second // for a short run to end, so that the picture shows what comes of it
	smokeLimit = 4 * time.Minute
	stallProbe = 10 * time.Millisecond
	smokeHold  = 700 * time.Millisecond // the window stays a moment, for others to look at the screen
)

// Smoke opens the window on the given or the bundled model, runs at least 20
// steps, writes a picture of the window into dir and closes it. It prints how long
// things took, and returns an error where no chain moved. With full it opens all
// bundled models and runs the first for 1,000 steps besides, and prints the memory.
func Smoke(o Options, dir string, full bool, out io.Writer) error {
	if o.Path == "" && len(o.Bundled) == 0 {
		return errors.New("smoke: no model is bundled, want the path of a checkpoint")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("smoke: %w", err)
	}
	m := &smoke{out: out, path: filepath.Join(dir, "studio.png"), full: full, err: errors.New("smoke: the window was closed early")}
	o.State = "" // nothing is kept
	w, err := start(o, m.timed)
	if err != nil {
		return err
	}
	m.w, w.onShot = w, m.shot
	w.app.Lifecycle().SetOnStarted(func() {
		fmt.Fprintf(out, "window on the screen after %s\n", since(o.Started))
		w.begin()
		if o.Path != "" {
			m.startWhenOpen()
		}
		go m.watch()
		if full {
			go m.fill()
		}
	})
	if err := w.show(); err != nil {
		return err
	}
	w.app.Run()
	w.close()
	fmt.Fprintf(out, "longest wait for the UI goroutine %s, painting included; longest work of ours on it %s\n",
		time.Duration(m.stall.Load()).Round(time.Millisecond), m.ours.Round(time.Millisecond))
	return m.err
}

// smoke is the state of a smoke run; its fields belong to the UI goroutine, but
// for stall.
type smoke struct {
	w      *Window
	out    io.Writer
	path   string
	err    error
	full   bool
	moved  bool // a frame beyond the start was shown
	asked  bool // a run of a given model was started
	ended  bool
	enough time.Time     // when the steps asked for were done
	ours   time.Duration // longest time that one piece of our work took there
	stall  atomic.Int64
}

// timed is the dispatcher that measures what it hands over.
func (m *smoke) timed(f func()) {
	onUI(func() {
		began := time.Now()
		f()
		m.ours = max(m.ours, time.Since(began))
	})
}

func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }

// watch ends a smoke run that hangs and measures how long the UI goroutine keeps
// others waiting.
func (m *smoke) watch() {
	limit := time.Now().Add(smokeLimit)
	for time.Now().Before(limit) {
		asked := time.Now()
		answered := make(chan bool)
		m.w.do(func() {
			if m.w.problem != "" && !m.ended {
				m.end(errors.New("smoke: " + m.w.problem))
			}
			close(answered)
		})
		select {
		case <-answered:
		case <-m.w.ctx.Done():
			return
		}
		if waited := int64(time.Since(asked)); waited > m.stall.Load() {
			m.stall.Store(waited)
		}
		time.Sleep(stallProbe)
	}
	m.w.do(func() { m.end(fmt.Errorf("smoke: no %d steps within %s", smokeSteps, smokeLimit)) })
}

// startWhenOpen starts a run as soon as the given model is open.
func (m *smoke) startWhenOpen() {
	go func() {
		for m.w.ctx.Err() == nil {
			done := make(chan bool, 1)
			m.w.do(func() {
				if m.w.now != nil && !m.asked {
					m.asked = true
					m.w.startRun()
				}
				done <- m.asked || m.ended
			})
			if <-done {
				return
			}
			time.Sleep(stallProbe)
		}
	}()
}

// shot sees every frame the window shows.
func (m *smoke) shot(c shot) {
	switch {
	case m.ended:
	case c.progress.Phase == studio.Failed:
		m.end(fmt.Errorf("smoke: %w", c.progress.Err))
	case c.step > 0 && !m.moved:
		m.moved = true
		total := time.Since(m.w.options.Started)
		fmt.Fprintf(m.out, "first moving frame after %s, of which the engine compiled %s\n",
			total.Round(time.Millisecond), c.progress.Compile.Round(time.Millisecond))
	case m.full: // ends by itself
	case c.step >= min(smokeSteps, max(1, c.progress.Steps)):
		if m.enough.IsZero() {
			m.enough = time.Now()
		}
		if !c.progress.Phase.Final() && time.Since(m.enough) < smokeMore {
			return
		}
		m.ended = true
		go func() { // after the frame is painted
			time.Sleep(400 * time.Millisecond)
			onUI(func() { // not timed: nobody else takes pictures of the window
				err := m.capture()
				time.AfterFunc(smokeHold, func() { m.w.do(func() { m.ended = false; m.end(err) }) })
			})
		}()
	}
}

// capture writes what the window shows. Some GL drivers hand back a black
// picture (Mesa's without a GPU); then the same widgets are painted in software.
func (m *smoke) capture() error {
	shot, how := m.w.win.Canvas().Capture(), "the screen"
	if black(shot) {
		c := software.NewCanvas()
		c.SetPadded(false)
		c.SetContent(m.w.win.Content())
		c.Resize(m.w.win.Canvas().Size())
		shot, how = c.Capture(), "the window, painted in software"
	}
	f, err := os.Create(m.path)
	if err != nil {
		return fmt.Errorf("smoke: %w", err)
	}
	err = png.Encode(f, shot)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("smoke: write %q: %w", m.path, err)
	}
	fmt.Fprintf(m.out, "wrote %s (%s)\n", m.path, how)
	return nil
}

// black reports whether a picture has no colour at all.
func black(m image.Image) bool {
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 7 {
		for x := b.Min.X; x < b.Max.X; x += 7 {
			if r, g, b, _ := m.At(x, y).RGBA(); r|g|b != 0 {
				return false
			}
		}
	}
	return true
}

func (m *smoke) end(err error) {
	if m.ended {
		return
	}
	m.ended, m.err = true, err
	m.w.app.Quit()
}
