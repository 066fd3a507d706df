package icd

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// Names in a training state, besides the model's.
const (
	prefixRaw   = "model_state_dict_0."
	prefixEMA   = "ema_model_state_dict_0."
	prefixAdam  = "adam_v."
	pastLevels  = "sampler.levels" // uint8 [pictures, channels, height, width]
	pastHistory = "sampler.past"   // float32 [pictures, 3]: class, age, iteration
)

// learningSpecs starts plain convolutions with a deviation of 1/sqrt(inputs) and no bias,
// and conditions with little effect.
func learningSpecs(specs []nn.Spec) []nn.Spec {
	var list []nn.Spec
	for _, s := range specs {
		switch {
		case s.Role == nn.Bias:
			s.Bound, s.Deviation = 0, 0
		case s.Role == nn.Weight && len(s.Shape) == 4:
			s.Bound, s.Deviation = 0, 1/math.Sqrt(float64(nn.Size(s.Shape[1:])))
		case strings.HasSuffix(s.Name, ".latent_map"+weight) || strings.HasSuffix(s.Name, ".latent_map_2"+weight):
			s.Bound, s.Deviation = 0, 0.1
		}
		list = append(list, s)
	}
	return list
}

// stored are the banks of a training state with their prefixes; the first two are the
// model's.
func (l *learner) stored() []nn.Stored {
	return []nn.Stored{{Prefix: prefixRaw, Bank: l.weights}, {Prefix: prefixEMA, Bank: l.mean}, {Prefix: prefixAdam, Bank: l.v}}
}

const modelBanks = 2

// state is everything that later iterations depend on.
func (l *learner) state() ([]checkpoint.Named, error) {
	list, err := nn.Tensors(l.stored())
	if err != nil {
		return nil, err
	}
	past := make([]float32, 0, 3*l.past.pictures.Len())
	for slot := range l.past.pictures.Len() {
		past = append(past, float32(l.past.label[slot]), float32(l.past.age[slot]), float32(l.past.born[slot]))
	}
	n := l.past.pictures.Len()
	return append(list,
		checkpoint.Named{Name: pastLevels, Tensor: checkpoint.Uint8Tensor([]int{n, l.data.C, l.data.H, l.data.W}, l.past.pictures.Bytes())},
		checkpoint.Named{Name: pastHistory, Tensor: checkpoint.Float32Tensor([]int{n, 3}, past)}), nil
}

// restore puts a state back; a missing or misshapen tensor is an error and leaves
// the learner as it was.
func (l *learner) restore(f *checkpoint.File) error {
	past, err := nn.StateFloats(f, pastHistory, []int{l.past.pictures.Len(), 3})
	if err != nil {
		return err
	}
	levels, ok := f.Tensors[pastLevels]
	if want := len(l.past.pictures.Bytes()); !ok || levels.DType != "uint8" || len(levels.Data) != want {
		return fmt.Errorf("training state %q: tensor %q: found %q of %d bytes, want uint8 of %d", f.Path, pastLevels, levels.DType, len(levels.Data), want)
	}
	if err := nn.Restore(f, l.stored()); err != nil {
		return err
	}
	if err := l.past.pictures.FromBytes(levels.Data); err != nil {
		return fmt.Errorf("training state %q: %w", f.Path, err)
	}
	for slot := range l.past.label {
		l.past.label[slot], l.past.age[slot], l.past.born[slot] = int(past[3*slot]), int(past[3*slot+1]), int(past[3*slot+2])
	}
	return nil
}

// maxSampleSteps bounds the default length of chains that a model is sampled with.
const maxSampleSteps = 1000

// model is the checkpoint for use: averaged and raw weights and the header. Chains are
// as long by default as the kept samples' were on average.
func (l *learner) model(iterations int) ([]checkpoint.Named, map[string]string, error) {
	list, err := nn.Tensors(l.stored()[:modelBanks])
	if err != nil {
		return nil, nil, err
	}
	f := l.flags
	f.Steps = l.age(iterations)
	m := f.metadata()
	m[keyFamily], m[keyName], m[keyIterations] = Name, l.data.Name, strconv.Itoa(iterations)
	m[keySize] = fmt.Sprintf("%d,%d", l.data.H, l.data.W)
	if l.net.Conditional {
		labels, err := json.Marshal(l.data.Labels)
		if err != nil {
			return nil, nil, fmt.Errorf("labels: %w", err)
		}
		m[keyLabels] = string(labels)
	}
	return list, m, nil
}

// age is the mean number of steps that the kept samples' chains had walked, rounded to
// whole iterations.
func (l *learner) age(iterations int) int {
	walks := math.Round(l.past.meanAge(iterations*l.config.Batch) / float64(l.config.Steps))
	return min(max(int(walks), 1)*l.config.Steps, maxSampleSteps)
}
