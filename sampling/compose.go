package sampling

import (
	"fmt"
	"math"
	"strings"
)

// Sum is the weighted sum of energies, sum_t w_t E_t: conjunction ("and"); a
// negative weight negates. Guidance of strength w is {1+w, conditional},
// {-w, unconditional}. Terms of weight 0 are not evaluated. Terms of one network
// are evaluated as one batch where the network offers Batch.
type Sum []Term

// Value returns the sum of every picture.
func (s Sum) Value(x Images) ([]float32, error) {
	terms, err := s.active()
	if err != nil {
		return nil, fmt.Errorf("sum: %w", err)
	}
	values, err := valueTerms(x, terms)
	if err != nil {
		return nil, fmt.Errorf("sum: %w", err)
	}
	return weightedSum(x.N, terms, values), nil
}

// Eval returns the sum and its gradient.
func (s Sum) Eval(x Images) ([]float32, Images, error) {
	terms, err := s.active()
	if err != nil {
		return nil, Images{}, fmt.Errorf("sum: %w", err)
	}
	values, grads, err := evalTerms(x, terms)
	if err != nil {
		return nil, Images{}, fmt.Errorf("sum: %w", err)
	}
	if len(terms) == 1 && terms[0].Weight == 1 {
		return values[0], grads[0], nil
	}
	sum := NewImages(x.N, x.C, x.H, x.W)
	for t, term := range terms {
		w := float32(term.Weight)
		for j, g := range grads[t].Data {
			sum.Data[j] += float32(w * g)
		}
	}
	return weightedSum(x.N, terms, values), sum, nil
}

// numberedTerm remembers a term's place in the composition, for errors.
type numberedTerm struct {
	Term
	index int
}

func (s Sum) active() ([]numberedTerm, error) {
	all, err := numbered(s)
	if err != nil {
		return nil, err
	}
	active := make([]numberedTerm, 0, len(all))
	for _, t := range all {
		if t.Weight != 0 {
			active = append(active, t)
		}
	}
	return active, nil
}

func numbered(terms []Term) ([]numberedTerm, error) {
	if len(terms) == 0 {
		return nil, fmt.Errorf("found no terms, want at least one")
	}
	all := make([]numberedTerm, len(terms))
	for i, t := range terms {
		if t.Energy == nil {
			return nil, fmt.Errorf("term %d: found no energy", i)
		}
		if math.IsNaN(t.Weight) || math.IsInf(t.Weight, 0) {
			return nil, fmt.Errorf("term %d: found weight %v, want a finite number", i, t.Weight)
		}
		all[i] = numberedTerm{t, i}
	}
	return all, nil
}

func weightedSum(n int, terms []numberedTerm, values [][]float32) []float32 {
	sum := make([]float32, n)
	for i := range sum {
		var total float64
		for t, term := range terms {
			total += term.Weight * float64(values[t][i])
		}
		sum[i] = float32(total)
	}
	return sum
}

// Any is the soft minimum -1/Beta log sum_t exp(-Beta w_t E_t): disjunction
// ("or"). A larger Beta is closer to the minimum. Energies that are sums over the same
// views of a picture (see Scaled) are joined view by view, and the soft minima summed.
type Any struct {
	Terms []Term
	Beta  float64 // above 0, in units of 1/energy
}

// Value returns the soft minimum of every picture.
func (a Any) Value(x Images) ([]float32, error) {
	terms, err := a.check()
	if err != nil {
		return nil, fmt.Errorf("any: %w", err)
	}
	if a.Scales() != nil {
		values, _, err := a.OfScales(x, false)
		if err != nil {
			return nil, err
		}
		e, _ := summed(x, values, nil)
		return e, nil
	}
	values, err := valueTerms(x, terms)
	if err != nil {
		return nil, fmt.Errorf("any: %w", err)
	}
	e := make([]float32, x.N)
	for i := range e {
		e[i], _ = a.softMinimum(terms, values, i)
	}
	return e, nil
}

// Eval returns the soft minimum and its gradient sum_t p_t w_t dE_t/dx, where
// p_t is the softmax of -Beta w_t E_t.
func (a Any) Eval(x Images) ([]float32, Images, error) {
	terms, err := a.check()
	if err != nil {
		return nil, Images{}, fmt.Errorf("any: %w", err)
	}
	if a.Scales() != nil {
		values, grads, err := a.OfScales(x, true)
		if err != nil {
			return nil, Images{}, err
		}
		e, grad := summed(x, values, grads)
		return e, grad, nil
	}
	values, grads, err := evalTerms(x, terms)
	if err != nil {
		return nil, Images{}, fmt.Errorf("any: %w", err)
	}
	e, grad := make([]float32, x.N), NewImages(x.N, x.C, x.H, x.W)
	for i := range e {
		var share []float64
		e[i], share = a.softMinimum(terms, values, i)
		g := grad.Image(i)
		for t, term := range terms {
			w := float32(share[t] * term.Weight)
			if w == 0 {
				continue // a term out of the running may have no finite gradient
			}
			for j, v := range grads[t].Image(i) {
				g[j] += float32(w * v)
			}
		}
	}
	return e, grad, nil
}

// Shares returns the softmax p_t of -Beta w_t E_t, Shares(...)[t][image]: how far each
// term is what the disjunction is about at a picture. They add up to 1.
func (a Any) Shares(x Images) ([][]float64, error) {
	terms, err := a.check()
	if err != nil {
		return nil, fmt.Errorf("any: %w", err)
	}
	values, err := valueTerms(x, terms)
	if err != nil {
		return nil, fmt.Errorf("any: %w", err)
	}
	shares := make([][]float64, len(terms))
	for t := range shares {
		shares[t] = make([]float64, x.N)
	}
	for i := range x.N {
		_, share := a.softMinimum(terms, values, i)
		for t, p := range share {
			shares[t][i] = p
		}
	}
	return shares, nil
}

// softMinimum subtracts the least term first, so that no exponential overflows.
func (a Any) softMinimum(terms []numberedTerm, values [][]float32, i int) (e float32, share []float64) {
	share = make([]float64, len(terms))
	least := math.Inf(1)
	for t, term := range terms {
		share[t] = term.Weight * float64(values[t][i])
		least = math.Min(least, share[t])
	}
	if math.IsInf(least, 0) || math.IsNaN(least) {
		return float32(least), share
	}
	var total float64
	for t, v := range share {
		share[t] = math.Exp(-a.Beta * (v - least))
		total += share[t]
	}
	for t := range share {
		share[t] /= total
	}
	return float32(least - math.Log(total)/a.Beta), share
}

func (a Any) check() ([]numberedTerm, error) {
	if !(a.Beta > 0) || math.IsInf(a.Beta, 0) {
		return nil, fmt.Errorf("found beta %v, want a finite number above 0", a.Beta)
	}
	return numbered(a.Terms)
}

// groups partitions terms by network, in order of first appearance; a term whose
// energy does not offer Batch is a group of its own.
func groups(terms []numberedTerm) [][]int {
	var all [][]int
	byNetwork := map[any]int{}
	for t, term := range terms {
		batch, ok := term.Energy.(Batch)
		if !ok {
			all = append(all, []int{t})
			continue
		}
		if g, seen := byNetwork[batch.Network()]; seen {
			all[g] = append(all[g], t)
			continue
		}
		byNetwork[batch.Network()] = len(all)
		all = append(all, []int{t})
	}
	return all
}

func valueTerms(x Images, terms []numberedTerm) ([][]float32, error) {
	values := make([][]float32, len(terms))
	for _, group := range groups(terms) {
		if len(group) == 1 {
			t := group[0]
			e, err := value(terms[t].Energy, x)
			if err != nil {
				return nil, nameTerms(terms, group, err)
			}
			values[t] = e
			continue
		}
		e, err := terms[group[0]].Energy.(Batch).ValueTerms(x, energiesOf(terms, group))
		if err == nil {
			err = checkTerms(x, e, nil, len(group))
		}
		if err != nil {
			return nil, nameTerms(terms, group, err)
		}
		for n, t := range group {
			values[t] = e[n]
		}
	}
	return values, nil
}

func evalTerms(x Images, terms []numberedTerm) ([][]float32, []Images, error) {
	values, grads := make([][]float32, len(terms)), make([]Images, len(terms))
	for _, group := range groups(terms) {
		if len(group) == 1 {
			t := group[0]
			e, g, err := evaluate(terms[t].Energy, x)
			if err != nil {
				return nil, nil, nameTerms(terms, group, err)
			}
			values[t], grads[t] = e, g
			continue
		}
		e, g, err := terms[group[0]].Energy.(Batch).EvalTerms(x, energiesOf(terms, group))
		if err == nil && len(g) != len(group) {
			err = fmt.Errorf("gradients: found those of %d terms, want %d", len(g), len(group))
		}
		if err == nil {
			err = checkTerms(x, e, g, len(group))
		}
		if err != nil {
			return nil, nil, nameTerms(terms, group, err)
		}
		for n, t := range group {
			values[t], grads[t] = e[n], g[n]
		}
	}
	return values, grads, nil
}

func energiesOf(terms []numberedTerm, group []int) []Energy {
	energies := make([]Energy, len(group))
	for n, t := range group {
		energies[n] = terms[t].Energy
	}
	return energies
}

// checkTerms checks a batch's answer; grads is nil where none were asked for.
func checkTerms(x Images, values [][]float32, grads []Images, want int) error {
	if len(values) != want {
		return fmt.Errorf("energies: found those of %d terms, want %d", len(values), want)
	}
	for n := range values {
		grad := x
		if grads != nil {
			grad = grads[n]
		}
		if err := checkAnswer(x, values[n], grad); err != nil {
			return err
		}
	}
	return nil
}

// nameTerms says which terms of the composition failed.
func nameTerms(terms []numberedTerm, group []int, err error) error {
	if len(group) == 1 {
		return fmt.Errorf("term %d: %w", terms[group[0]].index, err)
	}
	names := make([]string, len(group))
	for n, t := range group {
		names[n] = fmt.Sprint(terms[t].index)
	}
	return fmt.Errorf("terms %s: %w", strings.Join(names, ", "), err)
}
