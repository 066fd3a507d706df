package inception

import (
	"github.com/gomlx/gomlx/core/graph"
)

// resize is PyTorch's bilinear interpolate without align_corners, and without smoothing
// before a reduction, of [batch, height, width, channels]: a product with a constant
// matrix along each axis.
func resize(x *graph.Node, height, width int) *graph.Node {
	d := x.Shape().Dimensions
	rows := graph.DotGeneral(graph.Const(x.Graph(), bilinear(d[1], height)), []int{1}, nil, x, []int{1}, nil)   // [height, batch, width, channels]
	both := graph.DotGeneral(graph.Const(x.Graph(), bilinear(d[2], width)), []int{1}, nil, rows, []int{2}, nil) // [width, height, batch, channels]
	return graph.TransposeAllAxes(both, 2, 1, 0, 3)
}

// bilinear is the matrix [to, from] that resizes an axis: pixel centres lie at (i + 1/2)
// of the axis' length, and what lies beyond the outermost centres is as they are.
func bilinear(from, to int) [][]float32 {
	m := make([][]float32, to)
	for i := range m {
		m[i] = make([]float32, from)
		at := max((float64(i)+0.5)*float64(from)/float64(to)-0.5, 0)
		first := min(int(at), from-1)
		second := min(first+1, from-1)
		part := float32(at - float64(first))
		m[i][first] += 1 - part
		m[i][second] += part
	}
	return m
}

// maxima are the highest of 3x3 pixels at a stride, of numbers from 0, of which a border
// does not count.
func maxima(x *graph.Node, stride, border int) *graph.Node {
	for axis := 1; axis <= 2; axis++ {
		y := padded(x, axis, border)
		a, b, c := third(y, axis, 0, stride), third(y, axis, 1, stride), third(y, axis, 2, stride)
		x = graph.Max(graph.Max(a, b), c)
	}
	return x
}

// averages are the means of 3x3 pixels at stride 1, of those within the picture.
func averages(x *graph.Node) *graph.Node {
	for axis := 1; axis <= 2; axis++ {
		y := padded(x, axis, 1)
		sum := graph.Add(graph.Add(third(y, axis, 0, 1), third(y, axis, 1, 1)), third(y, axis, 2, 1))
		n := x.Shape().Dimensions[axis]
		share := make([]float32, n)
		for i := range share {
			share[i] = 1 / float32(min(i+1, n-1)-max(i-1, 0)+1)
		}
		shape := []int{1, 1, 1, 1}
		shape[axis] = n
		x = graph.Mul(sum, graph.Reshape(graph.Const(x.Graph(), share), shape...))
	}
	return x
}

// padded has as many zeros before and behind along an axis.
func padded(x *graph.Node, axis, border int) *graph.Node {
	if border == 0 {
		return x
	}
	shape := x.Shape().Clone()
	shape.Dimensions[axis] = border
	zeros := graph.Zeros(x.Graph(), shape)
	return graph.Concatenate([]*graph.Node{zeros, x, zeros}, axis)
}

// third is one of the three pixels of each window along an axis.
func third(x *graph.Node, axis, which, stride int) *graph.Node {
	spec := make([]graph.SliceAxisSpec, x.Rank())
	for i := range spec {
		spec[i] = graph.AxisRange()
	}
	windows := (x.Shape().Dimensions[axis]-3)/stride + 1
	spec[axis] = graph.AxisRange(which, which+(windows-1)*stride+1).Stride(stride)
	return graph.Slice(x, spec...)
}
