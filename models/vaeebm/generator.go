package vaeebm

import (
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// Generator turns latents z [batch, latent size] into pictures [batch, channels,
// height, width] in -1..1: g(z), or g(c, z) given the masked picture c. stats is
// that of nn.BatchNorm: nil evaluates.
type Generator interface {
	network
	Forward(w nn.Weights, z, c *graph.Node, stats nn.Weights) *graph.Node
}

// Decoder is the unconditional generator: transposed convolutions with ReLU between
// them and tanh at the end, from the latent as one pixel.
type Decoder struct{ Layers []Transposed }

// Transposed is a transposed convolution with a square kernel.
type Transposed struct{ In, Out, Size, Stride, Padding int }

// pixels is the side that a side of in pixels becomes.
func (t Transposed) pixels(in int) int { return (in-1)*t.Stride - 2*t.Padding + t.Size }

func (d Decoder) layers() []layer {
	var list []layer
	for i, t := range d.Layers {
		list = append(list, layer{"model." + strconv.Itoa(2*i), transposed, t.In, t.Out, t.Size, t.Stride, t.Padding})
	}
	return list
}

// pixels is the side of the pictures; 0 where a layer leaves none.
func (d Decoder) pixels() int {
	side := 1
	for _, t := range d.Layers {
		if side = t.pixels(side); side < 1 || side > maxPixels {
			return 0
		}
	}
	return side
}

// Forward computes g(z); c must be nil and stats is not used.
func (d Decoder) Forward(w nn.Weights, z, _ *graph.Node, _ nn.Weights) *graph.Node {
	h := graph.InsertAxes(z, 1, 1)
	for i, l := range d.layers() {
		if i > 0 {
			h = nn.ReLU(h)
		}
		h = l.apply(w, h, nil)
	}
	return nn.ChannelsFirst(graph.Tanh(h))
}

// UNet is the generator of completion (Isola et al., 2017): halving convolutions
// down to a bottleneck, the latent repeated over it, and doubling ones up again, each
// after the first beside the activations of its size on the way down.
type UNet struct {
	Channels int
	Widths   []int // on the way down
	Latent   int
}

// down lists the convolutions and their norms; the first and the last have none.
func (u UNet) down() (convolutions []layer, norms map[int]layer) {
	norms = map[int]layer{}
	in := u.Channels
	for i, out := range u.Widths {
		convolutions = append(convolutions, halving("down."+strconv.Itoa(i), in, out))
		if i > 0 && i < len(u.Widths)-1 {
			norms[i] = norm("down_bn."+strconv.Itoa(i), out)
		}
		in = out
	}
	return convolutions, norms
}

// up lists the transposed convolutions and their norms; the last has none.
func (u UNet) up() (convolutions []layer, norms map[int]layer) {
	norms = map[int]layer{}
	last := len(u.Widths) - 1
	in := u.Widths[last] + u.Latent
	for i := range u.Widths {
		out := u.Channels
		if i < last {
			out = u.Widths[last-1-i]
			norms[i] = norm("up_bn."+strconv.Itoa(i), out)
		}
		convolutions = append(convolutions, doubling("up."+strconv.Itoa(i), in, out))
		in = 2 * out // beside the skip
	}
	return convolutions, norms
}

func (u UNet) layers() []layer {
	var list []layer
	for _, half := range []func() ([]layer, map[int]layer){u.down, u.up} {
		convolutions, norms := half()
		list = append(list, convolutions...)
		for i := range convolutions {
			if n, ok := norms[i]; ok {
				list = append(list, n)
			}
		}
	}
	return list
}

// bordered puts zeros below and right of pictures until both sides can be halved as
// often as the U-Net does.
func (u UNet) bordered(x *graph.Node) *graph.Node {
	times := 1 << len(u.Widths)
	for axis := 1; axis <= 2; axis++ {
		if more := -x.Shape().Dimensions[axis] & (times - 1); more > 0 {
			shape := x.Shape().Clone()
			shape.Dimensions[axis] = more
			x = graph.Concatenate([]*graph.Node{x, graph.Zeros(x.Graph(), shape)}, axis)
		}
	}
	return x
}

// Forward computes g(c, z). Pictures whose sides cannot be halved so often are given a
// border of zeros, which is cut off again.
func (u UNet) Forward(w nn.Weights, z, c *graph.Node, stats nn.Weights) *graph.Node {
	run := func(convolutions []layer, norms map[int]layer, i int, x *graph.Node) *graph.Node {
		x = convolutions[i].apply(w, x, nil)
		if n, ok := norms[i]; ok {
			x = n.apply(w, x, stats)
		}
		return x
	}
	h := nn.ChannelsLast(c)
	height, width := h.Shape().Dimensions[1], h.Shape().Dimensions[2]
	h = u.bordered(h)
	var skips []*graph.Node
	convolutions, norms := u.down()
	for i := range convolutions {
		if i > 0 {
			h = nn.LeakyReLU(h)
		}
		h = run(convolutions, norms, i, h)
		skips = append(skips, h)
	}
	d := h.Shape().Dimensions
	spread := graph.BroadcastToDims(graph.InsertAxes(z, 1, 1), d[0], d[1], d[2], u.Latent)
	h = graph.Concatenate([]*graph.Node{h, spread}, 3)
	convolutions, norms = u.up()
	for i := range convolutions {
		if i > 0 {
			h = graph.Concatenate([]*graph.Node{skips[len(skips)-1-i], h}, 3)
		}
		h = run(convolutions, norms, i, nn.ReLU(h))
	}
	h = graph.Slice(h, graph.AxisRange(), graph.AxisRange(0, height), graph.AxisRange(0, width), graph.AxisRange())
	return nn.ChannelsFirst(graph.Tanh(h))
}
