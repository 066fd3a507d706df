package engine_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"

	"ebmstudio/internal/engine/enginetest"
)

// TestConvolutionsDifferentiateTwice: the gradient of |dE/dx|² with respect to
// the kernel, against finite differences.
func TestConvolutionsDifferentiateTwice(t *testing.T) {
	penalty := func(x, k *graph.Node) *graph.Node {
		e := graph.ReduceAllSum(graph.Tanh(graph.Convolve(x, k).ChannelsAxis(images.ChannelsLast).PadSame().Done()))
		return graph.ReduceAllSum(graph.Square(graph.Gradient(e, x)[0]))
	}
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		value, err := graph.NewExec(b, penalty)
		if err != nil {
			t.Fatal(err)
		}
		slope, err := graph.NewExec(b, func(x, k *graph.Node) *graph.Node { return graph.Gradient(penalty(x, k), k)[0] })
		if err != nil {
			t.Fatal(err)
		}
		w := &weights{}
		w.add(5, 2, 5, 5, 3)
		x := w.tensors[0]
		kernel := make([]float32, 3*3*3*4)
		for i := range kernel {
			kernel[i] = float32(math.Sin(float64(3*i+1))) / 2
		}
		at := func() *tensors.Tensor { return tensors.FromFlatDataAndDimensions(kernel, 3, 3, 3, 4) }
		call := func(e *graph.Exec) []float32 {
			out, err := e.Call(x, at())
			if err != nil {
				t.Fatal(err)
			}
			v, err := tensors.CopyFlatData[float32](out[0])
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		g := call(slope)
		for _, i := range []int{0, 17, 53, 107} {
			const h = 0.02
			was := kernel[i]
			kernel[i] = was + h
			up := call(value)[0]
			kernel[i] = was - h
			down := call(value)[0]
			kernel[i] = was
			// Central differences in float32: their own error is about 1e-3 of the slope.
			if want := (up - down) / (2 * h); math.Abs(float64(g[i]-want)) > 5e-3*math.Max(1, math.Abs(float64(want))) {
				t.Errorf("slope %d is %g, by differences %g", i, g[i], want)
			}
		}
	})
}
