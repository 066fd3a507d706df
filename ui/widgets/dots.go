package widgets

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Ramp paints values, rows from the top down, size of them in each, in the colours
// of a palette: 0 in the first, top and more in the last, in between on a straight
// line. Values that are no numbers are transparent.
func Ramp(values []float32, size int, top float64, palette []color.RGBA) *image.RGBA {
	if size < 1 || len(palette) == 0 {
		return nil
	}
	m := image.NewRGBA(image.Rect(0, 0, size, (len(values)+size-1)/size))
	last := float64(len(palette) - 1)
	for i, v := range values {
		t := float64(v) / top * last
		if math.IsNaN(t) {
			continue
		}
		t = math.Max(0, math.Min(last, t))
		n := min(int(t), max(0, len(palette)-2))
		a, b, share := palette[n], palette[min(n+1, len(palette)-1)], t-float64(n)
		mix := func(p, q uint8) uint8 { return uint8(math.Round(float64(p) + share*(float64(q)-float64(p)))) }
		copy(m.Pix[4*i:], []uint8{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255})
	}
	return m
}

// Dot is a place on a map, 0..1 from the left and from the top.
type Dot struct{ X, Y float64 }

// dotRadius is in units; dots that outlie the map are not drawn.
const dotRadius = 2.4

// DrawDots draws a transparent layer with the dots, the selected one last, larger
// and with the path that it came along; faint draws them half transparent. It
// touches nothing but its result and is meant to run off the UI goroutine.
func DrawDots(f MapFrame, dots []Dot, selected int, path []Dot, faint bool) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, max(1, f.Side), max(1, f.Side)))
	side, unit := float64(f.Side), float64(f.Scale)
	s := stroker{mask: image.NewAlpha(m.Rect)}
	at := func(d Dot) (x, y float64) { return d.X * side, d.Y * side }
	for i, d := range dots {
		if x, y := at(d); i != selected {
			disc(m, x, y, (dotRadius+0.8)*unit, f.Outline)
			disc(m, x, y, dotRadius*unit, f.Dot)
		}
	}
	if selected >= 0 && selected < len(dots) {
		if len(path) > 1 {
			c := Curve{Steps: make([]int, len(path)), Values: make([]float32, len(path))}
			for i := range path {
				c.Steps[i] = i
			}
			place := func(i int, _ float32) (float64, float64) { return at(path[i]) }
			s.line(m, c, place, 1.6*unit, f.Outline)
			s.line(m, c, place, 0.8*unit, f.Selected)
		}
		x, y := at(dots[selected])
		disc(m, x, y, (2*dotRadius+1)*unit, f.Outline)
		disc(m, x, y, 2*dotRadius*unit, f.Selected)
	}
	if faint {
		for i := range m.Pix {
			m.Pix[i] /= 3
		}
	}
	return m
}

// disc paints a filled circle with a soft edge.
func disc(m *image.RGBA, x, y, radius float64, c color.Color) {
	box := image.Rect(int(x-radius-1), int(y-radius-1), int(x+radius+2), int(y+radius+2)).Intersect(m.Rect)
	if box.Empty() {
		return
	}
	mask := image.NewAlpha(box)
	for j := box.Min.Y; j < box.Max.Y; j++ {
		for i := box.Min.X; i < box.Max.X; i++ {
			cover := radius + 0.5 - math.Hypot(float64(i)+0.5-x, float64(j)+0.5-y)
			mask.SetAlpha(i, j, color.Alpha{A: uint8(255 * math.Max(0, math.Min(1, cover)))})
		}
	}
	draw.DrawMask(m, box, image.NewUniform(c), image.Point{}, mask, box.Min, draw.Over)
}
