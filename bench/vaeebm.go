package main

import (
	"fmt"
	"math/rand/v2"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models/vaeebm"
)

// vaeebm is a VAE-EBM for 32x32 pictures with random weights. The paper says that its
// energy has three convolutions and a linear layer, not how wide: these widths are
// ours. The generator is there because a file without one is none.
func (b *bench) vaeebm() (net, error) {
	widths, latent := []int{64, 128, 256}, 100
	if b.quick {
		widths = []int{4, 8, 8}
	}
	energy := vaeebm.EnergyNet{Channels: 3, Widths: widths, Height: pixels, Width: pixels}
	generator := vaeebm.Decoder{Layers: []vaeebm.Transposed{
		{In: latent, Out: 8, Size: 8, Stride: 1}, {In: 8, Out: 8, Size: 4, Stride: 2, Padding: 1}, {In: 8, Out: 3, Size: 4, Stride: 2, Padding: 1},
	}}
	r := rand.New(rand.NewPCG(1, 2))
	c := vaeebm.Config{Kind: "unconditional", Image: []int{3, pixels, pixels}, LatentDim: latent, Delta: 0.002}
	var more []checkpoint.Named
	for i, l := range generator.Layers {
		c.Generator.Layers = append(c.Generator.Layers, []int{l.In, l.Out, l.Size, l.Stride, l.Padding})
		for _, p := range nn.Init([]nn.Spec{
			{Name: fmt.Sprintf("generator.model.%d.weight", 2*i), Shape: []int{l.In, l.Out, l.Size, l.Size}, Bound: 0.1},
			{Name: fmt.Sprintf("generator.model.%d.bias", 2*i), Shape: []int{l.Out}, Bound: 0.1},
		}, r) {
			more = append(more, checkpoint.Named{Name: p.Name, Tensor: checkpoint.Float32Tensor(p.Shape, p.Data)})
		}
	}
	n := net{family: vaeebm.Family(), name: "vaeebm-32x32x3"}
	return n, n.write(b.dir, nn.Init(energy.Specs(), r), "ebm.", more, c.Metadata(n.name, 0), -1, 1)
}
