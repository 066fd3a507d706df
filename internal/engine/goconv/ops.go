package goconv

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// ops adds operations to a function. The first error sticks and makes every
// later call do nothing, so that formulas read as formulas; the caller asks for
// err once at the end.
type ops struct {
	f     compute.Function
	dtype dtypes.DType
	err   error
}

// array is a value with its dimensions.
type array struct {
	v    compute.Value
	dims []int
}

func (a array) size() int { return product(a.dims) }

func (o *ops) keep(v compute.Value, err error, dims ...int) array {
	if o.err == nil {
		o.err = err
	}
	return array{v, dims}
}

func (o *ops) reshape(a array, dims ...int) array {
	if o.err != nil || slices.Equal(a.dims, dims) {
		return array{a.v, dims}
	}
	v, err := o.f.Reshape(a.v, dims...)
	return o.keep(v, err, dims...)
}

// transpose puts axis perm[i] of a at place i.
func (o *ops) transpose(a array, perm ...int) array {
	dims, moved := make([]int, len(perm)), false
	for i, p := range perm {
		dims[i], moved = a.dims[p], moved || p != i
	}
	if o.err != nil || !moved {
		return array{a.v, dims}
	}
	if last := len(perm) - 1; perm[last] == last && o.pairable(a) {
		return o.inPairs(a, func(o *ops, a array) array { return o.transpose(a, perm...) })
	}
	v, err := o.f.Transpose(a.v, perm...)
	return o.keep(v, err, dims...)
}

func (o *ops) reverse(a array, axes ...int) array {
	if o.err != nil {
		return a
	}
	v, err := o.f.Reverse(a.v, axes...)
	return o.keep(v, err, a.dims...)
}

// concat joins arrays along an axis and leaves out empty ones. It is the one
// operation of the backend that moves memory in blocks.
func (o *ops) concat(axis int, parts ...array) array {
	parts = slices.DeleteFunc(slices.Clone(parts), func(a array) bool { return a.dims[axis] == 0 })
	if len(parts) == 1 {
		return parts[0]
	}
	dims := slices.Clone(parts[0].dims)
	values := make([]compute.Value, len(parts))
	dims[axis] = 0
	for i, p := range parts {
		values[i] = p.v
		dims[axis] += p.dims[axis]
	}
	if o.err != nil {
		return array{nil, dims}
	}
	v, err := o.f.Concatenate(axis, values...)
	return o.keep(v, err, dims...)
}

// slice takes [from, to) of every axis, each step-th element.
func (o *ops) slice(a array, from, to, step []int) array {
	dims, all := make([]int, len(a.dims)), true
	for i := range dims {
		dims[i] = (to[i] - from[i] + step[i] - 1) / step[i]
		all = all && dims[i] == a.dims[i]
	}
	if o.err != nil || all {
		return array{a.v, dims}
	}
	small := 2*product(dims) < a.size() // making pairs of all that is not taken costs more than it gains
	if last := len(dims) - 1; from[last]%2 == 0 && to[last]%2 == 0 && step[last] == 1 && !small && o.pairable(a) {
		from, to = slices.Clone(from), slices.Clone(to)
		from[last], to[last] = from[last]/2, to[last]/2
		return o.inPairs(a, func(o *ops, a array) array { return o.slice(a, from, to, step) })
	}
	v, err := o.f.Slice(a.v, from, to, step)
	return o.keep(v, err, dims...)
}

// along slices one axis.
func (o *ops) along(a array, axis, from, to, step int) array {
	f, t, s := make([]int, len(a.dims)), slices.Clone(a.dims), make([]int, len(a.dims))
	for i := range s {
		s[i] = 1
	}
	f[axis], t[axis], s[axis] = from, to, step
	return o.slice(a, f, t, s)
}

// zeros is made from one constant, which the backend broadcasts.
func (o *ops) zeros(dims ...int) array {
	a := array{nil, slices.Clone(dims)}
	if o.err != nil || a.size() == 0 {
		return a
	}
	var flat any = []float32{0}
	if o.dtype == dtypes.Float64 {
		flat = []float64{0}
	}
	zero, err := o.f.Constant(flat)
	if err != nil {
		o.err = err
		return a
	}
	v, err := o.f.BroadcastInDim(zero, shapeOf(o.dtype, dims), nil)
	return o.keep(v, err, dims...)
}

// extend gives an axis before zeros in front and cuts or fills it to the given
// length; a negative before drops elements.
func (o *ops) extend(a array, axis, before, length int) array {
	if before < 0 {
		a = o.along(a, axis, min(-before, a.dims[axis]), a.dims[axis], 1)
		before = 0
	}
	if room := length - before; a.dims[axis] > room {
		a = o.along(a, axis, 0, max(room, 0), 1)
	}
	gap := func(n int) array {
		d := slices.Clone(a.dims)
		d[axis] = n
		return o.zeros(d...)
	}
	before = min(before, length)
	return o.concat(axis, gap(before), a, gap(length-before-a.dims[axis]))
}

// dot is the matrix product of [m,k] and [k,n].
func (o *ops) dot(a, b array) array {
	dims := []int{a.dims[0], b.dims[1]}
	if o.err != nil {
		return array{nil, dims}
	}
	v, err := o.f.DotGeneral(a.v, []int{1}, nil, b.v, []int{0}, nil, compute.DotGeneralConfig{})
	return o.keep(v, err, dims...)
}

func (o *ops) add(a, b array) array {
	if o.err != nil || a.v == nil {
		return b
	}
	v, err := o.f.Add(a.v, b.v)
	return o.keep(v, err, a.dims...)
}
