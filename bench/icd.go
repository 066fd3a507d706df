package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/models/icd"
	"ebmstudio/sampling"
)

// icdAuthors is the authors' network for CIFAR-10, with random weights.
func (b *bench) icdAuthors() (net, error) {
	flags := icd.Flags{Dataset: "cifar10", FilterDim: 64, Multiscale: true, SelfAttn: true, Norm: true}
	if b.quick {
		flags.FilterDim = 8
	}
	structure, err := icd.NewNet(flags)
	if err != nil {
		return net{}, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	params := nn.Init(structure.Specs(), r)
	for _, p := range params {
		if !strings.HasSuffix(p.Name, ".filt") {
			stir(p.Data, r)
		}
	}
	n := net{family: icd.Family(), name: "icd-authors"}
	return n, n.write(b.dir, params, "ema_model_state_dict_0.", nil, map[string]string{
		"family": icd.Name, "dataset": flags.Dataset, "filter_dim": strconv.Itoa(flags.FilterDim), "multiscale": "true", "self_attn": "true", "cond": "false",
		"spec_norm": "false", "norm": "true", "alias": "false", "square_energy": "false", "sigmoid": "false",
	}, 0, 1)
}

// write writes both files of a network: ours with a prefix before the names and more
// tensors, the twin's with pictures between lo and hi to compare.
func (n *net) write(dir string, params nn.Params, prefix string, more []checkpoint.Named, metadata map[string]string, lo, hi float32) error {
	n.checkpoint, n.twin = filepath.Join(dir, n.name+".safetensors"), filepath.Join(dir, n.name+".npz")
	n.x = sampling.NewImages(parityPictures, 3, pixels, pixels)
	if err := sampling.NewKey(3).Uniforms(sampling.StreamStart, 0, n.x, lo, hi); err != nil {
		return err
	}
	ours, theirs := more, []checkpoint.Named{pictures(n.x)}
	for _, p := range params {
		t := checkpoint.Float32Tensor(p.Shape, p.Data)
		ours = append(ours, checkpoint.Named{Name: prefix + p.Name, Tensor: t})
		theirs = append(theirs, checkpoint.Named{Name: p.Name, Tensor: t})
	}
	if err := checkpoint.Write(n.checkpoint, ours, metadata); err != nil {
		return err
	}
	return checkpoint.Write(n.twin, theirs, nil)
}

// otherFamilies is figure 8: a Langevin step of ICD and of VAE-EBM against PyTorch's.
func (b *bench) otherFamilies(ctx context.Context) error {
	for _, f := range []struct {
		title string
		make  func() (net, error)
	}{{"ICD", b.icdAuthors}, {"VAE-EBM", b.vaeebm}} {
		n, err := f.make()
		if err != nil {
			return err
		}
		figure := f.title + " Langevin step"
		if b.xla == nil || b.twin == nil {
			skipped(figure+", "+n.name, wantedOfRest.String(), b.noXLA+b.noTwin).write(b.out)
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
		if _, err := b.stepAgainst(ctx, figure, b.twin, n, m, sampling.Settings{"steps": manySteps}, b.batches()[0], wantedOfRest); err != nil {
			return err
		}
	}
	return nil
}

// wantedMixture is what a mixture of k models may cost, in k evaluations.
const wantedMixture = 1.05

// mixture is figure 9: an evaluation of the sum of one, two and four models against
// as many evaluations.
func (b *bench) mixture(context.Context) error {
	for _, count := range []int{1, 2, 4} {
		if err := b.mixtureOf(count); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) mixtureOf(count int) error {
	figure, wanted := fmt.Sprintf("a mixture of %d ICD models, %d chains", count, b.batches()[0]), fmt.Sprintf("≤ %vx", wantedMixture)
	if b.xla == nil {
		skipped(figure, wanted, b.noXLA).write(b.out)
		return nil
	}
	n, err := b.icdAuthors()
	if err != nil {
		return err
	}
	var sum sampling.Sum
	var x sampling.Images
	for range count {
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return err
		}
		e, err := m.At(models.Given{})
		if err != nil {
			return err
		}
		sum = append(sum, sampling.Term{Weight: 1, Energy: e})
		x = m.Start(sampling.NewKey(1), b.batches()[0])
	}
	together, err := b.turnOf(func() error { _, _, err := sum.Eval(x); return err })
	if err != nil {
		return err
	}
	apart, err := b.turnOf(func() error {
		for _, t := range sum {
			if _, _, err := t.Energy.Eval(x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	whole, single, err := interleave(b.rounds, together, apart)
	if err != nil {
		return err
	}
	ratio := float64(whole) / float64(single)
	row{figure, ms(whole), ms(single) + " (one after the other)", times(ratio) + " the time", wanted, verdict(ratio <= wantedMixture)}.write(b.out)
	return nil
}
