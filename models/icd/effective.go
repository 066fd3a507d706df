package icd

import (
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// EffectiveNames lists what Forward reads, in a fixed order.
func (n Net) EffectiveNames() []string {
	convs, used := n.reads()
	var names []string
	for _, s := range n.Specs() {
		if used[s.Name] {
			names = append(names, s.Name)
		}
	}
	for _, c := range convs {
		names = append(names, c.name+kernel)
	}
	slices.Sort(names)
	return names
}

// Effective does in a graph what Fold does on the host, after the given number of power
// iterations, with the u and v that it used.
func (n Net) Effective(w nn.Weights, iterations int) (effective, state nn.Weights) {
	effective, state = nn.Weights{}, nn.Weights{}
	convs, used := n.reads()
	for name := range used {
		effective[name] = w.Get(name)
	}
	for _, c := range convs {
		switch c.how {
		case standardised:
			effective[c.name+kernel] = nn.KernelLayout(standardiseGraph(w.Get(c.name + weight)))
		case spectral:
			raw := w.Get(c.name + original)
			sigma, u, v := nn.Sigma(raw, w.Get(c.name+leftU), w.Get(c.name+rightV), iterations)
			state[c.name+leftU], state[c.name+rightV] = u, v
			effective[c.name+kernel] = nn.KernelLayout(graph.Div(raw, sigma))
		default:
			effective[c.name+kernel] = nn.KernelLayout(w.Get(c.name + weight))
		}
	}
	return effective, state
}

// standardiseGraph is [standardise] in a graph.
func standardiseGraph(w *graph.Node) *graph.Node {
	rest := nn.Size(w.Shape().Dimensions[1:])
	rows := graph.Reshape(w, w.Shape().Dimensions[0], rest)
	centred := graph.Sub(rows, graph.ReduceAndKeep(rows, graph.ReduceMean, 1))
	square := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceSum, 1)
	deviation := graph.AddScalar(graph.Sqrt(graph.MulScalar(square, 1/math.Max(float64(rest-1), 1))), 1e-5)
	return graph.Reshape(graph.Div(centred, deviation), w.Shape().Dimensions...)
}
