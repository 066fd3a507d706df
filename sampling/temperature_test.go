package sampling

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// quarters is a map of 16x16 pixels with a temperature a quarter: 0.25 and 1 above, 0
// and 2 below.
func quarters() *Temperature {
	t := NewTemperature(16, 16)
	for j := range t.T {
		t.T[j] = [2][2]float32{{0.25, 1}, {0, 2}}[j/16/8][j%16/8]
	}
	return t
}

// The stationary variance of a pixel of ULA on a normal of deviation d at temperature T
// is known exactly: T delta^2 / (1 - (1 - delta^2/(2d^2))^2), which for small delta is T d^2.
func TestTemperaturesOnAGaussian(t *testing.T) {
	const deviation, mean = 0.7, -1.3
	heat := quarters()
	key, err := NewKey(5).Tempered(heat)
	if err != nil {
		t.Fatal(err)
	}
	for delta, steps := range map[float64]int{0.8: 60, 0.1: 700} {
		x := NewImages(96, 2, 16, 16)
		for j := range x.Data {
			x.Data[j] = mean
		}
		s, _ := last(t, key, x, Plan{{Energy: gaussian(mean, deviation), Kernel: ULA(delta), Steps: steps}})
		keep := 1 - delta*delta/(2*deviation*deviation)
		plain := delta * delta / (1 - keep*keep)
		if delta < 0.2 {
			near(t, "the variance at temperature 1 of small steps, in deviation^2", plain/(deviation*deviation), 1, 0.01)
		}
		for _, temperature := range []float32{0, 0.25, 1, 2} {
			var values []float32
			for j, v := range s.X.Data {
				if heat.T[j%256] == temperature {
					values = append(values, v)
				}
			}
			want, n := float64(temperature)*plain, float64(len(values))
			m, v, _, _ := moments(values)
			near(t, "mean", m, mean, 5*math.Sqrt(want/n)+1e-6)
			near(t, "variance", v, want, 5*want*math.Sqrt(2/n)+1e-12)
		}
	}
}

// On two pixels that a Gaussian energy ties, E = (a^2 + b^2 - 2cab)/2, the stationary
// covariance S of dx = -Ax dt + sqrt(2T) dW solves AS + SA = 2T (Lyapunov's equation).
// The hot pixel heats the cold one, which no density exp(-E/T) per pixel would.
func TestTiedPixelsHeatEachOther(t *testing.T) {
	const c, delta, n = 0.6, 0.15, 4096
	heat := &Temperature{H: 1, W: 2, T: []float32{2, 0}}
	key, err := NewKey(6).Tempered(heat)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := last(t, key, NewImages(n, 1, 1, 2), Plan{{Energy: tied(c), Kernel: ULA(delta), Steps: 1200}})
	var found [2][2]float64
	for i := range n {
		x := s.X.Image(i)
		for p := range 2 {
			for q := range 2 {
				found[p][q] += float64(x[p]) * float64(x[q]) / n
			}
		}
	}
	// S of T = diag(2, 0): from AS + SA = 2T entry by entry.
	b := 2 * c / (2 - 2*c*c) // (Saa + Sbb) c / 2 with Saa = 2 + c b, Sbb = c b
	want := [2][2]float64{{2 + c*b, b}, {b, c * b}}
	for p := range 2 {
		for q := range 2 {
			near(t, "covariance", found[p][q], want[p][q], 5*3/math.Sqrt(n)+0.02*want[p][q])
		}
	}
}

// tied is the energy (a^2 + b^2 - 2cab)/2 of pictures of two pixels.
type tied float64

func (c tied) Value(x Images) ([]float32, error) {
	e, _, err := c.Eval(x)
	return e, err
}

func (c tied) Eval(x Images) ([]float32, Images, error) {
	e, grad := make([]float32, x.N), NewImages(x.N, x.C, x.H, x.W)
	for i := range x.N {
		v, k := x.Image(i), float32(c)
		e[i] = (v[0]*v[0] + v[1]*v[1] - 2*k*v[0]*v[1]) / 2
		copy(grad.Image(i), []float32{v[0] - k*v[1], v[1] - k*v[0]})
	}
	return e, grad, nil
}

// 1 everywhere is the key itself, to the bit; 0 everywhere is descent, whichever comes
// first, noise or gradient; a batch of two equals two of one.
func TestTemperaturesOfOneAndNone(t *testing.T) {
	x := noise(t, 7, 2, 3, 16, 16)
	plan := func(k Kernel) Plan { return Plan{{Energy: pointwise(gumbel), Kernel: k, Steps: 5}} }
	for _, first := range []bool{false, true} {
		l := Langevin{StepSize: 0.02, Noise: 0.1, NoiseFirst: first}
		none, one := NewTemperature(16, 16), NewTemperature(16, 16)
		clear(none.T)
		walk := func(h *Temperature, x Images) []float32 {
			key, err := NewKey(8).Tempered(h)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := last(t, key, x, plan(l))
			return s.X.Data
		}
		plain, _ := last(t, NewKey(8), x, plan(l))
		if !sameBits(walk(one, x), plain.X.Data) {
			t.Errorf("noise first %v: temperature 1 changes the chain", first)
		}
		descent, _ := last(t, NewKey(8), x, plan(Descent{StepSize: 0.02}))
		if !slices.Equal(walk(none, x), descent.X.Data) {
			t.Errorf("noise first %v: temperature 0 is not descent", first)
		}
		if both := walk(quarters(), x); !sameBits(walk(quarters(), x.Slice(0, 1)), both[:len(both)/2]) {
			t.Errorf("noise first %v: a batch of one differs from a batch of two", first)
		}
	}
}

func TestTemperedStreams(t *testing.T) {
	plain := NewKey(9)
	key, err := plain.Tempered(&Temperature{H: 1, W: 2, T: []float32{4, 0.25}})
	if err != nil {
		t.Fatal(err)
	}
	for stream, factors := range map[Stream][4]float32{StreamStep: {2, 0.5, 2, 0.5}, StreamPropose: {2, 0.5, 2, 0.5}, StreamStart: {1, 1, 1, 1}, StreamMask: {1, 1, 1, 1}} {
		var a, b [4]float32
		if err := plain.Normal(stream, 1, 2, a[:]); err != nil {
			t.Fatal(err)
		}
		if err := key.Normal(stream, 1, 2, b[:]); err != nil {
			t.Fatal(err)
		}
		for j := range a {
			a[j] *= factors[j]
		}
		if a != b {
			t.Errorf("%s: found %v, want %v", stream, b, a)
		}
	}
	if err := key.Normal(StreamStep, 0, 0, make([]float32, 3)); err == nil || !strings.Contains(err.Error(), "found pictures of 3 values, want channels of 2") {
		t.Errorf("another size: found %v", err)
	}
	if _, err := (MALA{Delta: 0.1}).Step(key, State{X: NewImages(1, 1, 1, 2)}, gaussian(0, 1)); err == nil || !strings.Contains(err.Error(), "mala: found local temperatures") {
		t.Errorf("mala: found %v", err)
	}
	for want, h := range map[string]*Temperature{
		"found 3 values, want 4 (2 rows of 2)":  {H: 2, W: 2, T: make([]float32, 3)},
		"found -1 at row 0, column 1, want":     {H: 1, W: 2, T: []float32{0, -1}},
		"found NaN at row 0, column 0, want":    {H: 1, W: 1, T: []float32{float32(math.NaN())}},
		"found 0 values, want 0 (0 rows of 0)":  {},
		"found +Inf at row 0, column 0, want a": {H: 1, W: 1, T: []float32{float32(math.Inf(1))}},
	} {
		if _, err := plain.Tempered(h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want %q", err, want)
		}
	}
}
