package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/models/clel"
	"ebmstudio/sampling"
)

// sizes are those of a published network for CIFAR-10.
type sizes struct {
	name           string
	widths         []int
	blocks, hidden int
	side           int // of the pictures, 0: pixels
}

const (
	pixels            = 32
	latentOfPublished = 128
)

// published lists the networks of the figures; quick ones are narrow, to see that
// the bench itself runs.
func published(quick bool) []sizes {
	if quick {
		return []sizes{{"resnet_small", []int{4, 4, 8, 8}, 1, 16, 0}, {"resnet", []int{4, 4, 8, 8}, 2, 16, 0}}
	}
	return []sizes{{"resnet_small", []int{64, 64, 128, 128}, 1, 2048, 0}, {"resnet", []int{128, 128, 256, 256}, 2, 2048, 0}}
}

// make draws the weights, the same each time, and writes both files.
func (s sizes) make(dir string) (net, error) {
	structure := clel.NewNet(3, s.widths, s.blocks, s.hidden, latentOfPublished, []int{s.hidden, latentOfPublished}, false)
	side := s.side
	if side == 0 {
		side = pixels
	}
	params := nn.Init(structure.Specs(), rand.New(rand.NewPCG(1, 2)))
	n := net{family: clel.Family(), name: s.name, checkpoint: filepath.Join(dir, s.name+".safetensors"), twin: filepath.Join(dir, s.name+".npz")}
	n.x = sampling.NewImages(parityPictures, 3, side, side)
	if err := sampling.NewKey(3).Uniforms(sampling.StreamStart, 0, n.x, 0, 1); err != nil {
		return net{}, err
	}
	var ours []checkpoint.Named
	theirs := []checkpoint.Named{pictures(n.x)}
	for _, p := range params {
		if p.Name == "stem.0.mean" || p.Name == "stem.0.std" {
			p.Data = slices.Repeat([]float32{0.5}, len(p.Data))
		}
		t := checkpoint.Float32Tensor(p.Shape, p.Data)
		ours = append(ours, checkpoint.Named{Name: clel.PrefixNet + p.Name, Tensor: t})
		theirs = append(theirs, checkpoint.Named{Name: p.Name, Tensor: t})
	}
	header := clel.Header{Name: s.name, Height: side, Width: side, Channels: 3}
	if err := checkpoint.Write(n.checkpoint, ours, header.Metadata()); err != nil {
		return net{}, err
	}
	return n, checkpoint.Write(n.twin, theirs, nil)
}

// clelAgainstTwin is figure 1: a Langevin step on xla:cpu against PyTorch's.
func (b *bench) clelAgainstTwin(ctx context.Context) error {
	for _, n := range b.nets {
		if b.xla == nil || b.twin == nil {
			skipped("CLEL Langevin step, "+n.name, wantedOfCLEL.String(), b.noXLA+b.noTwin).write(b.out)
			continue
		}
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return err
		}
		energy, err := m.At(models.Given{})
		if err != nil {
			return err
		}
		if err := b.agreement(b.twin, n, energy, nil); err != nil {
			return err
		}
		for _, batch := range b.batches() {
			if _, err := b.stepAgainst(ctx, "CLEL Langevin step", b.twin, n, m, sampling.Settings{"steps": manySteps}, batch, wantedOfCLEL); err != nil {
				return err
			}
		}
	}
	return nil
}
