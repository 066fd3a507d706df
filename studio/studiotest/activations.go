package studiotest

import (
	"fmt"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// Activations implements models.Activator as a network of two layers would: how the
// picture differs from each pattern, and the squared distances to them.
func (e *nearest) Activations(x sampling.Images) ([]checkpoint.Named, error) {
	if x.N != 1 {
		return nil, fmt.Errorf("evaluate layers: found %d pictures, want one", x.N)
	}
	var differences, distances []float32
	for _, p := range e.patterns {
		for j, v := range x.Data {
			differences = append(differences, v-p[j])
		}
		distances = append(distances, float32(squared(x.Data, p)))
	}
	n := len(e.patterns)
	return []checkpoint.Named{
		{Name: "differences", Tensor: checkpoint.Float32Tensor([]int{n, x.H, x.W}, differences)},
		{Name: "distances", Tensor: checkpoint.Float32Tensor([]int{n}, distances)},
	}, nil
}
