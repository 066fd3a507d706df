package ui

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
	"ebmstudio/ui/widgets"
)

func TestAnEmptyWindowSaysWhatToDo(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.begin()
	r.settle(50 * time.Millisecond)
	if !r.stage.hint.Visible() || !strings.Contains(r.stage.hintText.Text, ".safetensors") {
		t.Errorf("the empty window says %q", r.stage.hintText.Text)
	}
	if !r.transport.start.Disabled() || !r.exports[0].Disabled() {
		t.Error("start and save can be pressed without a model")
	}
	r.key(fyne.KeySpace) // must do nothing
	r.key(fyne.KeyLeft)
}

func TestWhatIsDroppedAndCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, err := os.ReadFile(studiotest.WriteCheckpoint(t, "good.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(dir, "cat.png")
	savePNG(t, picture, studiotest.Picture())
	cases := map[string]struct{ path, want string }{
		"text":             {write("notes.ckpt", "<html>not found</html>"), "notes.ckpt"},
		"empty file":       {write("nothing.pt", ""), "nothing.pt"},
		"truncated":        {write("half.safetensors", string(good[:len(good)/2])), "half.safetensors"},
		"zip of nothing":   {write("bad.pth", "PK\x03\x04 no more"), "bad.pth"},
		"missing":          {filepath.Join(dir, "gone.ckpt"), "gone.ckpt"},
		"folder":           {empty, "no checkpoint"},
		"picture":          {picture, "open a checkpoint"},
		"broken picture":   {write("cat.jpg", "no picture"), "cat.jpg"},
		"of another model": {write("other.safetensors", "\x08\x00\x00\x00\x00\x00\x00\x00{}      "), "other.safetensors"},
	}
	r := newRig(t, studiotest.Options{})
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r.hideBanner()
			r.drop(c.path)
			r.until("an error is shown", func() bool { return r.problem != "" })
			if !strings.Contains(r.problem, c.want) {
				t.Errorf("the error %q does not say %q", r.problem, c.want)
			}
			if !r.banner.box.Visible() || r.now != nil || len(r.opening) != 0 {
				t.Error("the window is not as it was")
			}
		})
	}
	t.Run("address", func(t *testing.T) {
		u, err := storage.ParseURI("https://example.org/model.ckpt")
		if err != nil {
			t.Fatal(err)
		}
		r.dropped([]fyne.URI{u})
		if !strings.Contains(r.problem, "https") {
			t.Errorf("found error %q", r.problem)
		}
	})
	r.openModel("after-all.safetensors")
	if r.problem != "" || r.banner.box.Visible() {
		t.Errorf("after a good file the error %q is still shown", r.problem)
	}
}

func TestAFolderOpensItsNewestCheckpoint(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	path := studiotest.WriteCheckpoint(t, "last.safetensors")
	old := filepath.Join(filepath.Dir(path), "best.ckpt")
	if err := os.WriteFile(old, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	r.drop(filepath.Dir(path))
	r.until("the model is open", func() bool { return r.now != nil })
	if r.now.opened.Path != path {
		t.Errorf("opened %q, want %q", r.now.opened.Path, path)
	}
	if got := r.recent(); len(got) != 1 || got[0] != path {
		t.Errorf("recent list %q, want %q", got, path)
	}
}

func TestTheBundledModelRunsAtTheStart(t *testing.T) {
	data, err := studiotest.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, studiotest.Options{Compile: 50 * time.Millisecond}, resources.Bundled{Name: "patterns", Data: data})
	r.begin()
	r.until("pictures move", func() bool { return r.stage.last.step > 0 })
	if r.stage.grid.Len() != 16 || r.stage.hint.Visible() {
		t.Errorf("%d pictures are shown, hint %v", r.stage.grid.Len(), r.stage.hint.Visible())
	}
	if !strings.Contains(r.engine.Text, "analytic") {
		t.Errorf("the status line says %q", r.engine.Text)
	}
}

func TestStartPauseStop(t *testing.T) {
	r := newRig(t, studiotest.Options{Delay: 8 * time.Millisecond})
	r.openModel("a.safetensors")
	test.Tap(r.transport.start)
	r.until("it runs", func() bool { return r.now.progress.Phase == studio.Running && r.now.progress.Step > 2 })
	if r.transport.start.Text != "Running" || !r.transport.start.Disabled() || r.transport.pause.Disabled() || r.transport.stop.Disabled() {
		t.Error("the buttons do not fit a run")
	}
	r.key(fyne.KeySpace)
	if r.now.progress.Phase != studio.Paused || r.transport.start.Text != "Resume" {
		t.Errorf("after the space bar: %s, button %q", r.now.progress.Phase, r.transport.start.Text)
	}
	r.settle(60 * time.Millisecond) // the step under way ends
	step := r.now.job.Progress().Step
	r.settle(100 * time.Millisecond)
	if got := r.now.job.Progress().Step; got != step {
		t.Errorf("a paused run went from step %d to %d", step, got)
	}
	r.key(fyne.KeySpace)
	r.until("it goes on", func() bool { return r.now.progress.Step > step })
	r.key(fyne.KeyS)
	if r.transport.stop.Text != "Stopping…" || !r.transport.stop.Disabled() {
		t.Errorf("right after stop the button says %q", r.transport.stop.Text)
	}
	r.until("it has stopped", func() bool { return r.now.progress.Phase == studio.Stopped })
	if r.transport.stop.Text != "Stop" || r.transport.start.Disabled() || r.exports[0].Disabled() || r.stage.scrub.Frames() < 3 {
		t.Error("what a stopped run made cannot be used")
	}
}

func TestScrubbing(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.ran()
	last := pixels(r.stage.grid.Image(0))
	if r.stage.scrub.Frames() != 121 {
		t.Fatalf("%d frames, want 121", r.stage.scrub.Frames())
	}
	shown := func(step int) func() bool { return func() bool { return r.stage.last.step == step } }
	r.stage.scrub.Slider.SetValue(0)
	r.until("the start is shown", shown(0))
	if pixels(r.stage.grid.Image(0)) == last || r.stage.scrub.Label() != "step 0 of 120" {
		t.Errorf("the first frame looks like the last; label %q", r.stage.scrub.Label())
	}
	r.key(fyne.KeyRight)
	r.until("the next is shown", shown(1))
	r.stage.energy.OnPick(60)
	r.until("the step picked in the curve is shown", shown(60))
	r.key(fyne.KeyHome)
	r.until("the first is shown", shown(0))
	test.Tap(r.stage.scrub.Play)
	r.until("it plays", func() bool { return r.stage.last.step > 3 })
	test.Tap(r.stage.scrub.Play)
	if r.stage.play != nil {
		t.Error("it goes on playing")
	}
	r.key(fyne.KeyEnd)
	r.until("the newest is shown", shown(120))
	if pixels(r.stage.grid.Image(0)) != last {
		t.Error("the last frame has changed")
	}
}

func TestSelectingAChain(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.ran()
	r.stage.grid.Select(0)
	r.selectChain(5)
	if r.now.selected != 5 || r.stage.grid.Selected() != 5 || !strings.HasPrefix(r.stage.caption.Text, "Chain 6 of 16") {
		t.Errorf("selected %d, caption %q", r.now.selected, r.stage.caption.Text)
	}
	r.key(fyne.KeyDown)
	if r.now.selected != 5+r.stage.grid.Columns() {
		t.Errorf("below chain 6 in %d columns is %d", r.stage.grid.Columns(), r.now.selected+1)
	}
	r.key(fyne.KeyDown)
	r.key(fyne.KeyDown)
	r.key(fyne.KeyDown)
	if r.now.selected >= 16 {
		t.Errorf("selected chain %d of 16", r.now.selected+1)
	}
}

func TestSwitchingModelsLosesNothing(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.ran()
	a, frames := r.now, r.now.frames
	r.openModel("b.safetensors")
	if r.now == a || r.stage.grid.Len() != 0 || !r.stage.hint.Visible() {
		t.Fatal("the new model shows the old one's pictures")
	}
	r.switchTo(a)
	r.until("the pictures are back", func() bool { return r.stage.grid.Len() == 16 && r.stage.last.frames == frames })
}

func TestTensors(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.tasks.to(taskTensors)
	r.until("the tensors are read", func() bool { return len(r.inspector.tensors.shown) == 2 })
	if x := r.inspector.tensors.shown[1]; x.Name != "analytic.bias" || x.Max != 15.0/8 {
		t.Errorf("found %+v", x)
	}
	r.inspector.tensors.filter.SetText("PATTERN")
	if len(r.inspector.tensors.shown) != 1 || !strings.Contains(r.inspector.tensors.note.Text, "1 of 2") {
		t.Errorf("the filter shows %d tensors, %q", len(r.inspector.tensors.shown), r.inspector.tensors.note.Text)
	}
	r.inspector.tensors.filter.SetText("")
	r.inspector.tensors.table.Select(widget.TableCellID{Row: 1})
	r.until("its values are counted", func() bool { return r.inspector.tensors.values.now != nil })
	h := r.inspector.tensors.values
	if h.now.Name != "analytic.bias" || h.plot.Empty() || !strings.Contains(h.text.Text, "max 1.88") {
		t.Errorf("found the histogram of %q, %q, empty: %v", h.now.Name, h.text.Text, h.plot.Empty())
	}
	for range 3 {
		r.inspector.tensors.table.Select(widget.TableCellID{Row: 0}) // what was counted before is ended
		r.inspector.tensors.table.Select(widget.TableCellID{Row: 1})
	}
	r.until("the last one chosen is shown", func() bool { return h.now != nil && h.now.Name == "analytic.bias" })
	if h.read(widgets.PlotPlaces); !strings.Contains(h.plot.Readout(), "to 1.88: ") {
		t.Errorf("the last bin reads %q", h.plot.Readout())
	}
}

func TestAnEngineThatDoesNotOpenIsAnError(t *testing.T) {
	r := newRig(t, studiotest.Options{Engine: errFake})
	r.drop(studiotest.WriteCheckpoint(t, "a.safetensors"))
	r.until("the error is shown", func() bool { return strings.Contains(r.problem, errFake.Error()) })
}

// TestNothingLongOnTheUIGoroutine times what a frame of the largest grid costs
// the UI goroutine. The best of several counts: other processes may take the
// processor in between.
func TestNothingLongOnTheUIGoroutine(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.controls.chains.SetValue(maxChains)
	r.now.recipe.Chains = maxChains
	r.ran()
	best := time.Hour
	for range 8 {
		f := &feed{palette: r.palette}
		frame := f.shoot(view{job: r.now.job, follow: true, energy: r.stage.energy.Frame(), gradient: r.stage.gradient.Frame()})
		if frame.energyPlot == nil || len(frame.images) != maxChains {
			t.Fatal("the frame is not whole")
		}
		began := time.Now()
		r.showShot(frame)
		r.selectChain(3)
		best = min(best, time.Since(began))
	}
	t.Logf("a frame of %d chains: %s", maxChains, best)
	if best > 50*time.Millisecond {
		t.Errorf("a frame of %d chains keeps the UI goroutine for %s, want at most 50 ms", maxChains, best)
	}
}

func pixels(m image.Image) string { return string(m.(*image.RGBA).Pix) }

func savePNG(t *testing.T, path string, m image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCurvesComeBack: a task with a run of its own clears the curves; back at the chains,
// whose run has not moved meanwhile, they are there again.
func TestCurvesComeBack(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("eight.safetensors")
	studiotest.Generator(r.now.opened)
	r.now.walk = newWalk(r.now.opened)
	r.ran()
	r.until("there are curves", func() bool { return !r.stage.energy.Empty() })
	r.tasks.to(taskInterpolate)
	if !r.stage.energy.Empty() {
		t.Error("a walk that has not begun shows the curves of the chains")
	}
	r.tasks.to(taskSample)
	r.until("the curves are back", func() bool { return !r.stage.energy.Empty() && !r.stage.gradient.Empty() })
}
