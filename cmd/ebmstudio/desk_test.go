package main

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ebmstudio/internal/fixtures"
	"ebmstudio/ui"
)

// desk is the real program on a display of its own, worked with a real mouse and real
// keys (xdotool), and looked at through the display's memory.
type desk struct {
	*testing.T
	display, dir string
	binary       string
	env          []string // of the program, besides
	said         *strings.Builder
	ended        chan error
}

// deskPatience is how long a test waits for something to be seen: compiling a model on a
// busy machine takes a while.
const deskPatience = 5 * time.Minute

// openDesk starts the program on a model and waits until a run can be started.
func openDesk(t *testing.T, model string) *desk {
	d := newDesk(t)
	d.start(model)
	d.until("the model is open", d.canStart)
	return d
}

// newDesk is the display, before the program is started on it.
func newDesk(t *testing.T) *desk {
	needXvfb(t)
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("SKIPPED: xdotool is not installed, so the window was NOT worked with mouse and keys. Install it: apt-get install xdotool (make setup does)")
	}
	dir := t.TempDir()
	d := &desk{T: t, dir: dir, said: &strings.Builder{}}
	d.binary = program(t, "ebmstudio")
	d.display = startXvfb(t, dir, "-noreset") // between two starts of the program the display stays
	noTour(t, dir)
	return d
}

// start starts the program. It ends with the test, or by the function that is returned,
// without warning; what it keeps in its folders is there at the next start.
func (d *desk) start(args ...string) (kill func()) {
	d.Helper()
	for i, arg := range args {
		if path, err := filepath.Abs(arg); err == nil && !strings.HasPrefix(arg, "-") {
			args[i] = path
		}
	}
	program := exec.Command(d.binary, args...)
	program.Dir = d.dir // what a dialog may write goes there
	program.Env = append(os.Environ(), "DISPLAY="+d.display, "WAYLAND_DISPLAY=", "HOME="+d.dir, "XDG_CONFIG_HOME="+d.dir, "XDG_CACHE_HOME="+d.dir, "XDG_DATA_HOME="+d.dir,
		"XDG_STATE_HOME="+d.dir, "XDG_RUNTIME_DIR="+d.dir, "PJRT_PLUGIN_LIBRARY_PATH="+pluginFolder(), "LC_ALL=C.UTF-8", "LANGUAGE=")
	program.Env = append(program.Env, d.env...)
	program.Stdout, program.Stderr = d.said, d.said
	if err := program.Start(); err != nil {
		d.Fatal(err)
	}
	ended, killed := make(chan error, 1), false
	d.ended = ended
	go func() { ended <- program.Wait() }()
	kill = func() {
		if !killed {
			killed = true
			_ = program.Process.Kill() // it may have ended by itself
			<-ended
		}
	}
	d.Cleanup(kill)
	d.do("mousemove", "620", "300")
	return kill
}

// noTour leaves the preferences of somebody who has been offered the tour, whose offer lies
// over a part of the window.
func noTour(t *testing.T, config string) {
	t.Helper()
	folder := filepath.Join(config, "fyne", ui.AppID)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "preferences.json"), []byte(`{"tour.offered":true}`), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pluginFolder is where the engine's plugin lies, which another HOME would hide.
func pluginFolder() string {
	if path := os.Getenv("PJRT_PLUGIN_LIBRARY_PATH"); path != "" {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "lib", "go-xla")
}

// do works mouse and keys, in the words of xdotool.
func (d *desk) do(words ...string) {
	d.Helper()
	c := exec.Command("xdotool", words...)
	c.Env = append(os.Environ(), "DISPLAY="+d.display)
	if out, err := c.CombinedOutput(); err != nil {
		d.Fatalf("xdotool %v: %v\n%s", words, err, out)
	}
}

// move moves the mouse to a place of the screen.
func (d *desk) move(x, y int) { d.Helper(); d.do("mousemove", strconv.Itoa(x), strconv.Itoa(y)) }

// screen is what the display shows.
func (d *desk) screen() *image.RGBA {
	d.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, "Xvfb_screen0"))
	if err != nil {
		d.Fatal(err)
	}
	m, err := readXWD(data)
	if err != nil {
		d.Fatal(err)
	}
	return m.(*image.RGBA)
}

// until waits until something is seen.
func (d *desk) until(what string, seen func(m *image.RGBA) bool) {
	d.Helper()
	for limit := time.Now().Add(deskPatience); time.Now().Before(limit); time.Sleep(30 * time.Millisecond) {
		select {
		case err := <-d.ended:
			d.ended <- err
			d.Fatalf("the program ended before %s: %v\n%s", what, err, d.said)
		default:
		}
		if seen(d.screen()) {
			return
		}
	}
	d.keep("failed")
	d.Fatalf("waited %s in vain until %s; the screen is in %s\n%s", deskPatience, what, screenshots, d.said)
}

// keep leaves a picture of the screen for people.
func (d *desk) keep(name string) {
	d.Helper()
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		d.Fatal(err)
	}
	f, err := os.Create(filepath.Join(screenshots, name+".png"))
	if err != nil {
		d.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, d.screen()), f.Close()); err != nil {
		d.Fatal(err)
	}
}

// Places of the window of 1320 by 860: the pictures, the right side, the start button.
var (
	middleArea = image.Rect(270, 60, 1000, 590)
	sideArea   = image.Rect(1025, 90, 1300, 690)
	startArea  = image.Rect(1030, 778, 1130, 806)
	taskArea   = image.Rect(180, 8, 1060, 44)
	stripArea  = image.Rect(340, 455, 1000, 592)
)

// The theme's colours, dark.
var (
	primary  = color.RGBA{0x4d, 0x8d, 0xf6, 255}
	negative = color.RGBA{0xff, 0x6b, 0x6b, 255}
	selected = color.RGBA{0xff, 0x9f, 0x43, 255}
	text     = color.RGBA{0xe8, 0xeb, 0xf0, 255}
)

// count is the number of pixels of a colour in an area.
func count(m *image.RGBA, area image.Rectangle, c color.RGBA) (n int) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if m.RGBAAt(x, y) == c {
				n++
			}
		}
	}
	return n
}

// alike reports whether two colours differ by no more than what smooth edges do.
func alike(a, b color.RGBA) bool {
	d := func(p, q uint8) int { return max(int(p)-int(q), int(q)-int(p)) }
	return d(a.R, b.R)+d(a.G, b.G)+d(a.B, b.B) < 100
}

// canStart reports whether the start button is lit.
func (d *desk) canStart(m *image.RGBA) bool { return count(m, startArea, primary) > 2000 }

// changed reports whether more than a share of an area's pixels differ.
func changed(a, b *image.RGBA, area image.Rectangle, share float64) bool {
	n := 0
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				n++
			}
		}
	}
	return float64(n) > share*float64(area.Dx()*area.Dy())
}

// thumbs are the places of sliders' thumbs on a column of the screen, from the top.
func thumbs(m *image.RGBA, x int, area image.Rectangle) (places []image.Point) {
	run := 0
	for y := area.Min.Y; y < area.Max.Y; y++ {
		switch {
		case m.RGBAAt(x, y) == text:
			run++
		case run >= 12 && run <= 24:
			places = append(places, image.Pt(x, y-run/2-1))
			fallthrough
		default:
			run = 0
		}
	}
	return places
}

// goTo goes to another task by its key and waits until its button is lit.
func (d *desk) goTo(key string) {
	d.Helper()
	from := litTask(d.screen())
	d.do("key", key)
	d.until("the task has changed", func(m *image.RGBA) bool { at := litTask(m); return at >= 0 && at != from })
}

// The keys of the tasks, which are numbered as they stand in their bar.
const (
	keyCompose     = "ctrl+2"
	keyInterpolate = "ctrl+4"
	keyLandscape   = "ctrl+5"
	keyScore       = "ctrl+6"
	keyTrain       = "ctrl+7"
	keyGallery     = "ctrl+8"
)

// litTask is the left edge of the lit button in the bar of tasks, -1 where none is seen.
func litTask(m *image.RGBA) int {
	for x := taskArea.Min.X; x < taskArea.Max.X; x++ {
		if count(m, image.Rect(x, taskArea.Min.Y, x+1, taskArea.Max.Y), primary) > 10 {
			return x
		}
	}
	return -1
}

// TestComposeByMouseAndKeys mixes attributes of the bundled model of faces: while a
// slider is dragged the pictures follow; once it is let go they are drawn anew.
func TestComposeByMouseAndKeys(t *testing.T) {
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "cdrl-faces-16.safetensors"))
	empty := d.screen()
	d.do("key", "space")
	d.until("the run is done", func(m *image.RGBA) bool { return changed(m, empty, middleArea, 0.2) && d.canStart(m) })
	d.goTo(keyCompose)
	middle := (sideArea.Min.X + sideArea.Max.X) / 2
	at := image.Point{}
	d.until("there are sliders that stand in their middle", func(m *image.RGBA) bool {
		for x := middle - 30; x <= middle+60; x++ {
			if found := thumbs(m, x, sideArea); len(found) >= 4 {
				at = found[0].Add(image.Pt(7, 0)) // the left edge of the thumbs was found
				return true
			}
		}
		return false
	})
	before := d.screen()
	d.move(at.X, at.Y)
	d.do("mousedown", "1")
	began := time.Now()
	for i := 1; i <= 8; i++ {
		d.move(at.X-9*i, at.Y)
		time.Sleep(20 * time.Millisecond)
	}
	line := image.Rect(at.X-60, at.Y-2, at.X-10, at.Y+2)
	d.until("the slider is filled to the left in red", func(m *image.RGBA) bool { return count(m, line, negative) > 40 })
	d.until("the pictures follow the slider", func(m *image.RGBA) bool { return changed(m, before, middleArea, 0.05) })
	t.Logf("the pictures followed %s after the drag began", time.Since(began).Round(time.Millisecond))
	d.do("mouseup", "1")
	d.until("the pictures are drawn anew", d.canStart)
	d.keep("compose")
	if m := d.screen(); !changed(m, before, middleArea, 0.05) {
		t.Error("with another weight the pictures are the same")
	}
}

// TestInterpolateByMouseAndKeys walks between two seeds and looks at the frames.
func TestInterpolateByMouseAndKeys(t *testing.T) {
	model := filepath.Join("..", "..", "resources", "models", "vaeebm-fashion-28.safetensors")
	if _, err := os.Stat(model); err != nil {
		model = filepath.Join(fixtures.Dir(t), "vaeebm", "uncond_28", "model.pth")
	}
	d := openDesk(t, model)
	d.goTo(keyInterpolate)
	empty := d.screen()
	d.do("key", "space")
	d.until("the frames are drawn", func(m *image.RGBA) bool { return changed(m, empty, middleArea, 0.2) && d.canStart(m) })
	strip := stripArea
	ring := func(m *image.RGBA) (left int) {
		for x := strip.Min.X; x < strip.Max.X; x++ {
			n := 0
			for y := strip.Min.Y; y < strip.Max.Y; y++ {
				if alike(m.RGBAAt(x, y), selected) {
					n++
				}
			}
			if n > 50 {
				return x
			}
		}
		return -1
	}
	d.until("a frame of the strip is selected", func(m *image.RGBA) bool { return ring(m) >= 0 })
	first := ring(d.screen())
	d.do("key", "Down")
	d.until("the next frame is looked at", func(m *image.RGBA) bool { return ring(m) > first+20 })
	second := ring(d.screen())
	want := first + 4*(second-first)
	d.move(want+20, strip.Min.Y+60)
	d.do("click", "1")
	d.until("the frame that was clicked is looked at", func(m *image.RGBA) bool { return max(ring(m)-want, want-ring(m)) <= 2 })
	d.keep("interpolate")
}
