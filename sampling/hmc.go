package sampling

import "math"

// HMC is Hamiltonian Monte Carlo (Duane and others, 1987; Neal, 2011): every step
// draws momenta p from N(0,1), walks Leaps leapfrog steps
//
//	p <- p - Delta/2 dE/dx,  x <- x + Delta p,  p <- p - Delta/2 dE/dx
//
// and accepts the end with probability min(1, exp(H(x,p) - H(x',p'))), H = E +
// |p|^2/2, so that the chain's distribution is exp(-E) for every Delta. A wall of
// the pixel range turns the momentum back, which keeps volume and can be walked
// backwards. With scales P (Adapt.Fisher) the momenta have the variance 1/P. A step
// costs Leaps evaluations; that of x is remembered from the step before.
type HMC struct {
	Delta  float64 // leapfrog step, in pixel units, above 0
	Leaps  int     // leapfrog steps of one proposal, 1 or more
	Lo, Hi float32 // pixel range, whose ends reflect; equal: none
	Adapt  Adapt   // lets the chains find Delta and scales
}

// Check reports the first field out of its range.
func (h HMC) Check() error {
	return prefixed("hmc", firstError(
		checkNumber("delta", h.Delta, math.SmallestNonzeroFloat32), checkNumber("leaps", float64(h.Leaps), 1),
		checkBounds(h.Lo, h.Hi), h.Adapt.check(),
	))
}

// Step proposes a move of every picture and accepts or refuses it. Pixels that the
// stage's mask holds do not move; a mask with values between 0 and 1 is an error,
// since no proposal could respect it.
func (h HMC) Step(k Key, s State, e Energy) (State, error) {
	next, err := h.step(k, s, e)
	return next, prefixed("hmc", err)
}

func (h HMC) step(k Key, s State, e Energy) (State, error) {
	held, err := s.held(k)
	if err != nil {
		return s, err
	}
	known, err := s.adaptation(h.Delta)
	if err != nil {
		return s, err
	}
	here, err := s.evaluation(e)
	if err != nil {
		return s, err
	}
	p := NewImages(s.X.N, s.X.C, s.X.H, s.X.W)
	err = eachImage(p, func(i int) error { return h.momenta(k, s.Step, i, p.Image(i), held) })
	if err != nil {
		return s, err
	}
	kinetic := make([]float64, s.X.N)
	for i := range kinetic {
		kinetic[i] = squaredNorm(p.Image(i)) / 2
	}
	y, there, err := h.trajectory(s.X.Clone(), p, here, known, held, e)
	if err != nil {
		return s, err
	}
	return s.decide(k, y, here, there, h.Adapt, known, h.Delta, func(i int) float64 {
		return float64(here.energy[i]) + kinetic[i] - float64(there.energy[i]) - squaredNorm(p.Image(i))/2
	})
}

// momenta draws picture i's momenta; pixels that are held have none.
func (h HMC) momenta(k Key, step, i int, p []float32, held []bool) error {
	if err := k.Normal(StreamStep, i, step, p); err != nil {
		return err
	}
	for j := range p {
		if held != nil && held[j%len(held)] {
			p[j] = 0
		}
	}
	return nil
}

// trajectory walks x and p, which it writes to, and returns where they end.
func (h HMC) trajectory(x, p Images, here *evaluation, known []adapted, held []bool, e Energy) (Images, *evaluation, error) {
	at := here
	kick := func(i int) {
		p, g := p.Image(i), at.grad.Image(i)
		half := float32(known[i].delta / 2)
		for j := range p {
			if held == nil || !held[j%len(held)] {
				p[j] -= float32(half * known[i].rootOf(j) * g[j])
			}
		}
	}
	for range h.Leaps {
		err := eachImage(x, func(i int) error {
			kick(i)
			x, p := x.Image(i), p.Image(i)
			delta := float32(known[i].delta)
			for j := range x {
				if held == nil || !held[j%len(held)] {
					x[j], p[j] = bounce(x[j]+float32(delta*known[i].rootOf(j)*p[j]), p[j], h.Lo, h.Hi)
				}
			}
			return nil
		})
		if err != nil {
			return x, nil, err
		}
		if at, err = newEvaluation(e, x); err != nil {
			return x, nil, err
		}
		err = eachImage(x, func(i int) error { kick(i); return nil })
		if err != nil {
			return x, nil, err
		}
	}
	return x, at, nil
}

// bounce folds a place into lo..hi as walls do, and turns the momentum with every
// second fold.
func bounce(v, p, lo, hi float32) (float32, float32) {
	if lo == hi || (v >= lo && v <= hi) || !finite(v) {
		return v, p
	}
	width := float64(hi) - float64(lo)
	folds := math.Floor((float64(v) - float64(lo)) / width)
	rest := float32(float64(v) - float64(lo) - folds*width)
	if math.Mod(folds, 2) == 0 {
		return min(lo+rest, hi), p
	}
	return max(hi-rest, lo), -p
}
