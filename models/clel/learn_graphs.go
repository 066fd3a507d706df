package clel

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
)

// bank is a list of named arrays on the device: weights, or an optimiser's state.
type bank struct {
	names  []string
	values []*tensors.Tensor
}

func newBank(p nn.Params) *bank {
	b := &bank{}
	for _, q := range p {
		b.names = append(b.names, q.Name)
		b.values = append(b.values, tensors.FromFlatDataAndDimensions(q.Data, q.Shape...))
	}
	return b
}

// zeros is a bank of zeros of the arrays that are trained.
func zeros(specs []nn.Spec) *bank {
	var p nn.Params
	for _, s := range specs {
		if s.Role.Trainable() {
			p = append(p, nn.Param{Name: s.Name, Array: nn.NewArray(s.Shape...)})
		}
	}
	return newBank(p)
}

// params copies a bank to the host.
func (b *bank) params() (nn.Params, error) {
	var p nn.Params
	for i, name := range b.names {
		v, err := tensors.CopyFlatData[float32](b.values[i])
		if err != nil {
			return nil, fmt.Errorf("read %q from the device: %w", name, err)
		}
		p = append(p, nn.Param{Name: name, Array: nn.Array{Shape: b.values[i].Shape().Dimensions, Data: v}})
	}
	return p, nil
}

// program is a compiled function of banks and single tensors.
type program struct {
	backend compute.Backend
	exec    *graph.Exec
	name    string
}

// inputs are a program's arguments inside its graph.
type inputs struct {
	x     []*graph.Node // the single tensors
	banks []nn.Weights
}

// newProgram makes a program of singles tensors followed by banks with the names
// given.
func newProgram(b compute.Backend, name string, singles int, banks [][]string, build func(in inputs) []*graph.Node) (*program, error) {
	exec, err := graph.NewExec(nn.Plain(b), func(nodes []*graph.Node) []*graph.Node {
		in := inputs{x: nodes[:singles]}
		rest := nodes[singles:]
		for _, names := range banks {
			w := nn.Weights{}
			for i, name := range names {
				w[name] = rest[i]
			}
			in.banks, rest = append(in.banks, w), rest[len(names):]
		}
		return build(in)
	})
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", name, err)
	}
	return &program{b, exec.WithName(name), name}, nil
}

// call runs a program; it compiles on the first call.
func (p *program) call(singles []*tensors.Tensor, banks ...*bank) ([]*tensors.Tensor, error) {
	var args []any
	for _, t := range singles {
		args = append(args, t)
	}
	for _, b := range banks {
		for _, t := range b.values {
			args = append(args, t)
		}
	}
	out, err := p.exec.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return out, nil
}

// into replaces the values of banks by outputs, in order, frees the old ones and
// returns the outputs that are left.
func into(out []*tensors.Tensor, banks ...*bank) ([]*tensors.Tensor, error) {
	for _, b := range banks {
		for i := range b.values {
			if err := b.values[i].FinalizeAll(); err != nil {
				return nil, err
			}
			b.values[i] = out[i]
		}
		out = out[len(b.names):]
	}
	return out, nil
}

// scalar i of a vector of numbers that change between iterations.
func scalar(v *graph.Node, i int) *graph.Node {
	return graph.Reshape(graph.Slice(v, graph.AxisElem(i)))
}

// list returns the nodes of w in the order of names.
func list(w nn.Weights, names []string) []*graph.Node {
	nodes := make([]*graph.Node, len(names))
	for i, name := range names {
		nodes[i] = w.Get(name)
	}
	return nodes
}

func specNames(specs []nn.Spec, keep func(nn.Spec) bool) []string {
	var names []string
	for _, s := range specs {
		if keep(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

func trained(s nn.Spec) bool { return s.Role.Trainable() }
func every(nn.Spec) bool     { return true }

// Numbers of the update of the energy network, in one vector.
const (
	ebmRate       = iota
	ebmCorrection // 1 - beta2^t
	ebmDecay      // of the averaged weights
	ebmNumbers
)

// Numbers of a Langevin step.
const (
	walkSize = iota
	walkClip
	walkNoise
	walkNumbers
)

// walkGraph is one Langevin step as the authors run it, with frozen weights:
//
//	x <- clamp(x - size clamp(dE/dx, -clip, clip) + noise z, 0, 1)
//
// Inputs: x, z (normals), numbers; the effective weights. Outputs: x, the energies
// before the step, the norms of their gradients.
func walkGraph(net Net, in inputs) []*graph.Node {
	x, z, numbers := in.x[0], in.x[1], in.x[2]
	e := Energy(net.Forward(in.banks[0], x).F)
	g := graph.Gradient(graph.ReduceAllSum(e), x)[0]
	length := graph.Sqrt(graph.ReduceSum(graph.Square(g), 1, 2, 3))
	clip := scalar(numbers, walkClip)
	g = graph.Clip(g, graph.Neg(clip), clip)
	x = graph.Add(graph.Sub(x, graph.Mul(g, scalar(numbers, walkSize))), graph.Mul(z, scalar(numbers, walkNoise)))
	return []*graph.Node{graph.ClipScalar(x, 0, 1), e, length}
}

// ebmGraph is one update of the energy network. Inputs: real pictures, samples,
// latents of the real pictures [n, d], numbers; weights, Adam's v, averaged
// weights. Outputs: the three banks, metrics, the samples' g.
func ebmGraph(net Net, c LearnConfig, in inputs) []*graph.Node {
	real, samples, latents, numbers := in.x[0], in.x[1], in.x[2], in.x[3]
	w, v, mean := in.banks[0], in.banks[1], in.banks[2]
	specs := net.Specs()
	names := specNames(specs, trained)

	l := energyLoss(net, c, w, real, samples, latents)
	gradients := graph.Gradient(l.loss, list(w, names)...)
	length := norm(gradients)
	if c.GradNorm > 0 {
		limit := graph.Const(real.Graph(), float32(c.GradNorm))
		scale := graph.Div(limit, graph.Max(length, limit))
		for i := range gradients {
			gradients[i] = graph.Mul(gradients[i], scale)
		}
	}
	next, nextV, nextMean := nn.Weights{}, nn.Weights{}, nn.Weights{}
	for _, s := range specs {
		next[s.Name], nextMean[s.Name] = w.Get(s.Name), w.Get(s.Name)
		if u, ok := l.spectral[s.Name]; ok {
			next[s.Name], nextMean[s.Name] = u, u
		}
	}
	for i, name := range names {
		next[name], nextV[name] = adam(w.Get(name), gradients[i], v.Get(name), scalar(numbers, ebmRate), scalar(numbers, ebmCorrection))
		nextMean[name] = average(mean.Get(name), next[name], scalar(numbers, ebmDecay))
	}
	all := specNames(specs, every)
	outputs := append(list(next, all), list(nextV, names)...)
	outputs = append(outputs, list(nextMean, all)...)
	metrics := []*graph.Node{l.real, l.samples, l.similarity, length, l.loss}
	for i := range metrics {
		metrics[i] = graph.Reshape(metrics[i], 1)
	}
	return append(outputs, graph.Concatenate(metrics, 0), l.g)
}

// lossTerms are the loss of the energy network and what it is made of.
type lossTerms struct {
	loss, real, samples, similarity *graph.Node // scalars: the loss, the mean energies, the mean cosine
	g                               *graph.Node // of the samples, [n, latent size]
	spectral                        nn.Weights  // the new u and v
}

// energyLoss is Eq. 12 less beta times the similarity of the real pictures' g and
// their latents (Eq. 10), from the stored weights w; one power iteration comes
// first, as in PyTorch.
func energyLoss(net Net, c LearnConfig, w nn.Weights, real, samples, latents *graph.Node) lossTerms {
	effective, spectral := net.Effective(w, 1)
	out := net.Forward(effective, graph.Concatenate([]*graph.Node{real, samples}, 0))
	n := real.Shape().Dimensions[0]
	head := func(x *graph.Node) *graph.Node { return graph.Slice(x, graph.AxisRange(0, n)) }
	tail := func(x *graph.Node) *graph.Node { return graph.Slice(x, graph.AxisRange(n)) }
	e := Energy(out.F)
	l := lossTerms{
		real: graph.ReduceAllMean(head(e)), samples: graph.ReduceAllMean(tail(e)), g: tail(out.G), spectral: spectral,
		similarity: graph.ReduceAllMean(Cosine(head(out.G), latents)),
		loss:       divergence(head(e), tail(e), graph.Const(real.Graph(), float32(c.Alpha))),
	}
	if c.Latent {
		l.loss = graph.Sub(l.loss, graph.MulScalar(l.similarity, c.Beta))
	}
	return l
}

// ebmMetrics name the metrics of ebmGraph in order.
var ebmMetrics = []string{"energy_data", "energy_samples", "similarity", "gradient_norm", "loss"}

// encodeGraph computes latents as training does: with the batch's statistics, which
// also move the running ones. Input: pictures; weights. Outputs: the weights, the
// unit latents.
func encodeGraph(e Encoder, in inputs) []*graph.Node {
	w := in.banks[0]
	next, stats := nn.Weights{}, nn.Weights{}
	h := e.Forward(e.Effective(w), in.x[0], stats)
	for _, s := range e.Specs() {
		next[s.Name] = w.Get(s.Name)
		if v, ok := stats[s.Name]; ok {
			next[s.Name] = v
		}
	}
	return append(list(next, specNames(e.Specs(), every)), nn.Unit(h))
}

// Numbers of the update of the encoder.
const (
	encRate = iota
	encDecay
	encNumbers
)

// encoderGraph is one update of the encoder. Inputs: 2n views, the samples' g
// [n, d], numbers; weights, momenta, averaged weights. Outputs: the three banks,
// the loss.
func encoderGraph(e Encoder, c LearnConfig, in inputs) []*graph.Node {
	views, samples, numbers := in.x[0], in.x[1], in.x[2]
	w, b, mean := in.banks[0], in.banks[1], in.banks[2]
	specs := e.Specs()
	names, all := specNames(specs, trained), specNames(specs, every)
	stats := nn.Weights{}
	h := e.Forward(e.Effective(w), views, stats)
	negatives := samples
	if !c.Negatives {
		negatives = nil
	}
	loss := contrast(h, negatives, c.Temperature)
	gradients := graph.Gradient(loss, list(w, names)...)
	next, nextB, nextMean := nn.Weights{}, nn.Weights{}, nn.Weights{}
	for _, name := range all {
		next[name], nextMean[name] = w.Get(name), w.Get(name)
		if v, ok := stats[name]; ok {
			next[name], nextMean[name] = v, v
		}
	}
	for i, name := range names {
		next[name], nextB[name] = momentum(w.Get(name), gradients[i], b.Get(name), scalar(numbers, encRate), c.EncoderMomentum, c.EncoderDecay)
		nextMean[name] = average(mean.Get(name), next[name], scalar(numbers, encDecay))
	}
	outputs := append(list(next, all), list(nextB, names)...)
	return append(append(outputs, list(nextMean, all)...), loss)
}
