package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Space of a pad, in units.
const (
	padThumb  = 40 // side of a corner's picture
	padHandle = 16
	padMin    = 150
	padStep   = 0.02 // of an arrow key
)

// LatentPad is a square in which a handle is dragged between three or four corners,
// each with a picture. Places are 0 to 1, x to the right and y down. The way of the hand
// is drawn behind the handle. The arrow keys move it too.
type LatentPad struct {
	ttwidget.ToolTipWidget
	// OnMove is called with the place under the pointer, which may lie beyond the
	// corners; OnRelease when the handle is let go.
	OnMove    func(x, y float64)
	OnRelease func()
	OnKey     func(*fyne.KeyEvent) // a key that means nothing here

	corners  [][2]float64
	pictures []*canvas.Image
	edges    []*canvas.Line
	trail    []*canvas.Line
	path     [][2]float64
	back     *canvas.Rectangle
	ring     *canvas.Rectangle // shown with the focus
	handle   *canvas.Circle
	at       [2]float64
	area     fyne.Position
	side     float32
	held     bool
}

// NewLatentPad returns a pad without corners.
func NewLatentPad() *LatentPad {
	p := &LatentPad{back: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil), handle: canvas.NewCircle(nil)}
	p.handle.StrokeWidth, p.ring.StrokeWidth = 3, 1
	p.ring.Hide()
	p.ExtendBaseWidget(p)
	return p
}

// SetCorners replaces the corners and their pictures; a picture may be nil.
func (p *LatentPad) SetCorners(at [][2]float64, pictures []image.Image) {
	p.corners, p.pictures, p.edges = at, nil, nil
	for i := range at {
		m := &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}
		if i < len(pictures) {
			m.Image = pictures[i]
		}
		m.Hidden = m.Image == nil
		p.pictures = append(p.pictures, m)
		p.edges = append(p.edges, canvas.NewLine(nil))
	}
	p.Refresh()
}

// order is that of the corners around the middle: four come row by row.
func (p *LatentPad) order() []int {
	if len(p.corners) == 4 {
		return []int{0, 1, 3, 2}
	}
	return []int{0, 1, 2}[:len(p.corners)]
}

// SetHandle moves the handle without calling OnMove.
func (p *LatentPad) SetHandle(x, y float64) {
	p.at = [2]float64{x, y}
	p.placeHandle()
	p.handle.Refresh()
}

// SetTrail replaces the way that is drawn behind the handle. One that grew only at its
// end is not drawn anew.
func (p *LatentPad) SetTrail(path [][2]float64) {
	grown := len(path) >= len(p.path) && len(p.path) > 0 && path[0] == p.path[0]
	if !grown {
		p.trail = nil
	}
	p.path = path
	for len(p.trail) < len(path)-1 {
		l := canvas.NewLine(colorOf(p, ColorCurveSelected))
		l.StrokeWidth = 2
		p.trail = append(p.trail, l)
	}
	p.placeTrail()
	canvas.Refresh(p)
}

// place is a place of the pad in the widget.
func (p *LatentPad) place(at [2]float64) fyne.Position {
	return p.area.AddXY(float32(at[0])*p.side, float32(at[1])*p.side)
}

// PlaceOf is where a place of the pad is in the widget.
func (p *LatentPad) PlaceOf(x, y float64) fyne.Position { return p.place([2]float64{x, y}) }

func (p *LatentPad) placeHandle() {
	p.handle.Resize(fyne.NewSquareSize(padHandle))
	p.handle.Move(p.place(p.at).SubtractXY(padHandle/2, padHandle/2))
}

func (p *LatentPad) placeTrail() {
	for i, l := range p.trail {
		l.Position1, l.Position2 = p.place(p.path[i]), p.place(p.path[i+1])
	}
}

func (p *LatentPad) moveTo(at fyne.Position) {
	if p.side <= 0 || p.OnMove == nil || len(p.corners) == 0 {
		return
	}
	p.held = true
	p.OnMove(float64((at.X-p.area.X)/p.side), float64((at.Y-p.area.Y)/p.side))
}

func (p *LatentPad) release() {
	if !p.held {
		return
	}
	p.held = false
	if p.OnRelease != nil {
		p.OnRelease()
	}
}

// MouseDown implements desktop.Mouseable: the handle jumps to the pointer.
func (p *LatentPad) MouseDown(e *desktop.MouseEvent) {
	if e.Button == desktop.MouseButtonPrimary {
		if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
			c.Focus(p)
		}
		p.moveTo(e.Position)
	}
}

// MouseUp implements desktop.Mouseable.
func (p *LatentPad) MouseUp(*desktop.MouseEvent) { p.release() }

// Dragged implements fyne.Draggable.
func (p *LatentPad) Dragged(e *fyne.DragEvent) { p.moveTo(e.Position) }

// DragEnd implements fyne.Draggable.
func (p *LatentPad) DragEnd() { p.release() }

// Cursor implements desktop.Cursorable.
func (p *LatentPad) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// FocusGained implements fyne.Focusable.
func (p *LatentPad) FocusGained() { p.ring.Show(); p.ring.Refresh() }

// FocusLost implements fyne.Focusable.
func (p *LatentPad) FocusLost() { p.ring.Hide(); p.ring.Refresh() }

// TypedRune implements fyne.Focusable.
func (p *LatentPad) TypedRune(rune) {}

// TypedKey moves the handle by the arrow keys.
func (p *LatentPad) TypedKey(e *fyne.KeyEvent) {
	step := map[fyne.KeyName][2]float64{fyne.KeyLeft: {-padStep, 0}, fyne.KeyRight: {padStep, 0}, fyne.KeyUp: {0, -padStep}, fyne.KeyDown: {0, padStep}}
	by, known := step[e.Name]
	if !known {
		if p.OnKey != nil {
			p.OnKey(e)
		}
		return
	}
	if p.OnMove != nil && len(p.corners) > 0 {
		p.held = true
		p.OnMove(p.at[0]+by[0], p.at[1]+by[1])
		p.release()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *LatentPad) CreateRenderer() fyne.WidgetRenderer {
	r := &latentPadRenderer{p}
	r.Refresh()
	return r
}

type latentPadRenderer struct{ p *LatentPad }

func (r *latentPadRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(padMin) }

// Layout centres the largest square that leaves room for the corners' pictures.
func (r *latentPadRenderer) Layout(size fyne.Size) {
	p, room := r.p, float32(padThumb+8)
	p.side = float32(math.Floor(float64(max(0, min(size.Width, size.Height)-room))))
	p.area = fyne.NewPos(float32(math.Floor(float64((size.Width-p.side)/2))), float32(math.Floor(float64((size.Height-p.side)/2))))
	whole := fyne.NewSquareSize(p.side + room)
	for _, o := range []fyne.CanvasObject{p.back, p.ring} {
		o.Move(p.area.SubtractXY(room/2, room/2))
		o.Resize(whole)
	}
	order := p.order()
	for i, k := range order {
		p.edges[i].Position1, p.edges[i].Position2 = p.place(p.corners[k]), p.place(p.corners[order[(i+1)%len(order)]])
	}
	for i, m := range p.pictures {
		m.Move(p.place(p.corners[i]).SubtractXY(padThumb/2, padThumb/2))
		m.Resize(fyne.NewSquareSize(padThumb))
	}
	p.placeTrail()
	p.placeHandle()
}

func (r *latentPadRenderer) Refresh() {
	p := r.p
	th, variant := p.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	p.back.FillColor, p.back.CornerRadius = colorOf(p, ColorPanel), 6
	p.ring.FillColor, p.ring.StrokeColor, p.ring.CornerRadius = color.Transparent, th.Color(theme.ColorNamePrimary, variant), 6
	p.handle.FillColor, p.handle.StrokeColor = th.Color(theme.ColorNameForeground, variant), colorOf(p, ColorCurveSelected)
	for _, e := range p.edges {
		e.StrokeColor, e.StrokeWidth = th.Color(theme.ColorNamePlaceHolder, variant), 1
	}
	for _, l := range p.trail {
		l.StrokeColor = colorOf(p, ColorCurveSelected)
	}
	r.Layout(p.Size())
	canvas.Refresh(p)
}

func (r *latentPadRenderer) Objects() []fyne.CanvasObject {
	p := r.p
	objects := []fyne.CanvasObject{p.back, p.ring}
	for _, e := range p.edges {
		objects = append(objects, e)
	}
	for _, m := range p.pictures {
		objects = append(objects, m)
	}
	for _, l := range p.trail {
		objects = append(objects, l)
	}
	return append(objects, p.handle)
}

func (r *latentPadRenderer) Destroy() {}
