package ui

import (
	"image"
	"image/color"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio/studiotest"
)

// half is a mask whose left part is kept.
func half(w, h int) image.Image {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := w / 2; x < w; x++ {
			m.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	return m
}

func (r *rig) give(mask bool, m image.Image) {
	r.Helper()
	r.asked.path, r.asked.err = filepath.Join(r.TempDir(), "given.png"), nil
	savePNG(r.T, r.asked.path, m)
	before := r.now.given
	r.controls.given.choose(mask)
	r.until("the picture is taken or refused", func() bool {
		return r.now.given != before || r.problem != "" || r.win.Canvas().Overlays().Top() != nil
	})
}

func TestInpainting(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	g := r.controls.given
	r.give(false, studiotest.Picture())
	if r.now.recipe.Initial == nil || r.now.recipe.Known != nil || g.picture.image.Image == nil || g.clear.Disabled() {
		t.Fatalf("a picture alone: %+v", r.now.recipe)
	}
	r.give(true, half(studiotest.Size, studiotest.Size))
	if r.now.recipe.Initial != nil || r.now.recipe.Known == nil || g.mask.image.Image == nil {
		t.Fatalf("a picture with a mask: initial %v, known %v", r.now.recipe.Initial, r.now.recipe.Known)
	}
	test.Tap(g.begin)
	r.until("it begins with the picture too", func() bool { return r.now.recipe.Initial != nil })
	r.ran()
	kept, picture := r.stage.grid.Image(3).(*image.RGBA), studiotest.Picture().(*image.Gray)
	for y := range studiotest.Size {
		for x := range studiotest.Size / 2 {
			if kept.RGBAAt(x, y).R != picture.GrayAt(x, y).Y {
				t.Fatalf("the kept pixel (%d, %d) is %d, want %d", x, y, kept.RGBAAt(x, y).R, picture.GrayAt(x, y).Y)
			}
		}
	}
	test.Tap(g.clear)
	if r.now.recipe.Known != nil || r.now.recipe.Initial != nil || g.picture.image.Image != nil || !g.clear.Disabled() {
		t.Error("something is left after clearing")
	}
}

func TestPicturesOfAnotherSizeAreScaledOnlyWhenAsked(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.give(false, half(56, 56))
	if r.now.recipe.Initial != nil || r.win.Canvas().Overlays().Top() == nil {
		t.Fatal("a picture of another size was taken without a question")
	}
	r.controls.given.use(r.now, given{picture: &chosen{name: "half.png", image: half(56, 56)}}, true)
	r.until("the picture is taken", func() bool { return r.now.recipe.Initial != nil })
}
