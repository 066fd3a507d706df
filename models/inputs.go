package models

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// CheckSettings refuses settings that are none of these knobs, no numbers from 0,
// or no whole ones where the knob is.
func CheckSettings(s sampling.Settings, knobs ...sampling.Knob) error {
	var names []string
	for _, k := range knobs {
		names = append(names, k.Name)
		v, ok := s[k.Name]
		switch {
		case !ok:
		case !(v >= 0) || math.IsInf(v, 0):
			return fmt.Errorf("setting %q: found %v, want a number from 0", k.Name, v)
		case k.Integer && (v != math.Trunc(v) || v > math.MaxInt32):
			return fmt.Errorf("setting %q: found %v, want a whole number", k.Name, v)
		}
	}
	for name := range s {
		if len(names) == 0 {
			return fmt.Errorf("setting %q: want none here", name)
		}
		if !slices.Contains(names, name) {
			return fmt.Errorf("setting %q: want one of %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// OnlyArrays refuses arrays of other names.
func OnlyArrays(in map[string]checkpoint.Tensor, names ...string) error {
	for name := range in {
		if !slices.Contains(names, name) {
			return fmt.Errorf("array %q: not known here, want %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// FloatArray reads a float32 array whose shape is as wanted; -1 is any size from 1.
func FloatArray(in map[string]checkpoint.Tensor, name string, want ...int) ([]float32, []int, error) {
	text := strings.ReplaceAll(fmt.Sprint(want), "-1", "N")
	t, ok := in[name]
	if !ok {
		return nil, nil, fmt.Errorf("array %q: missing, want float32 %s", name, text)
	}
	fits := t.DType == "float32" && len(t.Shape) == len(want)
	for i := 0; fits && i < len(want); i++ {
		fits = t.Shape[i] == want[i] || want[i] == -1 && t.Shape[i] > 0
	}
	if !fits {
		return nil, nil, fmt.Errorf("array %q: found %s %v, want float32 %s", name, t.DType, t.Shape, text)
	}
	v, err := t.Float32s()
	if err != nil {
		return nil, nil, fmt.Errorf("array %q: %w", name, err)
	}
	return v, t.Shape, nil
}

// Pictures reads an array of count pictures (-1: any number) of this model's size.
func (m *Model) Pictures(in map[string]checkpoint.Tensor, name string, count int) (sampling.Images, error) {
	v, s, err := FloatArray(in, name, count, m.C, m.H, m.W)
	if err != nil {
		return sampling.Images{}, err
	}
	return sampling.Images{N: s[0], C: m.C, H: m.H, W: m.W, Data: v}, nil
}

// Noise reads recorded noise, one batch of count pictures a step.
func (m *Model) Noise(in map[string]checkpoint.Tensor, name string, count int) ([]sampling.Images, error) {
	v, s, err := FloatArray(in, name, -1, count, m.C, m.H, m.W)
	if err != nil {
		return nil, err
	}
	all := sampling.Images{N: s[0] * count, C: m.C, H: m.H, W: m.W, Data: v}
	steps := make([]sampling.Images, s[0])
	for i := range steps {
		steps[i] = all.Slice(i*count, (i+1)*count)
	}
	return steps, nil
}

// PicturesTensor is a batch of pictures as an array [N, C, H, W].
func PicturesTensor(x sampling.Images) checkpoint.Tensor {
	return checkpoint.Float32Tensor([]int{x.N, x.C, x.H, x.W}, x.Data)
}
