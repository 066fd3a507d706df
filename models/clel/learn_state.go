package clel

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
)

// Prefixes of the training state, besides those of format.go.
const (
	prefixAdam     = "adam_v."
	prefixMomentum = "sgd_momentum."
	replayName     = "sampler.levels" // uint8 [chains, channels, height, width]
)

// learningSpecs starts convolutions as the authors do, normal with variance
// 1/inputs, without biases. Linear layers keep PyTorch's default, where the authors
// take a deviation of 0.01: from so small an f the energy |f|^2/2 grows
// exponentially for some 50 updates, faster than the chains of a small net can
// follow.
func learningSpecs(specs []nn.Spec) []nn.Spec {
	var list []nn.Spec
	for _, s := range specs {
		switch {
		case s.Role == nn.Bias:
			s.Bound, s.Deviation = 0, 0
		case s.Role == nn.Weight && len(s.Shape) == 4:
			s.Bound, s.Deviation = 0, 1/math.Sqrt(float64(nn.Size(s.Shape[1:])))
		}
		list = append(list, s)
	}
	return list
}

// normalisation sets the networks' own input statistics to those of the data.
func normalisation(p nn.Params, data models.Data) {
	for _, q := range p {
		switch q.Name {
		case "stem.0.mean", "conv1.0.mean":
			copy(q.Data, data.Mean)
		case "stem.0.std", "conv1.0.std":
			copy(q.Data, data.Std)
		}
	}
}

// stored are the banks of a training state by prefix.
func (l *learner) stored() map[string]*bank {
	m := map[string]*bank{PrefixNet: l.ebm, PrefixNetEMA: l.ebmMean, prefixAdam: l.ebmV}
	if l.config.Latent {
		m[PrefixEncoder], m[PrefixEncoderEMA], m[prefixMomentum] = l.enc, l.encMean, l.encMomentum
	}
	return m
}

// state is everything that later iterations depend on.
func (l *learner) state() ([]checkpoint.Named, error) {
	var list []checkpoint.Named
	for _, prefix := range []string{PrefixNet, PrefixNetEMA, prefixAdam, PrefixEncoder, PrefixEncoderEMA, prefixMomentum} {
		if b := l.stored()[prefix]; b != nil {
			p, err := b.params()
			if err != nil {
				return nil, err
			}
			list = append(list, named(prefix, p)...)
		}
	}
	shape := []int{l.replay.Len(), l.data.C, l.data.H, l.data.W}
	return append(list, checkpoint.Named{Name: replayName, Tensor: checkpoint.Uint8Tensor(shape, l.replay.Bytes())}), nil
}

func named(prefix string, p nn.Params) []checkpoint.Named {
	var list []checkpoint.Named
	for _, q := range p {
		list = append(list, checkpoint.Named{Name: prefix + q.Name, Tensor: checkpoint.Float32Tensor(q.Shape, q.Data)})
	}
	return list
}

// restore puts a state back; a missing or misshapen tensor is an error and leaves
// the learner as it was.
func (l *learner) restore(f *checkpoint.File) error {
	fresh := map[*bank][]*tensors.Tensor{}
	for prefix, b := range l.stored() {
		for i, name := range b.names {
			t, ok := f.Tensors[prefix+name]
			want := b.values[i].Shape().Dimensions
			if !ok || !slices.Equal(t.Shape, want) {
				return fmt.Errorf("training state %q: tensor %q: found shape %v, want %v", f.Path, prefix+name, t.Shape, want)
			}
			v, err := t.Float32s()
			if err != nil {
				return fmt.Errorf("training state %q: tensor %q: %w", f.Path, prefix+name, err)
			}
			fresh[b] = append(fresh[b], tensors.FromFlatDataAndDimensions(v, want...))
		}
	}
	levels, ok := f.Tensors[replayName]
	if !ok || levels.DType != "uint8" {
		return fmt.Errorf("training state %q: tensor %q: found %q, want uint8", f.Path, replayName, levels.DType)
	}
	if err := l.replay.FromBytes(levels.Data); err != nil {
		return fmt.Errorf("training state %q: %w", f.Path, err)
	}
	for b, values := range fresh {
		b.values = values
	}
	return nil
}
