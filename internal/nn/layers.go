package nn

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Weights are a network's arrays inside a graph. Functions of this package and
// of the families read them by name and panic where one is absent, as all graph
// building does; [Exec] turns the panic into an error.
type Weights map[string]*graph.Node

// Get returns the node of a name.
func (w Weights) Get(name string) *graph.Node {
	n, ok := w[name]
	if !ok {
		panic(fmt.Errorf("the network has no array %q", name))
	}
	return n
}

// Has reports whether there is an array of this name.
func (w Weights) Has(name string) bool { _, ok := w[name]; return ok }

// ChannelsLast turns pictures [batch, channels, height, width] into
// [batch, height, width, channels].
func ChannelsLast(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(x, 0, 2, 3, 1) }

// ChannelsFirst turns activations [batch, height, width, channels] into PyTorch's
// [batch, channels, height, width].
func ChannelsFirst(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(x, 0, 3, 1, 2) }

// KernelLayout turns a convolution's weight [out, in, height, width] into the
// kernel [height, width, in, out] that [Conv] takes.
func KernelLayout(w *graph.Node) *graph.Node { return graph.TransposeAllAxes(w, 2, 3, 1, 0) }

// Conv is PyTorch's conv2d: x [batch, height, width, in], kernel
// [height, width, in, out], bias [out] or nil; zero padding on every side. With a
// stride above 1 the kernel's size must be odd: GoMLX's gradient by x of a strided
// convolution with an even kernel is wrong (4x4, stride 2, padding 1: -0.0098 where
// finite differences give 0.0011), so that it is refused here, by a panic that
// [Exec] turns into an error, and left to [StridedConv].
func Conv(x, kernel, bias *graph.Node, stride, padding int) *graph.Node {
	if size := kernel.Shape().Dimensions; stride > 1 && (size[0]%2 == 0 || size[1]%2 == 0) {
		panic(fmt.Errorf("convolution with stride %d: found a kernel of %dx%d, want an odd size: its gradient is wrong otherwise", stride, size[0], size[1]))
	}
	c := graph.Convolve(x, kernel).PaddingPerDim([][2]int{{padding, padding}, {padding, padding}})
	if stride > 1 { // said of a stride of 1 too, it would become a dilation in the gradient, which has none
		c.Strides(stride)
	}
	y := c.Done()
	if bias != nil {
		y = graph.Add(y, graph.Reshape(bias, 1, 1, 1, -1))
	}
	return y
}

// Linear is PyTorch's linear: x [batch, in], weight [out, in], bias [out] or nil.
func Linear(x, weight, bias *graph.Node) *graph.Node {
	y := graph.DotGeneral(x, []int{1}, nil, weight, []int{1}, nil) // [batch, out]
	if bias != nil {
		y = graph.Add(y, graph.Reshape(bias, 1, -1))
	}
	return y
}

// LeakyReLU is x for x > 0 and 0.2 x otherwise, with slope 0.2 at 0 as in PyTorch.
func LeakyReLU(x *graph.Node) *graph.Node { return rectify(x, 0.2) }

// ReLU is max(x, 0), with slope 0 at 0 as in PyTorch.
func ReLU(x *graph.Node) *graph.Node { return rectify(x, 0) }

// rectify is x for x > 0 and slope x otherwise. XLA makes one vector loop of a
// comparison; the pure-Go engine runs comparisons slowly and gets
// x * (slope + (1-slope) step(x)) instead, the factor held constant in gradients.
func rectify(x *graph.Node, slope float64) *graph.Node {
	if !PureGo(x.Graph().Backend()) {
		positive := graph.GreaterThan(x, graph.ScalarZero(x.Graph(), x.DType()))
		return graph.Where(positive, x, graph.MulScalar(x, slope))
	}
	step := graph.ClipScalar(graph.MulScalar(x, 1e30), 0, 1)
	return graph.Mul(x, graph.StopGradient(graph.AddScalar(graph.MulScalar(step, 1-slope), slope)))
}

// AvgPool is PyTorch's avg_pool2d with kernel and stride k on
// [batch, height, width, channels]; rows and columns that do not fill a window
// are dropped. It is reshapes and sums, so that it differentiates any number of
// times where nothing is dropped.
func AvgPool(x *graph.Node, k int) *graph.Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1]/k, d[2]/k, d[3]
	if h*k != d[1] || w*k != d[2] {
		x = graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, h*k), graph.AxisRange(0, w*k), graph.AxisRange())
	}
	sum := graph.ReduceSum(graph.Reshape(x, n*h, k, w*k, c), 1) // rows
	sum = graph.ReduceSum(graph.Reshape(sum, n*h*w, k, c), 1)   // columns
	return graph.MulScalar(graph.Reshape(sum, n, h, w, c), 1/float64(k*k))
}

// SpaceToDepth turns squares of k by k pixels into channels: [batch, height, width,
// c] into [batch, height/k, width/k, k*k*c], the square's rows first. Nothing is
// lost, and what follows runs on a picture k*k times smaller.
func SpaceToDepth(x *graph.Node, k int) *graph.Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1]/k, d[2]/k, d[3]
	x = graph.TransposeAllAxes(graph.Reshape(x, n, h, k, w, k, c), 0, 1, 3, 2, 4, 5)
	return graph.Reshape(x, n, h, w, k*k*c)
}

// GlobalAvgPool averages [batch, height, width, channels] over all pixels.
func GlobalAvgPool(x *graph.Node) *graph.Node { return graph.ReduceMean(x, 1, 2) }

// Normalize is (x - mean) / std per channel (the last axis of x); mean and std
// have one value a channel.
func Normalize(x, mean, std *graph.Node) *graph.Node {
	return graph.Div(graph.Sub(x, lastAxis(mean, x)), lastAxis(std, x))
}

// lastAxis reshapes a vector so that it broadcasts over the last axis of x.
func lastAxis(v, x *graph.Node) *graph.Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[len(dims)-1] = v.Shape().Size()
	return graph.Reshape(v, dims...)
}

// SquaredNorm is |v|^2 over the last axis of v [batch, n], as [batch].
func SquaredNorm(v *graph.Node) *graph.Node { return graph.ReduceSum(graph.Square(v), -1) }

// Unit divides by the norm over the last axis. Norms below 1e-8 are taken as 1e-8
// (PyTorch's cosine similarity), so that neither value nor gradient is ever NaN.
func Unit(v *graph.Node) *graph.Node {
	square := graph.ReduceAndKeep(graph.Square(v), graph.ReduceSum, -1)
	return graph.Div(v, graph.Sqrt(graph.MaxScalar(square, 1e-16)))
}
