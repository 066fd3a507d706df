package sampling

import (
	"fmt"
	"math"
)

// Kernel moves pictures one step. It is pure: the same key, state and energy
// give the same state, and nothing given is written to. The step's noise is that
// of s.Step. A kernel with a method Check() error has its fields checked before
// a plan runs.
type Kernel interface {
	Step(k Key, s State, e Energy) (State, error)
}

// State is a chain batch after a step: what the next step needs and what a
// person may look at. A State made under one energy is stepped under that energy;
// start afresh from State{Step: s.Step, X: s.X} under another.
type State struct {
	Stage  int    // index into the plan
	Step   int    // steps done since the start of the run, over all stages
	Walked int    // steps done in the stage
	X      Images // the pictures now
	Began  Images // those with which the stage's steps began, after its Start
	// Held are the pictures that a person holds (see Walk.Steer): they stay as they
	// are. Nil: none.
	Held []bool
	// Energy and GradNorm (the Euclidean norm of dE/dx) belong to the pictures the
	// step began with (with noise-first kernels: to those plus the noise), so that a
	// gradient step costs one evaluation. One a picture; nil where no step was made.
	Energy, GradNorm []float32
	// Passed are the steps before the last of several that were made at once (see Fused);
	// nil for others.
	Passed []Reading
	// Accepted is 1 for a picture whose proposal was accepted, 0 where it was
	// refused, not a number where it is held; of Unadjusted the probability that it had
	// been. Nil for other kernels that do not refuse.
	Accepted []float32
	// Diverged tells in which step (counted from 1) a picture met a number that is
	// not finite, 0 where it has not; nil where none has. Such a picture stays as it
	// was before, and its Energy and GradNorm are those found then.
	Diverged []int

	diverged []*DivergedError // what was found, as long as Diverged

	// Evaluations is how often the gradients of the pictures have been evaluated for the
	// steps since the start of the run, over all stages.
	Evaluations int
	// Weights are those of chains that are weighed (see Weighing), nil for others.
	Weights *Weights

	at    *evaluation // energy and gradient of X where the kernel has them already
	keep  *Mask       // the stage's mask, for kernels whose proposals must respect it
	entry Images      // with which the stage was entered, before its Start

	tie     *tie      // the noised pictures that go with X, of DiffusiveGibbs
	adapted []adapted // what every chain has learnt about its steps in this stage
	// within says that the stage was entered, finished that its Finish was applied.
	within, finished bool
	steered          int // 1 more than the step after which a person was last asked
}

type evaluation struct {
	energy   []float32
	grad     Images
	gradNorm []float32
	untied   *evaluation // without the noised pictures' tie, of DiffusiveGibbs
	both     *both       // what it is made of, in a stage that is weighed
}

// evaluation returns energy and gradient at the state's pictures.
func (s State) evaluation(e Energy) (*evaluation, error) {
	if s.at != nil {
		return s.at, nil
	}
	return newEvaluation(e, s.X)
}

func newEvaluation(e Energy, x Images) (*evaluation, error) {
	energy, grad, err := evaluate(e, x)
	if err != nil {
		return nil, err
	}
	norm := make([]float32, x.N)
	err = eachImage(grad, func(i int) error {
		norm[i] = float32(math.Sqrt(squaredNorm(grad.Image(i))))
		return nil
	})
	return &evaluation{energy: energy, grad: grad, gradNorm: norm}, err
}

// squaredNorm sums in four lanes of float64, which a processor can do side by side.
func squaredNorm(v []float32) float64 {
	var a, b, c, d float64
	j := 0
	for ; j+3 < len(v); j += 4 {
		w := v[j : j+4 : j+4]
		a += float64(w[0]) * float64(w[0])
		b += float64(w[1]) * float64(w[1])
		c += float64(w[2]) * float64(w[2])
		d += float64(w[3]) * float64(w[3])
	}
	for ; j < len(v); j++ {
		a += float64(v[j]) * float64(v[j])
	}
	return (a + b) + (c + d)
}

// after returns the state one step later, with the evaluation the step was made by.
func (s State) after(x Images, by *evaluation) State {
	s.Step++
	s.X, s.Energy, s.GradNorm = x, by.energy, by.gradNorm
	s.Accepted, s.at = nil, nil
	return s
}

// prefixed names the kernel whose error it is.
func prefixed(kernel string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", kernel, err)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNumber reports a kernel's field that is not a finite number of lo or more.
func checkNumber(name string, v, lo float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < lo {
		return fmt.Errorf("found %s %v, want a finite number of %v or more", name, v, lo)
	}
	return nil
}

// checkBounds reports bounds that are not lo < hi, or equal for none.
func checkBounds(lo, hi float32) error {
	if !(lo <= hi) {
		return fmt.Errorf("found pixel range %v..%v, want the lower number first (equal: no bounds)", lo, hi)
	}
	return nil
}

// checkClip reports a clip below 0 or not a number.
func checkClip(clip float64) error {
	if !(clip >= 0) {
		return fmt.Errorf("found gradient clip %v, want 0 (none) or more", clip)
	}
	return nil
}

// clipLimit is the largest gradient entry that a clip lets through.
func clipLimit(clip float64) float32 {
	if clip == 0 || clip > math.MaxFloat32 {
		return math.MaxFloat32
	}
	return float32(clip)
}

// clamp limits v to lo..hi; what is not a number stays so.
func clamp(v, lo, hi float32) float32 {
	if v < lo {
		return lo
	}
	if v > hi {
		return hi
	}
	return v
}
