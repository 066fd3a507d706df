package studio

import (
	"context"
	"image"
	"image/color"
	"math"

	"ebmstudio/sampling"
)

// Force is what pulls at a picture: minus the gradient of a term's energy, the weight
// counted in. A Langevin step moves every pixel along the force of all terms together.
type Force struct {
	Term   int    // counted from 0; -1: all terms together
	Name   string // of the term
	Energy float32
	Pull   sampling.Images // one picture: minus dE/dx, in energy a pixel unit
}

// Forces computes what the terms of a recipe pull at one picture of the model's size and
// range: all together first, then, where there are several, each by itself.
func (s *Studio) Forces(ctx context.Context, o *Opened, r Recipe, x sampling.Images) ([]Force, error) {
	if err := chainable(o.Model); err != nil {
		return nil, err
	}
	if err := r.Validate(o.Model); err != nil {
		return nil, err
	}
	return inLane(ctx, s, "force on a picture by "+o.Name, urgencyView, func() ([]Force, error) {
		if err := x.Check(o.Model.C, o.Model.H, o.Model.W); err != nil {
			return nil, err
		}
		terms, asked, err := ledgerTerms(o.Model, r)
		if err != nil {
			return nil, err
		}
		all := []Force{{Term: -1, Name: "all terms", Pull: sampling.NewImages(1, x.C, x.H, x.W)}}
		for i, t := range terms {
			e, g, err := t.Energy.Eval(x.Slice(0, 1))
			if err != nil {
				return nil, err
			}
			f := Force{Term: i, Name: asked[i].ledgerName(i, len(terms)), Energy: float32(t.Weight * float64(e[0])), Pull: g.Clone()}
			for j := range f.Pull.Data {
				f.Pull.Data[j] *= float32(-t.Weight)
				all[0].Pull.Data[j] += f.Pull.Data[j]
			}
			all[0].Energy += f.Energy
			all = append(all, f)
		}
		if len(terms) == 1 {
			all[0].Name = all[1].Name
			all = all[:1]
		}
		return all, nil
	})
}

// Norm is the length of the force, |dE/dx|.
func (f Force) Norm() float64 { return math.Sqrt(dot(f.Pull.Data, f.Pull.Data)) }

// Signed is the force on every pixel's brightness, row by row: the mean over its
// channels, above 0 where it becomes brighter.
func (f Force) Signed() []float64 {
	n := f.Pull.H * f.Pull.W
	all := make([]float64, n)
	for j, v := range f.Pull.Data {
		all[j%n] += float64(v) / float64(f.Pull.C)
	}
	return all
}

// Strength is the length of the force on every pixel over its channels, row by row.
func (f Force) Strength() []float64 {
	n := f.Pull.H * f.Pull.W
	all := make([]float64, n)
	for j, v := range f.Pull.Data {
		all[j%n] += float64(v) * float64(v)
	}
	for i := range all {
		all[i] = math.Sqrt(all[i])
	}
	return all
}

// Overlay paints the force: blue where a pixel becomes darker, red where brighter, the
// more the stronger the pull; transparent without one. Strongest is the strength of full
// colour, such as the Strongest of all that are compared. Where the force is not finite
// it is hatched in grey.
func (f Force) Overlay(strongest float64) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, f.Pull.W, f.Pull.H))
	strength, signed := f.Strength(), f.Signed()
	darker, brighter := color.RGBA{0x3b, 0x82, 0xf6, 255}, color.RGBA{0xff, 0x6b, 0x4a, 255}
	for i, s := range strength {
		x, y := i%f.Pull.W, i/f.Pull.W
		if !finite(s) {
			m.SetRGBA(x, y, hatch(x+y))
			continue
		}
		c := brighter
		if signed[i] < 0 {
			c = darker
		}
		a := 0.0
		if strongest > 0 {
			a = 0.95 * math.Sqrt(min(1, s/strongest))
		}
		m.SetRGBA(x, y, color.RGBA{uint8(a * float64(c.R)), uint8(a * float64(c.G)), uint8(a * float64(c.B)), uint8(255 * a)})
	}
	return m
}

// Over is a picture of the model's range, dimmed, with the overlay on it.
func (f Force) Over(x sampling.Images, lo, hi float32, strongest float64) *image.RGBA {
	m := rgba(quantise(x.Image(0), lo, hi), x.C, x.H, x.W)
	over := f.Overlay(strongest)
	for i := range m.Pix {
		if i%4 == 3 {
			continue
		}
		keep := 255 - int(over.Pix[i/4*4+3])
		m.Pix[i] = uint8(int(over.Pix[i]) + int(m.Pix[i])*keep*7/(10*255))
	}
	return m
}

// Strongest is the largest finite strength on a pixel.
func (f Force) Strongest() (most float64) {
	for _, s := range f.Strength() {
		if finite(s) {
			most = max(most, s)
		}
	}
	return most
}

// Arrow is how the force would shift what is drawn at a place: X and Y in pixels from the
// top left, DX and DY in pixels for a step of length 1 down the energy.
type Arrow struct{ X, Y, DX, DY float64 }

// Flow are the shifts that explain the force best, one a block of so many pixels: a
// picture whose content moves by d changes by -d·(its slope) (brightness constancy), and
// the least squares of that over a block give d (Lucas and Kanade, 1981). Blocks without a
// slope, whose shift nothing tells, have none.
func (f Force) Flow(x sampling.Images, block int) []Arrow {
	force := f.Signed()
	bright := Force{Pull: x.Slice(0, 1)}.Signed()
	h, w := f.Pull.H, f.Pull.W
	sx, sy := slopes(bright, w, h)
	weak := 0.02 * mean2(sx, sy)
	var all []Arrow
	for top := 0; top < h; top += block {
		for left := 0; left < w; left += block {
			var a, b, c, p, q float64
			for y := max(0, top-block/2); y < min(h, top+block+block/2); y++ {
				for x := max(0, left-block/2); x < min(w, left+block+block/2); x++ {
					i := y*w + x
					a, b, c = a+sx[i]*sx[i], b+sx[i]*sy[i], c+sy[i]*sy[i]
					p, q = p-sx[i]*force[i], q-sy[i]*force[i]
				}
			}
			n := weak * float64(4*block*block)
			a, c = a+n, c+n // so that a single edge has a shift across it alone
			d := a*c - b*b
			if !(d > 0) || !finite(p+q) {
				continue
			}
			all = append(all, Arrow{
				float64(left) + float64(min(block, w-left))/2, float64(top) + float64(min(block, h-top))/2,
				(c*p - b*q) / d, (a*q - b*p) / d,
			})
		}
	}
	return all
}

// Arrows are the flow in blocks of a seventh of the picture, the longest as long as a
// block, those that could not be seen left out.
func (f Force) Arrows(x sampling.Images) []Arrow {
	block := max(3, max(x.W, x.H)/7)
	flow := f.Flow(x, block)
	longest := 0.0
	for _, a := range flow {
		longest = max(longest, math.Hypot(a.DX, a.DY))
	}
	var all []Arrow
	for _, a := range flow {
		scale := float64(block) / max(longest, math.SmallestNonzeroFloat32)
		if a.DX, a.DY = a.DX*scale, a.DY*scale; math.Hypot(a.DX, a.DY) > 0.12*float64(block) {
			all = append(all, a)
		}
	}
	return all
}

// slopes are the differences across every pixel, to the right and down.
func slopes(v []float64, w, h int) (sx, sy []float64) {
	sx, sy = make([]float64, len(v)), make([]float64, len(v))
	for i := range v {
		x, y := i%w, i/w
		sx[i] = (v[y*w+min(x+1, w-1)] - v[y*w+max(x-1, 0)]) / 2
		sy[i] = (v[min(y+1, h-1)*w+x] - v[max(y-1, 0)*w+x]) / 2
	}
	return sx, sy
}

func mean2(a, b []float64) (m float64) {
	for i := range a {
		m += (a[i]*a[i] + b[i]*b[i]) / float64(len(a))
	}
	return m
}
