package ui

import (
	"sort"
	"time"
)

// look asks the feed for what the window shows now.
func (w *Window) look() {
	h := w.now
	if h == nil || h.job == nil || w.feed == nil {
		return
	}
	v := view{
		job: h.job, frame: h.frame, follow: h.follow, selected: h.selected,
		energy: w.stage.energy.Frame(), gradient: w.stage.gradient.Frame(),
	}
	if d := h.density; d != nil {
		of := d.of // a value: the feed's own
		v.density, v.stage, v.dots = &of, d.shown, w.stage.plane.model.Frame()
		if d.follow {
			v.stage = -1
		}
	}
	v.second = w.stage.second
	v.before = h.generates() && (h.walking() || w.stage.compare.Checked)
	if h.walking() {
		v.along = w.stage.walk.energy.Frame()
	}
	w.feed.look(v)
}

func (w *Window) selectChain(i int) {
	if w.now == nil || i < 0 || i >= len(w.stage.last.images) {
		return
	}
	w.now.selected = i
	w.stage.grid.Select(i)
	w.stage.before.grid.Select(i)
	w.stage.showSelected(w.now)
	w.look()
}

// seekFrame shows a recorded frame and stops following and playing.
func (w *Window) seekFrame(frame int) {
	w.stopPlay()
	w.goTo(frame)
}

func (w *Window) goTo(frame int) {
	h := w.now
	if h == nil || h.frames == 0 {
		return
	}
	h.frame, h.follow = min(max(frame, 0), h.frames-1), false
	w.stage.showScrub(h)
	w.look()
}

// seekStep shows the frame nearest to a step.
func (w *Window) seekStep(step int) {
	h := w.now
	if h == nil || h.job == nil {
		return
	}
	rec := h.job.Recording()
	w.seekFrame(sort.Search(max(0, h.frames-1), func(i int) bool { return rec.StepOf(i) >= step }))
}

func (w *Window) followNewest() {
	if w.now == nil {
		return
	}
	w.stopPlay()
	w.now.follow = true
	w.now.frame = max(0, w.now.frames-1)
	w.look()
}

// playGap is the time between two frames of a played recording; a long recording
// is played in playFrames pictures.
const (
	playGap    = 50 * time.Millisecond
	playFrames = 240
)

func (w *Window) togglePlay() {
	if w.stage.play != nil {
		w.stopPlay()
		return
	}
	h := w.now
	if h == nil || h.frames < 2 {
		return
	}
	if h.frame >= h.frames-1 {
		h.frame = 0
	}
	ticker := time.NewTicker(speeds[w.stage.speed].gap)
	done := make(chan struct{})
	w.stage.play, w.playDone = ticker, done
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				w.do(func() { w.playOn(ticker) })
			}
		}
	}()
	w.goTo(h.frame)
}

// playOn shows the next frame of a played recording, where that ticker still
// plays.
func (w *Window) playOn(ticker *time.Ticker) {
	h := w.now
	if w.stage.play != ticker || h == nil {
		return
	}
	next := h.frame + speeds[w.stage.speed].frames*max(1, h.frames/playFrames)
	switch {
	case next < h.frames-1:
	case w.stage.loop && h.frame >= h.frames-1:
		next = 0
	case w.stage.loop:
		next = h.frames - 1
	default:
		w.stopPlay()
		next = h.frames - 1
	}
	w.goTo(next)
}

// speeds are those of playing: one frame at a time more slowly, or several at once.
var speeds = [...]struct {
	text   string
	gap    time.Duration
	frames int
}{{"¼×", 4 * playGap, 1}, {"½×", 2 * playGap, 1}, {"1×", playGap, 1}, {"2×", playGap / 2, 1}, {"4×", playGap / 2, 2}, {"16×", playGap / 2, 8}}

// plainSpeed is the speed of 1.
const plainSpeed = 2

func (s *stage) speedText() string { return speeds[s.speed].text }

// nextSpeed goes round the speeds; what is played goes on at the new one.
func (w *Window) nextSpeed() {
	w.stage.speed = (w.stage.speed + 1) % len(speeds)
	if w.stage.play != nil {
		w.stage.play.Reset(speeds[w.stage.speed].gap)
	}
	w.showScrub()
}

// toggleLoop plays recordings round and round, or once.
func (w *Window) toggleLoop() {
	w.stage.loop = !w.stage.loop
	w.showScrub()
}

func (w *Window) showScrub() {
	if w.now != nil {
		w.stage.showScrub(w.now)
	}
}

func (w *Window) stopPlay() {
	if w.stage.play == nil {
		return
	}
	w.stage.play.Stop()
	close(w.playDone)
	w.stage.play, w.playDone = nil, nil
	if w.now != nil {
		w.stage.showScrub(w.now)
	}
}
