// Package figure draws maps, curves and bars as files for papers: PNG or SVG, with axes. It
// knows nothing of energies: what is drawn comes as pictures, lines and places.
package figure

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Place is a point in the coordinates of the axes.
type Place = [2]float64

// Mark is a named place.
type Mark struct {
	At   Place
	Name string
}

// Map is a picture with axes, and what lies on it.
type Map struct {
	Title, X, Y  string // of the whole and of the axes
	From, To     Place  // bottom left and top right
	Picture      image.Image
	Contours     [][2]Place
	Paths        [][]Place
	Arrows       [][2]Place // from the first place to the second
	Marks        []Mark
	PictureSharp bool    // its pixels are drawn as squares
	Dates        [2]bool // the axis is of seconds since 1970, and its ticks are days
}

// Line is one curve; places whose height is not finite leave a gap.
type Line struct {
	Name   string
	Places []Place
}

// Curves are lines with axes.
type Curves struct {
	Title, X, Y string
	Lines       []Line
	Marks       []Mark
}

// Encode draws the map as a PNG or SVG file, as the extension says.
func (m Map) Encode(extension string) ([]byte, error) {
	p := newPlot(m.Title, m.X, m.Y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = m.From[0], m.To[0], m.From[1], m.To[1]
	for k, axis := range []*plot.Axis{&p.X, &p.Y} {
		if m.Dates[k] {
			axis.Tick.Marker = plot.TimeTicks{Format: time.DateOnly}
		}
	}
	if m.Picture != nil {
		p.Add(background{m})
	}
	p.Add(strokes{m.Contours, color.NRGBA{0, 0, 0, 110}, 0.4})
	for i, path := range m.Paths {
		if err := addLine(p, path, colour(i), 1); err != nil {
			return nil, err
		}
	}
	p.Add(strokes{m.arrows(), color.NRGBA{255, 255, 255, 220}, 0.8})
	if err := addMarks(p, m.Marks); err != nil {
		return nil, err
	}
	return encode(p, 5.2*vg.Inch, 5.2*vg.Inch, extension)
}

// Encode draws the curves as a PNG or SVG file, as the extension says.
func (c Curves) Encode(extension string) ([]byte, error) {
	p := newPlot(c.Title, c.X, c.Y)
	p.Legend.Top = true
	for i, l := range c.Lines {
		if err := addLine(p, l.Places, colour(i), 1.2); err != nil {
			return nil, err
		}
		if l.Name != "" {
			p.Legend.Add(l.Name, swatch{colour(i)})
		}
	}
	if err := addMarks(p, c.Marks); err != nil {
		return nil, err
	}
	return encode(p, 6*vg.Inch, 3.4*vg.Inch, extension)
}

// longLabel is the number of letters above which an axis has its name in small letters.
const longLabel = 40

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = 2 * vg.Millimeter
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		if len(axis.Label.Text) > longLabel {
			axis.Label.TextStyle.Font.Size = font.Points(8.5)
		}
	}
	return p
}

// colour of line i: told apart by readers of any colour vision (Okabe and Ito, 2008).
func colour(i int) color.RGBA {
	all := [...]color.RGBA{{0xd5, 0x5e, 0x00, 255}, {0x00, 0x72, 0xb2, 255}, {0x00, 0x9e, 0x73, 255}, {0xcc, 0x79, 0xa7, 255}, {0xe6, 0x9f, 0x00, 255}, {0x56, 0xb4, 0xe9, 255}}
	return all[i%len(all)]
}

// addLine adds the finite pieces of a line.
func addLine(p *plot.Plot, places []Place, c color.Color, width float64) error {
	var piece plotter.XYs
	flush := func() error {
		defer func() { piece = nil }()
		if len(piece) < 2 {
			return nil
		}
		l, err := plotter.NewLine(piece)
		if err != nil {
			return err
		}
		l.Color, l.Width = c, vg.Points(width)
		p.Add(l)
		return nil
	}
	for _, at := range places {
		if math.IsNaN(at[0]+at[1]) || math.IsInf(at[0]+at[1], 0) {
			if err := flush(); err != nil {
				return err
			}
			continue
		}
		piece = append(piece, plotter.XY{X: at[0], Y: at[1]})
	}
	return flush()
}

func addMarks(p *plot.Plot, marks []Mark) error {
	if len(marks) == 0 {
		return nil
	}
	points, names := make(plotter.XYs, len(marks)), make([]string, len(marks))
	for i, m := range marks {
		points[i], names[i] = plotter.XY{X: m.At[0], Y: m.At[1]}, m.Name
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return fmt.Errorf("draw marks: %w", err)
	}
	dots.Color, dots.Shape, dots.Radius = color.White, draw.CircleGlyph{}, vg.Points(4)
	rim := *dots
	rim.Color, rim.Shape = color.Black, draw.RingGlyph{}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: points, Labels: names})
	if err != nil {
		return fmt.Errorf("draw marks: %w", err)
	}
	labels.Offset = vg.Point{X: vg.Points(6), Y: vg.Points(4)}
	for i := range labels.TextStyle {
		labels.TextStyle[i].Font.Size = font.Points(11)
		labels.TextStyle[i].Font.Weight = 3 // bold
	}
	p.Add(dots, &rim, labels)
	return nil
}

// arrows are shafts and heads.
func (m Map) arrows() (all [][2]Place) {
	for _, a := range m.Arrows {
		dx, dy := a[1][0]-a[0][0], a[1][1]-a[0][1]
		all = append(all, a)
		for _, side := range []float64{1, -1} {
			all = append(all, [2]Place{a[1], {a[1][0] - 0.35*dx + side*0.2*dy, a[1][1] - 0.35*dy - side*0.2*dx}})
		}
	}
	return all
}

// background draws the map's picture over the whole of the axes.
type background struct{ of Map }

// Plot implements plot.Plotter.
func (b background) Plot(c draw.Canvas, _ *plot.Plot) {
	m := b.of.Picture
	if b.of.PictureSharp { // the canvas would blur the squares
		scale := max(1, 480/max(1, m.Bounds().Dx()))
		m = enlarged(m, scale)
	}
	c.DrawImage(c.Rectangle, m)
}

func enlarged(m image.Image, scale int) image.Image {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()*scale, b.Dy()*scale))
	for y := range b.Dy() * scale {
		for x := range b.Dx() * scale {
			out.Set(x, y, m.At(b.Min.X+x/scale, b.Min.Y+y/scale))
		}
	}
	return out
}

// strokes are many short lines of one look.
type strokes struct {
	lines [][2]Place
	color color.Color
	width float64 // points
}

// Plot implements plot.Plotter.
func (s strokes) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: s.color, Width: vg.Points(s.width)}
	for _, l := range s.lines {
		c.StrokeLine2(style, x(l[0][0]), y(l[0][1]), x(l[1][0]), y(l[1][1]))
	}
}

// swatch is a line's sample in the legend.
type swatch struct{ color color.Color }

// Thumbnail implements plot.Thumbnailer.
func (s swatch) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(draw.LineStyle{Color: s.color, Width: vg.Points(1.2)}, c.Min.X, y, c.Max.X, y)
}

// encode writes the plot in the form of an extension.
func encode(p *plot.Plot, w, h vg.Length, extension string) ([]byte, error) {
	var file bytes.Buffer
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch extension {
	case ".png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(160))}
	case ".svg":
		canvas = vgsvg.New(w, h)
	default:
		return nil, fmt.Errorf("draw a figure: found the extension %q, want .png or .svg", extension)
	}
	margin := vg.Points(9) // the last tick's text reaches beyond its axis
	p.Draw(draw.Crop(draw.New(canvas), margin/2, -margin, margin/2, -margin/2))
	if _, err := canvas.WriteTo(&file); err != nil {
		return nil, fmt.Errorf("draw a figure: %w", err)
	}
	return file.Bytes(), nil
}
