package sampling

import (
	"math"
	"strings"
	"testing"
)

// HMC has no bias, whatever its step: all moments of a skewed, coupled target agree
// within five standard errors, with a step so coarse that many proposals are refused,
// and with one that the chains found themselves.
func TestHMCOnSkewedTarget(t *testing.T) {
	const n = 4096
	for name, kernel := range map[string]HMC{
		"coarse":  {Delta: 0.7, Leaps: 3},
		"adapted": {Delta: 0.01, Leaps: 4, Adapt: Adapt{Steps: 60, Target: 0.7, Fisher: true}},
	} {
		t.Run(name, func(t *testing.T) {
			var accepted, total float64
			var s State
			for state, err := range Run(t.Context(), NewKey(9), NewImages(n, 2, 1, 1), Plan{{Energy: skewed2D{}, Kernel: kernel, Steps: 120}}) {
				if err != nil {
					t.Fatal(err)
				}
				s = state
				if s.Step <= 60 {
					continue
				}
				for _, a := range s.Accepted {
					accepted += float64(a)
					total++
				}
			}
			if share := accepted / total; share < 0.3 || share > 0.95 {
				t.Errorf("found %.2f of the proposals accepted, want a step that tests the refusals", share)
			}
			nearSkewed(t, s.X)
		})
	}
}

// nearSkewed compares the moments of points with those of skewed2D.
func nearSkewed(t *testing.T, x Images) {
	t.Helper()
	u, w := make([]float32, x.N), make([]float32, x.N)
	for i := range x.N {
		u[i], w[i] = x.Image(i)[0], x.Image(i)[1]-x.Image(i)[0]/2
	}
	root := math.Sqrt(float64(x.N))
	mean, variance, skewness, _ := moments(u)
	near(t, "mean of u", mean, 0.57722, 5*1.28/root)
	near(t, "variance of u", variance, math.Pi*math.Pi/6, 5*1.64*math.Sqrt(4.4)/root)
	near(t, "skewness of u", skewness, 1.1395, 5*6/root)
	mean, variance, skewness, _ = moments(w)
	// digamma(3), trigamma(3), and polygamma(2,3)/trigamma(3)^1.5
	near(t, "mean of w", mean, 0.92278, 5*0.63/root)
	near(t, "variance of w", variance, 0.39493, 5*0.395*math.Sqrt(2.8)/root)
	near(t, "skewness of w", skewness, -0.6209, 5*4/root)
}

// Leapfrog is of second order: half the step and twice as many leaps make a quarter of
// the error in energy.
func TestLeapfrogIsOfSecondOrder(t *testing.T) {
	wrong := func(delta float64, leaps int) float64 {
		x, p := noise(t, 4, 256, 2, 1, 1), noise(t, 5, 256, 2, 1, 1)
		here, err := newEvaluation(skewed2D{}, x)
		if err != nil {
			t.Fatal(err)
		}
		known, err := State{X: x}.adaptation(delta)
		if err != nil {
			t.Fatal(err)
		}
		before := make([]float64, x.N)
		for i := range before {
			before[i] = float64(here.energy[i]) + squaredNorm(p.Image(i))/2
		}
		_, there, err := HMC{Delta: delta, Leaps: leaps}.trajectory(x.Clone(), p, here, known, nil, skewed2D{})
		if err != nil {
			t.Fatal(err)
		}
		var total float64
		for i, b := range before {
			total += math.Abs(float64(there.energy[i]) + squaredNorm(p.Image(i))/2 - b)
		}
		return total
	}
	if ratio := wrong(0.2, 5) / wrong(0.1, 10); ratio < 3.2 || ratio > 5 {
		t.Errorf("half the step makes the error %.2f times smaller, want about 4", ratio)
	}
}

// Walls that reflect: the target is the normal between 0 and 1.2.
func TestHMCBetweenWalls(t *testing.T) {
	const n = 8192
	s, _ := last(t, NewKey(2), filled(n, 0.5), Plan{{Energy: gaussian(0, 1), Kernel: HMC{Delta: 0.7, Leaps: 3, Lo: 0, Hi: 1.2}, Steps: 60}})
	for _, v := range s.X.Data {
		if v < 0 || v > 1.2 {
			t.Fatalf("found %v, want nothing outside 0..1.2", v)
		}
	}
	density := func(v float64) float64 { return math.Exp(-v * v / 2) }
	var mass, first, second float64
	for k := range 12000 {
		v := (float64(k) + 0.5) * 1e-4
		mass, first, second = mass+density(v), first+v*density(v), second+v*v*density(v)
	}
	first, second = first/mass, second/mass-first*first/mass/mass
	mean, variance, _, _ := moments(s.X.Data)
	near(t, "mean", mean, first, 5*math.Sqrt(second/n))
	near(t, "variance", variance, second, 5*second/math.Sqrt(n))
}

// Pixels of very different spread: the chains find the step, and with the gradients'
// history the scales too, which lets them take steps of the widest pixel's size.
func TestAdaptFindsStepsAndScales(t *testing.T) {
	deviation := [4]float64{0.01, 0.1, 1, 10}
	target := perPixel(func(j int, v float64) (float64, float64) {
		z := v / deviation[j]
		return z * z / 2, z / deviation[j]
	})
	adapt := Adapt{Steps: 400, Target: 0.6}
	spread := func(a Adapt) (acceptance, widest float64) {
		x := NewImages(512, 1, 2, 2)
		for i := range x.N {
			for j, d := range deviation {
				x.Image(i)[j] = float32(d)
			}
		}
		var total, accepted float64
		var s State
		for state, err := range Run(t.Context(), NewKey(3), x, Plan{{Energy: target, Kernel: MALA{Delta: 0.001, Adapt: a}, Steps: 500}}) {
			if err != nil {
				t.Fatal(err)
			}
			if s = state; s.Step > 400 {
				for _, a := range s.Accepted {
					accepted += float64(a)
					total++
				}
			}
		}
		wide := make([]float32, s.X.N)
		for i := range wide {
			wide[i] = s.X.Image(i)[3]
		}
		_, variance, _, _ := moments(wide)
		return accepted / total, math.Sqrt(variance)
	}
	acceptance, plain := spread(adapt)
	near(t, "acceptance with the step found", acceptance, 0.6, 0.06)
	adapt.Fisher = true
	acceptance, scaled := spread(adapt)
	near(t, "acceptance with the scales found", acceptance, 0.6, 0.1) // the scales still improved while the step was averaged
	if plain > 1 {
		t.Errorf("without scales the widest pixel spread to %.2f, want a test that it fails", plain)
	}
	near(t, "deviation of the widest pixel", scaled, 10, 10*5/math.Sqrt(2*512))
}

// perPixel is an energy whose values have each their own f.
type perPixel func(j int, v float64) (energy, slope float64)

func (p perPixel) Value(x Images) ([]float32, error) {
	e, _, err := p.Eval(x)
	return e, err
}

func (p perPixel) Eval(x Images) ([]float32, Images, error) {
	e, grad := make([]float32, x.N), NewImages(x.N, x.C, x.H, x.W)
	for i := range x.N {
		var total float64
		for j, v := range x.Image(i) {
			energy, slope := p(j, float64(v))
			total += energy
			grad.Image(i)[j] = float32(slope)
		}
		e[i] = float32(total)
	}
	return e, grad, nil
}

// A batch is its pictures one by one, while they adapt as well.
func TestAdaptingChainsDoNotMeet(t *testing.T) {
	x := noise(t, 8, 5, 2, 1, 1)
	plan := Plan{{Energy: skewed2D{}, Kernel: HMC{Delta: 0.1, Leaps: 2, Adapt: Adapt{Steps: 20, Target: 0.7, Fisher: true}}, Steps: 30}}
	all, _ := last(t, NewKey(5), x, plan)
	three := Images{N: 3, C: 2, H: 1, W: 1, Data: x.Data[:6]}
	some, _ := last(t, NewKey(5), three, plan)
	if !sameBits(all.X.Data[:6], some.X.Data) {
		t.Errorf("found %v with three chains and %v with five, want the same", some.X.Data, all.X.Data[:6])
	}
}

func TestHMCHoldsMaskedPixels(t *testing.T) {
	known := NewImages(1, 2, 1, 2)
	known.Data = []float32{3, 0.1, -2, 0.3}
	mask := NewMask(known).Fill(0, 1, 1, 2, 1)
	s, _ := last(t, NewKey(8), NewImages(64, 2, 1, 2), Plan{{Energy: gaussian(0, 1), Kernel: HMC{Delta: 0.5, Leaps: 3}, Steps: 20, Keep: mask}})
	moved := false
	for i := range 64 {
		p := s.X.Image(i)
		if p[0] != 3 || p[2] != -2 {
			t.Fatalf("image %d: found known pixels %v and %v, want 3 and -2", i, p[0], p[2])
		}
		moved = moved || p[1] != 0.1
	}
	if !moved {
		t.Error("no free pixel moved")
	}
}

func TestHMCSaysWhatIsWrong(t *testing.T) {
	for want, kernel := range map[string]HMC{
		"hmc: found delta 0":                                   {Leaps: 1},
		"hmc: found leaps 0":                                   {Delta: 1},
		"hmc: found a target acceptance of 1":                  {Delta: 1, Leaps: 1, Adapt: Adapt{Steps: 2, Target: 1}},
		"hmc: found -1 steps of adaptation, want 0 or more":    {Delta: 1, Leaps: 1, Adapt: Adapt{Steps: -1}},
		"hmc: found pixel range 1..0, want the lower number f": {Delta: 1, Leaps: 1, Lo: 1},
	} {
		if err := kernel.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found error %v, want %s...", err, want)
		}
	}
}
