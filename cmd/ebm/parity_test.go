package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/internal/fixtures"
)

// ebm runs the program in this process and fails the test unless it ends well.
func ebm(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), args, &out, &errs); code != 0 {
		t.Fatalf("ebm %s: exit code %d\n%s", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

// engines are those that work here.
func engines(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, name := range engine.Names() {
		e, err := engine.Open(context.Background(), engine.Options{Name: name})
		if err != nil {
			t.Logf("engine %s is not checked here: %v", name, err)
			continue
		}
		e.Close()
		names = append(names, name)
	}
	return names
}

// chosen are the cases that go through the command line on an engine: all on pure
// Go, one on XLA, which compiles for seconds in every run of the program. What
// each engine computes for each case is the business of models/clel's tests; here
// it is that nothing is lost on the way.
func chosen(name string, cases []string) []string {
	if name == engine.Go {
		return cases
	}
	return []string{"clel/resnet_28"}
}

// exchange writes arrays, runs a verb on them and reads what it wrote.
func exchange(t *testing.T, in []checkpoint.Named, verb []string, inFlag, outFlag, ext string) map[string]checkpoint.Tensor {
	t.Helper()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "in"+ext), filepath.Join(dir, "out"+ext)
	if err := checkpoint.Write(from, in, nil); err != nil {
		t.Fatal(err)
	}
	ebm(t, append(verb, inFlag, from, outFlag, to)...)
	f, err := checkpoint.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	return f.Tensors
}

func compare(t *testing.T, c *fixtures.Fixture, out map[string]checkpoint.Tensor, name, expected string) {
	t.Helper()
	got, ok := out[name]
	if !ok {
		t.Errorf("%s: array %q was not written", c.Name, name)
		return
	}
	v, err := got.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	c.Close(t, expected, v)
}

// row takes one row of a matrix.
func row(t *testing.T, c *fixtures.Fixture, name string, i int) checkpoint.Tensor {
	shape := c.Shape(t, name)
	v := c.Floats(t, name)
	return checkpoint.Float32Tensor([]int{1, shape[1]}, v[i*shape[1]:(i+1)*shape[1]])
}

// TestCLELArrays holds "ebm energy" to everything the authors' program computes.
func TestCLELArrays(t *testing.T) {
	cases := fixtures.Cases(t, "clel")
	for _, e := range engines(t) {
		for _, name := range chosen(e, cases) {
			t.Run(e+"/"+name, func(t *testing.T) {
				c := fixtures.Case(t, name)
				x := checkpoint.Named{Name: "x", Tensor: c.Tensor(t, "x")}
				one := checkpoint.Named{Name: "z", Tensor: row(t, c, "zagg", 0)}
				two := checkpoint.Named{Name: "z", Tensor: c.Tensor(t, "zagg")}
				energy := func(ext string, in []checkpoint.Named, flags ...string) map[string]checkpoint.Tensor {
					return exchange(t, in, append([]string{"energy", c.Checkpoint, "--engine", e}, flags...), "--in", "--out", ext)
				}
				plain := func(out map[string]checkpoint.Tensor, weights string) {
					for _, a := range []string{"f", "proj", "energy", "grad", "enc", "z"} {
						compare(t, c, out, a, weights+"."+a)
					}
				}
				out := energy(".npz", []checkpoint.Named{x}, "--weights", "raw")
				plain(out, "raw")
				compare(t, c, out, "ood", "raw.ood.beta0.1")
				out = energy(".safetensors", []checkpoint.Named{x, one})
				plain(out, "ema")
				compare(t, c, out, "ood", "ema.ood.beta0.1")
				compare(t, c, out, "joint_energy", "ema.joint_energy.beta0.01")
				out = energy(".safetensors", []checkpoint.Named{x, one}, "--set", "beta=0.5")
				compare(t, c, out, "joint_energy", "ema.joint_energy.beta0.5")
				compare(t, c, out, "joint_grad", "ema.joint_grad.beta0.5")
				out = energy(".npz", []checkpoint.Named{x, two}, "--set", "beta=0.5")
				compare(t, c, out, "composed_energy", "ema.composed_energy.beta0.5")
				compare(t, c, out, "composed_grad", "ema.composed_grad.beta0.5")
			})
		}
	}
}

var setting = regexp.MustCompile(`(step_size|step_noise|step_clip|beta)=([0-9.e-]+)`)

// TestCLELReplays holds "ebm sample --replay" to the authors' chains.
func TestCLELReplays(t *testing.T) {
	cases := fixtures.Cases(t, "clel")
	for _, e := range engines(t) {
		for _, name := range chosen(e, cases) {
			c := fixtures.Case(t, name)
			for array, a := range c.Meta.Arrays {
				chain, isChain := strings.CutSuffix(array, ".x")
				if !isChain || !strings.HasPrefix(chain, "traj") {
					continue
				}
				t.Run(e+"/"+name+"/"+chain, func(t *testing.T) {
					start := "sgld.uniform"
					if strings.Contains(a.Desc, "start sgld.mixed") {
						start = "sgld.mixed"
					}
					in := []checkpoint.Named{{Name: "x0", Tensor: c.Tensor(t, start)}, {Name: "noise", Tensor: c.Tensor(t, "sgld.noise")}}
					switch chain {
					case "traj_joint":
						in = append(in, checkpoint.Named{Name: "z", Tensor: row(t, c, "zagg", 0)})
					case "traj_composed":
						in = append(in, checkpoint.Named{Name: "z", Tensor: c.Tensor(t, "zagg")})
					}
					verb := []string{"sample", c.Checkpoint, "--engine", e}
					if strings.Contains(a.Desc, "raw weights") {
						verb = append(verb, "--weights", "raw")
					}
					found := map[string]bool{}
					for _, m := range setting.FindAllStringSubmatch(a.Desc, -1) {
						if value := strings.TrimRight(m[2], "."); !found[m[1]] {
							found[m[1]] = true
							verb = append(verb, "--set", m[1]+"="+value)
						}
					}
					if !found["step_size"] || !found["step_noise"] || !found["step_clip"] {
						t.Fatalf("%s: the description names no settings: %q", array, a.Desc)
					}
					out := exchange(t, in, verb, "--replay", "--trace", ".npz")
					compare(t, c, out, "x", chain+".x")
					compare(t, c, out, "energy", chain+".energy")
				})
			}
		}
	}
}
