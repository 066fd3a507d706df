package nn

import "github.com/gomlx/gomlx/core/graph"

// Convolutions with a stride, and transposed ones, are written as stride-1
// convolutions over squares of pixels that became channels, and those of even size
// as matrix products: GoMLX's gradient of a convolution by its input is shifted by
// one pixel where the kernel's size is even, whatever the stride.

// StridedConv is PyTorch's conv2d of a square kernel of size by size with a stride:
// x [batch, height, width, in], kernel as [StridedKernel] lays it out, bias [out] or
// nil; zero padding on every side.
func StridedConv(x, kernel, bias *graph.Node, size, stride, padding int) *graph.Node {
	for axis := 1; axis <= 2; axis++ {
		out := (x.Shape().Dimensions[axis]+2*padding-size)/stride + 1
		x = fitted(x, axis, padding, stride*(out-1+kernel.Shape().Dimensions[0]))
	}
	return offset(taps(SpaceToDepth(x, stride), kernel), bias)
}

// TransposedConv is PyTorch's conv_transpose2d of a square kernel of size by size,
// without output padding: x [batch, height, width, in] becomes
// (height-1)*stride - 2*padding + size pixels high; kernel as [TransposedKernel]
// lays it out, bias [out] or nil.
func TransposedConv(x, kernel, bias *graph.Node, size, stride, padding int) *graph.Node {
	d := x.Shape().Dimensions
	border := kernel.Shape().Dimensions[0] - 1
	for axis := 1; axis <= 2; axis++ {
		x = fitted(x, axis, border, d[axis]+2*border)
	}
	y := DepthToSpace(taps(x, kernel), stride)
	for axis := 1; axis <= 2; axis++ {
		y = fitted(y, axis, -padding, (d[axis]-1)*stride-2*padding+size)
	}
	return offset(y, bias)
}

// offset adds a bias [channels], or nothing where it is nil.
func offset(x, bias *graph.Node) *graph.Node {
	if bias == nil {
		return x
	}
	return graph.Add(x, lastAxis(bias, x))
}

// taps is a stride-1 convolution without padding, kernel [m, m, in, out]. Where m is
// even it is a product of the m*m shifted pictures, side by side as channels, with
// the kernel as a matrix.
func taps(x, kernel *graph.Node) *graph.Node {
	d := kernel.Shape().Dimensions
	m := d[0]
	if m%2 == 1 {
		return Conv(x, kernel, nil, 1, 0)
	}
	h, w := x.Shape().Dimensions[1]-m+1, x.Shape().Dimensions[2]-m+1
	var shifted []*graph.Node
	for row := range m {
		for column := range m {
			shifted = append(shifted, graph.Slice(x,
				graph.AxisRange(), graph.AxisRange(row, row+h), graph.AxisRange(column, column+w), graph.AxisRange()))
		}
	}
	matrix := graph.Reshape(kernel, m*m*d[2], d[3])
	return graph.DotGeneral(graph.Concatenate(shifted, 3), []int{3}, nil, matrix, []int{0}, nil)
}

// DepthToSpace undoes [SpaceToDepth]: [batch, height, width, k*k*c] becomes
// [batch, height*k, width*k, c].
func DepthToSpace(x *graph.Node, k int) *graph.Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]/(k*k)
	x = graph.TransposeAllAxes(graph.Reshape(x, n, h, w, k, k, c), 0, 1, 3, 2, 4, 5)
	return graph.Reshape(x, n, h*k, w*k, c)
}

// fitted puts before zeros in front of x along an axis (below 0: takes as many
// away) and makes it want long at the end, by zeros or by cutting. Concatenation
// has a gradient, which padding has not.
func fitted(x *graph.Node, axis, before, want int) *graph.Node {
	cut := func(from, to int) {
		spec := make([]graph.SliceAxisSpec, x.Rank())
		for i := range spec {
			spec[i] = graph.AxisRange()
		}
		spec[axis] = graph.AxisRange(from, to)
		x = graph.Slice(x, spec...)
	}
	zeros := func(n int) *graph.Node {
		shape := x.Shape().Clone()
		shape.Dimensions[axis] = n
		return graph.Zeros(x.Graph(), shape)
	}
	if before < 0 {
		cut(-before, x.Shape().Dimensions[axis])
		before = 0
	}
	have := x.Shape().Dimensions[axis]
	if before+have > want {
		cut(0, want-before)
		have = want - before
	}
	var parts []*graph.Node
	if before > 0 {
		parts = append(parts, zeros(before))
	}
	parts = append(parts, x)
	if after := want - before - have; after > 0 {
		parts = append(parts, zeros(after))
	}
	if len(parts) == 1 {
		return x
	}
	return graph.Concatenate(parts, axis)
}

// blocks is the number of squares of a stride that a kernel spans along an axis.
func blocks(size, stride int) int { return (size + stride - 1) / stride }

// StridedKernel turns a convolution's weight [out, in, k, k] into the kernel
// [m, m, stride*stride*in, out] that [StridedConv] takes, m = k/stride rounded up.
func StridedKernel(w *graph.Node, stride int) *graph.Node {
	d := w.Shape().Dimensions
	m := blocks(d[2], stride)
	w = graph.TransposeAllAxes(squares(w, m, stride), 2, 4, 3, 5, 1, 0)
	return graph.Reshape(w, m, m, stride*stride*d[1], d[0])
}

// TransposedKernel turns a transposed convolution's weight [in, out, k, k] into the
// kernel [m, m, in, stride*stride*out] that [TransposedConv] takes.
func TransposedKernel(w *graph.Node, stride int) *graph.Node {
	d := w.Shape().Dimensions
	m := blocks(d[2], stride)
	w = graph.TransposeAllAxes(graph.Reverse(squares(w, m, stride), 2, 4), 2, 4, 0, 3, 5, 1)
	return graph.Reshape(w, m, m, d[0], stride*stride*d[1])
}

// squares fills a kernel [a, b, k, k] up with zeros and splits its axes:
// [a, b, m, stride, m, stride].
func squares(w *graph.Node, m, stride int) *graph.Node {
	d := w.Shape().Dimensions
	w = fitted(fitted(w, 2, 0, m*stride), 3, 0, m*stride)
	return graph.Reshape(w, d[0], d[1], m, stride, m, stride)
}

// HostStridedKernel is [StridedKernel] on the host.
func HostStridedKernel(w Array, stride int) Array {
	out, in, k := w.Shape[0], w.Shape[1], w.Shape[2]
	m := blocks(k, stride)
	kernel := NewArray(m, m, stride*stride*in, out)
	eachWeight(w, func(o, i, r, c int, v float32) {
		square, inside := r/stride*m+c/stride, r%stride*stride+c%stride
		kernel.Data[((square*stride*stride+inside)*in+i)*out+o] = v
	})
	return kernel
}

// HostTransposedKernel is [TransposedKernel] on the host.
func HostTransposedKernel(w Array, stride int) Array {
	in, out, k := w.Shape[0], w.Shape[1], w.Shape[2]
	m := blocks(k, stride)
	kernel := NewArray(m, m, in, stride*stride*out)
	eachWeight(w, func(i, o, r, c int, v float32) {
		square, inside := (m-1-r/stride)*m+m-1-c/stride, r%stride*stride+c%stride
		kernel.Data[((square*in+i)*stride*stride+inside)*out+o] = v
	})
	return kernel
}

// eachWeight calls f for every entry of a kernel [a, b, k, k].
func eachWeight(w Array, f func(a, b, row, column int, v float32)) {
	at := 0
	for a := range w.Shape[0] {
		for b := range w.Shape[1] {
			for row := range w.Shape[2] {
				for column := range w.Shape[3] {
					f(a, b, row, column, w.Data[at])
					at++
				}
			}
		}
	}
}
