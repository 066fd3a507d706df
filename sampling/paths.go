package sampling

import (
	"fmt"
	"math"
)

// A Between is a path from a (t = 0) to b (t = 1), both ends exact: Linear or
// Spherical.
type Between func(a, b []float32, t float64) ([]float32, error)

// Linear is the straight path (1-t) a + t b.
func Linear(a, b []float32, t float64) ([]float32, error) {
	if err := samePathLength(a, b); err != nil {
		return nil, err
	}
	return mix(a, b, 1-t, t), nil
}

// Spherical is the great circle, sin((1-t)w)/sin(w) a + sin(tw)/sin(w) b with w
// the angle between a and b (Shoemake, 1985): between unit vectors it stays on the
// sphere, between normal ones it keeps their typical length. Vectors of the same
// direction are joined by a straight line; opposite ones have no single great
// circle and are an error.
func Spherical(a, b []float32, t float64) ([]float32, error) {
	if err := samePathLength(a, b); err != nil {
		return nil, err
	}
	na, nb := math.Sqrt(squaredNorm(a)), math.Sqrt(squaredNorm(b))
	if na == 0 || nb == 0 {
		return nil, fmt.Errorf("spherical path: found a vector of length 0, which has no direction")
	}
	// The half angle from |a/|a| - b/|b|| and |a/|a| + b/|b|| is exact at both ends,
	// where an arc cosine is not.
	var apart, together float64
	for j := range a {
		u, v := float64(a[j])/na, float64(b[j])/nb
		apart += (u - v) * (u - v)
		together += (u + v) * (u + v)
	}
	w := 2 * math.Atan2(math.Sqrt(apart), math.Sqrt(together))
	switch {
	case t == 0 || t == 1 || w < 1e-6:
		return mix(a, b, 1-t, t), nil
	case math.Pi-w < 1e-6:
		return nil, fmt.Errorf("spherical path: found opposite vectors, between which every great circle is as short")
	}
	return mix(a, b, math.Sin((1-t)*w)/math.Sin(w), math.Sin(t*w)/math.Sin(w)), nil
}

// Arc is VAE-EBM's interpolation rho z0 + sqrt(1-rho^2) z1, rho in 0..1: z1 at 0,
// z0 at 1, and normal all the way where z0 and z1 are.
func Arc(z0, z1 []float32, rho float64) ([]float32, error) {
	if err := samePathLength(z0, z1); err != nil {
		return nil, err
	}
	if !(rho >= 0 && rho <= 1) {
		return nil, fmt.Errorf("path: found rho %v, want 0 to 1", rho)
	}
	return mix(z0, z1, rho, math.Sqrt(1-rho*rho)), nil
}

// Path returns n points from a to b, ends included and evenly spaced in t.
func Path(n int, a, b []float32, between Between) ([][]float32, error) {
	if n < 2 {
		return nil, fmt.Errorf("path: found %d points, want at least 2", n)
	}
	points := make([][]float32, n)
	for i := range points {
		p, err := between(a, b, float64(i)/float64(n-1))
		if err != nil {
			return nil, err
		}
		points[i] = p
	}
	return points, nil
}

// ImagePath is Path between two single pictures, as a batch of n.
func ImagePath(n int, a, b Images, between Between) (Images, error) {
	if a.N != 1 || b.N != 1 {
		return Images{}, fmt.Errorf("path: found %d and %d pictures, want 1 at each end", a.N, b.N)
	}
	if err := b.Check(a.C, a.H, a.W); err != nil {
		return Images{}, fmt.Errorf("path: second %w", err)
	}
	points, err := Path(n, a.Data, b.Data, between)
	if err != nil {
		return Images{}, err
	}
	x := NewImages(n, a.C, a.H, a.W)
	for i, p := range points {
		copy(x.Image(i), p)
	}
	return x, nil
}

func mix(a, b []float32, wa, wb float64) []float32 {
	out := make([]float32, len(a))
	for j := range a {
		out[j] = float32(wa*float64(a[j]) + wb*float64(b[j]))
	}
	return out
}

func samePathLength(a, b []float32) error {
	if len(a) != len(b) {
		return fmt.Errorf("path: found ends of %d and %d values, want equal lengths", len(a), len(b))
	}
	return nil
}
