package clel

import (
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// network is an opened checkpoint on a device: compiled functions over its
// pictures. All its energies point to it.
type network struct {
	contents
	sampler sampler

	marginalValue, marginalEval       *nn.Exec // x -> E; x -> E, dE/dx
	conditionalValue, conditionalEval *nn.Exec // see conditional
	marginalLeap, conditionalLeap     *nn.Leaper
	features                          *nn.Exec // x -> f, g
	encode                            *nn.Exec // x -> h; nil without encoder
	layers                            *nn.Tapped
}

// place puts the folded weights on a device.
func (c *contents) place(b compute.Backend) (*network, error) {
	folded := c.net.Fold(c.netParams)
	c.netParams = nil // not needed any more, and large
	net, err := nn.Place(b, folded)
	if err != nil {
		return nil, err
	}
	n := &network{contents: *c}
	n.sampler = samplerOf(c)
	n.marginalValue = nn.NewExec("clel energy", net, n.marginal(false))
	n.marginalEval = nn.NewExec("clel energy and gradient", net, n.marginal(true))
	n.conditionalValue = nn.NewExec("clel joint energy", net, n.conditional(false))
	n.conditionalEval = nn.NewExec("clel joint energy and gradient", net, n.conditional(true))
	n.marginalLeap = nn.NewLeaper("clel steps", net, n.marginal(true))
	n.conditionalLeap = nn.NewLeaper("clel joint steps", net, n.conditional(true))
	n.features = nn.NewExec("clel features", net, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		out := n.net.Forward(w, in[0])
		return []*graph.Node{out.F, out.G}
	})
	n.layers = nn.NewTapped("clel layers", net, func(w nn.Weights, in []*graph.Node, t *nn.Tap) { *t = *n.net.Forward(w, in[0]).Inside })
	if c.encoder == nil {
		return n, nil
	}
	encoder, err := nn.Place(b, c.encoder.Fold(c.encoderParams))
	if err != nil {
		return nil, err
	}
	n.encoderParams = nil
	n.encode = nn.NewExec("clel encoder", encoder, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		return []*graph.Node{n.encoder.Forward(w, in[0], nil)}
	})
	return n, nil
}

// marginal builds E = |f|^2/2 of pictures x, and its gradient.
func (n *network) marginal(grad bool) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		e := Energy(n.net.Forward(w, in[0]).F)
		if !grad {
			return []*graph.Node{e}
		}
		return []*graph.Node{e, graph.Gradient(graph.ReduceAllSum(e), in[0])[0]}
	}
}

// conditional builds T energies of one forward pass,
//
//	E_t = a_t |f|^2/2 - sum_m c_tm cos(g, z_m)
//
// (Eq. 10 and 11 with T = M = a = 1, c = beta; Eq. 15 with M concepts), from x,
// a [batch, T], z [batch, M, latent size] and c [batch, T, M]. It returns E
// [batch, T] and the T gradients. Every number is an input, so that a slider never
// compiles anything.
func (n *network) conditional(grad bool) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		x, a, z, c := in[0], in[1], in[2], in[3]
		out := n.net.Forward(w, x)
		energy := Energy(out.F)
		g := graph.InsertAxes(nn.Unit(out.G), 1)                 // [batch, 1, latent size]
		cosines := graph.ReduceSum(graph.Mul(g, nn.Unit(z)), -1) // [batch, M]
		terms := a.Shape().Dimensions[1]
		column := func(v *graph.Node, t int) *graph.Node { // v[:, t]
			return graph.Squeeze(graph.SliceAxis(v, 1, graph.AxisElem(t)), 1)
		}
		energies, grads := make([]*graph.Node, terms), make([]*graph.Node, terms)
		for t := range terms {
			similarity := graph.ReduceSum(graph.Mul(column(c, t), cosines), -1)
			e := graph.Sub(graph.Mul(column(a, t), energy), similarity)
			if grad {
				grads[t] = graph.Gradient(graph.ReduceAllSum(e), x)[0]
			}
			energies[t] = graph.InsertAxes(e, -1)
		}
		result := []*graph.Node{graph.Concatenate(energies, 1)}
		if grad {
			result = append(result, grads...)
		}
		return result
	}
}

// input checks pictures and hands them to a compiled function without copying.
func (n *network) input(x sampling.Images) (nn.Array, error) {
	if err := x.Check(n.net.Channels, n.height, n.width); err != nil {
		return nn.Array{}, err
	}
	return nn.Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}, nil
}

// run evaluates a function of pictures alone.
func (n *network) run(e *nn.Exec, x sampling.Images) ([]nn.Array, error) {
	in, err := n.input(x)
	if err != nil {
		return nil, err
	}
	return e.Call(in)
}

// latents encodes pictures: h(x) as it is, and as unit rows.
func (n *network) latents(x sampling.Images) (h nn.Array, unit [][]float32, err error) {
	out, err := n.run(n.encode, x)
	if err != nil {
		return nn.Array{}, nil, fmt.Errorf("encode: %w", err)
	}
	unit = make([][]float32, x.N)
	for i := range unit {
		if unit[i], err = models.Aggregate([][]float32{row(out[0], i)}); err != nil {
			return nn.Array{}, nil, fmt.Errorf("encode picture %d: %w", i, err)
		}
	}
	return out[0], unit, nil
}

// row is row i of an array, along the first axis.
func row(a nn.Array, i int) []float32 {
	size := nn.Size(a.Shape[1:])
	return a.Data[i*size : (i+1)*size]
}

// compiled sums up the compilations of all functions.
func (n *network) compiled() (programs int, spent time.Duration) {
	return nn.Compiled(n.marginalValue, n.marginalEval, n.conditionalValue, n.conditionalEval, n.features, n.encode, n.layers, n.marginalLeap, n.conditionalLeap)
}

// model is the network as the rest of the program sees it.
func (n *network) model() *models.Model {
	name := n.header.Name
	if name == "" {
		name = n.architecture()
	}
	m := &models.Model{
		Family: Name, Name: name,
		C: n.net.Channels, H: n.height, W: n.width, Lo: 0, Hi: 1,
		Labels: n.header.Labels, LatentSize: n.net.LatentSize(), LabelLatents: n.classLatents,
		Parameters: nn.Trainable(n.net.Specs()), TrainedSteps: n.header.TrainedSteps,
		Facts: n.facts(), Knobs: n.sampler.knobs(),
		At: n.at, Plan: n.plan, Start: n.start,
		Arrays: n.arrays, Replay: n.replay, Compiled: n.compiled,
	}
	if n.encode != nil {
		m.Encode = func(x sampling.Images) ([][]float32, error) {
			_, unit, err := n.latents(x)
			return unit, err
		}
		m.Score = n.score
	}
	return m
}

// architecture is the name of the authors' network class that this resembles.
func (n *network) architecture() string {
	blocks := len(n.net.Scales[0].Blocks[0])
	switch {
	case len(n.net.Scales) > 1:
		return "resnet_large"
	case blocks == 1:
		return "resnet_small"
	}
	return "resnet"
}
