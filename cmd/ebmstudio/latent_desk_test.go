package main

import (
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ebmstudio/internal/fixtures"
)

// Places of the task Interpolate while a latent is dragged: the pad, the generator's
// picture beside it, what the chain made of it, and the strip of frames.
var (
	padArea       = image.Rect(272, 120, 510, 358)
	generatorArea = image.Rect(523, 142, 748, 368)
	refinedArea   = image.Rect(768, 142, 994, 368)
	seedButton    = image.Pt(1092, 301)
	dragCheck     = image.Pt(1037, 617) // below a third anchor
	removeThird   = image.Rect(1264, 290, 1282, 308)
)

// handle is the middle of the pad's handle, which is ringed in the colour of what is
// selected; ok is false where none is seen.
func handle(m *image.RGBA) (at image.Point, ok bool) {
	n := 0
	for y := padArea.Min.Y; y < padArea.Max.Y; y++ {
		for x := padArea.Min.X; x < padArea.Max.X; x++ {
			if m.RGBAAt(x, y) == selected {
				at, n = at.Add(image.Pt(x, y)), n+1
			}
		}
	}
	if n < 30 {
		return image.Point{}, false
	}
	return at.Div(n), true
}

// TestDragALatentByMouse presses in the pad between three anchors and drags: the
// generator's picture follows while the button is held, and the chain of the place is run
// once it is let go.
func TestDragALatentByMouse(t *testing.T) {
	model := filepath.Join("..", "..", "resources", "models", "vaeebm-fashion-28.safetensors")
	if _, err := os.Stat(model); err != nil {
		model = filepath.Join(fixtures.Dir(t), "vaeebm", "uncond_28", "model.pth")
	}
	d := openDesk(t, model)
	d.goTo(keyInterpolate)
	d.move(seedButton.X, seedButton.Y)
	d.do("click", "1")
	d.until("there is a third anchor", func(m *image.RGBA) bool { return count(m, removeThird, text) > 10 })
	time.Sleep(300 * time.Millisecond) // the layout moves
	d.move(dragCheck.X, dragCheck.Y)
	d.do("click", "1")
	d.until("the pad has a handle", func(m *image.RGBA) bool { _, ok := handle(m); return ok })
	d.until("the generator shows its place", func(m *image.RGBA) bool { return bright(m, generatorArea) })
	before := d.screen()
	at, _ := handle(before)
	d.move(at.X, at.Y)
	d.do("mousedown", "1")
	began := time.Now()
	for i := 1; i <= 8; i++ {
		d.move(at.X-5*i, at.Y-5*i)
		time.Sleep(20 * time.Millisecond)
	}
	d.until("the generator's picture follows the hand", func(m *image.RGBA) bool { return changed(m, before, generatorArea, 0.2) })
	t.Logf("the generator's picture followed %s after the drag began", time.Since(began).Round(time.Millisecond))
	if changed(d.screen(), before, refinedArea, 0.2) {
		t.Error("a chain was run while the handle was held")
	}
	d.do("mouseup", "1")
	d.until("the chain of the place is run", func(m *image.RGBA) bool { return changed(m, before, refinedArea, 0.2) && d.canStart(m) })
	d.keep("latent-plane")
}

// bright reports whether a picture is seen in an area: many greys.
func bright(m *image.RGBA, area image.Rectangle) bool {
	seen := map[uint8]bool{}
	for y := area.Min.Y; y < area.Max.Y; y += 3 {
		for x := area.Min.X; x < area.Max.X; x += 3 {
			seen[m.RGBAAt(x, y).G] = true
		}
	}
	return len(seen) > 20
}
