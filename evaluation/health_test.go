package evaluation

import (
	"math"
	"testing"
)

// TestChains: independent energies cost as many gradients as a step has, sticky ones
// more, and chains that stand still cannot be told of.
func TestChains(t *testing.T) {
	free, sticky := generated(4, 250, 0, 0), generated(4, 250, 0.9, 0)
	c := ChainsOf(free, nil, 2000)
	if c.Chains != 4 || c.Steps != 250 || c.Accepted != nil || c.RHat == nil || c.PerESS == nil {
		t.Fatalf("found %+v, want 4 chains of 250 without an acceptance", c)
	}
	near(t, "gradients per ESS", *c.PerESS, 2000/973.5306484935026, 1e-9) // of TestMixingAgainstArviZ
	s := ChainsOf(sticky, [][]float64{{1, 0}, {1, 1}, {1, 0}, {1, 1}}, 1000)
	near(t, "gradients per ESS, sticky", *s.PerESS, 1000/77.52362554184936, 1e-9)
	near(t, "accepted", *s.Accepted, 0.75, 1e-12)
	if c := ChainsOf([][]float64{{1, 1, 1, 1, 1, 1, 1, 1}}, nil, 8); c.RHat != nil || c.ESS != nil || c.PerESS != nil {
		t.Errorf("standing still: found %+v, want nothing told", c)
	}
}

// TestTraining: the last tenth counts; a resumption, when the clock begins anew, is no
// time; a diverged seed is one of two.
func TestTraining(t *testing.T) {
	var m []Measured
	for i := 1; i <= 200; i++ {
		seconds := float64(i) * 0.5
		if i > 100 {
			seconds -= 50
		}
		line := Measured{Iteration: 10 * i, Seconds: seconds, Data: 9}
		if i > 180 {
			line.Data, line.Samples = -1, -1+0.25*float64(i%2)
		}
		m = append(m, line)
	}
	found, err := TrainingOf([]TrainingRun{{Name: "a", Measured: m, Memory: 7}, {Name: "b", Measured: m[:3], Diverged: "loss is NaN"}})
	if err != nil {
		t.Fatal(err)
	}
	a := found.Runs[0]
	near(t, "gap", a.Gap.Value, -0.125, 1e-12)
	near(t, "its interval", a.Gap.Half, 1.959963984540054*math.Sqrt(20*0.125*0.125/19/20), 1e-12)
	near(t, "an iteration", a.Each, 0.05, 1e-12)
	if a.Iterations != 2000 || a.Memory != 7 || found.Diverged != (Rate{1, 2}) {
		t.Errorf("found %+v, want 2000 iterations and one of two diverged", found)
	}
	if _, err := TrainingOf([]TrainingRun{{Name: "c"}}); err == nil {
		t.Error("no measurement: want an error")
	}
}
