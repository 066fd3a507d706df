package vaeebm

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training/trainingtest"
)

// tinySettings are those of a training that takes no time, with more by name.
func tinySettings(more ...string) map[string]string {
	m := map[string]string{
		"batch": "6", "iterations": "6", "warm-up": "2", "langevin-steps": "2", "delta": "0.1", "noise": "1", "ema": "0.5", "latent": "3", "vae-data": "0", "vae-first": "0",
		"residual": "0.3", "lr": "5e-4", "alpha": "0", "grad-norm": "0",
		"energy-widths": "4,6", "generator-widths": "6,4", "encoder-widths": "4,6", "encoder-stem": "4", "encoder-hidden": "4",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// halves is a data set of pictures that are bright on one side and dark on the other.
func halves() models.Data {
	d := models.Data{Name: "halves", C: 1, H: 12, W: 12, Count: 100}
	d.Batch = func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
		x := sampling.NewImages(n, d.C, d.H, d.W)
		err := k.Uniforms(sampling.StreamUser+99, step, x, 0, 0.2)
		for i := range n {
			for j := range x.Image(i) {
				if j%d.W < d.W/2 {
					x.Image(i)[j] += 0.8
				}
			}
		}
		return x, err
	}
	d.View = func(_ sampling.Key, _ string, _ int, x sampling.Images) (sampling.Images, error) { return x, nil }
	return d
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func tinyLearner(t testing.TB, b compute.Backend, more ...string) *learner {
	t.Helper()
	return must[*learner](t)(newLearner(b, halves(), must[LearnConfig](t)(ParseLearnConfig(tinySettings(more...)))))
}

func begin(t testing.TB, b compute.Backend, more ...string) *models.Learner {
	t.Helper()
	return must[*models.Learner](t)(Learn(b, halves(), tinySettings(more...)))
}

// TestResume: 6 iterations leave the same bytes as 3, a new process's learner and 3
// more, on every engine. All weights and both optimisers have moved by then.
func TestResume(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for _, completion := range []string{"false", "true"} {
			if completion == "true" && !strings.HasSuffix(t.Name(), "/go") {
				continue // XLA takes minutes to compile what runs for milliseconds
			}
			f := trainingtest.Resumes(t, 3, func() *models.Learner { return begin(t, b, "completion", completion) })
			still := []string{"adam_m.ebm.fc.bias", "adam_v.ebm.fc.bias", "ebm.fc.bias", "ema_ebm.fc.bias"} // cancels in a difference of energies
			for _, was := range must[[]checkpoint.Named](t)(tinyLearner(t, b, "completion", completion).state()) {
				if same := string(was.Tensor.Data) == string(f.Tensors[was.Name].Data); same && !slices.Contains(still, was.Name) && !strings.Contains(was.Name, "_bn.") {
					t.Errorf("completion %s: %s has not moved", completion, was.Name)
				}
			}
		}
	})
}

// TestLearnVariants: with and without the variational step, of pictures and of
// completions, a training steps, draws its sheets, and what it writes opens and
// samples with either weights.
func TestLearnVariants(t *testing.T) {
	b := enginetest.Open(t, "go")
	for _, more := range [][]string{
		{},
		{"vae-data", "0.5", "alpha", "0.1", "grad-norm", "1"},
		{"variational", "false"},
		{"completion", "true"},
		{"completion", "true", "generator-widths", "4,6,8", "vae-data", "1"},
		{"completion", "true", "variational", "false"},
	} {
		t.Run(strings.Join(more, " "), func(t *testing.T) {
			l := begin(t, b, more...)
			completes := slices.Contains(more, "completion")
			variational := !slices.Contains(more, "variational")
			for i := range 2 {
				m := must[map[string]float64](t)(l.Step(context.Background(), i))
				if _, found := m["kl"]; found != variational {
					t.Errorf("found measurements %v", m)
				}
				for name, v := range m {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s is %v", name, v)
					}
				}
			}
			sheets := must[[]models.Sheet](t)(l.Sheets(context.Background(), 2))
			if want := map[bool]int{true: 1, false: 2}[completes]; len(sheets) != want {
				t.Fatalf("found %d sheets, want %d", len(sheets), want)
			}
			for _, s := range sheets {
				if s.Pictures.N == 0 || s.Pictures.N%s.Columns != 0 || slices.ContainsFunc(s.Pictures.Data, notFinite) {
					t.Errorf("sheet %q: found %d pictures in %d columns, or pixels that are no numbers", s.Name, s.Pictures.N, s.Columns)
				}
			}
			for _, weights := range []string{"", "ema", "raw"} {
				m := must[*models.Model](t)(Open(b, trainingtest.Model(t, l, 2), models.Options{Weights: weights}))
				if m.Name != "halves" || m.H != 12 || m.LatentSize != 3 || m.TrainedSteps != 2 || (m.Encode != nil) != variational || (m.Hole != nil) != completes {
					t.Errorf("found %q, %d pixels, latents of %d, %d steps", m.Name, m.H, m.LatentSize, m.TrainedSteps)
				}
			}
		})
	}
}

// TestAncestral: the chains of training are those of sampling: the opened model's
// plan, under the same latents and noise.
func TestAncestral(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for _, completion := range []string{"false", "true"} {
			if completion == "true" && !strings.HasSuffix(t.Name(), "/go") {
				continue // XLA takes long to compile it
			}
			l := tinyLearner(t, b, "completion", completion, "langevin-steps", "3")
			list, about, err := l.checkpoint(0)
			if err != nil {
				t.Fatal(err)
			}
			m := must[*models.Model](t)(Open(b, trainingtest.File(list, about), models.Options{Weights: "raw"}))
			z := sampling.NewImages(l.config.Batch, l.latent, 1, 1)
			if err := l.key.Normals(sampling.StreamStart, 0, z); err != nil {
				t.Fatal(err)
			}
			_, c, err := l.batch(0)
			if err != nil {
				t.Fatal(err)
			}
			first, last, err := l.drawn(context.Background(), l.key, z, c)
			if err != nil {
				t.Fatal(err)
			}
			latents := make([][]float32, z.N)
			for i := range latents {
				latents[i] = z.Image(i)
			}
			given := models.Given{Picture: c, PerImage: true}
			decoded := must[sampling.Images](t)(m.Decode(latents, given))
			within32(t, completion+", generator", first.Data, decoded.Data)
			given.Latent = latents
			plan := must[sampling.Plan](t)(m.Plan([]sampling.Term{{Weight: 1, Energy: must[sampling.Energy](t)(m.At(given))}}, nil))
			var walked sampling.Images
			for s, err := range sampling.Run(context.Background(), l.key, decoded, plan) {
				if err != nil {
					t.Fatal(err)
				}
				walked = s.X
			}
			within32(t, completion+", chains", last.Data, walked.Data)
		}
	})
}

func within32(t *testing.T, what string, found, want []float32) {
	t.Helper()
	if len(found) != len(want) {
		t.Fatalf("%s: found %d values, want %d", what, len(found), len(want))
	}
	for i := range want {
		if math.Abs(float64(found[i]-want[i])) > 1e-5 {
			t.Fatalf("%s: value %d: found %v, want %v", what, i, found[i], want[i])
		}
	}
}

// TestLearnLowers: a minute auto-encoder of the two halves learns to reconstruct them
// and to paint their sides, and the energy to tell them from other pictures.
func TestLearnLowers(t *testing.T) {
	const iterations = 150
	l := begin(t, enginetest.Open(t, "go"), "iterations", "150", "batch", "16", "lr", "2e-3", "vae-lr", "5e-3", "delta", "0.03", "vae-data", "1", "kl", "200")
	var first, last map[string]float64
	for i := range iterations {
		last = must[map[string]float64](t)(l.Step(context.Background(), i))
		if i == 0 {
			first = last
		}
	}
	m := must[*models.Model](t)(Open(enginetest.Open(t, "go"), trainingtest.Model(t, l, iterations), models.Options{}))
	x := m.Start(sampling.NewKey(3), 16)
	var sides [2]float64
	for j, v := range x.Data {
		sides[j%12/6] += float64(v) / float64(len(x.Data)/2)
	}
	if sides[0]-sides[1] < 0.8 || !(last["reconstruction"] < first["reconstruction"]/2) {
		t.Errorf("the generator's halves are %v, want about 0.8 and -0.8; measurements %v, then %v", sides, first, last)
	}
	data := must[sampling.Images](t)(halves().Batch(sampling.NewKey(5), 0, 16, 0, false))
	for j, v := range data.Data {
		data.Data[j] = 2*v - 1
	}
	mean := func(x sampling.Images) (sum float64) {
		scores, _, err := m.Score(x, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range scores {
			sum += float64(v) / float64(x.N)
		}
		return sum
	}
	if real, noise := mean(data), mean(noisy(m, 16, 7)); !(real < noise) {
		t.Errorf("the energy of data is %v, that of noise %v, want more", real, noise)
	}
}

func TestLearnSettings(t *testing.T) {
	for _, completion := range []string{"false", "true"} {
		c := must[LearnConfig](t)(ParseLearnConfig(map[string]string{"completion": completion}))
		again, err := ParseLearnConfig(c.Settings())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(c) {
			t.Errorf("settings do not survive being written: %+v, error %v, want %+v", again, err, c)
		}
		d := halves()
		d.H, d.W = 28, 28
		p := must[parts](t)(c.networks(d))
		n := nn.Trainable(specsOf(p.energy)) + nn.Trainable(specsOf(p.generator)) + nn.Trainable(specsOf(p.encoder))
		if n > 1_200_000 {
			t.Errorf("completion %s: found %d parameters, want at most 1.2 million", completion, n)
		}
	}
	for _, tc := range []struct{ name, value, want string }{
		{"step", "1", `"step": unknown, want one of alpha, batch`},
		{"lr", "fast", `"lr": found "fast", want a value such as 0`},
		{"lr", "0", `"lr": found 0, want a number above 0`},
		{"delta", "2", `"delta": found 2, want a number above 0, at most 1`},
		{"energy-widths", "none", `"energy-widths, how many": found 0`},
		{"encoder-widths", "4,0", `"encoder-widths": found 0`},
		{"kl", "-1", `"kl": found -1`},
		{"kl", "NaN", `"kl"`},
		{"residual", "0", `"residual": found 0`},
		{"ema", "1", `"ema": found 1`},
	} {
		if _, err := ParseLearnConfig(tinySettings(tc.name, tc.value)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %s: found error %v, want %q in it", tc.name, tc.value, err, tc.want)
		}
	}
	if _, err := ParseLearnConfig(tinySettings("variational", "false", "vae-data", "0.5")); err == nil || !strings.Contains(err.Error(), `"vae-data": found 0.5, want 0`) {
		t.Errorf("found error %v", err)
	}
	b := enginetest.Open(t, "go")
	for want, change := range map[string]func(*models.Data){
		"found pictures of 9x12 pixels, want squares":              func(d *models.Data) { d.H = 9 },
		"found 3 pictures, want at least a batch of 6":             func(d *models.Data) { d.Count = 3 },
		"found points of the plane, want pictures":                 func(d *models.Data) { d.View = nil },
		"pictures of 2x2 pixels are too small: the networks halve": func(d *models.Data) { d.H, d.W = 2, 2 },
	} {
		data := halves()
		change(&data)
		if _, err := Learn(b, data, tinySettings()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q in it", err, want)
		}
	}
}

// TestRestoreRefuses: a state that does not fit is an error that names the tensor,
// and leaves the learner as it was.
func TestRestoreRefuses(t *testing.T) {
	trainingtest.Refuses(t, begin(t, enginetest.Open(t, "go")), map[string]func(*checkpoint.File){
		"adam_v.encoder.mu.weight": func(f *checkpoint.File) { delete(f.Tensors, "adam_v.encoder.mu.weight") },
		"ema_ebm.fc.weight": func(f *checkpoint.File) {
			f.Tensors["ema_ebm.fc.weight"] = checkpoint.Float32Tensor([]int{2}, []float32{0, 0})
		},
	})
}
