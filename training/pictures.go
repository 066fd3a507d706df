package training

import (
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"

	"github.com/google/renameio/v2"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"ebmstudio/models"
)

// sheetScale enlarges the pictures of a sheet, whose pixels are few.
const (
	sheetScale  = 3
	sheetMargin = 2
)

// writeSheet writes pictures as one PNG, atomically.
func writeSheet(path string, s models.Sheet) error {
	x := s.Pictures
	columns := min(max(s.Columns, 1), max(x.N, 1))
	rows := (x.N + columns - 1) / columns
	cellW, cellH := x.W*sheetScale+sheetMargin, x.H*sheetScale+sheetMargin
	sheet := image.NewRGBA(image.Rect(0, 0, columns*cellW+sheetMargin, rows*cellH+sheetMargin))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for i := range x.N {
		left, top := sheetMargin+i%columns*cellW, sheetMargin+i/columns*cellH
		for py := range x.H * sheetScale {
			for px := range x.W * sheetScale {
				sheet.SetRGBA(left+px, top+py, pixel(x.Image(i), x.C, x.H*x.W, py/sheetScale*x.W+px/sheetScale))
			}
		}
	}
	return writePNG(path, sheet)
}

func pixel(v []float32, channels, plane, at int) color.RGBA {
	level := func(c int) uint8 { return uint8(min(max(v[min(c, channels-1)*plane+at], 0), 1)*255 + 0.5) }
	return color.RGBA{level(0), level(1), level(2), 255}
}

func writePNG(path string, m image.Image) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer f.Cleanup()
	if err := png.Encode(f, m); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// draw writes the curves: the energies, where there are any, in one plot, every other
// measurement in one of its own.
func (h *history) draw(path string, l *models.Learner) error {
	if len(h.entries) < 2 {
		return nil
	}
	var groups [][]string
	if l.Data != "" {
		groups = append(groups, []string{l.Data, l.Samples})
	}
	for _, name := range slices.Sorted(maps.Keys(h.entries[len(h.entries)-1].Metrics)) {
		if name != l.Data && name != l.Samples {
			groups = append(groups, []string{name})
		}
	}
	const columns = 2
	rows := (len(groups) + columns - 1) / columns
	canvas := vgimg.New(10*vg.Inch, vg.Length(rows)*2.6*vg.Inch)
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: vg.Millimeter * 4, PadY: vg.Millimeter * 4}
	for i, names := range groups {
		p, err := h.plot(names)
		if err != nil {
			return err
		}
		p.Draw(tiles.At(draw.New(canvas), i%columns, i/columns))
	}
	return writePNG(path, canvas.Image())
}

// colours of the lines of a plot, in turn.
func colours() []color.Color {
	return []color.Color{color.RGBA{0x1f, 0x77, 0xb4, 0xff}, color.RGBA{0xd6, 0x27, 0x28, 0xff}, color.RGBA{0x2c, 0xa0, 0x2c, 0xff}}
}

func (h *history) plot(names []string) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = "iteration"
	p.Legend.Top = true
	for i, name := range names {
		var points plotter.XYs
		for _, e := range h.entries {
			if v, ok := e.Metrics[name]; ok {
				points = append(points, plotter.XY{X: float64(e.Iteration), Y: v})
			}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color = colours()[i%len(colours())]
		p.Add(line)
		p.Legend.Add(name, line)
	}
	return p, nil
}

// cosineBins cut -1..1 for a histogram.
const cosineBins = 40

// drawCosines writes the histograms of cosines, one outline a name, each of area 1.
func drawCosines(path string, cosines map[string][]float32) error {
	p := plot.New()
	p.Title.Text = "directions of different pictures"
	p.X.Label.Text, p.Y.Label.Text = "cosine", "density"
	p.X.Min, p.X.Max = -1, 1
	p.Legend.Top, p.Legend.Left = true, true
	for i, name := range slices.Sorted(maps.Keys(cosines)) {
		line, err := plotter.NewLine(outline(density(cosines[name])))
		if err != nil {
			return err
		}
		line.Color, line.Width = colours()[i%len(colours())], vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(name, line)
	}
	canvas := vgimg.New(6*vg.Inch, 4*vg.Inch)
	p.Draw(draw.New(canvas))
	return writePNG(path, canvas.Image())
}

// density is the histogram of cosines over -1..1, of area 1.
func density(cosines []float32) []float64 {
	d := make([]float64, cosineBins)
	for _, v := range cosines {
		bin := int((float64(v) + 1) / 2 * cosineBins)
		d[min(max(bin, 0), cosineBins-1)] += cosineBins / 2 / float64(max(len(cosines), 1))
	}
	return d
}

// outline is the line around a histogram's bars.
func outline(density []float64) plotter.XYs {
	line := plotter.XYs{{X: -1, Y: 0}}
	for i, y := range density {
		left, right := -1+2*float64(i)/cosineBins, -1+2*float64(i+1)/cosineBins
		line = append(line, plotter.XY{X: left, Y: y}, plotter.XY{X: right, Y: y})
	}
	return append(line, plotter.XY{X: 1, Y: 0})
}
