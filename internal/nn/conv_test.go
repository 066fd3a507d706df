package nn

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
)

// TestConvGradients: a convolution is linear in x and in its kernel, so that the
// difference of sum(c conv(x)) along every entry is exact, whatever its length.
func TestConvGradients(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		r := rand.New(rand.NewPCG(2, 1))
		for _, k := range []struct{ side, size, padding int }{{8, 3, 1}, {7, 3, 1}, {8, 7, 3}, {7, 1, 0}} {
			const stride = 2
			x, weight := random(r, 1, 2, k.side, k.side), random(r, 3, 2, k.size, k.size)
			c := random(r, naiveConv(x, weight, stride, k.padding).Shape...)
			out := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
				y := ChannelsFirst(Conv(ChannelsLast(in[0]), KernelLayout(w.Get("k")), nil, stride, k.padding))
				g := graph.Gradient(graph.ReduceAllSum(graph.Mul(y, in[1])), in[0], w.Get("k"))
				return []*graph.Node{g[0], graph.InsertAxes(g[1], 0)}
			}, Params{{"k", weight}}, x, c)
			name := fmt.Sprintf("%dx%d on %d pixels", k.size, k.size, k.side)
			near(t, name+", by x", out[0].Data, slopes(x, func(e Array) Array { return naiveConv(e, weight, stride, k.padding) }, c), 1e-4)
			near(t, name+", by the kernel", out[1].Data, slopes(weight, func(e Array) Array { return naiveConv(x, e, stride, k.padding) }, c), 1e-4)
		}
	})
}

// slopes are the slopes of sum(c f(a)), f linear, along every entry of a.
func slopes(a Array, f func(Array) Array, c Array) []float32 {
	list := make([]float32, len(a.Data))
	for i := range list {
		unit := NewArray(a.Shape...)
		unit.Data[i] = 1
		var sum float64
		for j, y := range f(unit).Data {
			sum += float64(y) * float64(c.Data[j])
		}
		list[i] = float32(sum)
	}
	return list
}

// TestEvenStridedConvIsRefused: see [Conv].
func TestEvenStridedConvIsRefused(t *testing.T) {
	b := enginetest.Open(t, "go")
	run := func(size, stride int) error {
		e := NewExec("even", placed(t, b, Param{"k", NewArray(size, size, 1, 1)}), func(w Weights, in []*graph.Node) []*graph.Node {
			return []*graph.Node{Conv(in[0], w.Get("k"), nil, stride, 1)}
		})
		_, err := e.Call(NewArray(1, 8, 8, 1))
		return err
	}
	if err := run(4, 2); err == nil || !strings.Contains(err.Error(), "stride 2: found a kernel of 4x4, want an odd size") {
		t.Errorf("found error %v", err)
	}
	if err := run(4, 1); err != nil {
		t.Errorf("without a stride: %v", err)
	}
}
