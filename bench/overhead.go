package main

import (
	"context"
	"errors"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/models"
	"ebmstudio/models/clel"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// watched is an energy that notes when each evaluation began and ended.
type watched struct {
	sampling.Energy
	log *[]evaluation
}

type evaluation struct{ began, ended time.Time }

// Eval evaluates and notes the time.
func (w watched) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	began := time.Now()
	e, grad, err := w.Energy.Eval(x)
	*w.log = append(*w.log, evaluation{began, time.Now()})
	return e, grad, err
}

// Warm compiles ahead, as the energy itself would.
func (w watched) Warm(n int, grad bool) (time.Duration, error) {
	if e, ok := w.Energy.(models.Warmer); ok {
		return e.Warm(n, grad)
	}
	return 0, nil
}

// watchedFamily is CLEL with plans whose evaluations are noted.
func watchedFamily(log *[]evaluation) models.Family {
	f := clel.Family()
	f.Open = func(b compute.Backend, file *checkpoint.File, o models.Options) (*models.Model, error) {
		m, err := clel.Open(b, file, o)
		if err != nil {
			return nil, err
		}
		plan := m.Plan
		m.Plan = func(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
			p, err := plan(terms, s)
			for i := range p {
				p[i].Energy = watched{p[i].Energy, log}
			}
			return p, err
		}
		return m, nil
	}
	return f
}

// outsideNet runs chains through the studio, recorded as for a person, and returns
// the mean time of a step and of the part of it that is not the network's
// evaluation: noise, update, frames, curves, the lane.
func outsideNet(ctx context.Context, e *engine.Engine, n net, count, steps int) (step, outside time.Duration, err error) {
	var log []evaluation
	s := studio.New(studio.Config{
		Families: []models.Family{watchedFamily(&log)},
		Engine:   asStudio(e),
	})
	defer s.Close()
	o, err := s.Open(ctx, n.checkpoint, studio.Options{})
	if err != nil {
		return 0, 0, err
	}
	r := studio.DefaultRecipe(o)
	r.Chains = count
	r.Settings = sampling.Settings{"steps": float64(steps)}
	if err := s.Sample(o, r, nil).Wait(ctx); err != nil {
		return 0, 0, err
	}
	return share(log)
}

// asStudio gives the studio an engine that is open.
func asStudio(e *engine.Engine) func(context.Context) (studio.Engine, error) {
	return func(context.Context) (studio.Engine, error) {
		return studio.Engine{Name: e.Name, Device: e.Device, Version: e.Version, Backend: e.Backend}, nil
	}
}

// share divides the time from one evaluation's begin to the next one's into the
// evaluation and the rest; the first step, which warms up, is left out.
func share(log []evaluation) (step, outside time.Duration, err error) {
	if len(log) < 3 {
		return 0, 0, errors.New("found fewer than 3 evaluations, want more to measure a step")
	}
	log = log[1:]
	steps := time.Duration(len(log) - 1)
	for i := range int(steps) {
		outside += log[i+1].began.Sub(log[i].ended)
	}
	return log[steps].began.Sub(log[0].began) / steps, outside / steps, nil
}
