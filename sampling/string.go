package sampling

import (
	"context"
	"fmt"
	"iter"
	"math"
)

// Relaxation says how a path is relaxed.
type Relaxation struct {
	Steps  int     // at most
	Lo, Hi float32 // the pixels' range, which the path does not leave; Lo = Hi: any
	// Tolerance ends it early: when the mean move of a step is below this share of the
	// distance between neighbours on the path.
	Tolerance float64
}

// Relaxed is a path on its way down: its pictures, whose ends stay where they are, and
// their energies.
type Relaxed struct {
	Path   Images
	Energy []float32
	Step   int     // steps that led here
	Moved  float64 // the mean move of the last step over the distance between neighbours
}

// Relax moves a path between two pictures to one of least energy, on which the gradient
// has no part across the path (string method: E, Ren and Vanden-Eijnden, Physical Review
// B 66, 2002, and J. Chem. Phys. 126, 2007): all pictures but the ends go down the part
// of the gradient across the path, and are spread evenly along it again. Its highest
// point is then a saddle. The step follows how fast the gradient changes (Malitsky and
// Mishchenko, 2020, algorithm 1) and is at most half the distance between neighbours.
// The first path yielded is the given one; it ends with ctx's error when ctx does.
func Relax(ctx context.Context, e Energy, path Images, o Relaxation) iter.Seq2[Relaxed, error] {
	return func(yield func(Relaxed, error) bool) {
		if path.N < 3 {
			yield(Relaxed{}, fmt.Errorf("relax a path: found %d pictures, want at least 3", path.N))
			return
		}
		r := relaxation{Relaxation: o}
		now := Relaxed{Path: path.Clone()}
		for {
			if err := ctx.Err(); err != nil {
				yield(now, err)
				return
			}
			energy, grad, err := evaluate(e, now.Path)
			if err != nil {
				yield(now, fmt.Errorf("relax a path: step %d: %w", now.Step, err))
				return
			}
			now.Energy = energy
			if !yield(now, nil) || now.Step >= o.Steps || now.Step > 0 && now.Moved < o.Tolerance {
				return
			}
			next := r.step(now.Path, grad)
			now = Relaxed{Path: next, Step: now.Step + 1, Moved: meanMove(now.Path, next)}
		}
	}
}

// relaxation remembers the last step.
type relaxation struct {
	Relaxation
	size        float64 // of the last step; 0 before the first
	growth      float64 // by what the size grew in the last step
	path, force Images  // where it began, and the force there
}

// step is the path after one step.
func (r *relaxation) step(path, grad Images) Images {
	force := across(path, grad)
	gap := pathLength(path) / float64(path.N-1)
	longest := 0.0
	for i := range force.N {
		longest = max(longest, math.Sqrt(squaredNorm(force.Image(i))))
	}
	if longest == 0 || gap == 0 {
		return path
	}
	if r.size == 0 {
		r.size = 0.1 * gap / longest
	} else {
		r.adapt(path, force)
	}
	size := min(r.size, 0.5*gap/longest)
	r.path, r.force = path, force
	next := path.Clone()
	for j, f := range force.Data {
		v := path.Data[j] + float32(size*float64(f))
		if r.Lo < r.Hi {
			v = min(max(v, r.Lo), r.Hi)
		}
		next.Data[j] = v
	}
	// The ends have no force; clipping must not move them either.
	copy(next.Image(0), path.Image(0))
	copy(next.Image(next.N-1), path.Image(path.N-1))
	return evenly(next)
}

// adapt is Malitsky and Mishchenko's rule: the step grows slowly, and is never longer
// than half of what the change of the gradient allows.
func (r *relaxation) adapt(path, force Images) {
	moved := math.Sqrt(squaredDistance(path.Data, r.path.Data))
	changed := math.Sqrt(squaredDistance(force.Data, r.force.Data))
	size := math.Sqrt(1+r.growth) * r.size
	if changed > 0 && moved > 0 {
		size = min(size, moved/(2*changed))
	}
	r.growth, r.size = size/r.size, size
}

// across is minus the gradient without its part along the path; 0 at the ends and where
// the gradient is not finite.
func across(path, grad Images) Images {
	force := NewImages(path.N, path.C, path.H, path.W)
	for i := 1; i < path.N-1; i++ {
		g := grad.Image(i)
		if n := squaredNorm(g); math.IsNaN(n) || math.IsInf(n, 0) {
			continue
		}
		tangent := difference(path.Image(i+1), path.Image(i-1))
		normalise(tangent)
		along := 0.0
		for j, v := range g {
			along += float64(v) * tangent[j]
		}
		f := force.Image(i)
		for j, v := range g {
			f[j] = float32(along*tangent[j] - float64(v))
		}
	}
	return force
}

func pathLength(path Images) (length float64) {
	for i := 1; i < path.N; i++ {
		length += math.Sqrt(squaredDistance(path.Image(i-1), path.Image(i)))
	}
	return length
}

func meanMove(a, b Images) float64 {
	sum := 0.0
	for i := range a.N {
		sum += math.Sqrt(squaredDistance(a.Image(i), b.Image(i)))
	}
	if gap := pathLength(b); gap > 0 {
		return sum / gap
	}
	return 0
}

func evenly(path Images) Images { return AlongPath(path, path.N) }

// AlongPath are n pictures evenly spaced along a path of pictures, ends included and
// exact, on straight lines between its pictures.
func AlongPath(path Images, n int) Images {
	at := make([]float64, path.N)
	for i := 1; i < path.N; i++ {
		at[i] = at[i-1] + math.Sqrt(squaredDistance(path.Image(i-1), path.Image(i)))
	}
	x := NewImages(n, path.C, path.H, path.W)
	k := 1
	for i := range n {
		goal := at[path.N-1] * float64(i) / float64(max(1, n-1))
		for k < path.N-1 && at[k] < goal {
			k++
		}
		t := 0.0
		if gap := at[k] - at[k-1]; gap > 0 {
			t = min(1, (goal-at[k-1])/gap)
		}
		copy(x.Image(i), mix(path.Image(k-1), path.Image(k), 1-t, t))
	}
	copy(x.Image(0), path.Image(0))
	copy(x.Image(n-1), path.Image(path.N-1))
	return x
}
