// Package studiotest has a family of models that needs no engine, for tests of
// the studio's clients: the energy of a picture is its squared distance to the
// nearest of a few patterns, so that chains visibly turn noise into them.
package studiotest

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Size is the width and height of the patterns.
const Size = 28

// Options say how the family behaves.
type Options struct {
	Delay   time.Duration // of every evaluation
	Compile time.Duration // of the first evaluation, on top
	Engine  error         // the engine does not open, for this reason
}

// New returns a studio that knows this family alone. It is closed when the test
// ends.
func New(t testing.TB, o Options) *studio.Studio {
	t.Helper()
	t.TempDir() // the first call says when a test's folders are removed: after the studio is closed
	s := studio.New(Config(o))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Config is the configuration of New.
func Config(o Options) studio.Config {
	return studio.Config{
		Families: []models.Family{family(o)},
		Engine: func(context.Context) (studio.Engine, error) {
			return studio.Engine{Name: "analytic", Device: "closed form", Version: "1"}, o.Engine
		},
	}
}

// WriteCheckpoint writes a checkpoint of the family into the test's folder and
// returns its path.
func WriteCheckpoint(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := checkpoint.Write(path, tensors(), map[string]string{"family": "analytic"}); err != nil {
		t.Fatal(err)
	}
	return path
}

// Bytes is the checkpoint as a bundled one.
func Bytes() ([]byte, error) {
	dir, err := os.MkdirTemp("", "studiotest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "patterns.safetensors")
	if err := checkpoint.Write(path, tensors(), nil); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func tensors() []checkpoint.Named {
	var all []float32
	shapes := patterns()
	for _, p := range shapes {
		all = append(all, p...)
	}
	bias := make([]float32, 16)
	for i := range bias {
		bias[i] = float32(i) / 8
	}
	return []checkpoint.Named{
		{Name: "analytic.patterns", Tensor: checkpoint.Float32Tensor([]int{len(shapes), 1, Size, Size}, all)},
		{Name: "analytic.bias", Tensor: checkpoint.Float32Tensor([]int{16}, bias)},
	}
}

// patterns are a ring, a cross, a shirt and a bar chart.
func patterns() [][]float32 {
	inside := []func(x, y float64) bool{
		func(x, y float64) bool { r := math.Hypot(x, y); return r > 0.45 && r < 0.8 },
		func(x, y float64) bool {
			return math.Max(math.Abs(x), math.Abs(y)) < 0.8 && math.Abs(math.Abs(x)-math.Abs(y)) < 0.2
		},
		func(x, y float64) bool {
			return (math.Abs(x) < 0.45 && y > -0.7 && y < 0.8) || (math.Abs(x) < 0.9 && y > -0.7 && y < -0.25)
		},
		func(x, y float64) bool { return y < 0.8 && y > -x*0.8-0.1 && math.Mod(x+1, 0.5) > 0.12 },
	}
	var all [][]float32
	for _, in := range inside {
		p := make([]float32, Size*Size)
		for i := range p {
			x, y := 2*(float64(i%Size)+0.5)/Size-1, 2*(float64(i/Size)+0.5)/Size-1
			if in(x, y) {
				p[i] = float32(0.95 - 0.2*math.Abs(x))
			}
		}
		all = append(all, p)
	}
	return all
}

func family(o Options) models.Family {
	return models.Family{
		Name: "analytic", Title: "Analytic",
		Knows: func(f *checkpoint.File) bool { _, ok := f.Tensors["analytic.patterns"]; return ok },
		Open: func(_ compute.Backend, f *checkpoint.File, _ models.Options) (*models.Model, error) {
			return open(f, o)
		},
	}
}

func open(f *checkpoint.File, o Options) (*models.Model, error) {
	t := f.Tensors["analytic.patterns"]
	if len(t.Shape) != 4 || t.Shape[1] != 1 {
		return nil, fmt.Errorf("load %q as analytic: tensor analytic.patterns has shape %v, want [n 1 h w]", f.Path, t.Shape)
	}
	values, err := t.Float32s()
	if err != nil {
		return nil, err
	}
	h, w := t.Shape[2], t.Shape[3]
	n := h * w
	e := &nearest{delay: o.Delay, compile: o.Compile}
	for i := range t.Shape[0] {
		e.patterns = append(e.patterns, values[i*n:(i+1)*n])
	}
	return &models.Model{
		Family: "analytic", C: 1, H: h, W: w, Lo: 0, Hi: 1, Parameters: len(values), TrainedSteps: 60,
		Facts: []models.Fact{{Name: "Energy", Value: "squared distance to the nearest pattern"}},
		Knobs: []sampling.Knob{
			{Name: "steps", Title: "Langevin steps", Help: "How many steps a chain walks.", Min: 1, Max: 2000, Default: 120, Integer: true},
			{Name: "step_size", Title: "Step size", Help: "Factor of the gradient in x - s dE/dx + noise.", Min: 0.0001, Max: 1, Default: 0.03, Log: true},
			{Name: "noise", Title: "Noise", Help: "Standard deviation of the noise of a step, in pixel units.", Min: 0, Max: 0.5, Default: 0.02},
		},
		At: func(models.Given) (sampling.Energy, error) { return e, nil },
		Plan: func(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
			k := sampling.Langevin{StepSize: s["step_size"], Noise: s["noise"], Lo: 0, Hi: 1}
			return sampling.Plan{{Name: "langevin", Energy: sampling.Sum(terms), Kernel: k, Steps: int(s["steps"])}}, nil
		},
		Start: func(k sampling.Key, n int) sampling.Images {
			x := sampling.NewImages(n, 1, h, w)
			if err := k.Uniforms(sampling.StreamStart, 0, x, 0, 1); err != nil {
				return sampling.Images{} // the studio refuses it by its shape
			}
			return x
		},
	}, nil
}

// nearest is the energy |x - p|^2 / 2 for the nearest pattern p.
type nearest struct {
	patterns       [][]float32
	delay, compile time.Duration
	first          sync.Once
}

// Value implements sampling.Energy.
func (e *nearest) Value(x sampling.Images) ([]float32, error) {
	energy, _, err := e.Eval(x)
	return energy, err
}

// Eval implements sampling.Energy.
func (e *nearest) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	e.first.Do(func() { time.Sleep(e.compile) })
	time.Sleep(e.delay)
	grad := sampling.NewImages(x.N, x.C, x.H, x.W)
	energy := make([]float32, x.N)
	for i := range x.N {
		best, p := math.Inf(1), e.patterns[0]
		for k, q := range e.patterns {
			// Each chain prefers another pattern a little, as modes of unlike mass would.
			if d := squared(x.Image(i), q) - 12*float64((i*7+k*3)%5); d < best {
				best, p = d, q
			}
		}
		energy[i] = float32(squared(x.Image(i), p) / 2)
		for j, v := range x.Image(i) {
			grad.Image(i)[j] = v - p[j]
		}
	}
	return energy, grad, nil
}

func squared(a, b []float32) float64 {
	var d float64
	for i := range a {
		d += float64(a[i]-b[i]) * float64(a[i]-b[i])
	}
	return d
}

// Picture is a pattern as a picture, for tests that need one that is not a
// checkpoint.
func Picture() image.Image {
	m := image.NewGray(image.Rect(0, 0, Size, Size))
	for i, v := range patterns()[0] {
		m.Pix[i] = uint8(255 * v)
	}
	return m
}
