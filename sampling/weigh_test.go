package sampling

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// mixed are weighted normal distributions of one number, whose noised versions are
// known: a ladder's exact energies and conditionals.
type mixed []struct{ weight, mean, variance float64 }

// noised is the distribution of sqrt(a) x + sqrt(1-a) n.
func (m mixed) noised(a float64) mixed {
	next := slices.Clone(m)
	for i := range next {
		next[i].mean *= math.Sqrt(a)
		next[i].variance = a*next[i].variance + 1 - a
	}
	return next
}

// scaled is the distribution of c x.
func (m mixed) scaled(c float64) mixed {
	next := slices.Clone(m)
	for i := range next {
		next[i].mean *= c
		next[i].variance *= c * c
	}
	return next
}

func (m mixed) density(v float64) float64 {
	var p float64
	for _, c := range m {
		p += c.weight / math.Sqrt(2*math.Pi*c.variance) * math.Exp(-(v-c.mean)*(v-c.mean)/2/c.variance)
	}
	return p
}

// energy is -log p and its slope.
func (m mixed) energy() pointwise {
	return func(v float64) (float64, float64) {
		p, slope := 0.0, 0.0
		least := math.Inf(1)
		for _, c := range m {
			least = min(least, (v-c.mean)*(v-c.mean)/2/c.variance)
		}
		for _, c := range m {
			q := c.weight / math.Sqrt(2*math.Pi*c.variance) * math.Exp(least-(v-c.mean)*(v-c.mean)/2/c.variance)
			p, slope = p+q, slope+q*(v-c.mean)/c.variance
		}
		return least - math.Log(p), slope / p
	}
}

// given draws y from m(y) N(x; y, variance).
func (m mixed) given(x, variance float64, u, n float32) float32 {
	shares, total := make([]float64, len(m)), 0.0
	for i, c := range m {
		s := c.variance + variance
		shares[i] = c.weight / math.Sqrt(s) * math.Exp(-(x-c.mean)*(x-c.mean)/2/s)
		total += shares[i]
	}
	at, left := 0, float64(u)*total
	for at < len(m)-1 && left >= shares[at] {
		left, at = left-shares[at], at+1
	}
	c := m[at]
	v := 1 / (1/c.variance + 1/variance)
	return float32(v*(c.mean/c.variance+x/variance) + math.Sqrt(v)*float64(n))
}

// descend comes down six levels of a base distribution, whose conditionals its proposals
// are exact draws of, to what composed says of its energy and others; a level's energies
// are those of pictures in its scale.
func descend(base mixed, composed func(noised func(mixed) Energy) Energy, weigh bool) Plan {
	bars := []float64{0.999, 0.97, 0.85, 0.6, 0.3, 0.1, 0.01}
	var p Plan
	for i := len(bars) - 1; i >= 1; i-- {
		alpha := bars[i] / bars[i-1]
		of := func(m mixed) mixed { return m.noised(bars[i-1]).scaled(math.Sqrt(alpha)) }
		at := func(m mixed) Energy { return of(m).energy() }
		stage := Stage{
			Name: fmt.Sprint(i), Energy: composed(at), Kernel: MALA{Delta: 0.7 * math.Sqrt(1-alpha)}, Steps: 12, Tether: 1 / (2 * (1 - alpha)),
			Start: func(k Key, step int, x Images) (Images, error) {
				y, u := NewImages(x.N, 1, 1, 1), NewImages(x.N, 1, 1, 1)
				if err := firstError(k.Normals(StreamPropose, i, y), k.Uniforms(StreamReinit, i, u, 0, 1)); err != nil {
					return x, err
				}
				for j, v := range x.Data {
					y.Data[j] = of(base).given(float64(v), 1-alpha, u.Data[j], y.Data[j])
				}
				return y, nil
			},
			Finish: func(_ Key, _ int, x Images) (Images, error) {
				y := x.Clone()
				for j := range y.Data {
					y.Data[j] /= float32(math.Sqrt(alpha))
				}
				return y, nil
			},
		}
		if weigh {
			stage.Weighing = &Weighing{Base: at(base), Ramp: 6, Threshold: 0.5, Last: i == 1}
		}
		p = append(p, stage)
	}
	return p
}

// integral sums f over the line.
func integral(f func(v float64) float64) (sum float64) {
	for v := -12.0; v < 12; v += 1e-3 {
		sum += 1e-3 * f(v)
	}
	return sum
}

// spread are the mean of values and its standard error.
func spread(v []float64) (mean, err float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		err += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(err / float64(len(v)*(len(v)-1)))
}

// A ladder of exact energies composed level by level: with weights it ends at the clean
// level's composition, and tells its constant, within five standard errors over eight
// seeds; without them it ends more than ten standard errors elsewhere.
func TestWeighing(t *testing.T) {
	const clean = 0.999
	uneven := mixed{{0.7, -1.5, 0.05}, {0.3, 1.5, 0.3}}
	one, two := mixed{{1, 1.4, 0.1}}, mixed{{0.6, -0.6, 0.3}, {0.4, 1.6, 0.4}}
	normal := mixed{{1, 0, 1}}
	for _, test := range []struct {
		name     string
		base     mixed
		composed func(noised func(mixed) Energy) Energy
		density  func(v float64) float64 // times a constant
		measure  func(v float64) float64
	}{
		{
			"tempered mixture, mass of a mode", uneven,
			func(at func(mixed) Energy) Energy { return Sum{{2, at(uneven)}} },
			func(v float64) float64 { return math.Pow(uneven.noised(clean).density(v), 2) },
			func(v float64) float64 { return heaviside(v) },
		},
		{
			"product of Eq. 13, mean", normal,
			func(at func(mixed) Energy) Energy { return Sum{{1, at(one)}, {1, at(two)}, {-1, at(normal)}} },
			func(v float64) float64 {
				return one.noised(clean).density(v) * two.noised(clean).density(v) / normal.density(v)
			},
			func(v float64) float64 { return v },
		},
		{
			"guidance of Eq. 11, mass of a mode", normal,
			func(at func(mixed) Energy) Energy { return Sum{{2.5, at(two)}, {-1.5, at(normal)}} },
			func(v float64) float64 {
				return math.Pow(two.noised(clean).density(v), 2.5) * math.Pow(normal.density(v), -1.5)
			},
			heaviside,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			constant := integral(test.density)
			want := integral(func(v float64) float64 { return test.density(v) * test.measure(v) }) / constant
			var weighed, plain, constants []float64
			for seed := range uint64(8) {
				mean := func(s State) float64 {
					var sum float64
					for _, v := range s.X.Data {
						sum += test.measure(float64(v)) / float64(s.X.N)
					}
					return sum
				}
				x := noise(t, 100+seed, 1024, 1, 1, 1)
				s, _ := last(t, NewKey(seed), x, descend(test.base, test.composed, true))
				weighed, constants = append(weighed, mean(s)), append(constants, s.Weights.LogConstant)
				if s.Weights.differ() || s.Weights.Resamplings == 0 {
					t.Fatalf("found weights %v... after %d resamplings, want equal ones", s.Weights.Log[:4], s.Weights.Resamplings)
				}
				s, _ = last(t, NewKey(seed), x, descend(test.base, test.composed, false))
				plain = append(plain, mean(s))
			}
			found, wrong := spread(weighed)
			near(t, "weighed", found, want, 5*wrong)
			near(t, "its standard error", wrong, 0, 0.015)
			t.Logf("weighed %.4f +- %.4f, exact %.4f", found, wrong, want)
			found, wrong = spread(constants)
			t.Logf("log constant %.4f +- %.4f, exact %.4f", found, wrong, math.Log(constant))
			near(t, "log constant", found, math.Log(constant), 5*wrong)
			found, wrong = spread(plain)
			t.Logf("unweighed %.4f +- %.4f", found, wrong)
			if math.Abs(found-want) < 10*wrong {
				t.Errorf("unweighed: found %.4f, standard error %.4f: the test's target does not need weights", found, wrong)
			}
		})
	}
}

func heaviside(v float64) float64 {
	if v > 0 {
		return 1
	}
	return 0
}

// Weighed runs are what their key says, go on from any state to the bit, keep held
// chains, and let a chain that diverged be drawn anew.
func TestWeighedRuns(t *testing.T) {
	base, to := mixed{{1, 0, 1}}, mixed{{0.2, -1.5, 0.1}, {0.8, 1.5, 0.1}}
	plan := descend(base, func(at func(mixed) Energy) Energy { return Sum{{1.5, at(to)}, {-0.5, at(base)}} }, true)
	x := noise(t, 1, 64, 1, 1, 1)
	var states []State
	for s, err := range Run(t.Context(), NewKey(2), x, plan) {
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
	}
	end := states[len(states)-1]
	jumps := 0
	for _, s := range states {
		if s.Weights.Resampled {
			jumps++
		}
	}
	if jumps != end.Weights.Resamplings || jumps == 0 {
		t.Errorf("found %d steps in which chains were drawn anew, want %d", jumps, end.Weights.Resamplings)
	}
	for _, from := range []int{3, 11, 12, 30, 65} {
		again := State{}
		for s, err := range (Walk{Key: NewKey(2), Plan: plan}).From(t.Context(), states[from].Resting()) {
			if err != nil {
				t.Fatal(err)
			}
			again = s
		}
		if !sameBits(again.X.Data, end.X.Data) || !slices.Equal(again.Weights.Origin, end.Weights.Origin) {
			t.Errorf("from step %d: found other pictures than those of the whole run", states[from].Step)
		}
	}
	if end.Evaluations <= end.Step || end.Evaluations > 2*end.Step+12 {
		t.Errorf("found %d evaluations for %d steps", end.Evaluations, end.Step)
	}
	if s := end.Weights.Surviving(); !(s > 0 && s < 1) {
		t.Errorf("found %v of the chains surviving, want some", s)
	}
	hold := Walk{Key: NewKey(2), Plan: plan, Steer: func(_ Key, s State) (State, error) {
		held := make([]bool, s.X.N)
		held[5] = true
		return s.Hold(held), nil
	}}
	for s, err := range hold.From(t.Context(), State{X: x}) {
		if err != nil {
			t.Fatal(err)
		}
		if end = s; s.Weights.Origin[5] != 5 || slices.Index(s.Weights.Origin, 5) != 5 {
			t.Fatal("the held chain was drawn anew, or by another")
		}
	}
}

// Systematic resampling gives every chain within one of its share, and keeps those that
// survive in their places.
func TestResampled(t *testing.T) {
	shares := []float64{0.05, 0.5, 0, 0.25, 0.2}
	counts := make([]float64, len(shares))
	const draws = 4000
	for step := range draws {
		s := State{Step: step, X: NewImages(5, 1, 1, 1), Weights: unweighed(5)}
		for i, p := range shares {
			s.Weights.Log[i] = math.Log(p) + 3
		}
		chosen, err := s.resampled(NewKey(7))
		if err != nil {
			t.Fatal(err)
		}
		for i, from := range chosen {
			counts[from]++
			if slices.Contains(chosen, i) && from != i {
				t.Fatalf("found chain %d in place %d, though %d survives", from, i, i)
			}
		}
	}
	for i, p := range shares {
		near(t, fmt.Sprintf("draws of chain %d", i), counts[i]/draws, 5*p, 5*0.5/math.Sqrt(draws))
	}
}

func TestWeighingCheck(t *testing.T) {
	e := gaussian(0, 1)
	for want, g := range map[string]Weighing{
		"no base energy":     {Ramp: 1},
		"a ramp of 4 steps":  {Base: e, Ramp: 4},
		"a ramp of 0 steps":  {Base: e},
		"threshold 2, want ": {Base: e, Ramp: 2, Threshold: 2},
	} {
		err := Plan{{Energy: e, Kernel: ULA(0.1), Steps: 3, Weighing: &g}}.Check(NewImages(1, 1, 1, 1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want %q", err, want)
		}
	}
}
