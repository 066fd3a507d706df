package clel

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// ownFile is a small checkpoint of ours, written and read without the disk: one
// channel, 16x16 pixels, averaged weights only, two classes.
func ownFile(t *testing.T, multiScale bool) *checkpoint.File {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	net := NewNet(1, []int{6, 8, 8}, 1, 32, 5, []int{12, 7}, multiScale)
	encoder := NewEncoder(1, 3, []int{4, 8}, 1, 16, 7)
	h := Header{Name: "tiny", Height: 16, Width: 16, Channels: 1, Labels: []string{"left", "right"}, Steps: 7, Beta: 0.2}
	f := &checkpoint.File{Path: "tiny.safetensors", Tensors: map[string]checkpoint.Tensor{}, Metadata: h.Metadata()}
	add := func(prefix string, p nn.Params) {
		for _, q := range p {
			f.Names = append(f.Names, prefix+q.Name)
			f.Tensors[prefix+q.Name] = checkpoint.Float32Tensor(q.Shape, q.Data)
		}
	}
	add(PrefixNetEMA, nn.Init(net.Specs(), r))
	add(PrefixEncoderEMA, nn.Init(encoder.Specs(), r))
	classes := nn.NewArray(2, 7)
	for i := range classes.Data {
		classes.Data[i] = float32(r.NormFloat64())
	}
	add("", nn.Params{{Name: ClassLatents, Array: classes}})
	return f
}

func openOwn(t *testing.T, b compute.Backend) *models.Model {
	t.Helper()
	m, err := Open(b, ownFile(t, false), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func startOf(m *models.Model, n int) sampling.Images { return m.Start(sampling.NewKey(5), n) }

func TestOwnCheckpoint(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for _, multiScale := range []bool{false, true} {
			m, err := Open(b, ownFile(t, multiScale), models.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if m.Name != "tiny" || m.C != 1 || m.H != 16 || len(m.Labels) != 2 || m.LatentSize != 7 {
				t.Errorf("found %s %dx%dx%d, labels %q, latents of %d", m.Name, m.C, m.H, m.W, m.Labels, m.LatentSize)
			}
			score, terms, err := m.Score(startOf(m, 3), nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range score {
				if d := score[i] - terms["energy"][i] - terms["similarity"][i]; math.Abs(float64(d)) > 1e-6 {
					t.Errorf("score %d is not the sum of its terms: differs by %g", i, d)
				}
			}
			plan, err := m.Plan(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if plan[0].Steps != 7 {
				t.Errorf("found %d steps, want those of the metadata, 7", plan[0].Steps)
			}
		}
	})
}

// TestGradient compares the joint energy's gradient with finite differences.
func TestGradient(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m := openOwn(t, b)
		e, err := m.At(models.Given{Label: []int{1}, Beta: 0.7})
		if err != nil {
			t.Fatal(err)
		}
		x := startOf(m, 2)
		_, grad, err := e.Eval(x)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(3, 4))
		for trial := range 5 {
			// Along a random direction: entry by entry float32 has too few digits.
			direction := sampling.NewImages(x.N, x.C, x.H, x.W)
			for j := range direction.Data {
				direction.Data[j] = float32(r.NormFloat64())
			}
			const h = 1e-3
			ahead, behind := x.Clone(), x.Clone()
			for j, d := range direction.Data {
				ahead.Data[j] += h * d
				behind.Data[j] -= h * d
			}
			up, err1 := e.Value(ahead)
			down, err2 := e.Value(behind)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			for i := range x.N {
				var slope float64
				for j, g := range grad.Image(i) {
					slope += float64(g) * float64(direction.Image(i)[j])
				}
				if found := float64(up[i]-down[i]) / (2 * h); math.Abs(found-slope) > 2e-3*math.Abs(slope)+2e-4 {
					t.Errorf("direction %d, picture %d: finite difference %g, gradient %g", trial, i, found, slope)
				}
			}
		}
	})
}

// TestBatchIndependence: a picture's energy and gradient do not depend on its
// batch, whatever tiles it is cut or padded to; only rounding may differ.
func TestBatchIndependence(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m := openOwn(t, b)
		x := startOf(m, 70) // a full tile and a padded one
		latents, err := m.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		all, err := m.At(models.Given{Latent: latents, PerImage: true, Beta: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		values, grads, err := all.Eval(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, 5, 63, 64, 69} {
			one, err := m.At(models.Given{Latent: latents[i : i+1], Beta: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			value, grad, err := one.Eval(x.Slice(i, i+1))
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(float64(value[0]-values[i])) > 1e-6 {
				t.Errorf("picture %d: energy %g alone, %g in the batch", i, value[0], values[i])
			}
			for j, g := range grads.Image(i) {
				if math.Abs(float64(g-grad.Data[j])) > 1e-6 {
					t.Fatalf("picture %d: gradient entry %d: %g alone, %g in the batch", i, j, grad.Data[j], g)
				}
			}
		}
		if _, _, err := all.Eval(x.Slice(0, 3)); err == nil || !strings.Contains(err.Error(), "latents for 70 pictures") {
			t.Errorf("latents of 70 pictures for 3: error %v", err)
		}
	})
}

// TestSumIsOneEvaluation: terms of one network give in one pass what they give one
// by one, weights and signs included.
func TestSumIsOneEvaluation(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m := openOwn(t, b)
		x := startOf(m, 3)
		var terms []sampling.Term
		for i, g := range []models.Given{{}, {Label: []int{0}, Beta: 0.3}, {Label: []int{0, 1}, Beta: 0.6}} {
			e, err := m.At(g)
			if err != nil {
				t.Fatal(err)
			}
			terms = append(terms, sampling.Term{Weight: []float64{1, 2.5, -0.5}[i], Energy: e})
		}
		want, wantGrad := make([]float64, x.N), make([]float64, len(x.Data))
		for _, term := range terms {
			values, grad, err := term.Energy.Eval(x)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				want[i] += term.Weight * float64(v)
			}
			for j, g := range grad.Data {
				wantGrad[j] += term.Weight * float64(g)
			}
		}
		plan, err := m.Plan(terms, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, one := plan[0].Energy.(*energy); !one {
			t.Errorf("the plan's energy is a %T, want one energy", plan[0].Energy)
		}
		for name, e := range map[string]sampling.Energy{"sum": sampling.Sum(terms), "plan": plan[0].Energy} {
			values, grad, err := e.Eval(x)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				if math.Abs(float64(v)-want[i]) > 2e-6 {
					t.Errorf("%s: picture %d: %g, want %g", name, i, v, want[i])
				}
			}
			for j, g := range grad.Data {
				if math.Abs(float64(g)-wantGrad[j]) > 2e-6 {
					t.Fatalf("%s: gradient entry %d: %g, want %g", name, j, g, wantGrad[j])
				}
			}
		}
	})
}

// TestKnobsCompileNothing: turning a knob or a weight changes numbers only.
func TestKnobsCompileNothing(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m := openOwn(t, b)
		x := startOf(m, 3)
		run := func(beta, weight float64, label int) {
			e, err := m.At(models.Given{Label: []int{label}})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := m.Plan([]sampling.Term{{Weight: weight, Energy: e}}, sampling.Settings{"beta": beta, "step_size": 3, "steps": 2})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := models.Warm(plan, x.N); err != nil {
				t.Fatal(err)
			}
			for _, err := range sampling.Run(t.Context(), sampling.NewKey(1), x, plan) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		run(0.1, 1, 0)
		before, _ := m.Compiled()
		run(0, 2, 1)
		run(0.9, -1, 0)
		if after, _ := m.Compiled(); after != before || before != 1 {
			t.Errorf("found %d programs after the first run, %d in the end, want 1 and 1", before, after)
		}
	})
}

func TestRefusals(t *testing.T) {
	b := enginetest.Open(t, "go")
	m := openOwn(t, b)
	for name, g := range map[string]models.Given{
		"noise levels":      {Level: 1},
		"masked picture":    {Picture: &sampling.Images{}},
		"one or the other":  {Label: []int{0}, Latent: [][]float32{make([]float32, 7)}},
		"want 0 to 1":       {Label: []int{2}},
		"want 7":            {Latent: [][]float32{{1, 2}}},
		"is no direction":   {Latent: [][]float32{make([]float32, 7)}},
		"number from 0":     {Beta: math.NaN()},
		"found label -1, w": {Label: []int{-1}},
	} {
		if _, err := m.At(g); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("At(%+v): error %v, want one with %q", g, err, name)
		}
	}
	e, err := m.At(models.Given{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Value(sampling.NewImages(1, 3, 16, 16)); err == nil || !strings.Contains(err.Error(), "found 3x16x16") {
		t.Errorf("pictures of 3 channels: error %v", err)
	}
	for name, s := range map[string]sampling.Settings{
		`setting "size"`: {"size": 1}, `found NaN`: {"beta": math.NaN()}, "whole number": {"steps": 1.5}, "found -1": {"step_size": -1},
	} {
		if _, err := m.Plan(nil, s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Plan(%v): error %v, want one with %q", s, err, name)
		}
	}
	x := checkpoint.Float32Tensor([]int{1, 1, 16, 16}, make([]float32, 256))
	for name, in := range map[string]map[string]checkpoint.Tensor{
		`array "x": missing, want float32 [N 1 16 16]`: {},
		`array "y": not known`:                         {"x": x, "y": x},
		`array "z": found float32 [1 1 16 16]`:         {"x": x, "z": x},
		`array "x": found int64 [1], want float32`:     {"x": checkpoint.Int64Tensor([]int{1}, []int64{1})},
	} {
		if _, err := m.Arrays(in, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Arrays: error %v, want one with %q", err, name)
		}
	}
	if _, err := m.Replay(map[string]checkpoint.Tensor{"x0": x}, nil); err == nil || !strings.Contains(err.Error(), `array "noise": missing`) {
		t.Errorf("Replay without noise: error %v", err)
	}
}
