package main

import (
	"context"
	"fmt"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// wantedGuidance is what a guided step may cost, in steps without guidance.
const wantedGuidance = 2.1

// guidance is figure 7: a step under a class with guidance, which asks the network
// twice, against one under the class alone.
func (b *bench) guidance(ctx context.Context) error {
	nets, err := b.cdrlNets()
	if err != nil {
		return err
	}
	wanted := fmt.Sprintf("≤ %vx", wantedGuidance)
	for _, n := range nets {
		if b.xla == nil {
			skipped("guided Langevin step, "+n.name, wanted, b.noXLA).write(b.out)
			continue
		}
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return err
		}
		if len(m.Labels) == 0 {
			continue
		}
		for _, batch := range b.batchesOf(n) {
			guided, alone, err := b.guidedStep(ctx, m, batch)
			if err != nil {
				return fmt.Errorf("%s: %w", n.name, err)
			}
			ratio := float64(guided) / float64(alone)
			row{
				fmt.Sprintf("guided Langevin step, %s, %d chains", n.name, batch), ms(guided), ms(alone) + " (without guidance)",
				times(ratio) + " the time", wanted, verdict(ratio <= wantedGuidance),
			}.write(b.out)
		}
	}
	return nil
}

func (b *bench) guidedStep(ctx context.Context, m *models.Model, batch int) (guided, alone time.Duration, err error) {
	class, err := m.At(models.Given{Label: []int{0}})
	if err != nil {
		return 0, 0, err
	}
	var turns []turn
	for _, weight := range []float64{2, 0} {
		c, err := startChains(ctx, m, []sampling.Term{{Weight: 1, Energy: class}}, atLevel(sampling.Settings{"guidance": weight}), batch)
		if err != nil {
			return 0, 0, err
		}
		defer c.stop()
		t, err := b.turnOf(c.step)
		if err != nil {
			return 0, 0, err
		}
		turns = append(turns, t)
	}
	return interleave(b.rounds, turns[0], turns[1])
}
