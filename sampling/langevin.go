package sampling

import "math"

// Langevin is the unadjusted Langevin step as the families' authors run it:
//
//	x <- clamp(x - StepSize clamp(dE/dx, -Clip, Clip) + Noise N(0,1), Lo, Hi)
//
// (CLEL, Algorithm 1 and the authors' sampler). StepSize and Noise are
// independent, so its temperature is Noise^2/(2 StepSize); ULA gives the pair of
// temperature 1.
type Langevin struct {
	StepSize float64 // factor of the gradient, 0 or more
	Noise    float64 // standard deviation of the noise, in pixel units, 0 or more
	Clip     float64 // largest gradient entry; 0 or infinite: none
	Lo, Hi   float32 // pixel range; equal: no clamp
	// NoiseFirst adds the noise before the gradient is taken, as Improved
	// Contrastive Divergence does: y = x + Noise N(0,1), then
	// x <- clamp(y - StepSize clamp(dE/dy, -Clip, Clip), Lo, Hi).
	NoiseFirst bool
}

// ULA returns the unadjusted Langevin algorithm in its classical parameters,
// x <- x - delta^2/2 dE/dx + delta N(0,1), without clip or clamp. Its chain
// approaches exp(-E) as delta goes to 0.
func ULA(delta float64) Langevin {
	return Langevin{StepSize: delta * delta / 2, Noise: delta}
}

// Check reports the first field out of its range.
func (l Langevin) Check() error { return prefixed("langevin", l.check()) }

// Step makes one step of every picture with one evaluation.
func (l Langevin) Step(k Key, s State, e Energy) (State, error) {
	next, err := l.step(k, s, e)
	return next, prefixed("langevin", err)
}

func (l Langevin) check() error {
	return firstError(
		checkNumber("step size", l.StepSize, 0), checkNumber("noise", l.Noise, 0),
		checkClip(l.Clip), checkBounds(l.Lo, l.Hi),
	)
}

func (l Langevin) step(k Key, s State, e Energy) (State, error) {
	from, noise := s, l.Noise
	if l.NoiseFirst && noise != 0 {
		noised, err := addNoise(k, s, float32(noise))
		if err != nil {
			return s, err
		}
		from, noise = State{X: noised}, 0
	}
	by, err := from.evaluation(e)
	if err != nil {
		return s, err
	}
	next := NewImages(s.X.N, s.X.C, s.X.H, s.X.W)
	err = eachImage(next, func(i int) error {
		x := next.Image(i)
		if noise != 0 {
			if err := k.Normal(StreamStep, i, s.Step, x); err != nil {
				return err
			}
		}
		l.move(x, from.X.Image(i), by.grad.Image(i), float32(noise))
		return nil
	})
	if err != nil {
		return s, err
	}
	return s.after(next, by), nil
}

// move turns x, which holds the noise, into the next picture.
func (l Langevin) move(x, from, grad []float32, noise float32) {
	step, clip := float32(l.StepSize), clipLimit(l.Clip)
	lo, hi := l.Lo, l.Hi
	if lo == hi {
		lo, hi = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	from, grad = from[:len(x)], grad[:len(x)]
	for j, n := range x {
		v := from[j] - float32(step*clamp(grad[j], -clip, clip)) + float32(noise*n)
		x[j] = clamp(v, lo, hi)
	}
}

func addNoise(k Key, s State, noise float32) (Images, error) {
	noised := NewImages(s.X.N, s.X.C, s.X.H, s.X.W)
	err := eachImage(noised, func(i int) error {
		y := noised.Image(i)
		if err := k.Normal(StreamStep, i, s.Step, y); err != nil {
			return err
		}
		for j, v := range s.X.Image(i) {
			y[j] = v + float32(noise*y[j])
		}
		return nil
	})
	return noised, err
}

// Descent walks downhill without noise, x <- clamp(x - StepSize clamp(dE/dx,
// -Clip, Clip), Lo, Hi): towards the nearest local minimum.
type Descent struct {
	StepSize float64 // factor of the gradient, 0 or more
	Clip     float64 // largest gradient entry; 0 or infinite: none
	Lo, Hi   float32 // pixel range; equal: no clamp
}

// Check reports the first field out of its range.
func (d Descent) Check() error { return prefixed("descent", d.langevin().check()) }

// Step makes one step of every picture with one evaluation; the key is not used.
func (d Descent) Step(k Key, s State, e Energy) (State, error) {
	next, err := d.langevin().step(k, s, e)
	return next, prefixed("descent", err)
}

func (d Descent) langevin() Langevin {
	return Langevin{StepSize: d.StepSize, Clip: d.Clip, Lo: d.Lo, Hi: d.Hi}
}
