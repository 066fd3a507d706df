package cdrl

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// Initializer is the network that proposes a picture of level i-1 from one of level
// i (appendix B.1): a U-Net whose output is added to its input. Of points it is a
// chain of blocks with linear layers.
type Initializer struct {
	Channels  int
	Patch     int // as Net.Patch; the last layer's channels become squares of pixels again
	Points    bool
	Classes   int // 0: unconditional
	Embedding int // length of the sinusoidal embedding
	Hidden    int // length of the time embedding
	Width     int // channels after the first and before the last layer
	Groups    int // of the group norms; published: 32
	Heads     int // of attention; published: 1
	// Downs and Ups are the U-Net's levels, finest first and coarsest first; Middle
	// lies between, and is all that the network of points has.
	Downs, Ups [][]Unit
	Middle     []Unit
}

// Unit is a residual block or an attention of the initializer.
type Unit struct {
	Name      string // "downs.0.1"
	Attention bool
	In, Out   int
	Hidden    int // of attention: channels of q
	// Down averages over 2x2 pixels and Up repeats pixels, within the block. Skip takes
	// the activation that its counterpart on the way down left.
	Down, Up, Skip bool
}

// names of the layers outside the units, which differ between pictures and points.
type initNames struct{ first, time1, time2, last string }

func (n Initializer) names() initNames {
	if n.Points {
		return initNames{"h1", "temb_map.0", "temb_map.2", "final_dense"}
	}
	return initNames{"init_conv", "time_mlp.1", "time_mlp.3", "final_conv"}
}

// units lists all units in file order.
func (n Initializer) units() []Unit {
	var list []Unit
	for _, level := range append(append([][]Unit{}, n.Downs...), n.Ups...) {
		list = append(list, level...)
	}
	return append(list, n.Middle...)
}

func (n Initializer) layers() []layer {
	name, size := n.names(), 3
	if n.Points {
		size = 0
	}
	list := []layer{
		{name.first, n.Channels * squares(n.Patch), n.Width, size, true, false, false},
		{name.time1, n.Embedding, n.Hidden, 0, true, false, false},
		{name.time2, n.Hidden, n.Hidden, 0, true, false, false},
	}
	if n.Classes > 0 {
		list = append(list, layer{"y_mlp.0", n.Classes + 1, n.Hidden, 0, true, false, false})
	}
	for _, u := range n.units() {
		if u.Attention {
			list = append(list,
				layer{u.Name + ".to_qkv", u.In, 3 * u.Hidden, 1, true, false, false},
				layer{u.Name + ".to_out", u.Hidden, u.In, 1, true, false, true})
			continue
		}
		list = append(list,
			layer{u.Name + ".conv1", u.In, u.Out, size, true, false, false},
			layer{u.Name + ".conv2", u.Out, u.Out, size, true, false, true},
			layer{u.Name + ".mlp.1", n.Hidden, 2 * u.Out, 0, true, false, false})
		if u.In != u.Out {
			list = append(list, layer{u.Name + ".res_conv", u.In, u.Out, size / 3, true, false, false})
		}
	}
	return append(list, layer{name.last, n.Width, n.Channels * squares(n.Patch), size, !n.Points, false, true})
}

// others are the group norms.
func (n Initializer) others() []nn.Spec {
	var list []nn.Spec
	norm := func(name string, width int) {
		list = append(list,
			nn.Spec{Name: name + plainWeight, Shape: []int{width}, Role: nn.Gain},
			nn.Spec{Name: name + biasName, Shape: []int{width}, Role: nn.Offset})
	}
	for _, u := range n.units() {
		if u.Attention {
			norm(u.Name+".norm", u.In)
			continue
		}
		norm(u.Name+".norm1", u.In)
		norm(u.Name+".norm2", u.Out)
	}
	if !n.Points {
		norm("norm", n.Width)
	}
	return list
}

// Specs lists the arrays of the network by the authors' names, without a prefix.
func (n Initializer) Specs() []nn.Spec { return specsOf(n) }

// Fold computes the effective weights on the host.
func (n Initializer) Fold(p nn.Params) nn.Params { return foldOf(n, p) }

// Effective computes them inside a graph from the arrays of Specs.
func (n Initializer) Effective(w nn.Weights) nn.Weights {
	effective, _ := effectiveOf(n, w, 0)
	return effective
}

// Forward proposes pictures of the next cleaner level from x [batch, channels,
// height, width]: the mean of Eq. 6, in the scale of level i (times sqrt(alpha)).
func (n Initializer) Forward(w nn.Weights, x *graph.Node, c Condition, tap *nn.Tap) *graph.Node {
	name := n.names()
	time := apply(w, name.time2, nn.Swish(apply(w, name.time1, c.Level)))
	if n.Classes > 0 {
		time = graph.Add(time, apply(w, "y_mlp.0", c.Class))
	}
	p := pass{n: n, w: w, time: nn.Swish(time), tap: tap}
	h := apply(w, name.first, patched(channelsLast(x, n.Points), n.Patch))
	p.left = append(p.left, h)
	for _, level := range n.Downs {
		for _, u := range level {
			h = p.down(u, h)
		}
	}
	for _, u := range n.Middle {
		h = p.unit(u, h)
	}
	for _, level := range n.Ups {
		for _, u := range level {
			h = p.up(u, h)
		}
	}
	if !n.Points {
		h = nn.GroupNorm(w, "norm", h, n.Groups)
	}
	out := apply(w, name.last, nn.Swish(h))
	if n.Patch > 1 {
		out = nn.DepthToSpace(out, n.Patch)
	}
	return graph.Add(x, channelsFirst(out, n.Points))
}

// pass is a forward pass under way: left are the activations for the way up.
type pass struct {
	n    Initializer
	w    nn.Weights
	time *graph.Node
	left []*graph.Node
	tap  *nn.Tap
}

// down runs a unit of the way down; an attention's result replaces that of the
// block before it.
func (p *pass) down(u Unit, h *graph.Node) *graph.Node {
	h = p.unit(u, h)
	if u.Attention {
		p.left = p.left[:len(p.left)-1]
	}
	p.left = append(p.left, h)
	return h
}

func (p *pass) up(u Unit, h *graph.Node) *graph.Node {
	if u.Skip {
		last := len(p.left) - 1
		h = graph.Concatenate([]*graph.Node{h, p.left[last]}, -1)
		p.left = p.left[:last]
	}
	return p.unit(u, h)
}

func (p *pass) unit(u Unit, x *graph.Node) *graph.Node {
	h := p.plain(u, x)
	p.tap.Note(u.Name, h)
	return h
}

func (p *pass) plain(u Unit, x *graph.Node) *graph.Node {
	if u.Attention {
		return nn.Attention(p.w, u.Name, x, p.n.Groups, p.n.Heads)
	}
	h := nn.Swish(nn.GroupNorm(p.w, u.Name+".norm1", x, p.n.Groups))
	switch {
	case u.Down:
		h, x = nn.AvgPool(h, 2), nn.AvgPool(x, 2)
	case u.Up:
		h, x = nn.Upsample(h, 2), nn.Upsample(x, 2)
	}
	h = apply(p.w, u.Name+".conv1", h)
	modulation := apply(p.w, u.Name+".mlp.1", p.time)
	scale := graph.SliceAxis(modulation, 1, graph.AxisRange(0, u.Out))
	shift := graph.SliceAxis(modulation, 1, graph.AxisRange(u.Out, 2*u.Out))
	h = nn.GroupNorm(p.w, u.Name+".norm2", h, p.n.Groups)
	h = graph.Add(graph.Mul(h, beside(graph.AddScalar(scale, 1), h)), beside(shift, h))
	h = apply(p.w, u.Name+".conv2", nn.Swish(h))
	if u.In != u.Out {
		x = apply(p.w, u.Name+".res_conv", x)
	}
	return graph.Add(h, x)
}
