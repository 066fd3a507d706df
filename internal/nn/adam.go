package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Adam's betas: PyTorch's defaults.
const (
	AdamBeta1 = 0.9
	AdamBeta2 = 0.999
)

// Numbers of an update, in one vector, as [UpdateNumbers] makes it.
const (
	updateRate   = iota
	updateFirst  // 1 - beta1^t
	updateSecond // 1 - beta2^t
	updateDecay  // of the averaged weights
	updateNumbers
)

// UpdateNumbers are what [Descend] is told of iteration i, counted from 0: the rate,
// and the decay of the averaged weights.
func UpdateNumbers(i int, rate, decay float64) *tensors.Tensor {
	v := make([]float32, updateNumbers)
	v[updateRate] = float32(rate)
	v[updateFirst] = float32(1 - math.Pow(AdamBeta1, float64(i+1)))
	v[updateSecond] = float32(1 - math.Pow(AdamBeta2, float64(i+1)))
	v[updateDecay] = float32(decay)
	return tensors.FromFlatDataAndDimensions(v, updateNumbers)
}

// Learned is a network inside the graph of its update: its arrays, Adam's two
// moments and the averaged arrays. State holds the new values of buffers by name;
// others stay.
type Learned struct {
	Specs               []Spec
	Weights, M, V, Mean Weights
	State               Weights
}

// LearnedNames are the names of the four banks of a network in training: weights, m,
// v, averaged weights.
func LearnedNames(specs []Spec) [][]string {
	all, some := Names(specs, Every), Names(specs, Trained)
	return [][]string{all, some, some, all}
}

// Descend is one step of Adam (Kingma and Ba, 2015) down a loss of one or several
// networks, whose whole gradient is cut to a length of limit (0: it is not), and of
// the averaged arrays, buffers among them; but the singular vectors of a spectral norm
// are copied, since a mean of unit vectors is none. It returns the new banks in the order of
// [LearnedNames], network after network, and the gradient's length before the cut.
func Descend(loss, numbers *graph.Node, limit float64, networks ...Learned) (banks []*graph.Node, length *graph.Node) {
	var arrays []*graph.Node
	for _, n := range networks {
		arrays = append(arrays, n.Weights.In(Names(n.Specs, Trained))...)
	}
	gradients := graph.Gradient(loss, arrays...)
	length = euclidean(gradients)
	if limit > 0 {
		most := graph.Const(loss.Graph(), float32(limit))
		scale := graph.Div(most, graph.Max(length, most))
		for i := range gradients {
			gradients[i] = graph.Mul(gradients[i], scale)
		}
	}
	for _, n := range networks {
		count := len(Names(n.Specs, Trained))
		banks = append(banks, n.next(gradients[:count], numbers)...)
		gradients = gradients[count:]
	}
	return banks, length
}

// next is a network's four banks after a step.
func (n Learned) next(gradients []*graph.Node, numbers *graph.Node) (banks []*graph.Node) {
	all, some := Names(n.Specs, Every), Names(n.Specs, Trained)
	w, m, v, mean := Weights{}, Weights{}, Weights{}, Weights{}
	for _, name := range all {
		w[name] = n.Weights.Get(name)
		if n.State.Has(name) {
			w[name] = n.State.Get(name)
		}
	}
	rate, first, second := number(numbers, updateRate), number(numbers, updateFirst), number(numbers, updateSecond)
	for i, name := range some {
		w[name], m[name], v[name] = Adam(w[name], gradients[i], n.M.Get(name), n.V.Get(name), rate, first, second)
	}
	decay := number(numbers, updateDecay)
	for _, s := range n.Specs {
		mean[s.Name] = w[s.Name]
	}
	for _, name := range Names(n.Specs, averaged) {
		mean[name] = graph.Add(graph.Mul(decay, n.Mean.Get(name)), graph.Mul(graph.OneMinus(decay), w[name]))
	}
	for _, list := range [][]*graph.Node{w.In(all), m.In(some), v.In(some), mean.In(all)} {
		banks = append(banks, list...)
	}
	return banks
}

// averaged reports whether the averaged weights hold the mean of an array.
func averaged(s Spec) bool { return s.Role != Left && s.Role != Right }

// Adam is one step of one array w down its gradient g, with the moments m and v; first
// and second are 1 - beta1^t and 1 - beta2^t of step t, counted from 1.
func Adam(w, g, m, v, rate, first, second *graph.Node) (newW, newM, newV *graph.Node) {
	m = graph.Add(graph.MulScalar(m, AdamBeta1), graph.MulScalar(g, 1-AdamBeta1))
	v = graph.Add(graph.MulScalar(v, AdamBeta2), graph.MulScalar(graph.Square(g), 1-AdamBeta2))
	root := graph.AddScalar(graph.Sqrt(graph.Div(v, second)), 1e-8)
	return graph.Sub(w, graph.Mul(rate, graph.Div(graph.Div(m, first), root))), m, v
}

// number i of a vector.
func number(v *graph.Node, i int) *graph.Node {
	return graph.Reshape(graph.Slice(v, graph.AxisElem(i)))
}

// euclidean is the length of all gradients together.
func euclidean(gradients []*graph.Node) *graph.Node {
	sum := graph.ScalarZero(gradients[0].Graph(), gradients[0].DType())
	for _, g := range gradients {
		sum = graph.Add(sum, graph.ReduceAllSum(graph.Square(g)))
	}
	return graph.Sqrt(sum)
}

// Vector puts scalars side by side.
func Vector(scalars ...*graph.Node) *graph.Node {
	list := make([]*graph.Node, len(scalars))
	for i, s := range scalars {
		list[i] = graph.Reshape(s, 1)
	}
	return graph.Concatenate(list, 0)
}
