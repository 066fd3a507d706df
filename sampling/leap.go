package sampling

import "fmt"

// Fused is what an energy may offer besides: several Langevin steps at once, on the device
// where its network lies. Their noise is that of the same counters, computed there.
type Fused interface {
	Energy
	// Leap makes n steps of l on pictures, the first with the noise of that step; ok is
	// false where it cannot: for such a condition, or noise that is not the generator's.
	Leap(k Key, step int, x Images, l Langevin, n int) (leap Leap, ok bool, err error)
}

// Leap is what several steps at once come to: pictures, and the energies and gradients'
// norms of those that the last step began with, as a State has them.
type Leap struct {
	X                Images
	Energy, GradNorm []float32
}

// Words are the two words of the generator's key for an image of the batch; ok is false
// where the key's normals are not the generator's alone: of recorded and tempered keys.
func (k Key) Words(stream Stream, image int) (k0, k1 uint32, ok bool) {
	if k.given != nil || k.heat != nil {
		return 0, 0, false
	}
	k0, k1 = k.fold(stream, image)
	return k0, k1, true
}

// leap makes as many steps at once as the walk asks for, where the stage has plain Langevin
// steps left for them and an energy that offers it; ok is false where it does not.
func (w walker) leap(s State) (_ State, ok bool, err error) {
	n := w.fuse
	l, langevin := w.stage.Kernel.(Langevin)
	e, fused := w.stage.Energy.(Fused)
	if n < 2 || w.stage.Steps-s.Walked < n || !langevin || !fused ||
		w.stage.Tether != 0 || w.stage.Keep != nil || w.stage.Weighing != nil || s.Held != nil {
		return s, false, nil
	}
	if err := cause(w.ctx); err != nil {
		return s, false, err
	}
	leap, ok, err := e.Leap(w.key, s.Step, s.X, l, n)
	if err != nil || !ok {
		return s, false, err
	}
	if err := leap.X.Check(s.X.C, s.X.H, s.X.W); err != nil || leap.X.N != s.X.N {
		return s, false, fmt.Errorf("leap: found %d pictures, want %d: %w", leap.X.N, s.X.N, err)
	}
	next := s
	next.Step, next.Walked, next.Evaluations = s.Step+n, s.Walked+n, s.Evaluations+n
	next.X, next.Energy, next.GradNorm, next.Accepted, next.at = leap.X, leap.Energy, leap.GradNorm, nil, nil
	next, err = w.leave(settled(s, next))
	return next, true, err
}
