// Package goconv makes convolutions of a plain compute.Backend fast by building
// them from matrix products. GoMLX's pure-Go backend has good matrix products
// and a convolution some hundred times slower than XLA's; everything else it
// does is kept as it is, but for broadcasts, which are made by copying blocks, and moves
// of arrays, which go in pairs of values.
package goconv

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Wrap returns a backend that computes as b does and builds two-dimensional
// convolutions from matrix products. Several executions may run at once (it pays
// to split a batch so: only products use every core by themselves), once the
// tensors they share have been moved to the device. The embedded interfaces pass everything
// else through; buffers are wrapped because tensors compare buffer.Backend().
func Wrap(b compute.Backend) compute.Backend { return &backend{b} }

type backend struct{ compute.Backend }

func (b *backend) Builder(name string) compute.Builder {
	return &builder{Builder: b.Backend.Builder(name), backend: b}
}

func (b *backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	return b.wrap(b.Backend.BufferFromFlatData(device, flat, shape))
}

func (b *backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	inner, flat, err := b.Backend.NewSharedBuffer(device, shape)
	wrapped, err := b.wrap(inner, err)
	return wrapped, flat, err
}

func (b *backend) wrap(inner compute.Buffer, err error) (compute.Buffer, error) {
	if err != nil {
		return nil, err
	}
	return &buffer{inner, b}, nil
}

type buffer struct {
	compute.Buffer
	backend *backend
}

func (b *buffer) Backend() compute.Backend { return b.backend }

func (b *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	return b.backend.wrap(b.Buffer.CopyToDevice(device))
}

type builder struct {
	compute.Builder
	backend *backend
	main    *function
}

func (b *builder) Main() compute.Function {
	if b.main == nil {
		b.main = &function{Function: b.Builder.Main(), builder: b}
	}
	return b.main
}

func (b *builder) NewFunction(name string) (compute.Function, error) {
	f, err := b.Builder.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return &function{Function: f, builder: b}, nil
}

func (b *builder) Compile() (compute.Executable, error) {
	e, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	return &executable{e, b.backend}, nil
}

type executable struct {
	compute.Executable
	backend *backend
}

func (e *executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	inner := make([]compute.Buffer, len(inputs))
	for i, in := range inputs {
		b, ok := in.(*buffer)
		if !ok {
			return nil, fmt.Errorf("execute: input %d is a buffer of another backend (%T)", i, in)
		}
		inner[i] = b.Buffer
	}
	outputs, err := e.Executable.Execute(inner, donate, device)
	if err != nil {
		return nil, err
	}
	for i, out := range outputs {
		outputs[i] = &buffer{out, e.backend}
	}
	return outputs, nil
}

// function passes values through as they are; only functions given as arguments
// (closures) are unwrapped.
type function struct {
	compute.Function
	builder *builder
	parent  *function
}

func (f *function) Builder() compute.Builder { return f.builder }

func (f *function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

func (f *function) Closure() (compute.Function, error) {
	c, err := f.Function.Closure()
	if err != nil {
		return nil, err
	}
	return &function{Function: c, builder: f.builder, parent: f}, nil
}

func inner(f compute.Function) compute.Function {
	if w, ok := f.(*function); ok {
		return w.Function
	}
	return f
}

func (f *function) Call(g compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Call(inner(g), inputs...)
}

func (f *function) Sort(comparator compute.Function, axis int, isStable bool, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Sort(inner(comparator), axis, isStable, inputs...)
}

func (f *function) While(cond, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	return f.Function.While(inner(cond), inner(body), state...)
}

func (f *function) If(pred compute.Value, yes, no compute.Function) ([]compute.Value, error) {
	return f.Function.If(pred, inner(yes), inner(no))
}
