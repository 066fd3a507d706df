package clel

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// arrays computes this family's row of docs/arrays.md: from x, and perhaps targets
// z, every quantity of the pictures.
func (n *network) arrays(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	if err := checkSettings(s, n.sampler.beta); err != nil {
		return nil, err
	}
	if err := onlyArrays(in, "x", "z"); err != nil {
		return nil, err
	}
	x, err := n.pictures(in, "x")
	if err != nil {
		return nil, err
	}
	out := map[string]checkpoint.Tensor{}
	if err := n.plainArrays(out, x, s); err != nil {
		return nil, err
	}
	if _, ok := in["z"]; !ok {
		return out, nil
	}
	targets, err := n.targets(in)
	if err != nil {
		return nil, err
	}
	name := "joint"
	if len(targets) > 1 {
		name = "composed"
	}
	e, err := n.conditioned(targets, s)
	if err != nil {
		return nil, err
	}
	return out, putEval(out, name+"_", e, x)
}

// plainArrays are those that need no target.
func (n *network) plainArrays(out map[string]checkpoint.Tensor, x sampling.Images, s sampling.Settings) error {
	features, err := n.run(n.features, x)
	if err != nil {
		return err
	}
	out["f"] = checkpoint.Float32Tensor(features[0].Shape, features[0].Data)
	out["proj"] = checkpoint.Float32Tensor(features[1].Shape, features[1].Data)
	if err := putEval(out, "", &energy{net: n, marginal: 1}, x); err != nil {
		return err
	}
	if n.encode == nil {
		return nil
	}
	h, z, err := n.latents(x)
	if err != nil {
		return err
	}
	beta := n.sampler.beta
	beta.Default = scoreBeta
	score, _ := n.scored(features[0].Data, features[1].Data, z, s.Of(beta))
	out["enc"] = checkpoint.Float32Tensor(h.Shape, h.Data)
	out["z"] = checkpoint.Float32Tensor(h.Shape, slices.Concat(z...))
	out["ood"] = checkpoint.Float32Tensor([]int{x.N}, score)
	return nil
}

// putEval evaluates an energy into the arrays prefix+"energy" and prefix+"grad".
func putEval(out map[string]checkpoint.Tensor, prefix string, e sampling.Energy, x sampling.Images) error {
	values, grad, err := e.Eval(x)
	if err != nil {
		return err
	}
	out[prefix+"energy"] = checkpoint.Float32Tensor([]int{x.N}, values)
	out[prefix+"grad"] = imagesTensor(grad)
	return nil
}

// conditioned is the joint or composed energy with the beta set.
func (n *network) conditioned(targets [][]float32, s sampling.Settings) (sampling.Energy, error) {
	e, err := n.at(given(targets))
	if err != nil {
		return nil, err
	}
	return e.(*energy).bound(s.Of(n.sampler.beta)), nil
}

// replay runs the sampler from x0 with recorded noise [steps, pictures, ...] and
// perhaps targets z; it returns the pictures after every step and the energies
// before it.
func (n *network) replay(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	if _, ok := s[n.sampler.steps.Name]; ok {
		return nil, fmt.Errorf("setting %q: a replay takes as many steps as the array \"noise\" has", n.sampler.steps.Name)
	}
	if err := onlyArrays(in, "x0", "noise", "z"); err != nil {
		return nil, err
	}
	x, err := n.pictures(in, "x0")
	if err != nil {
		return nil, err
	}
	noise, err := n.noise(in, x.N)
	if err != nil {
		return nil, err
	}
	var terms []sampling.Term
	if _, ok := in["z"]; ok {
		targets, err := n.targets(in)
		if err != nil {
			return nil, err
		}
		e, err := n.at(given(targets))
		if err != nil {
			return nil, err
		}
		terms = []sampling.Term{{Weight: 1, Energy: e}}
	}
	plan, err := n.plan(terms, s)
	if err != nil {
		return nil, err
	}
	plan[0].Steps = len(noise)
	var pictures, energies []float32
	for state, err := range sampling.Run(context.Background(), sampling.Recorded(noise), x, plan) {
		if err != nil {
			return nil, err
		}
		pictures, energies = append(pictures, state.X.Data...), append(energies, state.Energy...)
	}
	return map[string]checkpoint.Tensor{
		"x":      checkpoint.Float32Tensor([]int{len(noise), x.N, x.C, x.H, x.W}, pictures),
		"energy": checkpoint.Float32Tensor([]int{len(noise), x.N}, energies),
	}, nil
}

func imagesTensor(x sampling.Images) checkpoint.Tensor {
	return checkpoint.Float32Tensor([]int{x.N, x.C, x.H, x.W}, x.Data)
}

// onlyArrays refuses arrays of other names.
func onlyArrays(in map[string]checkpoint.Tensor, names ...string) error {
	for name := range in {
		if !slices.Contains(names, name) {
			return fmt.Errorf("array %q: not known here, want %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// array reads a float32 array whose shape is as wanted; -1 is any size from 1.
func array(in map[string]checkpoint.Tensor, name string, want ...int) ([]float32, []int, error) {
	t, ok := in[name]
	if !ok {
		return nil, nil, fmt.Errorf("array %q: missing, want float32 %s", name, shapeText(want))
	}
	fits := t.DType == "float32" && len(t.Shape) == len(want)
	for i := 0; fits && i < len(want); i++ {
		fits = t.Shape[i] == want[i] || want[i] == -1 && t.Shape[i] > 0
	}
	if !fits {
		return nil, nil, fmt.Errorf("array %q: found %s %v, want float32 %s", name, t.DType, t.Shape, shapeText(want))
	}
	v, err := t.Float32s()
	if err != nil {
		return nil, nil, fmt.Errorf("array %q: %w", name, err)
	}
	return v, t.Shape, nil
}

// shapeText writes a wanted shape, N for any size.
func shapeText(want []int) string {
	return strings.ReplaceAll(fmt.Sprint(want), "-1", "N")
}

// pictures reads an array of pictures of this model's size.
func (n *network) pictures(in map[string]checkpoint.Tensor, name string) (sampling.Images, error) {
	v, shape, err := array(in, name, -1, n.net.Channels, n.height, n.width)
	if err != nil {
		return sampling.Images{}, err
	}
	return sampling.Images{N: shape[0], C: shape[1], H: shape[2], W: shape[3], Data: v}, nil
}

// noise reads recorded noise, one batch of count pictures a step.
func (n *network) noise(in map[string]checkpoint.Tensor, count int) ([]sampling.Images, error) {
	v, shape, err := array(in, "noise", -1, count, n.net.Channels, n.height, n.width)
	if err != nil {
		return nil, err
	}
	all := sampling.Images{N: shape[0] * count, C: shape[2], H: shape[3], W: shape[4], Data: v}
	steps := make([]sampling.Images, shape[0])
	for i := range steps {
		steps[i] = all.Slice(i*count, (i+1)*count)
	}
	return steps, nil
}

// targets reads the latents that pictures are drawn to.
func (n *network) targets(in map[string]checkpoint.Tensor) ([][]float32, error) {
	size := n.net.LatentSize()
	v, shape, err := array(in, "z", -1, size)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, shape[0])
	for i := range rows {
		rows[i] = v[i*size : (i+1)*size]
	}
	return rows, nil
}
