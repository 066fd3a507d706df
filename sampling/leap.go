package sampling

import "fmt"

// Fused is what an energy may offer besides: several Langevin steps at once, on the device
// where its network lies. Their noise is that of the same counters, computed there.
type Fused interface {
	Energy
	// Leap makes the steps; ok is false where it cannot: for such a condition, or noise
	// that is not the generator's.
	Leap(l Leap) (made Leapt, ok bool, err error)
}

// Leap is several Langevin steps to be made at once, each as single ones are made.
type Leap struct {
	Key      Key
	First, N int // the number of the first step, which is that of its noise, and how many
	X        Images
	Langevin Langevin
	Tether   Tether // added to the energy; without pictures: none
	Keep     *Mask  // applied after every step; nil: none
}

// Leapt is what several steps at once come to: the pictures after the last one, and of
// every step energies and gradients' norms as a State has them.
type Leapt struct {
	X     Images
	Steps []Reading
}

// Reading is a State's Energy and GradNorm in one step.
type Reading struct{ Energy, GradNorm []float32 }

// Words are the two words of the generator's key for an image of the batch; ok is false
// where the key's numbers are not the generator's: of recorded keys.
func (k Key) Words(stream Stream, image int) (k0, k1 uint32, ok bool) {
	if k.given != nil {
		return 0, 0, false
	}
	k0, k1 = k.fold(stream, image)
	return k0, k1, true
}

// Heat is what a tempered key multiplies the normals of steps by, one number a pixel, which
// the caller does not change; nil: nothing.
func (k Key) Heat() []float32 { return k.heat }

// leap makes as many steps at once as the walk asks for, where the stage has plain Langevin
// steps left for them and an energy that offers it; ok is false where it does not, and
// where a chain meets a number that is not finite: single steps say in which.
func (w walker) leap(s State) (_ State, ok bool, err error) {
	n := w.fuse
	l, langevin := w.stage.Kernel.(Langevin)
	e, fused := w.stage.Energy.(Fused)
	if n < 2 || w.stage.Steps-s.Walked < n || !langevin || !fused || s.Held != nil || w.stopsWithin(s.Step, n) {
		return s, false, nil
	}
	if g := w.stage.Weighing; g != nil && s.Walked < g.Ramp {
		return s, false, nil
	}
	if err := cause(w.ctx); err != nil {
		return s, false, err
	}
	leap := Leap{Key: w.key, First: s.Step, N: n, X: s.X, Langevin: l, Keep: w.stage.Keep}
	if w.stage.Tether != 0 {
		leap.Tether = Tether{To: s.entry, K: w.stage.Tether}
	}
	if err := leap.check(); err != nil {
		return s, false, err
	}
	made, ok, err := e.Leap(leap)
	if err != nil || !ok {
		return s, false, err
	}
	if err := made.check(leap); err != nil {
		return s, false, fmt.Errorf("leap: %w", err)
	}
	last := made.Steps[n-1]
	next := s
	next.Step, next.Walked, next.Evaluations = s.Step+n, s.Walked+n, s.Evaluations+n
	next.X, next.Energy, next.GradNorm, next.Passed = made.X, last.Energy, last.GradNorm, made.Steps[:n-1]
	next.Accepted, next.at, next.Weights = nil, nil, s.Weights.rested()
	if next.diverges() {
		return s, false, nil
	}
	next, err = w.leave(settled(s, next))
	return next, true, err
}

// stopsWithin reports whether a state between two of n steps from step on is asked for.
func (w walker) stopsWithin(step, n int) bool {
	for _, stop := range w.stops {
		if step < stop && stop < step+n {
			return true
		}
	}
	return false
}

// check reports a tether or a mask that does not suit the pictures, as single steps do.
func (l Leap) check() error {
	if l.Tether.To.N > 0 {
		if err := l.Tether.check(l.X); err != nil {
			return err
		}
	}
	if l.Keep == nil {
		return nil
	}
	return l.Keep.fits(l.X)
}

// check reports the first way in which a leap is not what was asked for.
func (m Leapt) check(l Leap) error {
	if len(m.Steps) != l.N {
		return fmt.Errorf("found %d steps, want %d", len(m.Steps), l.N)
	}
	for _, r := range m.Steps {
		if err := checkAnswer(l.X, r.Energy, m.X); err != nil {
			return err
		}
		if len(r.GradNorm) != l.X.N {
			return fmt.Errorf("gradient norms: found %d, want one for each of %d pictures", len(r.GradNorm), l.X.N)
		}
	}
	return nil
}

// diverges reports whether a chain that had not diverged before has met a number that is
// not finite in one of the steps made at once.
func (s State) diverges() bool {
	for i := range s.X.N {
		if s.frozen(i) {
			continue
		}
		for _, r := range s.Passed {
			if !finite(r.Energy[i]) || !finite(r.GradNorm[i]) {
				return true
			}
		}
		if !finiteAt(s, i) {
			return true
		}
	}
	return false
}
