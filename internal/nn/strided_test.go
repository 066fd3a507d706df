package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
)

// naiveTransposed is PyTorch's conv_transpose2d by its definition: every pixel of x
// [N, in, h, w] adds its multiple of the kernel w [in, out, k, k] to the output.
func naiveTransposed(x, w Array, stride, padding int) Array {
	n, h, width := x.Shape[0], x.Shape[2], x.Shape[3]
	o, k := w.Shape[1], w.Shape[2]
	oh, ow := (h-1)*stride-2*padding+k, (width-1)*stride-2*padding+k
	y := NewArray(n, o, oh, ow)
	eachWeight(x, func(image, in, row, column int, v float32) {
		for out := range o {
			for a := range k {
				for b := range k {
					r, q := row*stride+a-padding, column*stride+b-padding
					if r >= 0 && r < oh && q >= 0 && q < ow {
						y.Data[((image*o+out)*oh+r)*ow+q] += v * w.Data[((in*o+out)*k+a)*k+b]
					}
				}
			}
		}
	})
	return y
}

// convolution is one of the two kinds under test.
type convolution struct {
	naive   func(x, w Array, stride, padding int) Array
	inGraph func(w *graph.Node, stride int) *graph.Node
	host    func(w Array, stride int) Array
	apply   func(x, kernel, bias *graph.Node, size, stride, padding int) *graph.Node
}

// TestStrided holds both kinds to their definition, laid out on the host and in the
// graph, and their gradients to the linearity of a convolution: the gradient of
// <v, y(x, w)> by x or w, times any other x or w, is <v, y> of that other one.
func TestStrided(t *testing.T) {
	kinds := map[string]convolution{
		"strided":    {naiveConv, StridedKernel, HostStridedKernel, StridedConv},
		"transposed": {naiveTransposed, TransposedKernel, HostTransposedKernel, TransposedConv},
	}
	for kind, c := range kinds {
		for _, s := range []struct{ h, w, k, stride, padding int }{
			{7, 7, 4, 2, 1}, {8, 5, 4, 2, 1}, {4, 4, 4, 1, 0}, {1, 1, 4, 1, 0}, {7, 6, 3, 2, 1}, {9, 7, 5, 2, 2}, {5, 5, 2, 2, 0},
		} {
			if kind == "strided" && s.h+2*s.padding < s.k {
				continue
			}
			t.Run(fmt.Sprintf("%s/%dx%d,%d,%d,%d", kind, s.h, s.w, s.k, s.stride, s.padding), func(t *testing.T) {
				enginetest.Each(t, func(t *testing.T, b compute.Backend) { checkStrided(t, b, c, s.h, s.w, s.k, s.stride, s.padding) })
			})
		}
	}
}

func checkStrided(t *testing.T, b compute.Backend, c convolution, h, w, k, stride, padding int) {
	r := rand.New(rand.NewPCG(5, 6))
	x, other := random(r, 2, 3, h, w), random(r, 2, 3, h, w)
	weight, otherWeight := random(r, 3, 3, k, k), random(r, 3, 3, k, k) // as many in as out: either order of axes
	want := c.naive(x, weight, stride, padding)
	v := random(r, want.Shape...)
	forward := func(x, kernel *graph.Node) *graph.Node {
		return ChannelsFirst(c.apply(ChannelsLast(x), kernel, nil, k, stride, padding))
	}
	host := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
		return []*graph.Node{forward(in[0], w.Get("kernel"))}
	}, Params{{"kernel", c.host(weight, stride)}}, x)
	near(t, "laid out on the host", host[0].Data, want.Data, 1e-4)

	out := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
		y := forward(in[0], c.inGraph(w.Get("weight"), stride))
		grads := graph.Gradient(graph.ReduceAllSum(graph.Mul(y, in[1])), in[0], w.Get("weight"))
		return []*graph.Node{y, grads[0], graph.BroadcastToDims(graph.Reshape(grads[1], 1, -1), 2, Size(w.Get("weight").Shape().Dimensions))}
	}, Params{{"weight", weight}}, x, v)
	near(t, "laid out in the graph", out[0].Data, want.Data, 1e-4)
	same := func(what string, gradient, at, y Array) {
		t.Helper()
		if g, v := dot(gradient.Data[:len(at.Data)], at.Data), dot(v.Data, y.Data); math.Abs(g-v) > 1e-4*math.Sqrt(float64(len(y.Data)*k*k)) {
			t.Errorf("gradient by %s: %g, want %g", what, g, v)
		}
	}
	same("the picture", out[1], other, c.naive(other, weight, stride, padding))
	same("the weight", out[2], otherWeight, c.naive(x, otherWeight, stride, padding))
}

func dot(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
