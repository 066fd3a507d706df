// Package icd is the family of Improved Contrastive Divergence (Du et al., 2021):
// residual energy networks on the picture and on its halves and quarters, with
// conditions, composed by adding, negating and disjoining energies.
//
// [Net] describes a network; it is a plain value made by [NewNet] from the options
// that a checkpoint's FLAGS tell ([Flags]). Its weights are a list of named arrays
// with the authors' names ([Net.Specs]); [Net.Fold] turns them into what
// [Net.Forward] takes: convolutions standardised or divided by their spectral norm
// and laid out for the device.
package icd

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// The authors' networks, by class name.
const (
	ResNet = "ResNetModel" // CIFAR-10, STL
	CelebA = "CelebAModel" // CelebA, LSUN and others
	MNIST  = "MNISTModel"
)

// Small is a network of our own for small pictures, for training on a CPU: squares of
// pixels become channels first, blocks halve before they widen, and a condition of
// nothing is the zero vector.
const Small = "SmallModel"

// Net is an energy network: one branch, or three with MultiScale. Every branch
// ends in one number, a column of the output.
type Net struct {
	Class       string // ResNet, CelebA, MNIST or Small
	Channels    int    // of the picture
	Classes     int    // length of a one-hot condition
	Conditional bool   // conditions are used; their maps are stored in any case
	Square      bool   // every column is squared
	Sigmoid     bool   // then put through the logistic function
	Attend      bool   // self-attention is used; its weights are stored in any case
	Branches    []Branch
	Leftovers   []Leftover // arrays that files hold and no forward pass reads
}

// Branch is one residual network of a Net.
type Branch struct {
	Column string // "small", "mid" or "large"
	Prefix string // of its arrays: "small_", "mid_" or ""
	Halved int    // how often the picture is halved first
	Patch  int    // side of the squares of pixels that then become channels; 0 and 1: none
	Width  int    // channels after the first convolution
	Blocks []Block
	// Attention is the number of blocks before the self-attention layer, 0 for none.
	Attention int
}

// Block is conv1, norm, condition, swish, conv2, norm, condition, swish, plus the
// input; then, where it halves, a convolution, the halving and swish.
type Block struct {
	Name       string // "mid_res_1a"
	Width, Out int
	Labels     int  // inputs of its condition maps
	Halves     bool // ends in a halving convolution to Out channels
	Norm       bool // instance norm up to 128 channels, group norm of 32 groups above
	Spectral   bool // spectral norm; otherwise the weights are standardised
	Plain      bool // neither: the weights as they are
	Early      bool // the halving comes before its convolution
	Centred    bool // a condition's gains are added to 1 and its maps have no bias
	Blur       bool // the halving is Blur, otherwise OverlapPool
}

// Leftover is an array that is stored and not used.
type Leftover struct {
	Name  string
	Shape []int
}

// layout is a block's place in a class of networks: its name, width as a multiple
// of filter_dim/2, whether it halves, and whether that doubles the width.
type layout struct {
	name    string
	halves  int
	down    bool
	doubles bool
}

// mainLayouts is the large branch of every class; the others take it up to a block.
var mainLayouts = map[string][]layout{
	ResNet: {
		{"res_1a", 2, false, false},
		{"res_1b", 2, true, false},
		{"res_2a", 2, false, false},
		{"res_2b", 2, true, true},
		{"res_3a", 4, false, false},
		{"res_3b", 4, true, true},
		{"res_4a", 8, false, false},
		{"res_4b", 8, true, true},
	},
	CelebA: {
		{"res_1a", 1, true, true},
		{"res_1b", 2, true, false},
		{"res_2a", 2, true, false},
		{"res_2b", 2, true, true},
		{"res_3a", 4, false, false},
		{"res_3b", 4, true, true},
		{"res_4a", 8, false, false},
		{"res_4b", 8, true, true},
	},
	MNIST: {
		{"res1", 2, true, true},
		{"res2", 4, true, true},
		{"res3", 8, true, true},
	},
}

// minFilters leaves the attention layer a channel to compare by; maxFilters is far
// above every published network.
const (
	minFilters = 4
	maxFilters = 1 << 12
)

// mnistLabels is what MNISTModel's blocks expect of a condition. Its label map gives
// another number, so that it never ran with one.
const mnistLabels = 512

// NewNet describes the network that options ask for.
func NewNet(f Flags) (Net, error) {
	class, ok := classes[f.Dataset]
	if class == Small {
		return newSmall(f)
	}
	if !ok {
		return Net{}, fmt.Errorf("FLAGS: dataset %q: want %s", f.Dataset, datasetNames())
	}
	if class == MNIST && f.Cond {
		return Net{}, fmt.Errorf("FLAGS: cond true with dataset %q: the authors' MNISTModel takes no condition (its label map gives 256 values, its blocks expect %d)", f.Dataset, mnistLabels)
	}
	if f.FilterDim < minFilters || f.FilterDim > maxFilters || f.FilterDim%2 != 0 {
		return Net{}, fmt.Errorf("FLAGS: filter_dim %d: want an even number from %d to %d", f.FilterDim, minFilters, maxFilters)
	}
	n := Net{Class: class, Channels: 3, Classes: 10, Conditional: f.Cond, Square: f.SquareEnergy, Sigmoid: f.Sigmoid, Attend: f.SelfAttn}
	switch class {
	case MNIST:
		n.Channels, n.Square, n.Sigmoid, n.Attend = 1, false, false, false
		for _, name := range []string{"map_fc1", "map_fc2"} {
			in := map[string]int{"map_fc1": 10, "map_fc2": 256}[name]
			n.Leftovers = append(n.Leftovers, Leftover{Name: name + ".weight", Shape: []int{256, in}}, Leftover{Name: name + ".bias", Shape: []int{256}})
		}
	case CelebA:
		n.Classes = 2
		n.Leftovers = append(n.Leftovers, Leftover{Name: "heir_weight", Shape: []int{3}})
		fallthrough
	case ResNet:
		n.Leftovers = append(n.Leftovers, Leftover{Name: "downsample.filt", Shape: []int{3, 1, 3, 3}})
	}
	n.Branches = []Branch{n.branch(f, "large", len(mainLayouts[class]))}
	if f.Multiscale && class != MNIST {
		n.Leftovers = append(n.Leftovers, Leftover{Name: "avg_pool.filt", Shape: []int{3, 1, 3, 3}})
		n.Branches = []Branch{n.branch(f, "small", 4), n.branch(f, "mid", 6), n.Branches[0]}
	}
	return n, n.checkGroups()
}

// checkGroups reports a width that does not divide into the groups of a norm.
func (n Net) checkGroups() error {
	for _, b := range n.Branches {
		for _, block := range b.Blocks {
			if block.Norm && block.Width > instanceLimit && block.Width%normGroups != 0 {
				return fmt.Errorf("block %q: %d channels do not divide into the norm's %d groups", block.Name, block.Width, normGroups)
			}
		}
	}
	return nil
}

// branch describes one branch of the first count blocks.
func (n Net) branch(f Flags, column string, count int) Branch {
	b := Branch{Column: column, Halved: map[string]int{"large": 0, "mid": 1, "small": 2}[column]}
	norm, spectral, labels := f.Norm, f.SpecNorm, n.Classes
	if column == "large" {
		switch n.Class {
		case ResNet:
			b.Attention = 4
		case CelebA:
			b.Attention = 6
		case MNIST:
			norm, spectral, labels = true, false, mnistLabels
		}
	} else {
		b.Prefix = column + "_"
		if n.Class == CelebA {
			norm, spectral = true, false // the authors' constructor leaves these options out here
		}
	}
	for i, l := range mainLayouts[n.Class][:count] {
		unit := f.FilterDim / 2
		if b.Prefix != "" && n.Class == CelebA && i == 0 {
			l = layout{l.name, 2, true, false} // these start at the full width
		}
		block := Block{
			Name: b.Prefix + l.name, Width: l.halves * unit, Out: l.halves * unit,
			Labels: labels, Halves: l.down, Norm: norm, Spectral: spectral, Blur: f.Alias,
		}
		if l.doubles {
			block.Out *= 2
		}
		b.Blocks = append(b.Blocks, block)
	}
	b.Width = b.Blocks[0].Width
	return b
}

// Columns are the names of the energies that the network puts out, in order.
func (n Net) Columns() []string {
	var names []string
	for _, b := range n.Branches {
		names = append(names, b.Column)
	}
	return names
}

// out is the width after a branch's last block.
func (b Branch) out() int { return b.Blocks[len(b.Blocks)-1].Out }

// CheckSize reports pictures that the network cannot take: MNISTModel knows one
// size, the others any at which no norm is left with a single pixel.
func (n Net) CheckSize(height, width int) error {
	if n.Class == MNIST && (height != 28 || width != 28) {
		return fmt.Errorf("pictures of %dx%d pixels: %s takes 28x28", height, width, n.Class)
	}
	for _, b := range n.Branches {
		h, w := height, width
		halve := func() { h, w = (h+1)/2, (w+1)/2 }
		for range b.Halved {
			halve()
		}
		if b.Patch > 1 {
			if h%b.Patch != 0 || w%b.Patch != 0 {
				return fmt.Errorf("pictures of %dx%d pixels: the energy %q cuts %dx%d of them into squares of %d", height, width, b.Column, h, w, b.Patch)
			}
			h, w = h/b.Patch, w/b.Patch
		}
		for _, block := range b.Blocks {
			if h*w < 2 && (block.Norm || !block.Early) || block.Halves && block.Blur && min(h, w) < 2 {
				return fmt.Errorf("pictures of %dx%d pixels are too small: %q is left with %dx%d", height, width, block.Name, h, w)
			}
			if block.Halves {
				halve()
			}
		}
	}
	return nil
}

// Output is what a forward pass computes.
type Output struct {
	Scales  []*graph.Node // [batch, 1], one energy for each of Columns
	Feature *graph.Node   // [batch, features], pooled, of the large branch
	// Inside are the outputs of the layers by the names of their arrays, of blocks, and
	// of every branch "pooled" and last "energy_map", its column before it is squared.
	Inside *nn.Tap
}

// Forward computes the energies of pictures x [batch, channels, height, width] in
// 0..1 from effective weights. labels [batch, classes] are one-hot conditions, nil
// for none.
func (n Net) Forward(w nn.Weights, x, labels *graph.Node) Output {
	if !n.Conditional {
		labels = nil
	}
	pyramid := []*graph.Node{nn.ChannelsLast(x)}
	for len(pyramid) <= n.Branches[0].Halved {
		pyramid = append(pyramid, n.halve(pyramid[len(pyramid)-1]))
	}
	out := Output{Inside: &nn.Tap{}}
	for _, b := range n.Branches {
		out.Feature = b.forward(w, pyramid[b.Halved], labels, n.Attend, out.Inside)
		e := nn.Linear(out.Feature, w.Get(b.Prefix+"energy_map.weight"), w.Get(b.Prefix+"energy_map.bias"))
		out.Inside.Note(b.Prefix+"energy_map", e)
		if n.Square {
			e = graph.Square(e)
		}
		if n.Sigmoid {
			e = graph.Sigmoid(e)
		}
		out.Scales = append(out.Scales, e)
	}
	return out
}

// halve halves a picture. Our own networks average squares of 2x2 pixels where the
// sides are even: in the authors' overlapping windows a pixel has one, two or four
// times the weight of its neighbour, which chains of small networks draw as a grid.
func (n Net) halve(x *graph.Node) *graph.Node {
	if d := x.Shape().Dimensions; n.Class == Small && d[1]%2 == 0 && d[2]%2 == 0 {
		return nn.AvgPool(x, 2)
	}
	return nn.OverlapPool(x)
}

// forward runs a branch on [batch, height, width, channels] and returns its pooled
// features.
func (b Branch) forward(w nn.Weights, x, labels *graph.Node, attend bool, inside *nn.Tap) *graph.Node {
	conv := b.Prefix + "conv1"
	if b.Patch > 1 {
		x = nn.SpaceToDepth(x, b.Patch)
	}
	h := nn.Swish(nn.Conv(x, w.Get(conv+kernel), w.Get(conv+bias), 1, 1))
	inside.Note(conv, h)
	for i, block := range b.Blocks {
		h = block.Forward(w, h, labels, inside)
		if attend && b.Attention == i+1 {
			h = selfAttention(w, b.Prefix+attention, h)
			inside.Note(b.Prefix+attention, h)
		}
	}
	h = nn.GlobalAvgPool(nn.Swish(h))
	inside.Note(b.Prefix+"pooled", h)
	return h
}
