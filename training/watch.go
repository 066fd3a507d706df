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
	bad int // iterations in a row whose energies are far apart
}

// Limits of a healthy training: energies of data and of samples far apart for many
// iterations in a row mean that chains no longer follow the energy; huge ones that
// it has no bottom.
const (
	maxEnergy = 1e4
	maxGap    = 5.0
	patience  = 200
)

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
