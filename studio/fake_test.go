package studio

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// bowl is E(x) = k/2 |x - centre|^2, a model that needs no engine.
type bowl struct {
	centre, k float32
	spoil     func(call int, e []float32) // changes the energies of an evaluation
	before    func(call int)              // is told of every evaluation
	calls     *atomic.Int64
}

func (b bowl) Value(x sampling.Images) ([]float32, error) {
	e, _, err := b.Eval(x)
	return e, err
}

func (b bowl) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	call := int(b.calls.Add(1))
	if b.before != nil {
		b.before(call)
	}
	e, grad := make([]float32, x.N), sampling.NewImages(x.N, x.C, x.H, x.W)
	for i := range x.N {
		g := grad.Image(i)
		for j, v := range x.Image(i) {
			g[j] = b.k * (v - b.centre)
			e[i] += b.k * (v - b.centre) * (v - b.centre) / 2
		}
	}
	if b.spoil != nil {
		b.spoil(call, e)
	}
	return e, grad, nil
}

// fake is what a test changes in the analytic family.
type fake struct {
	c, h, w int
	spoil   func(call int, e []float32)
	before  func(call int)
	// drift is added to the centre: the same model on another engine.
	drift float32
	calls atomic.Int64
}

var fakeKnobs = []sampling.Knob{
	{Name: "steps", Title: "Steps", Min: 1, Max: 100_000, Default: 10, Integer: true},
	{Name: "step_size", Title: "Step size", Min: 0, Max: 1, Default: 0.1},
	{Name: "step_noise", Title: "Noise", Min: 0, Max: 1, Default: 0.05},
}

func (f *fake) family() models.Family {
	return models.Family{
		Name: "bowl", Title: "Bowl",
		Knows: func(file *checkpoint.File) bool { _, ok := file.Tensors["bowl.centre"]; return ok },
		Open: func(_ compute.Backend, file *checkpoint.File, _ models.Options) (*models.Model, error) {
			v, err := file.Tensors["bowl.centre"].Float32s()
			if err != nil {
				return nil, err
			}
			return f.model(v[0]), nil
		},
		Learn: f.learn,
	}
}

// learn is a training that counts its iterations and keeps their number; an iteration is
// an evaluation to before.
func (f *fake) learn(_ compute.Backend, _ models.Data, settings map[string]string) (*models.Learner, error) {
	n, err := strconv.Atoi(settings["iterations"])
	if err != nil {
		return nil, err
	}
	var at float32
	tensors := func() []checkpoint.Named {
		return []checkpoint.Named{{Name: "bowl.centre", Tensor: checkpoint.Float32Tensor([]int{1}, []float32{at})}}
	}
	return &models.Learner{
		Config: map[string]string{"iterations": settings["iterations"]}, Iterations: n, Schedule: []string{"iterations"},
		Step: func(context.Context, int) (map[string]float64, error) {
			at++
			if call := int(f.calls.Add(1)); f.before != nil {
				f.before(call)
			}
			return map[string]float64{"loss": float64(at)}, nil
		},
		State: func() ([]checkpoint.Named, error) { return tensors(), nil },
		Restore: func(file *checkpoint.File) error {
			v, err := file.Tensors["bowl.centre"].Float32s()
			at = v[0]
			return err
		},
		Model: func(int) ([]checkpoint.Named, map[string]string, error) { return tensors(), nil, nil },
	}, nil
}

func (f *fake) model(centre float32) *models.Model {
	m := &models.Model{Family: "bowl", C: f.c, H: f.h, W: f.w, Lo: 0, Hi: 1, Labels: []string{"low", "high"}, LatentSize: 2, Knobs: fakeKnobs}
	m.At = func(g models.Given) (sampling.Energy, error) {
		if len(g.Label) > 0 {
			return bowl{centre: float32(g.Label[0]), k: 1, spoil: f.spoil, before: f.before, calls: &f.calls}, nil
		}
		return bowl{centre: centre + f.drift, k: 1, spoil: f.spoil, before: f.before, calls: &f.calls}, nil
	}
	m.Plan = func(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
		return sampling.Plan{{
			Name: "bowl", Energy: sampling.Sum(terms), Steps: int(s["steps"]),
			Kernel: sampling.Langevin{StepSize: s["step_size"], Noise: s["step_noise"], Lo: 0, Hi: 1},
		}}, nil
	}
	m.Start = func(k sampling.Key, n int) sampling.Images {
		x := sampling.NewImages(n, f.c, f.h, f.w)
		if err := k.Uniforms(sampling.StreamStart, 0, x, 0, 1); err != nil {
			panic(err)
		}
		return x
	}
	m.Encode = func(x sampling.Images) ([][]float32, error) {
		rows := make([][]float32, x.N)
		for i := range rows {
			rows[i] = []float32{0, 1}
		}
		return rows, nil
	}
	return m
}

// open returns a studio with the analytic model open in it.
func (f *fake) open(t testing.TB, budget int64) (*Studio, *Opened) {
	t.Helper()
	if f.c == 0 {
		f.c, f.h, f.w = 1, 4, 5
	}
	s := New(Config{
		Families: []models.Family{f.family()}, Budget: budget,
		Engine: func(context.Context) (Engine, error) { return Engine{Name: "none", Version: fmt.Sprint(f.drift)}, nil },
	})
	t.Cleanup(func() { s.Close() })
	o, err := s.build(context.Background(), "/models/bowl.safetensors", "bowl.safetensors", f.file(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

func (f *fake) file() *checkpoint.File {
	return &checkpoint.File{
		Path: "bowl.safetensors", SHA256: "b0b1", Names: []string{"bowl.centre"},
		Tensors: map[string]checkpoint.Tensor{"bowl.centre": checkpoint.Float32Tensor([]int{1}, []float32{0.5})},
	}
}

// run samples a recipe to its end.
func run(t testing.TB, s *Studio, o *Opened, r Recipe) *Job {
	t.Helper()
	j := s.Sample(o, r, nil)
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	return j
}

// deadline keeps a test that waits for ever from doing so.
func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func recipe(o *Opened, chains int, settings sampling.Settings) Recipe {
	r := DefaultRecipe(o)
	r.Chains, r.Settings = chains, settings
	return r
}
