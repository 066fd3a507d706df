package studio

import (
	"context"
	"fmt"
	"slices"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
)

const (
	// evalChains is how many chains are looked at for their health, evalChainSteps how many
	// steps they take at least in their last stage: those of a plan are often too few to
	// tell anything by.
	evalChains     = 16
	evalChainSteps = 400
)

// chains measures how well chains without conditions mix over the second half of their
// last stage, in which they walk on.
func (e *evalRun) chains(ctx context.Context) error {
	if e.request.Model.Model.Hole != nil {
		e.leave(partChains, "%s has chains for a picture's hole alone", e.request.Model.Name)
		return nil
	}
	r := DefaultRecipe(e.request.Model)
	r.Sampler, r.Settings, r.Chains = e.request.Sampler, e.request.Settings, evalChains
	r.Seed = e.seed(1<<evalSeedBatches - 1)
	if err := r.Validate(e.request.Model.Model); err != nil {
		return EvalRefused{err}
	}
	e.begin("chains", "steps", 0)
	c, err := inLane(ctx, e.studio, "chain health of "+e.request.Model.Name, urgencyScore, func() (*evaluation.Chains, error) {
		return chainHealth(ctx, e.request.Model, r, e.follow(ctx))
	})
	switch {
	case err != nil:
		return err
	case c == nil:
		e.leave(partChains, "the sampler takes no steps")
	default:
		e.report.Chains = c
	}
	return nil
}

// chainHealth walks a recipe's chains and tells of every step; nil where there are no steps to look at.
func chainHealth(ctx context.Context, o *Opened, r Recipe, step func(done, of int)) (*evaluation.Chains, error) {
	p, err := planOf(o.Model, r)
	if err != nil {
		return nil, err
	}
	last := -1
	for i, stage := range p {
		if stage.Steps > 0 {
			last = i
		}
	}
	if last < 0 {
		return nil, nil
	}
	stage := &p[last]
	stage.Steps = max(stage.Steps, evalChainSteps)
	unadjusted, temperature := judgeable(stage)
	key, err := r.key(o.Model)
	if err != nil {
		return nil, err
	}
	x, err := startOf(o.Model, r, p, key)
	if err != nil {
		return nil, err
	}
	var energy, accepted [][]float64
	for state, err := range sampling.Run(ctx, key, x, p) {
		if err != nil {
			return nil, err
		}
		step(state.Step, p.Steps())
		if state.Stage == last && state.Walked > stage.Steps/2 {
			energy, accepted = appended(energy, state.Energy), appended(accepted, state.Accepted)
		}
	}
	if len(energy) == 0 {
		return nil, nil
	}
	c := evaluation.ChainsOf(energy, accepted, len(energy)*len(energy[0])*gradients(stage.Kernel))
	c.Of, c.Unadjusted = fmt.Sprintf("the second half of %d steps", stage.Steps), unadjusted
	if stage.Name != "" {
		c.Of += " of " + stage.Name
	}
	if unadjusted {
		c.Temperature = temperature
	}
	return &c, nil
}

// judgeable has a stage's Langevin steps tell what a test would have accepted, where one
// could be made.
func judgeable(stage *sampling.Stage) (unadjusted bool, temperature float64) {
	l, ok := stage.Kernel.(sampling.Langevin)
	if !ok || stage.Keep != nil || (sampling.Unadjusted{Langevin: l}).Check() != nil {
		return false, 1
	}
	stage.Kernel = sampling.Unadjusted{Langevin: l}
	return true, l.Temperature()
}

// gradients that a step of a kernel takes.
func gradients(k sampling.Kernel) int {
	if h, ok := k.(sampling.HMC); ok {
		return h.Leaps
	}
	return 1
}

// appended adds a value to each of the chains.
func appended(chains [][]float64, values []float32) [][]float64 {
	if len(chains) == 0 {
		chains = make([][]float64, len(values))
	}
	for i := range min(len(chains), len(values)) {
		chains[i] = append(chains[i], float64(values[i]))
	}
	return slices.Clip(chains)
}
