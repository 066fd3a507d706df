package clel

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Prefixes of the training state, besides those of format.go.
const (
	prefixAdam     = "adam_v."
	prefixMomentum = "sgd_momentum."
	replayName     = "sampler.levels" // uint8 [chains, channels, height, width]
)

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

// latentsOf is the number of pictures of a class whose latents are summed.
const latentsOf = 64

// model is the checkpoint for use: averaged and raw weights, the classes' latents
// and the header.
func (l *learner) model(iterations int) ([]checkpoint.Named, map[string]string, error) {
	all, err := l.state()
	if err != nil {
		return nil, nil, err
	}
	var list []checkpoint.Named
	for _, t := range all {
		if slices.ContainsFunc([]string{PrefixNet, PrefixNetEMA, PrefixEncoder, PrefixEncoderEMA}, func(p string) bool { return strings.HasPrefix(t.Name, p) }) {
			list = append(list, t)
		}
	}
	c := l.config
	h := Header{
		Name: l.data.Name, Height: l.data.H, Width: l.data.W, Channels: l.data.C, Labels: l.data.Labels,
		TrainedSteps: c.chainLength(), Iterations: iterations,
		StepSize: c.StepSize, StepNoise: c.StepNoise, StepClip: c.Clip, Steps: c.chainLength(), Beta: c.Beta,
	}
	return list, h.Metadata(), nil
}

// chainLength is how many steps a chain walks before it is replaced, on average.
func (c LearnConfig) chainLength() int {
	if c.Reinit <= 0 {
		return 0
	}
	return int(float64(c.Steps) / c.Reinit)
}

// sheetChains is the number of chains of a sample sheet.
const sheetChains = 32

// sheets draws chains of the averaged weights from uniform noise, as long as they
// were in training, and pictures of the buffer.
func (l *learner) sheets(ctx context.Context, iterations int) ([]models.Sheet, error) {
	if err := l.refold(l.ebmMean, &l.effectiveMean); err != nil {
		return nil, err
	}
	noise := sampling.NewImages(l.config.Batch, l.data.C, l.data.H, l.data.W)
	key := l.derived(keySheet)
	if err := key.Uniforms(sampling.StreamStart, 0, noise, 0, 1); err != nil {
		return nil, err
	}
	steps := max(l.config.Steps, min(l.config.chainLength(), maxSheetSteps))
	noise, _, err := l.chain(ctx, l.effectiveMean, key, 0, steps, noise)
	if err != nil {
		return nil, err
	}
	slots := make([]int, min(sheetChains, l.replay.Len()))
	for i := range slots {
		slots[i] = i
	}
	n := min(sheetChains, noise.N)
	return []models.Sheet{
		{Name: "noise", Pictures: noise.Slice(0, n), Columns: 8},
		{Name: "buffer", Pictures: l.replay.At(slots), Columns: 8},
	}, nil
}

// maxSheetSteps bounds the time that a sheet takes from training.
const maxSheetSteps = 600
