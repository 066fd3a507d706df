package sampling

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// leaping offers leaps of an energy and notes them, as "first+number" of steps.
type leaping struct {
	Energy
	made *[]string
}

func (e leaping) Leap(l Leap) (Leapt, bool, error) {
	*e.made = append(*e.made, fmt.Sprintf("%d+%d", l.First, l.N))
	plan := Plan{{Energy: Sum{{1, e.Energy}, {1, l.Tether}}, Kernel: l.Langevin, Steps: l.N, Keep: l.Keep}}
	if l.Tether.To.N == 0 {
		plan[0].Energy = e.Energy
	}
	var made Leapt
	s := State{X: l.X}
	for range l.N { // one walk a step, for the number of its noise
		s = State{Step: l.First + len(made.Steps), X: s.X}
		energy, grad, err := plan[0].Energy.Eval(s.X)
		if err != nil {
			return made, false, err
		}
		r := Reading{Energy: energy, GradNorm: make([]float32, s.X.N)}
		for i := range r.GradNorm {
			r.GradNorm[i] = float32(math.Sqrt(squaredNorm(grad.Image(i))))
		}
		made.Steps = append(made.Steps, r)
		if s, err = l.Langevin.Step(l.Key, s, plan[0].Energy); err != nil {
			return made, false, err
		}
		if l.Keep != nil {
			if s.X, err = l.Keep.Apply(s.X); err != nil {
				return made, false, err
			}
		}
	}
	made.X = s.X
	return made, true, nil
}

// TestLeapsAreSteps: a walk by leaps passes where one by single steps passes, under tethers
// and masks, with the readings of all steps; leaps end at stops and stages, and steps that are
// weighed, held or diverge are made one by one.
func TestLeapsAreSteps(t *testing.T) {
	x := NewImages(2, 1, 2, 2)
	copy(x.Data, []float32{0.3, -0.2, 0.5, 1, 2, 0, 1, 0.25})
	known := NewImages(1, 1, 2, 2)
	soft := NewMask(known)
	copy(soft.M, []float32{0, 0.25, 1, 1})
	// The second picture's first value is kicked beyond 20, where there is no energy.
	cliff := pointwise(func(v float64) (float64, float64) {
		if v > 1.9 && v < 2.1 {
			return 0, -5000
		}
		if v > 20 {
			return math.NaN(), math.NaN()
		}
		return gaussian(0, 1)(v)
	})
	walk := ULA(0.1)
	for _, c := range []struct {
		name  string
		stage Stage
		of    Energy
		stops []int
		held  []bool
		want  []string
	}{
		{name: "plain", stage: Stage{Steps: 7}, want: []string{"0+3", "3+3"}},
		{name: "tether", stage: Stage{Steps: 6, Tether: 2}, want: []string{"0+3", "3+3"}},
		{name: "mask", stage: Stage{Steps: 6, Keep: soft, Tether: 1}, want: []string{"0+3", "3+3"}},
		{name: "stops", stage: Stage{Steps: 9}, stops: []int{4, 7}, want: []string{"0+3", "4+3"}},
		{name: "held", stage: Stage{Steps: 6}, held: []bool{false, true}},
		{name: "unadjusted", stage: Stage{Steps: 6, Kernel: Unadjusted{walk}}},
		{name: "weighed", stage: Stage{Steps: 7, Weighing: &Weighing{Base: gaussian(0, 2), Ramp: 4, Threshold: 0.5, Last: true}}, want: []string{"4+3"}},
		{name: "diverged", stage: Stage{Steps: 7}, of: cliff, want: []string{"0+3", "1+3", "2+3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.of == nil {
				c.of = gaussian(0.2, 1)
			}
			if c.stage.Kernel == nil {
				c.stage.Kernel = walk
			}
			var made []string
			c.stage.Energy = leaping{c.of, &made}
			w := Walk{Key: NewKey(3), Plan: Plan{c.stage}, Stops: c.stops}
			single := states(t, w, State{X: x, Held: c.held})
			w.Fuse = 3
			leaps := states(t, w, State{X: x, Held: c.held})
			if !slices.Equal(made, c.want) {
				t.Errorf("found leaps %v, want %v", made, c.want)
			}
			for _, s := range leaps {
				want := single[s.Step-1]
				if !slices.Equal(s.X.Data, want.X.Data) || s.Walked != want.Walked || s.Evaluations != want.Evaluations || !slices.Equal(s.Diverged, want.Diverged) {
					t.Fatalf("after step %d: found %+v, want %+v", s.Step, s, want)
				}
				for i, r := range append(s.Passed, Reading{s.Energy, s.GradNorm}) {
					want := single[s.Step-1-len(s.Passed)+i]
					if s.Diverged == nil && !(slices.Equal(r.Energy, want.Energy) && slices.Equal(r.GradNorm, want.GradNorm)) {
						t.Errorf("step %d: found %v, want %v and %v", want.Step, r, want.Energy, want.GradNorm)
					}
				}
			}
			for _, stop := range c.stops {
				if !slices.ContainsFunc(leaps, func(s State) bool { return s.Step == stop }) {
					t.Errorf("found no state after step %d", stop)
				}
			}
		})
	}
}
