package studio

import (
	"image"
	"image/color"
	"math"
	"slices"

	"ebmstudio/sampling"
)

// At is the energy at a place, between the four points around it; NaN beyond the frame
// and where one of them is not finite.
func (l Landscape) At(at [2]float64) float64 {
	x, y := l.Frame.Share(at)
	if l.Cells == 0 || !(x >= 0 && x <= 1 && y >= 0 && y <= 1) {
		return math.NaN()
	}
	return between(l.Energy, l.Cells+1, x*float64(l.Cells), y*float64(l.Cells))
}

// between is the bilinear mean at a column and a row of a grid.
func between(values []float32, columns int, column, row float64) float64 {
	last := float64(columns - 2)
	c, r := min(math.Floor(column), last), min(math.Floor(row), last)
	i := int(r)*columns + int(c)
	column, row = column-c, row-r
	top := (1-column)*float64(values[i]) + column*float64(values[i+1])
	bottom := (1-column)*float64(values[i+columns]) + column*float64(values[i+columns+1])
	v := (1-row)*top + row*bottom
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// Range is what the colours of the map reach over: from the lowest energy to one that few
// exceed, since a cliff at the frame's edge would flatten all else. ok is false without a
// finite energy.
func (l Landscape) Range() (lo, hi float64, ok bool) {
	all := finiteOf(l.Energy)
	if len(all) == 0 {
		return 0, 1, false
	}
	slices.Sort(all)
	lo, hi = all[0], all[len(all)-1-len(all)/12]
	if hi-lo < 1e-6*max(1, math.Abs(lo)) {
		hi = lo + 1e-6*max(1, math.Abs(lo))
	}
	return lo, hi, true
}

func finiteOf(values []float32) (all []float64) {
	for _, v := range values {
		if finite(float64(v)) {
			all = append(all, float64(v))
		}
	}
	return all
}

// Broken is the number of points whose energy is not finite.
func (l Landscape) Broken() int { return len(l.Energy) - len(finiteOf(l.Energy)) }

// Lowest is the place of the lowest energy; false without a finite one.
func (l Landscape) Lowest() (at [2]float64, energy float64, ok bool) {
	best := -1
	for i, e := range l.Energy {
		if finite(float64(e)) && (best < 0 || e < l.Energy[best]) {
			best = i
		}
	}
	if best < 0 {
		return at, math.NaN(), false
	}
	n := l.Cells + 1
	return l.Frame.Place(float64(best%n)/float64(l.Cells), float64(best/n)/float64(l.Cells)), float64(l.Energy[best]), true
}

// Contours are lines of equal energy, about n of them evenly spaced over the range, as
// pieces whose ends are shares of the width and height from the top left.
func (l Landscape) Contours(n int) []sampling.Segment {
	lo, hi, ok := l.Range()
	if !ok || l.Cells == 0 {
		return nil
	}
	var all []sampling.Segment
	for k := range n {
		level := lo + (hi-lo)*(float64(k)+0.5)/float64(n)
		all = append(all, sampling.Contour(l.Energy, l.Cells+1, level)...)
	}
	for i := range all {
		for k := range all[i] {
			all[i][k][0] /= float64(l.Cells)
			all[i][k][1] /= float64(l.Cells)
		}
	}
	return all
}

// hatch is the colour of a pixel without a finite energy, so many stripes along.
func hatch(stripe int) color.RGBA {
	if stripe%2 == 0 {
		return color.RGBA{0x55, 0x55, 0x5c, 255}
	}
	return color.RGBA{0x85, 0x85, 0x8c, 255}
}

// Picture paints the energies on a square of so many pixels: the last colour of the
// palette is the lowest energy, the first the top of the range and above. Without a
// finite energy it is hatched in grey.
func (l Landscape) Picture(side int, palette []color.RGBA) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	lo, hi, _ := l.Range()
	for y := range side {
		for x := range side {
			e := math.NaN()
			if l.Cells > 0 {
				scale := float64(l.Cells) / float64(side)
				e = between(l.Energy, l.Cells+1, (float64(x)+0.5)*scale, (float64(y)+0.5)*scale)
			}
			c := hatch((x + y) / 4)
			if !math.IsNaN(e) {
				c = shadeOf(palette, (hi-e)/(hi-lo))
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// shadeOf is the colour at t in 0..1, between the two nearest of a palette.
func shadeOf(palette []color.RGBA, t float64) color.RGBA {
	x := min(max(t, 0), 1) * float64(len(palette)-1)
	i := min(int(x), len(palette)-2)
	share := x - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	a, b := palette[i], palette[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// Walk is the recorded frames of a chain as pictures in the model's range, and the
// step of each; of points of the plane the numbers themselves. At most n of them, evenly
// spaced, the first and the newest among them; n = 0: all.
func (r *Recording) Walk(chain, n int) (steps []int, x sampling.Images) {
	r.lock.Lock()
	defer r.lock.Unlock()
	all := len(r.frames)
	if all == 0 || chain < 0 || chain >= r.chains {
		return nil, sampling.NewImages(0, r.c, r.h, r.w)
	}
	count := all
	if n > 1 {
		count = min(n, all)
	}
	x = sampling.NewImages(count, r.c, r.h, r.w)
	for i := range count {
		f := r.load(r.frames[i*(all-1)/max(1, count-1)])
		steps = append(steps, f.step)
		r.row(f, chain, x.Image(i))
	}
	return steps, x
}

// row writes a chain's picture of a frame into a row.
func (r *Recording) row(f frame, chain int, row []float32) {
	if f.points != nil {
		copy(row, f.points[chain*len(row):])
		return
	}
	for k, v := range f.pixels[chain*len(row) : (chain+1)*len(row)] {
		row[k] = r.lo + float32(v)*(r.hi-r.lo)/255
	}
}

// Seen is the picture of a chain in a recorded frame, in the model's range, and its step;
// of points of the plane the numbers themselves. The newest frame is the one that is as
// it was computed; of the others there are 256 levels a pixel. ok is false where there is
// no such chain or no frame yet.
func (r *Recording) Seen(frame, chain int) (x sampling.Images, step int, ok bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if len(r.frames) == 0 || chain < 0 || chain >= r.chains {
		return sampling.Images{}, 0, false
	}
	at := r.nearest(frame)
	x, step = sampling.NewImages(1, r.c, r.h, r.w), r.frames[at].step
	if at == len(r.frames)-1 && step == r.lastStep {
		copy(x.Data, r.last.Image(chain))
	} else {
		r.row(r.frames[at], chain, x.Data)
	}
	return x, step, true
}

// Seen is the part of a landscape that lies in another frame of its plane, between the
// points that are known: what can be shown until the frame's own are there.
func (l Landscape) Seen(f Frame) Landscape {
	if l.Cells == 0 {
		return Landscape{Plane: l.Plane, Frame: f}
	}
	next := Landscape{Plane: l.Plane, Frame: f, Cells: l.Cells, Energy: make([]float32, len(l.Energy))}
	n := l.Cells + 1
	for i := range next.Energy {
		next.Energy[i] = float32(l.At(f.Place(float64(i%n)/float64(l.Cells), float64(i/n)/float64(l.Cells))))
	}
	return next
}

// Slopes are arrows down the energy on a lattice of n by n places, as shares of the width
// and height from the top left: the part of minus the gradient that lies in the plane.
// The longest is as long as a step of the lattice; where the energy is not finite there
// is none.
func (l Landscape) Slopes(n int) (arrows [][2][2]float64) {
	if l.Cells == 0 || n < 1 {
		return nil
	}
	step := 1 / float64(n)
	longest := 0.0
	at := func(x, y float64) float64 {
		return between(l.Energy, l.Cells+1, min(max(x, 0), 1)*float64(l.Cells), min(max(y, 0), 1)*float64(l.Cells))
	}
	for row := range n {
		for column := range n {
			x, y := (float64(column)+0.5)*step, (float64(row)+0.5)*step
			down := [2]float64{at(x-step/2, y) - at(x+step/2, y), at(x, y-step/2) - at(x, y+step/2)}
			length := math.Hypot(down[0], down[1])
			if math.IsNaN(length) || length == 0 {
				continue
			}
			longest = max(longest, length)
			arrows = append(arrows, [2][2]float64{{x, y}, down})
		}
	}
	for i, a := range arrows {
		scale := 0.9 * step / math.Sqrt(longest*math.Hypot(a[1][0], a[1][1])) // by the root, so that weak ones are seen
		arrows[i][1] = [2]float64{a[0][0] + scale*a[1][0], a[0][1] + scale*a[1][1]}
	}
	return arrows
}
