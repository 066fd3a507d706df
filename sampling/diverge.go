package sampling

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// DivergedError says that a chain met a number that is not finite.
type DivergedError struct {
	Step             int // the step in which it happened, counted from 1
	Image            int // index into the batch
	Energy, GradNorm float32
}

// Error names the chain, the step and what was found.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("chain %d diverged in step %d: found energy %v and gradient norm %v, want finite numbers and pixels\n"+
		"a smaller step size or a smaller gradient clip keeps a chain in place", e.Image, e.Step, e.Energy, e.GradNorm)
}

// Divergence returns a *DivergedError of the lowest diverged chain, joined with
// those of the others; nil where none has diverged.
func (s State) Divergence() error {
	var all []error
	for _, d := range s.diverged {
		if d != nil {
			all = append(all, d)
		}
	}
	return errors.Join(all...)
}

// settled returns the state next, made from prev, with every picture that is held
// or has diverged put back to what it was, the diverged ones marked.
func settled(prev, next State) State {
	next = held(prev, next)
	var bad []int
	for i := range next.X.N {
		if prev.frozen(i) || !finiteAt(next, i) {
			bad = append(bad, i)
		}
	}
	if bad == nil {
		return next
	}
	restorable := prev.X.Size() == next.X.Size()
	next.X, next.at = next.X.Clone(), nil
	next.Energy, next.GradNorm = slices.Clone(next.Energy), slices.Clone(next.GradNorm)
	next.Diverged, next.diverged = make([]int, next.X.N), make([]*DivergedError, next.X.N)
	copy(next.diverged, prev.diverged)
	for _, i := range bad {
		if restorable {
			copy(next.X.Image(i), prev.X.Image(i))
		}
		if next.diverged[i] == nil {
			next.diverged[i] = divergenceOf(next, i)
		}
		found := next.diverged[i]
		next.Diverged[i] = found.Step
		if next.Energy != nil {
			next.Energy[i], next.GradNorm[i] = found.Energy, found.GradNorm
		}
	}
	return next
}

// held returns the state next, made from prev, with the held pictures as they were.
func held(prev, next State) State {
	if !slices.Contains(prev.Held, true) || prev.X.Size() != next.X.Size() {
		return next
	}
	next.X, next.at = next.X.Clone(), nil
	next.Accepted = slices.Clone(next.Accepted)
	for i, hold := range prev.Held {
		if !hold {
			continue
		}
		copy(next.X.Image(i), prev.X.Image(i))
		if next.Accepted != nil {
			next.Accepted[i] = float32(math.NaN())
		}
	}
	return next
}

func (s State) frozen(i int) bool { return s.diverged != nil && s.diverged[i] != nil }

func divergenceOf(s State, i int) *DivergedError {
	found := &DivergedError{Step: max(s.Step, 1), Image: i}
	if s.Energy != nil {
		found.Energy, found.GradNorm = s.Energy[i], s.GradNorm[i]
	}
	return found
}

func finiteAt(s State, i int) bool {
	if s.Energy != nil && !(finite(s.Energy[i]) && finite(s.GradNorm[i])) {
		return false
	}
	var sum float32 // v-v is 0 or not a number, and not a number stays
	for _, v := range s.X.Image(i) {
		sum += v - v
	}
	return sum == 0
}

// allDiverged returns the error that ends a run, nil while a chain is left.
func allDiverged(s State) error {
	if s.Diverged == nil || slices.Contains(s.Diverged, 0) {
		return nil
	}
	if len(s.Diverged) == 1 {
		return s.Divergence()
	}
	return fmt.Errorf("all %d chains diverged: %w", len(s.Diverged), s.Divergence())
}
