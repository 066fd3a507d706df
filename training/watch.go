package training

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"ebmstudio/models"
)

// watch stops a training that diverges before it overwrites what is good.
type watch struct {
	bad   int       // iterations in a row whose energies are far apart
	gap   float64   // moving average of their distance
	norms []float64 // of the gradient by the weights, the last ones, in a ring
	next  int       // place in the ring
	wild  int       // iterations in a row whose gradient is far above its usual norm
}

// Health is how a training does, beside what stops it.
type Health struct {
	Gap, Limit  float64 // mean distance of the energies of samples and of data of late, and the one that is far
	Norm, Usual float64 // of the gradient by the weights, and its median of late; 0: unknown
	Warning     string  // what looks wrong and why; "": nothing
	Advice      string  // what people do about it
}

// When a warning is told. Half of the gap that ends a run leaves time to act: it has to
// last for patience iterations more. A gradient that jumps by a power of ten is an update
// that undoes many, but single ones are met in every healthy run, so several in a row are
// asked for.
const (
	gapWarned  = 0.5 // of the gap that is far
	wildFactor = 10.0
	wildInARow = 3
	normsKept  = 200
	normsLeast = 50 // before it there is no usual norm
)

// health follows an iteration's measurements.
func (w *watch) health(l *models.Learner, m map[string]float64) Health {
	h := Health{Limit: maxGap, Norm: m[gradientNorm]}
	if l.Gap > 0 {
		h.Limit = l.Gap
	}
	w.gap += (m[l.Samples] - m[l.Data] - w.gap) / 20
	h.Gap = w.gap
	if len(w.norms) >= normsLeast {
		h.Usual = median(w.norms)
	}
	if h.Usual > 0 && h.Norm > wildFactor*h.Usual {
		w.wild++
	} else {
		w.wild = 0
	}
	if len(w.norms) < normsKept {
		w.norms = append(w.norms, h.Norm)
	} else {
		w.norms[w.next] = h.Norm
	}
	w.next = (w.next + 1) % normsKept
	switch {
	case w.wild >= wildInARow:
		h.Warning = fmt.Sprintf("the gradient's norm is %.3g, %.0f times its usual %.3g: single updates undo many", h.Norm, h.Norm/h.Usual, h.Usual)
	case l.Data != "" && math.Abs(h.Gap) > gapWarned*h.Limit:
		h.Warning = fmt.Sprintf("the energies of samples and of data are %.3g apart (the run ends beyond %.3g): chains no longer follow the energy", h.Gap, h.Limit)
	}
	if h.Warning != "" {
		h.Advice = advice(l)
	}
	return h
}

// gradientNorm names the measurement of the gradient by the weights.
const gradientNorm = "gradient_norm"

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// advice is what may help a training of a family that diverges.
func advice(l *models.Learner) string {
	if l.Advice != "" {
		return l.Advice
	}
	return "a lower --lr, a higher --alpha, a lower --step-size or a --grad-norm limit"
}

// Limits of a healthy training: energies of data and of samples far apart for many
// iterations in a row mean that chains no longer follow the energy; huge ones that
// it has no bottom.
const (
	maxEnergy = 1e4
	maxGap    = 5.0
	patience  = 200
)

// Divergence is the error of a training whose measurements have run away.
type Divergence struct{ error }

// Unwrap returns what was measured, and what may help.
func (d Divergence) Unwrap() error { return d.error }

// look checks an iteration's measurements.
func (w *watch) look(l *models.Learner, m map[string]float64) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if v := m[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("diverged: %s is %v", name, v)
		}
	}
	data, samples := m[l.Data], m[l.Samples]
	if math.Abs(data) > maxEnergy || math.Abs(samples) > maxEnergy {
		return fmt.Errorf("diverged: energies of data %.3g and of samples %.3g, want them below %g", data, samples, maxEnergy)
	}
	gap := maxGap
	if l.Gap > 0 {
		gap = l.Gap
	}
	if math.Abs(data-samples) <= gap {
		w.bad = 0
		return nil
	}
	if w.bad++; w.bad >= patience {
		return fmt.Errorf("diverged: energies of data %.3g and of samples %.3g have been far apart for %d iterations", data, samples, patience)
	}
	return nil
}
