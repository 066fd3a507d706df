package widgets

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
)

// Curve is one line of a plot: a value a step. Steps rise; values that are not
// finite leave a gap.
type Curve struct {
	Steps  []int
	Values []float32
	Ring   bool  // a ring around its last point in view: it is far from the others
	Marks  []int // steps at which the picture was changed: upright lines where the curve is the selected one
}

// Frame is what a drawing of curves needs to know of the plot it is for: its
// size in device pixels, units per pixel and colours. Plot.Frame makes it on the
// UI goroutine; DrawCurves may use it on any other.
type Frame struct {
	Width, Height                int
	Scale                        float32 // device pixels a unit
	Other, Selected, Grid, Paper color.Color
	Ring                         color.Color // around curves that are far from the others
}

// Drawing is a picture of curves with its axes, ready for Plot.SetDrawing.
type Drawing struct {
	Image        *image.RGBA
	FromX, ToX   int
	XTicks       []Tick
	YTicks       []Tick
	Empty        bool // no finite value at all
	OutsideRange int  // values above or below the range shown

	curves []Curve
	lo, hi float64 // of the vertical range
}

// Near is the curve that is nearest to a place of the drawing, 0,0 at the upper left and
// 1,1 at the lower right; ok is false where none is within the distance up or down.
func (d Drawing) Near(x, y, within float64) (curve int, ok bool) {
	if d.Empty || x < 0 || x > 1 || d.hi <= d.lo {
		return 0, false
	}
	step := int(math.Round(x * float64(d.ToX)))
	for i, c := range d.curves {
		k, found := slices.BinarySearch(c.Steps, step)
		if !found {
			k--
		}
		if k < 0 || k >= len(c.Values) || !found && k == len(c.Steps)-1 {
			continue
		}
		v := float64(c.Values[k])
		if away := math.Abs(1 - (v-d.lo)/(d.hi-d.lo) - y); away <= within {
			curve, within, ok = i, away, true
		}
	}
	return curve, ok
}

// Tick is a labelled place on an axis, At 0 at the left or bottom and 1 at the
// other end.
type Tick struct {
	At   float64
	Text string
}

// DrawCurves draws the curves on the frame, the selected one last and bold, from
// step 0 to lastStep. The vertical range holds the bulk of the values: where a few
// extremes (the first steps out of noise) would flatten everything else, the range
// leaves them out and OutsideRange counts them. It touches nothing but its result
// and is meant to run off the UI goroutine.
func DrawCurves(f Frame, curves []Curve, selected, lastStep int) Drawing {
	d := Drawing{ToX: max(1, lastStep)}
	w, h := max(1, f.Width), max(1, f.Height)
	d.Image = image.NewRGBA(image.Rect(0, 0, w, h))
	lo, hi, outside, ok := valueRange(curves)
	if !ok {
		d.Empty = true
		return d
	}
	d.OutsideRange, d.curves, d.lo, d.hi = outside, curves, lo, hi
	d.YTicks = ticks(lo, hi, max(3, int(float32(h)/f.Scale/30)))
	d.XTicks = ticks(0, float64(d.ToX), max(2, int(float32(w)/f.Scale/70)))
	d.XTicks = slices.DeleteFunc(d.XTicks, func(t Tick) bool { return t.At < 0 || t.At > 1 })
	drawGrid(d, f)
	toPoint := func(step int, v float32) (float64, float64) {
		x := float64(step) / float64(d.ToX) * float64(w-1)
		y := (1 - (float64(v)-lo)/(hi-lo)) * float64(h-1)
		return x, math.Max(-4, math.Min(float64(h)+4, y))
	}
	if selected >= 0 && selected < len(curves) {
		drawMarks(d, f, curves[selected].Marks)
	}
	s := stroker{mask: image.NewAlpha(d.Image.Rect)}
	for i, c := range curves {
		if i != selected {
			s.line(d.Image, c, toPoint, 0.6*float64(f.Scale), f.Other)
		}
	}
	if selected >= 0 && selected < len(curves) {
		if f.Paper != nil { // a halo keeps the selected line apart from the bundle
			s.line(d.Image, curves[selected], toPoint, 2.2*float64(f.Scale), f.Paper)
		}
		s.line(d.Image, curves[selected], toPoint, 1.1*float64(f.Scale), f.Selected)
	}
	for _, c := range curves {
		if k := min(len(c.Steps), len(c.Values)) - 1; c.Ring && k >= 0 && c.Values[k] == c.Values[k] {
			x, y := toPoint(c.Steps[k], c.Values[k])
			room := 6 * float64(f.Scale)
			s.ring(d.Image, math.Min(x, float64(w)-room), math.Max(room, math.Min(float64(h)-room, y)), 4.5*float64(f.Scale), 0.8*float64(f.Scale), f.Ring)
		}
	}
	return d
}

// drawMarks draws dashed upright lines at the steps, none where they would stand too
// close to tell apart.
func drawMarks(d Drawing, f Frame, steps []int) {
	w, h := d.Image.Rect.Dx(), d.Image.Rect.Dy()
	dash, wide := max(2, int(3*f.Scale)), max(1, int(f.Scale))
	if len(steps)*2*wide > w {
		return
	}
	for _, step := range steps {
		if step < 0 || step > d.ToX {
			continue
		}
		x := min(w-wide, int(math.Round(float64(step)/float64(d.ToX)*float64(w-1))))
		for y := 0; y < h; y += 2 * dash {
			fill(d.Image, image.Rect(x, y, x+wide, y+dash), f.Other)
		}
	}
}

// valueRange is the vertical range of a plot and the number of values outside it.
func valueRange(curves []Curve) (lo, hi float64, outside int, ok bool) {
	var all []float64
	for _, c := range curves {
		for _, v := range c.Values {
			if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
				all = append(all, x)
			}
		}
	}
	if len(all) == 0 {
		return 0, 0, 0, false
	}
	slices.Sort(all)
	lo, hi = all[0], all[len(all)-1]
	if n := len(all); n >= 20 {
		a, b := all[n*4/100], all[n-1-n*4/100]
		if b > a && hi-lo > 4*(b-a) {
			lo, hi = max(lo, a-0.25*(b-a)), min(hi, b+0.25*(b-a))
		}
	}
	if hi-lo < 1e-9*math.Max(1, math.Abs(hi)) {
		pad := math.Max(0.5, math.Abs(hi)*0.05)
		lo, hi = lo-pad, hi+pad
	} else {
		pad := 0.06 * (hi - lo)
		lo, hi = lo-pad, hi+pad
	}
	for _, v := range all {
		if v < lo || v > hi {
			outside++
		}
	}
	return lo, hi, outside, true
}

// ticks are about n round numbers (1, 2 or 5 times a power of ten) in [lo, hi].
func ticks(lo, hi float64, n int) []Tick {
	var out []Tick
	for ; len(out) < 2 && n < 64; n *= 2 {
		out = ticksOf(lo, hi, roundStep((hi-lo)/float64(n)))
	}
	return out
}

// roundStep is the least round number that is not below v.
func roundStep(v float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*step >= v {
			return m * step
		}
	}
	return 10 * step
}

func ticksOf(lo, hi, step float64) (out []Tick) {
	for v := math.Ceil(lo/step) * step; v <= hi+step*1e-9; v += step {
		if math.Abs(v) < step*1e-6 {
			v = 0
		}
		out = append(out, Tick{At: (v - lo) / (hi - lo), Text: tickText(v, step)})
	}
	return out
}

func tickText(v, step float64) string {
	if a := math.Abs(v); a >= 1e5 || (a > 0 && step < 1e-4) {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', max(0, -int(math.Floor(math.Log10(step*1.0001)))), 64)
}

func fill(m *image.RGBA, r image.Rectangle, c color.Color) {
	px := color.RGBAModel.Convert(c).(color.RGBA)
	r = r.Intersect(m.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			m.SetRGBA(x, y, px)
		}
	}
}

// stroker draws smooth lines: coverage first, the colour once over it, so that
// the joints of a translucent line are not darker than the rest.
type stroker struct {
	mask  *image.Alpha
	dirty image.Rectangle
}

func (s *stroker) line(dst *image.RGBA, c Curve, toPoint func(int, float32) (float64, float64), half float64, col color.Color) {
	n := min(len(c.Steps), len(c.Values))
	have := false
	var px, py float64
	for i := range n {
		v := c.Values[i]
		if v != v || math.IsInf(float64(v), 0) {
			have = false
			continue
		}
		x, y := toPoint(c.Steps[i], v)
		if !have {
			px, py, have = x, y, true
			s.segment(x, y, x, y, half)
			continue
		}
		// A run of steps within half a pixel is one column: joining every value of it
		// keeps its extremes and costs no more than its height.
		if math.Abs(x-px) < 0.5 && math.Abs(y-py) < 0.5 && i < n-1 {
			continue
		}
		s.segment(px, py, x, y, half)
		px, py = x, y
	}
	s.flush(dst, col)
}

// ring draws a circle.
func (s *stroker) ring(dst *image.RGBA, x, y, radius, half float64, col color.Color) {
	if col == nil {
		return
	}
	const corners = 24
	for i := range corners {
		a, b := 2*math.Pi*float64(i)/corners, 2*math.Pi*float64(i+1)/corners
		s.segment(x+radius*math.Cos(a), y+radius*math.Sin(a), x+radius*math.Cos(b), y+radius*math.Sin(b), half)
	}
	s.flush(dst, col)
}

// segment covers the points within half of the line from (x0,y0) to (x1,y1).
func (s *stroker) segment(x0, y0, x1, y1, half float64) {
	reach := half + 1
	box := image.Rect(int(math.Min(x0, x1)-reach), int(math.Min(y0, y1)-reach),
		int(math.Max(x0, x1)+reach)+2, int(math.Max(y0, y1)+reach)+2).Intersect(s.mask.Rect)
	if box.Empty() {
		return
	}
	s.dirty = s.dirty.Union(box)
	dx, dy := x1-x0, y1-y0
	length := dx*dx + dy*dy
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := s.mask.Pix[y*s.mask.Stride:]
		for x := box.Min.X; x < box.Max.X; x++ {
			t := 0.0
			if length > 0 {
				t = math.Max(0, math.Min(1, ((float64(x)-x0)*dx+(float64(y)-y0)*dy)/length))
			}
			d := math.Hypot(float64(x)-x0-t*dx, float64(y)-y0-t*dy)
			cover := half + 0.5 - d
			if half < 0.5 {
				cover = math.Min(cover, 2*half)
			}
			if a := uint8(255 * math.Max(0, math.Min(1, cover))); a > row[x] {
				row[x] = a
			}
		}
	}
}

// flush lays the colour over dst through the mask and clears the mask.
func (s *stroker) flush(dst *image.RGBA, col color.Color) {
	r, g, b, a := col.RGBA() // premultiplied, 0..65535
	for y := s.dirty.Min.Y; y < s.dirty.Max.Y; y++ {
		for x := s.dirty.Min.X; x < s.dirty.Max.X; x++ {
			m := &s.mask.Pix[y*s.mask.Stride+x]
			if *m == 0 {
				continue
			}
			k := uint32(*m) * 257
			p := dst.Pix[dst.PixOffset(x, y):]
			keep := 65535 - a*k/65535
			p[0] = uint8((r*k/65535 + uint32(p[0])*257*keep/65535) >> 8)
			p[1] = uint8((g*k/65535 + uint32(p[1])*257*keep/65535) >> 8)
			p[2] = uint8((b*k/65535 + uint32(p[2])*257*keep/65535) >> 8)
			p[3] = uint8((a*k/65535 + uint32(p[3])*257*keep/65535) >> 8)
			*m = 0
		}
	}
	s.dirty = image.Rectangle{}
}
