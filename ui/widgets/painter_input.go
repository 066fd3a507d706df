package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

// wheelZoom is how much a notch of the wheel magnifies.
const wheelZoom = 1.25

// MouseDown implements desktop.Mouseable: the first dab, or a pan.
func (p *Painter) MouseDown(e *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Focus(p)
	}
	p.pointer, p.inside = e.Position, true
	switch {
	case p.w == 0 || p.drag != noDrag:
	case e.Button == desktop.MouseButtonTertiary || p.space.held:
		p.drag, p.space.used = panning, true
	default:
		p.drag = painting
		if p.OnBegin != nil {
			x, y := p.PixelAt(e.Position)
			p.OnBegin(x, y, Press{Right: e.Button == desktop.MouseButtonSecondary, Alt: e.Modifier&fyne.KeyModifierAlt != 0, Shift: e.Modifier&fyne.KeyModifierShift != 0})
		}
	}
	p.placeRing()
}

// MouseUp implements desktop.Mouseable.
func (p *Painter) MouseUp(*desktop.MouseEvent) { p.release() }

// DragEnd implements fyne.Draggable; a drag may end outside of the widget.
func (p *Painter) DragEnd() { p.release() }

func (p *Painter) release() {
	was := p.drag
	p.drag = noDrag
	p.placeRing()
	if was == painting && p.OnEnd != nil {
		p.OnEnd()
	}
}

// Dragged implements fyne.Draggable: moves with the left or the middle button.
func (p *Painter) Dragged(e *fyne.DragEvent) { p.moved(e.Position) }

// MouseIn implements desktop.Hoverable.
func (p *Painter) MouseIn(e *desktop.MouseEvent) { p.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable: moves without a button and with the
// right one, which the toolkit does not drag with.
func (p *Painter) MouseMoved(e *desktop.MouseEvent) {
	if p.drag != noDrag && e.Button == 0 {
		p.release() // let go of outside
	}
	p.moved(e.Position)
}

// MouseOut implements desktop.Hoverable.
func (p *Painter) MouseOut() {
	p.inside = false
	p.placeRing()
}

func (p *Painter) moved(to fyne.Position) {
	by := to.Subtract(p.pointer)
	p.pointer, p.inside = to, true
	switch p.drag {
	case panning:
		p.view.move(by, p.Size(), p.w, p.h, p.scale())
		p.place()
		return
	case painting:
		if p.OnMove != nil {
			p.OnMove(p.PixelAt(to))
		}
	case noDrag:
	}
	p.placeRing()
}

// Scrolled implements fyne.Scrollable: the wheel zooms at the pointer.
func (p *Painter) Scrolled(e *fyne.ScrollEvent) {
	switch {
	case e.Scrolled.DY > 0:
		p.zoomAt(p.view.zoom*wheelZoom, e.Position)
	case e.Scrolled.DY < 0:
		p.zoomAt(p.view.zoom/wheelZoom, e.Position)
	}
}

// FocusGained implements fyne.Focusable.
func (p *Painter) FocusGained() { p.focus(true) }

// FocusLost implements fyne.Focusable.
func (p *Painter) FocusLost() {
	p.space = spaceKey{}
	p.focus(false)
}

func (p *Painter) focus(on bool) {
	p.focused = on
	painterRenderer{p}.styleFrame()
}

func (r painterRenderer) styleFrame() {
	r.style()
	canvas.Refresh(r.p.frame)
}

// KeyDown implements desktop.Keyable.
func (p *Painter) KeyDown(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace && !p.space.held {
		p.space = spaceKey{held: true}
		p.placeRing()
	}
}

// KeyUp implements desktop.Keyable: a space bar that has moved nothing is handed on.
func (p *Painter) KeyUp(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace || !p.space.held {
		return
	}
	used := p.space.used
	p.space = spaceKey{}
	p.placeRing()
	if !used && p.OnKey != nil {
		p.OnKey(e)
	}
}

// TypedKey implements fyne.Focusable.
func (p *Painter) TypedKey(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace && p.OnKey != nil {
		p.OnKey(e)
	}
}

// TypedRune implements fyne.Focusable.
func (p *Painter) TypedRune(r rune) {
	if p.OnRune != nil {
		p.OnRune(r)
	}
}

// view is where a picture lies: how many units a pixel of it has, and where its
// corner is.
type view struct {
	fit    bool // the whole picture is shown, whatever the size of the widget
	zoom   float64
	origin fyne.Position
}

// The largest zoom, in units a pixel, and how much of the picture stays in sight.
const (
	maxZoom   = 128
	keepSight = 24
	fitMargin = 8
)

func (v *view) pixel(pos fyne.Position) (x, y float64) {
	if v.zoom == 0 {
		return 0, 0
	}
	return float64(pos.X-v.origin.X) / v.zoom, float64(pos.Y-v.origin.Y) / v.zoom
}

func (v *view) position(x, y float64) fyne.Position {
	return v.origin.AddXY(float32(x*v.zoom), float32(y*v.zoom))
}

// fitting is the largest zoom that shows a picture whole, in whole device pixels
// a pixel where it is enlarged.
func fitting(area fyne.Size, w, h int, scale float32) float64 {
	if w == 0 || h == 0 {
		return 1
	}
	z := math.Min(float64((area.Width-fitMargin)*scale)/float64(w), float64((area.Height-fitMargin)*scale)/float64(h))
	return wholeZoom(z) / float64(scale)
}

// settle follows a change of the widget's size.
func (v *view) settle(area fyne.Size, w, h int, scale float32) {
	if area.Width <= 0 || area.Height <= 0 {
		return
	}
	if v.fit || v.zoom == 0 {
		v.zoom = fitting(area, w, h, scale)
		v.origin = fyne.NewPos(
			wholePixel((area.Width-float32(float64(w)*v.zoom))/2, scale),
			wholePixel((area.Height-float32(float64(h)*v.zoom))/2, scale))
		return
	}
	v.hold(area, w, h)
}

// zoomAt magnifies; the pixel at pos stays there.
func (v *view) zoomAt(zoom float64, pos fyne.Position, area fyne.Size, w, h int, scale float32) {
	least := math.Min(fitting(area, w, h, scale), 1/float64(scale))
	zoom = math.Max(least, math.Min(maxZoom, zoom))
	x, y := v.pixel(pos)
	v.fit, v.zoom = false, zoom
	v.origin = pos.SubtractXY(float32(x*zoom), float32(y*zoom))
	v.hold(area, w, h)
}

func (v *view) move(by fyne.Position, area fyne.Size, w, h int, scale float32) {
	if v.zoom == 0 {
		v.settle(area, w, h, scale)
	}
	v.fit = false
	v.origin = v.origin.Add(by)
	v.hold(area, w, h)
}

// hold keeps a part of the picture in sight.
func (v *view) hold(area fyne.Size, w, h int) {
	pw, ph := float32(float64(w)*v.zoom), float32(float64(h)*v.zoom)
	v.origin.X = max(keepSight-pw, min(v.origin.X, area.Width-keepSight))
	v.origin.Y = max(keepSight-ph, min(v.origin.Y, area.Height-keepSight))
}
