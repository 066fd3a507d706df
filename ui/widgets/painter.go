package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Painter shows a picture with a mask over it as a tint, and tells what the
// pointer does on it in pixels of the picture: it paints nothing by itself. The
// wheel zooms at the pointer; the middle button, or any with the space bar held,
// moves the picture.
type Painter struct {
	widget.BaseWidget
	// OnBegin, OnMove and OnEnd are a drag; a place may lie outside of the picture.
	OnBegin func(x, y float64, how Press)
	OnMove  func(x, y float64)
	OnEnd   func()
	// OnKey and OnRune get the keys that mean nothing here.
	OnKey  func(*fyne.KeyEvent)
	OnRune func(rune)

	back       *canvas.Rectangle
	picture    *canvas.Image
	mask, heat *cover
	rings      [2]*canvas.Circle // dark and light, so that one is seen on anything
	frame      *canvas.Rectangle // around the picture; shows the focus
	clip       *container.Clip

	view     view
	w, h     int     // pixels of the picture
	diameter float64 // of the ring, in pixels of the picture; 0: none
	pointer  fyne.Position
	inside   bool
	focused  bool
	drag     drag
	space    spaceKey
}

// Press is how a drag was begun.
type Press struct {
	Right bool // with the right button
	Alt   bool // with Alt held
	Shift bool // with Shift held
}

// drag is what the pressed button does.
type drag int

const (
	noDrag drag = iota
	painting
	panning
)

// spaceKey is the space bar: held it pans, and only if it was held for nothing it
// is a key like others.
type spaceKey struct{ held, used bool }

// NewPainter returns a painter without a picture.
func NewPainter() *Painter {
	p := &Painter{
		back: canvas.NewRectangle(color.Transparent), frame: canvas.NewRectangle(color.Transparent),
		picture: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels},
		mask:    newCover(),
		heat:    newCover(),
		view:    view{fit: true},
	}
	p.SetTint(color.NRGBA{255, 60, 60, 140}, color.NRGBA{255, 60, 60, 140})
	p.SetHeatTint(color.NRGBA{40, 110, 255, 170}, color.NRGBA{255, 170, 0, 170})
	for i := range p.rings {
		p.rings[i] = canvas.NewCircle(color.Transparent)
		p.rings[i].StrokeWidth = 1
		p.rings[i].Hide()
	}
	p.rings[0].StrokeColor, p.rings[1].StrokeColor = color.NRGBA{0, 0, 0, 220}, color.NRGBA{255, 255, 255, 235}
	p.frame.StrokeWidth = 1
	p.clip = container.NewClip(container.NewWithoutLayout(p.picture, p.mask.image, p.heat.image, p.frame, p.rings[0], p.rings[1]))
	p.ExtendBaseWidget(p)
	return p
}

// SetPicture shows a picture, nil for none. The painter keeps it. Where it has
// another size than the last, it is fitted into the widget.
func (p *Painter) SetPicture(m *image.RGBA) {
	p.picture.Image = nil
	w, h := 0, 0
	if m != nil {
		p.picture.Image = tight(m)
		w, h = m.Rect.Dx(), m.Rect.Dy()
	}
	p.picture.Hidden = m == nil
	if w != p.w || h != p.h {
		p.w, p.h, p.view.fit = w, h, true
		p.place()
	}
	p.picture.Refresh()
}

// SetMask shows a mask, row after row, of the picture's size; where nothing is 0
// the tint is seen. The painter reads it again when MaskChanged says so. Another
// number of values than the picture's pixels shows none.
func (p *Painter) SetMask(mask []uint8) { p.mask.set(mask, p.w, p.h) }

// MaskChanged shows what has changed inside of a rectangle.
func (p *Painter) MaskChanged(area image.Rectangle) { p.mask.changed(area) }

// SetTint changes the colours of the mask, which alternate from pixel to pixel like a
// chessboard's; their alpha is that of a pixel of 255.
func (p *Painter) SetTint(even, odd color.NRGBA) {
	p.mask.colour(func(v int) (a, b color.NRGBA) { return thinned(even, v, 255), thinned(odd, v, 255) })
}

// SetHeat shows a map of temperatures above the mask: levels as SetMask takes them, of
// which 128 is nothing. HeatChanged says that the map has changed.
func (p *Painter) SetHeat(levels []uint8) { p.heat.set(levels, p.w, p.h) }

// HeatChanged: see SetHeat.
func (p *Painter) HeatChanged(area image.Rectangle) { p.heat.changed(area) }

// SetHeatTint changes the colours of temperatures: of level 0 and of level 255. Their
// alpha fades towards level 128.
func (p *Painter) SetHeatTint(cold, hot color.NRGBA) {
	p.heat.colour(func(v int) (a, b color.NRGBA) { c := HeatTint(cold, hot, v); return c, c })
}

// SetBrush changes the diameter of the ring around the pointer, in pixels of the
// picture; 0 hides it.
func (p *Painter) SetBrush(diameter float64) {
	p.diameter = diameter
	p.placeRing()
}

// Fit shows the whole picture; OneToOne a pixel of it as a pixel of the screen,
// around the middle of what is seen.
func (p *Painter) Fit() {
	p.view.fit = true
	p.place()
}

// OneToOne: see Fit.
func (p *Painter) OneToOne() { p.ZoomTo(1 / float64(p.scale())) }

// ZoomTo changes the units a pixel, the middle of the widget staying where it is.
func (p *Painter) ZoomTo(units float64) {
	p.zoomAt(units, fyne.NewPos(p.Size().Width/2, p.Size().Height/2))
}

// Zoom is the units a pixel now.
func (p *Painter) Zoom() float64 { return p.view.zoom }

// PixelAt is the place on the picture, in its pixels, under a place of the widget;
// PositionOf the other way round.
func (p *Painter) PixelAt(pos fyne.Position) (x, y float64) { return p.view.pixel(pos) }

// PositionOf: see PixelAt.
func (p *Painter) PositionOf(x, y float64) fyne.Position { return p.view.position(x, y) }

func (p *Painter) zoomAt(units float64, pos fyne.Position) {
	p.view.zoomAt(units, pos, p.Size(), p.w, p.h, p.scale())
	p.place()
}

func (p *Painter) scale() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		return c.Scale()
	}
	return 1
}

// place puts the layers where the view has them.
func (p *Painter) place() {
	p.view.settle(p.Size(), p.w, p.h, p.scale())
	at := p.view.position(0, 0)
	size := fyne.NewSize(float32(float64(p.w)*p.view.zoom), float32(float64(p.h)*p.view.zoom))
	for _, o := range []fyne.CanvasObject{p.picture, p.mask.image, p.heat.image} {
		o.Move(at)
		o.Resize(size)
	}
	p.frame.Move(at.SubtractXY(1, 1))
	p.frame.Resize(size.AddWidthHeight(2, 2))
	p.frame.Hidden = p.w == 0
	p.placeRing()
}

func (p *Painter) placeRing() {
	shown := p.inside && p.diameter > 0 && p.w > 0 && p.drag != panning && !p.space.held
	for i, r := range p.rings {
		if !shown {
			if r.Visible() {
				r.Hide()
			}
			continue
		}
		d := float32(p.diameter*p.view.zoom) - 2*float32(i)
		d = max(d, 4)
		r.Move(p.pointer.SubtractXY(d/2, d/2))
		r.Resize(fyne.NewSquareSize(d))
		r.Show()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Painter) CreateRenderer() fyne.WidgetRenderer {
	r := &painterRenderer{p}
	r.style()
	return r
}

type painterRenderer struct{ p *Painter }

func (r *painterRenderer) Layout(size fyne.Size) {
	r.p.back.Resize(size)
	r.p.clip.Resize(size)
	r.p.place()
}

func (r *painterRenderer) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

func (r *painterRenderer) Refresh() {
	r.style()
	r.p.place()
	canvas.Refresh(r.p)
}

func (r *painterRenderer) style() {
	p := r.p
	p.back.FillColor = colorOf(p, ColorStage)
	p.frame.StrokeColor = colorOf(p, ColorPlotGrid)
	if p.focused {
		p.frame.StrokeColor = colorOf(p, theme.ColorNamePrimary)
	}
}

func (r *painterRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.p.back, r.p.clip}
}

func (r *painterRenderer) Destroy() {}

// Cursor implements desktop.Cursorable.
func (p *Painter) Cursor() desktop.Cursor {
	switch {
	case p.drag == panning || p.space.held:
		return desktop.PointerCursor
	case p.w == 0:
		return desktop.DefaultCursor
	}
	return desktop.CrosshairCursor
}
