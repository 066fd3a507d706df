package icd

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// attention is the name of the self-attention layer.
const attention = "self_attn"

// Above instanceLimit channels a norm is one of groups of channels.
const (
	instanceLimit = 128
	normGroups    = 32
	normEps       = 1e-5
)

// Forward runs the block on x [batch, height, width, channels]; labels [batch,
// classes] are one-hot conditions, nil for none. The tap, which may be nil, gets what
// the convolutions and the block put out.
func (b Block) Forward(w nn.Weights, x, labels *graph.Node, tap *nn.Tap) *graph.Node {
	h := b.half(w, x, labels, "conv1", "bn1", "latent_map", tap)
	h = b.half(w, h, labels, "conv2", "bn2", "latent_map_2", tap)
	h = graph.Add(h, x)
	down := b.Name + ".conv_downsample"
	switch {
	case b.Halves && b.Early:
		h = nn.Swish(nn.Conv(b.halve(h), w.Get(down+kernel), w.Get(down+bias), 1, 1))
	case b.Halves:
		h = nn.Swish(b.halve(nn.Conv(h, w.Get(down+kernel), w.Get(down+bias), 1, 1)))
	}
	tap.Note(b.Name, h)
	return h
}

// halve halves both sides. Our own networks average squares of 2x2 pixels where the
// sides are even, which is the fastest.
func (b Block) halve(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	switch {
	case b.Blur:
		return nn.Blur(x)
	case b.Early && d[1]%2 == 0 && d[2]%2 == 0:
		return nn.AvgPool(x, 2)
	}
	return nn.OverlapPool(x)
}

// half is convolution, norm, condition and swish.
func (b Block) half(w nn.Weights, x, labels *graph.Node, conv, norm, labelMap string, tap *nn.Tap) *graph.Node {
	name := func(layer string) string { return b.Name + "." + layer }
	h := nn.Conv(x, w.Get(name(conv)+kernel), w.Get(name(conv)+bias), 1, 1)
	tap.Note(name(conv), h)
	switch {
	case b.Norm && b.Width <= instanceLimit:
		h = nn.InstanceNorm(w, name(norm), h)
	case b.Norm:
		h = nn.GroupNormEps(w, name(norm), h, normGroups, normEps)
	}
	if labels != nil {
		var offsets *graph.Node
		if !b.Centred {
			offsets = w.Get(name(labelMap) + bias)
		}
		m := nn.Linear(labels, w.Get(name(labelMap)+".weight"), offsets) // [batch, gains and offsets]
		m = graph.Reshape(m, m.Shape().Dimensions[0], 1, 1, 2*b.Width)
		gain := graph.SliceAxis(m, 3, graph.AxisRange(0, b.Width))
		offset := graph.SliceAxis(m, 3, graph.AxisRange(b.Width))
		if b.Centred {
			gain = graph.AddScalar(gain, 1)
		}
		h = graph.Add(graph.Mul(gain, h), offset)
	}
	return nn.Swish(h)
}

// selfAttention lets every pixel of x [batch, height, width, channels] look at every
// other one: x + gamma softmax(q k^T) v with q, k and v linear in x (Zhang et al.,
// 2019; the products are not scaled).
func selfAttention(w nn.Weights, name string, x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	part := func(layer string) *graph.Node { // [batch, pixels, channels]
		y := nn.Conv(x, w.Get(name+layer+kernel), w.Get(name+layer+bias), 1, 0)
		return graph.Reshape(y, d[0], d[1]*d[2], y.Shape().Dimensions[3])
	}
	similar := graph.DotGeneral(part(queryConv), []int{2}, []int{0}, part(keyConv), []int{2}, []int{0}) // [batch, from, to]
	mixed := graph.DotGeneral(graph.Softmax(similar, -1), []int{2}, []int{0}, part(valueConv), []int{1}, []int{0})
	gamma := graph.Reshape(w.Get(name+gammaScale), 1, 1, 1, 1)
	return graph.Add(x, graph.Mul(gamma, graph.Reshape(mixed, d...)))
}
