package sampling

import (
	"math"
	"strings"
	"testing"
)

// far are two modes that no gradient leads between.
var far = mixed{{0.7, -4, 0.04}, {0.3, 4, 0.25}}

// farMasses are the share of points right of 0 and the variance on the left.
func farMasses(x Images) (right, variance float64) {
	var left []float32
	for _, v := range x.Data {
		if v > 0 {
			right += 1 / float64(x.N)
		} else {
			left = append(left, v)
		}
	}
	_, variance, _, _ = moments(left)
	return right, variance
}

// A proposal that is off: acceptance makes up for it.
type offProposal struct{}

func (offProposal) Propose(z Images) (Images, float64, error) {
	mean := z.Clone()
	for j, v := range mean.Data {
		mean.Data[j] = 0.8*v + 0.5
	}
	return mean, 3, nil
}

// Exact draws stay exact, whatever the deviations, the proposal and the number of moves.
func TestDiffusiveGibbsIsStationary(t *testing.T) {
	const n = 6000
	start := NewImages(n, 1, 1, 1)
	u := NewImages(n, 1, 1, 1)
	if err := firstError(NewKey(7).Normals(StreamStart, 0, start), NewKey(8).Uniforms(StreamStart, 0, u, 0, 1)); err != nil {
		t.Fatal(err)
	}
	for i, z := range start.Data {
		c := far[0]
		if u.Data[i] > 0.7 {
			c = far[1]
		}
		start.Data[i] = float32(c.mean + math.Sqrt(c.variance)*float64(z))
	}
	for name, kernel := range map[string]DiffusiveGibbs{
		"one deviation":    {Deviations: []float64{3}, Moves: 2, Kernel: MALA{Delta: 0.3}},
		"several":          {Deviations: []float64{0.2, 1, 5}, Moves: 1, Kernel: HMC{Delta: 0.1, Leaps: 3}},
		"an off proposal":  {Deviations: []float64{3}, Moves: 1, Kernel: MALA{Delta: 0.3}, Back: offProposal{}},
		"no moves":         {Deviations: []float64{1, 6}},
		"within its range": {Deviations: []float64{4}, Moves: 1, Kernel: MALA{Delta: 0.3, Lo: -20, Hi: 20}, Lo: -20, Hi: 20},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := last(t, NewKey(3), start, Plan{{Energy: far.energy(), Kernel: kernel, Steps: 30}})
			right, variance := farMasses(s.X)
			near(t, "mass on the right", right, 0.3, 5*math.Sqrt(0.21/n))
			near(t, "variance on the left", variance, 0.04, 5*0.04*math.Sqrt(2/(0.7*n)))
			moved := 0
			for i, v := range s.X.Data {
				if (v > 0) != (start.Data[i] > 0) {
					moved++
				}
			}
			if moved < n/50 {
				t.Errorf("found %d of %d chains in another mode than at first: the test sees no moves between modes", moved, n)
			}
		})
	}
}

// From one mode, chains find the masses of both; Langevin chains, corrected or not, stay
// where they are.
func TestDiffusiveGibbsFindsModes(t *testing.T) {
	const n = 4096
	for name, test := range map[string]struct {
		kernel Kernel
		right  float64
	}{
		"langevin":        {ULA(0.15), 0},
		"mala":            {MALA{Delta: 0.3}, 0},
		"diffusive gibbs": {DiffusiveGibbs{Deviations: []float64{4, 1}, Moves: 2, Kernel: MALA{Delta: 0.3}}, 0.3},
	} {
		s, _ := last(t, NewKey(4), filled(n, -4), Plan{{Energy: far.energy(), Kernel: test.kernel, Steps: 450}})
		right, variance := farMasses(s.X)
		near(t, name+": mass on the right", right, test.right, 5*math.Sqrt(test.right*(1-test.right)/n))
		if name == "diffusive gibbs" {
			near(t, "variance on the left", variance, 0.04, 5*0.04*math.Sqrt(2/(0.7*n)))
		}
	}
}

// A stage that is tied begins under the conditional given the pictures it was entered
// with; held pixels stay, and a run goes on from any of its states to the bit.
func TestDiffusiveGibbsTied(t *testing.T) {
	kernel := DiffusiveGibbs{Deviations: []float64{0.5}, Moves: 40, Kernel: MALA{Delta: 0.5}, Tied: true}
	s, _ := last(t, NewKey(5), filled(4096, 2), Plan{{Energy: gaussian(0, 1), Kernel: kernel, Steps: 40}})
	mean, variance, _, _ := moments(s.X.Data) // of N(0,1) given 2 = x + 0.5 n
	near(t, "mean", mean, 2/1.25, 5*math.Sqrt(0.2/4096))
	near(t, "variance", variance, 0.2, 5*0.2*math.Sqrt(2./4096))

	kernel = DiffusiveGibbs{Deviations: []float64{0.5, 1}, Moves: 2, Kernel: MALA{Delta: 0.5}, Tied: true, Back: offProposal{}}
	x := noise(t, 1, 3, 1, 2, 2)
	mask := NewMask(x).Fill(0, 0, 1, 2, 1)
	plan := Plan{{Energy: gaussian(0, 1), Kernel: kernel, Steps: 20, Keep: mask}}
	var states []State
	for s, err := range Run(t.Context(), NewKey(2), x, plan) {
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
		for i := range 3 {
			if !sameBits(s.X.Image(i)[2:], x.Image(i)[2:]) {
				t.Fatalf("step %d: held pixels have moved", s.Step)
			}
		}
	}
	for _, from := range []int{0, 1, 2, 3, 11} {
		var end State
		for s, err := range (Walk{Key: NewKey(2), Plan: plan}).From(t.Context(), states[from].Resting()) {
			if err != nil {
				t.Fatal(err)
			}
			end = s
		}
		if !sameBits(end.X.Data, states[19].X.Data) {
			t.Errorf("from step %d: found other pictures than those of the whole run", from+1)
		}
	}
}

func TestDiffusiveGibbsCheck(t *testing.T) {
	for want, kernel := range map[string]DiffusiveGibbs{
		"no deviations":            {},
		"no kernel for 2 moves":    {Deviations: []float64{1}, Moves: 2},
		"found deviation 0":        {Deviations: []float64{0}},
		"found delta 0":            {Deviations: []float64{1}, Moves: 1, Kernel: MALA{}},
		"the lower number first (": {Deviations: []float64{1}, Lo: 1},
	} {
		if err := kernel.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want %q", err, want)
		}
	}
}
