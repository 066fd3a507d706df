package cdrl

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// layer is a convolution of odd size with as much padding as keeps the picture's
// size, or, with size 0, a linear layer.
type layer struct {
	name          string
	in, out, size int
	bias          bool
	spectral      bool // older spectral norm: weight_orig, weight_u, weight_v
	zero          bool // the weight starts at 0
}

// Names of a layer's arrays, after its name.
const (
	plainWeight    = ".weight"
	originalWeight = ".weight_orig"
	leftU          = ".weight_u"
	rightV         = ".weight_v"
	kernelName     = ".kernel" // effective: [height, width, in, out], of a linear layer [in, out]
	biasName       = ".bias"
)

func (l layer) shape() []int {
	if l.size == 0 {
		return []int{l.out, l.in}
	}
	return []int{l.out, l.in, l.size, l.size}
}

// inputs is the number of values that one output is made of.
func (l layer) inputs() int { return l.in * max(l.size*l.size, 1) }

// specs lists the arrays as PyTorch stores them, with its default initialisation.
func (l layer) specs() []nn.Spec {
	bound := 1 / math.Sqrt(float64(l.inputs()))
	weight := nn.Spec{Name: l.name + plainWeight, Shape: l.shape(), Role: nn.Weight, Bound: bound}
	if l.zero {
		weight.Bound = 0
	}
	list := []nn.Spec{weight}
	if l.bias {
		list = append(list, nn.Spec{Name: l.name + biasName, Shape: []int{l.out}, Role: nn.Bias, Bound: bound})
	}
	if l.spectral {
		list[0].Name = l.name + originalWeight
		list = append(list,
			nn.Spec{Name: l.name + leftU, Shape: []int{l.out}, Role: nn.Left},
			nn.Spec{Name: l.name + rightV, Shape: []int{l.inputs()}, Role: nn.Right})
	}
	return list
}

// effective is the name of the layer's weight as apply takes it.
func (l layer) effective() string { return l.name + kernelName }

// fold makes the effective weight on the host, outputs last: the pure-Go engine multiplies
// by such a matrix two to three times as fast as by its transpose, and most layers of points only
// make features of the noise level, which no gradient goes back through.
func (l layer) fold(m map[string]nn.Array) nn.Param {
	weight, sigma := m[l.name+plainWeight], 1.0
	if l.spectral {
		weight = m[l.name+originalWeight]
		sigma = nn.SpectralSigma(weight, m[l.name+leftU].Data, m[l.name+rightV].Data)
	}
	if l.size == 0 {
		weight.Shape = []int{l.out, l.in, 1, 1}
	}
	kernel := nn.HostKernel(weight, sigma)
	if l.size == 0 {
		kernel.Shape = kernel.Shape[2:]
	}
	return nn.Param{Name: l.effective(), Array: kernel}
}

// inGraph makes them inside a graph, differentiably, after the given number of
// power iterations, whose u and v it puts into state.
func (l layer) inGraph(w nn.Weights, iterations int, effective, state nn.Weights) {
	var weight *graph.Node
	if l.spectral {
		weight = w.Get(l.name + originalWeight)
		sigma, u, v := nn.Sigma(weight, w.Get(l.name+leftU), w.Get(l.name+rightV), iterations)
		weight = graph.Div(weight, sigma)
		state[l.name+leftU], state[l.name+rightV] = u, v
	} else {
		weight = w.Get(l.name + plainWeight)
	}
	if l.size != 0 {
		weight = nn.KernelLayout(weight)
	} else {
		weight = graph.Transpose(weight, 0, 1)
	}
	effective[l.effective()] = weight
	if l.bias {
		effective[l.name+biasName] = w.Get(l.name + biasName)
	}
}

// apply runs a layer of effective weights.
func apply(w nn.Weights, name string, x *graph.Node) *graph.Node {
	var b *graph.Node
	if w.Has(name + biasName) {
		b = w.Get(name + biasName)
	}
	kernel := w.Get(name + kernelName)
	if kernel.Rank() > 2 {
		return nn.Conv(x, kernel, b, 1, kernel.Shape().Dimensions[0]/2)
	}
	y := graph.Dot(x, kernel).Product()
	if b != nil {
		y = graph.Add(y, graph.Reshape(b, 1, -1))
	}
	return y
}

// beside reshapes per-channel values [batch, channels] so that they go with
// activations of any rank.
func beside(v, x *graph.Node) *graph.Node {
	d := v.Shape().Dimensions
	if x.Rank() == 2 {
		return v
	}
	return graph.Reshape(v, d[0], 1, 1, d[1])
}

// weights is what the two networks have in common: layers, and arrays that are
// effective as they are.
type weights interface {
	layers() []layer
	others() []nn.Spec
}

// specsOf lists a network's arrays.
func specsOf(n weights) []nn.Spec {
	var list []nn.Spec
	for _, l := range n.layers() {
		list = append(list, l.specs()...)
	}
	return append(list, n.others()...)
}

// foldOf computes the effective weights on the host with the stored u and v.
func foldOf(n weights, p nn.Params) nn.Params {
	m := p.Map()
	layers := n.layers()
	folded := make(nn.Params, len(layers))
	nn.Each(len(layers), func(i int) { folded[i] = layers[i].fold(m) })
	for _, l := range layers {
		if l.bias {
			folded = append(folded, nn.Param{Name: l.name + biasName, Array: m[l.name+biasName]})
		}
	}
	for _, s := range n.others() {
		folded = append(folded, nn.Param{Name: s.Name, Array: m[s.Name]})
	}
	return folded
}

// effectiveOf computes them inside a graph.
func effectiveOf(n weights, w nn.Weights, iterations int) (effective, state nn.Weights) {
	effective, state = nn.Weights{}, nn.Weights{}
	for _, l := range n.layers() {
		l.inGraph(w, iterations, effective, state)
	}
	for _, s := range n.others() {
		effective[s.Name] = w.Get(s.Name)
	}
	return effective, state
}
