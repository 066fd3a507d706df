package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// DensityMap shows a square of the plane as a picture, with its sides' ends, and a
// layer of dots over it. Tapping picks a place.
type DensityMap struct {
	ttwidget.ToolTipWidget
	// OnPick is called with the place under the pointer, in the plane's coordinates.
	OnPick func(x, y float64)
	// OnResize is called when the dots need a picture of another size or other colours.
	OnResize func()

	mapWords
	back          *canvas.Rectangle
	picture, dots *canvas.Image
	ticks         [6]*canvas.Text // left, middle, right; top, middle, bottom
	lo, hi        float64
	area          fyne.Position
	side          float32
	seen          MapFrame
}

// MapFrame is what a picture of dots needs to know of the map it is for: its side
// in device pixels and its colours. DensityMap.Frame makes it on the UI goroutine;
// DrawDots may use it on any other.
type MapFrame struct {
	Side                   int
	Scale                  float32 // device pixels a unit
	Dot, Outline, Selected color.Color
}

// NewDensityMap returns an empty map with a title and the sentence shown while it
// has no picture.
func NewDensityMap(title, empty string) *DensityMap {
	m := &DensityMap{
		mapWords: newMapWords(title, empty), back: canvas.NewRectangle(nil),
		picture: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleSmooth},
		dots:    &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest},
		hi:      1,
	}
	for i := range m.ticks {
		m.ticks[i] = canvas.NewText("", nil)
	}
	m.ExtendBaseWidget(m)
	return m
}

// Frame is what a picture of dots for this map needs now.
func (m *DensityMap) Frame() MapFrame {
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		scale = c.Scale()
	}
	return MapFrame{
		Side: int(math.Round(float64(m.side * scale))), Scale: scale,
		Dot: color.White, Outline: color.NRGBA{0, 0, 0, 200}, Selected: colorOf(m, ColorCurveSelected),
	}
}

// SetRange names the ends of the square's sides.
func (m *DensityMap) SetRange(lo, hi float64) {
	if m.lo == lo && m.hi == hi && m.ticks[0].Text != "" {
		return
	}
	m.lo, m.hi = lo, hi
	for i, v := range []float64{lo, (lo + hi) / 2, hi, hi, (lo + hi) / 2, lo} {
		m.ticks[i].Text = FormatNumber(v, false)
	}
	m.Refresh()
}

// SetPicture replaces the picture, whose first row is the top; nil shows the
// sentence. The map keeps the picture.
func (m *DensityMap) SetPicture(p *image.RGBA) {
	m.picture.Image = nil
	if p != nil {
		m.picture.Image = tight(p)
	}
	m.picture.Hidden, m.note.Hidden = p == nil, p != nil
	m.picture.Refresh()
	m.note.Refresh()
}

// Empty reports whether the map has no picture.
func (m *DensityMap) Empty() bool { return m.picture.Image == nil }

// SetDots replaces the layer of dots (see DrawDots); nil takes them away.
func (m *DensityMap) SetDots(p *image.RGBA) {
	setLayer(m.dots, p)
}

// Tapped picks the place under the pointer.
func (m *DensityMap) Tapped(e *fyne.PointEvent) {
	if m.OnPick == nil || m.side <= 0 {
		return
	}
	x, y := float64((e.Position.X-m.area.X)/m.side), float64((e.Position.Y-m.area.Y)/m.side)
	if x < 0 || x > 1 || y < 0 || y > 1 {
		return
	}
	m.OnPick(m.lo+x*(m.hi-m.lo), m.hi-y*(m.hi-m.lo))
}

// CreateRenderer implements fyne.Widget.
func (m *DensityMap) CreateRenderer() fyne.WidgetRenderer {
	r := &densityMapRenderer{m}
	r.Refresh()
	return r
}

type densityMapRenderer struct{ m *DensityMap }

const (
	mapLeft, mapTop, mapBottom, mapRight = 34, 24, 18, 8
	mapMinSide                           = 120
)

func mapEdges() edges { return edges{mapLeft, mapTop, mapRight, mapBottom} }

func (r *densityMapRenderer) MinSize() fyne.Size {
	return mapEdges().minSize(mapMinSide)
}

// Layout centres the largest square that fits.
func (r *densityMapRenderer) Layout(size fyne.Size) {
	m := r.m
	m.area, m.side = mapEdges().square(size)
	for _, o := range []fyne.CanvasObject{m.back, m.picture, m.dots} {
		o.Move(m.area)
		o.Resize(fyne.NewSquareSize(m.side))
	}
	m.mapWords.place(mapEdges(), m.area, m.side)
	for i, t := range m.ticks {
		s := t.MinSize()
		t.Resize(s)
		if along := m.side * float32(i%3) / 2; i < 3 {
			t.Move(fyne.NewPos(m.area.X+along-s.Width*float32(i%3)/2, m.area.Y+m.side+3))
		} else {
			t.Move(fyne.NewPos(m.area.X-s.Width-5, m.area.Y+along-s.Height*float32(i%3)/2))
		}
	}
	if f := m.Frame(); f != m.seen && f.Side > 0 {
		m.seen = f
		if m.OnResize != nil {
			m.OnResize()
		}
	}
}

func (r *densityMapRenderer) Refresh() {
	m := r.m
	low, small := m.colour(m.Theme())
	m.back.FillColor = colorOf(m, ColorPanel)
	m.picture.Hidden, m.note.Hidden, m.dots.Hidden = m.picture.Image == nil, m.picture.Image != nil, m.dots.Image == nil
	for _, t := range m.ticks {
		t.Color, t.TextSize = low, small
	}
	r.Layout(m.Size())
	canvas.Refresh(m)
}

func (r *densityMapRenderer) Objects() []fyne.CanvasObject {
	m := r.m
	objects := []fyne.CanvasObject{m.back, m.picture, m.note, m.dots, m.title, m.readout}
	for _, t := range m.ticks {
		objects = append(objects, t)
	}
	return objects
}

func (r *densityMapRenderer) Destroy() {}
