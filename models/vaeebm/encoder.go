package vaeebm

import (
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// Encoder is the inference network q(z|x) or q(z|x, c): it returns the mean and the
// log-variance of the latent, each [batch, latent size]. A latent is
// mean + exp(logvar/2) times normal noise.
type Encoder interface {
	network
	Forward(w nn.Weights, x, c *graph.Node) (mean, logVariance *graph.Node)
}

// ConvEncoder is the unconditional encoder: halving convolutions with ReLU, then a
// linear layer for each of the two.
type ConvEncoder struct {
	Channels      int
	Widths        []int
	Height, Width int
	Latent        int
}

func (e ConvEncoder) convolutions() []layer { return halvings(e.Channels, e.Widths) }

func (e ConvEncoder) heads() (mean, logVariance layer) {
	in := flatSize(e.Height, e.Width, e.Widths)
	return dense("mu", in, e.Latent), dense("logvar", in, e.Latent)
}

func (e ConvEncoder) layers() []layer {
	mean, logVariance := e.heads()
	return append(e.convolutions(), mean, logVariance)
}

// Forward encodes x; c must be nil.
func (e ConvEncoder) Forward(w nn.Weights, x, _ *graph.Node) (mean, logVariance *graph.Node) {
	h := nn.ChannelsLast(x)
	for _, l := range e.convolutions() {
		h = nn.ReLU(l.apply(w, h, nil))
	}
	h = flatten(h)
	m, v := e.heads()
	return m.apply(w, h, nil), v.apply(w, h, nil)
}

// ResidualEncoder is the encoder of completion: a 3x3 convolution of [x, c],
// residual blocks that halve, an average over all pixels, and a two-layer network
// for each of the two (section 6.2).
type ResidualEncoder struct {
	Channels int   // it takes: twice the picture's
	Stem     int   // channels after the first convolution
	Widths   []int // of the blocks
	Hidden   int
	Latent   int
}

// block is LeakyReLU, conv1, LeakyReLU, conv2, 2x2 average, plus the 1x1 convolution
// of the input's 2x2 average.
type block struct{ first, second, shortcut layer }

func (e ResidualEncoder) stem() layer { return flat("stem", e.Channels, e.Stem, 3) }

func (e ResidualEncoder) blocks() []block {
	var list []block
	in := e.Stem
	for i, out := range e.Widths {
		name := "blocks." + strconv.Itoa(i)
		list = append(list, block{flat(name+".conv1", in, in, 3), flat(name+".conv2", in, out, 3), flat(name+".shortcut", in, out, 1)})
		in = out
	}
	return list
}

func (e ResidualEncoder) head(name string) (hidden, out layer) {
	return dense(name+".0", e.Widths[len(e.Widths)-1], e.Hidden), dense(name+".2", e.Hidden, e.Latent)
}

func (e ResidualEncoder) layers() []layer {
	list := []layer{e.stem()}
	for _, b := range e.blocks() {
		list = append(list, b.first, b.second, b.shortcut)
	}
	for _, name := range []string{"mu", "logvar"} {
		hidden, out := e.head(name)
		list = append(list, hidden, out)
	}
	return list
}

// Forward encodes x given the masked picture c.
func (e ResidualEncoder) Forward(w nn.Weights, x, c *graph.Node) (mean, logVariance *graph.Node) {
	h := nn.ChannelsLast(graph.Concatenate([]*graph.Node{x, c}, 1))
	h = e.stem().apply(w, h, nil)
	for _, b := range e.blocks() {
		y := b.first.apply(w, nn.LeakyReLU(h), nil)
		y = b.second.apply(w, nn.LeakyReLU(y), nil)
		h = graph.Add(nn.AvgPool(y, 2), b.shortcut.apply(w, nn.AvgPool(h, 2), nil))
	}
	h = nn.GlobalAvgPool(nn.LeakyReLU(h))
	head := func(name string) *graph.Node {
		hidden, out := e.head(name)
		return out.apply(w, nn.ReLU(hidden.apply(w, h, nil)), nil)
	}
	return head("mu"), head("logvar")
}
