package sampling

import (
	"math"
	"testing"
)

// pointwise is an analytic energy: the sum over all values v of f(v), whose
// second result is the slope.
type pointwise func(v float64) (energy, slope float64)

func (p pointwise) Value(x Images) ([]float32, error) {
	e, _, err := p.Eval(x)
	return e, err
}

func (p pointwise) Eval(x Images) ([]float32, Images, error) {
	e, grad := make([]float32, x.N), NewImages(x.N, x.C, x.H, x.W)
	for i := range x.N {
		var total float64
		g := grad.Image(i)
		for j, v := range x.Image(i) {
			energy, slope := p(float64(v))
			total += energy
			g[j] = float32(slope)
		}
		e[i] = float32(total)
	}
	return e, grad, nil
}

// gaussian is the energy of a normal distribution.
func gaussian(mean, deviation float64) pointwise {
	return func(v float64) (float64, float64) {
		z := (v - mean) / deviation
		return z * z / 2, z / deviation
	}
}

// gumbel is the energy of the Gumbel distribution, exp(-(v + exp(-v))): mean
// Euler's gamma, variance pi^2/6, skewness 1.1395.
func gumbel(v float64) (float64, float64) {
	tail := math.Exp(-v)
	return v + tail, 1 - tail
}

// moments are the sample moments of values: mean, variance, skewness and excess
// kurtosis.
func moments(values []float32) (mean, variance, skewness, kurtosis float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += float64(v) / n
	}
	var m3, m4 float64
	for _, v := range values {
		d := float64(v) - mean
		variance += d * d / n
		m3 += d * d * d / n
		m4 += d * d * d * d / n
	}
	return mean, variance, m3 / math.Pow(variance, 1.5), m4/(variance*variance) - 3
}

// near fails the test where found is further from want than tolerance.
func near(t *testing.T, what string, found, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(found-want) <= tolerance) {
		t.Errorf("%s: found %.6g, want %.6g within %.2g", what, found, want, tolerance)
	}
}

// last runs a plan to its end and returns the last state and the number of states.
func last(t *testing.T, k Key, x Images, p Plan) (State, int) {
	t.Helper()
	var s State
	count := 0
	for state, err := range Run(t.Context(), k, x, p) {
		if err != nil {
			t.Fatal(err)
		}
		s = state
		count++
	}
	return s, count
}

func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// noise returns pictures of normals to start a test with.
func noise(t *testing.T, seed uint64, n, c, h, w int) Images {
	t.Helper()
	x := NewImages(n, c, h, w)
	if err := NewKey(seed).Normals(StreamStart, 0, x); err != nil {
		t.Fatal(err)
	}
	return x
}
