package widgets

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// PlotPlaces is the number of places across a plot whose axis is no count of steps:
// Plot picks and marks places from 0 to it.
const PlotPlaces = 1000

// Bars are two histograms over the same bins, the first of what is expected.
type Bars struct {
	Low, High float64 // outer edges
	In, Out   []int
}

// DrawBars draws the two histograms over each other, each as shares of its own whole,
// the first in the frame's quiet colour, the second in that of what is selected.
func DrawBars(f Frame, b Bars) Drawing {
	d := Drawing{ToX: PlotPlaces, Empty: true}
	w, h := max(1, f.Width), max(1, f.Height)
	d.Image = image.NewRGBA(image.Rect(0, 0, w, h))
	in, out := shares(b.In), shares(b.Out)
	top := 0.0
	for _, all := range [][]float64{in, out} {
		for _, v := range all {
			top = math.Max(top, v)
		}
	}
	if top == 0 || !(b.High > b.Low) {
		return d
	}
	d.Empty = false
	top *= 1.06
	d.YTicks = ticks(0, 100*top, max(2, int(float32(h)/f.Scale/40)))
	for i := range d.YTicks {
		d.YTicks[i].Text += " %"
	}
	d.XTicks = ticks(b.Low, b.High, max(2, int(float32(w)/f.Scale/80)))
	drawGrid(d, f)
	s := stroker{mask: image.NewAlpha(d.Image.Rect)}
	for i, all := range [][]float64{in, out} {
		c := f.Other
		if i == 1 {
			c = f.Selected
		}
		xs, line := make([]float64, 0, 2*len(all)+2), Curve{}
		corner := func(x, y float64) {
			xs = append(xs, x)
			line.Steps, line.Values = append(line.Steps, len(line.Steps)), append(line.Values, float32((1-y/top)*float64(h-1)))
		}
		corner(0, 0)
		for k, v := range all {
			left, right := float64(k*w)/float64(len(all)), float64((k+1)*w)/float64(len(all))
			area := image.Rect(int(math.Round(left)), h-int(math.Round(v/top*float64(h-1))), int(math.Round(right)), h)
			draw.Draw(d.Image, area, image.NewUniform(lighter(c, 0.42)), image.Point{}, draw.Over)
			corner(left, v)
			corner(right, v)
		}
		corner(float64(w-1), 0)
		s.line(d.Image, line, func(step int, v float32) (float64, float64) { return xs[step], float64(v) }, 0.7*float64(f.Scale), c)
	}
	return d
}

// shares are counts as parts of their sum.
func shares(counts []int) []float64 {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	v := make([]float64, len(counts))
	for i, n := range counts {
		v[i] = float64(n) / math.Max(1, float64(sum))
	}
	return v
}

// lighter is a colour with a part of its opacity.
func lighter(c color.Color, part float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(float64(n.A)*part + 0.5)
	return n
}

// Shares are a line through points of the unit square, such as an ROC curve: X of the
// pictures that are called so wrongly, Y rightly.
type Shares struct{ X, Y []float64 }

// DrawROC draws curves in the unit square over the diagonal of chance, the selected one
// bold, with a dot at a point of it; a dot outside the square is not drawn.
func DrawROC(f Frame, curves []Shares, selected int, dotX, dotY float64) Drawing {
	d := Drawing{ToX: PlotPlaces, Empty: len(curves) == 0}
	w, h := max(1, f.Width), max(1, f.Height)
	d.Image = image.NewRGBA(image.Rect(0, 0, w, h))
	if d.Empty {
		return d
	}
	d.YTicks, d.XTicks = ticks(0, 1, max(2, int(float32(h)/f.Scale/36))), ticks(0, 1, max(2, int(float32(w)/f.Scale/60)))
	drawGrid(d, f)
	s := stroker{mask: image.NewAlpha(d.Image.Rect)}
	trace := func(c Shares, half float64, ink color.Color) {
		line := Curve{}
		for i := range c.X {
			line.Steps, line.Values = append(line.Steps, i), append(line.Values, float32((1-c.Y[i])*float64(h-1)))
		}
		s.line(d.Image, line, func(step int, v float32) (float64, float64) { return c.X[step] * float64(w-1), float64(v) }, half*float64(f.Scale), ink)
	}
	trace(Shares{[]float64{0, 1}, []float64{0, 1}}, 0.5, f.Other)
	for i, c := range curves {
		if i != selected {
			trace(c, 0.7, f.Other)
		}
	}
	if selected >= 0 && selected < len(curves) {
		trace(curves[selected], 1.3, f.Selected)
	}
	if dotX >= 0 && dotX <= 1 && dotY >= 0 && dotY <= 1 {
		x, y, r := dotX*float64(w-1), (1-dotY)*float64(h-1), 4*float64(f.Scale)
		x, y = math.Max(r, math.Min(float64(w-1)-r, x)), math.Max(r, math.Min(float64(h-1)-r, y))
		if f.Paper != nil {
			s.segment(x, y, x, y, r+1.5*float64(f.Scale))
			s.flush(d.Image, f.Paper)
		}
		s.segment(x, y, x, y, r)
		s.flush(d.Image, f.Selected)
	}
	return d
}

// drawGrid draws the lines of the vertical axis.
func drawGrid(d Drawing, f Frame) {
	w, h := d.Image.Rect.Dx(), d.Image.Rect.Dy()
	for _, t := range d.YTicks {
		y := min(h-1, max(0, int(math.Round((1-t.At)*float64(h-1)))))
		fill(d.Image, image.Rect(0, y, w, y+max(1, int(f.Scale))), f.Grid)
	}
}
