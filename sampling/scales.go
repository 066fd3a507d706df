package sampling

import (
	"fmt"
	"slices"
)

// Scaled is what an Energy may offer besides: the energies of several views of a
// picture whose sum it is (ICD's networks look at the full, the halved and the
// quartered picture). Any joins such energies view by view, as the authors of ICD do.
type Scaled interface {
	Energy
	// Scales names the views, the same for all pictures; none where the energy is not
	// made of any.
	Scales() []string
	// OfScales returns the energy of every view, OfScales(...)[scale][image], and with
	// grad their gradients.
	OfScales(x Images, grad bool) (e [][]float32, g []Images, err error)
}

// ScalesOf names the views that an energy is the sum of, nil where it is of none.
func ScalesOf(e Energy) []string {
	if s, ok := e.(Scaled); ok {
		return s.Scales()
	}
	return nil
}

// Scales names the views that all terms have in common.
func (s Sum) Scales() []string { return commonScales(s) }

// OfScales returns the weighted sums of the terms, view by view.
func (s Sum) OfScales(x Images, grad bool) ([][]float32, []Images, error) {
	terms, err := s.active()
	if err != nil {
		return nil, nil, fmt.Errorf("sum: %w", err)
	}
	values, grads := emptyScales(x, len(s.Scales()), grad)
	for _, t := range terms {
		e, g, err := ofScales(t, x, grad)
		if err != nil {
			return nil, nil, fmt.Errorf("sum: %w", err)
		}
		for c := range values {
			addScaled(values[c], t.Weight, e[c])
			if grad {
				addScaled(grads[c].Data, t.Weight, g[c].Data)
			}
		}
	}
	return values, grads, nil
}

// Scales names the views that all terms have in common.
func (a Any) Scales() []string { return commonScales(a.Terms) }

// OfScales returns the soft minima of the terms, view by view.
func (a Any) OfScales(x Images, grad bool) ([][]float32, []Images, error) {
	terms, err := a.check()
	if err != nil {
		return nil, nil, fmt.Errorf("any: %w", err)
	}
	of, slopes := make([][][]float32, len(terms)), make([][]Images, len(terms)) // [term][scale]
	for t, term := range terms {
		if of[t], slopes[t], err = ofScales(term, x, grad); err != nil {
			return nil, nil, fmt.Errorf("any: %w", err)
		}
	}
	values, grads := emptyScales(x, len(a.Scales()), grad)
	at := make([][]float32, len(terms))
	for c := range values {
		for t := range terms {
			at[t] = of[t][c]
		}
		for i := range x.N {
			var share []float64
			values[c][i], share = a.softMinimum(terms, at, i)
			for t, term := range terms {
				if w := share[t] * term.Weight; grad && w != 0 { // a term out of the running may have no finite gradient
					addScaled(grads[c].Image(i), w, slopes[t][c].Image(i))
				}
			}
		}
	}
	return values, grads, nil
}

// summed adds views up to the energy and its gradient.
func summed(x Images, values [][]float32, grads []Images) ([]float32, Images) {
	e, grad := make([]float32, x.N), Images{}
	for i := range e {
		var total float64
		for c := range values {
			total += float64(values[c][i])
		}
		e[i] = float32(total)
	}
	if grads != nil {
		grad = NewImages(x.N, x.C, x.H, x.W)
		for _, g := range grads {
			addScaled(grad.Data, 1, g.Data)
		}
	}
	return e, grad
}

// commonScales are the views of all terms that weigh something, nil where they differ.
func commonScales(terms []Term) []string {
	var common []string
	for _, t := range terms {
		if t.Weight == 0 || t.Energy == nil {
			continue
		}
		scales := ScalesOf(t.Energy)
		if len(scales) == 0 || common != nil && !slices.Equal(scales, common) {
			return nil
		}
		common = scales
	}
	return common
}

func ofScales(t numberedTerm, x Images, grad bool) ([][]float32, []Images, error) {
	s := t.Energy.(Scaled) // commonScales says so
	e, g, err := s.OfScales(x, grad)
	if err == nil {
		err = checkTerms(x, e, g, len(s.Scales()))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("term %d: %w", t.index, err)
	}
	return e, g, nil
}

func emptyScales(x Images, n int, grad bool) ([][]float32, []Images) {
	values, grads := make([][]float32, n), []Images(nil)
	for c := range values {
		values[c] = make([]float32, x.N)
		if grad {
			grads = append(grads, NewImages(x.N, x.C, x.H, x.W))
		}
	}
	return values, grads
}

// addScaled is sum += w v.
func addScaled(sum []float32, w float64, v []float32) {
	f := float32(w)
	for i, x := range v {
		sum[i] += float32(f * x)
	}
}
