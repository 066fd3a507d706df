package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// walking is a rig in the task Interpolate, whose model has a generator.
func walking(t *testing.T) *rig {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Generator(r.now.opened)
	r.now.walk = newWalk(r.now.opened)
	r.win.Resize(fyne.NewSize(1320, 860))
	r.switchTo(r.now)
	r.tasks.to(taskInterpolate)
	return r
}

// TestInterpolateThroughTheWindow walks between seeds and a picture, looks at the frames
// before and after Langevin, and saves strip, pictures and animation.
func TestInterpolateThroughTheWindow(t *testing.T) {
	r := walking(t)
	v, a := r.stage.walk, r.controls.anchors
	if !v.empty.Visible() || !strings.Contains(v.hint.Text, "9 frames") || !a.box.Visible() || r.controls.classes.box.Visible() {
		t.Fatalf("before a walk the view says %q", v.hint.Text)
	}
	path := filepath.Join(t.TempDir(), "ring.png")
	savePNG(t, path, studiotest.Picture())
	r.drop(path)
	r.until("the picture is an anchor", func() bool {
		return len(r.now.walk.route.anchors) == 3 && r.now.walk.route.ready()
	})
	a.frames.Entry.SetText("5")
	a.way.SetSelected(a.way.Options[1])
	a.closed.SetChecked(true)
	r.click(r.transport.start)
	r.until("the walk is done", func() bool { return r.now.progress.Phase.Final() && r.stage.last.step == 120 && v.work.Visible() })
	if n := r.now.walk.route.points(); n != 13 || v.strip.Len() != n || v.strip.Rows() != 2 || r.now.walk.route.way != studio.PathLinear {
		t.Fatalf("found %d frames in %d rows, want %d in 2", v.strip.Len(), v.strip.Rows(), n)
	}
	if pixels(v.strip.Image(0, 0)) != pixels(v.strip.Image(0, 12)) || pixels(v.strip.Image(0, 0)) == pixels(v.strip.Image(0, 4)) {
		t.Error("the walk does not come back to where it began, or does not leave it")
	}
	if pixels(v.strip.Image(0, 4)) == pixels(v.strip.Image(1, 4)) {
		t.Error("the refined frame is the generator's")
	}
	r.key(fyne.KeyDown)
	r.until("the next frame is looked at", func() bool { return strings.Contains(v.caption.Text, "Frame 2 of 13") })
	if !strings.Contains(v.caption.Text, "25 %") || pixels(v.before.grid.Image(0)) != pixels(v.strip.Image(0, 1)) {
		t.Errorf("looking at frame 2: %q", v.caption.Text)
	}
	x, width := v.strip.Place(8)
	test.TapCanvas(r.win.Canvas(), r.app.Driver().AbsolutePositionForObject(v.strip).AddXY(x+width/2, 20))
	if r.now.selected != 8 {
		t.Errorf("a click on frame 9 looks at frame %d", r.now.selected+1)
	}
	dir := t.TempDir()
	*r.asked = answers{path: dir}
	for _, save := range []struct {
		do   func()
		name string
	}{{r.saveGallery, "patterns-walk/strip.png"}, {r.saveGIF, "patterns-walk.gif"}} {
		r.banner.title.SetText("")
		save.do()
		r.until("it is saved", func() bool { return strings.HasPrefix(r.banner.title.Text, "Saved ") || r.problem != "" })
		name := strings.Replace(save.name, "patterns", fileName(r.now), 1)
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil || r.problem != "" {
			t.Errorf("saved nothing: %v, error shown %q", err, r.problem)
		}
	}
	walk := r.now.job
	r.tasks.to(taskSample)
	if r.now.job == walk || r.now.job != nil || !r.stage.hint.Visible() {
		t.Error("the walk is shown as samples")
	}
	r.ran()
	if len(r.stage.last.before) != 16 || !r.stage.before.box.Visible() {
		t.Error("the generator's pictures are not beside the samples")
	}
	r.tasks.to(taskInterpolate)
	r.until("the walk is back", func() bool { return v.work.Visible() && v.strip.Len() == 13 })
}

func TestAWalkThatCannotBe(t *testing.T) {
	r := walking(t)
	a := r.controls.anchors
	for range 2 {
		a.change(func(r *route) { r.anchors = r.anchors[1:] })
	}
	if !strings.Contains(r.transport.text.Text, "two anchors") {
		t.Errorf("without anchors it says %q", r.transport.text.Text)
	}
	r.startRun()
	if r.now.job != nil || !strings.Contains(r.banner.title.Text, "two anchors") {
		t.Errorf("a walk to nowhere: %q", r.banner.title.Text)
	}
	bad := filepath.Join(t.TempDir(), "bad.png")
	if err := os.WriteFile(bad, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.drop(bad)
	r.until("the error is shown", func() bool { return strings.Contains(r.problem, "bad.png") })
	if len(r.now.walk.route.anchors) != 0 {
		t.Error("what cannot be read is an anchor")
	}
	r.now.opened.Model.Encode = nil
	r.hideBanner()
	r.drop(bad) // now it is but a picture without a recipe
	r.until("the error is shown", func() bool { return r.problem != "" })
}
