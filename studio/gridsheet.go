package studio

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"
	"strings"

	"ebmstudio/models"
)

// Measures of a grid's sheet, in pixels.
const (
	captionSize   = 15
	captionLine   = 20
	captionLines  = 4   // of a value; what is longer ends in dots
	captionWidth  = 200 // of a value beside its row, at most
	gridGap       = 8
	gridMargin    = 12
	maxGridPixels = 1 << 26 // of the whole sheet
)

var (
	captionColour = color.Gray{Y: 0xe8}
	axisColour    = color.RGBA{0x8a, 0xb4, 0xf8, 0xff}
	missingColour = color.Gray{Y: 0x2e} // of a cell that was not made
)

// Title is the axis's name for people: "weight of hat".
func (a Axis) Title() string {
	if class, ok := strings.CutPrefix(a.Name, axisWeight); ok {
		return "weight of " + class
	}
	return strings.ReplaceAll(a.Name, "_", " ")
}

// gridSheet is where everything of a grid's sheet is.
type gridSheet struct {
	lettering
	grid            Grid
	w, h            int // of a picture
	across, down    int // chains in a cell
	scale, inner    int
	columns, rows   [][]string // captions, in lines
	left, top       int        // of the first cell
	column, row     int        // from one cell to the next, without the gap
	bounds          image.Rectangle
	columnLineCount int
}

// sheetFor places a grid of a model's pictures, enlarged by a whole factor, as large
// as a sheet of bearable size allows.
func (g Grid) sheetFor(m *models.Model) (gridSheet, error) {
	write, err := newLettering()
	if err != nil {
		return gridSheet{}, err
	}
	s := gridSheet{grid: g, lettering: write, w: m.W, h: m.H, inner: 2}
	s.across = int(math.Ceil(math.Sqrt(float64(g.Base.Chains))))
	s.down = (g.Base.Chains + s.across - 1) / s.across
	wanted := 112 // pixels of a picture
	if g.Base.Chains > 1 {
		wanted = 72
	}
	for s.scale = max(1, wanted/max(m.W, m.H)); ; s.scale-- {
		s.place()
		if s.bounds.Dx()*s.bounds.Dy() <= maxGridPixels {
			return s, nil
		}
		if s.scale == 1 {
			return s, fmt.Errorf("the sheet would have %d x %d pixels, want fewer cells or chains", s.bounds.Dx(), s.bounds.Dy())
		}
	}
}

// tile is the size of a cell's pictures together.
func (s *gridSheet) tile() (w, h int) {
	return s.across*(s.w*s.scale+s.inner) - s.inner, s.down*(s.h*s.scale+s.inner) - s.inner
}

// place measures the captions and says where the cells are.
func (s *gridSheet) place() {
	x, y := s.grid.X, s.grid.Y
	s.column, s.row = s.tile()
	s.row += captionLine         // of the energy
	for _, v := range x.Values { // a word that is wider than a picture makes room
		for word := range strings.FieldsSeq(v.Text) {
			s.column = max(s.column, min(s.width(word), captionWidth))
		}
	}
	s.columns, s.rows, s.columnLineCount = nil, nil, 0
	for _, v := range x.Values {
		lines := s.wrap(v.Text, s.column)
		s.columns, s.columnLineCount = append(s.columns, lines), max(s.columnLineCount, len(lines))
	}
	s.left, s.top = gridMargin, gridMargin
	gutter := 0
	for _, v := range y.Values {
		lines := s.wrap(v.Text, captionWidth)
		s.rows, s.row = append(s.rows, lines), max(s.row, len(lines)*captionLine)
		for _, line := range lines {
			gutter = max(gutter, s.width(line))
		}
	}
	if len(y.Values) > 0 {
		s.left += max(gutter, s.width(s.rowTitle())) + gridMargin
		s.top = gridMargin + captionLine + gridGap
	}
	if len(x.Values) > 0 {
		s.top = gridMargin + (1+s.columnLineCount)*captionLine + gridGap
	}
	columns, rows := max(1, len(x.Values)), max(1, len(y.Values))
	right := s.left + columns*(s.column+gridGap) - gridGap
	right = max(right, s.left+s.width(s.columnTitle()))
	s.bounds = image.Rect(0, 0, right+gridMargin, s.top+rows*(s.row+gridGap)-gridGap+gridMargin)
}

func (s *gridSheet) columnTitle() string {
	if len(s.grid.X.Values) == 0 {
		return ""
	}
	return s.grid.X.Title() + " →"
}

func (s *gridSheet) rowTitle() string { return s.grid.Y.Title() + " ↓" }

// wrap breaks a text into lines of a width.
func (s *gridSheet) wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && s.width(longer) > width {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	lines = append(lines, line)
	if len(lines) > captionLines {
		lines = lines[:captionLines]
		lines[captionLines-1] += " …"
	}
	for i, line := range lines {
		for s.width(line) > width && strings.TrimSuffix(line, "…") != "" {
			runes := []rune(strings.TrimSuffix(line, "…"))
			line = strings.TrimSpace(string(runes[:len(runes)-1])) + "…"
		}
		lines[i] = line
	}
	return lines
}

// at is the top left corner of the pictures of a cell: in the middle of its place.
func (s *gridSheet) at(column, row int) image.Point {
	w, h := s.tile()
	return image.Pt(s.left+column*(s.column+gridGap)+(s.column-w)/2, s.top+row*(s.row+gridGap)+(s.row-captionLine-h)/2)
}

// Sheet draws the grid as far as it is made: pictures enlarged by a whole factor, the
// chains of a cell together with their mean energy below, what changes and its values
// along the edges.
func (g *GridJob) Sheet() (image.Image, error) {
	s, err := g.Grid.sheetFor(g.opened.Model)
	if err != nil {
		return nil, err
	}
	m := image.NewRGBA(s.bounds)
	draw.Draw(m, m.Bounds(), image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
	s.captions(m)
	w, h := s.tile()
	for row := range max(1, len(s.rows)) {
		for column := range max(1, len(s.columns)) {
			from := s.at(column, row)
			draw.Draw(m, image.Rectangle{from, from.Add(image.Pt(w, h))}, image.NewUniform(missingColour), image.Point{}, draw.Src)
		}
	}
	for _, cell := range g.Cells() {
		from := s.at(cell.Column, cell.Row)
		if e, ok := cell.Energy(); ok {
			s.energy(m, e, from.Add(image.Pt(w/2, h)))
		}
		draw.Draw(m, image.Rectangle{from, from.Add(image.Pt(w, h))}, image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
		for chain := range cell.Result.Pictures.N {
			corner := from.Add(image.Pt(chain%s.across*(s.w*s.scale+s.inner), chain/s.across*(s.h*s.scale+s.inner)))
			paste(m, image.Rectangle{corner, corner.Add(image.Pt(s.w*s.scale, s.h*s.scale))}, cell.Result.Picture(chain), s.scale)
		}
	}
	return m, nil
}

// energy writes an energy below a cell; none where there is no room for it.
func (s *gridSheet) energy(m draw.Image, e float64, middle image.Point) {
	text := "E " + strconv.FormatFloat(e, 'g', 4, 64)
	if a := math.Abs(e); a >= 1000 && a < 1e7 {
		text = "E " + strconv.FormatFloat(e, 'f', 0, 64)
	}
	if w := s.width(text); w <= s.column+gridGap {
		s.text(m, text, middle.X-w/2, middle.Y, axisColour)
	}
}

// captions writes the names of the axes and their values.
func (s *gridSheet) captions(m draw.Image) {
	header := s.top - gridGap // the columns' captions end here
	if title := s.columnTitle(); title != "" {
		all := len(s.columns)*(s.column+gridGap) - gridGap
		s.text(m, title, s.left+max(0, all-s.width(title))/2, gridMargin, axisColour)
	}
	for i, lines := range s.columns {
		for k, line := range lines {
			x := s.left + i*(s.column+gridGap) + (s.column-s.width(line))/2
			s.text(m, line, x, header-(len(lines)-k)*captionLine, captionColour)
		}
	}
	if len(s.rows) == 0 {
		return
	}
	right := s.left - gridMargin
	s.text(m, s.rowTitle(), right-s.width(s.rowTitle()), header-captionLine, axisColour)
	for i, lines := range s.rows {
		y := s.top + i*(s.row+gridGap) + (s.row-len(lines)*captionLine)/2
		for k, line := range lines {
			s.text(m, line, right-s.width(line), y+k*captionLine, captionColour)
		}
	}
}

// SaveSheet writes the sheet as a PNG file, whole or not at all. It carries no recipe:
// those are in the cells' pictures.
func (g *GridJob) SaveSheet(path string) error {
	m, err := g.Sheet()
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	data, err := encodePNG(m)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}
