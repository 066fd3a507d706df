package vaeebm

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// layer is a convolution, a transposed convolution, a linear layer or a batch norm.
type layer struct {
	name                  string
	kind                  kind
	in, out               int
	size, stride, padding int // of a convolution's kernel
}

type kind int

const (
	convolution kind = iota
	transposed
	linear
	batchNorm
)

// Names of a layer's arrays, after its name.
const (
	weightName   = ".weight"
	biasName     = ".bias"
	meanName     = ".running_mean"
	varianceName = ".running_var"
	kernelName   = ".kernel" // effective convolution, laid out for the device
)

// halving is the 4x4 convolution with stride 2 and padding 1 that all networks of
// the paper halve pictures with, doubling its transpose.
func halving(name string, in, out int) layer { return layer{name, convolution, in, out, 4, 2, 1} }

func doubling(name string, in, out int) layer { return layer{name, transposed, in, out, 4, 2, 1} }

// flat is a convolution of odd size that keeps the picture's size.
func flat(name string, in, out, size int) layer {
	return layer{name, convolution, in, out, size, 1, size / 2}
}

func dense(name string, in, out int) layer { return layer{name: name, kind: linear, in: in, out: out} }

func norm(name string, channels int) layer {
	return layer{name: name, kind: batchNorm, in: channels, out: channels}
}

// shape is that of the weight as PyTorch stores it.
func (l layer) shape() []int {
	switch l.kind {
	case linear:
		return []int{l.out, l.in}
	case transposed:
		return []int{l.in, l.out, l.size, l.size}
	case batchNorm:
		return []int{l.out}
	}
	return []int{l.out, l.in, l.size, l.size}
}

// specs lists the arrays with PyTorch's names and default initialisation, whose
// bound takes a transposed convolution's outputs for its inputs.
func (l layer) specs() []nn.Spec {
	if l.kind == batchNorm {
		return []nn.Spec{
			{Name: l.name + weightName, Shape: l.shape(), Role: nn.Gain},
			{Name: l.name + biasName, Shape: l.shape(), Role: nn.Offset},
			{Name: l.name + meanName, Shape: l.shape(), Role: nn.Mean},
			{Name: l.name + varianceName, Shape: l.shape(), Role: nn.Var},
		}
	}
	bound := 1 / math.Sqrt(float64(nn.Size(l.shape()[1:])))
	return []nn.Spec{
		{Name: l.name + weightName, Shape: l.shape(), Role: nn.Weight, Bound: bound},
		{Name: l.name + biasName, Shape: []int{l.out}, Role: nn.Bias, Bound: bound},
	}
}

// folds reports whether the weight is laid out anew for the device.
func (l layer) folds() bool { return l.kind == convolution || l.kind == transposed }

// fold lays the weight out on the host.
func (l layer) fold(weight nn.Array) nn.Array {
	switch {
	case l.kind == transposed:
		return nn.HostTransposedKernel(weight, l.stride)
	case l.stride > 1:
		return nn.HostStridedKernel(weight, l.stride)
	}
	return nn.HostKernel(weight, 1)
}

// inGraph lays it out inside a graph, differentiably.
func (l layer) inGraph(weight *graph.Node) *graph.Node {
	switch {
	case l.kind == transposed:
		return nn.TransposedKernel(weight, l.stride)
	case l.stride > 1:
		return nn.StridedKernel(weight, l.stride)
	}
	return nn.KernelLayout(weight)
}

// apply runs the layer with effective weights on x [batch, height, width, channels],
// or [batch, in] where it is linear. stats is that of nn.BatchNorm.
func (l layer) apply(w nn.Weights, x *graph.Node, stats nn.Weights) *graph.Node {
	switch {
	case l.kind == linear:
		return nn.Linear(x, w.Get(l.name+weightName), w.Get(l.name+biasName))
	case l.kind == batchNorm:
		return nn.BatchNorm(w, l.name, x, stats)
	case l.kind == transposed:
		return nn.TransposedConv(x, w.Get(l.name+kernelName), w.Get(l.name+biasName), l.size, l.stride, l.padding)
	case l.stride > 1:
		return nn.StridedConv(x, w.Get(l.name+kernelName), w.Get(l.name+biasName), l.size, l.stride, l.padding)
	}
	return nn.Conv(x, w.Get(l.name+kernelName), w.Get(l.name+biasName), 1, l.padding)
}

// network is what the energy, the generator and the encoder have in common.
type network interface{ layers() []layer }

// specsOf lists a network's arrays without the prefix, and without PyTorch's batch
// counters.
func specsOf(n network) []nn.Spec {
	var list []nn.Spec
	for _, l := range n.layers() {
		list = append(list, l.specs()...)
	}
	return list
}

// Fold computes the effective weights of an energy, a generator or an encoder on the
// host: convolutions laid out for the device, the other arrays as they are.
func Fold(n network, p nn.Params) nn.Params {
	m := p.Map()
	layers := n.layers()
	kernels := make(nn.Params, len(layers))
	nn.Each(len(layers), func(i int) {
		if l := layers[i]; l.folds() {
			kernels[i] = nn.Param{Name: l.name + kernelName, Array: l.fold(m[l.name+weightName])}
		}
	})
	var folded nn.Params
	for i, l := range layers {
		for _, s := range l.specs() {
			if l.folds() && s.Role == nn.Weight {
				folded = append(folded, kernels[i])
			} else {
				folded = append(folded, nn.Param{Name: s.Name, Array: m[s.Name]})
			}
		}
	}
	return folded
}

// Effective computes them inside a graph, for training.
func Effective(n network, w nn.Weights) nn.Weights {
	effective := nn.Weights{}
	for _, l := range n.layers() {
		for _, s := range l.specs() {
			if l.folds() && s.Role == nn.Weight {
				effective[l.name+kernelName] = l.inGraph(w.Get(s.Name))
			} else {
				effective[s.Name] = w.Get(s.Name)
			}
		}
	}
	return effective
}

// flatten turns activations into rows in PyTorch's order: channels, height, width.
func flatten(x *graph.Node) *graph.Node {
	return graph.Reshape(nn.ChannelsFirst(x), x.Shape().Dimensions[0], -1)
}
