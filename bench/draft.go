package main

import (
	"context"
	"fmt"
	"math"

	"ebmstudio/internal/engine"
	"ebmstudio/models"
	"ebmstudio/resources"
	"ebmstudio/sampling"
)

// draft is figure 20: an evaluation with products in bfloat16 against float32's by turns, on
// the bundled models and CLEL's network of the authors' size, and how far its energies and
// gradients are away. No speed was promised.
func (b *bench) draft(ctx context.Context) error {
	if b.xla == nil {
		skipped("bfloat16 against float32", "", b.noXLA).write(b.out)
		return nil
	}
	half, err := engine.Open(ctx, engine.Options{Name: engine.XLACPU, Precision: engine.BFloat16})
	if err != nil {
		return err
	}
	defer half.Close()
	for _, r := range resources.Models() {
		full, err := openBundled(b.xla.Backend, r)
		if err != nil {
			return err
		}
		rough, err := openBundled(half.Backend, r)
		if err != nil {
			return err
		}
		if err := b.draftOf(r.Name, full, rough, b.batches()[0]); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	n := b.nets[len(b.nets)-1]
	full, err := n.open(b.xla.Backend)
	if err != nil {
		return err
	}
	rough, err := n.open(half.Backend)
	if err != nil {
		return err
	}
	return b.draftOf(n.name, full, rough, b.batches()[0])
}

func (b *bench) draftOf(name string, full, rough *models.Model, batch int) error {
	var turns []turn
	var found []answered
	for _, m := range []*models.Model{rough, full} {
		evaluate, err := evaluator(m, batch)
		if err != nil {
			return err
		}
		a, err := evaluate() // compiles
		if err != nil {
			return err
		}
		found = append(found, a)
		t, err := b.turnOf(func() error { _, err := evaluate(); return err })
		if err != nil {
			return err
		}
		turns = append(turns, t)
	}
	here, peer, err := interleave(b.rounds, turns[0], turns[1])
	if err != nil {
		return err
	}
	row{
		fmt.Sprintf("products in bfloat16, %s, %d chains", name, batch), ms(here), ms(peer) + " (float32)", times(float64(peer)/float64(here)) + " as fast", "",
		fmt.Sprintf("energies %.1g, gradients %.1g away", away(found[0].energies, found[1].energies), away(found[0].gradient.Data, found[1].gradient.Data)),
	}.write(b.out)
	return nil
}

// answered is what an evaluation gave.
type answered struct {
	energies []float32
	gradient sampling.Images
}

// away is how far values are from those wanted, as a share of the wanted ones' length.
func away(got, want []float32) float64 {
	var d, n float64
	for i, v := range want {
		d += math.Pow(float64(got[i])-float64(v), 2)
		n += math.Pow(float64(v), 2)
	}
	return math.Sqrt(d / n)
}
