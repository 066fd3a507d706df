package sampling

import "slices"

// both are the energies B and C of a stage that is weighed, evaluated together.
type both struct {
	values [2][]float32
	grads  [2]Images
}

// weighedStep is step while the weights come in: they are brought up to date at the
// pictures, chains are drawn anew where that is due, and the kernel moves them under the
// energy that the weights have come to.
func (w walker) weighedStep(s State) (State, error) {
	g := w.stage.Weighing
	at, err := w.known(s)
	if err != nil {
		return s, err
	}
	s = s.weighed(at, g.Ramp)
	ends := s.Walked+1 == g.Ramp
	if ends && g.Last && g.Threshold > 0 && s.Weights.differ() || s.Weights.EffectiveSize < g.Threshold*float64(s.free()) {
		chosen, err := s.resampled(w.key)
		if err != nil {
			return s, err
		}
		at = at.of(chosen)
		if s, err = s.Of(chosen); err != nil {
			return s, err
		}
		s.Weights = s.Weights.equal()
	}
	b := &bridge{walker: w, share: float64(s.Walked+1) / float64(g.Ramp), entry: s.entry}
	if s.at, err = b.evaluation(at, s.X); err != nil {
		return s, err
	}
	next, err := w.stage.Kernel.Step(w.key, s, b)
	if err != nil {
		return s, err
	}
	next.at = nil
	if next.Accepted != nil {
		next.at, err = b.evaluation(at.after(b.last, next.Accepted), next.X)
	}
	return next, err
}

// known are B and C at the state's pictures.
func (w walker) known(s State) (*both, error) {
	if s.at != nil && s.at.both != nil {
		return s.at.both, nil
	}
	return w.evaluate(s.X)
}

// evaluate evaluates B and C.
func (w walker) evaluate(x Images) (*both, error) {
	if err := cause(w.ctx); err != nil {
		return nil, err
	}
	values, grads, err := evalTerms(x, w.terms())
	if err != nil {
		return nil, err
	}
	*w.evaluations++
	return &both{[2][]float32(values), [2]Images(grads)}, nil
}

// terms are B and C.
func (w walker) terms() []numberedTerm {
	return []numberedTerm{{Term{1, w.stage.Weighing.Base}, 0}, {Term{1, w.stage.Energy}, 1}}
}

// of is what is known of some of the chains.
func (b *both) of(chains []int) *both {
	next := &both{}
	for t := range b.values {
		next.values[t], next.grads[t] = of(b.values[t], chains), b.grads[t].of(chains)
	}
	return next
}

// after is what is known after proposals were accepted or refused.
func (b *both) after(proposed *both, accepted []float32) *both {
	next := &both{}
	for t := range b.values {
		next.values[t], next.grads[t] = slices.Clone(b.values[t]), b.grads[t].Clone()
		for i, yes := range accepted {
			if yes == 1 {
				next.values[t][i] = proposed.values[t][i]
				copy(next.grads[t].Image(i), proposed.grads[t].Image(i))
			}
		}
	}
	return next
}

// beyond is D = C - B of chain i.
func (b *both) beyond(i int) float64 { return float64(b.values[1][i]) - float64(b.values[0][i]) }

// leave notes D at the pictures that a weighed stage ends with, for the next one.
func (w walker) leave(s State) (State, error) {
	g := w.stage.Weighing
	if g == nil || g.Last || s.Walked < w.stage.Steps {
		return s, nil
	}
	if err := cause(w.ctx); err != nil {
		return s, err
	}
	values, err := valueTerms(s.X, w.terms())
	if err != nil {
		return s, err
	}
	at, next := both{values: [2][]float32(values)}, *s.Weights
	next.before = make([]float64, s.X.N)
	for i := range next.before {
		next.before[i] = at.beyond(i)
	}
	s.Weights = &next
	return s, nil
}

// bridge is the energy (1 - share) B + share C with the stage's tether, which remembers
// what it was last evaluated to.
type bridge struct {
	walker walker
	share  float64
	entry  Images
	last   *both
}

// Value returns the energies.
func (b *bridge) Value(x Images) ([]float32, error) {
	e, _, err := b.Eval(x)
	return e, err
}

// Eval returns the energies and their gradients.
func (b *bridge) Eval(x Images) ([]float32, Images, error) {
	at, err := b.walker.evaluate(x)
	if err != nil {
		return nil, Images{}, err
	}
	b.last = at
	return b.sum(at).Eval(x)
}

// evaluation joins what is known of B and C with the tether.
func (b *bridge) evaluation(at *both, x Images) (*evaluation, error) {
	e, err := newEvaluation(b.sum(at), x)
	if err == nil {
		e.both = at
	}
	return e, err
}

func (b *bridge) sum(at *both) Sum {
	s := Sum{{1 - b.share, given{at.values[0], at.grads[0]}}, {b.share, given{at.values[1], at.grads[1]}}}
	if k := b.walker.stage.Tether; k != 0 {
		s = append(s, Term{1, Tether{To: b.entry, K: k}})
	}
	return s
}

// given is an energy that was evaluated before.
type given struct {
	values []float32
	grad   Images
}

// Value returns the energies.
func (g given) Value(Images) ([]float32, error) { return g.values, nil }

// Eval returns the energies and their gradients.
func (g given) Eval(Images) ([]float32, Images, error) { return g.values, g.grad, nil }
