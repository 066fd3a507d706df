package studio

import (
	"errors"
	"fmt"
	"reflect"

	"ebmstudio/sampling"
)

// start is what a walk begins with beside its recipe.
type start struct {
	pictures *sampling.Images // of a draft, nil for all other runs
	run      *Recording       // of the run that a fork goes on from, nil where it is not at hand
	limit    int              // end after so many steps, or allSteps
}

// errStopped ends a walk that was stopped before its own first step.
var errStopped = errors.New("stopped")

// forked is the state that a fork goes on from, at its place in the fork's plan.
func (w *walk) forked(f *Fork, r Recipe, p sampling.Plan, run *Recording) (sampling.State, error) {
	m := w.opened.Model
	of, err := planOf(m, f.Of)
	if err != nil {
		return sampling.State{}, err
	}
	s, err := w.retraced(f, of, run)
	if err != nil {
		return s, err
	}
	if f.Chain != EveryChain {
		all := make([]int, r.Chains)
		for i := range all {
			all[i] = f.Chain
		}
		if s, err = s.Of(all); err != nil {
			return s, err
		}
		s = s.Hold(nil)
	}
	return placed(s, of, p, hasLadder(m))
}

// retraced is the run's state after the fork's step: made again from the nearest one
// that is kept, or from the start.
func (w *walk) retraced(f *Fork, of sampling.Plan, run *Recording) (sampling.State, error) {
	key, err := f.Of.key(w.opened.Model)
	if err != nil {
		return sampling.State{}, err
	}
	s, ok := run.stateBefore(f.Step)
	if !ok {
		if s, err = w.first(f.Of, of, key); err != nil {
			return s, err
		}
	}
	if s.Step > f.Step {
		return s, fmt.Errorf("found step %d, but the run is itself a fork and begins at step %d: fork the run before it", f.Step, s.Step)
	}
	if rests(of, s, f.Step) {
		return s, nil
	}
	walk := sampling.Walk{Key: key, Plan: of, Steer: steer(f.Of.Acts, f.Of.killed(), w.opened.Model)}
	for state, err := range walk.From(w.job.ctx, s) {
		if err != nil {
			if w.job.ctx.Err() != nil {
				return s, errStopped
			}
			return s, err
		}
		s = state
		w.job.enter(Retracing)
		if rests(of, s, f.Step) {
			return s, nil
		}
		if !w.yield() {
			return s, errStopped
		}
	}
	if s.Step < f.Step {
		return s, refuse("found step %d, want one of the %d that the run walks", f.Step, s.Step)
	}
	return s, nil
}

// first is the state that a recipe begins with.
func (w *walk) first(r Recipe, p sampling.Plan, key sampling.Key) (sampling.State, error) {
	if r.Fork != nil {
		return w.forked(r.Fork, r, p, nil)
	}
	x, err := startOf(w.opened.Model, r, p, key)
	return sampling.State{X: x}, err
}

// rests reports whether a state is the last after a step: no stage of no steps follows
// that would change it.
func rests(p sampling.Plan, s sampling.State, step int) bool {
	if s.Step < step {
		return false
	}
	next := s.Stage + 1
	if s.Walked < p[s.Stage].Steps {
		return true
	}
	if !s.Entered() {
		next = s.Stage
	}
	return next >= len(p) || p[next].Steps > 0
}

// placed finds a state's place in the plan of a fork: the same stage; where the
// stages are others, and are no noise levels, the one that has the state's step.
func placed(s sampling.State, of, p sampling.Plan, levels bool) (sampling.State, error) {
	if !s.Entered() {
		return s, nil
	}
	if s.Stage >= len(p) || p[s.Stage].Name != of[s.Stage].Name {
		if levels {
			return s, fmt.Errorf("the run is on %s after step %d, the fork has other levels there: leave the start level as it is", of[s.Stage].Name, s.Step)
		}
		before := 0
		for s.Stage = 0; s.Stage < len(p)-1 && before+p[s.Stage].Steps < s.Step; s.Stage++ {
			before += p[s.Stage].Steps
		}
		s.Walked = s.Step - before
	}
	if s.Stage < len(of) && !reflect.DeepEqual(of[s.Stage].Kernel, p[s.Stage].Kernel) {
		s = s.Forget()
	}
	if left(p, s) == 0 {
		return s, refuse("found step %d, and nothing is left to walk there: fork at an earlier step, or raise the number of steps", s.Step)
	}
	return s, nil
}

// left is the number of steps that a state has still to walk.
func left(p sampling.Plan, s sampling.State) int {
	n := p[s.Stage:].Steps()
	if s.Entered() {
		n -= min(s.Walked, p[s.Stage].Steps)
		if s.Finished() {
			n = p[s.Stage+1:].Steps()
		}
	}
	return n
}
