package studio

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"ebmstudio/sampling"
)

// checkWeighed refuses what chains that are drawn from one another cannot do: differ in
// what is asked of them, or share their noise.
func checkWeighed(p sampling.Plan, r Recipe, asked []Term) error {
	if !slices.ContainsFunc(p, func(s sampling.Stage) bool { return s.Weighing != nil }) {
		return nil
	}
	switch {
	case r.SharedNoise:
		return errors.New("resample: found chains that share their noise, want noise of their own: chains that are drawn from one would stay alike")
	case r.Temperature != nil:
		return errors.New("resample: found a temperature map, want none: weights are those of exp(-E)")
	case r.Sampler == SamplerDescent || r.Sampler == SamplerGibbs:
		return fmt.Errorf("resample: found the sampler %s, want one whose steps leave the density of a level, given the picture of the noisier one, as it is", r.Sampler)
	}
	for i, t := range asked {
		if !t.alike() {
			return fmt.Errorf("resample: term %d: found chains that are asked for different things, want one for all: chains are drawn from one another", i+1)
		}
	}
	return nil
}

// alike reports whether a term asks the same of every chain.
func (t Term) alike() bool {
	for _, l := range t.Labels {
		if l != t.Labels[0] {
			return false
		}
	}
	for _, l := range t.Latents {
		if !reflect.DeepEqual(l, t.Latents[0]) {
			return false
		}
	}
	for _, terms := range t.Any {
		for _, inner := range terms {
			if !inner.alike() {
				return false
			}
		}
	}
	return true
}

// newest keeps what the newest state tells besides its pictures.
func (j *Job) newest(s sampling.State) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.weights, j.gradients = s.Weights, s.Evaluations
}

func (j *Job) newestWeights() *sampling.Weights {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.weights
}

// evaluations is how often the gradients of the newest pictures were evaluated.
func (j *Job) evaluations() int {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.gradients
}
