package studio

import (
	"fmt"
	"math"

	"ebmstudio/models"
)

// driftAfter is how many times as long as in training a chain walks before its drift is
// told.
const driftAfter = 2

// Drift is what chains that walk longer than those of training have come to. Energies
// that were trained with short chains are densities of what those chains reach and not
// of equilibrium (Nijkamp and others, arXiv:1903.12370): their chains may drift.
type Drift struct {
	Trained int // the run's step until which chains walked in training
	Steps   int // the run's newest step under the same energy
	// Moved is how far the mean energy has gone since step Trained, Spread its standard
	// deviation between chains then.
	Moved, Spread float64
}

// Words say how far the mean energy has drifted.
func (d Drift) Words() string {
	return fmt.Sprintf("the chains walk longer than in training (to step %d), and energies trained with short chains drift: since then the mean energy has moved by %.3g, %.1f times its spread between chains",
		d.Trained, d.Moved, d.Times())
}

// Times is the drift in units of the spread.
func (d Drift) Times() float64 { return math.Abs(d.Moved) / d.Spread }

// knows notes how long chains walked in training: on each level where there are levels.
func (r *Recording) knows(m *models.Model) {
	r.trained = m.TrainedSteps
	if n := len(m.Levels); n > 0 && hasLadder(m) {
		r.trained /= n
	}
}

// TrainedStep is the step of the run until which a chain walked in training, on the
// newest noise level where there are such; 0 where it is not known or not reached.
func (r *Recording) TrainedStep() int {
	from, to := r.under()
	if r.trained == 0 || to-from <= r.trained {
		return 0
	}
	return from + r.trained
}

// under are the first and the newest step under the newest energy.
func (r *Recording) under() (from, to int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	to = r.lastStep
	if n := len(r.levels); n > 0 {
		from = r.levels[n-1].From
	}
	return from, to
}

// Drift is that of the chains so far; false where they have not walked twice as long as
// in training, or where that is not known.
func (r *Recording) Drift() (Drift, bool) {
	from, to := r.under()
	d := Drift{Trained: r.TrainedStep(), Steps: to}
	if d.Trained == 0 || to-from < driftAfter*r.trained {
		return d, false
	}
	then, now := r.energiesBy(d.Trained), r.energiesBy(to)
	var n, sum, squares, moved float64
	for i, e := range then {
		if !finite(e) || !finite(now[i]) {
			continue
		}
		n, sum, squares, moved = n+1, sum+e, squares+e*e, moved+now[i]-e
	}
	if n < 2 {
		return d, false
	}
	d.Moved = moved / n
	d.Spread = math.Sqrt(max(0, squares-sum*sum/n) / (n - 1))
	return d, d.Spread > 0
}

// energiesBy are the chains' energies at a step, or the newest before it; not a number
// where there is none.
func (r *Recording) energiesBy(step int) []float64 {
	all := make([]float64, r.Chains())
	for chain := range all {
		all[chain] = math.NaN()
		steps, values := r.Curve("energy", chain)
		for i, at := range steps {
			if at <= step {
				all[chain] = float64(values[i])
			}
		}
	}
	return all
}
