package sampling

import (
	"fmt"
	"math"
)

// Plane is a flat cut through the space of pictures: x(u, v) = Origin + u U + v V. U and
// V are orthonormal, so that a distance on the plane is the distance between pictures.
type Plane struct {
	Origin Images    // one picture
	U, V   []float64 // unit vectors at a right angle, one value a pixel and channel
}

// PlaneThrough is the plane through three single pictures: a is its origin, b lies on U,
// c on the side of V. Pictures that are the same or lie on one line are an error.
func PlaneThrough(a, b, c Images) (Plane, error) {
	for i, x := range []Images{a, b, c} {
		if err := x.Check(a.C, a.H, a.W); err != nil {
			return Plane{}, fmt.Errorf("plane: picture %d: %w", i+1, err)
		}
		if x.N != 1 {
			return Plane{}, fmt.Errorf("plane: picture %d: found %d pictures, want 1", i+1, x.N)
		}
	}
	u, v := difference(b.Data, a.Data), difference(c.Data, a.Data)
	length := length64(v)
	if normalise(u) == 0 {
		return Plane{}, fmt.Errorf("plane: the first two pictures are the same, want three that span a plane")
	}
	remove(v, u)
	if off := normalise(v); off <= 1e-6*length || off == 0 {
		return Plane{}, fmt.Errorf("plane: the three pictures lie on one line, want three that span a plane")
	}
	return Plane{Origin: a.Clone(), U: u, V: v}, nil
}

// PointPlane is the plane of models whose pictures are points of the plane themselves:
// u and v are their two coordinates.
func PointPlane() Plane {
	return Plane{Origin: NewImages(1, 2, 1, 1), U: []float64{1, 0}, V: []float64{0, 1}}
}

// At are the pictures of places (u, v).
func (p Plane) At(places ...[2]float64) Images {
	x := NewImages(len(places), p.Origin.C, p.Origin.H, p.Origin.W)
	for i, at := range places {
		row := x.Image(i)
		for j, o := range p.Origin.Data {
			row[j] = float32(float64(o) + at[0]*p.U[j] + at[1]*p.V[j])
		}
	}
	return x
}

// Project is where each picture falls on the plane, and how far off it lies.
func (p Plane) Project(x Images) (places [][2]float64, off []float64, err error) {
	if err := x.Check(p.Origin.C, p.Origin.H, p.Origin.W); err != nil {
		return nil, nil, fmt.Errorf("project on a plane: %w", err)
	}
	places, off = make([][2]float64, x.N), make([]float64, x.N)
	for i := range x.N {
		d := difference(x.Image(i), p.Origin.Data)
		at := [2]float64{dot64(d, p.U), dot64(d, p.V)}
		for j := range d {
			d[j] -= at[0]*p.U[j] + at[1]*p.V[j]
		}
		places[i], off[i] = at, length64(d)
	}
	return places, off, nil
}

// Spread picks three pictures of a batch that lie far apart: the given one, the one
// farthest from it, and the one farthest from the line through both. Where the batch
// spans no plane, PlaneThrough says so.
func Spread(x Images, first int) (three [3]int, err error) {
	if x.N < 3 || first < 0 || first >= x.N {
		return three, fmt.Errorf("three of %d pictures, picture %d among them: want at least 3 and one of them", x.N, first+1)
	}
	three[0] = first
	three[1] = farthest(x, func(d []float64) float64 { return length64(d) }, first)
	u := difference(x.Image(three[1]), x.Image(first))
	normalise(u)
	three[2] = farthest(x, func(d []float64) float64 { remove(d, u); return length64(d) }, first, three[1])
	return three, nil
}

// farthest is the picture with the largest measure of its difference to the first of
// those that do not count.
func farthest(x Images, measure func([]float64) float64, but ...int) int {
	best, most := -1, math.Inf(-1)
	for i := range x.N {
		taken := false
		for _, b := range but {
			taken = taken || i == b
		}
		if taken {
			continue
		}
		if m := measure(difference(x.Image(i), x.Image(but[0]))); best < 0 || m > most {
			best, most = i, m
		}
	}
	return best
}

func difference(a, b []float32) []float64 {
	d := make([]float64, len(a))
	for j, v := range a {
		d[j] = float64(v) - float64(b[j])
	}
	return d
}

func dot64(a, b []float64) (sum float64) {
	for j, v := range a {
		sum += v * b[j]
	}
	return sum
}

func length64(a []float64) float64 { return math.Sqrt(dot64(a, a)) }

// normalise makes a vector one of length 1 and returns what its length was.
func normalise(a []float64) float64 {
	n := length64(a)
	for j := range a {
		if n > 0 {
			a[j] /= n
		}
	}
	return n
}

// remove takes the part along a unit vector off.
func remove(a, unit []float64) {
	along := dot64(a, unit)
	for j, v := range unit {
		a[j] -= along * v
	}
}
