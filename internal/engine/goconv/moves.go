package goconv

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// The backend transposes and slices element by element, where copying goes by blocks. Two
// neighbours that stay neighbours are moved as one element of eight bytes; a
// transposition that moves nothing, which GoMLX's gradient of a product has, is left out.

// Transpose moves pairs where the last axis stays the last.
func (f *function) Transpose(x compute.Value, perm ...int) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil || shape.IsDynamic() || !permutes(perm, shape.Rank()) {
		return f.Function.Transpose(x, perm...) // which has the words for what is wrong
	}
	o := &ops{f: f.Function, dtype: shape.DType}
	y := o.transpose(array{x, shape.Dimensions}, perm...)
	return y.v, o.err
}

// Slice moves pairs where the last axis is cut between them.
func (f *function) Slice(x compute.Value, from, to, step []int) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil || shape.IsDynamic() || !within(from, to, shape.Dimensions) {
		return f.Function.Slice(x, from, to, step)
	}
	if len(step) == 0 {
		step = slices.Repeat([]int{1}, shape.Rank())
	}
	if len(step) != shape.Rank() || slices.Min(step) < 1 {
		return f.Function.Slice(x, from, to, step)
	}
	o := &ops{f: f.Function, dtype: shape.DType}
	y := o.slice(array{x, shape.Dimensions}, from, to, step)
	return y.v, o.err
}

// permutes says whether perm names each of so many axes once.
func permutes(perm []int, rank int) bool {
	sorted := slices.Sorted(slices.Values(perm))
	for i, axis := range sorted {
		if axis != i {
			return false
		}
	}
	return rank > 0 && len(perm) == rank
}

// within says whether [from, to) lies within every axis.
func within(from, to, dims []int) bool {
	if len(dims) == 0 || len(from) != len(dims) || len(to) != len(dims) {
		return false
	}
	for i, dim := range dims {
		if from[i] < 0 || from[i] >= to[i] || to[i] > dim {
			return false
		}
	}
	return true
}

// pairable says whether an array has pairs along its last axis that are worth making.
func (o *ops) pairable(a array) bool {
	return o.err == nil && o.dtype == dtypes.Float32 && a.size() >= leastRepeated && a.dims[len(a.dims)-1]%2 == 0
}

// inPairs moves an array whose pairs are its elements: an axis half as long.
func (o *ops) inPairs(a array, move func(*ops, array) array) array {
	last := len(a.dims) - 1
	half := slices.Clone(a.dims)
	half[last] /= 2
	pairs := &ops{f: o.f, dtype: dtypes.Uint64}
	v, err := o.f.Bitcast(o.reshape(a, append(slices.Clone(half), 2)...).v, pairs.dtype)
	moved := move(pairs, o.keep(v, err, half...))
	if o.err == nil {
		o.err = pairs.err
	}
	if o.err != nil {
		return array{}
	}
	v, err = o.f.Bitcast(moved.v, o.dtype)
	dims := slices.Clone(moved.dims)
	dims[last] *= 2
	return o.reshape(o.keep(v, err, append(slices.Clone(moved.dims), 2)...), dims...)
}
