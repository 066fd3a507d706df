package nn

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
)

// Stored is a bank as a file holds it: its arrays' names after a prefix.
type Stored struct {
	Prefix string
	Bank   *Bank
}

// Tensors copies banks to the host as a file's tensors, in order.
func Tensors(stored []Stored) ([]checkpoint.Named, error) {
	var list []checkpoint.Named
	for _, s := range stored {
		p, err := s.Bank.Params()
		if err != nil {
			return nil, err
		}
		for _, q := range p {
			list = append(list, checkpoint.Named{Name: s.Prefix + q.Name, Tensor: checkpoint.Float32Tensor(q.Shape, q.Data)})
		}
	}
	return list, nil
}

// Restore puts the tensors of a training state into banks; a missing or misshapen
// tensor is an error that names it and leaves all banks as they were.
func Restore(f *checkpoint.File, stored []Stored) error {
	fresh := make([][]*tensors.Tensor, len(stored))
	for i, s := range stored {
		for j, name := range s.Bank.Names {
			want := s.Bank.Values[j].Shape().Dimensions
			v, err := StateFloats(f, s.Prefix+name, want)
			if err != nil {
				return err
			}
			fresh[i] = append(fresh[i], tensors.FromFlatDataAndDimensions(v, want...))
		}
	}
	for i, s := range stored {
		s.Bank.Values = fresh[i]
	}
	return nil
}

// StateFloats reads a tensor of a training state, which must have the wanted shape.
func StateFloats(f *checkpoint.File, name string, want []int) ([]float32, error) {
	t, ok := f.Tensors[name]
	if !ok || !slices.Equal(t.Shape, want) {
		return nil, fmt.Errorf("training state %q: tensor %q: found shape %v, want %v", f.Path, name, t.Shape, want)
	}
	v, err := t.Float32s()
	if err != nil {
		return nil, fmt.Errorf("training state %q: tensor %q: %w", f.Path, name, err)
	}
	return v, nil
}
