package nn

import "github.com/gomlx/gomlx/core/graph"

// OverlapPool is PyTorch's avg_pool2d with kernel 3, stride 2 and padding 1 on
// [batch, height, width, channels]: zeros beyond the border count in the divisor,
// and n pixels become (n+1)/2. Like [Blur] it is a product with a constant matrix
// along each axis, so that it differentiates any number of times.
func OverlapPool(x *graph.Node) *graph.Node {
	const third = float32(1) / 3
	return halve(x, func(row []float32, at int) {
		for j := max(at-1, 0); j <= min(at+1, len(row)-1); j++ {
			row[j] = third
		}
	})
}

// Blur is the anti-aliased halving of Zhang (2019) on [batch, height, width,
// channels]: the filter [1 2 1]/4 along both axes at every second pixel, the border
// reflected without repeating it. n pixels, at least 2, become (n+1)/2.
func Blur(x *graph.Node) *graph.Node {
	return halve(x, func(row []float32, at int) {
		last := len(row) - 1
		row[at] += 0.5
		for _, j := range []int{at - 1, at + 1} {
			if j < 0 {
				j = -j
			}
			if j > last {
				j = 2*last - j
			}
			row[j] += 0.25
		}
	})
}

// halve filters and halves both axes of pixels: fill writes the weights of the
// pixels around one, the centre of an output pixel, into a row of zeros.
func halve(x *graph.Node, fill func(row []float32, at int)) *graph.Node {
	matrix := func(n int) *graph.Node { // [(n+1)/2, n]
		m := make([][]float32, (n+1)/2)
		for i := range m {
			m[i] = make([]float32, n)
			fill(m[i], 2*i)
		}
		return graph.Const(x.Graph(), m)
	}
	d := x.Shape().Dimensions
	rows := graph.DotGeneral(matrix(d[1]), []int{1}, nil, x, []int{1}, nil)    // [height/2, batch, width, channels]
	both := graph.DotGeneral(matrix(d[2]), []int{1}, nil, rows, []int{2}, nil) // [width/2, height/2, batch, channels]
	return graph.TransposeAllAxes(both, 2, 1, 0, 3)
}

// InstanceNorm is PyTorch's instance norm (eps 1e-5, statistics of every picture
// and channel always its own) on [batch, height, width, channels], with the arrays
// name+".weight" and ".bias".
func InstanceNorm(w Weights, name string, x *graph.Node) *graph.Node {
	const eps = 1e-5
	channels := x.Shape().Dimensions[3]
	centred := graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, 1, 2))
	variance := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceMean, 1, 2)
	factor := graph.Div(graph.Reshape(w.Get(name+".weight"), 1, 1, 1, channels), graph.Sqrt(graph.AddScalar(variance, eps)))
	return graph.Add(graph.Mul(centred, factor), graph.Reshape(w.Get(name+".bias"), 1, 1, 1, channels))
}
