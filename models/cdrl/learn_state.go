package cdrl

import (
	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// stored are the banks of a training state with their prefixes, in file order; the
// first four are the model's.
func (l *learner) stored() []nn.Stored {
	e, p := l.energy, l.proposal
	return []nn.Stored{
		{Prefix: PrefixNet, Bank: e.weights},
		{Prefix: PrefixNetEMA, Bank: e.mean},
		{Prefix: PrefixInitializer, Bank: p.weights},
		{Prefix: PrefixInitializerEMA, Bank: p.mean},
		{Prefix: "adam_m.ebm.", Bank: e.m},
		{Prefix: "adam_v.ebm.", Bank: e.v},
		{Prefix: "adam_m.init.", Bank: p.m},
		{Prefix: "adam_v.init.", Bank: p.v},
	}
}

const modelBanks = 4

// state is everything that later iterations depend on.
func (l *learner) state() ([]checkpoint.Named, error) { return nn.Tensors(l.stored()) }

// restore puts a state back; a missing or misshapen tensor is an error and leaves
// the learner as it was.
func (l *learner) restore(f *checkpoint.File) error { return nn.Restore(f, l.stored()) }

// model is the checkpoint for use: raw and averaged weights and the header.
func (l *learner) model(iterations int) ([]checkpoint.Named, map[string]string, error) {
	list, err := nn.Tensors(l.stored()[:modelBanks])
	if err != nil {
		return nil, nil, err
	}
	h := Header{Name: l.data.Name, Iterations: iterations, Steps: l.config.Steps, Options: l.config.options(l.data)}
	if l.net.Classes > 0 {
		h.Labels, h.Attributes = l.data.Labels, l.data.Attributes
		h.Together = len(h.Attributes) > 0 && l.config.Together
	}
	return list, h.Metadata(), nil
}
