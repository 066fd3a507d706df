package sampling

import (
	"errors"
	"fmt"
	"math"
)

// MALA is the Metropolis-adjusted Langevin algorithm (Roberts and Tweedie, 1996):
// the proposal y = x - Delta^2/2 P g(x) + Delta sqrt(P) N(0,1), g = clamp(dE/dx,
// -Clip, Clip), is accepted with probability
//
//	min(1, exp(E(x) - E(y)) q(x|y) / q(y|x)),
//	q(y|x) proportional to exp(-|P^(-1/2) (y - x + Delta^2/2 P g(x))|^2 / (2 Delta^2))
//
// so that the chain's distribution is exp(-E) for every Delta. The scales P of the
// pixels are 1, or those that Adapt found. A step costs one evaluation, at y; that
// of x is remembered from the step before.
type MALA struct {
	Delta  float64 // step, in pixel units, above 0
	Clip   float64 // largest gradient entry of the proposal; 0 or infinite: none
	Lo, Hi float32 // pixel range: proposals that leave it are refused; equal: none
	Adapt  Adapt   // lets the chains find Delta and scales
}

// Check reports the first field out of its range.
func (m MALA) Check() error {
	return prefixed("mala", firstError(
		checkNumber("delta", m.Delta, math.SmallestNonzeroFloat32), checkClip(m.Clip), checkBounds(m.Lo, m.Hi), m.Adapt.check(),
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
	held, err := s.held(k)
	if err != nil {
		return s, err
	}
	known, err := s.adaptation(m.Delta)
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
		m.propose(y, s.X.Image(i), here.grad.Image(i), known[i], held)
		return nil
	})
	if err != nil {
		return s, err
	}
	there, err := newEvaluation(e, proposal)
	if err != nil {
		return s, err
	}
	return s.decide(k, proposal, here, there, m.Adapt, known, m.Delta, func(i int) float64 {
		return m.logAcceptance(s.X, proposal, here, there, i, known[i], held)
	})
}

// decide accepts or refuses the proposals, which it writes to, by the logarithms of
// their acceptance, and lets the chains adapt.
func (s State) decide(k Key, proposal Images, here, there *evaluation, adapt Adapt, known []adapted, delta float64, logAcceptance func(i int) float64) (State, error) {
	accepted := make([]float32, s.X.N)
	learnt := make([]adapted, s.X.N)
	err := eachImage(proposal, func(i int) error {
		var u [1]float32
		if err := k.Uniform(StreamAccept, i, s.Step, u[:]); err != nil {
			return err
		}
		log := math.Inf(-1)
		if finite(there.energy[i]) && finite(there.gradNorm[i]) {
			log = logAcceptance(i)
		}
		probability := math.Exp(min(0, log))
		if math.IsNaN(probability) {
			probability = 0
		}
		if math.Log(float64(u[0])) < log {
			accepted[i] = 1
		}
		learnt[i] = adapt.next(known[i], delta, probability, here.grad.Image(i))
		return nil
	})
	if err != nil {
		return s, err
	}
	at := merge(s.X, proposal, here, there, accepted)
	next := s.after(proposal, here)
	next.Accepted, next.at, next.adapted = accepted, at, learnt
	return next, nil
}

// propose turns y, which holds the noise, into the proposal from x.
func (m MALA) propose(y, x, grad []float32, by adapted, held []bool) {
	drift, delta, clip := float32(by.delta*by.delta/2), float32(by.delta), clipLimit(m.Clip)
	for j, v := range x {
		if held != nil && held[j%len(held)] {
			y[j] = v
			continue
		}
		root := by.rootOf(j)
		y[j] = v - float32(drift*root*root*clamp(grad[j], -clip, clip)) + float32(delta*root*y[j])
	}
}

// logAcceptance is log(exp(E(x)-E(y)) q(x|y)/q(y|x)) of picture i; minus infinity
// where the proposal leaves the range.
func (m MALA) logAcceptance(x, y Images, here, there *evaluation, i int, by adapted, held []bool) float64 {
	a, b := x.Image(i), y.Image(i)
	ga, gb := here.grad.Image(i), there.grad.Image(i)
	drift, clip := by.delta*by.delta/2, clipLimit(m.Clip)
	var forward, back float64
	for j := range b {
		if held != nil && held[j%len(held)] {
			continue
		}
		if m.Lo != m.Hi && (b[j] < m.Lo || b[j] > m.Hi) {
			return math.Inf(-1)
		}
		root := float64(by.rootOf(j))
		d := (float64(b[j]) - float64(a[j])) / root
		f := d + drift*root*float64(clamp(ga[j], -clip, clip))
		r := -d + drift*root*float64(clamp(gb[j], -clip, clip))
		forward += f * f
		back += r * r
	}
	return float64(here.energy[i]) - float64(there.energy[i]) + (forward-back)/(2*by.delta*by.delta)
}

// held lists the pixels of one channel that the stage's mask does not let move; nil
// for none. It refuses what a kernel that accepts and refuses cannot respect.
func (s State) held(k Key) ([]bool, error) {
	if k.heat != nil {
		return nil, errors.New("found local temperatures, want none: it accepts and refuses so that the chain's density is exp(-E), which has one temperature")
	}
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
