package widgets

import (
	"image"
	"image/color"
	"math"
)

// MapLayer is what lies over a heat map. Places are shares of the map from the left and
// the top; what lies outside is not drawn.
type MapLayer struct {
	Contours [][2]Dot
	Arrows   [][2]Dot // from the first place to the second
	Paths    [][]Dot  // of chains, from their starts to where they are
	Selected int      // which of them is drawn bold; below 0: none
	Route    []Dot    // a path by itself, such as the lowest way between two places
}

// DrawMapLayer draws a transparent layer. It touches nothing but its result and is meant
// to run off the UI goroutine.
func DrawMapLayer(f MapFrame, l MapLayer) *image.RGBA {
	side := max(1, f.Side)
	d := layerDrawing{m: image.NewRGBA(image.Rect(0, 0, side, side)), side: float64(side), unit: float64(f.Scale)}
	d.s = stroker{mask: image.NewAlpha(d.m.Rect)}
	for _, c := range l.Contours {
		d.segment(c, 0.45)
	}
	d.s.flush(d.m, color.NRGBA{0, 0, 0, 120})
	for _, a := range l.Arrows {
		d.arrow(a)
	}
	d.s.flush(d.m, color.NRGBA{255, 255, 255, 190})
	for i, p := range l.Paths {
		if i != l.Selected {
			d.path(p, 1.3, f.Outline, 0.6, color.NRGBA{255, 255, 255, 215})
			d.end(p, dotRadius, f.Dot, f.Outline)
		}
	}
	if i := l.Selected; i >= 0 && i < len(l.Paths) {
		d.path(l.Paths[i], 2, f.Outline, 1.2, f.Selected)
		d.end(l.Paths[i], 1.8*dotRadius, f.Selected, f.Outline)
	}
	d.path(l.Route, 2.4, f.Outline, 1.5, color.NRGBA{255, 107, 214, 255})
	return d.m
}

type layerDrawing struct {
	m          *image.RGBA
	s          stroker
	side, unit float64
}

func (d *layerDrawing) segment(s [2]Dot, half float64) {
	d.s.segment(s[0].X*d.side, s[0].Y*d.side, s[1].X*d.side, s[1].Y*d.side, half*d.unit)
}

// arrow is a shaft with a head of a third of its length.
func (d *layerDrawing) arrow(a [2]Dot) {
	d.segment(a, 0.55)
	dx, dy := a[1].X-a[0].X, a[1].Y-a[0].Y
	for _, s := range []float64{1, -1} {
		d.segment([2]Dot{a[1], {a[1].X - 0.35*dx + 0.22*s*dy, a[1].Y - 0.35*dy - 0.22*s*dx}}, 0.55)
	}
}

// path draws a line twice: wide and dark below, so that it is seen on every colour.
func (d *layerDrawing) path(p []Dot, below float64, dark color.Color, half float64, c color.Color) {
	for _, pass := range []struct {
		half float64
		c    color.Color
	}{{below, dark}, {half, c}} {
		for i := 1; i < len(p); i++ {
			if near(p[i-1]) && near(p[i]) {
				d.segment([2]Dot{p[i-1], p[i]}, pass.half)
			}
		}
		d.s.flush(d.m, pass.c)
	}
}

// near reports whether a place lies on the map or not far off, so that a line to it is
// worth drawing.
func near(p Dot) bool { return math.Abs(p.X-0.5) < 1.5 && math.Abs(p.Y-0.5) < 1.5 }

// end is the dot at a path's end.
func (d *layerDrawing) end(p []Dot, radius float64, c, outline color.Color) {
	if len(p) == 0 || !near(p[len(p)-1]) {
		return
	}
	x, y := p[len(p)-1].X*d.side, p[len(p)-1].Y*d.side
	disc(d.m, x, y, (radius+0.9)*d.unit, outline)
	disc(d.m, x, y, radius*d.unit, c)
}

// DrawArrows enlarges a picture, every pixel to a square of so many device pixels, and
// draws arrows on it from the first place of each to the second, with a dark rim.
func DrawArrows(p *image.RGBA, scale int, arrows [][2]Dot) *image.RGBA {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	m := image.NewRGBA(image.Rect(0, 0, w*scale, h*scale))
	for y := range h * scale {
		for x := range w * scale {
			m.SetRGBA(x, y, p.RGBAAt(x/scale, y/scale))
		}
	}
	side := float64(max(w, h) * scale)
	d := layerDrawing{m: m, s: stroker{mask: image.NewAlpha(m.Rect)}, side: side, unit: side / 200}
	for _, pass := range []struct {
		grow float64
		c    color.Color
	}{{2.2, color.NRGBA{0, 0, 0, 150}}, {1, color.White}} {
		d.unit = side / 200 * pass.grow
		for _, a := range arrows {
			d.arrow(a)
		}
		d.s.flush(m, pass.c)
	}
	return m
}
