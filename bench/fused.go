package main

import (
	"context"
	"fmt"
	"iter"
	"math"

	"ebmstudio/models"
	"ebmstudio/resources"
	"ebmstudio/sampling"
)

// fusedSteps are how many steps figure 21 makes at once.
const fusedSteps = 8

// fused is figure 21: Langevin steps eight at a time on the device, noise included, against
// one by one, on the bundled models that offer it, and how far the two are apart after them.
// No speed was promised: it is for devices that pictures travel to.
func (b *bench) fused(ctx context.Context) error {
	if b.xla == nil {
		skipped("eight steps at once", "", b.noXLA).write(b.out)
		return nil
	}
	for _, r := range resources.Models() {
		m, err := openBundled(b.xla.Backend, r)
		if err != nil {
			return err
		}
		if m.Hole != nil {
			continue // its energy depends on a picture
		}
		if err := b.fusedOf(ctx, r.Name, m); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

func (b *bench) fusedOf(ctx context.Context, name string, m *models.Model) error {
	chains := b.batches()[0]
	e, err := m.At(models.Given{})
	if err != nil {
		return err
	}
	if _, ok := e.(sampling.Fused); !ok || m.H == 1 {
		return nil // points of the plane are walked step by step on XLA
	}
	settings := sampling.Settings{"steps": manySteps}
	switch m.Family {
	case "icd":
		settings["anneal"], settings["jump_every"] = 0, 0 // its noise fades otherwise, step by step
	case "cdrl":
		settings = atLevel(nil)
	}
	plan, err := m.Plan(nil, settings)
	if err != nil {
		return err
	}
	key := sampling.NewKey(1)
	var turns []turn
	var ends []sampling.Images
	for _, fuse := range []int{fusedSteps, 0} {
		next, stop := iter.Pull2(sampling.Walk{Key: key, Plan: plan, Fuse: fuse}.From(ctx, sampling.State{X: m.Start(key, chains)}))
		defer stop()
		var last sampling.State
		eight := func() error {
			for until := last.Step + fusedSteps; last.Step < until; {
				s, err, more := next()
				if err != nil || !more {
					return fmt.Errorf("the chains ended early: %w", err)
				}
				last = s
			}
			return nil
		}
		if err := eight(); err != nil {
			return err
		}
		ends = append(ends, last.X)
		t, err := b.turnOf(eight)
		if err != nil {
			return err
		}
		turns = append(turns, t)
	}
	here, peer, err := interleave(b.rounds, turns[0], turns[1])
	if err != nil {
		return err
	}
	worst := 0.0
	for i, v := range ends[0].Data {
		worst = math.Max(worst, math.Abs(float64(v-ends[1].Data[i]))/float64(m.Hi-m.Lo))
	}
	row{
		fmt.Sprintf("%d steps at once, %s, %d chains", fusedSteps, name, chains), ms(here), ms(peer) + " (one by one)",
		times(float64(peer)/float64(here)) + " as fast", "", fmt.Sprintf("%.1g of the range apart after them", worst),
	}.write(b.out)
	return nil
}
