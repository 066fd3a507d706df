package studio

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

func fullRecipe() Recipe {
	return Recipe{
		Version: 1, Seed: math.MaxUint64, Chains: 2, Sampler: SamplerFamily, Engine: "xla:cpu 0.11.2",
		Checkpoint: CheckpointRef{Name: "last.ckpt", SHA256: "b0b1", Weights: "raw", Net: map[string]string{"size": "28"}},
		Settings:   sampling.Settings{"step_size": 0.1, "steps": 60},
		Terms: []Term{
			{Weight: 1.5, Name: "coat", Latents: [][]float32{{0.6, 0.8}}},
			{Weight: -0.5, Labels: []int{1, 0}},
			{Weight: 1},
		},
	}
}

func TestRecipeRoundTrip(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	for _, r := range []Recipe{fullRecipe(), DefaultRecipe(o)} {
		got, err := ParseRecipe(r.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("found %+v, want %+v", got, r)
		}
		if err := got.Validate(o.Model); err != nil {
			t.Error(err)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	r := fullRecipe()
	before := string(r.JSON())
	c := r.Clone()
	c.Settings["steps"], c.Terms[0].Latents[0][0], c.Terms[1].Labels[0], c.Checkpoint.Net["size"] = 1, 9, 9, "9"
	if string(r.JSON()) != before {
		t.Error("changing the copy changed the recipe")
	}
}

func TestParseRecipeErrors(t *testing.T) {
	good := string(fullRecipe().JSON())
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("the recipe has no %s", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "not valid JSON"},
		{"text", "coat", "not valid JSON"},
		{"no version", "{}", "found no version"},
		{"newer", change(`"version": 1`, `"version": 99`), "newer program"},
		{"newer with new fields", `{"version": 99, "colour": 1}`, "newer program"},
		{"version 0", change(`"version": 1`, `"version": 0`), "found version 0"},
		{"unknown field", change(`"seed"`, `"sede"`), `unknown field "sede"`},
		{"behind the end", good + "{}", "after top-level value"},
		{"negative seed", change(`"seed": 18446744073709551615`, `"seed": -1`), "seed"},
		{"too large", change(`"step_size": 0.1`, `"step_size": 1e999`), "1e999"},
		{"chains", change(`"chains": 2`, `"chains": 0`), "found 0 chains"},
		{"sampler", change(`"family"`, `"nuts"`), `unknown sampler "nuts", want family, preconditioned, mala, hmc, gibbs, descent`},
		{"weights", change(`"raw"`, `"cooked"`), `unknown weights "cooked"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ParseRecipe([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestValidateErrors(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	for _, c := range []struct {
		name   string
		change func(*Recipe)
		want   string
	}{
		{"unknown knob", func(r *Recipe) { r.Settings["stepsize"] = 1 }, `unknown knob "stepsize", did you mean "step_size"?, want one of steps, step_size, step_noise`},
		{"knob of another sampler", func(r *Recipe) { r.Sampler = SamplerMALA }, `unknown knob "step_size", did you mean "steps"?, want one of steps, delta, adapt, scales`},
		{"above", func(r *Recipe) { r.Settings["step_size"] = 2 }, "knob step_size: found 2, want 0 to 1"},
		{"not finite", func(r *Recipe) { r.Settings["step_size"] = math.NaN() }, "step_size is NaN"},
		{"not whole", func(r *Recipe) { r.Settings["steps"] = 1.5 }, "knob steps: found 1.5, want a whole number"},
		{"weight", func(r *Recipe) { r.Terms[1].Weight = math.Inf(1) }, "term 2: weight is +Inf"},
		{"label", func(r *Recipe) { r.Terms[1].Labels[0] = 2 }, "term 2: found label 2, want 0 to 1"},
		{"labels", func(r *Recipe) { r.Terms[1].Labels = []int{0, 1, 0} }, "term 2: found 3 labels, want 1 or one for each of 2 chains"},
		{"latent length", func(r *Recipe) { r.Terms[0].Latents[0] = []float32{1} }, "term 1: found a latent of 1 numbers, want 2"},
		{"latent", func(r *Recipe) { r.Terms[0].Latents[0][1] = float32(math.NaN()) }, "term 1: found a latent with a number that is not finite"},
		{"chains", func(r *Recipe) { r.Chains = MaxChains + 1 }, "found 4097 chains"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := fullRecipe()
			c.change(&r)
			if err := r.Validate(o.Model); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestInvalidRecipeFailsTheJob(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := s.Sample(o, recipe(o, 2, sampling.Settings{"temperature": 1}), nil)
	if err := j.Wait(deadline(t)); err == nil || !strings.Contains(err.Error(), `sample bowl.safetensors: unknown knob "temperature"`) {
		t.Errorf("found %v, want the unknown knob named", err)
	}
	if _, err := j.Result(); err == nil {
		t.Error("found a result of a job that never began")
	}
	if err := s.Sample(o, recipe(o, -1, nil), nil).Wait(deadline(t)); err == nil {
		t.Error("a recipe of -1 chains ran")
	}
}

func FuzzParseRecipe(f *testing.F) {
	f.Add(fullRecipe().JSON())
	f.Add([]byte(`{"version":1,"chains":1,"sampler":"mala"}`))
	f.Add([]byte(`{"version":5}`))
	f.Add([]byte(`{"version":1,"chains":1,"sampler":"family","terms":[{"weight":1e308,"labels":[]}],"settings":{"a":-0}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ParseRecipe(in)
		if err != nil {
			return
		}
		written := r.JSON()
		again, err := ParseRecipe(written)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, written)
		}
		if !bytes.Equal(again.JSON(), written) {
			t.Fatalf("written twice:\n%s\n%s", written, again.JSON())
		}
	})
}
