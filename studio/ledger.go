package studio

import (
	"context"
	"errors"
	"fmt"
	"math"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Ledger says what the energy of pictures is made of: the share of every term of a
// recipe, of every view of the picture that a term looks at (ICD's scales), of every
// alternative of an OR; and whether the terms pull the same way.
type Ledger struct {
	// Rows are the terms in order, each followed by its parts, and last the total.
	Rows []LedgerRow
	// Cosine is the cosine between the weighted gradients of two terms at a picture,
	// Cosine[term][term][picture]: 1 where both pull one way, -1 where they undo each
	// other, NaN where one of them is 0.
	Cosine [][][]float32
}

// LedgerRow is one line: what counts in the sum, the weight included, a value a picture.
type LedgerRow struct {
	Term   int    // counted from 0; -1 for the total
	Name   string // of the term
	Part   string // of the term: "full", "half", "quarter", "alternative 1"; "" for all of it
	Weight float64
	Energy []float32 // weight times energy
	// Gradient is the norm of the weighted energy's gradient.
	Gradient []float32
}

// Ledger computes the ledger of a recipe's terms at pictures of the model's size and
// range, such as a recording's last ones. On models with noise levels it is that of the
// cleanest one.
func (s *Studio) Ledger(ctx context.Context, o *Opened, r Recipe, x sampling.Images) (Ledger, error) {
	if err := r.Validate(o.Model); err != nil {
		return Ledger{}, err
	}
	return inLane(ctx, s, "ledger of "+o.Name, urgencyView, func() (Ledger, error) {
		if err := x.Check(o.Model.C, o.Model.H, o.Model.W); err != nil {
			return Ledger{}, err
		}
		terms, asked, err := ledgerTerms(o.Model, r)
		if err != nil {
			return Ledger{}, err
		}
		return ledgerOf(terms, asked, x)
	})
}

// ledgerTerms are the recipe's terms, and bound.
func ledgerTerms(m *models.Model, r Recipe) ([]sampling.Term, []Term, error) {
	asked := r.Terms
	if len(asked) == 0 && r.Expression != "" {
		conditions, err := ExpressionTerms(m, r.Expression)
		if err != nil {
			return nil, nil, err
		}
		asked = Composed(m, conditions)
	}
	if len(asked) == 0 && m.Experts {
		for i, name := range m.Labels {
			asked = append(asked, Term{Weight: 1, Name: name, Labels: []int{i}})
		}
	}
	if len(asked) == 0 {
		asked = []Term{{Weight: 1}}
	}
	_, given, err := givenOf(m, r)
	if err != nil {
		return nil, nil, err
	}
	terms, err := bindGiven(m, asked, given)
	return terms, asked, err
}

func ledgerOf(terms []sampling.Term, asked []Term, x sampling.Images) (Ledger, error) {
	var l Ledger
	slopes := make([]sampling.Images, len(terms))
	total := LedgerRow{Term: -1, Name: "total", Weight: 1, Energy: make([]float32, x.N)}
	sum := sampling.NewImages(x.N, x.C, x.H, x.W)
	for t, term := range terms {
		name := asked[t].ledgerName(t, len(terms))
		rows, grad, err := termRows(t, name, term, x)
		if err != nil {
			return l, fmt.Errorf("%s: %w", name, err)
		}
		l.Rows, slopes[t] = append(l.Rows, rows...), grad
		for i := range x.N {
			total.Energy[i] += rows[0].Energy[i]
		}
		for j, v := range grad.Data {
			sum.Data[j] += v
		}
	}
	total.Gradient = norms(sum)
	if len(terms) > 1 {
		l.Rows = append(l.Rows, total)
	}
	l.Cosine = make([][][]float32, len(terms))
	for a := range terms {
		for b := range terms {
			l.Cosine[a] = append(l.Cosine[a], cosines(slopes[a], slopes[b]))
		}
	}
	return l, nil
}

// ledgerName is what a term is called in a ledger of n.
func (t Term) ledgerName(i, n int) string {
	switch {
	case t.Name != "":
		return t.Name
	case t.marginal() && n == 1:
		return "energy"
	case t.marginal():
		return "no class"
	case t.Any != nil:
		return "any"
	}
	return fmt.Sprintf("term %d", i+1)
}

// termRows are the rows of a term and its weighted gradient.
func termRows(t int, name string, term sampling.Term, x sampling.Images) ([]LedgerRow, sampling.Images, error) {
	row := func(part string, e []float32, g sampling.Images) (LedgerRow, sampling.Images, error) {
		if len(e) != x.N || len(g.Data) != len(x.Data) {
			return LedgerRow{}, g, errors.New("found an energy of another number of pictures")
		}
		r := LedgerRow{Term: t, Name: name, Part: part, Weight: term.Weight, Energy: make([]float32, x.N)}
		for i := range r.Energy {
			r.Energy[i] = float32(term.Weight * float64(e[i]))
		}
		weighted := g.Clone()
		for j := range weighted.Data {
			weighted.Data[j] *= float32(term.Weight)
		}
		r.Gradient = norms(weighted)
		return r, weighted, nil
	}
	e, g, err := term.Energy.Eval(x)
	if err != nil {
		return nil, g, err
	}
	whole, grad, err := row("", e, g)
	if err != nil {
		return nil, g, err
	}
	rows := []LedgerRow{whole}
	names, parts, slopes, err := partsOf(term.Energy, x)
	for k := 0; err == nil && k < len(names); k++ {
		var part LedgerRow
		part, _, err = row(names[k], parts[k], slopes[k])
		rows = append(rows, part)
	}
	return rows, grad, err
}

// partsOf are what an energy is made of: an OR's alternatives, a network's scales where
// it has several.
func partsOf(e sampling.Energy, x sampling.Images) (names []string, energies [][]float32, grads []sampling.Images, err error) {
	if either, ok := e.(sampling.Any); ok {
		for k, t := range either.Terms {
			v, g, err := t.Energy.Eval(x)
			if err != nil {
				return nil, nil, nil, err
			}
			names, energies, grads = append(names, fmt.Sprintf("alternative %d", k+1)), append(energies, v), append(grads, g)
		}
		return names, energies, grads, nil
	}
	if names = sampling.ScalesOf(e); len(names) < 2 {
		return nil, nil, nil, nil
	}
	energies, grads, err = e.(sampling.Scaled).OfScales(x, true)
	return names, energies, grads, err
}

func norms(g sampling.Images) []float32 {
	all := make([]float32, g.N)
	for i := range all {
		all[i] = float32(math.Sqrt(dot(g.Image(i), g.Image(i))))
	}
	return all
}

func cosines(a, b sampling.Images) []float32 {
	all := make([]float32, a.N)
	for i := range all {
		p, q := a.Image(i), b.Image(i)
		all[i] = float32(dot(p, q) / math.Sqrt(dot(p, p)*dot(q, q)))
	}
	return all
}

func dot(a, b []float32) (sum float64) {
	for j, v := range a {
		sum += float64(v) * float64(b[j])
	}
	return sum
}
