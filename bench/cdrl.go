package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models/cdrl"
	"ebmstudio/resources"
)

// cdrlAuthors names the network of the authors' size.
const cdrlAuthors = "cdrl-authors"

// cdrlSizes are those of a CDRL model's two networks.
type cdrlSizes struct {
	name                    string
	channels, side, classes int
	width, blocks           int   // of the energy
	multiples               []int // of its width
	initWidth, initBlocks   int
	initMultiples, attend   []int
	groups, initPatch       int
}

// cdrlNetworks lists networks with random weights: those of the bundled models' sizes,
// for where they are absent, and the authors' for CIFAR-10, with classes.
func cdrlNetworks(quick bool) []cdrlSizes {
	authors := cdrlSizes{cdrlAuthors, 3, 32, 10, 128, 8, []int{1, 2, 2, 2}, 64, 3, []int{1, 1, 1}, []int{8, 16}, 32, 1}
	faces := cdrlSizes{"cdrl-16x16x3", 3, 16, 8, 16, 1, []int{1, 4, 6}, 32, 1, []int{1, 2}, nil, 8, 2}
	fashion := cdrlSizes{"cdrl-28x28x1", 1, 28, 10, 8, 1, []int{1, 4, 12}, 32, 1, []int{1, 2}, nil, 8, 2}
	if quick {
		authors.width, authors.blocks, authors.initWidth, authors.initBlocks, authors.groups = 8, 2, 8, 1, 4
		faces.width, faces.initWidth, fashion.width, fashion.initWidth = 8, 8, 8, 8
	}
	return []cdrlSizes{faces, fashion, authors}
}

// cdrlNet is a CDRL model in a file.
type cdrlNet struct {
	net
	bundled bool
}

// make draws the weights, the same each time, and writes our file.
func (s cdrlSizes) make(dir string) (net, error) {
	energy := cdrl.NewNet(s.channels, s.classes, s.width, s.multiples, s.blocks)
	init := cdrl.NewInitializer(s.channels, s.classes, s.initWidth, s.initMultiples, s.initBlocks, s.side/s.initPatch, s.attend, s.groups)
	init.Patch = s.initPatch
	r := rand.New(rand.NewPCG(1, 2))
	var list []checkpoint.Named
	for _, part := range []struct {
		prefix string
		specs  []nn.Spec
	}{{cdrl.PrefixNetEMA, energy.Specs()}, {cdrl.PrefixInitializerEMA, init.Specs()}} {
		for _, p := range nn.Init(part.specs, r) {
			stir(p.Data, r)
			list = append(list, checkpoint.Named{Name: part.prefix + p.Name, Tensor: checkpoint.Float32Tensor(p.Shape, p.Data)})
		}
	}
	n := net{family: cdrl.Family(), name: s.name, checkpoint: filepath.Join(dir, s.name+".safetensors")}
	header := cdrl.Header{Name: s.name, Options: map[string]string{
		"size": strconv.Itoa(s.side), "init_patch": strconv.Itoa(s.initPatch), "init_groups": strconv.Itoa(s.groups),
	}}
	return n, checkpoint.Write(n.checkpoint, list, header.Metadata())
}

// stir moves arrays that start at one value, such as layers that start at 0 and would
// hide what lies behind them.
func stir(values []float32, r *rand.Rand) {
	if slices.Min(values) != slices.Max(values) {
		return
	}
	for i := range values {
		values[i] += float32(0.05 * r.NormFloat64())
	}
}

// cdrlBundled are the bundled models of pictures of this family, as files.
func (b *bench) cdrlBundled() ([]cdrlNet, error) {
	var list []cdrlNet
	add := func(name, path string) error {
		f, err := checkpoint.Open(path)
		if err != nil {
			return err
		}
		if _, pictures := f.Tensors[cdrl.PrefixInitializerEMA+"init_conv.weight"]; pictures && cdrl.Knows(f) {
			list = append(list, cdrlNet{net{family: cdrl.Family(), name: name, checkpoint: path}, true})
		}
		return nil
	}
	for _, r := range resources.Models() {
		path := filepath.Join(b.dir, r.Name+".safetensors")
		if err := os.WriteFile(path, r.Data, 0o600); err != nil {
			return nil, err
		}
		if err := add(r.Name, path); err != nil {
			return nil, err
		}
	}
	if b.also != "" {
		if err := add("also", b.also); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// cdrlNets are the networks of the figures: the bundled models or, where none is
// bundled, their sizes; and the authors'.
func (b *bench) cdrlNets() ([]cdrlNet, error) {
	list, err := b.cdrlBundled()
	if err != nil {
		return nil, err
	}
	sizes := cdrlNetworks(b.quick)
	if len(list) > 0 {
		sizes = sizes[len(sizes)-1:]
	}
	for _, s := range sizes {
		n, err := s.make(b.dir)
		if err != nil {
			return nil, err
		}
		list = append(list, cdrlNet{net: n})
	}
	return list, nil
}

// batchesOf are the numbers of chains that a network is measured with: the large
// one of the authors' with the first alone.
func (b *bench) batchesOf(n cdrlNet) []int {
	both := b.batches()
	if n.name == cdrlAuthors {
		return both[:1]
	}
	return both[:]
}
