package icd

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// Leap makes several Langevin steps at once on the device (sampling.Fused). A composition of
// several networks makes its steps one by one.
func (e *energy) Leap(l sampling.Leap) (made sampling.Leapt, ok bool, err error) {
	if len(e.parts) != 1 {
		return made, false, nil
	}
	p := e.parts[0]
	in, err := p.net.inputs(l.X, p.labels)
	if err != nil {
		return made, false, err
	}
	return p.net.leap.Leap(l, in[1:]...)
}

// whole is the sum of the columns of pictures, and its gradient.
func (n *network) whole(w nn.Weights, in []*graph.Node) []*graph.Node {
	out := n.columns(true)(w, in)
	gradient := out[1]
	for _, g := range out[2:] {
		gradient = graph.Add(gradient, g)
	}
	return []*graph.Node{graph.ReduceSum(out[0], 1), gradient}
}
