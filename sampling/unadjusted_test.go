package sampling

import (
	"math"
	"slices"
	"testing"
)

// TestUnadjusted: the chain is Langevin's to the bit, and of the energy T x^2/2, whose
// density at temperature T is a normal one, a step x -> y of deviation delta would be
// accepted with min(1, exp(delta^2/8 (x^2 - y^2))) a value.
func TestUnadjusted(t *testing.T) {
	const delta, temperature = 0.9, 0.25
	energy := pointwise(func(v float64) (float64, float64) { return temperature * v * v / 2, temperature * v })
	plain := Langevin{StepSize: delta * delta / (2 * temperature), Noise: delta}
	near(t, "temperature", plain.Temperature(), temperature, 1e-12)
	x := NewImages(64, 3, 1, 1)
	if err := NewKey(2).Normals(StreamUser, 0, x); err != nil {
		t.Fatal(err)
	}
	var chain []State
	for s, err := range Run(t.Context(), NewKey(1), x, Plan{{Energy: energy, Kernel: plain, Steps: 6}}) {
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, s)
	}
	before, k := x, 0
	for s, err := range Run(t.Context(), NewKey(1), x, Plan{{Energy: energy, Kernel: Unadjusted{plain}, Steps: 6}}) {
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.X.Data, chain[k].X.Data) || !slices.Equal(s.Energy, chain[k].Energy) {
			t.Fatalf("step %d: found other pictures or energies than Langevin's", k+1)
		}
		for i, accepted := range s.Accepted {
			var squares float64
			for j, v := range before.Image(i) {
				w := float64(s.X.Image(i)[j])
				squares += float64(v)*float64(v) - w*w
			}
			near(t, "accepted", float64(accepted), math.Exp(min(0, delta*delta/8*squares)), 1e-5)
		}
		before, k = s.X, k+1
	}
	if k != 6 {
		t.Errorf("found %d steps, want 6", k)
	}
}

// TestUnadjustedEdge: what was cut off at the edge does not count in the proposals' ratio.
func TestUnadjustedEdge(t *testing.T) {
	energy := pointwise(func(v float64) (float64, float64) { return -8 * v, -8 }) // pushes upwards by 4
	u := Unadjusted{Langevin{StepSize: 0.5, Noise: 1, Lo: -1, Hi: 1}}
	s, _ := last(t, NewKey(1), NewImages(32, 1, 1, 1), Plan{{Energy: energy, Kernel: u, Steps: 1}})
	edge := 0
	for i, accepted := range s.Accepted {
		if s.X.Image(i)[0] == 1 { // downhill, and no proposal to weigh
			edge++
			near(t, "accepted at the edge", float64(accepted), 1, 0)
		}
	}
	if edge < 16 {
		t.Errorf("found %d of 32 at the edge, want most", edge)
	}
}

// TestUnadjustedRefuses steps that no test can judge.
func TestUnadjustedRefuses(t *testing.T) {
	for _, l := range []Langevin{{StepSize: 1}, {Noise: 1}, {StepSize: 1, Noise: 1, NoiseFirst: true}, {StepSize: -1, Noise: 1}} {
		if (Unadjusted{l}).Check() == nil {
			t.Errorf("%+v: want an error", l)
		}
	}
}
