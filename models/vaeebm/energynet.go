package vaeebm

import (
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// EnergyNet is the energy network U: halving convolutions with ReLU and one linear
// layer. The one of completion sees the masked picture c and the picture x side by
// side as channels, [c, x] (section 6.2).
type EnergyNet struct {
	Channels      int   // it takes: those of the picture, or twice as many
	Widths        []int // of the convolutions
	Height, Width int   // of the picture
}

func (n EnergyNet) convolutions() []layer { return halvings(n.Channels, n.Widths) }

// halvings are "conv.0", "conv.2", ...: ReLUs without arrays take the odd places.
func halvings(in int, widths []int) []layer {
	var list []layer
	for i, out := range widths {
		list = append(list, halving("conv."+strconv.Itoa(2*i), in, out))
		in = out
	}
	return list
}

func (n EnergyNet) head() layer {
	return dense("fc", flatSize(n.Height, n.Width, n.Widths), 1)
}

// flatSize is the number of values behind halving convolutions.
func flatSize(height, width int, widths []int) int {
	for range widths {
		height, width = height/2, width/2
	}
	return height * width * widths[len(widths)-1]
}

func (n EnergyNet) layers() []layer { return append(n.convolutions(), n.head()) }

// Specs lists the arrays in file order, without the prefix "ebm.".
func (n EnergyNet) Specs() []nn.Spec { return specsOf(n) }

// Forward computes U [batch] of pictures x [batch, channels, height, width] from
// effective weights; c is the masked picture of completion or nil. The tap, which may be
// nil, gets the outputs of the layers before their ReLUs, and last "fc", which is U.
func (n EnergyNet) Forward(w nn.Weights, x, c *graph.Node, tap *nn.Tap) *graph.Node {
	if c != nil {
		x = graph.Concatenate([]*graph.Node{c, x}, 1)
	}
	h := nn.ChannelsLast(x)
	for _, l := range n.convolutions() {
		h = l.apply(w, h, nil)
		tap.Note(l.name, h)
		h = nn.ReLU(h)
	}
	u := n.head().apply(w, flatten(h), nil)
	tap.Note(n.head().name, u)
	return graph.Squeeze(u, 1)
}
