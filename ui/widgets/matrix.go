package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Matrix shows a square table of numbers as coloured cells, with a title above and a
// line below. Tapping a cell picks its row and column.
type Matrix struct {
	ttwidget.ToolTipWidget
	OnPick func(row, column int)

	title, note *canvas.Text
	cells       *canvas.Image
	frame       *canvas.Rectangle // around the selected row
	n, selected int
	side        float32
	at          fyne.Position
}

// NewMatrix returns an empty table.
func NewMatrix(title string) *Matrix {
	m := &Matrix{
		title: canvas.NewText(title, nil), note: canvas.NewText("", nil), frame: canvas.NewRectangle(color.Transparent), selected: -1,
		cells: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels},
	}
	m.title.TextStyle.Bold = true
	m.frame.StrokeWidth = 1.5
	m.ExtendBaseWidget(m)
	return m
}

// SetValues shows values, coloured from the palette's first colour at 0 to its last at
// the largest, and a line about them.
func (m *Matrix) SetValues(values [][]float64, palette []color.RGBA, note string) {
	m.n, m.note.Text = len(values), note
	most := 0.0
	for _, row := range values {
		for _, v := range row {
			most = max(most, v)
		}
	}
	picture := image.NewRGBA(image.Rect(0, 0, max(1, m.n), max(1, m.n)))
	for y, row := range values {
		for x, v := range row {
			if len(palette) > 0 && most > 0 {
				picture.SetRGBA(x, y, palette[min(len(palette)-1, int(v/most*float64(len(palette))))])
			}
		}
	}
	m.cells.Image = picture
	m.cells.Hidden = m.n == 0
	m.Refresh()
}

// Select frames a row; -1 none.
func (m *Matrix) Select(row int) {
	if m.selected != row {
		m.selected = row
		m.Refresh()
	}
}

// Tapped picks the cell under the pointer.
func (m *Matrix) Tapped(e *fyne.PointEvent) {
	if m.n == 0 || m.side <= 0 || m.OnPick == nil {
		return
	}
	p := e.Position.Subtract(m.at)
	column, row := int(p.X/m.side*float32(m.n)), int(p.Y/m.side*float32(m.n))
	if p.X >= 0 && p.Y >= 0 && column < m.n && row < m.n {
		m.OnPick(row, column)
	}
}

// CreateRenderer implements fyne.Widget.
func (m *Matrix) CreateRenderer() fyne.WidgetRenderer {
	r := &matrixRenderer{m}
	r.Refresh()
	return r
}

type matrixRenderer struct{ matrix *Matrix }

const matrixTop, matrixBottom = 24, 20

func (r *matrixRenderer) MinSize() fyne.Size { return fyne.NewSize(140, 140) }

func (r *matrixRenderer) Layout(size fyne.Size) {
	m := r.matrix
	m.side = max(0, min(size.Width-4, size.Height-matrixTop-matrixBottom))
	m.at = fyne.NewPos(2, matrixTop)
	m.cells.Move(m.at)
	m.cells.Resize(fyne.NewSquareSize(m.side))
	m.title.Move(fyne.NewPos(2, 1))
	m.title.Resize(m.title.MinSize())
	m.note.Move(m.at.AddXY(0, m.side+2))
	m.note.Resize(m.note.MinSize())
	if m.frame.Hidden = m.selected < 0 || m.selected >= m.n; !m.frame.Hidden {
		cell := m.side / float32(m.n)
		m.frame.Move(m.at.AddXY(-1, float32(m.selected)*cell-1))
		m.frame.Resize(fyne.NewSize(m.side+2, cell+2))
	}
}

func (r *matrixRenderer) Refresh() {
	m := r.matrix
	th, variant := m.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	m.title.Color, m.title.TextSize = th.Color(theme.ColorNameForeground, variant), th.Size(theme.SizeNameText)
	m.note.Color, m.note.TextSize = th.Color(theme.ColorNamePlaceHolder, variant), th.Size(theme.SizeNameCaptionText)
	m.frame.StrokeColor = colorOf(m, ColorCurveSelected)
	r.Layout(m.Size())
	canvas.Refresh(m)
}

func (r *matrixRenderer) Objects() []fyne.CanvasObject {
	m := r.matrix
	return []fyne.CanvasObject{m.title, m.cells, m.frame, m.note}
}

func (r *matrixRenderer) Destroy() {}
