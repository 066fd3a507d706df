package vaeebm

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// tiny is a small checkpoint of ours, made without the disk: 14x14 pixels through
// halvings that drop a row, or 16x16 for completion.
func tiny(t *testing.T, completes bool) *checkpoint.File {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	p := parts{
		channels: 1, height: 14, width: 14, latent: 3,
		energy:    EnergyNet{Channels: 1, Widths: []int{4, 6, 8}, Height: 14, Width: 14},
		generator: Decoder{[]Transposed{{3, 8, 4, 1, 0}, {8, 6, 4, 1, 0}, {6, 1, 4, 2, 1}}},
		encoder:   ConvEncoder{Channels: 1, Widths: []int{4, 6}, Height: 14, Width: 14, Latent: 3},
	}
	var c Config
	c.Kind, c.LangevinSteps, c.Delta = unconditional, 4, 0.2
	if completes {
		p.height, p.width = 16, 16
		p.energy = EnergyNet{Channels: 2, Widths: []int{4, 6, 8}, Height: 16, Width: 16}
		p.generator = UNet{Channels: 1, Widths: []int{4, 6, 8}, Latent: 3}
		p.encoder = ResidualEncoder{Channels: 2, Stem: 4, Widths: []int{4, 6}, Hidden: 8, Latent: 3}
		c.Kind = conditional
	} else {
		for _, l := range p.generator.(Decoder).Layers {
			c.Generator.Layers = append(c.Generator.Layers, []int{l.In, l.Out, l.Size, l.Stride, l.Padding})
		}
	}
	c.Image, c.LatentDim = []int{1, p.height, p.width}, 3
	f := &checkpoint.File{Path: "tiny.safetensors", Tensors: map[string]checkpoint.Tensor{}, Metadata: c.Metadata("tiny", 0)}
	for i, n := range []network{p.energy, p.generator, p.encoder} {
		for _, q := range nn.Init(specsOf(n), r) {
			name := []string{torchLayout.ebm, torchLayout.generator, torchLayout.encoder}[i] + q.Name
			f.Names = append(f.Names, name)
			f.Tensors[name] = checkpoint.Float32Tensor(q.Shape, q.Data)
		}
	}
	return f
}

// opened is a tiny model and a condition for it.
func opened(t *testing.T, b compute.Backend, completes bool) (*models.Model, models.Given) {
	t.Helper()
	m, err := Open(b, tiny(t, completes), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !completes {
		return m, models.Given{}
	}
	x := noisy(m, 1, 9)
	c, err := m.Hole(x).Apply(sampling.NewImages(1, m.C, m.H, m.W))
	if err != nil {
		t.Fatal(err)
	}
	return m, models.Given{Picture: &c}
}

func noisy(m *models.Model, n int, seed uint64) sampling.Images {
	x := sampling.NewImages(n, m.C, m.H, m.W)
	_ = sampling.NewKey(seed).Normals(sampling.StreamUser, 0, x)
	return x
}

func each(t *testing.T, test func(t *testing.T, m *models.Model, g models.Given)) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for name, completes := range map[string]bool{"unconditional": false, "completion": true} {
			t.Run(name, func(t *testing.T) {
				m, g := opened(t, b, completes)
				test(t, m, g)
			})
		}
	})
}

func energyOf(t *testing.T, m *models.Model, g models.Given) sampling.Energy {
	t.Helper()
	e, err := m.At(g)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestGradient compares the energy's gradient with finite differences along random
// directions: entry by entry float32 has too few digits. A kink of ReLU may lie between
// the two points, so what is allowed is a share of the gradient's length.
func TestGradient(t *testing.T) {
	each(t, func(t *testing.T, m *models.Model, g models.Given) {
		e := energyOf(t, m, g)
		x := noisy(m, 2, 5)
		_, grad, err := e.Eval(x)
		if err != nil {
			t.Fatal(err)
		}
		for trial := range uint64(4) {
			const h = 1e-3
			direction := noisy(m, 2, 20+trial)
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
				var slope, square float64
				for j, v := range grad.Image(i) {
					slope += float64(v) * float64(direction.Image(i)[j])
					square += float64(v) * float64(v)
				}
				if found := float64(up[i]-down[i]) / (2 * h); math.Abs(found-slope) > 0.05*math.Sqrt(square) {
					t.Errorf("direction %d, picture %d: finite difference %g, gradient %g", trial, i, found, slope)
				}
			}
		}
	})
}

// TestBatchIndependence: a chain's pictures do not depend on its batch, from the
// generator on; only rounding may differ.
func TestBatchIndependence(t *testing.T) {
	each(t, func(t *testing.T, m *models.Model, g models.Given) {
		g.Latent = [][]float32{{1, -1, 0.5}}
		plan, err := m.Plan([]sampling.Term{{Weight: 1, Energy: energyOf(t, m, g)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := models.Warm(plan, 5); err != nil {
			t.Fatal(err)
		}
		all := last(t, m, plan, sampling.NewKey(3), 5)
		for _, i := range []int{0, 4} {
			one := last(t, m, plan, sampling.NewKey(3).From(i), 1)
			for j, v := range one.Data {
				if math.Abs(float64(v-all.Image(i)[j])) > 2e-6 {
					t.Fatalf("picture %d, pixel %d: %g alone, %g in the batch", i, j, v, all.Image(i)[j])
				}
			}
		}
	})
}

// last walks a plan and returns its last pictures.
func last(t *testing.T, m *models.Model, plan sampling.Plan, k sampling.Key, n int) sampling.Images {
	t.Helper()
	var x sampling.Images
	for state, err := range sampling.Run(t.Context(), k, m.Start(k, n), plan) {
		if err != nil {
			t.Fatal(err)
		}
		x = state.X
	}
	return x
}

// TestAncestors: with no steps a plan gives the generator's pictures, of the latents
// given or of the drawn ones, and different latents give different pictures.
func TestAncestors(t *testing.T) {
	each(t, func(t *testing.T, m *models.Model, g models.Given) {
		latents := [][]float32{{1, 0, 0}, {0, 1, 0}}
		want, err := m.Decode(latents, g)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(want.Image(0), want.Image(1)) {
			t.Error("two latents give one picture")
		}
		given := g
		given.Latent, given.PerImage = latents, true
		plan, err := m.Plan([]sampling.Term{{Weight: 1, Energy: energyOf(t, m, given)}}, sampling.Settings{"steps": 0})
		if err != nil {
			t.Fatal(err)
		}
		if got := last(t, m, plan, sampling.NewKey(1), 2); !slices.Equal(got.Data, want.Data) {
			t.Error("the plan does not begin with the pictures of its latents")
		}
		if g.Picture == nil {
			if x := m.Start(sampling.NewKey(1), 2); slices.Equal(x.Image(0), x.Image(1)) {
				t.Error("two chains begin alike")
			}
			return
		}
		plan, err = m.Plan([]sampling.Term{{Weight: 1, Energy: energyOf(t, m, g)}}, sampling.Settings{"steps": 0})
		if err != nil {
			t.Fatal(err)
		}
		if got := last(t, m, plan, sampling.NewKey(1), 2); slices.Equal(got.Image(0), got.Image(1)) {
			t.Error("two completions of one hole are alike")
		}
	})
}

// TestRefusals holds the errors of conditions, settings and arrays.
func TestRefusals(t *testing.T) {
	b := enginetest.Open(t, "go")
	plain, _ := opened(t, b, false)
	completing, given := opened(t, b, true)
	nan := float32(math.NaN())
	wrong := sampling.NewImages(1, 1, 8, 8)
	for want, call := range map[string]func() error{
		"no noise levels":            func() error { _, err := plain.At(models.Given{Level: 2}); return err },
		"no classes":                 func() error { _, err := plain.At(models.Given{Label: []int{1}}); return err },
		"found beta 2":               func() error { _, err := plain.At(models.Given{Beta: 2}); return err },
		"completes no masked":        func() error { _, err := plain.At(given); return err },
		"found no masked picture":    func() error { _, err := completing.At(models.Given{}); return err },
		"masked pictures: found":     func() error { _, err := completing.At(models.Given{Picture: &wrong}); return err },
		"has 2 numbers, want 3":      func() error { _, err := plain.At(models.Given{Latent: [][]float32{{1, 2}}}); return err },
		"not finite":                 func() error { _, err := plain.At(models.Given{Latent: [][]float32{{1, 2, nan}}}); return err },
		"found 2 latents for every":  func() error { _, err := plain.At(models.Given{Latent: [][]float32{{1, 2, 3}, {1, 2, 3}}}); return err },
		"decode: found no latents":   func() error { _, err := plain.Decode(nil, models.Given{}); return err },
		`setting "steps": found 1.5`: func() error { _, err := plain.Plan(nil, sampling.Settings{"steps": 1.5}); return err },
		`setting "size": want one`:   func() error { _, err := plain.Plan(nil, sampling.Settings{"size": 1}); return err },
		`array "x": missing`:         func() error { _, err := plain.Arrays(nil, nil); return err },
		`array "c": not known here`: func() error {
			_, err := plain.Arrays(map[string]checkpoint.Tensor{"c": {}}, nil)
			return err
		},
		`array "c": missing`: func() error {
			_, err := completing.Arrays(map[string]checkpoint.Tensor{"x": models.PicturesTensor(noisy(completing, 1, 1))}, nil)
			return err
		},
		`array "noise": missing`: func() error {
			_, err := plain.Replay(map[string]checkpoint.Tensor{"z": checkpoint.Float32Tensor([]int{1, 3}, make([]float32, 3))}, nil)
			return err
		},
		"as many steps as": func() error { _, err := plain.Replay(nil, sampling.Settings{"steps": 3}); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
