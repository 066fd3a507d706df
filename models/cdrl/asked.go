package cdrl

import (
	"fmt"
	"math"
	"slices"

	"ebmstudio/sampling"
)

// asked is what terms ask of networks of this family, at whatever noise level: classes
// with weights, network by network, and disjunctions of such. Every level adds up what
// the networks say there, at the same log-SNR:
//
//	F = B + (1+w) sum_k c_k (F_k - F_0k) + (1+w) sum_e c_e (F_e - F_0e)
//
// F_k being a network under class k, F_0k the same network under no class (the negative
// term of Eq. 13 and 14), F_e a disjunction, c the weights and w the guidance. B is what
// is asked of networks under no class; where nothing is, and of a single network always,
// it is F_0 of the first one. On one network this is [compose].
type asked struct {
	shares []share
	either []disjunction
	others []sampling.Term // energies of other families, alike on every level
}

// share is what is asked of one network.
type share struct {
	net     *network
	classes mixture
	plain   float64 // the weight of no class
}

// disjunction asks for any of several things.
type disjunction struct {
	weight, beta float64
	of           []asked
}

// asks is what classes ask of this network alone.
func (n *network) asks(classes mixture) asked {
	return asked{shares: []share{{net: n, classes: classes}}}
}

// read takes terms apart.
func (n *network) read(terms []sampling.Term) (asked, error) {
	var a asked
	for i, t := range terms {
		if err := n.take(&a, t.Weight, t.Energy); err != nil {
			return a, fmt.Errorf("term %d: %w", i+1, err)
		}
	}
	if len(a.shares) == 0 {
		a.of(n)
	}
	return a, nil
}

// take adds a weighted energy to what is asked.
func (n *network) take(a *asked, weight float64, e sampling.Energy) error {
	if !(math.Abs(weight) <= math.MaxFloat32) {
		return fmt.Errorf("found weight %v, want a finite number", weight)
	}
	switch e := e.(type) {
	case *energy:
		if err := n.sharesLevels(e.net); err != nil {
			return err
		}
		s := a.of(e.net)
		if len(e.mix) == 1 && e.mix[0].labels == nil {
			s.plain += weight * e.mix[0].weight
		}
		for _, p := range e.mix {
			if p.labels != nil {
				s.classes = append(s.classes, part{p.labels, weight * p.weight})
			}
		}
	case sampling.Sum:
		for _, t := range e {
			if err := n.take(a, weight*t.Weight, t.Energy); err != nil {
				return err
			}
		}
	case sampling.Any:
		d := disjunction{weight: weight, beta: e.Beta}
		for k, t := range e.Terms {
			alternative, err := n.read([]sampling.Term{t})
			if err != nil {
				return fmt.Errorf("alternative %d: %w", k+1, err)
			}
			if len(alternative.others) > 0 {
				return fmt.Errorf("alternative %d: found an energy without noise levels", k+1)
			}
			d.of = append(d.of, alternative)
			for _, s := range alternative.shares {
				a.of(s.net) // its negative term counts among this one's
			}
		}
		a.either = append(a.either, d)
	default:
		a.others = append(a.others, sampling.Term{Weight: weight, Energy: e})
	}
	return nil
}

// of is the share of a network, a new one where nothing was asked of it before.
func (a *asked) of(n *network) *share {
	i := slices.IndexFunc(a.shares, func(s share) bool { return s.net == n })
	if i < 0 {
		i, a.shares = len(a.shares), append(a.shares, share{net: n})
	}
	return &a.shares[i]
}

// sharesLevels reports a network whose energies cannot be added to this one's.
func (n *network) sharesLevels(other *network) error {
	a, b := n.schedule, other.schedule
	if slices.Equal(a.LogSNR, b.LogSNR) {
		return nil
	}
	return fmt.Errorf("found %d noise levels of log-SNR %.3g to %.3g, want %d of %.3g to %.3g: energies are added level by level, at the same log-SNR",
		len(b.Levels), b.Max, b.Min, len(a.Levels), a.Max, a.Min)
}

// together tells every network its classes of weight 1 at once.
func (a asked) together() asked {
	a.shares = slices.Clone(a.shares)
	for i := range a.shares {
		a.shares[i].classes = a.shares[i].classes.together()
	}
	return a
}

// conditional reports whether a class or a disjunction is asked for.
func (a asked) conditional() bool {
	return len(a.either) > 0 || slices.ContainsFunc(a.shares, func(s share) bool { return len(s.classes) > 0 })
}

// bases are the weights of B, network by network.
func (a asked) bases() []float64 {
	b, some := make([]float64, len(a.shares)), false
	for i, s := range a.shares {
		b[i] = s.plain
		some = some || s.plain != 0
	}
	if !some || len(b) == 1 && a.conditional() {
		clear(b)
		b[0] = 1
	}
	return b
}

// mixes are what the formula asks of each network; the disjunctions come besides. With
// product the terms under no class that it brings are left out where there is a class.
func (a asked) mixes(w float64, product bool) []mixture {
	base := a.bases()
	bare := product && a.conditional()
	all := make([]mixture, len(a.shares))
	for i, s := range a.shares {
		for _, p := range s.classes {
			weight := (1 + w) * p.weight
			all[i] = all[i].with(p.labels, weight)
			base[i] -= weight
		}
	}
	for _, d := range a.either {
		for i := range a.shares {
			if a.shares[i].net == d.of[0].shares[0].net {
				base[i] -= (1 + w) * d.weight
			}
		}
	}
	for i, s := range a.shares {
		if bare {
			if base[i] = s.plain; len(a.shares) == 1 {
				base[i] = 0
			}
		}
		if base[i] != 0 || all[i] == nil {
			all[i] = all[i].with(nil, base[i])
		}
		all[i] = all[i].trimmed()
	}
	return all
}

// weighs reports whether a mixture is anything but 0.
func (m mixture) weighs() bool {
	return slices.ContainsFunc(m, func(p part) bool { return p.weight != 0 })
}

// energy is what is asked, as the energy of one noise level for pictures in its scale
// divided by scale.
func (a asked) energy(l Level, scale, w float64, product bool) sampling.Sum {
	var sum sampling.Sum
	for i, m := range a.mixes(w, product) {
		t := sampling.Term{Weight: 1, Energy: &energy{net: a.shares[i].net, mix: m, level: l, scale: scale}}
		if !m.weighs() {
			t.Weight = 0
		}
		sum = append(sum, t)
	}
	for _, d := range a.either {
		sum = append(sum, sampling.Term{Weight: (1 + w) * d.weight, Energy: d.energy(l, scale)})
	}
	return sum
}

// energy is the soft minimum of the alternatives, each without guidance.
func (d disjunction) energy(l Level, scale float64) sampling.Any {
	either := sampling.Any{Beta: d.beta}
	for _, alternative := range d.of {
		either.Terms = append(either.Terms, sampling.Term{Weight: 1, Energy: alone(alternative.energy(l, scale, 0, false))})
	}
	return either
}

// alone is a sum of one term of weight 1 as that term.
func alone(s sampling.Sum) sampling.Energy {
	if len(s) == 1 && s[0].Weight == 1 {
		return s[0].Energy
	}
	return s
}

// proposals are what each network's initializer is asked: the same, with weights that
// add up to 1, since a plain product of means would be no picture.
func (a asked) proposals(w float64) []mixture {
	var total float64
	for _, s := range a.shares {
		total += max(0, s.plain)
	}
	a.shares = slices.Clone(a.shares)
	for i := range a.shares {
		if s := &a.shares[i]; total > 0 {
			s.plain = max(0, s.plain) / total
		} else {
			s.plain = 0
		}
	}
	return a.mixes(w, false)
}

// proposed is the mean of the proposals for pictures of a level (Eq. 6 and 12). Of a
// disjunction it has each alternative's as far as that is likely at what the first
// initializer proposes without classes.
func (a asked) proposed(x sampling.Images, l Level, w float64) (sampling.Images, error) {
	mean := sampling.NewImages(x.N, x.C, x.H, x.W)
	for i, m := range a.proposals(w) {
		if !m.weighs() {
			continue
		}
		y, err := a.shares[i].net.proposed(x, l, m)
		if err != nil {
			return mean, err
		}
		for j, v := range y.Data {
			mean.Data[j] += v
		}
	}
	for _, d := range a.either {
		if err := d.propose(x, l, (1+w)*d.weight, mean); err != nil {
			return mean, err
		}
	}
	return mean, nil
}

// propose adds the weighted proposals of the alternatives to a mean.
func (d disjunction) propose(x sampling.Images, l Level, weight float64, mean sampling.Images) error {
	at, err := d.of[0].shares[0].net.proposed(x, l, compose(nil, 0, false))
	if err != nil {
		return err
	}
	likely, err := d.energy(l, 1).Shares(at)
	if err != nil {
		return err
	}
	for k, alternative := range d.of {
		y, err := alternative.proposed(x, l, 0)
		if err != nil {
			return err
		}
		for i := range x.N {
			share := float32(weight * likely[k][i])
			to := mean.Image(i)
			for j, v := range y.Image(i) {
				to[j] += share * v
			}
		}
	}
	return nil
}
