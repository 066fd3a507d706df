package models

import (
	"errors"
	"fmt"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// Activator is what an energy may offer besides: to tell what the layers of its network
// make of a picture.
type Activator interface {
	// Activations are the outputs of the network's layers for one picture, under the
	// energy's condition, in the order in which they run: float32 [channels, height,
	// width], or [n] where a layer has no pixels. The last ones are what the energy is
	// computed from.
	Activations(x sampling.Images) ([]checkpoint.Named, error)
}

// ErrNoActivations is the error of an energy whose layers cannot be looked at.
var ErrNoActivations = errors.New("activations: this energy tells nothing of its layers")

// Activations are those of an energy or of what it is put together from; the layers of
// several terms are told apart by "term 1: " and so on before their names.
func Activations(e sampling.Energy, x sampling.Images) ([]checkpoint.Named, error) {
	switch e := e.(type) {
	case Activator:
		return e.Activations(x)
	case sampling.Affine:
		return Activations(e.Of, e.Inner(x))
	case sampling.Sum:
		return activationsOf(e, x)
	case sampling.Any:
		return activationsOf(e.Terms, x)
	}
	return nil, ErrNoActivations
}

func activationsOf(terms []sampling.Term, x sampling.Images) ([]checkpoint.Named, error) {
	var all []checkpoint.Named
	for i, t := range terms {
		layers, err := Activations(t.Energy, x)
		if err != nil {
			return nil, err
		}
		if len(terms) > 1 {
			layers = Prefixed(fmt.Sprintf("term %d: ", i+1), layers)
		}
		all = append(all, layers...)
	}
	return all, nil
}

// Prefixed are layers with a text before their names.
func Prefixed(text string, layers []checkpoint.Named) []checkpoint.Named {
	for i := range layers {
		layers[i].Name = text + layers[i].Name
	}
	return layers
}
