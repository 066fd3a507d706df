package clel

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training/trainingtest"
)

// tiny are settings of a training that takes no time: 8x8 pixels, four channels,
// three steps, four chains of eight an iteration.
func tiny(more ...string) map[string]string {
	m := map[string]string{
		"batch": "4", "buffer": "8", "iterations": "6", "warm-up": "2", "width": "4,4", "patch": "1", "hidden": "4", "features": "3",
		"encoder-width": "4,4", "encoder-hidden": "4", "langevin-steps": "3", "reinit": "0.2", "ema": "0.5",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// squares is a data set of two classes, bright pictures and dark ones, all random.
func squares() models.Data {
	const c, h, w = 1, 8, 8
	uniform := func(k sampling.Key, step, n int, lo, hi float32) (sampling.Images, error) {
		x := sampling.NewImages(n, c, h, w)
		return x, k.Uniforms(sampling.StreamUser, step, x, lo, hi)
	}
	return models.Data{
		Name: "squares", C: c, H: h, W: w, Count: 100, Mean: []float32{0.5}, Std: []float32{0.3}, Labels: []string{"dark", "bright"},
		Batch: func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
			return uniform(k, step, n, 0, 1)
		},
		View: func(k sampling.Key, strength string, step int, x sampling.Images) (sampling.Images, error) {
			y, err := uniform(k, step, x.N, 0.5, 1)
			for j := range y.Data {
				y.Data[j] *= x.Data[j]
			}
			return y, err
		},
		OfLabel: func(label, n int) (sampling.Images, error) {
			return uniform(sampling.NewKey(9), label, min(n, 5), 0.5*float32(label), 0.5+0.5*float32(label))
		},
	}
}

// begin starts a tiny training.
func begin(t *testing.T, b compute.Backend, settings map[string]string) *models.Learner {
	t.Helper()
	l, err := Learn(b, squares(), settings)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// tinyLearner is a tiny training seen from inside.
func tinyLearner(t *testing.T, b compute.Backend, more ...string) *learner {
	t.Helper()
	c, err := ParseLearnConfig(tiny(more...))
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLearner(b, squares(), c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestResume: 6 iterations leave the same bytes as 3, a new process's learner and 3
// more, on every engine. All weights and both optimisers have moved by then.
func TestResume(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		settings := tiny("width", "4", "encoder-width", "4") // compiles soonest
		f := trainingtest.Resumes(t, 3, func() *models.Learner { return begin(t, b, settings) })
		start, err := tinyLearner(t, b, "width", "4", "encoder-width", "4").state()
		if err != nil {
			t.Fatal(err)
		}
		for _, was := range start {
			input := strings.HasSuffix(was.Name, ".0.mean") || strings.HasSuffix(was.Name, ".0.std")
			if moved := string(was.Tensor.Data) != string(f.Tensors[was.Name].Data); moved == input {
				t.Errorf("%s: moved is %t", was.Name, moved)
			}
		}
	})
}

// TestVariants: the rows of Table 7, the limits of gradients and the moves of chains
// all train.
func TestVariants(t *testing.T) {
	b := enginetest.Open(t, "go")
	for _, more := range [][]string{
		{"latent", "false"},
		{"beta", "0"},
		{"beta", "0.1"},
		{"projection", "none"},
		{"projection", "linear"},
		{"projection", "mlp"},
		{"negatives", "false"},
		{"grad-norm", "0.01"},
		{"move", "strong"},
		{"patch", "2"},
		{"reinit", "0"},
	} {
		t.Run(strings.Join(more, "="), func(t *testing.T) {
			l := begin(t, b, tiny(more...))
			for i := range 2 {
				m, err := l.Step(context.Background(), i)
				if err != nil {
					t.Fatal(err)
				}
				if _, encodes := m["latent_loss"]; encodes != (more[0] != "latent") {
					t.Errorf("found measurements %v", slices.Sorted(maps.Keys(m)))
				}
				for name, v := range m {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s is %v", name, v)
					}
				}
			}
			m := openTrained(t, b, l, 2)
			if (m.Encode == nil) != (more[0] == "latent") {
				t.Error("an encoder where there should be none, or none where there should be one")
			}
			cosines, err := l.Cosines()
			if err != nil || len(cosines["f"]) != 100*99/2 || len(cosines["g(f)"]) > 0 == (more[1] == "none") || len(cosines["h"]) > 0 == (more[0] == "latent") {
				t.Errorf("found cosines of %d, %d and %d pairs (%v)", len(cosines["f"]), len(cosines["g(f)"]), len(cosines["h"]), err)
			}
		})
	}
}

// openTrained opens the model that a training would write.
func openTrained(t *testing.T, b compute.Backend, l *models.Learner, iterations int) *models.Model {
	t.Helper()
	m, err := Open(b, trainingtest.Model(t, l, iterations), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTrainedModel: the written model knows its classes: their latents are those of
// their pictures, and a class can be sampled by its label.
func TestTrainedModel(t *testing.T) {
	b := enginetest.Open(t, "go")
	l := begin(t, b, tiny())
	for i := range 3 {
		if _, err := l.Step(context.Background(), i); err != nil {
			t.Fatal(err)
		}
	}
	m := openTrained(t, b, l, 3)
	if m.Name != "squares" || !slices.Equal(m.Labels, []string{"dark", "bright"}) || m.H != 8 {
		t.Errorf("found %q, labels %q, %d pixels", m.Name, m.Labels, m.H)
	}
	x := m.Start(sampling.NewKey(1), 3)
	for label := range m.Labels {
		of, _ := squares().OfLabel(label, latentsOf)
		rows, err := m.Encode(of)
		if err != nil {
			t.Fatal(err)
		}
		z, err := models.Aggregate(rows)
		if err != nil {
			t.Fatal(err)
		}
		values := func(g models.Given) []float32 {
			e, err := m.At(g)
			if err != nil {
				t.Fatal(err)
			}
			v, err := e.Value(x)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		byLabel, byLatent := values(models.Given{Label: []int{label}, Beta: 0.5}), values(models.Given{Latent: [][]float32{z}, Beta: 0.5})
		for i := range byLabel {
			if d := math.Abs(float64(byLabel[i] - byLatent[i])); d > 1e-5 {
				t.Errorf("class %d, picture %d: energy %v by the label, %v by its pictures' latent", label, i, byLabel[i], byLatent[i])
			}
		}
	}
	e, err := m.At(models.Given{Label: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Plan([]sampling.Term{{Weight: 1, Energy: e}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for _, err := range sampling.Run(context.Background(), sampling.NewKey(2), x, p) {
		if err != nil {
			t.Fatal(err)
		}
		steps++
	}
	if want := p[0].Steps; steps < want || want < 3 {
		t.Errorf("walked %d steps, want %d, at least an iteration's 3", steps, want)
	}
}

// TestClassesWithoutPictures: where a class has no pictures, none is stored, and a
// label is refused with a reason rather than a wrong latent.
func TestClassesWithoutPictures(t *testing.T) {
	b := enginetest.Open(t, "go")
	data := squares()
	data.OfLabel = func(int, int) (sampling.Images, error) { return sampling.NewImages(0, 1, 8, 8), nil }
	l, err := Learn(b, data, tiny())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openTrained(t, b, l, 0).At(models.Given{Label: []int{0}}); err == nil || !strings.Contains(err.Error(), "stores no latents of classes") {
		t.Errorf("found error %v", err)
	}
}

func TestAge(t *testing.T) {
	for _, tc := range []struct {
		steps, batch, buffer int
		reinit               float64
		iterations, want     int
	}{
		{30, 64, 10000, 0.05, 1_000_000, 600}, // long since: steps / reinit
		{30, 64, 10000, 0.05, 1, 30},
		{60, 64, 640, 0, 100, 600}, // never anew: every chain was drawn 10 times
		{60, 10, 10, 0.5, 2, 90},   // 60 for half of them, 120 for the others
		{60, 10, 10, 1, 50, 60},
		{60, 10, 10, 0.5, 0, 0},
	} {
		c := LearnConfig{Steps: tc.steps, Batch: tc.batch, Buffer: tc.buffer, Reinit: tc.reinit}
		if found := c.age(tc.iterations); found != tc.want {
			t.Errorf("%+v: found %d", tc, found)
		}
	}
	l := tinyLearner(t, enginetest.Open(t, "go"), "langevin-steps", "900", "reinit", "0.001")
	_, about, err := l.model(100)
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseHeader(about)
	if err != nil || h.Steps != maxSampleSteps || h.TrainedSteps != l.config.age(100) || h.Iterations != 100 {
		t.Errorf("found %+v, error %v", h, err)
	}
}

func TestLearnSettings(t *testing.T) {
	c, err := ParseLearnConfig(tiny())
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseLearnConfig(c.Settings())
	if err != nil || fmt.Sprint(again) != fmt.Sprint(c) {
		t.Errorf("settings do not survive being written: %+v, error %v, want %+v", again, err, c)
	}
	for _, tc := range []struct{ name, value, want string }{
		{"learning-rate", "1", `"learning-rate": unknown, want one of alpha, batch`},
		{"lr", "fast", `"lr": found "fast", want a value such as 0.0005`},
		{"lr", "0", `"lr"`},
		{"width", "4,x", `"width": found "4,x"`},
		{"width", "4,0", `"width": found 0, want a number from 1`},
		{"batch", "-1", `"batch": found -1, want a number from 1`},
		{"encoder-width", "4,0", `"encoder-width": found 0`},
		{"hidden", "16777217", `"hidden": found 1.6777217e+07, want a number from 1, at most 1.6777216e+07`},
		{"batch", "9", `"buffer": found 8, want at least the batch of 9`},
		{"projection", "deep", `"projection": found "deep", want none, linear or mlp`},
		{"move", "up", `"move": found "up"`},
		{"reinit", "2", `"reinit": found 2`},
		{"ema", "1", `"ema": found 1`},
		{"temperature", "0", `"temperature": found 0`},
		{"step-noise", "NaN", `"step-noise"`},
		{"latent", "maybe", `"latent": found "maybe"`},
	} {
		if _, err := ParseLearnConfig(tiny(tc.name, tc.value)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %s: found error %v, want %q in it", tc.name, tc.value, err, tc.want)
		}
	}
	data := squares()
	data.Count = 3
	if _, err := Learn(enginetest.Open(t, "go"), data, tiny()); err == nil || !strings.Contains(err.Error(), "found 3 pictures, want at least a batch of 4") {
		t.Errorf("found error %v", err)
	}
}

// TestRestoreRefuses: a state that does not fit is an error that names the tensor,
// and leaves the learner as it was.
func TestRestoreRefuses(t *testing.T) {
	trainingtest.Refuses(t, begin(t, enginetest.Open(t, "go"), tiny()), map[string]func(*checkpoint.File){
		"adam_v.head.2.weight": func(f *checkpoint.File) { delete(f.Tensors, "adam_v.head.2.weight") },
		"encoder.fc.3.bias": func(f *checkpoint.File) {
			f.Tensors["encoder.fc.3.bias"] = checkpoint.Float32Tensor([]int{1}, []float32{0})
		},
		"sampler.levels": func(f *checkpoint.File) { delete(f.Tensors, replayName) },
		"replay buffer":  func(f *checkpoint.File) { f.Tensors[replayName] = checkpoint.Uint8Tensor([]int{1}, []byte{0}) },
	})
}
