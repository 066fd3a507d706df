package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/sampling"
)

// wantedPureGo is the longest step of the pure-Go engine, in steps of xla:cpu, on a bundled model.
const wantedPureGo = 4.0

// bundledOnBoth is figure 14: an evaluation of a sampling step, energy and gradient of 16
// chains, of every bundled model on the pure-Go engine and on xla:cpu, by turns. What a step
// adds to it is the same work on both.
func (b *bench) bundledOnBoth(context.Context) error {
	wanted := fmt.Sprintf("≤ %vx", wantedPureGo)
	if b.xla == nil {
		skipped("step on the pure-Go engine, the bundled models", wanted, b.noXLA).write(b.out)
		return nil
	}
	for _, r := range resources.Models() {
		plain, xla, err := b.evaluationOnBoth(r, b.batches()[0])
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		ratio := float64(plain) / float64(xla)
		figure := fmt.Sprintf("step on the pure-Go engine, %s, %d chains", r.Name, b.batches()[0])
		row{figure, ms(plain) + " (go)", ms(xla) + " (xla:cpu)", times(ratio) + " the time", wanted, verdict(ratio <= wantedPureGo)}.write(b.out)
	}
	return nil
}

func (b *bench) evaluationOnBoth(r resources.Bundled, batch int) (plain, xla time.Duration, err error) {
	var turns []turn
	for _, backend := range []compute.Backend{b.plain.Backend, b.xla.Backend} {
		m, err := openBundled(backend, r)
		if err != nil {
			return 0, 0, err
		}
		t, err := b.evaluation(m, batch)
		if err != nil {
			return 0, 0, err
		}
		turns = append(turns, t)
	}
	return interleave(b.rounds, turns[0], turns[1])
}

// openBundled opens a bundled model on a backend.
func openBundled(backend compute.Backend, r resources.Bundled) (*models.Model, error) {
	f, err := checkpoint.Read(r.Name+".safetensors", r.Data)
	if err != nil {
		return nil, err
	}
	for _, family := range zoo.Families() {
		if family.Knows(f) {
			return family.Open(backend, f, models.Options{})
		}
	}
	return nil, fmt.Errorf("open %s: no family knows it", r.Name)
}

// evaluation is a turn of evaluating a model on a batch of chains, compiled already.
func (b *bench) evaluation(m *models.Model, batch int) (turn, error) {
	answer, err := evaluator(m, batch)
	if err != nil {
		return nil, err
	}
	evaluate := func() error { _, err := answer(); return err }
	if err := evaluate(); err != nil { // compiles
		return nil, err
	}
	return b.turnOf(evaluate)
}

// evaluator returns what a sampling step asks of a model: energies and gradients of n pictures
// as its chains begin with, on the cleanest level, without a class.
func evaluator(m *models.Model, n int) (func() (answered, error), error) {
	x, given := m.Start(sampling.NewKey(1), n), models.Given{}
	if m.Hole != nil {
		masked, err := m.Hole(x).Apply(sampling.NewImages(x.N, x.C, x.H, x.W))
		if err != nil {
			return nil, err
		}
		given.Picture = &masked
	}
	e, err := m.At(given)
	if err != nil {
		return nil, err
	}
	return func() (answered, error) {
		energies, gradient, err := e.Eval(x)
		return answered{energies, gradient}, err
	}, nil
}
