package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Space in a strip, in units.
const (
	stripGap    = 6
	stripMark   = 3 // height of the bar under a marked column
	stripScroll = 6 // room for a scroll bar below
)

// Strip shows pictures in columns, one column a frame, in one row or several rows that
// belong together (before and after). One column is selected; some are marked. It is as
// wide as its columns need: put it into a scroll container.
type Strip struct {
	widget.BaseWidget
	// OnSelect is called when a person picks a column; the strip has selected it already.
	OnSelect func(column int)

	side     float32 // of a picture, about, in units
	columns  int
	rows     int
	images   []*canvas.Image     // row by row
	marks    []*canvas.Rectangle // one a column
	marked   map[int]bool
	ring     *canvas.Rectangle
	selected int
	tile     fyne.Size
}

// NewStrip returns an empty strip of pictures about side units wide.
func NewStrip(side float32, onSelect func(column int)) *Strip {
	s := &Strip{OnSelect: onSelect, side: side, selected: -1, ring: canvas.NewRectangle(color.Transparent)}
	s.ring.StrokeWidth, s.ring.CornerRadius = 2, 4
	s.ring.Hide()
	s.ExtendBaseWidget(s)
	return s
}

// SetRows shows rows of equally many pictures of one size. As ImageGrid.SetImages, it
// keeps them until the next call.
func (s *Strip) SetRows(rows ...[]*image.RGBA) {
	columns := 0
	if len(rows) > 0 {
		columns = len(rows[0])
	}
	same := columns == s.columns && len(rows) == s.rows
	if !same {
		s.columns, s.rows = columns, len(rows)
		s.images, s.marks = nil, nil
		for range columns * len(rows) {
			s.images = append(s.images, &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels})
		}
		for range columns {
			m := canvas.NewRectangle(color.Transparent)
			m.CornerRadius = stripMark / 2
			s.marks = append(s.marks, m)
		}
		if s.selected >= columns {
			s.selected = -1
		}
	}
	for r, row := range rows {
		for c, m := range row {
			to := s.images[r*columns+c]
			to.Image = tight(m)
			if same {
				to.Refresh()
			}
		}
	}
	if !same {
		s.Refresh()
	}
}

// SetMarks marks columns by a bar below them.
func (s *Strip) SetMarks(columns []int) {
	s.marked = map[int]bool{}
	for _, c := range columns {
		s.marked[c] = true
	}
	for c, m := range s.marks {
		if m.Hidden == s.marked[c] {
			m.Hidden = !s.marked[c]
			m.Refresh()
		}
	}
}

// Len is the number of columns, Rows that of rows.
func (s *Strip) Len() int { return s.columns }

// Rows is the number of rows.
func (s *Strip) Rows() int { return s.rows }

// Image is the picture of a row and column as it is shown now.
func (s *Strip) Image(row, column int) image.Image { return s.images[row*s.columns+column].Image }

// Selected is the selected column, -1 where there is none.
func (s *Strip) Selected() int { return s.selected }

// Select moves the ring to a column without calling OnSelect.
func (s *Strip) Select(column int) {
	if column < 0 || column >= s.columns {
		column = -1
	}
	s.selected = column
	s.placeRing()
}

// Tapped selects the column under the pointer.
func (s *Strip) Tapped(e *fyne.PointEvent) {
	column := int(e.Position.X / (s.tile.Width + stripGap))
	if column < 0 || column >= s.columns {
		return
	}
	s.Select(column)
	if s.OnSelect != nil {
		s.OnSelect(column)
	}
}

// Place is where a column lies, for scrolling to it.
func (s *Strip) Place(column int) (x, width float32) {
	return float32(column) * (s.tile.Width + stripGap), s.tile.Width + stripGap
}

func (s *Strip) placeRing() {
	if s.selected < 0 || s.columns == 0 {
		s.ring.Hide()
		return
	}
	x, width := s.Place(s.selected)
	s.ring.Move(fyne.NewPos(x, 0))
	s.ring.Resize(fyne.NewSize(width, float32(s.rows)*(s.tile.Height+stripGap)))
	s.ring.Show()
	s.ring.Refresh()
}

// measure finds the size of a picture: about side units, in quarters of a device pixel
// a pixel where it is enlarged.
func (s *Strip) measure() {
	s.tile = fyne.NewSize(s.side, s.side)
	if len(s.images) == 0 || s.images[0].Image == nil {
		return
	}
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		scale = c.Scale()
	}
	b := s.images[0].Image.Bounds()
	zoom := math.Max(0.25, math.Floor(4*float64(s.side*scale)/float64(max(b.Dx(), 1)))/4)
	s.tile = fyne.NewSize(float32(b.Dx())*float32(zoom)/scale, float32(b.Dy())*float32(zoom)/scale)
}

// CreateRenderer implements fyne.Widget.
func (s *Strip) CreateRenderer() fyne.WidgetRenderer {
	r := &stripRenderer{s}
	r.Refresh()
	return r
}

type stripRenderer struct{ strip *Strip }

func (r *stripRenderer) Layout(fyne.Size) {
	s := r.strip
	s.measure()
	for i, m := range s.images {
		x, _ := s.Place(i % s.columns)
		m.Move(fyne.NewPos(x+stripGap/2, float32(i/s.columns)*(s.tile.Height+stripGap)+stripGap/2))
		m.Resize(s.tile)
	}
	for c, m := range s.marks {
		x, _ := s.Place(c)
		m.Move(fyne.NewPos(x+stripGap/2, float32(s.rows)*(s.tile.Height+stripGap)+1))
		m.Resize(fyne.NewSize(s.tile.Width, stripMark))
	}
	s.placeRing()
}

func (r *stripRenderer) MinSize() fyne.Size {
	s := r.strip
	s.measure()
	return fyne.NewSize(float32(s.columns)*(s.tile.Width+stripGap), float32(max(1, s.rows))*(s.tile.Height+stripGap)+stripMark+2+stripScroll)
}

func (r *stripRenderer) Refresh() {
	s := r.strip
	s.ring.StrokeColor = colorOf(s, ColorCurveSelected)
	for c, m := range s.marks {
		m.FillColor = colorOf(s, theme.ColorNamePrimary)
		m.Hidden = !s.marked[c]
	}
	r.Layout(s.Size())
	for _, m := range s.images {
		m.Refresh()
	}
	canvas.Refresh(s)
}

func (r *stripRenderer) Objects() []fyne.CanvasObject {
	s := r.strip
	objects := make([]fyne.CanvasObject, 0, len(s.images)+len(s.marks)+1)
	for _, m := range s.images {
		objects = append(objects, m)
	}
	for _, m := range s.marks {
		objects = append(objects, m)
	}
	return append(objects, s.ring)
}

func (r *stripRenderer) Destroy() {}
