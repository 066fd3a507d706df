package icd

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/models"
)

// The operations on energies that models are composed by.
const (
	And = "and" // conjunction: the sum
	Not = "not" // negation: the sum, with the last one's energy times -negation
	Or  = "or"  // disjunction: the soft minimum
)

// The authors' constants (celeba_combine.py): a negated energy is weak, since it has
// no lower bound; the soft minimum is close to the minimum.
const (
	negation   = 0.001
	sharpness  = 100
	operations = And + ", " + Not + " or " + Or
)

// join composes the energies of several models in one column of one picture, and
// returns the derivative of the result by each of them:
//
//	and  sum_k E_k
//	not  sum_(k<K) E_k - 0.001 E_K
//	or   -log(sum_k exp(-100 E_k)) / 100
func join(op string, energies []float64) (value float64, share []float64) {
	share = make([]float64, len(energies))
	if op == Or {
		return softMinimum(energies, share), share
	}
	for k, e := range energies {
		share[k] = 1
		if op == Not && k == len(energies)-1 {
			share[k] = -negation
		}
		value += share[k] * e
	}
	return value, share
}

// softMinimum takes the least energy out first, so that no exponential overflows;
// share becomes the softmax of -100 E.
func softMinimum(energies, share []float64) float64 {
	least := slices.Min(energies)
	if math.IsInf(least, 0) || math.IsNaN(least) {
		return least
	}
	var total float64
	for k, e := range energies {
		share[k] = math.Exp(-sharpness * (e - least))
		total += share[k]
	}
	for k := range share {
		share[k] /= total
	}
	return least - math.Log(total)/sharpness
}

// Compose joins models of several files into one by "and", "not" (which negates the
// last) or "or", as the authors do with attributes: column by column, with the step
// size divided by the number of models. Its conditions are one label for each model.
func Compose(op string, parts []*models.Model) (*models.Model, error) {
	if op != And && op != Not && op != Or {
		return nil, fmt.Errorf("compose: found operation %q, want %s", op, operations)
	}
	if len(parts) < 2 {
		return nil, fmt.Errorf("compose: found %d models, want at least 2", len(parts))
	}
	m := mixture{op: op}
	names := make([]string, len(parts))
	for k, p := range parts {
		n, err := networkOf(p)
		if err == nil && k > 0 {
			err = n.alike(m.nets[0])
		}
		if err != nil {
			return nil, fmt.Errorf("compose: term %d (%s): %w", k+1, p.Name, err)
		}
		m.nets = append(m.nets, n)
		names[k] = p.Name
	}
	last := len(names) - 1
	name := strings.Join(names, " "+op+" ")
	if op == Not {
		name = strings.Join(names[:last], " and ") + " and not " + names[last]
	}
	first := parts[0]
	composed := &models.Model{
		Family: Name, Name: name, C: first.C, H: first.H, W: first.W, Lo: 0, Hi: 1, Labels: first.Labels,
		Facts: []models.Fact{{Name: "operation", Value: op}}, Knobs: first.Knobs,
		At: m.at, Plan: m.plan, Start: first.Start, Arrays: m.arrays, Replay: m.replay,
	}
	for k, p := range parts {
		composed.Parameters += p.Parameters
		composed.Facts = append(composed.Facts, models.Fact{Name: fmt.Sprintf("term %d", k+1), Value: p.Name})
	}
	return composed, nil
}

// networkOf finds the network behind a model of this family.
func networkOf(m *models.Model) (*network, error) {
	if m == nil || m.Family != Name || m.At == nil {
		return nil, fmt.Errorf("found no model of the family %s", Name)
	}
	e, err := m.At(models.Given{})
	if err != nil {
		return nil, err
	}
	own, ok := e.(*energy)
	if !ok || len(own.parts) != 1 {
		return nil, fmt.Errorf("found a composition, want a model of one file")
	}
	return own.parts[0].net, nil
}

// alike reports a difference that keeps two networks from looking at one picture or
// from being joined column by column.
func (n *network) alike(first *network) error {
	if n.net.Channels != first.net.Channels || n.height != first.height || n.width != first.width {
		return fmt.Errorf("found pictures of %dx%dx%d (channels, height, width), want %dx%dx%d as of term 1 (%s)",
			n.net.Channels, n.height, n.width, first.net.Channels, first.height, first.width, first.name)
	}
	if found, want := n.net.Columns(), first.net.Columns(); !slices.Equal(found, want) {
		return fmt.Errorf("found energies %s, want %s as of term 1 (%s)", strings.Join(found, ", "), strings.Join(want, ", "), first.name)
	}
	return nil
}
