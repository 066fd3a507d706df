// Package clel is the family of Contrastive Latent-guided Energy Learning
// (Lee et al., ICLR 2023): a spherical latent-variable energy model and the SimCLR
// encoder its latents come from.
//
// # The networks, for sampling and for training
//
// [Net] describes the energy network f and its projector g, [Encoder] the encoder
// h. Both are plain values; their weights are lists of named arrays with the
// authors' names (nn.Params, in the layout of [Net.Specs] and [Encoder.Specs]).
//
// A forward pass takes effective weights: convolutions divided by their spectral
// norm and laid out for the device. There are two ways to get them:
//
//   - on the host, once: net.Fold(params), for sampling from a fixed network;
//   - in a graph, differentiably: net.Effective(w, iterations), where w holds the
//     arrays of Specs as nodes. With iterations 1 (training) it also returns the
//     new u and v, with 0 (evaluation) the stored ones are used.
//
// So one training step reads
//
//	w := nn.Weights{...}                        // parameters of the graph, by name
//	eff, state := net.Effective(w, 1)           // state: new u, v by name
//	out := net.Forward(eff, x)                  // x [batch, channels, height, width] in 0..1
//	loss := ...                                 // of clel.Energy(out.F), clel.Cosine(out.G, z)
//	grads := graph.Gradient(loss, w.Get("stem.1.parametrizations.weight.original"), ...)
//
// and the Langevin steps between two updates take Effective's results as tensors,
// computed once, so that they do not pay for it. The encoder is the same with
// enc.Effective(w) and enc.Forward(eff, x, stats): stats nil evaluates with running
// statistics; an empty nn.Weights trains with batch statistics and receives the new
// running ones.
package clel

import (
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// Net is the energy network: a residual network without batch norm, every
// convolution spectrally normalised (the authors' resnet_small and resnet), or
// three of them on the picture and on its averages over 2x2 and 4x4 pixels
// (resnet_large), then one head and a projector.
type Net struct {
	Channels   int     // of the picture
	Scales     []Scale // one, or three
	Hidden     int     // width of the head's inner layer
	Features   int     // length of f
	Projection []int   // outputs of the projector's layers; empty: g(f) = f
}

// Scale is one residual network of a Net.
type Scale struct {
	Stem, Stages string    // names: "stem", "stages" or "stem1", "stages1"
	Pool         int       // the picture is averaged over Pool x Pool first
	Patch        int       // side of the squares of pixels that become channels before the stem; 0: 1, as the authors
	Width        int       // channels after the stem
	Blocks       [][]Block // by stage; every stage but the first begins with a 2x2 average
}

// Block is LeakyReLU, conv1, LeakyReLU, conv2, plus the shortcut of the input: a
// 1x1 convolution where the widths differ.
type Block struct {
	Name    string // "stages.1.1"
	In, Out int
}

// NewNet describes a network from its sizes: stage widths, blocks a stage, the
// head's hidden width, the length of f and the projector's layers.
func NewNet(channels int, widths []int, blocks, hidden, features int, projection []int, multiScale bool) Net {
	n := Net{Channels: channels, Hidden: hidden, Features: features, Projection: projection}
	suffixes := []string{""}
	if multiScale {
		suffixes = []string{"1", "2", "3"}
	}
	for i, suffix := range suffixes {
		s := Scale{Stem: "stem" + suffix, Stages: "stages" + suffix, Pool: 1 << i, Width: widths[0]}
		in := s.Width
		for stage, width := range widths {
			var list []Block
			for b := range blocks {
				index := b
				if stage > 0 {
					index++ // index 0 is the pool
				}
				name := s.Stages + "." + strconv.Itoa(stage) + "." + strconv.Itoa(index)
				list = append(list, Block{name, in, width})
				in = width
			}
			s.Blocks = append(s.Blocks, list)
		}
		n.Scales = append(n.Scales, s)
	}
	return n
}

// LatentSize is the length of g(f) and of the latents it is compared with.
func (n Net) LatentSize() int {
	if len(n.Projection) > 0 {
		return n.Projection[len(n.Projection)-1]
	}
	return n.Features
}

// pooled is the length of the feature vector that the head reads.
func (n Net) pooled() int {
	sum := 0
	for _, s := range n.Scales {
		last := s.Blocks[len(s.Blocks)-1]
		sum += last[len(last)-1].Out
	}
	return sum
}

// conv is a convolution of a Net.
type conv struct {
	name          string
	in, out, size int
	bias          bool
}

// convs lists the convolutions of a scale in file order.
func (s Scale) convs(channels int) []conv {
	patch := max(s.Patch, 1)
	list := []conv{{s.Stem + ".1", channels * patch * patch, s.Width, 3, true}}
	for _, stage := range s.Blocks {
		for _, b := range stage {
			list = append(list, conv{b.Name + ".conv1", b.In, b.Out, 3, true}, conv{b.Name + ".conv2", b.Out, b.Out, 3, true})
			if b.In != b.Out {
				list = append(list, conv{b.Name + ".shortcut", b.In, b.Out, 1, false})
			}
		}
	}
	return list
}

// Names of a spectrally normalised convolution's arrays (PyTorch's
// parametrizations), after the layer's name.
const (
	original = ".parametrizations.weight.original"
	leftU    = ".parametrizations.weight.0._u"
	rightV   = ".parametrizations.weight.0._v"
	kernel   = ".kernel" // effective: divided by sigma, [height, width, in, out]
	bias     = ".bias"
)

// Output is what a forward pass computes.
type Output struct {
	F *graph.Node // [batch, features]
	G *graph.Node // [batch, latent size], not normalised
	// Inside are the outputs of the layers, by the names of their arrays, those of
	// blocks, and "pooled"; that of F is the last.
	Inside *nn.Tap
}

// Forward computes f and g from pictures x [batch, channels, height, width] in
// 0..1 and effective weights.
func (n Net) Forward(w nn.Weights, x *graph.Node) Output {
	x = nn.ChannelsLast(x)
	out := Output{Inside: &nn.Tap{}}
	var pooled []*graph.Node
	for _, s := range n.Scales {
		h := s.forward(w, x, out.Inside)
		pooled = append(pooled, nn.GlobalAvgPool(nn.LeakyReLU(h)))
	}
	h := pooled[0]
	if len(pooled) > 1 {
		h = graph.Concatenate(pooled, -1)
	}
	out.Inside.Note("pooled", h)
	h = nn.Linear(h, w.Get("head.0.weight"), w.Get("head.0.bias"))
	out.Inside.Note("head.0", h)
	out.F = nn.Linear(nn.LeakyReLU(h), w.Get("head.2.weight"), w.Get("head.2.bias"))
	out.G = out.F
	for i := range n.Projection {
		if i > 0 {
			out.G = nn.LeakyReLU(out.G)
		}
		name := "projection." + strconv.Itoa(2*i)
		out.G = nn.Linear(out.G, w.Get(name+".weight"), nil)
		out.Inside.Note(name, out.G)
	}
	out.Inside.Note("head.2", out.F)
	return out
}

// forward runs one scale on x [batch, height, width, channels].
func (s Scale) forward(w nn.Weights, x *graph.Node, inside *nn.Tap) *graph.Node {
	if s.Pool > 1 {
		x = nn.AvgPool(x, s.Pool)
	}
	x = nn.Normalize(x, w.Get(s.Stem+".0.mean"), w.Get(s.Stem+".0.std"))
	if s.Patch > 1 {
		x = nn.SpaceToDepth(x, s.Patch)
	}
	h := convolve(w, s.Stem+".1", x, 1)
	inside.Note(s.Stem+".1", h)
	for i, stage := range s.Blocks {
		if i > 0 {
			h = nn.AvgPool(h, 2)
		}
		for _, b := range stage {
			h = b.forward(w, h, inside)
		}
	}
	return h
}

func (b Block) forward(w nn.Weights, x *graph.Node, inside *nn.Tap) *graph.Node {
	h := convolve(w, b.Name+".conv1", nn.LeakyReLU(x), 1)
	inside.Note(b.Name+".conv1", h)
	h = convolve(w, b.Name+".conv2", nn.LeakyReLU(h), 1)
	inside.Note(b.Name+".conv2", h)
	if b.In != b.Out {
		x = nn.Conv(x, w.Get(b.Name+".shortcut"+kernel), nil, 1, 0)
	}
	h = graph.Add(x, h)
	inside.Note(b.Name, h)
	return h
}

func convolve(w nn.Weights, name string, x *graph.Node, padding int) *graph.Node {
	return nn.Conv(x, w.Get(name+kernel), w.Get(name+bias), 1, padding)
}

// Energy is the marginal energy |f|^2/2 of every picture (Eq. 10), [batch].
func Energy(f *graph.Node) *graph.Node { return graph.MulScalar(nn.SquaredNorm(f), 0.5) }

// Cosine is the cosine similarity of the rows of a and b (Eq. 11), [batch].
func Cosine(a, b *graph.Node) *graph.Node {
	return graph.ReduceSum(graph.Mul(nn.Unit(a), nn.Unit(b)), -1)
}
