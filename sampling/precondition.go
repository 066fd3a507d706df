package sampling

import "math"

// Preconditioned is the unadjusted Langevin step with a scale for every pixel,
//
//	x <- clamp(x - Delta^2/2 P clamp(dE/dx, -Clip, Clip) + Delta sqrt(P) N(0,1), Lo, Hi),
//
// P = 1/mean(g^2), scaled to a mean of 1, from the history of the chain's own gradients
// (as Adapt.Fisher; the idea of Li and others, 2016, with Titsias' matrix, 2023). P grows
// in the first Learn steps and then stays: a P that goes on with the chain would need the
// derivative of P by x to leave exp(-E) as it is. What was walked before is to be thrown
// away. One evaluation a step.
type Preconditioned struct {
	Delta  float64 // step, in pixel units, above 0
	Clip   float64 // largest gradient entry; 0 or infinite: none
	Lo, Hi float32 // pixel range; equal: no clamp
	Learn  int     // steps in which P is learnt; 0: P is 1
}

// Check reports the first field out of its range.
func (p Preconditioned) Check() error {
	return prefixed("preconditioned langevin", firstError(
		checkNumber("delta", p.Delta, math.SmallestNonzeroFloat32), checkClip(p.Clip), checkBounds(p.Lo, p.Hi), Adapt{Steps: p.Learn, Target: 0.5}.check(),
	))
}

// Step makes one step of every picture.
func (p Preconditioned) Step(k Key, s State, e Energy) (State, error) {
	next, err := p.step(k, s, e)
	return next, prefixed("preconditioned langevin", err)
}

func (p Preconditioned) step(k Key, s State, e Energy) (State, error) {
	known, err := s.adaptation(p.Delta)
	if err != nil {
		return s, err
	}
	by, err := s.evaluation(e)
	if err != nil {
		return s, err
	}
	x, learnt := NewImages(s.X.N, s.X.C, s.X.H, s.X.W), make([]adapted, s.X.N)
	err = eachImage(x, func(i int) error {
		if learnt[i] = known[i]; known[i].steps < p.Learn {
			learnt[i].steps++
			learnt[i] = learnt[i].remember(by.grad.Image(i), 1) // nothing refuses a first step that is too wide
		}
		y := x.Image(i)
		if err := k.Normal(StreamStep, i, s.Step, y); err != nil {
			return err
		}
		MALA{Clip: p.Clip}.propose(y, s.X.Image(i), by.grad.Image(i), learnt[i], nil)
		if p.Lo != p.Hi {
			for j, v := range y {
				y[j] = clamp(v, p.Lo, p.Hi)
			}
		}
		return nil
	})
	next := s.after(x, by)
	next.adapted = learnt
	return next, err
}
