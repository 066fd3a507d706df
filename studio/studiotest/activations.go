package studiotest

import (
	"fmt"
	"sync"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
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

// Asked returns a function that reports whether energies of an opened model were asked at
// a noise level since.
func Asked(o *studio.Opened) func(level int) bool {
	var lock sync.Mutex
	plain, asked := o.Model.At, map[int]bool{}
	o.Model.At = func(g models.Given) (sampling.Energy, error) {
		lock.Lock()
		defer lock.Unlock()
		asked[g.Level] = true
		return plain(g)
	}
	return func(level int) bool {
		lock.Lock()
		defer lock.Unlock()
		return asked[level]
	}
}
