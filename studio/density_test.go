package studio

import (
	"context"
	"errors"
	"math"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// bell is the energy of a normal distribution around a point.
type bell struct {
	at        [2]float64
	deviation float64
}

func (b bell) Value(x sampling.Images) ([]float32, error) {
	e := make([]float32, x.N)
	for i := range e {
		dx, dy := float64(x.Image(i)[0])-b.at[0], float64(x.Image(i)[1])-b.at[1]
		e[i] = float32((dx*dx + dy*dy) / (2 * b.deviation * b.deviation))
	}
	return e, nil
}

func (b bell) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	e, err := b.Value(x)
	return e, x.Clone(), err
}

// plane is a model of two stages, the first of which halves its points at the end.
func plane() *Opened {
	halve := func(_ sampling.Key, _ int, x sampling.Images) (sampling.Images, error) {
		y := x.Clone()
		for i := range y.Data {
			y.Data[i] /= 2
		}
		return y, nil
	}
	bend := func(_ sampling.Key, _ int, x sampling.Images) (sampling.Images, error) {
		y := x.Clone()
		for i := range y.Data {
			y.Data[i] *= y.Data[i]
		}
		return y, nil
	}
	m := &models.Model{
		Family: "bells", Name: "bells", C: 2, H: 1, W: 1, Lo: -8, Hi: 8,
		At: func(models.Given) (sampling.Energy, error) { return bell{[2]float64{2, 4}, 1}, nil },
		Plan: func(terms []sampling.Term, _ sampling.Settings) (sampling.Plan, error) {
			k := sampling.Langevin{StepSize: 0.1}
			return sampling.Plan{
				{Name: "coarse", Energy: sampling.Sum(terms), Kernel: k, Steps: 3, Finish: halve},
				{Name: "only starts"},
				{Name: "fine", Energy: sampling.Sum(terms), Kernel: k, Steps: 2, Finish: bend},
			}, nil
		},
	}
	return &Opened{Name: "bells", Model: m, warm: map[string]bool{}}
}

// TestDensity: a stage's density is that of its energy, seen through the scale that
// its Finish leaves, and the true one is where the data are.
func TestDensity(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	o := plane()
	told := 0
	d, err := s.Density(t.Context(), o, DefaultRecipe(o), DensityOptions{Size: 64, Data: "checkerboard"}, func(Density) { told++ })
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Stages) != 2 || told != 2 {
		t.Fatalf("found %d stages and heard of %d, want 2", len(d.Stages), told)
	}
	for i, want := range []struct {
		name        string
		first, last int
		x, y        float64
	}{{"coarse", 1, 3, 1, 2}, {"fine", 4, 5, 2, 4}} {
		g := d.Stages[i]
		x, y := middle(d, g.Model)
		if g.Name != want.name || g.First != want.first || g.Last != want.last || math.Hypot(x-want.x, y-want.y) > 0.01 {
			t.Errorf("stage %d: found %s, steps %d to %d, middle (%.2f, %.2f), want %+v", i, g.Name, g.First, g.Last, x, y, want)
		}
	}
	if sum(d.Stages[1].Model) < 0.999 || sum(d.Stages[1].Model) > 1.001 {
		t.Errorf("the density adds up to %v, want 1", sum(d.Stages[1].Model))
	}
	// The lower left square of the board is full, the one above it empty.
	full, empty := d.Stages[1].Truth[56*64+8], d.Stages[1].Truth[40*64+8]
	if want := float32(2.0 / (64 * 64)); full < 0.8*want || full > 1.2*want || empty != 0 {
		t.Errorf("found shares %v and %v of the board, want about %v and 0", full, empty, want)
	}
	for step, want := range map[int]struct {
		stage int
		x     float32
	}{0: {0, 1}, 2: {0, 1}, 3: {0, 2}, 4: {1, 2}, 5: {1, 2}, 99: {1, 2}} {
		if at := d.Place(step, [2]float32{2, 2}); d.StageOf(step) != want.stage || at[0] != want.x {
			t.Errorf("after step %d: found stage %d, x %v, want %+v", step, d.StageOf(step), at[0], want)
		}
	}
}

func TestDensityRefuses(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	o := plane()
	r := DefaultRecipe(o)
	if _, err := s.Density(t.Context(), o, r, DensityOptions{Size: 64, Data: "square"}, nil); err == nil {
		t.Error("unknown data were taken")
	}
	if _, err := s.Density(t.Context(), o, r, DensityOptions{Size: 1}, nil); err == nil {
		t.Error("a grid of one cell was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Density(ctx, o, r, DensityOptions{Size: 512}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("found error %v, want that of the context", err)
	}
	o.Model.C = 3
	if _, err := s.Density(t.Context(), o, r, DensityOptions{Size: 64}, nil); err == nil {
		t.Error("pictures were taken for points")
	}
}

func middle(d Density, p []float32) (x, y float64) {
	g := d.grid()
	for i, v := range p {
		x += float64(v) * float64(g.Data[2*i])
		y += float64(v) * float64(g.Data[2*i+1])
	}
	return x, y
}

func sum(p []float32) (s float64) {
	for _, v := range p {
		s += float64(v)
	}
	return s
}
