package icd

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// total is the energy [batch] of pictures: the sum of the network's columns.
func (n Net) total(effective nn.Weights, x, labels *graph.Node) *graph.Node {
	scales := n.Forward(effective, x, labels).Scales
	sum := scales[0]
	for _, e := range scales[1:] {
		sum = graph.Add(sum, e)
	}
	return graph.Reshape(sum, x.Shape().Dimensions[0])
}

// Numbers of a Langevin step, in one vector.
const (
	walkSize = iota
	walkNoise
	walkNumbers
)

func scalar(v *graph.Node, i int) *graph.Node {
	return graph.Reshape(graph.Slice(v, graph.AxisElem(i)))
}

// langevinGraph is the authors' step, the noise z before the gradient:
//
//	y = x + noise z, x <- clamp(y - size dE/dy, 0, 1)
//
// It can be differentiated by the weights and by x. The gradient dE/dy is returned too.
func (n Net) langevinGraph(effective nn.Weights, x, z, labels, numbers *graph.Node) (next, grad *graph.Node) {
	y := graph.Add(x, graph.Mul(z, scalar(numbers, walkNoise)))
	grad = graph.Gradient(graph.ReduceAllSum(n.total(effective, y, labels)), y)[0]
	next = graph.Sub(y, graph.Mul(grad, scalar(numbers, walkSize)))
	return graph.ClipScalar(next, 0, 1), grad
}

// walkGraph is a step of chains. Inputs: x, z, numbers, perhaps labels; effective
// weights.
func walkGraph(n Net, in []*graph.Node, effective nn.Weights) *graph.Node {
	var labels *graph.Node
	if n.Conditional {
		labels = in[3]
	}
	next, _ := n.langevinGraph(effective, in[0], in[1], labels, in[2])
	return next
}

// Inputs of an update, in this order, and with conditions those of real pictures and of
// chains behind them.
const (
	updateReal    = iota // [batch, ...]
	updateFrom           // the chains before their last steps
	updateNoise          // [steps, batch, ...]: normals of the last steps
	updateOthers         // past samples
	updateWalk           // the numbers of a Langevin step
	updateNumbers        // those below
	updateInputs
)

// Numbers of an update, in one vector.
const (
	updateRate       = iota
	updateCorrection // 1 - beta2^t
	updateDecay      // of the averaged weights
	updateEntropy    // weight of L_ent
	updateCount
)

// updateMetrics are the names of what an update measures.
var updateMetrics = []string{"energy_data", "energy_samples", "cd_gradient_norm", "kl_gradient_norm", "log_neighbour", "gradient"}

// updateGraph walks the last Langevin steps and updates the weights by Adam down
//
//	L_CD + kl E_stop(theta)(x(theta)) - entropy log NN(x(theta), B)
//
// (Eq. 4 to 7): in the second and third term only the samples x depend on the weights,
// through the steps walked here. Banks: weights, Adam's v, averaged weights. Outputs: the
// three banks, the samples, metrics.
func updateGraph(n Net, c LearnConfig, in []*graph.Node, banks []nn.Weights) []*graph.Node {
	weights, specs := banks[0], n.Specs()
	names := nn.Names(specs, nn.Trained)
	effective, state := n.Effective(weights, 1)
	var ofReal, ofChains *graph.Node
	if n.Conditional {
		ofReal, ofChains = in[updateInputs], in[updateInputs+1]
	}
	x, length := walked(n, effective, in, ofChains)
	samples := graph.StopGradient(x)
	real, fake := n.total(effective, in[updateReal], ofReal), n.total(effective, samples, ofChains)
	gradients := graph.Gradient(divergence(real, fake, c.Alpha), weights.In(names)...)
	ofCD := norm(gradients)
	ofKL, distance := graph.ScalarZero(x.Graph(), x.DType()), graph.ScalarZero(x.Graph(), x.DType())
	if _, yes := c.withKL(); yes {
		var loss *graph.Node
		loss, distance = klGraph(n, c, effective, x, in[updateOthers], ofChains, scalar(in[updateNumbers], updateEntropy))
		further := graph.Gradient(loss, weights.In(names)...)
		ofKL = norm(further)
		for i := range gradients {
			gradients[i] = graph.Add(gradients[i], further[i])
		}
	}
	out := stepped(n, c, in[updateNumbers], gradients, banks, state)
	out = append(out, samples)
	return append(out, vector(graph.ReduceAllMean(real), graph.ReduceAllMean(fake), ofCD, ofKL, distance, length))
}

// walked walks the last Langevin steps and returns the pictures and the mean length of
// the last gradient.
func walked(n Net, effective nn.Weights, in []*graph.Node, labels *graph.Node) (x, length *graph.Node) {
	x = in[updateFrom]
	var grad *graph.Node
	for i := range in[updateNoise].Shape().Dimensions[0] {
		z := graph.Reshape(graph.Slice(in[updateNoise], graph.AxisRange(i, i+1)), x.Shape().Dimensions...)
		x, grad = n.langevinGraph(effective, x, z, labels, in[updateWalk])
	}
	square := graph.ReduceSum(graph.Square(graph.StopGradient(grad)), 1, 2, 3)
	return x, graph.ReduceAllMean(graph.Sqrt(square))
}

// klGraph is L_KL = L_opt - L_ent, each with its weight: the energy of samples x under
// weights that carry no gradient, and the mean logarithm of their distances from past
// samples, which is returned too.
func klGraph(n Net, c LearnConfig, effective nn.Weights, x, others, labels, entropy *graph.Node) (loss, distance *graph.Node) {
	still := nn.Weights{}
	for name, w := range effective {
		still[name] = graph.StopGradient(w)
	}
	distance = neighbours(x, others)
	loss = graph.MulScalar(graph.ReduceAllMean(n.total(still, x, labels)), c.KL)
	return graph.Sub(loss, graph.Mul(distance, entropy)), graph.StopGradient(distance)
}

// stepped updates the weights, Adam's v and the averages; u and v of spectral norms
// become those in state.
func stepped(n Net, c LearnConfig, numbers *graph.Node, gradients []*graph.Node, banks []nn.Weights, state nn.Weights) (out []*graph.Node) {
	w, v, mean, specs := banks[0], banks[1], banks[2], n.Specs()
	names, all := nn.Names(specs, nn.Trained), nn.Names(specs, nn.Every)
	if c.GradNorm > 0 {
		length := norm(gradients)
		limit := graph.Const(length.Graph(), float32(c.GradNorm))
		scale := graph.Div(limit, graph.Max(length, limit))
		for i := range gradients {
			gradients[i] = graph.Mul(gradients[i], scale)
		}
	}
	next, nextV, nextMean := nn.Weights{}, nn.Weights{}, nn.Weights{}
	for _, name := range all {
		buffer := w.Get(name)
		if state.Has(name) {
			buffer = state.Get(name)
		}
		next[name], nextMean[name] = buffer, buffer
	}
	decay := scalar(numbers, updateDecay)
	for i, name := range names {
		next[name], nextV[name] = adam(w.Get(name), gradients[i], v.Get(name), scalar(numbers, updateRate), scalar(numbers, updateCorrection))
		nextMean[name] = graph.Add(graph.Mul(decay, mean.Get(name)), graph.Mul(graph.OneMinus(decay), next[name]))
	}
	for _, list := range [][]*graph.Node{next.In(all), nextV.In(names), nextMean.In(all)} {
		out = append(out, list...)
	}
	return out
}

func vector(scalars ...*graph.Node) *graph.Node {
	for i, s := range scalars {
		scalars[i] = graph.Reshape(s, 1)
	}
	return graph.Concatenate(scalars, 0)
}
