package icd

import (
	"fmt"
	"math"

	"ebmstudio/internal/nn"
)

// Names of a layer's arrays, after its own.
const (
	bias       = ".bias"
	kernel     = ".kernel" // effective: [height, width, in, out]
	weight     = ".weight"
	original   = ".weight_orig" // under a spectral norm
	leftU      = ".weight_u"
	rightV     = ".weight_v"
	queryConv  = ".query_conv"
	keyConv    = ".key_conv"
	valueConv  = ".value_conv"
	gammaScale = ".gamma"
)

// how says what makes a stored convolution effective.
type how int

const (
	plain how = iota
	standardised
	spectral
)

// conv is a convolution with bias and its effective form.
type conv struct {
	name          string
	in, out, size int
	how           how
}

// convs lists a branch's convolutions.
func (n Net) convs(b Branch) []conv {
	list := []conv{b.stem(n.Channels)}
	for _, block := range b.Blocks {
		list = append(list, block.convs()...)
	}
	if b.Attention > 0 {
		width := b.attentionWidth()
		name := b.Prefix + attention
		list = append(list, conv{name + queryConv, width, width / 8, 1, plain},
			conv{name + keyConv, width, width / 8, 1, plain}, conv{name + valueConv, width, width, 1, plain})
	}
	return list
}

// stem is a branch's first convolution.
func (b Branch) stem(channels int) conv {
	patch := max(b.Patch, 1)
	return conv{b.Prefix + "conv1", channels * patch * patch, b.Width, 3, plain}
}

func (b Block) convs() []conv {
	kind := standardised
	switch {
	case b.Plain:
		kind = plain
	case b.Spectral:
		kind = spectral
	}
	list := []conv{{b.Name + ".conv1", b.Width, b.Width, 3, kind}, {b.Name + ".conv2", b.Width, b.Width, 3, kind}}
	if b.Halves {
		list = append(list, conv{b.Name + ".conv_downsample", b.Width, b.Out, 3, plain})
	}
	return list
}

// attentionWidth is the number of channels that the self-attention layer sees.
func (b Branch) attentionWidth() int { return b.Blocks[b.Attention-1].Out }

// Specs lists every array that a file of this network holds, used or not, with
// PyTorch's default initialisation.
func (n Net) Specs() []nn.Spec {
	var list []nn.Spec
	for _, b := range n.Branches {
		list = append(list, b.stem(n.Channels).specs()...)
		for _, block := range b.Blocks {
			list = append(list, block.Specs()...)
		}
		if b.Attention > 0 {
			list = append(list, nn.Spec{Name: b.Prefix + attention + gammaScale, Shape: []int{1}, Role: nn.Offset})
			convs := n.convs(b)
			for _, c := range convs[len(convs)-3:] {
				list = append(list, c.specs()...)
			}
		}
		list = append(list, linearSpecs(b.Prefix+"energy_map", b.out(), 1)...)
	}
	for _, l := range n.Leftovers {
		list = append(list, nn.Spec{Name: l.Name, Shape: l.Shape, Role: nn.Mean})
	}
	return list
}

// Specs lists the arrays of a block.
func (b Block) Specs() []nn.Spec {
	var list []nn.Spec
	for i, c := range b.convs() {
		list = append(list, c.specs()...)
		if b.Norm && i < 2 {
			name := b.Name + [...]string{".bn1", ".bn2"}[i]
			list = append(list, nn.Spec{Name: name + weight, Shape: []int{b.Width}, Role: nn.Gain},
				nn.Spec{Name: name + bias, Shape: []int{b.Width}, Role: nn.Offset})
		}
	}
	for _, name := range []string{".latent_map", ".latent_map_2"} {
		maps := linearSpecs(b.Name+name, b.Labels, 2*b.Width)
		switch {
		case b.Centred && b.Labels == 0:
		case b.Centred:
			list = append(list, maps[0])
		default:
			list = append(list, maps...)
		}
	}
	if b.Halves && b.Blur {
		list = append(list, nn.Spec{Name: b.filter(), Shape: []int{b.Out, 1, 3, 3}, Role: nn.Mean})
	}
	return list
}

// filter is the name of the stored filter of a block's Blur.
func (b Block) filter() string { return b.Name + ".avg_pool.filt" }

func (c conv) specs() []nn.Spec {
	rest := c.in * c.size * c.size
	bound := 1 / math.Sqrt(float64(rest))
	w := nn.Spec{Name: c.name + weight, Shape: []int{c.out, c.in, c.size, c.size}, Role: nn.Weight, Bound: bound}
	b := nn.Spec{Name: c.name + bias, Shape: []int{c.out}, Role: nn.Bias, Bound: bound}
	if c.how != spectral {
		return []nn.Spec{w, b}
	}
	w.Name = c.name + original
	return []nn.Spec{b, w, {Name: c.name + leftU, Shape: []int{c.out}, Role: nn.Left}, {Name: c.name + rightV, Shape: []int{rest}, Role: nn.Right}}
}

func linearSpecs(name string, in, out int) []nn.Spec {
	bound := 1 / math.Sqrt(float64(in))
	return []nn.Spec{
		{Name: name + weight, Shape: []int{out, in}, Role: nn.Weight, Bound: bound},
		{Name: name + bias, Shape: []int{out}, Role: nn.Bias, Bound: bound},
	}
}

// Fold computes the effective weights on the host: what Forward reads, and no more.
func (n Net) Fold(p nn.Params) nn.Params {
	convs, used := n.reads()
	return fold(p, convs, used)
}

// reads lists the convolutions and, by name, what else Forward reads as it is stored.
func (n Net) reads() (convs []conv, used map[string]bool) {
	used = map[string]bool{}
	for _, b := range n.Branches {
		for _, c := range n.convs(b) {
			convs = append(convs, c)
			used[c.name+bias] = true
		}
		for _, block := range b.Blocks {
			for _, name := range block.passed(n.Conditional) {
				used[name] = true
			}
		}
		if b.Attention > 0 {
			used[b.Prefix+attention+gammaScale] = true
		}
		used[b.Prefix+"energy_map"+weight], used[b.Prefix+"energy_map"+bias] = true, true
	}
	return convs, used
}

// Fold computes the effective weights of a block alone.
func (b Block) Fold(p nn.Params) nn.Params {
	used := map[string]bool{}
	for _, c := range b.convs() {
		used[c.name+bias] = true
	}
	for _, name := range b.passed(true) {
		used[name] = true
	}
	return fold(p, b.convs(), used)
}

// passed lists the arrays of a block besides its convolutions.
func (b Block) passed(conditional bool) []string {
	var names []string
	if b.Norm {
		names = append(names, b.Name+".bn1"+weight, b.Name+".bn1"+bias, b.Name+".bn2"+weight, b.Name+".bn2"+bias)
	}
	if conditional {
		names = append(names, b.Name+".latent_map"+weight, b.Name+".latent_map_2"+weight)
		if !b.Centred {
			names = append(names, b.Name+".latent_map"+bias, b.Name+".latent_map_2"+bias)
		}
	}
	return names
}

// fold takes the arrays used as they are, and the convolutions in effective form.
func fold(p nn.Params, convs []conv, used map[string]bool) nn.Params {
	m := p.Map()
	var folded nn.Params
	for _, q := range p {
		if used[q.Name] {
			folded = append(folded, q)
		}
	}
	kernels := make(nn.Params, len(convs))
	nn.Each(len(convs), func(i int) {
		kernels[i] = nn.Param{Name: convs[i].name + kernel, Array: convs[i].effective(m)}
	})
	return append(folded, kernels...)
}

// effective is the kernel that a convolution works with: as stored; with every
// output channel's weights brought to mean 0 and deviation 1 (Qiao et al., 2019); or
// divided by u^T W v with the stored u and v, whatever they are.
func (c conv) effective(m map[string]nn.Array) nn.Array {
	switch c.how {
	case standardised:
		return nn.HostKernel(standardise(m[c.name+weight]), 1)
	case spectral:
		w := m[c.name+original]
		return nn.HostKernel(w, nn.SpectralSigma(w, m[c.name+leftU].Data, m[c.name+rightV].Data))
	}
	return nn.HostKernel(m[c.name+weight], 1)
}

// standardise is (w - mean) / (deviation + 1e-5) for every output channel, the
// deviation being the unbiased one.
func standardise(w nn.Array) nn.Array {
	s := nn.NewArray(w.Shape...)
	rest := len(w.Data) / w.Shape[0]
	for o := range w.Shape[0] {
		row := w.Data[o*rest : (o+1)*rest]
		var mean, square float64
		for _, v := range row {
			mean += float64(v)
		}
		mean /= float64(rest)
		for _, v := range row {
			square += (float64(v) - mean) * (float64(v) - mean)
		}
		deviation := math.Sqrt(square/float64(rest-1)) + 1e-5
		for i, v := range row {
			s.Data[o*rest+i] = float32((float64(v) - mean) / deviation)
		}
	}
	return s
}

// checkFilters reports a stored filter that is not the one of Blur.
func (n Net) checkFilters(p nn.Params) error {
	m := p.Map()
	var names []string
	for _, b := range n.Branches {
		for _, block := range b.Blocks {
			if block.Halves && block.Blur {
				names = append(names, block.filter())
			}
		}
	}
	for _, name := range names {
		for i, v := range m[name].Data {
			row := [...]float64{1, 2, 1}
			if want := row[i/3%3] * row[i%3] / 16; math.Abs(float64(v)-want) > 1e-6 {
				return fmt.Errorf("tensor %q: found %v at %d, want the filter [1 2 1] along both axes", name, v, i)
			}
		}
	}
	return nil
}
