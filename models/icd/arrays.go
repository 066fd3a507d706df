package icd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// arrays computes this family's row of docs/arrays.md: the energies of x, column by
// column, their sum and its gradient, perhaps under conditions y.
func (m mixture) arrays(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	if err := models.CheckSettings(s); err != nil {
		return nil, err
	}
	if err := models.OnlyArrays(in, "x", "y"); err != nil {
		return nil, err
	}
	x, err := m.pictures(in, "x")
	if err != nil {
		return nil, err
	}
	labels, err := m.labels(in, x.N)
	if err != nil {
		return nil, err
	}
	scales, grad, err := m.bound(labels).columns(x, true)
	if err != nil {
		return nil, err
	}
	return map[string]checkpoint.Tensor{
		"scales": checkpoint.Float32Tensor([]int{x.N, len(scales[0])}, slices.Concat(scales...)),
		"energy": checkpoint.Float32Tensor([]int{x.N}, sums(scales)),
		"grad":   models.PicturesTensor(grad),
	}, nil
}

// replay runs the sampler from x0 with recorded noise [steps, pictures, ...] and
// perhaps conditions y; it returns the pictures after every step and the energies of
// every column where the step's gradient was taken: after its noise.
func (m mixture) replay(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	knobs := m.nets[0].sampler
	if _, ok := s[knobs.steps.Name]; ok {
		return nil, fmt.Errorf("setting %q: a replay takes as many steps as the array \"noise\" has", knobs.steps.Name)
	}
	if err := models.OnlyArrays(in, "x0", "noise", "y"); err != nil {
		return nil, err
	}
	x, err := m.pictures(in, "x0")
	if err != nil {
		return nil, err
	}
	noise, err := recorded(in, x)
	if err != nil {
		return nil, err
	}
	labels, err := m.labels(in, x.N)
	if err != nil {
		return nil, err
	}
	set := maps.Clone(s)
	if set == nil {
		set = sampling.Settings{}
	}
	set[knobs.steps.Name], set[knobs.jumpEvery.Name] = float64(len(noise)), 0 // a replay has no numbers to jump by
	ledger := &ledger{energy: m.bound(labels)}
	plan, err := m.plan([]sampling.Term{{Weight: 1, Energy: ledger.energy}}, set)
	if err != nil {
		return nil, err
	}
	plan[0].Energy = ledger
	var pictures []float32
	for state, err := range sampling.Run(context.Background(), sampling.Recorded(noise), x, plan) {
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, state.X.Data...)
	}
	columns := len(m.nets[0].net.Branches)
	return map[string]checkpoint.Tensor{
		"x":      checkpoint.Float32Tensor([]int{len(noise), x.N, x.C, x.H, x.W}, pictures),
		"energy": checkpoint.Float32Tensor([]int{len(noise), x.N, columns}, ledger.entries),
	}, nil
}

// ledger is an energy that writes down the columns of every evaluation with a
// gradient: one a step.
type ledger struct {
	*energy
	entries []float32
}

// Eval evaluates and writes down.
func (l *ledger) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	scales, grad, err := l.columns(x, true)
	if err != nil {
		return nil, sampling.Images{}, err
	}
	l.entries = append(l.entries, slices.Concat(scales...)...)
	return sums(scales), grad, nil
}

// pictures reads an array of pictures, of any size that every network takes.
func (m mixture) pictures(in map[string]checkpoint.Tensor, name string) (sampling.Images, error) {
	v, shape, err := models.FloatArray(in, name, -1, m.nets[0].net.Channels, -1, -1)
	if err != nil {
		return sampling.Images{}, err
	}
	x := sampling.Images{N: shape[0], C: shape[1], H: shape[2], W: shape[3], Data: v}
	for _, n := range m.nets {
		if err := n.fits(x); err != nil {
			return sampling.Images{}, fmt.Errorf("array %q: %w", name, err)
		}
	}
	return x, nil
}

// recorded reads the noise of every step for a batch like x.
func recorded(in map[string]checkpoint.Tensor, x sampling.Images) ([]sampling.Images, error) {
	v, shape, err := models.FloatArray(in, "noise", -1, x.N, x.C, x.H, x.W)
	if err != nil {
		return nil, err
	}
	all := sampling.Images{N: shape[0] * x.N, C: x.C, H: x.H, W: x.W, Data: v}
	steps := make([]sampling.Images, shape[0])
	for i := range steps {
		steps[i] = all.Slice(i*x.N, (i+1)*x.N)
	}
	return steps, nil
}

// labels reads the one-hot conditions of count pictures, [model][picture][class]:
// from y [N, classes] for all models or y [M, N, classes] for each. It is nil where
// there is no y.
func (m mixture) labels(in map[string]checkpoint.Tensor, count int) ([][][]float32, error) {
	t, ok := in["y"]
	if !ok {
		return nil, nil
	}
	classes := 0
	for _, n := range m.nets {
		if n.net.Conditional {
			classes = n.net.Classes
		}
	}
	if classes == 0 {
		return nil, errors.New("array \"y\": the model is unconditional, it knows no labels")
	}
	want := []int{count, classes}
	if len(t.Shape) == 3 {
		want = []int{len(m.nets), count, classes}
	}
	v, _, err := models.FloatArray(in, "y", want...)
	if err != nil {
		return nil, err
	}
	if !finite(v) {
		return nil, errors.New("array \"y\": found a value that is not finite")
	}
	rows := slices.Collect(slices.Chunk(v, classes))
	labels := make([][][]float32, len(m.nets))
	for k, n := range m.nets {
		switch {
		case !n.net.Conditional:
		case n.net.Classes != classes:
			return nil, fmt.Errorf("array \"y\": found conditions of %d classes, term %d (%s) takes %d", classes, k+1, n.name, n.net.Classes)
		case len(t.Shape) == 3:
			labels[k] = rows[k*count : (k+1)*count]
		default:
			labels[k] = rows
		}
	}
	return labels, nil
}
