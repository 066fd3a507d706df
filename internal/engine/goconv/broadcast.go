package goconv

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// The backend broadcasts element by element, some five times slower than it
// adds. A bias or a norm's scale, which is constant along whole lines, is
// repeated by copying blocks instead.

// Smallest arrays that copying pays for, and the shortest block worth copying.
const (
	leastRepeated = 4096
	leastBlock    = 8
)

// BroadcastInDim repeats blocks where x's last axes are kept.
func (f *function) BroadcastInDim(x compute.Value, to shapes.Shape, axes []int) (compute.Value, error) {
	stock := func() (compute.Value, error) { return f.Function.BroadcastInDim(x, to, axes) }
	from, err := f.Shape(x)
	if err != nil || from.IsDynamic() || to.IsDynamic() || len(axes) != from.Rank() {
		return stock()
	}
	dims := slices.Repeat([]int{1}, to.Rank())
	for i, axis := range axes {
		if axis < 0 || axis >= len(dims) {
			return stock()
		}
		dims[axis] = from.Dimensions[i]
	}
	if !repeatable(dims, to.Dimensions) {
		return stock()
	}
	o := &ops{f: f.Function, dtype: from.DType}
	y := o.repeat(o.reshape(array{x, from.Dimensions}, dims...), to.Dimensions)
	return y.v, o.err
}

// repeatable says whether blocks of from can be copied to make an array of size to.
func repeatable(from, to []int) bool {
	block := 1
	for i := range to {
		if from[i] != to[i] && from[i] != 1 {
			return false
		}
	}
	for i := len(to) - 1; i >= 0 && from[i] == to[i]; i-- {
		block *= to[i]
	}
	size := product(to)
	return size >= leastRepeated && block >= leastBlock && block < size
}

// repeat makes every axis of length 1 as long as to says. Neighbouring axes that
// grow count as one, so that a bias becomes a picture in a few copies.
func (o *ops) repeat(a array, to []int) array {
	have := slices.Clone(a.dims)
	for last := len(to) - 1; last >= 0; last-- {
		if have[last] == to[last] {
			continue
		}
		first := last
		for first > 0 && have[first-1] == 1 {
			first--
		}
		a = o.reshape(a, product(have[:first]), 1, product(have[last+1:]))
		a = o.times(a, product(to[first:last+1]))
		copy(have[first:last+1], to[first:last+1])
		last = first
	}
	return o.reshape(a, to...)
}

// times repeats the middle axis of [outer,1,block] n times: 32 copies, then 32
// of those, and at last as many of each as n is made of.
func (o *ops) times(a array, n int) array {
	const many = 32
	pieces, sizes := []array{a}, []int{1}
	for last := 1; last*many <= n; last *= many {
		a = o.concat(1, slices.Repeat([]array{a}, many)...)
		pieces, sizes = append(pieces, a), append(sizes, last*many)
	}
	var all []array
	for i := len(pieces) - 1; i >= 0; i-- {
		all = append(all, slices.Repeat([]array{pieces[i]}, n/sizes[i])...)
		n %= sizes[i]
	}
	return o.concat(1, all...)
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// matched repeats the smaller of two operands that the backend would broadcast.
func (f *function) matched(a, b compute.Value) (compute.Value, compute.Value, error) {
	x, err := f.Shape(a)
	if err != nil {
		return nil, nil, err
	}
	y, err := f.Shape(b)
	if err != nil {
		return nil, nil, err
	}
	if x.Rank() != y.Rank() || x.IsDynamic() || y.IsDynamic() || x.DType != y.DType {
		return a, b, nil
	}
	o := &ops{f: f.Function, dtype: x.DType}
	if repeatable(x.Dimensions, y.Dimensions) {
		a = o.repeat(array{a, x.Dimensions}, y.Dimensions).v
	} else if repeatable(y.Dimensions, x.Dimensions) {
		b = o.repeat(array{b, y.Dimensions}, x.Dimensions).v
	}
	return a, b, o.err
}

// Add is the backend's, after repeating the smaller operand.
func (f *function) Add(a, b compute.Value) (compute.Value, error) {
	return f.binary(f.Function.Add, a, b)
}

// Sub is the backend's, after repeating the smaller operand.
func (f *function) Sub(a, b compute.Value) (compute.Value, error) {
	return f.binary(f.Function.Sub, a, b)
}

// Mul is the backend's, after repeating the smaller operand.
func (f *function) Mul(a, b compute.Value) (compute.Value, error) {
	return f.binary(f.Function.Mul, a, b)
}

// Div is the backend's, after repeating the smaller operand.
func (f *function) Div(a, b compute.Value) (compute.Value, error) {
	return f.binary(f.Function.Div, a, b)
}

func (f *function) binary(op func(a, b compute.Value) (compute.Value, error), a, b compute.Value) (compute.Value, error) {
	a, b, err := f.matched(a, b)
	if err != nil {
		return nil, err
	}
	return op(a, b)
}
