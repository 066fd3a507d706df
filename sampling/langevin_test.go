package sampling

import (
	"math"
	"strings"
	"testing"
)

// The step as the formula of its doc comment says, in plain float32.
func TestLangevinStep(t *testing.T) {
	quartic := pointwise(func(v float64) (float64, float64) { return v * v * v * v, 4 * v * v * v })
	x, z := noise(t, 1, 2, 3, 4, 5), noise(t, 2, 2, 3, 4, 5)
	for name, l := range map[string]Langevin{
		"plain":       {StepSize: 0.02, Noise: 0.1},
		"clipped":     {StepSize: 0.02, Noise: 0.1, Clip: 0.5, Lo: -0.3, Hi: 0.8},
		"no clip":     {StepSize: 0.02, Noise: 0.1, Clip: math.Inf(1), Lo: -0.3, Hi: 0.8},
		"noise first": {StepSize: 0.02, Noise: 0.1, Clip: 0.5, Lo: -0.3, Hi: 0.8, NoiseFirst: true},
		"no noise":    {StepSize: 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			before := x.Clone()
			s, err := l.Step(Recorded([]Images{z}), State{X: x}, quartic)
			if err != nil {
				t.Fatal(err)
			}
			at := x.Clone()
			for j := range at.Data {
				n := float32(l.Noise) * z.Data[j]
				if l.NoiseFirst {
					at.Data[j] += n
					n = 0
				}
				g := 4 * at.Data[j] * at.Data[j] * at.Data[j]
				if l.Clip != 0 {
					g = max(min(g, float32(l.Clip)), -float32(l.Clip))
				}
				want := at.Data[j] - float32(l.StepSize)*g + n
				if l.Lo != l.Hi {
					want = max(min(want, l.Hi), l.Lo)
				}
				near(t, "pixel", float64(s.X.Data[j]), float64(want), 3e-7)
			}
			e, grad, _ := quartic.Eval(at)
			if !sameBits(s.Energy, e) || s.Step != 1 {
				t.Errorf("found energies %v at step %d, want %v at step 1", s.Energy, s.Step, e)
			}
			near(t, "gradient norm", float64(s.GradNorm[1]), math.Sqrt(squaredNorm(grad.Image(1))), 1e-5)
			if !sameBits(x.Data, before.Data) {
				t.Error("the step wrote to the pictures given")
			}
		})
	}
}

// The stationary variance of ULA on a normal of deviation d is known exactly:
// delta^2 / (1 - (1 - delta^2/(2d^2))^2).
func TestULAOnGaussian(t *testing.T) {
	const delta, deviation, mean = 0.8, 0.7, -1.3
	const n = 64 * 16 * 16
	s, _ := last(t, NewKey(3), NewImages(64, 1, 16, 16), Plan{{Energy: gaussian(mean, deviation), Kernel: ULA(delta), Steps: 60}})
	keep := 1 - delta*delta/(2*deviation*deviation)
	want := delta * delta / (1 - keep*keep)
	m, v, skewness, _ := moments(s.X.Data)
	near(t, "mean", m, mean, 5*math.Sqrt(want/n))
	near(t, "variance", v, want, 5*want*math.Sqrt(2./n))
	near(t, "skewness", skewness, 0, 5*math.Sqrt(6./n))
}

// A skewed target: a wrong sign of gradient or energy gives a wrong mean or a
// wrong skewness. Statistical errors at n values: mean 1.28/sqrt(n), variance
// 1.64 sqrt(4.4/n), skewness about 6/sqrt(n); ULA adds its bias, of order delta^2.
func TestULAOnGumbel(t *testing.T) {
	const n = 64 * 16 * 16
	const bias = 0.02 // delta^2/2
	s, _ := last(t, NewKey(4), NewImages(64, 1, 16, 16), Plan{{Energy: pointwise(gumbel), Kernel: ULA(0.2), Steps: 500}})
	m, v, skewness, _ := moments(s.X.Data)
	near(t, "mean", m, 0.57722, 5*1.28/math.Sqrt(n)+bias)
	near(t, "variance", v, math.Pi*math.Pi/6, 5*1.64*math.Sqrt(4.4/n)+bias)
	near(t, "skewness", skewness, 1.1395, 5*6/math.Sqrt(n)+bias)
}

func TestDescentEndsInTheMinimum(t *testing.T) {
	x := noise(t, 5, 4, 1, 3, 3)
	s, count := last(t, NewKey(1), x, Plan{{Energy: gaussian(0.4, 0.5), Kernel: Descent{StepSize: 0.1}, Steps: 60}})
	for _, v := range s.X.Data {
		near(t, "pixel", float64(v), 0.4, 1e-6)
	}
	if count != 60 {
		t.Errorf("found %d states, want 60", count)
	}
	bounded, _ := last(t, NewKey(1), x, Plan{{Energy: gaussian(0.4, 0.5), Kernel: Descent{StepSize: 0.1, Lo: 0.5, Hi: 1}, Steps: 60}})
	for _, v := range bounded.X.Data {
		if v != 0.5 {
			t.Fatalf("found %v, want the bound 0.5", v)
		}
	}
}

func TestKernelFieldsAreChecked(t *testing.T) {
	for want, kernel := range map[string]interface{ Check() error }{
		"langevin: found step size -1":      Langevin{StepSize: -1},
		"langevin: found noise NaN":         Langevin{Noise: math.NaN()},
		"langevin: found gradient clip -2":  Langevin{Clip: -2},
		"langevin: found pixel range 1..0":  Langevin{Lo: 1},
		"descent: found step size +Inf":     Descent{StepSize: math.Inf(1)},
		"mala: found delta 0":               MALA{},
		"mala: found gradient clip NaN":     MALA{Delta: 1, Clip: math.NaN()},
		"mala: found pixel range 2..-1":     MALA{Delta: 1, Lo: 2, Hi: -1},
		"mala: found pixel range NaN..-0.5": MALA{Delta: 1, Lo: float32(math.NaN()), Hi: -0.5},
	} {
		if err := kernel.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
	for _, kernel := range []interface{ Check() error }{
		Langevin{}, Langevin{StepSize: 100, Noise: 0.001, Clip: math.Inf(1), Hi: 1}, ULA(0.1), Descent{StepSize: 1}, MALA{Delta: 0.1, Hi: 1},
	} {
		if err := kernel.Check(); err != nil {
			t.Error(err)
		}
	}
}

// flat is an energy without a network: what a step costs besides.
type flat struct {
	energy []float32
	grad   Images
}

func (f flat) Value(Images) ([]float32, error)        { return f.energy, nil }
func (f flat) Eval(Images) ([]float32, Images, error) { return f.energy, f.grad, nil }

func BenchmarkLangevinStep(b *testing.B) {
	x := NewImages(64, 3, 32, 32)
	k := NewKey(1)
	if err := k.Normals(StreamStart, 0, x); err != nil {
		b.Fatal(err)
	}
	e := flat{make([]float32, 64), x.Clone()}
	kernel := Langevin{StepSize: 1e-3, Noise: 1e-3, Clip: 100, Lo: 0, Hi: 1}
	s := State{X: x}
	for b.Loop() {
		var err error
		if s, err = kernel.Step(k, s, e); err != nil {
			b.Fatal(err)
		}
	}
}
