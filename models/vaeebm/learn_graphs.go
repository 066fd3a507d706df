package vaeebm

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// given takes the masked pictures, where the model completes, from the end of a
// routine's inputs.
func (p parts) given(x []*graph.Node) (rest []*graph.Node, c *graph.Node) {
	if !p.completes() {
		return x, nil
	}
	return x[:len(x)-1], x[len(x)-1]
}

// stepGraph is one Langevin step under effective weights, Eq. 6 (ii),
//
//	x <- x - delta^2/2 dU/dx + noise delta z,
//
// where noise is 1 in the paper. Inputs: x, z (normals), perhaps c.
func (p parts) stepGraph(delta, noise float64, in []*graph.Node, w nn.Weights) *graph.Node {
	in, c := p.given(in)
	x, z := in[0], in[1]
	force := graph.Gradient(graph.ReduceAllSum(p.energy.Forward(w, x, c, nil)), x)[0]
	return graph.Add(graph.Sub(x, graph.MulScalar(force, delta*delta/2)), graph.MulScalar(z, noise*delta))
}

// likelihood is the potential of the gradient of Eq. 2, mean U(data) - mean
// U(samples), plus alpha times the mean squares of both, which keeps energies near 0.
// It also returns the two means.
func (p parts) likelihood(effective nn.Weights, data, samples, c *graph.Node, alpha float64) (loss, ofData, ofSamples *graph.Node) {
	n := data.Shape().Dimensions[0]
	if c != nil {
		c = graph.Concatenate([]*graph.Node{c, c}, 0)
	}
	u := p.energy.Forward(effective, graph.Concatenate([]*graph.Node{data, samples}, 0), c, nil)
	ofData = graph.ReduceAllMean(graph.Slice(u, graph.AxisRange(0, n)))
	ofSamples = graph.ReduceAllMean(graph.Slice(u, graph.AxisRange(n)))
	loss = graph.Sub(ofData, ofSamples)
	if alpha > 0 {
		loss = graph.Add(loss, graph.MulScalar(graph.ReduceAllMean(graph.Square(u)), alpha))
	}
	return loss, ofData, ofSamples
}

// energyGraph is one update of the energy network. Inputs: data, samples, numbers,
// perhaps c. Outputs: its banks, the mean energies and the gradient's length.
func (p parts) energyGraph(config LearnConfig, in []*graph.Node, banks []nn.Weights) []*graph.Node {
	in, c := p.given(in)
	e := learnedOf(p.energy, banks)
	loss, data, samples := p.likelihood(Effective(p.energy, e.Weights), in[0], in[1], c, config.Alpha)
	out, length := nn.Descend(loss, in[2], config.GradNorm, e)
	return append(out, nn.Vector(data, samples, length))
}

// learnedOf is a network with the first four of banks.
func learnedOf(n network, banks []nn.Weights) nn.Learned {
	return nn.Learned{Specs: specsOf(n), Weights: banks[0], M: banks[1], V: banks[2], Mean: banks[3], State: nn.Weights{}}
}

// squares is |x - y|^2 of every picture, [batch].
func squares(x, y *graph.Node) *graph.Node {
	return graph.ReduceSum(graph.Square(graph.Sub(x, y)), 1, 2, 3)
}

// divergence is KL(N(mean, exp(logVariance)) || N(0, I)) of every row, [batch].
func divergence(mean, logVariance *graph.Node) *graph.Node {
	inside := graph.Sub(graph.Add(graph.Square(mean), graph.Exp(logVariance)), graph.AddScalar(logVariance, 1))
	return graph.MulScalar(graph.ReduceSum(inside, 1), 0.5)
}

// variational is Eq. 9 of targets x,
//
//	|x - g(z)|^2 / (2 residual^2) + kl KL(q(z|x) || N(0, I)),   z = mean + exp(logVariance/2) noise,
//
// averaged over the batch, with both terms' averages. stats is that of nn.BatchNorm.
func (p parts) variational(config LearnConfig, generator, encoder nn.Weights, x, noise, c *graph.Node, stats nn.Weights) (loss, square, kl *graph.Node) {
	mean, logVariance := p.encoder.Forward(encoder, x, c)
	z := graph.Add(mean, graph.Mul(graph.Exp(graph.MulScalar(logVariance, 0.5)), noise))
	square = graph.ReduceAllMean(squares(x, p.generator.Forward(generator, z, c, stats)))
	kl = graph.ReduceAllMean(divergence(mean, logVariance))
	return graph.Add(config.unlikely(square), graph.MulScalar(kl, config.KL)), square, kl
}

// unlikely is the negative log-density of a squared distance from the generator's
// picture, without its constant.
func (c LearnConfig) unlikely(square *graph.Node) *graph.Node {
	return graph.MulScalar(square, 1/(2*c.Residual*c.Residual))
}

// targets are the samples, the last of them replaced by a part of the data.
func targets(samples, data *graph.Node, ofData float64) *graph.Node {
	n := samples.Shape().Dimensions[0]
	at := n - int(ofData*float64(n)+0.5)
	switch at {
	case n:
		return samples
	case 0:
		return data
	}
	return graph.Concatenate([]*graph.Node{graph.Slice(samples, graph.AxisRange(0, at)), graph.Slice(data, graph.AxisRange(at))}, 0)
}

// vaeGraph is one update of generator and encoder together. Inputs: samples, data,
// the pictures that the samples began as, noise, numbers, perhaps c. Outputs: their
// banks; the mean squares of reconstruction and of what the chains moved, KL, the
// gradient's length.
func (p parts) vaeGraph(config LearnConfig, in []*graph.Node, banks []nn.Weights) []*graph.Node {
	in, c := p.given(in)
	g, e := learnedOf(p.generator, banks), learnedOf(p.encoder, banks[4:])
	x := targets(in[0], in[1], config.VAEData)
	loss, square, kl := p.variational(config, Effective(p.generator, g.Weights), Effective(p.encoder, e.Weights), x, in[3], c, g.State)
	out, length := nn.Descend(loss, in[4], 0, g, e)
	return append(out, nn.Vector(square, graph.ReduceAllMean(squares(in[0], in[2])), kl, length))
}

// teachGraph is one update of the generator alone, by the latents that the samples
// began from (Xie et al., 2018). Inputs: samples, the pictures they began as,
// latents, numbers, perhaps c. Outputs: its banks; the mean squares of reconstruction
// and of what the chains moved, the gradient's length.
func (p parts) teachGraph(config LearnConfig, in []*graph.Node, banks []nn.Weights) []*graph.Node {
	in, c := p.given(in)
	g := learnedOf(p.generator, banks)
	square := graph.ReduceAllMean(squares(in[0], p.generator.Forward(Effective(p.generator, g.Weights), in[2], c, g.State)))
	out, length := nn.Descend(config.unlikely(square), in[3], 0, g)
	return append(out, nn.Vector(square, graph.ReduceAllMean(squares(in[0], in[1])), length))
}
