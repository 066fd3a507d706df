package ui

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio/studiotest"
	"ebmstudio/ui/paint"
)

// drag is a drag on the picture with the left or the right button.
func (r *rig) dragOn(button desktop.MouseButton, places ...[2]float64) {
	p := r.stage.inpaint.painter
	event := func(at [2]float64) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: p.PositionOf(at[0], at[1])}, Button: button}
	}
	p.MouseDown(event(places[0]))
	for _, at := range places[1:] {
		if button == desktop.MouseButtonSecondary {
			p.MouseMoved(event(at))
		} else {
			p.Dragged(&fyne.DragEvent{PointEvent: event(at).PointEvent})
		}
	}
	p.MouseUp(event(places[len(places)-1]))
}

// painting is a rig with a picture to paint on.
func painting(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.tasks.to(taskInpaint)
	r.give(false, studiotest.Picture())
	return r
}

func TestPaintedMaskIsTheRecipes(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.tasks.to(taskInpaint)
	v := r.stage.inpaint
	if !v.empty.Visible() || v.work.Visible() {
		t.Error("without a picture the view does not say what to do")
	}
	r.startRun()
	if r.now.job != nil || !r.banner.box.Visible() {
		t.Error("a run began without a picture")
	}
	r.give(false, studiotest.Picture())
	if v.empty.Visible() || !v.work.Visible() || r.now.paint.picture == nil {
		t.Fatal("the picture is not to be seen")
	}
	r.startRun()
	if r.now.job != nil {
		t.Error("a run began with nothing painted")
	}
	r.key(fyne.KeyR)
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{14.5, 0.5}, [2]float64{20, 20}, [2]float64{27.5, 27.5})
	want := half(studiotest.Size, studiotest.Size)
	if !slices.Equal(r.now.paint.mask.Pix, want.(*image.Gray).Pix) {
		t.Fatal("the rectangle is not the right half")
	}
	if r.now.recipe.Known == nil || r.now.recipe.Initial != nil || r.now.given.mask == nil || r.controls.given.mask.image.Image == nil {
		t.Fatalf("what was painted is not in the recipe: %+v", r.now.recipe.Known)
	}
	r.ran()
	picture := studiotest.Picture().(*image.Gray)
	for chain, answer := range r.stage.last.images {
		for i := range picture.Pix {
			if i%studiotest.Size < studiotest.Size/2 && answer.Pix[4*i] != picture.Pix[i] {
				t.Fatalf("answer %d has changed the kept pixel %d", chain, i)
			}
		}
	}
	// The same as a file.
	known := r.now.recipe.Known
	r.asked.path = r.TempDir()
	v.saveLayer()
	path := filepath.Join(r.asked.path, "mask.png")
	r.until("the mask is saved", func() bool { _, err := os.Stat(path); return err == nil })
	file, err := os.ReadFile(path)
	if err != nil || len(file) == 0 {
		t.Fatal(err)
	}
	r.key(fyne.KeyDelete)
	if r.now.recipe.Known != nil || r.now.recipe.Initial == nil {
		t.Error("a cleared mask is still in the recipe")
	}
	r.asked.path = path
	r.controls.given.choose(true)
	r.until("the mask is loaded", func() bool { return r.now.recipe.Known != nil })
	if !slices.Equal(r.now.recipe.Known.Mask, known.Mask) || !slices.Equal(r.now.paint.mask.Pix, want.(*image.Gray).Pix) {
		t.Error("the file's mask is not the painted one")
	}
}

func TestToolsByKeyAndButton(t *testing.T) {
	r := painting(t)
	v, d := r.stage.inpaint, r.now.paint
	p := v.painter
	for key, want := range map[fyne.KeyName]tool{fyne.KeyB: brushTool, fyne.KeyE: eraserTool, fyne.KeyR: rectangleTool, fyne.KeyO: ellipseTool, fyne.KeyL: lassoTool, fyne.KeyG: bucketTool} {
		p.TypedKey(&fyne.KeyEvent{Name: key})
		if v.tools.state.Tool != want {
			t.Errorf("key %s: found tool %d, want %d", key, v.tools.state.Tool, want)
		}
	}
	r.key(fyne.KeyB)
	r.key(fyne.KeyX)
	r.key(fyne.KeyX)
	if v.tools.state.Tool != brushTool {
		t.Error("X twice is not the brush")
	}
	size := v.tools.state.Size
	p.TypedRune(']')
	r.typedRune('[')
	p.TypedRune(']')
	if v.tools.state.Size <= size {
		t.Errorf("] left the size at %g", v.tools.state.Size)
	}
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{4, 14}, [2]float64{24, 14})
	full := d.mask.Share()
	r.dragOn(desktop.MouseButtonSecondary, [2]float64{4, 14}, [2]float64{12, 14})
	if full == 0 || d.mask.Share() >= full || d.mask.At(6, 14) != paint.Kept {
		t.Errorf("the right button has not erased: %g, then %g", full, d.mask.Share())
	}
	r.key(fyne.KeyI)
	if d.mask.At(6, 14) != paint.Free || d.mask.At(20, 14) != paint.Kept {
		t.Error("I has not inverted the mask")
	}
	v.tools.featherTo(2)
	v.tools.featherTo(4)
	v.tools.feathered()
	if !d.mask.Soft() {
		t.Error("the mask was not feathered")
	}
	steps := 0
	for d.history.CanUndo() && d.picture != nil {
		r.undo()
		steps++
	}
	if steps != 5 || v.work.Visible() {
		t.Errorf("found %d steps back to before the picture, want 5: picture, stroke, eraser, invert, feather", steps)
	}
	for range steps {
		r.redo()
	}
	if !d.mask.Soft() || d.picture == nil || r.now.recipe.Known == nil {
		t.Error("redo has not brought everything back")
	}
	kept := newTools(v)
	if kept.state != v.tools.state {
		t.Errorf("the tools were forgotten: found %+v, want %+v", kept.state, v.tools.state)
	}
}

func TestAnswers(t *testing.T) {
	r := painting(t)
	v, d := r.stage.inpaint, r.now.paint
	r.key(fyne.KeyO)
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{5, 5}, [2]float64{24, 24})
	mask, first := slices.Clone(d.mask.Pix), d.picture
	r.ran()
	a := v.answers
	energies := lastEnergies(r.now.job.Recording())
	if len(a.order) != r.now.recipe.Chains || !slices.IsSortedFunc(a.order, func(i, k int) int { return lower(float64(energies[i]), float64(energies[k])) }) {
		t.Fatalf("the answers lie as %v, energies %v", a.order, energies)
	}
	if above := a.above(); len(above) != len(a.order) || above[0] != "lowest" || above[1] != aboveText(float64(energies[a.order[1]]-energies[a.order[0]])) {
		t.Errorf("the captions are %v", above)
	}
	if !v.preview || r.now.selected != a.order[0] || v.painter.Zoom() == 0 {
		t.Error("the lowest energy is not looked at once the run is done")
	}
	r.key(fyne.KeyN)
	if r.now.selected != a.order[1] {
		t.Error("N is not the next answer")
	}
	gone := r.now.selected
	r.key(fyne.KeyD)
	if slices.Contains(a.order, gone) || !v.preview {
		t.Error("the discarded answer is still there")
	}
	r.undo()
	if !slices.Contains(a.order, gone) {
		t.Error("undo has not brought the discarded answer back")
	}
	v.look(a.order[2])
	answer := a.selected()
	r.key(fyne.KeyReturn)
	if d.picture != answer || v.preview || len(a.order) != 0 || !slices.Equal(mask, d.mask.Pix) {
		t.Error("the accepted answer is not the picture, or the mask has changed")
	}
	if same(tightly(decoded(r.now.recipe.Known.Picture)), first) {
		t.Error("the recipe still keeps the first picture")
	}
	r.undo()
	if d.picture != first || len(a.order) == 0 {
		t.Error("undo has not taken the answer back")
	}
	v.look(a.order[0])
	before := r.now.job
	r.key(fyne.KeyC)
	if r.now.job == before || r.now.recipe.Initial == nil || r.now.recipe.Known == nil || d.picture == first {
		t.Error("going on has not begun with the answer")
	}
	r.until("the second run is done", func() bool { return r.now.progress.Phase.Final() })
}

func TestEnergiesAboveTheLowest(t *testing.T) {
	for d, want := range map[float64]string{0: "+0.0", 9.94: "+9.9", 31.2: "+31", 99999: "+99999", 3.2e6: "+3e+06", math.NaN(): "–"} {
		if got := aboveText(d); got != want {
			t.Errorf("%g: found %q, want %q", d, got, want)
		}
	}
}

func TestEditASample(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	if !r.stage.edit.Disabled() {
		t.Error("there is no sample to edit yet")
	}
	r.ran()
	r.selectChain(3)
	want := r.stage.last.images[3]
	test.Tap(r.stage.edit)
	r.until("the sample is the picture", func() bool { return r.now.paint.picture != nil })
	if !r.inpainting() || !same(r.now.paint.picture, want) || !r.stage.inpaint.work.Visible() || r.stage.sample.Visible() {
		t.Error("the sample is not what is painted on")
	}
	// A photograph dropped later is scaled after a question; the mask stays.
	r.key(fyne.KeyB)
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{10, 10}, [2]float64{18, 18})
	mask := slices.Clone(r.now.paint.mask.Pix)
	path := filepath.Join(r.TempDir(), "photo.png")
	savePNG(r.T, path, half(90, 60))
	r.drop(path)
	r.until("the question is asked", func() bool { return r.win.Canvas().Overlays().Top() != nil })
	next := r.now.given
	next.picture, next.scaled = &chosen{name: "photo.png", image: half(90, 60)}, true
	r.controls.given.use(r.now, next, true)
	r.until("the photograph is the picture", func() bool { return !same(r.now.paint.picture, want) })
	if !slices.Equal(mask, r.now.paint.mask.Pix) || r.now.recipe.Known == nil {
		t.Error("the mask is gone")
	}
	r.tasks.to(taskSample)
	if !r.stage.sample.Visible() || r.stage.inpaint.box.Visible() {
		t.Error("the samples are not back")
	}
	r.tasks.to(taskInpaint)
	test.Tap(r.controls.given.clear)
	if r.now.paint.picture != nil || !r.stage.inpaint.empty.Visible() {
		t.Error("the picture is still there")
	}
	r.undo()
	if r.now.paint.picture == nil || !slices.Equal(mask, r.now.paint.mask.Pix) || r.now.recipe.Known == nil {
		t.Error("undo has not brought picture and mask back")
	}
}
