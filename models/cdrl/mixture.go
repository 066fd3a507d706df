package cdrl

import (
	"fmt"
	"slices"
)

// mixture is a weighted sum of a network's outputs under different classes.
type mixture []part

type part struct {
	labels labels
	weight float64
}

// compose is the one formula of guidance and composition,
//
//	F = F_0 + (1+w) sum_k c_k (F_k - F_0)
//
// with F_0 that of no class, c_k the weight of class k and w the guidance: w = 0
// and c = 1 is the product of Eq. 13, one class with w that of Eq. 11 and 12, both
// together Eq. 14, a negative c negates. With product the terms of F_0 are left
// out where there is a class. Parts without a class are what the formula brings.
func compose(classes mixture, w float64, product bool) mixture {
	var f mixture
	rest := 1.0
	for _, p := range classes {
		if p.labels == nil {
			continue
		}
		weight := (1 + w) * p.weight
		f = f.with(p.labels, weight)
		rest -= weight
	}
	if f == nil || !product {
		f = f.with(nil, rest)
	}
	return f.trimmed()
}

// together tells all classes of weight 1 at once instead of adding up their energies:
// F of "hat and smile" instead of that of "hat" plus that of "smile".
func (m mixture) together() mixture {
	var all labels
	var kept mixture
	for _, p := range m {
		if p.labels == nil || p.weight != 1 {
			kept = append(kept, p)
			continue
		}
		all = all.and(p.labels)
	}
	if all == nil {
		return kept
	}
	return append(mixture{{all, 1}}, kept...)
}

// with adds a part; equal classes become one.
func (m mixture) with(l labels, weight float64) mixture {
	for i, p := range m {
		if slices.EqualFunc(p.labels, l, slices.Equal[[]int]) {
			m[i].weight += weight
			return m
		}
	}
	return append(m, part{l, weight})
}

// trimmed leaves out what weighs nothing, but not everything.
func (m mixture) trimmed() mixture {
	kept := slices.DeleteFunc(slices.Clone(m), func(p part) bool { return p.weight == 0 })
	if len(kept) == 0 {
		return m[:1]
	}
	return kept
}

// sum is sum_p weight_p values[p][i], added up in float64.
func (m mixture) sum(values [][]float32, into []float32, scale float64) {
	weights := make([]float64, len(m))
	for p := range m {
		weights[p] = scale * m[p].weight
	}
	for i := range into {
		var total float64
		for p, w := range weights {
			total += w * float64(values[p][i])
		}
		into[i] = float32(total)
	}
}

// queries asks about every part at one level.
func (m mixture) queries(logSNR, scale float64) []query {
	all := make([]query, len(m))
	for i, p := range m {
		all[i] = query{scale: scale, logSNR: logSNR, labels: p.labels}
	}
	return all
}

// checkLabels refuses classes that the network does not know.
func (n *network) checkLabels(l labels) error {
	for _, label := range slices.Concat(l...) {
		if n.net.Classes == 0 {
			return fmt.Errorf("condition: found label %d, but the model is unconditional: it knows no classes", label)
		}
		if label < 0 || label >= n.net.Classes {
			return fmt.Errorf("condition: found label %d, want 0 to %d", label, n.net.Classes-1)
		}
	}
	return nil
}
