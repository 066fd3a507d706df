package cdrl

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// stored are the banks of a training state with their prefixes, in file order; the
// first four are the model's.
func (l *learner) stored() (prefixes []string, banks []*nn.Bank) {
	prefixes = []string{
		PrefixNet, PrefixNetEMA, PrefixInitializer, PrefixInitializerEMA,
		"adam_m.ebm.", "adam_v.ebm.", "adam_m.init.", "adam_v.init.",
	}
	e, p := l.energy, l.proposal
	return prefixes, []*nn.Bank{e.weights, e.mean, p.weights, p.mean, e.m, e.v, p.m, p.v}
}

const modelBanks = 4

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

// model is the checkpoint for use: raw and averaged weights and the header.
func (l *learner) model(iterations int) ([]checkpoint.Named, map[string]string, error) {
	prefixes, banks := l.stored()
	list, err := named(prefixes[:modelBanks], banks[:modelBanks])
	if err != nil {
		return nil, nil, err
	}
	h := Header{Name: l.data.Name, Iterations: iterations, Options: l.config.options(l.data)}
	if l.net.Classes > 0 {
		h.Labels, h.Attributes = l.data.Labels, l.data.Attributes
		h.Together = len(h.Attributes) > 0 && l.config.Together
	}
	return list, h.Metadata(), nil
}
