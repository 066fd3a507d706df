package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// FeatureMaps shows many small pictures of one size as tiles close together, every pixel
// as a square of whole device pixels where there is room, above a bar of the colours with
// their range. All tiles are drawn as one picture, so that hundreds cost what one costs.
type FeatureMaps struct {
	ttwidget.ToolTipWidget
	// OnPick is called when a person picks a tile; it is selected already.
	OnPick func(i int)

	tiles     []*image.RGBA
	selected  int
	sheet     *canvas.Image
	bar       *canvas.Image
	ring      *canvas.Rectangle
	low, high *canvas.Text
	note      *canvas.Text // in place of tiles
	place     mapPlacement
	drawn     mapPlacement // what the sheet was drawn for
	stale     bool
}

// NewFeatureMaps returns a widget without tiles and the sentence that it shows then.
func NewFeatureMaps(empty string) *FeatureMaps {
	m := &FeatureMaps{
		selected: -1, ring: canvas.NewRectangle(color.Transparent),
		sheet: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels},
		bar:   &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels},
		low:   canvas.NewText("", nil), high: canvas.NewText("", nil), note: canvas.NewText(empty, nil),
	}
	m.ring.StrokeWidth = 2
	m.note.Alignment = fyne.TextAlignCenter
	m.ExtendBaseWidget(m)
	return m
}

// SetTiles shows tiles of one size; the widget keeps them. With other numbers than before
// the selection is gone.
func (m *FeatureMaps) SetTiles(tiles []*image.RGBA) {
	if len(tiles) != len(m.tiles) {
		m.selected = -1
	}
	m.tiles, m.stale = tiles, true
	m.Refresh()
}

// SetScale shows colours from left to right, side by side without a blend, and the
// numbers at their ends.
func (m *FeatureMaps) SetScale(colours []color.RGBA, low, high string) {
	m.low.Text, m.high.Text = low, high
	strip := image.NewRGBA(image.Rect(0, 0, max(1, len(colours)), 1))
	for i, c := range colours {
		strip.SetRGBA(i, 0, c)
	}
	m.bar.Image = strip
	m.Refresh()
}

// SetEmpty replaces the sentence that stands in place of tiles.
func (m *FeatureMaps) SetEmpty(text string) {
	m.note.Text = text
	m.Refresh()
}

// Empty is that sentence, "" while there are tiles.
func (m *FeatureMaps) Empty() string {
	if len(m.tiles) > 0 {
		return ""
	}
	return m.note.Text
}

// Len is the number of tiles.
func (m *FeatureMaps) Len() int { return len(m.tiles) }

// Selected is the tile that is selected, -1 where there is none.
func (m *FeatureMaps) Selected() int { return m.selected }

// Columns is the number of tiles in a row as laid out now, at least 1.
func (m *FeatureMaps) Columns() int { return max(1, m.place.columns) }

// Select moves the ring without calling OnPick; a number that is no tile's selects none.
func (m *FeatureMaps) Select(i int) {
	if i < 0 || i >= len(m.tiles) {
		i = -1
	}
	m.selected = i
	m.placeRing()
}

// Tapped picks the tile under the pointer.
func (m *FeatureMaps) Tapped(e *fyne.PointEvent) {
	p := m.place
	if len(m.tiles) == 0 || p.columns == 0 {
		return
	}
	at := e.Position.Subtract(p.origin)
	column, row := int(math.Floor(float64(at.X/p.pitch.Width))), int(math.Floor(float64(at.Y/p.pitch.Height)))
	if i := row*p.columns + column; at.X >= 0 && at.Y >= 0 && column < p.columns && i < len(m.tiles) {
		m.Select(i)
		if m.OnPick != nil {
			m.OnPick(i)
		}
	}
}

// mapPlacement says where tiles lie.
type mapPlacement struct {
	columns, rows int
	zoom          float64 // device pixels a pixel
	gap           int     // device pixels
	scale         float32 // device pixels a unit
	origin        fyne.Position
	pitch         fyne.Size // from a tile to the next
}

// maxMapZoom keeps layers of few numbers from being shown as large as doors, in units.
const maxMapZoom = 22

// placeMaps finds the columns that give the largest tiles.
func placeMaps(n, w, h int, area fyne.Size, scale float32) mapPlacement {
	if n == 0 || area.Width <= 0 || area.Height <= 0 {
		return mapPlacement{}
	}
	p := mapPlacement{scale: scale, gap: max(1, int(math.Round(2*float64(scale))))}
	width, height, best := float64(area.Width*scale), float64(area.Height*scale), math.Inf(1)
	for columns := 1; columns <= n; columns++ {
		rows := (n + columns - 1) / columns
		zoom := math.Min((width/float64(columns)-float64(p.gap))/float64(w), (height/float64(rows)-float64(p.gap))/float64(h))
		zoom = math.Min(wholeZoom(zoom), math.Floor(maxMapZoom*float64(scale)))
		// Of equals the one whose tiles are spread like the area.
		if bias := math.Abs(math.Log(float64(columns*w) / float64(rows*h) * height / width)); zoom > p.zoom || zoom == p.zoom && bias < best {
			p.columns, p.rows, p.zoom, best = columns, rows, zoom, bias
		}
	}
	side := func(pixels int) float32 { return float32(math.Round(float64(pixels)*p.zoom)+float64(p.gap)) / scale }
	p.pitch = fyne.NewSize(side(w), side(h))
	p.origin = fyne.NewPos(wholePixel((area.Width-p.pitch.Width*float32(p.columns))/2, scale), 0)
	return p
}

// compose draws all tiles as one picture in device pixels.
func (m *FeatureMaps) compose() {
	p := m.place
	pitchX, pitchY := int(math.Round(float64(p.pitch.Width*p.scale))), int(math.Round(float64(p.pitch.Height*p.scale)))
	sheet := image.NewRGBA(image.Rect(0, 0, max(1, p.columns*pitchX), max(1, p.rows*pitchY)))
	for i, t := range m.tiles {
		from := image.Pt(i%p.columns*pitchX, i/p.columns*pitchY)
		enlarge(sheet, image.Rectangle{from, from.Add(image.Pt(pitchX-p.gap, pitchY-p.gap))}, t)
	}
	m.sheet.Image, m.drawn, m.stale = sheet, p, false
	m.sheet.Refresh()
}

// enlarge draws a tight picture into an area, by the nearest pixel.
func enlarge(dst *image.RGBA, area image.Rectangle, src *image.RGBA) {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	for y := 0; y < area.Dy(); y++ {
		row := src.Pix[y*h/area.Dy()*src.Stride:]
		at := dst.PixOffset(area.Min.X, area.Min.Y+y)
		for x := 0; x < area.Dx(); x++ {
			copy(dst.Pix[at+4*x:at+4*x+4], row[x*w/area.Dx()*4:])
		}
	}
}

func (m *FeatureMaps) placeRing() {
	if m.ring.Hidden = m.selected < 0 || m.place.columns == 0; !m.ring.Hidden {
		p := m.place
		at := p.origin.AddXY(float32(m.selected%p.columns)*p.pitch.Width, float32(m.selected/p.columns)*p.pitch.Height)
		gap := float32(p.gap) / p.scale
		m.ring.Move(at.SubtractXY(2, 2))
		m.ring.Resize(p.pitch.AddWidthHeight(4-gap, 4-gap))
	}
	m.ring.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (m *FeatureMaps) CreateRenderer() fyne.WidgetRenderer {
	r := &featureMapsRenderer{m}
	r.Refresh()
	return r
}

type featureMapsRenderer struct{ maps *FeatureMaps }

// Room below the tiles for the bar, and the bar itself.
const (
	mapsBottom = 24
	mapsBar    = 10
	mapsTop    = 4 // for the ring of the first row
	mapsWidest = 260
)

func (r *featureMapsRenderer) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

func (r *featureMapsRenderer) Layout(size fyne.Size) {
	m := r.maps
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		scale = c.Scale()
	}
	m.place = mapPlacement{}
	if len(m.tiles) > 0 {
		b := m.tiles[0].Rect
		m.place = placeMaps(len(m.tiles), b.Dx(), b.Dy(), size.SubtractWidthHeight(8, mapsBottom+mapsTop+4), scale)
		m.place.origin = m.place.origin.AddXY(4, mapsTop)
	}
	p := m.place
	if p.columns > 0 && (m.stale || p != m.drawn) {
		m.compose()
	}
	m.sheet.Move(p.origin)
	m.sheet.Resize(fyne.NewSize(p.pitch.Width*float32(p.columns), p.pitch.Height*float32(p.rows)))
	m.placeRing()
	m.note.Move(fyne.NewPos(0, size.Height/2-10))
	m.note.Resize(fyne.NewSize(size.Width, m.note.MinSize().Height))
	low, high := m.low.MinSize(), m.high.MinSize()
	bar := max(40, min(mapsWidest, size.Width-low.Width-high.Width-24))
	x, y := (size.Width-bar)/2, size.Height-mapsBottom/2
	m.bar.Move(fyne.NewPos(x, y-mapsBar/2))
	m.bar.Resize(fyne.NewSize(bar, mapsBar))
	m.low.Move(fyne.NewPos(x-low.Width-8, y-low.Height/2))
	m.low.Resize(low)
	m.high.Move(fyne.NewPos(x+bar+8, y-high.Height/2))
	m.high.Resize(high)
}

func (r *featureMapsRenderer) Refresh() {
	m := r.maps
	th, variant := m.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	low, small := th.Color(theme.ColorNamePlaceHolder, variant), th.Size(theme.SizeNameCaptionText)
	for _, t := range []*canvas.Text{m.low, m.high} {
		t.Color, t.TextSize = th.Color(theme.ColorNameForeground, variant), small
	}
	m.note.Color, m.note.TextSize = low, th.Size(theme.SizeNameText)
	m.ring.StrokeColor = colorOf(m, ColorCurveSelected)
	empty := len(m.tiles) == 0
	m.note.Hidden, m.sheet.Hidden, m.bar.Hidden, m.low.Hidden, m.high.Hidden = !empty, empty, empty, empty, empty
	r.Layout(m.Size())
	canvas.Refresh(m)
}

func (r *featureMapsRenderer) Objects() []fyne.CanvasObject {
	m := r.maps
	return []fyne.CanvasObject{m.sheet, m.ring, m.bar, m.low, m.high, m.note}
}

func (r *featureMapsRenderer) Destroy() {}
