package goconv

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

func shapeOf(d dtypes.DType, dims []int) shapes.Shape { return shapes.Make(d, dims...) }

// ConvGeneral builds the convolution from matrix products where it can: two
// spatial axes, float32 or float64, no groups, and one of stride, input dilation
// (the gradient of a stride) and kernel dilation (the kernel's gradient of a
// stride). Any padding and any order of axes. The rest is left to the backend.
func (f *function) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig,
	strides []int, paddings [][2]int, inputDilations, kernelDilations []int,
	channelGroups, batchGroups int,
) (compute.Value, error) {
	stock := func() (compute.Value, error) {
		return f.Function.ConvGeneral(input, kernel, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups)
	}
	if len(axes.InputSpatial) != 2 || channelGroups > 1 || batchGroups > 1 {
		return stock()
	}
	x, err := f.Shape(input)
	if err != nil {
		return nil, err
	}
	k, err := f.Shape(kernel)
	if err != nil {
		return nil, err
	}
	if !plain(x) || !plain(k) || x.DType != k.DType || x.Dimensions[axes.InputChannels] != k.Dimensions[axes.KernelInputChannels] {
		return stock() // which has the words for what is wrong
	}
	c := conv{axes: axes, stride: pair(strides), spread: pair(inputDilations), gaps: pair(kernelDilations)}
	c.x, c.k = array{input, x.Dimensions}, array{kernel, k.Dimensions}
	for i := range min(2, len(paddings)) {
		c.pad[i] = paddings[i]
	}
	if !c.measure() {
		return stock()
	}
	o := &ops{f: f.Function, dtype: x.DType}
	y, ok := c.build(o)
	if !ok {
		return stock()
	}
	return y.v, o.err
}

func plain(s shapes.Shape) bool {
	return s.Rank() == 4 && !s.IsDynamic() && s.Size() > 0 && (s.DType == dtypes.Float32 || s.DType == dtypes.Float64)
}

func pair(v []int) stride {
	if len(v) != 2 {
		return stride{1, 1}
	}
	return stride{v[0], v[1]}
}

// conv is one convolution to build.
type conv struct {
	x, k                 array
	axes                 compute.ConvolveAxesConfig
	pad                  [2][2]int
	stride, spread, gaps stride
	kh, kw, outH, outW   int
}

// measure works out the sizes; false where there is no output.
func (c *conv) measure() bool {
	size := func(i, in, step, spread, gap, k int) int {
		return ((in-1)*spread+1+c.pad[i][0]+c.pad[i][1]-(k-1)*gap-1)/step + 1
	}
	c.kh, c.kw = c.k.dims[c.axes.KernelSpatial[0]], c.k.dims[c.axes.KernelSpatial[1]]
	c.outH = size(0, c.x.dims[c.axes.InputSpatial[0]], c.stride.h, c.spread.h, c.gaps.h, c.kh)
	c.outW = size(1, c.x.dims[c.axes.InputSpatial[1]], c.stride.w, c.spread.w, c.gaps.w, c.kw)
	return c.outH > 0 && c.outW > 0
}

// mostTaps bounds the size of a kernel whose gradient is built tap by tap.
const mostTaps = 121

// build picks the formula. A kernel larger than the output is the gradient of a
// convolution with respect to its kernel: there the batch is what is summed over.
func (c *conv) build(o *ops) (array, bool) {
	a, outer := c.axes, window{c.kh, c.kw, c.pad[0][0], c.pad[1][0], c.outH, c.outW}
	larger := c.kh*c.kw > c.outH*c.outW || !c.gaps.one() && c.outH*c.outW <= mostTaps
	if c.stride.one() && c.spread.one() && larger {
		x := o.transpose(c.x, a.InputChannels, a.InputSpatial[0], a.InputSpatial[1], a.InputBatch)
		v := o.transpose(c.k, a.KernelInputChannels, a.KernelSpatial[0], a.KernelSpatial[1], a.KernelOutputChannels)
		taps := window{c.outH, c.outW, outer.top, outer.left, c.kh, c.kw} // kernel and output change places
		y := o.stridedKernel(x, v, taps, c.gaps)
		return c.arrange(o, y, a.OutputSpatial[0], a.OutputSpatial[1], a.OutputBatch, a.OutputChannels), true
	}
	if !c.gaps.one() || !c.stride.one() && !c.spread.one() {
		return array{}, false
	}
	x := o.transpose(c.x, a.InputBatch, a.InputSpatial[0], a.InputSpatial[1], a.InputChannels)
	k := o.transpose(c.k, a.KernelSpatial[0], a.KernelSpatial[1], a.KernelInputChannels, a.KernelOutputChannels)
	var y array
	if c.spread.one() {
		y = o.strided(x, k, outer, c.stride)
	} else {
		y = o.spread(x, k, outer, c.spread)
	}
	return c.arrange(o, y, a.OutputBatch, a.OutputSpatial[0], a.OutputSpatial[1], a.OutputChannels), true
}

// arrange moves axis i of y to place order[i].
func (c *conv) arrange(o *ops, y array, order ...int) array {
	perm := make([]int, len(order))
	for i, place := range order {
		perm[place] = i
	}
	return o.transpose(y, perm...)
}
