package main

import (
	"slices"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/internal/fixtures"
)

// oneHots are conditions of two classes [models, count, 2], one class a model.
func oneHots(count int, classes ...int64) checkpoint.Named {
	var v []float32
	for _, class := range classes {
		row := []float32{0, 0}
		row[class] = 1
		v = append(v, slices.Repeat(row, count)...)
	}
	return checkpoint.Named{Name: "y", Tensor: checkpoint.Float32Tensor([]int{len(classes), count, 2}, v)}
}

// TestICDJoined holds several checkpoints under --op, evaluated and sampled, to the
// authors' compositions. The engines are the business of models/icd's tests.
func TestICDJoined(t *testing.T) {
	c := fixtures.Case(t, "icd/celeba_pair")
	selected, err := c.Tensor(t, "select_idx").Int64s()
	if err != nil {
		t.Fatal(err)
	}
	named := func(as, name string) checkpoint.Named {
		return checkpoint.Named{Name: as, Tensor: c.Tensor(t, name)}
	}
	for op, name := range map[string]string{"and": "conj", "not": "neg", "or": "disj"} {
		t.Run(op, func(t *testing.T) {
			verb := func(name string) []string {
				return append([]string{name}, append(slices.Clone(c.Checkpoints), "--engine", engine.Go, "--op", op)...)
			}
			in := []checkpoint.Named{named("x", "x"), oneHots(c.Shape(t, "x")[0], selected...)}
			out := exchange(t, in, verb("energy"), "--in", "--out", ".npz")
			compare(t, c, out, "scales", name+".scales")
			compare(t, c, out, "grad", name+".grad")
			in = []checkpoint.Named{named("x0", "x0"), named("noise", "noise"), oneHots(c.Shape(t, "x0")[0], selected...)}
			out = exchange(t, in, verb("sample"), "--replay", "--trace", ".safetensors")
			compare(t, c, out, "x", "traj_"+name+".x")
			compare(t, c, out, "energy", "traj_"+name+".energy")
		})
	}
}

// TestICDSwitch holds a chain whose noise fades, and a flag given by hand, to the
// authors' numbers.
func TestICDSwitch(t *testing.T) {
	c := fixtures.Case(t, "icd/mnist_legacy")
	in := []checkpoint.Named{{Name: "x0", Tensor: c.Tensor(t, "x0")}, {Name: "noise", Tensor: c.Tensor(t, "noise")}}
	out := exchange(t, in, []string{"sample", c.Checkpoint, "--engine", engine.Go, "--set", "anneal=true", "--model", "0"}, "--replay", "--trace", ".npz")
	compare(t, c, out, "x", "traj_anneal.x")
	compare(t, c, out, "energy", "traj_anneal.energy")
	c = fixtures.Case(t, "icd/cifar_cond_sn")
	in = []checkpoint.Named{{Name: "x", Tensor: c.Tensor(t, "x")}, {Name: "y", Tensor: c.Tensor(t, "y")}}
	out = exchange(t, in, []string{"energy", c.Checkpoint, "--engine", engine.Go, "--weights", "raw", "--net", "self_attn=true"}, "--in", "--out", ".npz")
	compare(t, c, out, "scales", "raw.scales.attn_toggled")
}
