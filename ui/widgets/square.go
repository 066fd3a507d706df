package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
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

// mapWords are the texts of a map: its title, a read-out at the top right, and the sentence
// in place of a picture.
type mapWords struct{ title, readout, note *canvas.Text }

func newMapWords(title, empty string) mapWords {
	w := mapWords{canvas.NewText(title, nil), canvas.NewText("", nil), canvas.NewText(empty, nil)}
	w.title.TextStyle.Bold = true
	w.note.Alignment = fyne.TextAlignCenter
	w.readout.Alignment = fyne.TextAlignTrailing
	return w
}

// SetNote changes the sentence shown without a picture.
func (w mapWords) SetNote(text string) {
	if w.note.Text != text {
		w.note.Text = text
		w.note.Refresh()
	}
}

// SetReadout shows a short text at the top right.
func (w mapWords) SetReadout(text string) {
	if w.readout.Text != text {
		w.readout.Text = text
		w.readout.Refresh()
	}
}

// place puts the texts above and into a map's square.
func (w mapWords) place(e edges, area fyne.Position, side float32) {
	w.title.Move(area.AddXY(0, 2-e.top))
	w.title.Resize(w.title.MinSize())
	w.readout.Move(area.AddXY(side/4, 3-e.top))
	w.readout.Resize(fyne.NewSize(side*3/4, w.readout.MinSize().Height))
	w.note.Move(area.AddXY(0, side/2-10))
	w.note.Resize(fyne.NewSize(side, w.note.MinSize().Height))
}

// colour gives the texts the theme's colours and sizes, and returns those of numbers beside
// a map.
func (w mapWords) colour(th fyne.Theme) (low color.Color, small float32) {
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	low, small = th.Color(theme.ColorNamePlaceHolder, variant), th.Size(theme.SizeNameCaptionText)
	w.title.Color, w.title.TextSize = th.Color(theme.ColorNameForeground, variant), th.Size(theme.SizeNameText)
	w.readout.Color, w.readout.TextSize = low, small+1
	w.note.Color, w.note.TextSize = low, th.Size(theme.SizeNameText)
	return low, small
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
