package main

import (
	"context"
	"fmt"
	"math"

	"ebmstudio/models"
	"ebmstudio/models/cdrl"
	"ebmstudio/sampling"
)

// What is wanted against PyTorch: of every network at every batch, and of the geometric mean.
var wantedOfEach = speed{1.2, 1.2}

const wantedMean = 1.4

// peerBatches are the numbers of chains that are raced against peers.
func (b *bench) peerBatches() []int {
	if b.quick {
		return []int{1, 2}
	}
	return []int{1, 16, 64}
}

// contender is a network that peers have too, its model on xla:cpu and settings of chains
// that go on for long.
type contender struct {
	net
	title    string
	model    *models.Model
	given    models.Given
	settings sampling.Settings
}

// contenders are all networks that the PyTorch twin has.
func (b *bench) contenders() ([]contender, error) {
	long := sampling.Settings{"steps": manySteps}
	var list []contender
	for _, n := range b.nets {
		list = append(list, contender{net: n, title: "CLEL", settings: long})
	}
	nets, err := b.cdrlNets()
	if err != nil {
		return nil, err
	}
	for _, n := range nets {
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return nil, err
		}
		if err := n.writeTwin(m, b.dir); err != nil {
			return nil, err
		}
		list = append(list, contender{n.net, "CDRL", m, models.Given{Level: comparedLevel}, atLevel(nil)})
	}
	for _, f := range []struct {
		title string
		make  func() (net, error)
	}{{"ICD", b.icdAuthors}, {"VAE-EBM", b.vaeebm}} {
		n, err := f.make()
		if err != nil {
			return nil, err
		}
		list = append(list, contender{net: n, title: f.title, settings: long})
	}
	for i := range list {
		if list[i].model == nil {
			if list[i].model, err = list[i].open(b.xla.Backend); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// againstTwin is figure 15: a Langevin step of every network at every batch against
// PyTorch's, and the geometric mean of all.
func (b *bench) againstTwin(ctx context.Context) error {
	if b.xla == nil || b.twin == nil {
		skipped("Langevin step of every network against PyTorch", wantedOfEach.String(), b.noXLA+b.noTwin).write(b.out)
		return nil
	}
	list, err := b.contenders()
	if err != nil {
		return err
	}
	var ratios []float64
	for _, c := range list {
		r, err := b.against(ctx, b.twin, c, wantedOfEach)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		ratios = append(ratios, r...)
	}
	mean := geometricMean(ratios)
	row{fmt.Sprintf("geometric mean of these %d", len(ratios)), "", "", times(mean) + " as fast", fmt.Sprintf("≥ %vx", wantedMean), verdict(mean >= wantedMean)}.write(b.out)
	return nil
}

// against races a network's Langevin step with a peer's at every batch.
func (b *bench) against(ctx context.Context, t *twin, c contender, wanted speed) ([]float64, error) {
	energy, err := c.model.At(c.given)
	if err != nil {
		return nil, err
	}
	var added *sampling.Images
	if c.family.Name == cdrl.Name {
		p, err := proposal(c.model, c.x)
		if err != nil {
			return nil, err
		}
		added = &p
	}
	if err := b.agreement(t, c.net, energy, added); err != nil {
		return nil, err
	}
	var ratios []float64
	for _, batch := range b.peerBatches() {
		r, err := b.stepAgainst(ctx, c.title+" Langevin step", t, c.net, c.model, c.settings, batch, wanted)
		if err != nil {
			return nil, err
		}
		ratios = append(ratios, r)
	}
	return ratios, nil
}

func geometricMean(ratios []float64) float64 {
	var sum float64
	for _, r := range ratios {
		sum += math.Log(r)
	}
	return math.Exp(sum / float64(len(ratios)))
}

// otherPeers is figure 16: CLEL's Langevin step against JAX's and TorchEBM's, where a Python
// that has them is named (scripts/bench-peers.sh makes one). Nothing was promised of them.
func (b *bench) otherPeers(ctx context.Context) error {
	for _, p := range []peer{
		{"JAX", "with_jax.py", "jax, numpy", []string{b.jax}},
		{"TorchEBM", "with_torchebm.py", "torch, torchebm, numpy", []string{b.torchEBM}},
	} {
		if err := b.otherPeer(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.label, err)
		}
	}
	return nil
}

func (b *bench) otherPeer(ctx context.Context, p peer) error {
	figure := "CLEL Langevin step against " + p.label
	if b.xla == nil {
		skipped(figure, "", b.noXLA).write(b.out)
		return nil
	}
	t, why, err := startPeer(ctx, p, b.dir, b.quick)
	if err != nil {
		return err
	}
	if t == nil {
		skipped(figure, "", why+" (make bench-peers installs it)").write(b.out)
		return nil
	}
	defer t.close()
	t.label += " " + t.version
	for _, n := range b.nets {
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return err
		}
		c := contender{net: n, title: "CLEL", model: m, settings: sampling.Settings{"steps": manySteps}}
		if _, err := b.against(ctx, t, c, speed{}); err != nil {
			return err
		}
	}
	return nil
}
