package sampling

import (
	"math"
	"testing"
)

// halves is |x|^2/2 as seen by two views: the first pixel of a picture and the rest.
type halves struct{ centre float32 }

func (h halves) Value(x Images) ([]float32, error) {
	e, _, err := h.Eval(x)
	return e, err
}

func (h halves) Eval(x Images) ([]float32, Images, error) {
	e, g, err := h.OfScales(x, true)
	sum, grad := summed(x, e, g)
	return sum, grad, err
}

func (h halves) Scales() []string { return []string{"first", "rest"} }

func (h halves) OfScales(x Images, _ bool) ([][]float32, []Images, error) {
	e, g := emptyScales(x, 2, true)
	for i := range x.N {
		for j, v := range x.Image(i) {
			c := min(j, 1)
			d := v - h.centre
			e[c][i] += d * d / 2
			g[c].Image(i)[j] = d
		}
	}
	return e, g, nil
}

// TestAnyJoinsViewByView holds a disjunction of energies with views to the sum of the
// disjunctions of the views, in closed form, and its gradient to differences.
func TestAnyJoinsViewByView(t *testing.T) {
	any := Any{Terms: []Term{{Weight: 1, Energy: Sum{{Weight: 1, Energy: halves{0}}, {Weight: 0.5, Energy: halves{2}}}}, {Weight: 1, Energy: halves{1}}}, Beta: 3}
	x := NewImages(1, 1, 1, 3)
	copy(x.Data, []float32{0.1, 0.9, 0.4})
	want := func(x []float32) float64 {
		square := func(c float64, v ...float32) (sum float64) {
			for _, v := range v {
				sum += (float64(v) - c) * (float64(v) - c) / 2
			}
			return sum
		}
		soft := func(a, b float64) float64 { return -math.Log(math.Exp(-3*a)+math.Exp(-3*b)) / 3 }
		return soft(square(0, x[0])+0.5*square(2, x[0]), square(1, x[0])) + soft(square(0, x[1:]...)+0.5*square(2, x[1:]...), square(1, x[1:]...))
	}
	e, grad, err := any.Eval(x)
	if err != nil {
		t.Fatal(err)
	}
	if w := want(x.Data); math.Abs(float64(e[0])-w) > 1e-5 {
		t.Errorf("energy %v, want %v", e[0], w)
	}
	if v, err := any.Value(x); err != nil || v[0] != e[0] {
		t.Errorf("Value %v (%v), Eval %v", v, err, e)
	}
	for j := range x.Data {
		up, down := x.Clone().Data, x.Clone().Data
		const h = 1.0 / 1024
		up[j] += h
		down[j] -= h
		if slope := (want(up) - want(down)) / (2 * h); math.Abs(float64(grad.Data[j])-slope) > 1e-4 {
			t.Errorf("gradient %d: %v, want %v", j, grad.Data[j], slope)
		}
	}
	whole := Any{Terms: []Term{{Weight: 1, Energy: halves{0}}, {Weight: 1, Energy: Tether{To: x, K: 1}}}, Beta: 3}
	if whole.Scales() != nil {
		t.Error("energies without common views are joined view by view")
	}
}
