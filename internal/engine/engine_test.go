package engine_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
)

func TestEachEngineComputes(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		x := tensors.FromValue([]float32{1, 2, 3})
		y, err := graph.CallOnce(b, func(x *graph.Node) *graph.Node {
			return graph.Gradient(graph.ReduceAllSum(graph.Mul(graph.Square(x), graph.Reverse(x, 0))), x)[0]
		}, x)
		if err != nil {
			t.Fatal(err)
		}
		got := y.Value().([]float32)
		want := []float32{2*1*3 + 9, 2*2*2 + 4, 2*3*1 + 1} // d/dx of x0²x2 + x1²x1 + x2²x0
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("gradient %v, want %v", got, want)
			}
		}
	})
}
