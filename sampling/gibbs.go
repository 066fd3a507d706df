package sampling

import (
	"fmt"
	"math"
	"slices"
)

// DiffusiveGibbs goes between modes by noise (Chen and others, arXiv:2402.03008): beside
// the pictures x it keeps noised ones z = x + sigma N(0,1), and draws each given the other,
// so that the density of x stays exp(-E) for every sigma. A cycle is
//
//	Moves steps of Kernel under E(x) + |x-z|^2/(2 sigma^2),
//	one step that draws z anew and proposes an x for it, accepted or refused,
//
// every step of one evaluation. The proposal is x' = m(z) + tau N(0,1), m(z) = z and tau =
// sigma unless Back says otherwise, accepted with the probability
//
//	min(1, p(x'|z) q(x|z) / (p(x|z) q(x'|z))),  p(x|z) = exp(-E(x) - |x-z|^2/(2 sigma^2)),
//
// which is exp(E(x) - E(x')) where Back is nil. On a level of CDRL's ladder p(x|z) is
// the recovery energy, z a picture of the noisier level, and m its initializer.
type DiffusiveGibbs struct {
	Deviations []float64 // sigma, in pixel units; cycles take them in turn
	Moves      int       // steps of Kernel in a cycle, 0 or more
	// Kernel leaves the energy that it is given as it is: MALA or HMC. A Langevin kernel
	// brings in its bias.
	Kernel Kernel
	// Tied says that the stage was entered with noised pictures of the first deviation,
	// which the first cycle's moves are tied to; otherwise those are tied to none.
	Tied   bool
	Back   Proposer // tells m and tau; nil: z and sigma
	Lo, Hi float32  // pixel range: proposals that leave it are refused; equal: none
}

// Noising is how the pictures of a stage are noised to those with which it was entered:
// what DiffusiveGibbs needs to go back and forth between them.
type Noising struct {
	Deviation float64
	Back      Proposer // may be nil
}

// Proposer proposes pictures for noised ones: normal distributions of a mean and one
// deviation. Proposers that propose the same are reflect.DeepEqual.
type Proposer interface {
	Propose(z Images) (mean Images, deviation float64, err error)
}

// tie are the noised pictures of a state.
type tie struct {
	to        Images
	deviation float64
}

func (t *tie) of(images []int) *tie {
	if t == nil {
		return nil
	}
	return &tie{t.to.of(images), t.deviation}
}

// term is |x-z|^2/(2 sigma^2).
func (t *tie) term() Term {
	return Term{1, Tether{To: t.to, K: 1 / (2 * t.deviation * t.deviation)}}
}

// Check reports the first field out of its range.
func (d DiffusiveGibbs) Check() error {
	errs := []error{checkNumber("moves", float64(d.Moves), 0), checkBounds(d.Lo, d.Hi)}
	for _, sigma := range d.Deviations {
		errs = append(errs, checkNumber("deviation", sigma, math.SmallestNonzeroFloat32))
	}
	switch c, checks := d.Kernel.(interface{ Check() error }); {
	case len(d.Deviations) == 0:
		errs = append(errs, fmt.Errorf("found no deviations, want at least one"))
	case d.Moves > 0 && d.Kernel == nil:
		errs = append(errs, fmt.Errorf("found no kernel for %d moves", d.Moves))
	case checks:
		errs = append(errs, c.Check())
	}
	return prefixed("diffusive gibbs", firstError(errs...))
}

// Step makes a move of the cycle, or ends it. Masks and tempered keys are as for MALA.
func (d DiffusiveGibbs) Step(k Key, s State, e Energy) (State, error) {
	if s.tie == nil && d.Tied {
		s.tie, s.at = &tie{s.entry, d.Deviations[0]}, nil
	}
	step := d.renew
	if s.Walked%(d.Moves+1) < d.Moves {
		step = d.move
	}
	next, err := step(k, s, e)
	return next, prefixed("diffusive gibbs", err)
}

// move makes a step of Kernel.
func (d DiffusiveGibbs) move(k Key, s State, e Energy) (State, error) {
	if s.tie == nil {
		return d.Kernel.Step(k, s, e)
	}
	here, err := s.untied(e)
	if err != nil {
		return s, err
	}
	if s.at, err = here.tied(s.tie, s.X); err != nil {
		return s, err
	}
	tied := &tiedEnergy{of: e, tie: s.tie}
	next, err := d.Kernel.Step(k, s, tied)
	if err != nil {
		return s, err
	}
	if next.at = nil; next.Accepted != nil {
		next.at, err = here.after(tied.last, next.Accepted).tied(s.tie, next.X)
	}
	return next, err
}

// renew draws z given x, and proposes an x for it.
func (d DiffusiveGibbs) renew(k Key, s State, e Energy) (State, error) {
	held, err := s.held(k)
	if err != nil {
		return s, err
	}
	here, err := s.untied(e)
	if err != nil {
		return s, err
	}
	cycle := s.Walked/(d.Moves+1) + 1
	z := &tie{NewImages(s.X.N, s.X.C, s.X.H, s.X.W), d.Deviations[cycle%len(d.Deviations)]}
	proposal := NewImages(s.X.N, s.X.C, s.X.H, s.X.W)
	if err := firstError(k.Normals(StreamStep, s.Step, z.to), k.Normals(StreamRenew, s.Step, proposal)); err != nil {
		return s, err
	}
	for j, v := range s.X.Data {
		z.to.Data[j] = v + float32(z.deviation)*z.to.Data[j]
	}
	mean, deviation := z.to, z.deviation
	if d.Back != nil {
		if mean, deviation, err = d.Back.Propose(z.to); err != nil {
			return s, fmt.Errorf("propose: %w", err)
		}
	}
	for i := range proposal.N {
		x, m, y := s.X.Image(i), mean.Image(i), proposal.Image(i)
		for j, n := range y {
			if y[j] = m[j] + float32(deviation)*n; held != nil && held[j%len(held)] {
				y[j] = x[j]
			}
		}
	}
	there, err := newEvaluation(e, proposal)
	if err != nil {
		return s, err
	}
	next, err := s.decide(k, proposal, here, there, Adapt{}, make([]adapted, s.X.N), 1, func(i int) float64 {
		x, y := s.X.Image(i), proposal.Image(i)
		if outside(y, d.Lo, d.Hi) {
			return math.Inf(-1)
		}
		log := float64(here.energy[i]) - float64(there.energy[i])
		if d.Back != nil {
			log += (squaredDistance(x, z.to.Image(i)) - squaredDistance(y, z.to.Image(i))) / (2 * z.deviation * z.deviation)
			log += (squaredDistance(y, mean.Image(i)) - squaredDistance(x, mean.Image(i))) / (2 * deviation * deviation)
		}
		return log
	})
	if err != nil {
		return s, err
	}
	next.adapted, next.tie = s.adapted, z
	next.at, err = next.at.tied(z, next.X)
	return next, err
}

// untied is the evaluation at the state's pictures without their tie.
func (s State) untied(e Energy) (*evaluation, error) {
	if s.at != nil && s.tie != nil {
		return s.at.untied, nil
	}
	return s.evaluation(e)
}

// tied is an evaluation with a tie besides.
func (v *evaluation) tied(t *tie, x Images) (*evaluation, error) {
	e, err := newEvaluation(Sum{{1, given{v.energy, v.grad}}, t.term()}, x)
	if err == nil {
		e.untied = v
	}
	return e, err
}

// after is what is known after proposals were accepted or refused.
func (v *evaluation) after(proposed *evaluation, accepted []float32) *evaluation {
	next := &evaluation{energy: slices.Clone(v.energy), grad: v.grad.Clone(), gradNorm: slices.Clone(v.gradNorm)}
	for i, yes := range accepted {
		if yes == 1 {
			next.energy[i], next.gradNorm[i] = proposed.energy[i], proposed.gradNorm[i]
			copy(next.grad.Image(i), proposed.grad.Image(i))
		}
	}
	return next
}

// tiedEnergy is an energy with a tie, which remembers what the energy alone was last
// evaluated to.
type tiedEnergy struct {
	of   Energy
	tie  *tie
	last *evaluation
}

// Value returns the energies.
func (t *tiedEnergy) Value(x Images) ([]float32, error) {
	return Sum{{1, t.of}, t.tie.term()}.Value(x)
}

// Eval returns the energies and their gradients.
func (t *tiedEnergy) Eval(x Images) ([]float32, Images, error) {
	last, err := newEvaluation(t.of, x)
	if err != nil {
		return nil, Images{}, err
	}
	t.last = last
	return Sum{{1, given{last.energy, last.grad}}, t.tie.term()}.Eval(x)
}

// outside reports whether a value leaves lo..hi; equal: none does.
func outside(v []float32, lo, hi float32) bool {
	if lo == hi {
		return false
	}
	for _, x := range v {
		if !(x >= lo && x <= hi) {
			return true
		}
	}
	return false
}
