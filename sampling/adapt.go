package sampling

import (
	"errors"
	"fmt"
	"math"
)

// Adapt lets a kernel that refuses proposals find its own step size, and, with
// Fisher, the scale of every pixel, in its first steps. From then on both stay, so
// that the chain's distribution is exact; what was walked before is to be thrown
// away. Every chain adapts by itself: a batch of 8 is 8 batches of 1.
//
// The step size follows dual averaging (Hoffman and Gelman, 2014, section 3.2.1,
// with their gamma 0.05, t0 10 and kappa 0.75): the mean acceptance approaches
// Target. The scales follow the gradients' history (Titsias, 2023, with a diagonal
// matrix): P = 1/mean(g^2), which for a normal distribution is the pixel's variance,
// scaled to a mean of 1.
type Adapt struct {
	Steps  int     // steps that adapt; 0: none, and the other fields mean nothing
	Target float64 // acceptance to reach, above 0 and below 1
	Fisher bool    // scale every pixel by the history of its gradient
}

// Constants of dual averaging, as published.
const (
	dualGamma = 0.05
	dualStart = 10
	dualKappa = 0.75
)

// Every pixel's mean square gradient is taken as at least this share of their
// mean over the picture, so that a pixel of no gradient does not run away.
const fisherFloor = 1e-3

// fisherFrom is the step from which the gradients' history is used.
const fisherFrom = 10

// errNoHistory says that a kernel met a state of other pictures than it adapted to.
var errNoHistory = errors.New("adapt: found a state of other pictures, want those that were adapted to")

func (a Adapt) check() error {
	switch {
	case a.Steps < 0:
		return fmt.Errorf("found %d steps of adaptation, want 0 or more", a.Steps)
	case a.Steps > 0 && !(a.Target > 0 && a.Target < 1):
		return fmt.Errorf("found a target acceptance of %v, want one between 0 and 1", a.Target)
	}
	return nil
}

// adapted is what one chain has learnt about its steps. It is never written to.
type adapted struct {
	steps     int     // of adaptation done
	delta     float64 // the step to make
	lack      float64 // H-bar: the averaged lack of acceptance
	logDelta  float64 // the averaged logarithm of the step
	square    []float32
	rootScale []float32 // the square roots of P, of mean square 1; nil: all 1
}

// adaptation is the state's, or a fresh one for a step of delta.
func (s State) adaptation(delta float64) ([]adapted, error) {
	if s.adapted == nil {
		all := make([]adapted, s.X.N)
		for i := range all {
			all[i] = adapted{delta: delta, logDelta: math.Log(delta)}
		}
		return all, nil
	}
	if len(s.adapted) != s.X.N {
		return nil, errNoHistory
	}
	return s.adapted, nil
}

// next is what the chain knows after a step accepted with the probability accepted,
// which began with the gradient grad. first is the kernel's own step size.
func (a Adapt) next(was adapted, first, accepted float64, grad []float32) adapted {
	if was.steps >= a.Steps {
		return was
	}
	now := was
	now.steps++
	m := float64(now.steps)
	share := 1 / (m + dualStart)
	now.lack = (1-share)*was.lack + share*(a.Target-accepted)
	step := math.Log(10*first) - math.Sqrt(m)/dualGamma*now.lack
	weight := math.Pow(m, -dualKappa)
	now.logDelta = weight*step + (1-weight)*was.logDelta
	now.delta = math.Exp(step)
	if now.steps == a.Steps {
		now.delta = math.Exp(now.logDelta)
	}
	if a.Fisher {
		now = now.remember(grad, fisherFrom)
	}
	return now
}

// remember is what the chain knows with a gradient more in its history, which is used from
// a number of gradients on.
func (a adapted) remember(grad []float32, from int) adapted {
	a.square = squares(a.square, grad, float32(math.Pow(float64(a.steps), -dualKappa)))
	if a.steps >= from {
		a.rootScale = rootScales(a.square)
	}
	return a
}

// squares moves the mean squares towards those of a gradient by a weight.
func squares(was, grad []float32, weight float32) []float32 {
	now := make([]float32, len(grad))
	for j, g := range grad {
		if was == nil {
			now[j] = g * g
		} else {
			now[j] = was[j] + weight*(g*g-was[j])
		}
	}
	return now
}

// rootScales are the square roots of 1/square, floored and scaled to a mean square
// of 1; nil where the squares are not finite or all 0.
func rootScales(square []float32) []float32 {
	var mean float64
	for _, v := range square {
		mean += float64(v) / float64(len(square))
	}
	if !(mean > 0) || math.IsInf(mean, 0) {
		return nil
	}
	var total float64
	scale := make([]float64, len(square))
	for j, v := range square {
		scale[j] = 1 / (float64(v) + fisherFloor*mean)
		total += scale[j] / float64(len(square))
	}
	root := make([]float32, len(square))
	for j, v := range scale {
		root[j] = float32(math.Sqrt(v / total))
	}
	return root
}

// rootOf is the factor of pixel j's noise.
func (a adapted) rootOf(j int) float32 {
	if a.rootScale == nil {
		return 1
	}
	return a.rootScale[j]
}
