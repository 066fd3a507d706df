package sampling

import (
	"math"
	"testing"
)

// Pixels of very different spread: scales from the gradients' history let all of them mix
// at a step that plain Langevin chains cannot take; what is left is the bias of a step.
func TestPreconditionedFindsScales(t *testing.T) {
	deviations := [3]float64{0.1, 0.3, 1}
	target := perPixel(func(j int, v float64) (float64, float64) {
		z := v / deviations[j]
		return z * z / 2, z / deviations[j]
	})
	const n, steps = 2048, 700
	start := NewImages(n, 3, 1, 1)
	for i := range n {
		for j, d := range deviations {
			start.Image(i)[j] = float32(d)
		}
	}
	const delta = 0.3
	kernel := Preconditioned{Delta: delta, Learn: 400}
	s, _ := last(t, NewKey(3), start, Plan{{Energy: target, Kernel: kernel, Steps: steps}})
	var total float64
	for _, d := range deviations {
		total += d * d / 3
	}
	for j, d := range deviations {
		values := make([]float32, n)
		for i := range n {
			values[i] = s.X.Image(i)[j]
		}
		_, variance, _, _ := moments(values)
		// A Langevin step of delta^2 P has the variance d^2/(1 - delta^2 P/(4 d^2)), and P is
		// about d^2 over the mean of the three.
		want := d * d / (1 - delta*delta/(4*total))
		near(t, "variance over that of the step", variance/want, 1, 0.15)
	}
	plain, _ := last(t, NewKey(3), start, Plan{{Energy: target, Kernel: ULA(delta), Steps: 5}})
	if v := float64(plain.X.Image(0)[0]); math.Abs(v) < 10 {
		t.Errorf("a plain chain found %v at the narrow pixel, want it to have run away", v)
	}
}
