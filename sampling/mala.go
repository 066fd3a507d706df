package sampling

import (
	"errors"
	"fmt"
	"math"
)

// MALA is the Metropolis-adjusted Langevin algorithm (Roberts and Tweedie, 1996):
// the proposal y = x - Delta^2/2 g(x) + Delta N(0,1), g = clamp(dE/dx, -Clip,
// Clip), is accepted with probability
//
//	min(1, exp(E(x) - E(y)) q(x|y) / q(y|x)),
//	q(y|x) proportional to exp(-|y - x + Delta^2/2 g(x)|^2 / (2 Delta^2))
//
// so that the chain's distribution is exp(-E) for every Delta. A step costs one
// evaluation, at y; that of x is remembered from the step before.
type MALA struct {
	Delta  float64 // step, in pixel units, above 0
	Clip   float64 // largest gradient entry of the proposal; 0 or infinite: none
	Lo, Hi float32 // pixel range: proposals that leave it are refused; equal: none
}

// Check reports the first field out of its range.
func (m MALA) Check() error {
	return prefixed("mala", firstError(
		checkNumber("delta", m.Delta, math.SmallestNonzeroFloat32), checkClip(m.Clip), checkBounds(m.Lo, m.Hi),
	))
}

// Step proposes a move of every picture and accepts or refuses it. Pixels that the
// stage's mask holds do not move; a mask with values between 0 and 1 is an error,
// since no proposal could respect it, and so is a tempered key.
func (m MALA) Step(k Key, s State, e Energy) (State, error) {
	next, err := m.step(k, s, e)
	return next, prefixed("mala", err)
}

func (m MALA) step(k Key, s State, e Energy) (State, error) {
	if k.heat != nil {
		return s, errors.New("found local temperatures, want none: it accepts and refuses so that the chain's density is exp(-E), which has one temperature")
	}
	held, err := m.held(s)
	if err != nil {
		return s, err
	}
	here, err := s.evaluation(e)
	if err != nil {
		return s, err
	}
	proposal := NewImages(s.X.N, s.X.C, s.X.H, s.X.W)
	err = eachImage(proposal, func(i int) error {
		y := proposal.Image(i)
		if err := k.Normal(StreamStep, i, s.Step, y); err != nil {
			return err
		}
		m.propose(y, s.X.Image(i), here.grad.Image(i), held)
		return nil
	})
	if err != nil {
		return s, err
	}
	there, err := newEvaluation(e, proposal)
	if err != nil {
		return s, err
	}
	accepted := make([]float32, s.X.N)
	err = eachImage(proposal, func(i int) error {
		var u [1]float32
		if err := k.Uniform(StreamAccept, i, s.Step, u[:]); err != nil {
			return err
		}
		if math.Log(float64(u[0])) < m.logAcceptance(s.X, proposal, here, there, i, held) {
			accepted[i] = 1
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	at := merge(s.X, proposal, here, there, accepted)
	next := s.after(proposal, here)
	next.Accepted, next.at = accepted, at
	return next, nil
}

// propose turns y, which holds the noise, into the proposal from x.
func (m MALA) propose(y, x, grad []float32, held []bool) {
	drift, delta, clip := float32(m.Delta*m.Delta/2), float32(m.Delta), clipLimit(m.Clip)
	for j, v := range x {
		if held != nil && held[j%len(held)] {
			y[j] = v
			continue
		}
		y[j] = v - float32(drift*clamp(grad[j], -clip, clip)) + float32(delta*y[j])
	}
}

// logAcceptance is log(exp(E(x)-E(y)) q(x|y)/q(y|x)) of picture i; minus infinity
// where the proposal leaves the range or has no finite energy and gradient.
func (m MALA) logAcceptance(x, y Images, here, there *evaluation, i int, held []bool) float64 {
	refuse := math.Inf(-1)
	if !finite(there.energy[i]) || !finite(there.gradNorm[i]) {
		return refuse
	}
	a, b := x.Image(i), y.Image(i)
	ga, gb := here.grad.Image(i), there.grad.Image(i)
	drift, clip := m.Delta*m.Delta/2, clipLimit(m.Clip)
	var forward, back float64
	for j := range b {
		if held != nil && held[j%len(held)] {
			continue
		}
		if m.Lo != m.Hi && (b[j] < m.Lo || b[j] > m.Hi) {
			return refuse
		}
		d := float64(b[j]) - float64(a[j])
		f := d + drift*float64(clamp(ga[j], -clip, clip))
		r := -d + drift*float64(clamp(gb[j], -clip, clip))
		forward += f * f
		back += r * r
	}
	return float64(here.energy[i]) - float64(there.energy[i]) + (forward-back)/(2*m.Delta*m.Delta)
}

// held lists the pixels of one channel that may not move; nil for none.
func (m MALA) held(s State) ([]bool, error) {
	if s.keep == nil {
		return nil, nil
	}
	held := make([]bool, len(s.keep.M))
	for j, v := range s.keep.M {
		if v != 0 && v != 1 {
			return nil, fmt.Errorf("mask: found %v at row %d, column %d, want 0 or 1", v, j/s.keep.W, j%s.keep.W)
		}
		held[j] = v == 0
	}
	return held, nil
}

// merge puts the pictures that were refused back into the proposal, and returns
// energy and gradient of what it then holds.
func merge(x, proposal Images, here, there *evaluation, accepted []float32) *evaluation {
	for i, yes := range accepted {
		if yes == 0 {
			copy(proposal.Image(i), x.Image(i))
			copy(there.grad.Image(i), here.grad.Image(i))
			there.energy[i], there.gradNorm[i] = here.energy[i], here.gradNorm[i]
		}
	}
	return there
}

func finite(v float32) bool { return v-v == 0 }
