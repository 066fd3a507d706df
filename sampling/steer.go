package sampling

import (
	"fmt"
	"slices"
)

// Of returns the state of some pictures of the batch, in that order; one may be
// asked for several times. A walk from it draws the noise of their new places.
func (s State) Of(images []int) (State, error) {
	for _, i := range images {
		if i < 0 || i >= s.X.N {
			return s, fmt.Errorf("state: found picture %d, want 0 to %d", i, s.X.N-1)
		}
	}
	s.X, s.Began, s.entry, s.at = s.X.of(images), s.Began.of(images), s.entry.of(images), nil
	s.Energy, s.GradNorm, s.Accepted, s.Passed = of(s.Energy, images), of(s.GradNorm, images), of(s.Accepted, images), nil
	s.Held, s.Diverged, s.diverged = of(s.Held, images), of(s.Diverged, images), of(s.diverged, images)
	s.adapted, s.tie, s.Weights = of(s.adapted, images), s.tie.of(images), s.Weights.of(images)
	return s, nil
}

func of[T any](all []T, images []int) []T {
	if all == nil {
		return nil
	}
	out := make([]T, len(images))
	for k, i := range images {
		out[k] = all[i]
	}
	return out
}

// Forget returns the state without what the chains have learnt about their steps, for
// going on under another kernel.
func (s State) Forget() State {
	s.adapted, s.tie = nil, nil
	return s
}

// Resting returns the state without what it can do without between two walks: it is
// smaller to keep, and goes on the same.
func (s State) Resting() State {
	s.at, s.keep, s.Passed = nil, nil, nil
	return s
}

// Renoise returns the state with noise of a standard deviation, in pixel units, added
// to a picture, kept in lo..hi (equal: no bounds). The noise is that of the key's
// stream StreamReinit at s.Step; pixels that the stage's mask holds in full stay.
func (s State) Renoise(k Key, image int, deviation float64, lo, hi float32) (State, error) {
	if image < 0 || image >= s.X.N {
		return s, fmt.Errorf("renoise: found picture %d, want 0 to %d", image, s.X.N-1)
	}
	if err := firstError(checkNumber("noise", deviation, 0), checkBounds(lo, hi)); err != nil {
		return s, fmt.Errorf("renoise: %w", err)
	}
	noise := make([]float32, s.X.Size())
	if err := k.Normal(StreamReinit, image, s.Step, noise); err != nil {
		return s, fmt.Errorf("renoise: %w", err)
	}
	s.X, s.at = s.X.Clone(), nil
	for j, v := range s.X.Image(image) {
		if s.keep != nil && s.keep.M[j%len(s.keep.M)] == 0 {
			continue
		}
		y := v + float32(float32(deviation)*noise[j])
		if lo != hi {
			y = clamp(y, min(lo, v), max(hi, v))
		}
		s.X.Image(image)[j] = y
	}
	return s, nil
}

// Entered reports whether the state is within its stage, or at its end, and not before
// the plan's first.
func (s State) Entered() bool { return s.within }

// Finished reports whether the stage's Finish has been applied to the pictures.
func (s State) Finished() bool { return s.finished }

// Hold returns the state with some pictures held and all others free.
func (s State) Hold(images []bool) State {
	s.Held = nil
	if slices.Contains(images, true) {
		s.Held = slices.Clone(images)
	}
	return s
}
