package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// TestDragALatent drags in the plane of three anchors: the generator follows the hand,
// the chain runs when it lets go, and the path becomes a strip.
func TestDragALatent(t *testing.T) {
	r := walking(t)
	v, a := r.stage.walk, r.controls.anchors
	if !a.plane.Disabled() {
		t.Error("two anchors span a plane")
	}
	a.addSeed()
	a.plane.SetChecked(true)
	g, pad := &r.now.walk.drag, v.drag.pad
	if !pad.Visible() || v.energy.Visible() || !v.work.Visible() || !a.along.Visible() || !a.along.Disabled() {
		t.Fatalf("the plane is not shown: pad %v, plot %v", pad.Visible(), v.energy.Visible())
	}
	r.until("the anchors have pictures", func() bool { return len(g.corners) == 3 && v.before.grid.Len() == 1 })
	first := pixels(v.before.grid.Image(0))

	press := func(x, y float64) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: pad.PlaceOf(x, y)}, Button: desktop.MouseButtonPrimary}
	}
	pad.MouseDown(press(0.5, 0.1))
	for i := range 9 {
		pad.Dragged(&fyne.DragEvent{PointEvent: press(0.5-0.04*float64(i), 0.1+0.1*float64(i)).PointEvent})
	}
	if r.now.job != nil {
		t.Error("a chain runs while the hand moves")
	}
	r.until("the generator has followed", func() bool { return !g.busy && !g.again && pixels(v.before.grid.Image(0)) != first })
	if len(g.path) < 9 || !strings.Contains(v.after.title.Text, "let go") {
		t.Errorf("found %d places, %q", len(g.path), v.after.title.Text)
	}
	draft := pixels(v.before.grid.Image(0))
	pad.DragEnd()
	pad.MouseUp(press(0.18, 0.9))
	r.until("the place is refined", func() bool {
		return r.now.job != nil && r.now.progress.Phase.Final() && r.stage.last.step == 120 && len(r.stage.last.images) == 1
	})
	if pixels(v.before.grid.Image(0)) != draft || pixels(v.after.grid.Image(0)) == draft {
		t.Error("the run does not begin with the draft, or does not change it")
	}
	if z := r.now.job.Recipe().Terms[0].Latents; len(z) != 1 || r.now.edited() {
		t.Errorf("found %d latents; the run differs from the controls: %v", len(z), r.now.edited())
	}

	r.click(a.along)
	r.until("the path is walked", func() bool { return r.now.progress.Phase.Final() && v.strip.Len() == 17 && r.stage.last.step == 120 })
	if pixels(v.strip.Image(0, 16)) != draft || !strings.Contains(v.caption.Text, "of 17 along the dragged path") {
		t.Errorf("the strip does not end where the hand let go: %q", v.caption.Text)
	}
	pad.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	r.until("a key moves the handle and refines", func() bool { return len(r.stage.last.images) == 1 && r.now.progress.Phase.Final() })
	a.change(func(r *route) { r.anchors = r.anchors[:2] })
	if r.now.dragging() || pad.Visible() || r.now.walk.route.trail != nil {
		t.Error("two anchors can still be dragged between")
	}
}

// composingOwn is a rig in Compose whose model's energy is drawn to latents, with a
// library folder of its own.
func composingOwn(t *testing.T) (*rig, string) {
	dir := t.TempDir()
	t.Setenv(libraryEnv, dir)
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Latents(r.now.opened)
	r.now.walk = newWalk(r.now.opened)
	r.win.Resize(fyne.NewSize(1320, 860))
	r.switchTo(r.now)
	r.tasks.to(taskCompose)
	return r, dir
}

// TestConceptsOfOnesOwn: a dropped picture becomes a concept with a name, a chip and a
// slider; it is kept, can be an anchor of walks, and is forgotten.
func TestConceptsOfOnesOwn(t *testing.T) {
	r, dir := composingOwn(t)
	path := filepath.Join(t.TempDir(), "ring.png")
	savePNG(t, path, studiotest.Picture())
	r.drop(path)
	if r.win.Canvas().Overlays().Top() == nil {
		t.Fatal("nothing asks for the concept's name")
	}
	r.win.Canvas().Overlays().Remove(r.win.Canvas().Overlays().Top())
	r.newConcept(r.now, "ring", []string{path})
	if !strings.Contains(r.problem, "class of the model") {
		t.Errorf("the name of a class: %q", r.problem)
	}
	r.newConcept(r.now, " my ring ", []string{path})
	r.until("the concept is there", func() bool { return len(r.now.kept) == 1 })
	m := r.mixer
	if m.classes.text.Text != `"my ring"` || m.classes.knobs["my ring"] == nil || len(r.model.known.chips.Objects) != 3 {
		t.Fatalf("a new concept gives the expression %q, %d chips", m.classes.text.Text, len(r.model.known.chips.Objects))
	}
	m.classes.text.SetText("my ring AND -0.5*cross")
	terms := r.now.recipe.Terms
	if len(terms) != 3 || len(terms[0].Latents) != 1 || len(terms[1].Labels) != 1 || r.now.recipe.Expression != "" {
		t.Fatalf("an expression with a concept gives %+v", terms)
	}
	m.either.SetSelected(m.either.Options[1])
	if any := r.now.recipe.Terms; len(any) != 1 || len(any[0].Any) != 2 || m.classes.text.Text != `("my ring" OR -0.5*cross)` {
		t.Errorf("any of them: %d terms, %q", len(any), m.classes.text.Text)
	}
	m.either.SetSelected(m.either.Options[0])
	r.ran()
	if got := r.now.job.Recipe(); len(got.Terms) != 3 {
		t.Errorf("the run has %d terms", len(got.Terms))
	}
	if all, err := studio.ReadConcepts(dir); err != nil || len(all) != 1 || all[0].Name != "my ring" {
		t.Fatalf("kept %v, error %v", all, err)
	}

	r.tasks.to(taskInterpolate)
	a := r.controls.anchors
	if a.label.Hidden || !a.plane.Hidden {
		t.Error("latents with names are not offered, or a plane is without a generator")
	}
	for _, l := range a.labels(r.now)[1:] { // cross, my ring
		a.addLabel(l)
	}
	r.ran()
	walked := r.now.job.Recipe().Terms
	if len(walked) != 1 || len(walked[0].Latents) != 9 || r.stage.walk.strip.Rows() != 1 {
		t.Errorf("a walk from a class to a concept: %d terms, %d rows", len(walked), r.stage.walk.strip.Rows())
	}

	r.dropConcept(r.now.kept[0])
	r.until("it is forgotten", func() bool { return len(r.now.kept) == 0 && len(r.model.known.chips.Objects) == 2 })
	if err := os.WriteFile(filepath.Join(dir, "concepts.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.model.known.read = false
	r.model.known.show()
	r.until("a damaged file is told", func() bool { return strings.Contains(r.problem, "concepts.json") })
}
