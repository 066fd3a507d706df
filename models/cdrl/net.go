// Package cdrl is the family of Cooperative Diffusion Recovery Likelihood (Zhu et
// al., ICLR 2024): a ladder of noise levels, on each of which an initializer
// proposes the next cleaner picture and an energy corrects it by Langevin steps.
//
// Two networks make a model, each told the noise level by a sinusoidal embedding and, in
// class-conditional models, the class by a one-hot vector: [Net], whose output F is
// a scaled log-density (higher is likelier), and [Initializer], a U-Net. Models of
// 2-D points have the same two with linear layers instead of convolutions.
//
// Both are plain values, as in the other families: weights are lists of named
// arrays with the authors' names in the layout of Specs; Fold makes effective
// weights on the host for sampling, Effective makes them in a graph for training.
//
// The file's convention ends here: energies of this package are -F / s^2, lower is
// likelier, s being the level's Langevin step size (appendix B.2).
package cdrl

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// Net is the energy network: a residual network with spectral norm (Table 5, 6).
type Net struct {
	Channels  int  // of the pictures; of points: 2
	Patch     int  // side of the squares of pixels that become channels before the first layer; 0 and 1: none
	Points    bool // linear layers on 2-D points instead of convolutions
	Classes   int  // 0: unconditional
	Embedding int  // length of the sinusoidal embedding
	Hidden    int  // length of the time embedding
	Width     int  // channels after the first layer
	Blocks    []Block
	Spectral  bool // every layer but the last has a spectral norm
	Swish     bool // swish instead of LeakyReLU 0.2 (and of the final ReLU)
	AddQ      bool // F has the term -|x|^2/2
}

// Block is act, conv1, plus act of the time embedding's map, act, conv2 times g,
// plus the shortcut of the input: a layer where the widths differ.
type Block struct {
	Name    string // "module_list.4"
	In, Out int
	Pool    bool // the input is averaged over 2x2 pixels first
}

// size is the kernel of the network's layers.
func (n Net) size() int {
	if n.Points {
		return 0
	}
	return 3
}

// out is the width of the last block.
func (n Net) out() int {
	if len(n.Blocks) == 0 {
		return n.Width
	}
	return n.Blocks[len(n.Blocks)-1].Out
}

func (n Net) layers() []layer {
	list := []layer{
		{"temb_map1", n.Embedding, n.Hidden, 0, true, n.Spectral, false},
		{"temb_map2", n.Hidden, n.Hidden, 0, true, n.Spectral, false},
	}
	if n.Classes > 0 {
		list = append(list, layer{"y_map", n.Classes + 1, n.Hidden, 0, true, n.Spectral, false})
	}
	list = append(list, layer{"module_list.0", n.Channels * squares(n.Patch), n.Width, n.size(), true, n.Spectral, false})
	for _, b := range n.Blocks {
		list = append(list,
			layer{b.Name + ".conv1", b.In, b.Out, n.size(), true, n.Spectral, false},
			layer{b.Name + ".conv2", b.Out, b.Out, n.size(), true, n.Spectral, false},
			layer{b.Name + ".temb_map", n.Hidden, b.Out, 0, true, n.Spectral, false})
		if b.In != b.Out {
			list = append(list, layer{b.Name + ".short_cut", b.In, b.Out, n.size(), true, n.Spectral, false})
		}
	}
	if n.Points {
		return append(list, layer{"final_dense", n.out(), 1, 0, false, false, false})
	}
	return append(list, layer{"temb_final", n.Hidden, n.out(), 0, false, false, false})
}

// others are the factors g of the blocks.
func (n Net) others() []nn.Spec {
	var list []nn.Spec
	for _, b := range n.Blocks {
		shape := []int{1, b.Out, 1, 1}
		if n.Points {
			shape = []int{1, b.Out}
		}
		list = append(list, nn.Spec{Name: b.Name + ".g", Shape: shape, Role: nn.Gain})
	}
	return list
}

// Specs lists the arrays of the network by the authors' names, without a prefix.
func (n Net) Specs() []nn.Spec { return specsOf(n) }

// Fold computes the effective weights on the host with the stored u and v.
func (n Net) Fold(p nn.Params) nn.Params { return foldOf(n, p) }

// Effective computes them inside a graph from the arrays of Specs, after the given
// number of power iterations, with the u and v it used.
func (n Net) Effective(w nn.Weights, iterations int) (effective, state nn.Weights) {
	return effectiveOf(n, w, iterations)
}

// Condition is what both networks are told besides the pictures, one row each.
type Condition struct {
	Level *graph.Node // [batch, embedding]: nn.Sinusoidal of 1000 times the level's number
	Class *graph.Node // [batch, classes + 1], one-hot, column 0 for no class; nil: unconditional
}

// Forward computes F [batch] of pictures x [batch, channels, height, width] under
// effective weights. The tap, which may be nil, gets the outputs of the layers by the
// names of their arrays, of blocks, "temb" for the time embedding, and last what F is
// made of: "pooled", its features, and for pictures "temb_final", their weights.
func (n Net) Forward(w nn.Weights, x *graph.Node, c Condition, tap *nn.Tap) *graph.Node {
	return n.under(w, x, n.told(w, c, tap), tap)
}

// told is what the network makes of the conditions alone: what each block adds to its
// features [batch, width], and for pictures the weights of the last ones.
func (n Net) told(w nn.Weights, c Condition, tap *nn.Tap) []*graph.Node {
	time := apply(w, "temb_map2", n.act(apply(w, "temb_map1", c.Level)))
	if n.Classes > 0 {
		time = graph.Add(time, apply(w, "y_map", c.Class))
	}
	tap.Note("temb", time)
	time = n.act(time)
	var told []*graph.Node
	for _, b := range n.Blocks {
		told = append(told, n.act(apply(w, b.Name+".temb_map", time)))
	}
	if !n.Points {
		told = append(told, apply(w, "temb_final", time))
	}
	return told
}

// toldWidths are the widths of what told returns.
func (n Net) toldWidths() []int {
	var widths []int
	for _, b := range n.Blocks {
		widths = append(widths, b.Out)
	}
	if !n.Points {
		widths = append(widths, n.out())
	}
	return widths
}

// under computes F of pictures under what told returned.
func (n Net) under(w nn.Weights, x *graph.Node, told []*graph.Node, tap *nn.Tap) *graph.Node {
	h := apply(w, "module_list.0", patched(channelsLast(x, n.Points), n.Patch))
	tap.Note("module_list.0", h)
	for i, b := range n.Blocks {
		if b.Pool {
			h = nn.AvgPool(h, 2)
		}
		h = n.block(w, b, h, told[i], tap)
	}
	f := n.final(w, h, told[len(n.Blocks):], tap)
	if n.AddQ {
		axes := []int{1, 2, 3}
		f = graph.Sub(f, graph.MulScalar(graph.ReduceSum(graph.Square(x), axes...), 0.5))
	}
	return f
}

func (n Net) block(w nn.Weights, b Block, x, told *graph.Node, tap *nn.Tap) *graph.Node {
	h := apply(w, b.Name+".conv1", n.act(x))
	tap.Note(b.Name+".conv1", h)
	h = graph.Add(h, beside(told, h))
	h = apply(w, b.Name+".conv2", n.act(h))
	tap.Note(b.Name+".conv2", h)
	h = graph.Mul(h, beside(graph.Reshape(w.Get(b.Name+".g"), 1, b.Out), h))
	if b.In != b.Out {
		x = apply(w, b.Name+".short_cut", x)
	}
	h = graph.Add(h, x)
	tap.Note(b.Name, h)
	return h
}

// final sums the activated features over pixels and weighs them, for pictures by the
// weights that told made.
func (n Net) final(w nn.Weights, h *graph.Node, weights []*graph.Node, tap *nn.Tap) *graph.Node {
	if n.Swish {
		h = nn.Swish(h)
	} else {
		h = nn.ReLU(h)
	}
	if n.Points {
		tap.Note("pooled", h)
		return graph.Squeeze(apply(w, "final_dense", h), 1)
	}
	h = graph.ReduceSum(h, 1, 2)
	tap.Note("pooled", h)
	tap.Note("temb_final", weights[0])
	return graph.ReduceSum(graph.Mul(h, weights[0]), 1)
}

func (n Net) act(x *graph.Node) *graph.Node {
	if n.Swish {
		return nn.Swish(x)
	}
	return nn.LeakyReLU(x)
}

// channelsLast lays pictures out for the network; points lose their pixel axes.
func channelsLast(x *graph.Node, points bool) *graph.Node {
	if points {
		return graph.Reshape(x, x.Shape().Dimensions[0], -1)
	}
	return nn.ChannelsLast(x)
}

// squares is the number of pixels that a patch makes one.
func squares(patch int) int { return max(patch, 1) * max(patch, 1) }

// patched turns squares of pixels into channels, so that what follows works on a
// smaller picture and nothing of it is lost.
func patched(x *graph.Node, patch int) *graph.Node {
	if patch <= 1 {
		return x
	}
	return nn.SpaceToDepth(x, patch)
}

// channelsFirst is its inverse.
func channelsFirst(x *graph.Node, points bool) *graph.Node {
	if points {
		d := x.Shape().Dimensions
		return graph.Reshape(x, d[0], d[1], 1, 1)
	}
	return nn.ChannelsFirst(x)
}
