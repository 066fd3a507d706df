package studio

import (
	"fmt"
	"slices"
	"strings"

	"ebmstudio/models"
)

// Experts is a mixture of models each of which was trained on the pictures of one
// class alone (ebm train --only), named by those classes: what [Studio.Evaluate] asks
// for single ones, pairs, and one without another. Labels are those of the judge.
func (s *Studio) Experts(all []*Opened, labels []string) (*Opened, error) {
	parts := make([]Part, len(all))
	for i, o := range all {
		label, ok := expertise(o.Model, labels)
		if !ok {
			return nil, fmt.Errorf("experts: %s is called %q, want the name of a model trained with --only and one of %s", o.Name, o.Model.Name, strings.Join(labels, ", "))
		}
		parts[i] = Part{Opened: o, As: label}
	}
	return s.Mix(parts)
}

// expertise is the class that a model's training was confined to, see only.
func expertise(m *models.Model, labels []string) (string, bool) {
	_, label, _ := strings.Cut(m.Name, ": ")
	return label, slices.Contains(labels, label)
}

// expertQuestions are the rows of a mixture whose labels are classes of the judge;
// blocks of so many samples are asked the same.
func expertQuestions(m, judge *models.Model, notWeight float64, block int) []row {
	at := make([]int, len(m.Labels)) // the judge's label of each expert
	for k, label := range m.Labels {
		at[k] = slices.Index(judge.Labels, label)
	}
	alone := row{name: rowSingles, weights: []float64{1}, block: block, experts: true}
	both := row{name: rowPairs, weights: []float64{1, 1}, heldOut: true, block: block, experts: true}
	minus := row{name: rowMinus, weights: []float64{1, -notWeight}, heldOut: true, block: block, experts: true}
	without := row{name: rowWithout, weights: []float64{1}, heldOut: true, block: block, experts: true}
	for k, a := range at {
		alone.asks = append(alone.asks, ask{labels: []int{k}, right: []int{a}})
		for l, b := range at {
			if l > k {
				both.asks = append(both.asks, ask{labels: []int{k, l}, right: []int{a, b}})
			}
			if off := opposite(judge, b); l != k && off != b {
				minus.asks = append(minus.asks, ask{labels: []int{k, l}, right: []int{a, off}, unwanted: []int{b}})
				without.asks = append(without.asks, ask{labels: []int{k}, right: []int{a, off}, unwanted: []int{b}})
			}
		}
	}
	return slices.DeleteFunc([]row{alone, both, minus, without}, func(q row) bool { return len(q.asks) == 0 })
}
