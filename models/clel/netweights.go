package clel

import (
	"math"
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// uniform is the bound of PyTorch's default initialisation of a layer with that
// many inputs.
func uniform(fanIn int) float64 { return 1 / math.Sqrt(float64(fanIn)) }

// Specs lists the arrays of the network in a fixed order, without the prefix "ebm.",
// with PyTorch's default initialisation. The stems' mean and std start at 0 and 1;
// a trainer sets them to those of its data.
func (n Net) Specs() []nn.Spec {
	var list []nn.Spec
	for _, s := range n.Scales {
		list = append(list,
			nn.Spec{Name: s.Stem + ".0.mean", Shape: []int{n.Channels}, Role: nn.Mean},
			nn.Spec{Name: s.Stem + ".0.std", Shape: []int{n.Channels}, Role: nn.Var})
	}
	for _, s := range n.Scales {
		for _, c := range s.convs(n.Channels) {
			list = append(list, c.specs()...)
		}
	}
	list = append(list, linearSpecs("head.0", n.pooled(), n.Hidden, true)...)
	list = append(list, linearSpecs("head.2", n.Hidden, n.Features, true)...)
	in := n.Features
	for i, out := range n.Projection {
		list = append(list, linearSpecs("projection."+strconv.Itoa(2*i), in, out, false)...)
		in = out
	}
	return list
}

func (c conv) specs() []nn.Spec {
	rest := c.in * c.size * c.size
	list := []nn.Spec{
		{Name: c.name + original, Shape: []int{c.out, c.in, c.size, c.size}, Role: nn.Weight, Bound: uniform(rest)},
		{Name: c.name + leftU, Shape: []int{c.out}, Role: nn.Left},
		{Name: c.name + rightV, Shape: []int{rest}, Role: nn.Right},
	}
	if c.bias {
		b := nn.Spec{Name: c.name + bias, Shape: []int{c.out}, Role: nn.Bias, Bound: uniform(rest)}
		list = append([]nn.Spec{b}, list...)
	}
	return list
}

func linearSpecs(name string, in, out int, withBias bool) []nn.Spec {
	list := []nn.Spec{{Name: name + ".weight", Shape: []int{out, in}, Role: nn.Weight, Bound: uniform(in)}}
	if withBias {
		list = append(list, nn.Spec{Name: name + bias, Shape: []int{out}, Role: nn.Bias, Bound: uniform(in)})
	}
	return list
}

// Effective computes the effective weights from the arrays of Specs inside a
// graph, after the given number of power iterations, and the u and v it used
// (state, by their names in Specs; without gradient). Gradients flow through the
// weights and through sigma.
func (n Net) Effective(w nn.Weights, iterations int) (effective, state nn.Weights) {
	effective, state = nn.Weights{}, nn.Weights{}
	for _, spec := range n.passed() {
		effective[spec.Name] = w.Get(spec.Name)
	}
	for _, s := range n.Scales {
		for _, c := range s.convs(n.Channels) {
			weight := w.Get(c.name + original)
			sigma, u, v := nn.Sigma(weight, w.Get(c.name+leftU), w.Get(c.name+rightV), iterations)
			effective[c.name+kernel] = graph.Div(nn.KernelLayout(weight), sigma)
			state[c.name+leftU], state[c.name+rightV] = u, v
		}
	}
	return effective, state
}

// EffectiveSpecs lists the effective weights by name and shape, in the order of
// Fold's result.
func (n Net) EffectiveSpecs() []nn.Spec {
	list := n.passed()
	for _, s := range n.Scales {
		for _, c := range s.convs(n.Channels) {
			list = append(list, nn.Spec{Name: c.name + kernel, Shape: []int{c.size, c.size, c.in, c.out}})
		}
	}
	return list
}

// passed lists the arrays that are effective as they are.
func (n Net) passed() []nn.Spec {
	var list []nn.Spec
	for _, s := range n.Specs() {
		switch {
		case s.Role == nn.Left || s.Role == nn.Right:
		case s.Role == nn.Weight && len(s.Shape) == 4:
		default:
			list = append(list, s)
		}
	}
	return list
}

// Fold computes the effective weights on the host with the stored u and v:
// kernel = original / (u^T W v), summed in float64.
func (n Net) Fold(p nn.Params) nn.Params {
	m := p.Map()
	var folded nn.Params
	for _, s := range n.passed() {
		folded = append(folded, nn.Param{Name: s.Name, Array: m[s.Name]})
	}
	var convs []conv
	for _, s := range n.Scales {
		convs = append(convs, s.convs(n.Channels)...)
	}
	kernels := make(nn.Params, len(convs))
	nn.Each(len(convs), func(i int) {
		name := convs[i].name
		weight := m[name+original]
		sigma := nn.SpectralSigma(weight, m[name+leftU].Data, m[name+rightV].Data)
		kernels[i] = nn.Param{Name: name + kernel, Array: nn.HostKernel(weight, sigma)}
	})
	return append(folded, kernels...)
}
