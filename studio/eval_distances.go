package studio

import (
	"slices"

	"ebmstudio/evaluation"
	"ebmstudio/models"
)

// compare measures the distances of a cell's samples, by their features, the judge's and,
// where there are such, those that FID is of, from test
// pictures of what was asked, and those of other such pictures from the same.
func (k *real) compare(cell *evaluation.Cell, q row, judge *models.Model, features, inception [][]float32) {
	first, second := k.matching(q, judge.Labels, cell.Samples)
	for _, r := range slices.Concat(first, second) {
		cell.Real.Add(named(k.probabilities[r.picture], q.asks[r.ask].right, judge))
	}
	for _, r := range first {
		full := evaluation.Saturation(k.pictures.Image(r.picture))
		cell.RealFul.Right, cell.RealFul.Of = cell.RealFul.Right+full.Right, cell.RealFul.Of+full.Of
	}
	cell.Matched = len(first)
	real, other := ofMatches(k.features, first), ofMatches(k.features, second)
	cell.Distances = evaluation.DistancesOf(features, real, other)
	if k.inception != nil {
		d := evaluation.DistancesOf(inception, ofMatches(k.inception, first), ofMatches(k.inception, second))
		cell.Inception = &d
	}
	cell.Inside = inside(q, func(a int) (real, samples [][]float32) {
		for i, f := range features {
			if q.which(i) == a {
				samples = append(samples, f)
			}
		}
		return ofAsk(k.features, first, a), samples
	})
	cell.RealInside = inside(q, func(a int) (real, samples [][]float32) {
		return ofAsk(k.features, first, a), ofAsk(k.features, second, a)
	})
}

// inside is the coverage among the pictures of each thing asked, its mean; nil where one
// of them has too few.
func inside(q row, of func(ask int) (real, samples [][]float32)) *float64 {
	var sum float64
	for a := range q.asks {
		m := places(of(a))
		if m == nil {
			return nil
		}
		sum += m.Coverage / float64(len(q.asks))
	}
	return &sum
}

func ofMatches(rows [][]float32, matches []match) [][]float32 {
	picked := make([][]float32, len(matches))
	for i, r := range matches {
		picked[i] = rows[r.picture]
	}
	return picked
}

func ofAsk(rows [][]float32, matches []match, ask int) [][]float32 {
	return ofMatches(rows, slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return m.ask != ask }))
}

// places compares two sets of features, nil where there are too few.
func places(real, samples [][]float32) *evaluation.Manifold {
	m, err := evaluation.ManifoldOf(real, samples, evaluation.ManifoldNeighbours)
	if err != nil {
		return nil
	}
	return &m
}
