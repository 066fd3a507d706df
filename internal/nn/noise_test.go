package nn

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/sampling"
)

// TestNormalsAreTheKeys: the graph's noise is that of the key's counters; an odd number of
// values has half a pair left over.
func TestNormalsAreTheKeys(t *testing.T) {
	const rows, size, step = 3, 2001, 70000
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		key := sampling.NewKey(1<<40 + 5)
		words := NewArray(rows, 6)
		for i := range rows {
			k0, k1, ok := key.Words(sampling.StreamStep, i)
			if !ok {
				t.Fatal("found no words of a plain key")
			}
			for j, v := range []uint32{k0, k1, step} {
				words.Data[6*i+2*j], words.Data[6*i+2*j+1] = float32(v>>16), float32(v&0xffff)
			}
		}
		out := runOnce(t, b, func(_ Weights, in []*graph.Node) []*graph.Node {
			word := func(at int) *graph.Node {
				half := func(at int) *graph.Node {
					return graph.ConvertDType(graph.SliceAxis(in[0], 1, graph.AxisRange(at, at+1)), dtypes.Uint32)
				}
				return graph.Add(graph.MulScalar(half(at), 1<<16), half(at+1))
			}
			return []*graph.Node{Normals(word(0), word(2), word(4), size)}
		}, nil, words)
		want := make([]float32, size)
		for i := range rows {
			if err := key.Normal(sampling.StreamStep, i, step, want); err != nil {
				t.Fatal(err)
			}
			equal := 0
			for j, v := range want {
				got := out[0].Data[i*size+j]
				if got == v {
					equal++
				}
				if d := math.Abs(float64(got - v)); !(d <= 2e-6) {
					t.Fatalf("row %d, value %d: found %v, want %v", i, j, got, v)
				}
			}
			t.Logf("row %d: %d of %d the same to the bit", i, equal, size)
		}
	})
}
