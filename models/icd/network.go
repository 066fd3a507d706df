package icd

import (
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// network is an opened model on a device. All its energies point to it.
type network struct {
	contents
	sampler sampler
	value   *nn.Exec // x, perhaps labels -> columns [batch, columns]
	eval    *nn.Exec // the same and the gradient of every column
	leap    *nn.Leaper
	layers  *nn.Tapped
}

// place puts the folded weights on a device.
func (c *contents) place(b compute.Backend) (*network, error) {
	device, err := nn.Place(b, c.net.Fold(c.params))
	if err != nil {
		return nil, err
	}
	c.params = nil // not needed any more, and large
	n := &network{contents: *c, sampler: samplerOf(c.flags)}
	n.value = nn.NewExec("icd energies", device, n.columns(false))
	n.layers = nn.NewTapped("icd layers", device, func(w nn.Weights, in []*graph.Node, t *nn.Tap) { *t = *n.net.Forward(w, in[0], labelsOf(in)).Inside })
	n.eval = nn.NewExec("icd energies and gradients", device, n.columns(true))
	n.leap = nn.NewLeaper("icd steps", device, n.whole)
	return n, nil
}

// columns builds the energies of pictures, one a branch, and with grad the gradient
// of each: branches share no weights, so that three gradients cost what that of the
// sum costs, and a disjunction of every scale by itself needs no evaluation more.
func (n *network) columns(grad bool) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		scales := n.net.Forward(w, in[0], labelsOf(in)).Scales
		result := []*graph.Node{graph.Concatenate(scales, 1)}
		for _, e := range scales {
			if grad {
				result = append(result, graph.Gradient(graph.ReduceAllSum(e), in[0])[0])
			}
		}
		return result
	}
}

// labelsOf are the one-hot rows among a function's inputs, nil where there are none.
func labelsOf(in []*graph.Node) *graph.Node {
	if len(in) > 1 {
		return in[1]
	}
	return nil
}

// inputs are what the functions take: pictures, and one-hot rows where there are any.
func (n *network) inputs(x sampling.Images, labels [][]float32) ([]nn.Array, error) {
	if err := n.fits(x); err != nil {
		return nil, err
	}
	in := []nn.Array{{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}}
	if labels == nil {
		return in, nil
	}
	if len(labels) != 1 && len(labels) != x.N {
		return nil, fmt.Errorf("condition: found labels for %d pictures, want one or one for each of %d", len(labels), x.N)
	}
	y := nn.NewArray(x.N, n.net.Classes)
	for i := range x.N {
		copy(y.Data[i*n.net.Classes:], labels[i%len(labels)])
	}
	return append(in, y), nil
}

// fits reports pictures that the network cannot take. Their size is free, within
// what CheckSize says.
func (n *network) fits(x sampling.Images) error {
	if err := x.Check(n.net.Channels, x.H, x.W); err != nil {
		return err
	}
	if x.H == n.height && x.W == n.width {
		return nil
	}
	return n.net.CheckSize(x.H, x.W)
}

// evaluate returns the energies [picture][column] of pictures under a condition,
// and with grad the gradients of every column.
func (n *network) evaluate(x sampling.Images, labels [][]float32, grad bool) (scales [][]float32, grads []sampling.Images, err error) {
	in, err := n.inputs(x, labels)
	if err != nil {
		return nil, nil, err
	}
	exec := n.value
	if grad {
		exec = n.eval
	}
	out, err := exec.Call(in...)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range out[1:] {
		grads = append(grads, sampling.Images{N: x.N, C: x.C, H: x.H, W: x.W, Data: g.Data})
	}
	return slices.Collect(slices.Chunk(out[0].Data, len(n.net.Branches))), grads, nil
}

// warm compiles what n pictures need.
func (n *network) warm(count int, labelled, grad bool) (time.Duration, error) {
	rows := [][]int{{n.net.Channels, n.height, n.width}}
	if labelled {
		rows = append(rows, []int{n.net.Classes})
	}
	if grad {
		return n.eval.Warm(count, rows...)
	}
	return n.value.Warm(count, rows...)
}

// compiled sums up the compilations of all functions.
func (n *network) compiled() (programs int, spent time.Duration) {
	return nn.Compiled(n.value, n.eval, n.layers, n.leap)
}

// model is the network as the rest of the program sees it.
func (n *network) model() *models.Model {
	one := mixture{op: And, nets: []*network{n}}
	return &models.Model{
		Family: Name, Name: n.name,
		C: n.net.Channels, H: n.height, W: n.width, Lo: 0, Hi: 1,
		Labels:     n.labels,
		Parameters: nn.Trainable(n.net.Specs()),
		Facts:      n.facts(), Knobs: n.sampler.knobs(),
		At: n.at, Plan: one.plan, Start: n.start, Score: n.score,
		Arrays: one.arrays, Replay: one.replay, Compiled: n.compiled,
	}
}
