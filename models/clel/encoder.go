package clel

import (
	"math"
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// Encoder is the SimCLR encoder h: torchvision's ResNet-18 layout with batch norm
// and without max-pool, of any width and depth, then a two-layer head with batch
// norm.
type Encoder struct {
	Channels int
	Stem     int   // size of the stem's kernel: 3 (stride 1) or 7 (stride 2)
	Width    int   // channels after the stem
	Planes   []int // channels of layer1, layer2, ...; every layer but the first halves the size
	Blocks   []int // residual blocks of each layer
	Hidden   int   // inner width of the head "fc"
	Out      int   // length of h
}

// NewEncoder describes an encoder from its sizes.
func NewEncoder(channels, stem int, planes []int, blocks, hidden, out int) Encoder {
	e := Encoder{Channels: channels, Stem: stem, Width: planes[0], Planes: planes, Hidden: hidden, Out: out}
	for range planes {
		e.Blocks = append(e.Blocks, blocks)
	}
	return e
}

// basicBlock is conv1, norm, ReLU, conv2, norm, plus the shortcut, ReLU.
type basicBlock struct {
	name            string
	in, out, stride int
}

// downsamples reports whether the shortcut is a convolution and a norm.
func (b basicBlock) downsamples() bool { return b.stride != 1 || b.in != b.out }

func (e Encoder) blocks() []basicBlock {
	var list []basicBlock
	in := e.Width
	for i, out := range e.Planes {
		for j := range e.Blocks[i] {
			b := basicBlock{"layer" + strconv.Itoa(i+1) + "." + strconv.Itoa(j), in, out, 1}
			if i > 0 && j == 0 {
				b.stride = 2
			}
			list = append(list, b)
			in = out
		}
	}
	return list
}

// Specs lists the arrays of the encoder in file order, without the prefix
// "encoder." and without PyTorch's batch counters, initialised as torchvision
// does. conv1.0's mean and std start at 0 and 1; a trainer sets them.
func (e Encoder) Specs() []nn.Spec {
	list := []nn.Spec{
		{Name: "conv1.0.mean", Shape: []int{e.Channels}, Role: nn.Mean},
		{Name: "conv1.0.std", Shape: []int{e.Channels}, Role: nn.Var},
		heConv("conv1.1", e.Channels, e.Width, e.Stem),
	}
	list = append(list, normSpecs("bn1", e.Width)...)
	for _, b := range e.blocks() {
		list = append(list, heConv(b.name+".conv1", b.in, b.out, 3))
		list = append(list, normSpecs(b.name+".bn1", b.out)...)
		list = append(list, heConv(b.name+".conv2", b.out, b.out, 3))
		list = append(list, normSpecs(b.name+".bn2", b.out)...)
		if b.downsamples() {
			list = append(list, heConv(b.name+".downsample.0", b.in, b.out, 1))
			list = append(list, normSpecs(b.name+".downsample.1", b.out)...)
		}
	}
	last := e.Planes[len(e.Planes)-1]
	list = append(list, linearSpecs("fc.0", last, e.Hidden, false)...)
	list = append(list, normSpecs("fc.1", e.Hidden)...)
	return append(list, linearSpecs("fc.3", e.Hidden, e.Out, true)...)
}

// heConv is a convolution without bias, normal with variance 2 / (out * size^2)
// (He et al., 2015, by outputs).
func heConv(name string, in, out, size int) nn.Spec {
	deviation := math.Sqrt(2 / float64(out*size*size))
	return nn.Spec{Name: name + ".weight", Shape: []int{out, in, size, size}, Role: nn.Weight, Deviation: deviation}
}

func normSpecs(name string, n int) []nn.Spec {
	return []nn.Spec{
		{Name: name + ".weight", Shape: []int{n}, Role: nn.Gain},
		{Name: name + ".bias", Shape: []int{n}, Role: nn.Offset},
		{Name: name + ".running_mean", Shape: []int{n}, Role: nn.Mean},
		{Name: name + ".running_var", Shape: []int{n}, Role: nn.Var},
	}
}

// Effective lays the convolutions out for the device inside a graph.
func (e Encoder) Effective(w nn.Weights) nn.Weights {
	effective := nn.Weights{}
	for _, s := range e.Specs() {
		if len(s.Shape) == 4 {
			effective[kernelName(s.Name)] = nn.KernelLayout(w.Get(s.Name))
		} else {
			effective[s.Name] = w.Get(s.Name)
		}
	}
	return effective
}

// Fold lays the convolutions out for the device on the host.
func (e Encoder) Fold(p nn.Params) nn.Params {
	m := p.Map()
	var folded nn.Params
	for _, s := range e.Specs() {
		if len(s.Shape) == 4 {
			folded = append(folded, nn.Param{Name: kernelName(s.Name), Array: nn.HostKernel(m[s.Name], 1)})
		} else {
			folded = append(folded, nn.Param{Name: s.Name, Array: m[s.Name]})
		}
	}
	return folded
}

// kernelName is "conv1.1.kernel" for "conv1.1.weight".
func kernelName(weight string) string { return weight[:len(weight)-len(".weight")] + kernel }

// Forward computes h(x), [batch, out], not normalised, from pictures x
// [batch, channels, height, width] in 0..1 and effective weights. With stats nil it
// evaluates with the running statistics; otherwise it trains with those of the batch
// and puts the new running ones into stats by the names of Specs.
func (e Encoder) Forward(w nn.Weights, x *graph.Node, stats nn.Weights) *graph.Node {
	x = nn.Normalize(nn.ChannelsLast(x), w.Get("conv1.0.mean"), w.Get("conv1.0.std"))
	stride := 1
	if e.Stem == 7 {
		stride = 2
	}
	h := nn.Conv(x, w.Get("conv1.1"+kernel), nil, stride, e.Stem/2)
	h = nn.ReLU(nn.BatchNorm(w, "bn1", h, stats))
	for _, b := range e.blocks() {
		h = b.forward(w, h, stats)
	}
	h = nn.Linear(nn.GlobalAvgPool(h), w.Get("fc.0.weight"), nil)
	h = nn.ReLU(nn.BatchNorm(w, "fc.1", h, stats))
	return nn.Linear(h, w.Get("fc.3.weight"), w.Get("fc.3.bias"))
}

func (b basicBlock) forward(w nn.Weights, x *graph.Node, stats nn.Weights) *graph.Node {
	h := nn.Conv(x, w.Get(b.name+".conv1"+kernel), nil, b.stride, 1)
	h = nn.ReLU(nn.BatchNorm(w, b.name+".bn1", h, stats))
	h = nn.Conv(h, w.Get(b.name+".conv2"+kernel), nil, 1, 1)
	h = nn.BatchNorm(w, b.name+".bn2", h, stats)
	if b.downsamples() {
		x = nn.Conv(x, w.Get(b.name+".downsample.0"+kernel), nil, b.stride, 0)
		x = nn.BatchNorm(w, b.name+".downsample.1", x, stats)
	}
	return nn.ReLU(graph.Add(h, x))
}
