package sampling

import (
	"errors"
	"fmt"
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
	for i, step := range s.Diverged {
		if step != 0 {
			found := &DivergedError{Step: step, Image: i}
			if s.Energy != nil {
				found.Energy, found.GradNorm = s.Energy[i], s.GradNorm[i]
			}
			all = append(all, found)
		}
	}
	return errors.Join(all...)
}

// settled returns the state next, made from prev, with every picture that has
// diverged marked and put back to what it was.
func settled(prev, next State) State {
	var bad []int
	for i := range next.X.N {
		frozen := prev.Diverged != nil && i < len(prev.Diverged) && prev.Diverged[i] != 0
		if frozen || !finiteAt(next, i) {
			bad = append(bad, i)
		}
	}
	if bad == nil {
		return next
	}
	restorable := prev.X.N == next.X.N && prev.X.Size() == next.X.Size()
	next.X = next.X.Clone()
	next.Energy, next.GradNorm = slices.Clone(next.Energy), slices.Clone(next.GradNorm)
	marks := make([]int, next.X.N)
	copy(marks, prev.Diverged)
	for _, i := range bad {
		if restorable {
			copy(next.X.Image(i), prev.X.Image(i))
		}
		if marks[i] == 0 {
			marks[i] = next.Step
		} else if next.Energy != nil && prev.Energy != nil {
			next.Energy[i], next.GradNorm[i] = prev.Energy[i], prev.GradNorm[i]
		}
	}
	next.Diverged, next.at = marks, nil
	return next
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
