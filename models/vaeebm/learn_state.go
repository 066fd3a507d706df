package vaeebm

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// stored are the banks of a training state with their prefixes, in file order: raw
// weights, averaged ones, Adam's moments.
func (l *learner) stored() (prefixes []string, banks []*nn.Bank) {
	add := func(prefix string, b *nn.Bank) {
		if b != nil {
			prefixes, banks = append(prefixes, prefix), append(banks, b)
		}
	}
	for _, kind := range []struct {
		prefix string
		bank   func(learning) *nn.Bank
	}{
		{"", func(n learning) *nn.Bank { return n.weights }},
		{averagedPrefix, func(n learning) *nn.Bank { return n.mean }},
		{"adam_m.", func(n learning) *nn.Bank { return n.m }},
		{"adam_v.", func(n learning) *nn.Bank { return n.v }},
	} {
		add(kind.prefix+torchLayout.ebm, kind.bank(l.energyNow))
		add(kind.prefix+torchLayout.generator, kind.bank(l.generatorNow))
		add(kind.prefix+torchLayout.encoder, kind.bank(l.encoderNow))
	}
	return prefixes, banks
}

// state is everything that later iterations depend on.
func (l *learner) state() ([]checkpoint.Named, error) {
	prefixes, banks := l.stored()
	return named(prefixes, banks)
}

func named(prefixes []string, banks []*nn.Bank) ([]checkpoint.Named, error) {
	var list []checkpoint.Named
	for i, b := range banks {
		p, err := b.Params()
		if err != nil {
			return nil, err
		}
		for _, q := range p {
			list = append(list, checkpoint.Named{Name: prefixes[i] + q.Name, Tensor: checkpoint.Float32Tensor(q.Shape, q.Data)})
		}
	}
	return list, nil
}

// restore puts a state back; a missing or misshapen tensor is an error and leaves
// the learner as it was.
func (l *learner) restore(f *checkpoint.File) error {
	prefixes, banks := l.stored()
	fresh := make([][]*tensors.Tensor, len(banks))
	for i, b := range banks {
		for j, name := range b.Names {
			t, ok := f.Tensors[prefixes[i]+name]
			want := b.Values[j].Shape().Dimensions
			if !ok || !slices.Equal(t.Shape, want) {
				return fmt.Errorf("training state %q: tensor %q: found shape %v, want %v", f.Path, prefixes[i]+name, t.Shape, want)
			}
			v, err := t.Float32s()
			if err != nil {
				return fmt.Errorf("training state %q: tensor %q: %w", f.Path, prefixes[i]+name, err)
			}
			fresh[i] = append(fresh[i], tensors.FromFlatDataAndDimensions(v, want...))
		}
	}
	for i, b := range banks {
		b.Values = fresh[i]
	}
	return nil
}

// checkpoint is the file for use: raw and averaged weights and the header.
func (l *learner) checkpoint(iterations int) ([]checkpoint.Named, map[string]string, error) {
	prefixes, banks := l.stored()
	list, err := named(prefixes[:len(prefixes)/2], banks[:len(banks)/2])
	if err != nil {
		return nil, nil, err
	}
	return list, l.config.described(l.parts).Metadata(l.data.Name, iterations), nil
}
