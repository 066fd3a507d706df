package sampling

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// Run walks pictures x through the plan and yields a State after every step, and
// one for a stage of no steps that has a Start, a Finish or a mask. The last step
// of a stage is yielded with Finish applied. Leaving the loop stops the run.
//
// The context is looked at before every evaluation. An error ends the run and
// comes with the last good State: ctx's cause when it was cancelled, what an
// energy or a kernel returned, or a *DivergedError once no chain is left. While
// one is left, chains that diverge are frozen and marked in State.Diverged.
func Run(ctx context.Context, k Key, x Images, p Plan) iter.Seq2[State, error] {
	return Walk{Key: k, Plan: p}.From(ctx, State{X: x})
}

// Walk is a plan with its randomness and what a person does on the way.
type Walk struct {
	Key  Key
	Plan Plan
	// Steer, where not nil, is asked once after every step, before the next one or the
	// stage that begins with it, for the state to go on from (see State.Hold and
	// State.Renoise). It writes to nothing given.
	Steer func(k Key, s State) (State, error)
	// Fuse is how many Langevin steps are made at once where the energy offers it (see
	// Fused) and nothing is to be done between them: no weighing, held chain or stop.
	// Those between are not yielded, and Steer is not asked. 0 and 1: none.
	Fuse int
	// Stops are numbers of steps after which a state is wanted, whatever Fuse is.
	Stops []int
}

// From is Run from a state: State{X: x} begins the plan; one that a walk has yielded
// goes on with the step after, to the bit as if that walk had gone on under this
// plan.
func (w Walk) From(ctx context.Context, s State) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		if err := w.check(s); err != nil {
			yield(s, err)
			return
		}
		s.at, s.steered = nil, 0
		for n := s.Stage; n < len(w.Plan); n++ {
			of := walker{ctx: ctx, key: w.Key, stage: w.Plan[n], steer: w.Steer, fuse: w.Fuse, stops: w.Stops, yield: yield}
			walk := of.walk
			if n == s.Stage && s.within {
				walk = of.goOn
			}
			s.Stage = n
			var ok bool
			if s, ok = walk(s); !ok {
				return
			}
		}
	}
}

// check is the plan's, and whether it has the state's place.
func (w Walk) check(s State) error {
	if err := w.Plan.Check(s.X); err != nil {
		return err
	}
	if s.Stage < 0 || s.Stage >= len(w.Plan) || s.Walked < 0 {
		return fmt.Errorf("walk: found a state after %d steps of stage %d, want a stage of the %d that the plan has", s.Walked, s.Stage, len(w.Plan))
	}
	return nil
}

// walker takes a state through one stage.
type walker struct {
	ctx   context.Context
	key   Key
	stage Stage
	steer func(Key, State) (State, error)
	fuse  int
	stops []int
	yield func(State, error) bool

	evaluations *int // made in the step under way
}

// fail ends the run with an error.
func (w walker) fail(s State, err error) (State, bool) {
	w.yield(s, fmt.Errorf("%s, step %d: %w", w.stage.title(s.Stage), s.Step+1, err))
	return s, false
}

// walk returns the state after the stage; ok is false where the run is over.
func (w walker) walk(s State) (_ State, ok bool) {
	s, err := w.steered(s)
	if err != nil {
		return w.fail(s, err)
	}
	entered, err := w.enter(s)
	if err != nil {
		return w.fail(s, err)
	}
	s = entered
	if w.stage.Steps == 0 {
		if w.stage.Start == nil && w.stage.Finish == nil && w.stage.Keep == nil {
			return s, true
		}
		if s, err = w.finish(s); err != nil {
			return w.fail(s, err)
		}
		return s, w.deliver(s)
	}
	return w.steps(s)
}

// goOn is walk from a state within the stage.
func (w walker) goOn(s State) (_ State, ok bool) {
	s.keep = w.stage.Keep
	switch {
	case !s.finished && s.Walked < w.stage.Steps:
		return w.steps(s)
	case s.finished || w.stage.Finish == nil:
		return s, true
	}
	s, err := w.finish(s) // of a stage that was longer when the state was made
	if err != nil {
		return w.fail(s, err)
	}
	return s, w.deliver(s)
}

// steps makes the steps of the stage that are left.
func (w walker) steps(s State) (_ State, ok bool) {
	for s.Walked < w.stage.Steps {
		steered, err := w.steered(s)
		if err != nil {
			return w.fail(s, err)
		}
		s = steered
		next, leapt, err := w.leap(s)
		if err == nil && !leapt {
			next, err = w.step(s)
		}
		if err == nil && next.Walked == w.stage.Steps {
			next, err = w.finish(next)
		}
		if err != nil {
			return w.fail(s, err)
		}
		if s = next; !w.deliver(s) {
			return s, false
		}
	}
	return s, true
}

// steered is the state with what a person does before the next step.
func (w walker) steered(s State) (State, error) {
	if w.steer == nil || s.steered == s.Step+1 {
		return s, nil
	}
	next, err := w.steer(w.key, s)
	if err != nil {
		return s, fmt.Errorf("steer: %w", err)
	}
	next.steered = s.Step + 1
	if err := next.X.Check(s.X.C, s.X.H, s.X.W); err != nil || next.X.N != s.X.N {
		return s, fmt.Errorf("steer: found %d pictures, want %d: %w", next.X.N, s.X.N, err)
	}
	return next, nil
}

// energy is the stage's energy with the tether to x, looking at the context first and
// counting.
func (w walker) energy(x Images) Energy {
	energy := w.stage.Energy
	if w.stage.Tether != 0 {
		energy = Sum{{1, energy}, {1, Tether{To: x, K: w.stage.Tether}}}
	}
	return cancellable{w.ctx, energy, w.evaluations}
}

// enter makes the stage's first state.
func (w walker) enter(s State) (State, error) {
	first := s
	first.at, first.keep, first.adapted, first.tie = nil, w.stage.Keep, nil, nil
	first.Energy, first.GradNorm, first.Accepted, first.Passed = nil, nil, nil, nil
	first.Walked, first.entry, first.within, first.finished = 0, s.X, true, false
	if w.stage.Start != nil {
		x, err := w.transform("start", w.stage.Start, s)
		if err != nil {
			return s, err
		}
		first.X = x
	}
	first, err := w.kept(first)
	if err != nil {
		return s, err
	}
	first = settled(s, first)
	first.Began = first.X
	if w.stage.Weighing != nil && first.Weights == nil {
		first.Weights = unweighed(first.X.N)
	}
	return first, nil
}

func (w walker) step(s State) (State, error) {
	if err := cause(w.ctx); err != nil {
		return s, err
	}
	var made int
	w.evaluations = &made
	next, err := w.moved(s)
	if err != nil {
		return s, err
	}
	next.Evaluations = s.Evaluations + made
	if next.X.N != s.X.N {
		return s, fmt.Errorf("kernel: found %d pictures, want %d", next.X.N, s.X.N)
	}
	if err := next.X.Check(s.X.C, s.X.H, s.X.W); err != nil {
		return s, fmt.Errorf("kernel: %w", err)
	}
	if next, err = w.kept(next); err != nil {
		return s, err
	}
	next.Walked, next.Passed = s.Walked+1, nil
	return w.leave(settled(s, next))
}

// moved is the state after the kernel's step.
func (w walker) moved(s State) (State, error) {
	if g := w.stage.Weighing; g != nil && s.Walked < g.Ramp {
		return w.weighedStep(s)
	}
	s.Weights = s.Weights.rested()
	return w.stage.Kernel.Step(w.key, s, w.energy(s.entry))
}

func (w walker) finish(s State) (State, error) {
	if w.stage.Finish == nil {
		return s, nil
	}
	x, err := w.transform("finish", w.stage.Finish, s)
	if err != nil {
		return s, err
	}
	next := s
	next.X, next.at, next.finished = x, nil, true
	return settled(s, next), nil
}

func (w walker) transform(name string, f func(Key, int, Images) (Images, error), s State) (Images, error) {
	if err := cause(w.ctx); err != nil {
		return Images{}, err
	}
	x, err := f(w.key, s.Step, s.X)
	if err != nil {
		return Images{}, fmt.Errorf("%s: %w", name, err)
	}
	if x.N != s.X.N {
		return Images{}, fmt.Errorf("%s: found %d pictures, want %d", name, x.N, s.X.N)
	}
	if err := x.Check(x.C, x.H, x.W); err != nil {
		return Images{}, fmt.Errorf("%s: %w", name, err)
	}
	return x, nil
}

// kept returns the state with the known pixels put back. What the kernel knows of
// its pictures stays valid only where that changed none.
func (w walker) kept(s State) (State, error) {
	if w.stage.Keep == nil {
		return s, nil
	}
	x, err := w.stage.Keep.Apply(s.X)
	if err != nil {
		return s, err
	}
	if !slices.Equal(x.Data, s.X.Data) {
		s.at = nil
	}
	s.X = x
	return s, nil
}

// deliver yields a state, and the error that ends the run once all diverged.
func (w walker) deliver(s State) bool {
	if !w.yield(s, nil) {
		return false
	}
	if err := allDiverged(s); err != nil {
		w.yield(s, err)
		return false
	}
	return true
}

// cancellable is an energy that is not evaluated once the context is done.
type cancellable struct {
	ctx context.Context
	of  Energy
	// evaluations counts those with a gradient.
	evaluations *int
}

func (c cancellable) Value(x Images) ([]float32, error) {
	if err := cause(c.ctx); err != nil {
		return nil, err
	}
	return c.of.Value(x)
}

func (c cancellable) Eval(x Images) ([]float32, Images, error) {
	if err := cause(c.ctx); err != nil {
		return nil, Images{}, err
	}
	*c.evaluations++
	return c.of.Eval(x)
}

func cause(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
