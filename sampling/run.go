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
	return func(yield func(State, error) bool) {
		s := State{X: x}
		if err := p.Check(x); err != nil {
			yield(s, err)
			return
		}
		for n, stage := range p {
			s.Stage = n
			w := walker{ctx: ctx, key: k, stage: stage, yield: yield}
			var ok bool
			if s, ok = w.walk(s); !ok {
				return
			}
		}
	}
}

// walker takes a state through one stage.
type walker struct {
	ctx   context.Context
	key   Key
	stage Stage
	yield func(State, error) bool
}

// walk returns the state after the stage; ok is false where the run is over.
func (w walker) walk(s State) (_ State, ok bool) {
	fail := func(err error) (State, bool) {
		w.yield(s, fmt.Errorf("%s, step %d: %w", w.stage.title(s.Stage), s.Step+1, err))
		return s, false
	}
	energy := w.energy(s.X)
	entered, err := w.enter(s)
	if err != nil {
		return fail(err)
	}
	s = entered
	if w.stage.Steps == 0 {
		if w.stage.Start == nil && w.stage.Finish == nil && w.stage.Keep == nil {
			return s, true
		}
		if s, err = w.finish(s); err != nil {
			return fail(err)
		}
		return s, w.deliver(s)
	}
	for i := range w.stage.Steps {
		next, err := w.step(s, energy)
		if err == nil && i == w.stage.Steps-1 {
			next, err = w.finish(next)
		}
		if err != nil {
			return fail(err)
		}
		if s = next; !w.deliver(s) {
			return s, false
		}
	}
	return s, true
}

// energy is the stage's energy with the tether to x, looking at the context first.
func (w walker) energy(x Images) Energy {
	energy := w.stage.Energy
	if w.stage.Tether != 0 {
		energy = Sum{{1, energy}, {1, Tether{To: x, K: w.stage.Tether}}}
	}
	return cancellable{w.ctx, energy}
}

// enter makes the stage's first state.
func (w walker) enter(s State) (State, error) {
	first := s
	first.at, first.keep, first.adapted = nil, w.stage.Keep, nil
	first.Energy, first.GradNorm, first.Accepted = nil, nil, nil
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
	return settled(s, first), nil
}

func (w walker) step(s State, energy Energy) (State, error) {
	if err := cause(w.ctx); err != nil {
		return s, err
	}
	next, err := w.stage.Kernel.Step(w.key, s, energy)
	if err != nil {
		return s, err
	}
	if next.X.N != s.X.N {
		return s, fmt.Errorf("kernel: found %d pictures, want %d", next.X.N, s.X.N)
	}
	if err := next.X.Check(s.X.C, s.X.H, s.X.W); err != nil {
		return s, fmt.Errorf("kernel: %w", err)
	}
	if next, err = w.kept(next); err != nil {
		return s, err
	}
	return settled(s, next), nil
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
	next.X, next.at = x, nil
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
	return c.of.Eval(x)
}

func cause(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
