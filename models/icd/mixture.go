package icd

import (
	"errors"
	"fmt"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// mixture is one network, or several joined by an operation: what has conditions,
// a sampler and arrays.
type mixture struct {
	op   string
	nets []*network
}

// bound is the energy under one-hot rows for each network, nil for none.
func (m mixture) bound(labels [][][]float32) *energy {
	e := &energy{op: m.op}
	for k, n := range m.nets {
		p := part{net: n}
		if labels != nil {
			p.labels = labels[k]
		}
		e.parts = append(e.parts, p)
	}
	return e
}

// at binds one label for each network of a composition.
func (m mixture) at(g models.Given) (sampling.Energy, error) {
	if err := onlyLabels(g); err != nil {
		return nil, err
	}
	if len(g.Label) == 0 {
		return m.bound(nil), nil
	}
	if g.PerImage {
		return nil, errors.New("condition: a composition takes one label for each model, not for each picture")
	}
	if len(g.Label) != len(m.nets) {
		return nil, fmt.Errorf("condition: found %d labels, want one for each of %d models", len(g.Label), len(m.nets))
	}
	labels := make([][][]float32, len(m.nets))
	for k, n := range m.nets {
		row, err := n.oneHot(g.Label[k])
		if err != nil {
			return nil, fmt.Errorf("condition: term %d (%s): %w", k+1, n.name, err)
		}
		labels[k] = [][]float32{row}
	}
	return m.bound(labels), nil
}
