package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// growth is figure 18: how a Langevin step's evaluation grows with the number of chains, the
// picture's side, the network's width and the number of composed terms, and how much memory
// the program had beyond what it held before, compiling included.
func (b *bench) growth(ctx context.Context) error {
	if b.xla == nil {
		skipped("growth of a step", "", b.noXLA).write(b.out)
		return nil
	}
	base := published(b.quick)[0]
	for _, chains := range []int{1, 4, 16, 64, 256} {
		if err := b.grown(fmt.Sprintf("%d chains", chains), base, chains); err != nil {
			return err
		}
	}
	for _, side := range []int{16, 32, 64} {
		s := base
		s.side = side
		if err := b.grown(fmt.Sprintf("16 pictures of %d x %d", side, side), s, 16); err != nil {
			return err
		}
	}
	for _, half := range []int{1, 2, 4} {
		s := base
		s.widths = make([]int, len(base.widths))
		for i, w := range base.widths {
			s.widths[i] = w * half / 2
		}
		if err := b.grown(fmt.Sprintf("widths %v, 16 chains", s.widths), s, 16); err != nil {
			return err
		}
	}
	return b.composedTerms(ctx)
}

// grown writes the row of a network and a number of chains.
func (b *bench) grown(what string, s sizes, chains int) error {
	s.name = "grown"
	n, err := s.make(b.dir)
	if err != nil {
		return err
	}
	m, err := n.open(b.xla.Backend)
	if err != nil {
		return err
	}
	evaluate, err := evaluator(m, chains)
	if err != nil {
		return err
	}
	return b.growthRow("resnet_small, "+what, chains, func() error { _, err := evaluate(); return err })
}

func (b *bench) growthRow(what string, chains int, evaluate func() error) error {
	forgetPeak()
	before := memoryOf("VmRSS")
	if err := evaluate(); err != nil { // compiles
		return err
	}
	t, err := b.turnOf(evaluate)
	if err != nil {
		return err
	}
	took, err := rotate(min(b.rounds, 5), t)
	if err != nil {
		return err
	}
	memory := ""
	if peak := memoryOf("VmHWM"); peak > 0 {
		memory = fmt.Sprintf("adds at most %d MB", max(0, peak-before)>>20)
	}
	row{"growth, " + what, ms(took[0]), "", ms(took[0]/time.Duration(chains)) + " a chain", "", memory}.write(b.out)
	return nil
}

// composedTerms are rows of the bundled CLEL model with classes added up.
func (b *bench) composedTerms(ctx context.Context) error {
	n, ok, err := b.bundled()
	if err != nil || !ok {
		return err
	}
	m, err := n.open(b.xla.Backend)
	if err != nil {
		return err
	}
	for _, count := range []int{1, 2, 4, 8} {
		var terms []sampling.Term
		for label := range min(count, len(m.Labels)) {
			e, err := m.At(models.Given{Label: []int{label}})
			if err != nil {
				return err
			}
			terms = append(terms, sampling.Term{Weight: 1, Energy: e})
		}
		c, err := startChains(ctx, m, terms, sampling.Settings{"steps": manySteps}, 16)
		if err != nil {
			return err
		}
		err = b.growthRow(fmt.Sprintf("%s, 16 chains, %d composed terms", n.name, count), 16, c.step)
		c.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetPeak makes the system count the program's highest memory anew, where it can.
func forgetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}
