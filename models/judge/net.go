// Package judge is a small convolutional classifier of pictures: what the samples of
// an energy-based model are judged by. It names classes, or attributes that are each
// on or off, and gives features, by which distances between sets of pictures are
// measured. It has no energy and no chains.
package judge

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// Net is the classifier's structure: stages of 3x3 convolutions with a rectifier,
// each stage ended by an average pool of 2, a hidden layer, whose outputs are the
// features, and a last layer.
type Net struct {
	Channels, Height, Width int
	Widths                  []int // channels of every stage
	Blocks                  int   // convolutions a stage
	Hidden                  int   // features
	Outputs                 int   // classes, or attributes
}

const (
	maxStages = 6
	maxWidth  = 1024
	maxBlocks = 16
)

// flat is the number of activations that the hidden layer sees.
func (n Net) flat() int {
	stages := len(n.Widths)
	return (n.Height >> stages) * (n.Width >> stages) * n.Widths[stages-1]
}

// check reports the first way in which the structure makes no network.
func (n Net) check() error {
	switch {
	case n.Channels < 1 || n.Height < 1 || n.Width < 1:
		return fmt.Errorf("found pictures of %dx%dx%d (channels, height, width)", n.Channels, n.Height, n.Width)
	case len(n.Widths) < 1 || len(n.Widths) > maxStages:
		return fmt.Errorf("found %d stages, want 1 to %d", len(n.Widths), maxStages)
	case slices.Min(n.Widths) < 1 || slices.Max(n.Widths) > maxWidth:
		return fmt.Errorf("found widths %v, want each 1 to %d", n.Widths, maxWidth)
	case n.Blocks < 1 || n.Blocks > maxBlocks:
		return fmt.Errorf("found %d convolutions a stage, want 1 to %d", n.Blocks, maxBlocks)
	case n.Hidden < 1 || n.Hidden > maxWidth:
		return fmt.Errorf("found %d features, want 1 to %d", n.Hidden, maxWidth)
	case n.Outputs < 1:
		return fmt.Errorf("found %d outputs, want at least 1", n.Outputs)
	case n.flat() == 0:
		return fmt.Errorf("pictures of %dx%d pixels are halved %d times to nothing", n.Height, n.Width, len(n.Widths))
	}
	return nil
}

// Names of the arrays.
const (
	inputMean    = "input.mean"
	inputStd     = "input.std"
	hiddenWeight = "hidden.weight"
	hiddenBias   = "hidden.bias"
	outWeight    = "out.weight"
	outBias      = "out.bias"
)

func convName(stage, block int) string { return fmt.Sprintf("stages.%d.%d.", stage, block) }

// Specs lists the arrays in file order. Weights start as He et al. (2015) have it for
// rectifiers, the last layer at 0.
func (n Net) Specs() []nn.Spec {
	list := []nn.Spec{
		{Name: inputMean, Shape: []int{n.Channels}, Role: nn.Mean},
		{Name: inputStd, Shape: []int{n.Channels}, Role: nn.Var},
	}
	he := func(inputs int) float64 { return math.Sqrt(2 / float64(inputs)) }
	in := n.Channels
	for s, width := range n.Widths {
		for b := range n.Blocks {
			name := convName(s, b)
			list = append(list,
				nn.Spec{Name: name + "weight", Shape: []int{width, in, 3, 3}, Role: nn.Weight, Deviation: he(9 * in)},
				nn.Spec{Name: name + "bias", Shape: []int{width}, Role: nn.Bias})
			in = width
		}
	}
	return append(list,
		nn.Spec{Name: hiddenWeight, Shape: []int{n.Hidden, n.flat()}, Role: nn.Weight, Deviation: he(n.flat())},
		nn.Spec{Name: hiddenBias, Shape: []int{n.Hidden}, Role: nn.Bias},
		nn.Spec{Name: outWeight, Shape: []int{n.Outputs, n.Hidden}, Role: nn.Weight},
		nn.Spec{Name: outBias, Shape: []int{n.Outputs}, Role: nn.Bias})
}

// Forward turns pictures x [batch, channels, height, width] in 0..1 into logits
// [batch, outputs] and features [batch, hidden]. The hidden layer's inputs are rows,
// columns, channels, in this order.
func (n Net) Forward(w nn.Weights, x *graph.Node) (logits, features *graph.Node) {
	y := nn.Normalize(nn.ChannelsLast(x), w.Get(inputMean), w.Get(inputStd))
	for s := range n.Widths {
		for b := range n.Blocks {
			name := convName(s, b)
			y = nn.ReLU(nn.Conv(y, nn.KernelLayout(w.Get(name+"weight")), w.Get(name+"bias"), 1, 1))
		}
		y = nn.AvgPool(y, 2)
	}
	y = graph.Reshape(y, x.Shape().Dimensions[0], n.flat())
	features = nn.ReLU(nn.Linear(y, w.Get(hiddenWeight), w.Get(hiddenBias)))
	return nn.Linear(features, w.Get(outWeight), w.Get(outBias)), features
}

// readNet finds the structure from the shapes of a file's tensors; absent names those
// without which it cannot be told.
func readNet(f *checkpoint.File, height, width int) (n Net, absent []string, err error) {
	n.Height, n.Width = height, width
	shape := func(name string, rank int) []int {
		t, ok := f.Tensors[Prefix+name]
		if !ok || len(t.Shape) != rank {
			absent = append(absent, Prefix+name)
			return make([]int, rank)
		}
		return t.Shape
	}
	n.Channels = shape(convName(0, 0)+"weight", 4)[1]
	for s := 0; s <= maxStages; s++ {
		t, ok := f.Tensors[Prefix+convName(s, 0)+"weight"]
		if !ok || len(t.Shape) != 4 {
			break
		}
		n.Widths = append(n.Widths, t.Shape[0])
	}
	for b := 0; b <= maxBlocks; b++ {
		if _, ok := f.Tensors[Prefix+convName(0, b)+"weight"]; !ok {
			break
		}
		n.Blocks++
	}
	n.Hidden, n.Outputs = shape(hiddenWeight, 2)[0], shape(outWeight, 2)[0]
	if len(absent) > 0 {
		return n, absent, nil
	}
	return n, nil, n.check()
}
