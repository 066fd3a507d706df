package widgets

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// thumbTile are the objects of a tile in view: a ring around the picture, a place for it
// until it is there, the picture, a line below and a star.
type thumbTile struct {
	index   int // of what it shows, -1 for nothing
	ring    *canvas.Rectangle
	back    *canvas.Rectangle
	image   *canvas.Image
	caption *canvas.Text
	star    *canvas.Image
}

func newThumbTile(star fyne.Resource) *thumbTile {
	t := &thumbTile{
		index: -1, ring: canvas.NewRectangle(color.Transparent), back: canvas.NewRectangle(color.Transparent),
		image: &canvas.Image{FillMode: canvas.ImageFillStretch}, caption: canvas.NewText("", color.Transparent),
		star: &canvas.Image{Resource: star, FillMode: canvas.ImageFillContain},
	}
	t.ring.CornerRadius, t.back.CornerRadius = 6, 3
	t.caption.Alignment = fyne.TextAlignCenter
	t.hide()
	return t
}

func (t *thumbTile) hide() {
	t.index = -1
	for _, o := range []fyne.CanvasObject{t.ring, t.back, t.image, t.caption, t.star} {
		o.Hide()
	}
}

// show puts a thumbnail into the tile, changing only what differs.
func (t *thumbTile) show(i int, s Thumb, p thumbPlace, look thumbLook, selected, cursor bool) {
	t.index = i
	corner := p.position(i)
	t.showRing(corner, p.side, look, selected, cursor)
	if s.Image == nil {
		t.back.FillColor = look.empty
		t.back.Move(corner.AddXY(p.side/4, p.side/4))
		t.back.Resize(fyne.NewSquareSize(p.side / 2))
		t.back.Show()
		t.back.Refresh()
		t.image.Image = nil
		t.image.Hide()
	} else {
		t.back.Hide()
		size, mode := thumbSize(s.Image.Rect.Dx(), s.Image.Rect.Dy(), p.side, look.scale)
		t.image.Move(corner.AddXY(snap((p.side-size.Width)/2, look.scale), snap((p.side-size.Height)/2, look.scale)))
		t.image.Resize(size)
		veil := 0.0
		if s.Dim {
			veil = 0.7
		}
		if t.image.Image != s.Image || t.image.ScaleMode != mode || t.image.Translucency != veil {
			t.image.Image, t.image.ScaleMode, t.image.Translucency = s.Image, mode, veil
			t.image.Refresh()
		}
		t.image.Show()
	}
	t.showCaption(s.Caption, corner, p.side, look, selected)
	t.star.Hidden = !s.Star
	if s.Star {
		t.star.Move(corner.AddXY(p.side-17, 1))
		t.star.Resize(fyne.NewSquareSize(16))
		t.star.Refresh()
	}
}

func (t *thumbTile) showRing(corner fyne.Position, side float32, look thumbLook, selected, cursor bool) {
	if !selected && !cursor {
		t.ring.Hide()
		return
	}
	t.ring.FillColor, t.ring.StrokeColor, t.ring.StrokeWidth = color.Transparent, look.cursor, 1
	if selected {
		t.ring.FillColor, t.ring.StrokeColor, t.ring.StrokeWidth = look.fill, look.ring, 2
	}
	t.ring.Move(corner.SubtractXY(4, 4))
	t.ring.Resize(fyne.NewSize(side+8, side+thumbCaption+7))
	t.ring.Show()
	t.ring.Refresh()
}

func (t *thumbTile) showCaption(text string, corner fyne.Position, side float32, look thumbLook, selected bool) {
	// A letter is about 0.55 of the text's height; measuring each would take longer than
	// all the rest.
	if letters, fit := []rune(text), int(side/(0.55*look.text)); len(letters) > fit {
		text = string(letters[:max(0, fit-1)]) + "…"
	}
	ink := look.caption
	if selected {
		ink = look.strong
	}
	changed := t.caption.Text != text || t.caption.Color != ink || t.caption.TextSize != look.text
	t.caption.Text, t.caption.Color, t.caption.TextSize = text, ink, look.text
	t.caption.Move(corner.AddXY(0, side+1))
	t.caption.Resize(fyne.NewSize(side, thumbCaption))
	t.caption.Show()
	if changed {
		t.caption.Refresh()
	}
}

// thumbSize is how large a picture of w x h pixels is drawn within a square: every pixel
// as a square of the same whole number of device pixels, or scaled down where it is larger.
func thumbSize(w, h int, side, scale float32) (fyne.Size, canvas.ImageScale) {
	zoom := float64(side * scale / float32(max(w, h, 1)))
	mode := canvas.ImageScale(canvas.ImageScaleFastest)
	if zoom >= 1 {
		zoom, mode = math.Floor(zoom+1e-3), canvas.ImageScalePixels
	}
	return fyne.NewSize(float32(float64(w)*zoom)/scale, float32(float64(h)*zoom)/scale), mode
}

// snap rounds down to a whole device pixel.
func snap(v, scale float32) float32 { return float32(math.Floor(float64(v*scale))) / scale }
