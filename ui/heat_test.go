package ui

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
	"ebmstudio/ui/paint"
	"ebmstudio/ui/widgets"
)

// TestTemperaturesArePainted: the second layer is the recipe's map, has its own undo
// steps in the same history, and is saved and loaded as a picture.
func TestTemperaturesArePainted(t *testing.T) {
	r := painting(t)
	v, d := r.stage.inpaint, r.now.paint
	r.key(fyne.KeyR)
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{14.5, 0.5}, [2]float64{27.5, 27.5})
	mask := slices.Clone(d.mask.Pix)
	r.key(fyne.KeyH)
	v.tools.state.Heat = 0
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{14.5, 0.5}, [2]float64{20.5, 27.5})
	v.tools.state.Heat = studio.MaxTemperature
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{21.5, 0.5}, [2]float64{27.5, 27.5})
	if !slices.Equal(mask, d.mask.Pix) || d.heat.At(15, 3) != 0 || d.heat.At(22, 3) != 255 || d.heat.At(3, 3) != studio.PlainLevel {
		t.Fatalf("found temperatures %d, %d, %d", d.heat.At(15, 3), d.heat.At(22, 3), d.heat.At(3, 3))
	}
	if r.now.recipe.Temperature == nil || r.now.recipe.Known == nil {
		t.Fatal("what was painted is not in the recipe")
	}
	if want := "25 % hotter, 25 % colder than the plan."; v.status.Text != want {
		t.Errorf("found %q, want %q", v.status.Text, want)
	}
	r.dragOn(desktop.MouseButtonSecondary, [2]float64{21.5, 0.5}, [2]float64{27.5, 27.5})
	if d.heat.At(22, 3) != studio.PlainLevel {
		t.Error("the right button has not taken the temperature away")
	}
	r.undo()
	if d.heat.At(22, 3) != 255 {
		t.Error("undo has not brought the temperature back")
	}
	r.ran()
	if got := r.now.ran.Temperature; got == nil || !slices.Equal(got.Map, r.now.recipe.Temperature.Map) {
		t.Error("the run has other temperatures")
	}
	// Noise differs by column: none on the left of the hole, the most on the right.
	spread := func(x0, x1 int) (sum float64) {
		for y := range studiotest.Size {
			for x := x0; x < x1; x++ {
				low, high := uint8(255), uint8(0)
				for _, m := range r.stage.last.images[:4] {
					low, high = min(low, m.RGBAAt(x, y).R), max(high, m.RGBAAt(x, y).R)
				}
				sum += float64(high - low)
			}
		}
		return sum
	}
	if cold, hot := spread(14, 21), spread(21, 28); hot <= cold {
		t.Errorf("found a spread of %g where it is hot, %g where it is cold", hot, cold)
	}

	r.asked.path = r.TempDir()
	v.saveLayer()
	path := filepath.Join(r.asked.path, "temperature.png")
	r.until("the temperatures are saved", func() bool { _, err := os.Stat(path); return err == nil })
	heat := slices.Clone(d.heat.Pix)
	r.key(fyne.KeyDelete)
	if !d.heat.Empty() || r.now.recipe.Temperature != nil || !slices.Equal(mask, d.mask.Pix) {
		t.Error("clearing the temperatures has left some, or taken the mask")
	}
	r.key(fyne.KeyI)
	if !d.heat.Empty() || !slices.Equal(mask, d.mask.Pix) {
		t.Error("temperatures have no inverse, and something was inverted")
	}
	r.asked.path = path
	v.loadLayer()
	r.until("the temperatures are loaded", func() bool { return r.now.recipe.Temperature != nil })
	if !slices.Equal(heat, d.heat.Pix) {
		t.Error("the file's temperatures are not the painted ones")
	}
	test.Tap(r.controls.given.clear)
	if r.now.recipe.Temperature != nil || !d.heat.Empty() {
		t.Error("without a picture there are temperatures left")
	}
	r.undo()
	if !slices.Equal(heat, d.heat.Pix) || r.now.recipe.Temperature == nil {
		t.Error("undo has not brought them back")
	}
	r.controls.sampler.SetSelected(samplerNames()[studio.SamplerMALA])
	v.say()
	if !strings.Contains(v.status.Text, "MALA") {
		t.Errorf("found %q, want that MALA takes no temperatures", v.status.Text)
	}
}

// TestATemperatureMapOfAnotherSizeAsks, and what is no picture is told.
func TestATemperatureMapOfAnotherSizeAsks(t *testing.T) {
	r := painting(t)
	v := r.stage.inpaint
	r.key(fyne.KeyH)
	load := func(name string, write func(path string)) {
		r.asked.path, r.asked.err = filepath.Join(r.TempDir(), name), nil
		write(r.asked.path)
		v.loadLayer()
	}
	load("large.png", func(path string) { savePNG(r.T, path, half(56, 56)) })
	r.until("the question is asked", func() bool { return r.win.Canvas().Overlays().Top() != nil })
	if !r.now.paint.heat.Empty() {
		t.Error("the map was taken without a question")
	}
	r.win.Canvas().Overlays().Remove(r.win.Canvas().Overlays().Top())
	v.takeHeat(r.now, "large.png", half(56, 56), true)
	if r.now.paint.heat.At(0, 0) != 0 || r.now.paint.heat.At(27, 0) != 255 {
		t.Error("the map was not scaled")
	}
	before := slices.Clone(r.now.paint.heat.Pix)
	load("words.png", func(path string) {
		if err := os.WriteFile(path, []byte("no picture"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	r.until("it is told", func() bool { return strings.Contains(r.problem, "words.png could not be opened") })
	if !slices.Equal(before, r.now.paint.heat.Pix) {
		t.Error("what was painted is gone")
	}
}

// TestAltAndShift: Alt exchanges painting and erasing for a stroke, Shift draws a line
// from the end of the last one.
func TestAltAndShift(t *testing.T) {
	r := painting(t)
	v, d := r.stage.inpaint, r.now.paint
	at := func(x, y float64, how widgets.Press) {
		v.begin(x, y, how)
		v.end()
	}
	v.tools.state.Size = 1
	at(3.5, 3.5, widgets.Press{})
	at(3.5, 13.5, widgets.Press{Shift: true})
	for y := 3; y <= 13; y++ {
		if d.mask.At(3, y) != paint.Free {
			t.Fatalf("the line has a gap at row %d", y)
		}
	}
	at(3.5, 8.5, widgets.Press{Alt: true})
	if d.mask.At(3, 8) != paint.Kept {
		t.Error("Alt and the brush do not erase")
	}
	r.key(fyne.KeyE)
	at(3.5, 8.5, widgets.Press{Alt: true})
	if d.mask.At(3, 8) != paint.Free {
		t.Error("Alt and the eraser do not paint")
	}
	at(3.5, 8.5, widgets.Press{Right: true})
	if d.mask.At(3, 8) != paint.Kept {
		t.Error("the right button does not erase with the eraser")
	}
	r.key(fyne.Key3)
	if v.tools.state.Opacity != 0.3 {
		t.Errorf("3: found opacity %g, want 0.3", v.tools.state.Opacity)
	}
	r.key(fyne.Key0)
	if v.tools.state.Opacity != 1 {
		t.Errorf("0: found opacity %g, want 1", v.tools.state.Opacity)
	}
	r.key(fyne.KeyV)
	if !v.tools.hidden || newTools(v).state != v.tools.state {
		t.Error("V does not hide the layers, or the tools were forgotten")
	}
}

// TestAnotherPictureAsksAboutTheMaskOnce: what is painted stays, a question stands above
// the canvas until it is answered or something is painted, and Clear can be undone.
func TestAnotherPictureAsksAboutTheMaskOnce(t *testing.T) {
	r := painting(t)
	v, d := r.stage.inpaint, r.now.paint
	r.key(fyne.KeyB)
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{10, 10}, [2]float64{18, 18})
	mask := slices.Clone(d.mask.Pix)
	other := func(level uint8) {
		m := image.NewGray(image.Rect(0, 0, studiotest.Size, studiotest.Size))
		for i := range m.Pix {
			m.Pix[i] = level
		}
		path := filepath.Join(r.TempDir(), "other.png")
		savePNG(r.T, path, m)
		r.drop(path)
		r.until("the other picture is there", func() bool { return d.picture.RGBAAt(0, 0) == color.RGBA{level, level, level, 255} })
	}
	if v.kept.box.Visible() {
		t.Error("it is asked about the first picture's own mask")
	}
	other(10)
	if !v.kept.box.Visible() || !slices.Equal(mask, d.mask.Pix) || !strings.Contains(v.kept.text.Text, "given.png") {
		t.Fatalf("the mask is gone, or nothing is asked: %q", v.kept.text.Text)
	}
	v.answerKept(false)
	if v.kept.box.Visible() || !slices.Equal(mask, d.mask.Pix) || !strings.Contains(v.status.Text, "mask of given.png") {
		t.Errorf("after Keep: found %q", v.status.Text)
	}
	other(20)
	v.answerKept(true)
	if v.kept.box.Visible() || !d.mask.Empty() || r.now.recipe.Known != nil {
		t.Error("Clear has left a mask")
	}
	r.undo()
	if !slices.Equal(mask, d.mask.Pix) || !v.kept.box.Visible() {
		t.Error("undo has not brought the mask and its question back")
	}
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{20, 20}, [2]float64{21, 21})
	if v.kept.box.Visible() || strings.Contains(v.status.Text, "mask of") {
		t.Error("painting on it is no answer")
	}
}

// TestAMaskLargerThanThePicture asks in words; one of another proportion is told.
func TestAMaskLargerThanThePicture(t *testing.T) {
	r := painting(t)
	r.give(true, half(60, 56))
	if r.now.recipe.Known != nil || r.win.Canvas().Overlays().Top() == nil {
		t.Fatal("a larger mask was taken without a question")
	}
	r.win.Canvas().Overlays().Remove(r.win.Canvas().Overlays().Top())
	next := r.now.given
	next.mask, next.scaled = &chosen{name: "wide.png", image: half(60, 56)}, true
	r.controls.given.use(r.now, next, true)
	r.until("it is told", func() bool { return strings.Contains(r.problem, "want one proportion") })
	r.hideBanner()
	next.mask = &chosen{name: "large.png", image: half(56, 56)}
	r.controls.given.use(r.now, next, true)
	r.until("the mask is taken", func() bool { return r.now.recipe.Known != nil })
	if !slices.Equal(r.now.paint.mask.Pix, half(studiotest.Size, studiotest.Size).(*image.Gray).Pix) {
		t.Error("the scaled mask is not the half")
	}
}

// TestWrongFilesDroppedOnTheCanvas: each is told by name, and what is painted stays.
func TestWrongFilesDroppedOnTheCanvas(t *testing.T) {
	r := painting(t)
	r.key(fyne.KeyB)
	r.dragOn(desktop.MouseButtonPrimary, [2]float64{10, 10}, [2]float64{18, 18})
	mask, picture := slices.Clone(r.now.paint.mask.Pix), r.now.paint.picture
	dir := r.TempDir()
	for name, text := range map[string]string{"words.txt": "not a checkpoint", "torn.png": "\x89PNG\r\n\x1a\n", "empty.jpg": "", "photo.webp": "RIFF????WEBP"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.hideBanner()
		r.drop(path)
		r.until(name+" is told", func() bool { return strings.HasPrefix(r.problem, name+" could not be opened") })
		t.Log(r.problem)
	}
	r.hideBanner()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.drop(filepath.Join(dir, "folder"))
	r.until("the folder is told", func() bool { return r.problem != "" })
	t.Log(r.problem)
	if !slices.Equal(mask, r.now.paint.mask.Pix) || r.now.paint.picture != picture || !r.inpainting() {
		t.Error("what was painted is gone")
	}
}

// TestUndoGoesThroughMaskMixerAndAccept: one history of more than 200 steps, in the order
// in which things were done.
func TestUndoGoesThroughMaskMixerAndAccept(t *testing.T) {
	r := painting(t)
	d, h := r.now.paint, r.now
	paintOne := func(i int) {
		r.dragOn(desktop.MouseButtonPrimary, [2]float64{float64(i%28) + 0.5, float64(i/28) + 0.5})
	}
	r.stage.inpaint.tools.state.Size = 1
	for i := range 120 {
		paintOne(i)
	}
	ask := func(weight float64) {
		h.chains.recipe.Terms = []studio.Term{{Weight: weight}}
		h.note()
	}
	ask(2)
	ask(3)
	r.ran()
	a := r.stage.inpaint.answers
	r.stage.inpaint.look(a.order[0])
	first := d.picture
	r.key(fyne.KeyReturn)
	for i := range 120 {
		paintOne(120 + i)
	}
	full := slices.Clone(d.mask.Pix)
	for range 120 {
		r.undo()
	}
	if d.picture == first {
		t.Fatal("the accepted answer went too early")
	}
	r.undo()
	if d.picture != first || h.chains.recipe.Terms[0].Weight != 3 {
		t.Error("the accepted answer was not taken back, or a weight with it")
	}
	r.undo()
	if h.chains.recipe.Terms[0].Weight != 2 {
		t.Errorf("found %+v, want weight 2", h.chains.recipe.Terms)
	}
	r.undo()
	if len(h.chains.recipe.Terms) != 0 || h.chains.recipe.Known == nil {
		t.Errorf("found %+v, want none, and the mask in the recipe", h.chains.recipe.Terms)
	}
	for range 120 {
		r.undo()
	}
	if !d.mask.Empty() {
		t.Error("strokes are left")
	}
	for range 243 {
		r.redo()
	}
	if !slices.Equal(full, d.mask.Pix) || d.picture == first || h.chains.recipe.Terms[0].Weight != 3 {
		t.Error("redo has not brought everything back")
	}
}
