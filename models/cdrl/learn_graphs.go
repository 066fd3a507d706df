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
	out, length := nn.Descend(loss, x[2], c.GradNorm, learned(net.Specs(), banks, spectral))
	return append(out, nn.Vector(graph.Neg(clean), graph.Neg(revised), length))
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
	out, length := nn.Descend(loss, x[3], c.GradNorm, learned(init.Specs(), banks, nil))
	return append(out, nn.Vector(loss, length))
}

// learned are a network's four banks in the order of [nn.LearnedNames].
func learned(specs []nn.Spec, banks []nn.Weights, state nn.Weights) nn.Learned {
	return nn.Learned{Specs: specs, Weights: banks[0], M: banks[1], V: banks[2], Mean: banks[3], State: state}
}
