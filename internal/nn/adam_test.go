package nn

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
)

func row(v ...float64) *tensors.Tensor {
	r := make([]float32, len(v))
	for i := range v {
		r[i] = float32(v[i])
	}
	return tensors.FromFlatDataAndDimensions(r, len(r))
}

func flat(t *testing.T, v *tensors.Tensor) []float32 {
	t.Helper()
	values, err := tensors.CopyFlatData[float32](v)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestDescend: three steps against the definition of Adam in float64, the gradient cut
// to its limit, and what the averaged arrays become: means, but the newest singular
// vectors.
func TestDescend(t *testing.T) {
	specs := []Spec{{Name: "w", Shape: []int{3}, Role: Weight}, {Name: "mean", Shape: []int{1}, Role: Mean}, {Name: "u", Shape: []int{1}, Role: Left}}
	const rate, decay, limit, slack = 0.01, 0.75, 2.0, 1e-5 // the correction, near 0.001, has 4 digits fewer than float32
	routine, err := NewRoutine(enginetest.Open(t, "go"), t.Name(), 2, LearnedNames(specs), func(x []*graph.Node, banks []Weights) []*graph.Node {
		// The gradient of sum(w g) is g.
		loss := graph.ReduceAllSum(graph.Mul(banks[0].Get("w"), x[0]))
		state := Weights{"mean": graph.AddScalar(banks[0].Get("mean"), 1), "u": graph.Neg(banks[0].Get("u"))}
		out, length := Descend(loss, x[1], limit, Learned{Specs: specs, Weights: banks[0], M: banks[1], V: banks[2], Mean: banks[3], State: state})
		return append(out, length)
	})
	if err != nil {
		t.Fatal(err)
	}
	start := Params{{"w", Array{[]int{3}, []float32{1, -2, 0.5}}}, {"mean", Array{[]int{1}, []float32{0}}}, {"u", Array{[]int{1}, []float32{1}}}}
	banks := []*Bank{NewBank(start), ZeroBank(specs), ZeroBank(specs), NewBank(start)}
	w, m, v, mean := []float64{1, -2, 0.5}, make([]float64, 3), make([]float64, 3), []float64{1, -2, 0.5}
	average, newest, u := 0.0, 0.0, 1.0
	for step, g := range [][]float64{{0.1, -3, 0}, {0.2, 1, 0}, {-0.5, 2, 1e-3}} {
		out, err := routine.Call([]*tensors.Tensor{row(g...), UpdateNumbers(step, rate, decay)}, banks...)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = Replace(out, banks...); err != nil {
			t.Fatal(err)
		}
		length := math.Sqrt(g[0]*g[0] + g[1]*g[1] + g[2]*g[2])
		near(t, "length", flat(t, out[0]), []float32{float32(length)}, slack)
		first, second := 1-math.Pow(0.9, float64(step+1)), 1-math.Pow(0.999, float64(step+1))
		for i := range g {
			cut := g[i] * math.Min(1, limit/length)
			m[i], v[i] = 0.9*m[i]+0.1*cut, 0.999*v[i]+0.001*cut*cut
			w[i] -= rate * m[i] / first / (math.Sqrt(v[i]/second) + 1e-8)
			mean[i] = decay*mean[i] + (1-decay)*w[i]
			near(t, "weight", flat(t, banks[0].Values[0])[i:i+1], []float32{float32(w[i])}, slack)
			near(t, "averaged weight", flat(t, banks[3].Values[0])[i:i+1], []float32{float32(mean[i])}, slack)
		}
		newest, u = newest+1, -u
		average = decay*average + (1-decay)*newest
		near(t, "averaged statistic", flat(t, banks[3].Values[1]), []float32{float32(average)}, slack)
		near(t, "averaged singular vector", flat(t, banks[3].Values[2]), []float32{float32(u)}, slack)
	}
}
