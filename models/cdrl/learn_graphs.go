package cdrl

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// conditioned takes the levels and, where the networks know classes, the classes from
// the end of a routine's inputs.
func conditioned(x []*graph.Node, classes int) (rest []*graph.Node, c Condition) {
	if classes > 0 {
		c.Class, x = x[len(x)-1], x[:len(x)-1]
	}
	c.Level = x[len(x)-1]
	return x[:len(x)-1], c
}

// column i of numbers [rows, columns], for pictures of rank 4: one row for all of
// them, or one a picture.
func column(numbers *graph.Node, i int) *graph.Node {
	rows := numbers.Shape().Dimensions[0]
	return graph.Reshape(graph.Slice(numbers, graph.AxisRange(), graph.AxisRange(i, i+1)), rows, 1, 1, 1)
}

// scalar i of a vector of numbers.
func scalar(v *graph.Node, i int) *graph.Node {
	return graph.Reshape(graph.Slice(v, graph.AxisElem(i)))
}

// proposeGraph is Eq. 6: the initializer's mean plus noise. Inputs: x, z (normals),
// the noise's deviation; the initializer's weights. Without an initializer the mean
// is x.
func proposeGraph(init Initializer, trained bool, x []*graph.Node, w nn.Weights) *graph.Node {
	x, c := conditioned(x, init.Classes)
	mean := x[0]
	if trained {
		mean = init.Forward(init.Effective(w), x[0], c, nil)
	}
	return graph.Add(mean, graph.Mul(x[1], column(x[2], 0)))
}

// Numbers of a Langevin step, a row each.
const (
	walkForce = iota // what dF/dx is multiplied by
	walkPull         // towards x_t
	walkNoise        // deviation
	walkNumbers
)

// walkGraph is one Langevin step under effective weights,
//
//	x <- x + force dF/dx - pull (x - x_t) + noise z
//
// which with force 1/2 and the level's Pull is a step of the size s of Eq. 16 down
// the energy -F/s^2 + |x - x_t|^2 / (2 (1 - alpha)). Inputs: x, x_t, z, numbers.
func walkGraph(net Net, x []*graph.Node, w nn.Weights) *graph.Node {
	x, c := conditioned(x, net.Classes)
	at, towards, z, numbers := x[0], x[1], x[2], x[3]
	grad := graph.Gradient(graph.ReduceAllSum(net.Forward(w, at, c, nil)), at)[0]
	moved := graph.Add(at, graph.Mul(grad, column(numbers, walkForce)))
	moved = graph.Sub(moved, graph.Mul(graph.Sub(at, towards), column(numbers, walkPull)))
	return graph.Add(moved, graph.Mul(z, column(numbers, walkNoise)))
}

// Numbers of an update, in one vector.
const (
	updateRate   = iota
	updateFirst  // 1 - beta1^t
	updateSecond // 1 - beta2^t
	updateDecay  // of the averaged weights
	updateNumbers
)

// recovery is the negative gradient's potential of the recovery likelihood, Eq. 5,
// mean(F(revised) - F(clean)), F being -s^2 times the energy: the conditional's
// quadratic terms do not depend on the weights, and leaving out 1/s^2 weighs the
// levels alike, the paper's simple loss. clean is x_(i-1) and revised what the chains
// made, both in the level's scale. It also returns the mean of each.
func recovery(net Net, effective nn.Weights, clean, revised *graph.Node, c Condition) (loss, ofClean, ofRevised *graph.Node) {
	twice := func(x *graph.Node) *graph.Node {
		if x == nil || x.Shape().Dimensions[0] == 1 {
			return x
		}
		return graph.Concatenate([]*graph.Node{x, x}, 0)
	}
	both := graph.Concatenate([]*graph.Node{clean, revised}, 0)
	if c.Class != nil {
		c.Class = graph.Concatenate([]*graph.Node{c.Class, c.Class}, 0)
	}
	c.Level = twice(c.Level)
	f := net.Forward(effective, both, c, nil)
	n := clean.Shape().Dimensions[0]
	ofClean = graph.ReduceAllMean(graph.Slice(f, graph.AxisRange(0, n)))
	ofRevised = graph.ReduceAllMean(graph.Slice(f, graph.AxisRange(n)))
	return graph.Sub(ofRevised, ofClean), ofClean, ofRevised
}

// energyGraph is one update of the energy network. Inputs: clean, revised, numbers;
// weights, Adam's m and v, averaged weights. Outputs: the four banks, metrics.
func energyGraph(net Net, c LearnConfig, x []*graph.Node, banks []nn.Weights) []*graph.Node {
	x, given := conditioned(x, net.Classes)
	effective, spectral := net.Effective(banks[0], 1)
	loss, clean, revised := recovery(net, effective, x[0], x[1], given)
	out, length := updated(net.Specs(), loss, c, x[2], banks, spectral)
	return append(out, vector(graph.Neg(clean), graph.Neg(revised), length))
}

// regression is Eq. 8 without its coefficient: the mean squared distance of the
// initializer's proposal from its targets, a part of them the data.
func regression(proposed, revised, clean *graph.Node, ofData float64) *graph.Node {
	to := func(target *graph.Node) *graph.Node {
		return graph.ReduceAllMean(graph.Square(graph.Sub(proposed, target)))
	}
	return graph.Add(graph.MulScalar(to(revised), 1-ofData), graph.MulScalar(to(clean), ofData))
}

// initializerGraph is one update of the initializer. Inputs: x_t, revised, clean,
// numbers; weights, Adam's m and v, averaged weights. Outputs: the four banks, metrics.
func initializerGraph(init Initializer, c LearnConfig, x []*graph.Node, banks []nn.Weights) []*graph.Node {
	x, given := conditioned(x, init.Classes)
	proposed := init.Forward(init.Effective(banks[0]), x[0], given, nil)
	loss := regression(proposed, x[1], x[2], c.InitData)
	out, length := updated(init.Specs(), loss, c, x[3], banks, nil)
	return append(out, vector(loss, length))
}

func vector(scalars ...*graph.Node) *graph.Node {
	for i, s := range scalars {
		scalars[i] = graph.Reshape(s, 1)
	}
	return graph.Concatenate(scalars, 0)
}

// updated is one step of Adam down a loss, its gradient limited in length, and of the
// averaged weights; buffers become those in state. Banks are weights, m, v and
// averaged weights, and so are the outputs; length is the gradient's.
func updated(specs []nn.Spec, loss *graph.Node, c LearnConfig, numbers *graph.Node, banks []nn.Weights, state nn.Weights) (out []*graph.Node, length *graph.Node) {
	w, m, v, mean := banks[0], banks[1], banks[2], banks[3]
	names, all := nn.Names(specs, nn.Trained), nn.Names(specs, nn.Every)
	gradients := graph.Gradient(loss, w.In(names)...)
	length = norm(gradients)
	if c.GradNorm > 0 {
		limit := graph.Const(loss.Graph(), float32(c.GradNorm))
		scale := graph.Div(limit, graph.Max(length, limit))
		for i := range gradients {
			gradients[i] = graph.Mul(gradients[i], scale)
		}
	}
	next, nextM, nextV, nextMean := nn.Weights{}, nn.Weights{}, nn.Weights{}, nn.Weights{}
	for _, name := range all {
		buffer := w.Get(name)
		if state.Has(name) {
			buffer = state.Get(name)
		}
		next[name], nextMean[name] = buffer, buffer
	}
	for i, name := range names {
		next[name], nextM[name], nextV[name] = adam(w.Get(name), gradients[i], m.Get(name), v.Get(name), numbers)
		decay := scalar(numbers, updateDecay)
		nextMean[name] = graph.Add(graph.Mul(decay, mean.Get(name)), graph.Mul(graph.OneMinus(decay), next[name]))
	}
	for _, list := range [][]*graph.Node{next.In(all), nextM.In(names), nextV.In(names), nextMean.In(all)} {
		out = append(out, list...)
	}
	return out, length
}

// Adam's betas: PyTorch's defaults.
const (
	adamBeta1 = 0.9
	adamBeta2 = 0.999
)

// adam is one step of Adam (Kingma and Ba, 2015).
func adam(w, g, m, v, numbers *graph.Node) (newW, newM, newV *graph.Node) {
	m = graph.Add(graph.MulScalar(m, adamBeta1), graph.MulScalar(g, 1-adamBeta1))
	v = graph.Add(graph.MulScalar(v, adamBeta2), graph.MulScalar(graph.Square(g), 1-adamBeta2))
	root := graph.AddScalar(graph.Sqrt(graph.Div(v, scalar(numbers, updateSecond))), 1e-8)
	step := graph.Div(graph.Div(m, scalar(numbers, updateFirst)), root)
	return graph.Sub(w, graph.Mul(scalar(numbers, updateRate), step)), m, v
}

// norm is the Euclidean norm of all gradients together.
func norm(gradients []*graph.Node) *graph.Node {
	sum := graph.ScalarZero(gradients[0].Graph(), gradients[0].DType())
	for _, g := range gradients {
		sum = graph.Add(sum, graph.ReduceAllSum(graph.Square(g)))
	}
	return graph.Sqrt(sum)
}
