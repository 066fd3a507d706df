package widgets

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// edges are the room that a map keeps around its square for titles and numbers.
type edges struct{ left, top, right, bottom float32 }

// square is the largest square within the edges, centred, in whole units.
func (e edges) square(size fyne.Size) (at fyne.Position, side float32) {
	wide, high := size.Width-e.left-e.right, size.Height-e.top-e.bottom
	floor := func(v float32) float32 { return float32(math.Floor(float64(v))) }
	side = floor(max(0, min(wide, high)))
	return fyne.NewPos(floor((wide-side)/2)+e.left, floor((high-side)/2)+e.top), side
}

// minSize is the room for a square of a side.
func (e edges) minSize(side float32) fyne.Size {
	return fyne.NewSize(e.left+e.right+side, e.top+e.bottom+side)
}

// setLayer shows a picture over a map, or none.
func setLayer(layer *canvas.Image, p *image.RGBA) {
	layer.Image = nil
	if p != nil {
		layer.Image = p
	}
	layer.Hidden = p == nil
	layer.Refresh()
}
