package studio

import (
	"context"
	"fmt"
	"math"

	"ebmstudio/models"
)

// LatentPlane is the part of the latents that lies between three anchors, or between
// four: a place of the unit square, x to the right and y down, is a mix of them. Three
// are at the middle of the top and at both ends of the bottom (see Corners), four at
// the corners, row by row.
type LatentPlane struct {
	Anchors [][]float32
	Path    string // how anchors are mixed, see Mix
}

// Corners are the places of the anchors.
func (p LatentPlane) Corners() [][2]float64 {
	if len(p.Anchors) == 4 {
		return [][2]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}}
	}
	return [][2]float64{{0.5, 0}, {0, 1}, {1, 1}}
}

// Inside is the place nearest to the given one that lies between the anchors, or nearly
// so: shares below 0 become 0.
func (p LatentPlane) Inside(x, y float64) (float64, float64) {
	var at [2]float64
	for i, share := range p.shares(x, y) {
		for k := range at {
			at[k] += share * p.Corners()[i][k]
		}
	}
	return at[0], at[1]
}

// shares are how much of each anchor is at a place; they are at least 0 and add up to 1.
func (p LatentPlane) shares(x, y float64) []float64 {
	var all []float64
	if len(p.Anchors) == 4 {
		x, y = min(max(x, 0), 1), min(max(y, 0), 1)
		all = []float64{(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y}
	} else {
		y = min(max(y, 0), 1)
		right := min(max(x-(1-y)/2, 0), y)
		all = []float64{1 - y, y - right, right}
	}
	return all
}

// At is the latent of a place.
func (p LatentPlane) At(x, y float64) ([]float32, error) {
	if n := len(p.Anchors); n != 3 && n != 4 {
		return nil, fmt.Errorf("plane of latents: found %d anchors, want 3 or 4", n)
	}
	if !finite(x) || !finite(y) {
		return nil, fmt.Errorf("plane of latents: found the place %v, %v, want finite numbers", x, y)
	}
	return Mix(p.Anchors, p.shares(x, y), p.Path)
}

// Mix puts latents together by shares that are at least 0 and add up to 1. On the
// linear path it is their weighted mean. On the spherical one it has the mean's
// direction and the mean of their lengths, so that between unit vectors it stays on the
// sphere; two latents are joined by the great circle of sampling.Spherical, at a pace of
// its own. On the paper's the squares of the coefficients add up to 1 as those of
// rho z0 + sqrt(1-rho^2) z1 do, which keeps the variance of normal latents.
func Mix(latents [][]float32, shares []float64, path string) ([]float32, error) {
	if len(latents) == 0 || len(latents) != len(shares) {
		return nil, fmt.Errorf("mix latents: found %d latents and %d shares, want one share a latent", len(latents), len(shares))
	}
	if path != PathLinear && path != PathSpherical && path != PathPaper {
		return nil, fmt.Errorf("mix latents: unknown path %q, want %s, %s or %s", path, PathLinear, PathSpherical, PathPaper)
	}
	sum, length := make([]float64, len(latents[0])), 0.0
	for i, z := range latents {
		if len(z) != len(sum) {
			return nil, fmt.Errorf("mix latents: latent %d has %d numbers, want %d", i+1, len(z), len(sum))
		}
		w := shares[i]
		length += w * norm(z)
		if path == PathPaper {
			w = math.Sqrt(w)
		}
		for k, v := range z {
			sum[k] += w * float64(v)
		}
	}
	mixed := make([]float32, len(sum))
	factor := 1.0
	if path == PathSpherical {
		var square float64
		for _, v := range sum {
			square += v * v
		}
		if square <= 1e-12*length*length {
			return nil, fmt.Errorf("mix latents: they cancel each other, which leaves no direction\nhint: the linear path has none to lose")
		}
		factor = length / math.Sqrt(square)
	}
	for k, v := range sum {
		mixed[k] = float32(factor * v)
	}
	return mixed, nil
}

func norm(z []float32) float64 {
	var square float64
	for _, v := range z {
		square += float64(v) * float64(v)
	}
	return math.Sqrt(square)
}

// Decode are the generator's pictures of latents, one each, without a chain. The recipe
// is for what else the generator depends on: the known picture of completion. It is
// ahead of the runs under way, between two steps of theirs.
func (s *Studio) Decode(ctx context.Context, o *Opened, r Recipe, latents [][]float32) (Result, error) {
	return inLane(ctx, s, "decode with "+o.Name, urgencyView, func() (Result, error) {
		m := o.Model
		if m.Decode == nil {
			return Result{}, fmt.Errorf("%s has no generator", o.Name)
		}
		if err := checkLatents(m, latents); err != nil {
			return Result{}, err
		}
		_, given, err := givenOf(m, r)
		if err != nil {
			return Result{}, err
		}
		x, err := m.Decode(latents, given)
		if err != nil {
			return Result{}, err
		}
		return Result{Pictures: x, Lo: m.Lo, Hi: m.Hi}, nil
	})
}

func checkLatents(m *models.Model, latents [][]float32) error {
	if len(latents) == 0 {
		return fmt.Errorf("found no latent, want at least one")
	}
	for i, z := range latents {
		if len(z) != m.LatentSize {
			return fmt.Errorf("latent %d: found %d numbers, want %d", i+1, len(z), m.LatentSize)
		}
		if !allFinite(z) {
			return fmt.Errorf("latent %d has numbers that are not finite", i+1)
		}
	}
	return nil
}

// Resample are n places evenly spaced along a path of places, its ends included; fewer
// where the path has no length.
func Resample(path [][2]float64, n int) [][2]float64 {
	along := make([]float64, len(path))
	for i := 1; i < len(path); i++ {
		along[i] = along[i-1] + math.Hypot(path[i][0]-path[i-1][0], path[i][1]-path[i-1][1])
	}
	if len(path) < 2 || n < 2 || along[len(along)-1] == 0 {
		return path[:min(len(path), 1)]
	}
	even := make([][2]float64, n)
	k := 1
	for i := range even {
		at := along[len(along)-1] * float64(i) / float64(n-1)
		for k < len(path)-1 && along[k] < at {
			k++
		}
		t := 0.0
		if gap := along[k] - along[k-1]; gap > 0 {
			t = min(1, (at-along[k-1])/gap)
		}
		for d := range 2 {
			even[i][d] = path[k-1][d] + t*(path[k][d]-path[k-1][d])
		}
	}
	return even
}

// ClassLatent is the latent that a model keeps of a class: an anchor of walks between
// classes (CLEL, section 4.3).
func ClassLatent(m *models.Model, label int) ([]float32, error) {
	if label < 0 || label >= len(m.LabelLatents) {
		return nil, fmt.Errorf("class %d: found latents of %d classes in the model\nhint: a latent can be found from pictures of the class", label, len(m.LabelLatents))
	}
	return m.LabelLatents[label], nil
}
