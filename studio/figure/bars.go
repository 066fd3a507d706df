package figure

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is one colour of bars, a value a group. A value that is not a number has no
// bar. Low and High, where they are given, are the ends of each value's interval.
type Series struct {
	Name      string
	Values    []float64
	Low, High []float64
}

// Bars are groups of bars side by side, such as rates by what was asked.
type Bars struct {
	Title, Y string
	Groups   []string // names below the axis
	Series   []Series
	Lowest   float64 // the axis begins here at the latest
	Highest  float64 // and ends here at the earliest
}

// Encode draws the bars as a PNG or SVG file, as the extension says.
func (b Bars) Encode(extension string) ([]byte, error) {
	for _, s := range b.Series {
		if len(s.Values) != len(b.Groups) || s.Low != nil && (len(s.Low) != len(s.Values) || len(s.High) != len(s.Values)) {
			return nil, fmt.Errorf("draw bars %q: found %d values for %d groups, want as many, each with both ends of its interval or none", s.Name, len(s.Values), len(b.Groups))
		}
	}
	p := newPlot(b.Title, "", b.Y)
	p.Y.Min, p.Y.Max = b.extent()
	p.X.Min, p.X.Max = -0.6, float64(len(b.Groups))-0.4
	p.Legend.Top = true
	p.Add(horizontals())
	ticks := make([]plot.Tick, len(b.Groups))
	for i, name := range b.Groups {
		ticks[i] = plot.Tick{Value: float64(i), Label: name}
	}
	p.X.Tick.Marker, p.X.Tick.Length = plot.ConstantTicks(ticks), 0
	if len(b.Groups) > 4 { // long names side by side would run into each other
		p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = math.Pi/6, text.XRight, text.YTop
	}
	for i, s := range b.Series {
		p.Add(stand{b, s, i})
		if s.Name != "" && len(b.Series) > 1 {
			p.Legend.Add(s.Name, block{colour(i)})
		}
	}
	if len(b.Series) > 1 { // the legend lies above the bars
		p.Y.Max += 0.09 * float64(len(b.Series)) * (p.Y.Max - p.Y.Min)
	}
	return encode(p, 6*vg.Inch, 3.6*vg.Inch, extension)
}

// extent of the vertical axis.
func (b Bars) extent() (low, high float64) {
	low, high = min(b.Lowest, 0), b.Highest
	for _, s := range b.Series {
		for _, values := range [][]float64{s.Values, s.Low, s.High} {
			for _, v := range values {
				if !math.IsNaN(v) && !math.IsInf(v, 0) {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	if high <= low {
		high = low + 1
	}
	return low, high
}

// horizontals are faint lines at the vertical axis' ticks.
func horizontals() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Color = nil
	g.Horizontal.Color = color.Gray{225}
	return g
}

// stand draws a series.
type stand struct {
	of     Bars
	series Series
	number int
}

// filledPart of a group's width has bars.
const filledPart = 0.8

// Plot implements plot.Plotter.
func (s stand) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	width := filledPart / float64(len(s.of.Series))
	whisker := draw.LineStyle{Color: color.Gray{60}, Width: vg.Points(0.8)}
	for i, v := range s.series.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		left := float64(i) - filledPart/2 + float64(s.number)*width
		right := left + 0.92*width
		c.FillPolygon(colour(s.number), []vg.Point{{X: x(left), Y: y(0)}, {X: x(left), Y: y(v)}, {X: x(right), Y: y(v)}, {X: x(right), Y: y(0)}})
		if s.series.Low != nil {
			middle := x((left + right) / 2)
			c.StrokeLine2(whisker, middle, y(s.series.Low[i]), middle, y(s.series.High[i]))
		}
	}
}

// block is a bar's sample in the legend.
type block struct{ color color.Color }

// Thumbnail implements plot.Thumbnailer.
func (b block) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(b.color, []vg.Point{{X: c.Min.X, Y: c.Min.Y}, {X: c.Min.X, Y: c.Max.Y}, {X: c.Max.X, Y: c.Max.Y}, {X: c.Max.X, Y: c.Min.Y}})
}
