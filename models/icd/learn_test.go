package icd

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training/trainingtest"
)

// tinySettings are those of a training that takes no time, with more by name.
func tinySettings(more ...string) map[string]string {
	m := map[string]string{
		"batch": "4", "iterations": "8", "warm-up": "2", "langevin-steps": "3", "ema": "0.5", "buffer": "16", "entropy-pictures": "3",
		"width": "4,6", "step-size": "10", "reinit": "0.3",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// brightness is a data set of two classes, bright pictures and very bright ones.
func brightness() models.Data {
	d := models.Data{Name: "brightness", C: 1, H: 8, W: 8, Count: 100, Labels: []string{"bright", "very bright"}}
	d.Batch = func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
		x := sampling.NewImages(n, d.C, d.H, d.W)
		err := k.Uniforms(sampling.StreamUser+99, step, x, 0.6, 0.8)
		for i := range n {
			for j := range x.Image(i) {
				x.Image(i)[j] += 0.2 * float32(i%2)
			}
		}
		return x, err
	}
	d.Labelled = func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, [][]int, error) {
		x, err := d.Batch(k, step, n, noise, flip)
		classes := make([][]int, n)
		for i := range classes {
			classes[i] = []int{i % 2}
		}
		return x, classes, err
	}
	return d
}

func tinyLearner(t testing.TB, b compute.Backend, data models.Data, c LearnConfig) *learner {
	t.Helper()
	l, err := newLearner(b, data, c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func begin(t testing.TB, b compute.Backend, data models.Data, settings map[string]string) *models.Learner {
	t.Helper()
	l, err := Learn(b, data, settings)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestResume: 8 iterations leave the same bytes as 4, a new process's learner and 4
// more, on every engine; the buffer is full and samples are dropped by then.
func TestResume(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		data, settings := brightness(), tinySettings("conditional", "true", "spectral", "true", "multiscale", "false")
		trainingtest.Resumes(t, 4, func() *models.Learner { return begin(t, b, data, settings) })
	})
}

// TestLearnVariants: the rows of the paper's Table 2, of its appendix A.4 and the other
// switches train, and what they write opens and samples.
func TestLearnVariants(t *testing.T) {
	b := enginetest.Open(t, "go")
	for _, more := range [][]string{
		{"jump", "none", "kl", "0", "entropy", "0", "multiscale", "false", "reservoir", "false"},
		{"entropy", "0"},
		{"kl", "0"},
		{"kl-steps", "all"},
		{"jump-every", "1", "jump", "flip,crop,blur,colour"},
		{"norm", "true", "multiscale", "false"},
		{"conditional", "true", "width", "8,8", "attention", "true"},
		{"patch", "1", "grad-norm", "0"},
	} {
		t.Run(strings.Join(more, " "), func(t *testing.T) {
			data := brightness()
			l := begin(t, b, data, tinySettings(more...))
			for i := range 3 { // the third has past samples enough
				m, err := l.Step(context.Background(), i)
				if err != nil {
					t.Fatal(err)
				}
				for name, v := range m {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s is %v", name, v)
					}
				}
				if without := more[0] == "jump"; (m["kl_gradient_norm"] == 0) != without && i == 2 {
					t.Errorf("the norm of the KL term's gradient is %v", m["kl_gradient_norm"])
				}
			}
			sheets, err := l.Sheets(context.Background(), 3)
			if err != nil || len(sheets) != 2 {
				t.Fatalf("found %d sheets, error %v", len(sheets), err)
			}
			for _, weights := range []string{"ema", "raw"} {
				m, err := Open(b, trainingtest.Model(t, l, 3), models.Options{Weights: weights})
				if err != nil {
					t.Fatal(err)
				}
				if m.Name != data.Name || m.H != data.H || (len(m.Labels) == 2) != (more[0] == "conditional") {
					t.Errorf("found %q, %d pixels, labels %q", m.Name, m.H, m.Labels)
				}
				plan, err := m.Plan(nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				for state, err := range sampling.Run(context.Background(), sampling.NewKey(1), m.Start(sampling.NewKey(1), 2), plan) {
					if err != nil || state.Diverged != nil {
						t.Fatalf("step %d: diverged %v, error %v", state.Step, state.Diverged, err)
					}
				}
			}
		})
	}
}

// TestLearns: after some iterations the energy of data is below that of noise and of
// dark pictures, which it was not before.
func TestLearns(t *testing.T) {
	b := enginetest.Open(t, "go")
	l := begin(t, b, brightness(), tinySettings("iterations", "60", "lr", "0.005", "multiscale", "false", "jump", "none"))
	var first, last map[string]float64
	for i := range 60 {
		m, err := l.Step(context.Background(), i)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = m
		}
		last = m
	}
	m, err := Open(b, trainingtest.Model(t, l, 60), models.Options{Weights: "raw"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.At(models.Given{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := brightness().Batch(sampling.NewKey(9), 0, 2, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	dark := sampling.NewImages(2, 1, 8, 8)
	data, err1 := e.Value(x)
	others, err2 := e.Value(dark)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if !(max(data[0], data[1]) < others[0]) {
		t.Errorf("energies of data %v, of dark pictures %v (measured %v at first, %v at last)", data, others, first, last)
	}
}

// TestTrainedSampler: a model of ours is sampled by default as its chains were in
// training: a jump after every iteration's steps.
func TestTrainedSampler(t *testing.T) {
	b := enginetest.Open(t, "go")
	l := begin(t, b, brightness(), tinySettings())
	for i := range 8 {
		if _, err := l.Step(context.Background(), i); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Open(b, trainingtest.Model(t, l, 8), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := m.Plan(nil, sampling.Settings{"steps": 8})
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	for i, stage := range plan {
		steps = append(steps, stage.Steps)
		if (stage.Start != nil) != (i > 0) {
			t.Errorf("stage %d begins with a jump: %t", i, stage.Start != nil)
		}
	}
	if !slices.Equal(steps, []int{3, 3, 2}) {
		t.Errorf("found stages of %v steps, want 3, 3 and 2", steps)
	}
	if plan, err = m.Plan(nil, sampling.Settings{"steps": 8, "jump_every": 0}); err != nil || len(plan) != 1 {
		t.Errorf("without jumps: found %d stages, error %v", len(plan), err)
	}
}

// TestLearnRefuses holds the errors of settings that make no sense.
func TestLearnRefuses(t *testing.T) {
	b := enginetest.Open(t, "go")
	for _, test := range []struct {
		set  []string
		want string
	}{
		{[]string{"kl-steps", "some"}, `"kl-steps": found "some", want last or all`},
		{[]string{"jump", "flip,twist"}, `"jump": found "twist", want none, or some of flip, crop, blur, colour`},
		{[]string{"buffer", "5"}, `"buffer": found 5, want a number from 7`},
		{[]string{"norm", "true", "spectral", "true"}, "at most one of them"},
		{[]string{"patch", "3"}, "found patches of 3 pixels"},
		{[]string{"kl", "-1"}, `"kl": found -1`},
		{[]string{"attention", "true"}, "self_attn with 6 channels: want at least 8"},
		{[]string{"batch", "200", "buffer", "500"}, "found 100 pictures, want at least a batch of 200"},
	} {
		_, err := Learn(b, brightness(), tinySettings(test.set...))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want %s", test.set, err, test.want)
		}
	}
}
