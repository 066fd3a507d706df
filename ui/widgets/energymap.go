package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// EnergyMap shows a square of a plane as a heat map, with a layer of lines over it, named
// marks that can be dragged, the line of a cut, a cursor and a bar that explains the
// colours. Places are shares: 0 to 1 from the left and from the top.
//
// The pointer hovers and picks, drags marks or the whole map, and zooms with the wheel. With
// the focus the arrow keys move the cursor, Enter picks, + and - zoom.
type EnergyMap struct {
	ttwidget.ToolTipWidget
	OnHover  func(x, y float64) // the pointer, or the cursor by keys, is at a place
	OnPick   func(x, y float64) // a place was clicked, or Enter pressed
	OnMark   func(mark int, x, y float64, done bool)
	OnPan    func(dx, dy float64, done bool) // since the drag began
	OnZoom   func(x, y, factor float64)      // above 1: closer
	OnKey    func(*fyne.KeyEvent)            // a key that means nothing here
	OnResize func()                          // the layer needs a picture of another size or other colours

	mapWords
	back           *canvas.Rectangle
	picture, layer *canvas.Image
	clip           *container.Clip // both, which a drag moves
	bar            *canvas.Image
	barTexts       [2]*canvas.Text // highest, lowest
	ticks          [4]*canvas.Text // left, right; top, bottom
	marks          []*mapMark
	cut            *canvas.Line
	cross          [2]*canvas.Line
	ring           *canvas.Rectangle

	area    fyne.Position
	side    float32
	seen    MapFrame
	shift   fyne.Position // of picture and layer while the map is dragged
	cursor  [2]float64
	at      bool // the cursor is shown
	ends    [2][2]float64
	cuts    bool
	held    int // what is dragged: a mark, or one of the two below
	from    fyne.Position
	tipped  bool                // the pointer is on the border, where the tool tip shows
	pointer *desktop.MouseEvent // the newest, nil while it is elsewhere
}

// MapMark is a named place of an EnergyMap.
type MapMark struct {
	X, Y float64
	Name string // a letter or two
	Held bool   // it cannot be dragged
}

type mapMark struct {
	of   MapMark
	disc *canvas.Circle
	text *canvas.Text
}

const (
	holdsNothing = -1
	holdsMap     = -2

	markSize = 20
	barWidth = 10
	cutStep  = 0.015 // of an arrow key
)

// NewEnergyMap returns an empty map with a title and the sentence shown while it has no
// picture.
func NewEnergyMap(title, empty string) *EnergyMap {
	m := &EnergyMap{
		mapWords: newMapWords(title, empty), back: canvas.NewRectangle(nil),
		picture: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest},
		layer:   &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest},
		bar:     &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest},
		cut:     canvas.NewLine(nil), cross: [2]*canvas.Line{canvas.NewLine(nil), canvas.NewLine(nil)}, ring: canvas.NewRectangle(color.Transparent),
		held: holdsNothing,
	}
	m.clip = container.NewClip(container.NewWithoutLayout(m.picture, m.layer))
	for i := range m.ticks {
		m.ticks[i] = canvas.NewText("", nil)
	}
	for i := range m.barTexts {
		m.barTexts[i] = canvas.NewText("", nil)
	}
	m.ring.Hide()
	m.ExtendBaseWidget(m)
	return m
}

// Frame is what a layer for this map needs now.
func (m *EnergyMap) Frame() MapFrame {
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		scale = c.Scale()
	}
	return MapFrame{
		Side: int(math.Round(float64(m.side * scale))), Scale: scale,
		Dot: color.White, Outline: color.NRGBA{0, 0, 0, 200}, Selected: colorOf(m, ColorCurveSelected),
	}
}

// SetPicture replaces the heat map, and takes back a drag; nil shows the sentence.
func (m *EnergyMap) SetPicture(p *image.RGBA) {
	empty := m.Empty()
	m.picture.Image = nil
	if p != nil {
		m.picture.Image = tight(p)
	}
	m.shift = fyne.Position{}
	m.Refresh()
	if empty && p != nil && m.pointer != nil { // the map has come under a pointer that rests
		m.MouseMoved(m.pointer)
	}
}

// Empty reports whether the map has no picture.
func (m *EnergyMap) Empty() bool { return m.picture.Image == nil }

// SetLayer replaces the lines over the map (see DrawMapLayer); nil takes them away.
func (m *EnergyMap) SetLayer(p *image.RGBA) {
	setLayer(m.layer, p)
}

// SetTitle names what is shown.
func (m *EnergyMap) SetTitle(text string) {
	if m.title.Text != text {
		m.title.Text = text
		m.Refresh()
	}
}

// SetRange names the ends of the sides.
func (m *EnergyMap) SetRange(left, right, top, bottom string) {
	for i, text := range []string{left, right, top, bottom} {
		m.ticks[i].Text = text
	}
	m.Refresh()
}

// SetBar explains the colours, the highest value's first; none takes the bar away.
func (m *EnergyMap) SetBar(palette []color.RGBA, highest, lowest string) {
	m.bar.Image = nil
	if len(palette) > 1 {
		const n = 64
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i)
		}
		m.bar.Image = Ramp(values, 1, n-1, palette)
	}
	m.barTexts[0].Text, m.barTexts[1].Text = highest, lowest
	m.Refresh()
}

// SetMarks replaces the named places.
func (m *EnergyMap) SetMarks(marks []MapMark) {
	if m.held >= len(marks) {
		m.held = holdsNothing
	}
	for len(m.marks) < len(marks) {
		m.marks = append(m.marks, &mapMark{disc: canvas.NewCircle(nil), text: canvas.NewText("", nil)})
	}
	m.marks = m.marks[:len(marks)]
	for i, k := range marks {
		m.marks[i].of, m.marks[i].text.Text = k, k.Name
	}
	m.Refresh()
}

// SetCursor moves the cursor; off takes it away.
func (m *EnergyMap) SetCursor(x, y float64, on bool) {
	m.cursor, m.at = [2]float64{x, y}, on
	m.placeLines()
}

// SetCut draws the line of a cut; off takes it away.
func (m *EnergyMap) SetCut(from, to [2]float64, on bool) {
	m.ends, m.cuts = [2][2]float64{from, to}, on
	m.placeLines()
}

// PlaceOf is where a place of the map is in the widget.
func (m *EnergyMap) PlaceOf(x, y float64) fyne.Position {
	return m.area.AddXY(float32(x)*m.side, float32(y)*m.side)
}

// placeLines puts cut and cursor where they belong.
func (m *EnergyMap) placeLines() {
	m.cut.Hidden = !m.cuts || m.Empty()
	m.cut.Position1, m.cut.Position2 = m.inside(m.ends[0], m.ends[1])
	const arm = 9
	for i, l := range m.cross {
		on := m.at && !m.Empty() && m.cursor[0] >= 0 && m.cursor[0] <= 1 && m.cursor[1] >= 0 && m.cursor[1] <= 1
		l.Hidden = !on
		at, by := m.PlaceOf(m.cursor[0], m.cursor[1]), fyne.NewPos(arm, 0)
		if i == 1 {
			by = fyne.NewPos(0, arm)
		}
		l.Position1, l.Position2 = at.Subtract(by), at.Add(by)
		l.Refresh()
	}
	m.cut.Refresh()
}

// inside is the part of a line that lies on the map; a point where none does.
func (m *EnergyMap) inside(a, b [2]float64) (p, q fyne.Position) {
	t0, t1 := 0.0, 1.0
	for k := range a {
		d := b[k] - a[k]
		if d == 0 {
			if a[k] < 0 || a[k] > 1 {
				t1 = -1
			}
			continue
		}
		u, v := -a[k]/d, (1-a[k])/d
		t0, t1 = max(t0, min(u, v)), min(t1, max(u, v))
	}
	if t1 < t0 {
		return m.area, m.area
	}
	at := func(t float64) fyne.Position { return m.PlaceOf(a[0]+t*(b[0]-a[0]), a[1]+t*(b[1]-a[1])) }
	return at(t0), at(t1)
}
