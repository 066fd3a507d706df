package vaeebm

import (
	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// stored are the banks of a training state with their prefixes, in file order: raw
// weights, averaged ones, Adam's moments.
func (l *learner) stored() (list []nn.Stored) {
	add := func(prefix string, b *nn.Bank) {
		if b != nil {
			list = append(list, nn.Stored{Prefix: prefix, Bank: b})
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
	return list
}

// state is everything that later iterations depend on.
func (l *learner) state() ([]checkpoint.Named, error) { return nn.Tensors(l.stored()) }

// restore puts a state back; a missing or misshapen tensor is an error and leaves
// the learner as it was.
func (l *learner) restore(f *checkpoint.File) error { return nn.Restore(f, l.stored()) }

// checkpoint is the file for use: raw and averaged weights and the header.
func (l *learner) checkpoint(iterations int) ([]checkpoint.Named, map[string]string, error) {
	stored := l.stored()
	list, err := nn.Tensors(stored[:len(stored)/2])
	if err != nil {
		return nil, nil, err
	}
	return list, l.config.described(l.parts).Metadata(l.data.Name, iterations), nil
}
