package sampling

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// skewed2D is the energy of a point (u, v) with u Gumbel and v the logarithm of a
// Gamma(3) number, coupled by v's centre moving with u: v - u/2. Its moments are
// known: u as Gumbel; v - u/2 has mean digamma(3) and variance trigamma(3).
type skewed2D struct{}

func (s skewed2D) Value(x Images) ([]float32, error) {
	e, _, err := s.Eval(x)
	return e, err
}

func (skewed2D) Eval(x Images) ([]float32, Images, error) {
	e, grad := make([]float32, x.N), NewImages(x.N, 2, 1, 1)
	for i := range x.N {
		p := x.Image(i)
		u, w := float64(p[0]), float64(p[1])-float64(p[0])/2
		eu, gu := gumbel(u)
		e[i] = float32(eu + math.Exp(w) - 3*w)
		gw := math.Exp(w) - 3
		grad.Image(i)[0], grad.Image(i)[1] = float32(gu-gw/2), float32(gw)
	}
	return e, grad, nil
}

// MALA has no bias, whatever its step: with a step so coarse that a third of the
// proposals is refused, all moments agree within five standard errors.
func TestMALAOnSkewedTarget(t *testing.T) {
	const n = 4096
	for name, kernel := range map[string]MALA{
		"plain":   {Delta: 1.1},
		"clipped": {Delta: 1.1, Clip: 0.8},
	} {
		t.Run(name, func(t *testing.T) {
			var refused, total float64
			var s State
			for state, err := range Run(t.Context(), NewKey(9), NewImages(n, 2, 1, 1), Plan{{Energy: skewed2D{}, Kernel: kernel, Steps: 100}}) {
				if err != nil {
					t.Fatal(err)
				}
				s = state
				for _, a := range s.Accepted {
					refused += 1 - float64(a)
					total++
				}
			}
			if share := refused / total; share < 0.1 || share > 0.7 {
				t.Errorf("found %.2f of the proposals refused, want a step that tests the refusals", share)
			}
			nearSkewed(t, s.X)
		})
	}
}

// A box refuses what leaves it: the target is the normal cut off at 0.
func TestMALAInABox(t *testing.T) {
	const n = 4096
	s, _ := last(t, NewKey(2), filled(n, 0.5), Plan{{Energy: gaussian(0, 1), Kernel: MALA{Delta: 0.9, Lo: 0, Hi: 50}, Steps: 60}})
	for _, v := range s.X.Data {
		if v < 0 {
			t.Fatalf("found %v, want nothing below 0", v)
		}
	}
	mean, variance, _, _ := moments(s.X.Data)
	wantVariance := 1 - 2/math.Pi
	near(t, "mean", mean, math.Sqrt(2/math.Pi), 5*math.Sqrt(wantVariance/n))
	near(t, "variance", variance, wantVariance, 5*wantVariance*math.Sqrt(2.9/n))
}

func filled(n int, v float32) Images {
	x := NewImages(n, 1, 1, 1)
	for j := range x.Data {
		x.Data[j] = v
	}
	return x
}

// counting counts the evaluations of an energy.
type counting struct {
	Energy
	evals *int
}

func (c counting) Eval(x Images) ([]float32, Images, error) {
	*c.evals++
	return c.Energy.Eval(x)
}

func TestMALARemembersItsPictures(t *testing.T) {
	evals := 0
	e := counting{gaussian(0, 1), &evals}
	x := noise(t, 1, 4, 1, 2, 2)
	plan := Plan{{Energy: e, Kernel: MALA{Delta: 0.5}, Steps: 10}, {Energy: e, Kernel: MALA{Delta: 0.5}, Steps: 5}}
	previous := x
	for s, err := range Run(t.Context(), NewKey(6), x, plan) {
		if err != nil {
			t.Fatal(err)
		}
		want, _ := gaussian(0, 1).Value(previous)
		if !sameBits(s.Energy, want) {
			t.Fatalf("step %d: found energies %v, want those of the pictures it began with, %v", s.Step, s.Energy, want)
		}
		previous = s.X
	}
	if want := 10 + 1 + 5 + 1; evals != want {
		t.Errorf("found %d evaluations, want %d: one a step and one a stage", evals, want)
	}
}

func TestMALARefusesWhatIsNotFinite(t *testing.T) {
	// Left of 0 there is nothing: an infinite energy.
	wall := pointwise(func(v float64) (float64, float64) {
		if v < 0 {
			return math.Inf(1), math.NaN()
		}
		return v, 1
	})
	s, _ := last(t, NewKey(2), filled(64, 0.1), Plan{{Energy: wall, Kernel: MALA{Delta: 0.8}, Steps: 50}})
	if s.Diverged != nil {
		t.Errorf("found diverged chains %v, want refusals", s.Diverged)
	}
	for _, v := range s.X.Data {
		if !(v >= 0) {
			t.Fatalf("found %v, want nothing left of the wall", v)
		}
	}
}

func TestMALAHoldsMaskedPixels(t *testing.T) {
	const n = 4096
	known := NewImages(1, 2, 1, 2)
	known.Data = []float32{3, 0.1, -2, 0.3}
	mask := NewMask(known).Fill(0, 1, 1, 2, 1)
	s, _ := last(t, NewKey(8), NewImages(n, 2, 1, 2), Plan{{Energy: gaussian(0, 1), Kernel: MALA{Delta: 1}, Steps: 40, Keep: mask}})
	free := make([]float32, 0, 2*n)
	for i := range n {
		p := s.X.Image(i)
		if p[0] != 3 || p[2] != -2 {
			t.Fatalf("image %d: found known pixels %v and %v, want 3 and -2", i, p[0], p[2])
		}
		free = append(free, p[1], p[3])
	}
	mean, variance, _, _ := moments(free)
	near(t, "mean", mean, 0, 5/math.Sqrt(2*n))
	near(t, "variance", variance, 1, 5*math.Sqrt(2./(2*n)))

	mask.M[1] = 0.5
	for _, err := range Run(t.Context(), NewKey(8), NewImages(1, 2, 1, 2), Plan{{Energy: gaussian(0, 1), Kernel: MALA{Delta: 1}, Steps: 1, Keep: mask}}) {
		if err == nil || !strings.Contains(err.Error(), "mala: mask: found 0.5 at row 0, column 1, want 0 or 1") {
			t.Errorf("found error %v", err)
		}
	}
}

var errBroken = errors.New("the network is broken")
