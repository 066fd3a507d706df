package sampling

import (
	"errors"
	"math"
)

// Unadjusted is [Langevin], to the bit, which also tells how far its steps are from
// those of a chain with a density: State.Accepted is the probability with which a
// Metropolis-Hastings test would have accepted each step, for the density exp(-E/T) of
// the step's own temperature,
//
//	min(1, exp((E(x) - E(y))/T) q(x|y) / q(y|x)),  T = Noise^2 / (2 StepSize),
//	q(y|x) proportional to exp(-|y - x + StepSize g(x)|^2 / (2 Noise^2)),
//
// g being the clipped gradient (Roberts and Tweedie, 1996). Values of a step that ends
// or begins at the edge of the range, where it was cut off, are left out of q. A step
// costs one evaluation, like Langevin's; the last one of a stage costs another.
type Unadjusted struct{ Langevin }

// Temperature is T.
func (l Langevin) Temperature() float64 { return l.Noise * l.Noise / (2 * l.StepSize) }

// Check reports the first field out of its range, and steps without a density: those
// without noise, without a gradient, or with the noise first.
func (u Unadjusted) Check() error {
	err := u.check()
	if err == nil && (u.StepSize == 0 || u.Noise == 0 || u.NoiseFirst) {
		err = errors.New("found a step without gradient or without noise, or with the noise first, want one that a test can judge")
	}
	return prefixed("unadjusted langevin", err)
}

// Step is that of [Langevin.Step].
func (u Unadjusted) Step(k Key, s State, e Energy) (State, error) {
	next, err := u.told(k, s, e)
	return next, prefixed("unadjusted langevin", err)
}

func (u Unadjusted) told(k Key, s State, e Energy) (State, error) {
	here, err := s.evaluation(e)
	if err != nil {
		return s, err
	}
	s.at = here
	next, err := u.step(k, s, e)
	if err != nil {
		return s, err
	}
	there, err := newEvaluation(e, next.X)
	if err != nil {
		return s, err
	}
	accepted := make([]float32, s.X.N)
	for i := range accepted {
		accepted[i] = float32(math.Exp(min(0, u.logAcceptance(s.X.Image(i), next.X.Image(i), here, there, i))))
	}
	next.Accepted, next.at = accepted, there
	return next, nil
}

// logAcceptance is the logarithm of the ratio of picture i's step from x to y; not a
// number where an energy is none.
func (u Unadjusted) logAcceptance(x, y []float32, here, there *evaluation, i int) float64 {
	ga, gb, clip := here.grad.Image(i), there.grad.Image(i), clipLimit(u.Clip)
	edge := func(v float32) bool { return u.Lo != u.Hi && (v <= u.Lo || v >= u.Hi) }
	var forward, back float64
	for j, v := range x {
		if edge(v) || edge(y[j]) {
			continue
		}
		d := float64(y[j]) - float64(v)
		f := d + u.StepSize*float64(clamp(ga[j], -clip, clip))
		r := -d + u.StepSize*float64(clamp(gb[j], -clip, clip))
		forward += f * f
		back += r * r
	}
	return (float64(here.energy[i])-float64(there.energy[i]))/u.Temperature() + (forward-back)/(2*u.Noise*u.Noise)
}
