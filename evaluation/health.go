package evaluation

import (
	"fmt"
	"math"
	"slices"
)

// Chains is the health of a sampler's chains on a model. Values that cannot be told,
// such as those of chains that stand still, are nil.
type Chains struct {
	Chains int    `json:"chains"`
	Steps  int    `json:"steps"` // that are counted, of each chain
	Of     string `json:"of"`    // which steps these are
	// RHat is the rank-normalised split-R-hat of the energy, the ESS its bulk effective
	// sample size over all chains; see [RHat], [BulkESS].
	RHat *float64 `json:"rhat"`
	ESS  *float64 `json:"bulk_ess"`
	// Gradients are evaluations of the energy's gradient in the steps counted, of all
	// chains together; PerESS how many of them an independent energy costs.
	Gradients int      `json:"gradients"`
	PerESS    *float64 `json:"gradients_per_ess"`
	// Accepted is the share of accepted proposals; of samplers that accept all of them the
	// share that a Metropolis-Hastings test would have accepted: Unadjusted.
	Accepted   *float64 `json:"accepted"`
	Unadjusted bool     `json:"unadjusted"`
	// Temperature is the one at which that share is told: exp(-E/T) is what the step would
	// sample, were it small.
	Temperature float64 `json:"temperature"`
}

// ChainsOf measures chains by the energies of their steps [chain][step], the gradients
// that all of them took, and the acceptance of each chain and step: 1 or 0, or for
// samplers that accept all the probability that they should have had.
func ChainsOf(energy, acceptance [][]float64, gradients int) Chains {
	c := Chains{Chains: len(energy), Steps: length(energy), Gradients: gradients, Temperature: 1}
	c.RHat, c.ESS = told(RHat(energy)), told(BulkESS(energy))
	if c.ESS != nil && *c.ESS > 0 {
		c.PerESS = told(float64(gradients) / *c.ESS)
	}
	if all := slices.Concat(acceptance...); len(all) > 0 {
		mean, _ := meanAndVariance(all)
		c.Accepted = told(mean)
	}
	return c
}

// told is a number that can be written, nil for others.
func told(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// TrainingRun is what was measured of one training.
type TrainingRun struct {
	Name     string
	Measured []Measured
	Diverged string // why it was ended; empty: it was not
	Memory   int64  // bytes, the most that were resident; 0: unknown
}

// Measured is a line of a training's measurements.
type Measured struct {
	Iteration     int
	Seconds       float64 // since the run, or its resumption, began
	Data, Samples float64 // mean energies
}

// Training is the health of trainings of one recipe that differ in their seeds.
type Training struct {
	Runs     []TrainingHealth `json:"runs"`
	Diverged Rate             `json:"diverged"` // of the runs
}

// TrainingHealth is that of one run.
type TrainingHealth struct {
	Name       string `json:"name"`
	Iterations int    `json:"iterations"`
	// Gap is the mean of E(data) - E(samples) over the last tenth of the measurements, with
	// its 95 % interval for independent ones: near 0 while chains follow the energy, far
	// below it once they do not (Improved Contrastive Divergence, Fig. 9).
	Gap      Mean    `json:"gap"`
	Each     float64 `json:"seconds_iteration"` // median; resumptions and compilations fall out
	Memory   int64   `json:"resident_bytes"`    // 0: unknown
	Diverged string  `json:"diverged"`          // why; empty: it did not
}

// gapShare of the measurements are averaged for the gap, at least gapLeast.
const (
	gapShare = 10
	gapLeast = 10
)

// TrainingOf measures trainings by their histories. A run without a measurement is an
// error.
func TrainingOf(runs []TrainingRun) (Training, error) {
	var t Training
	for _, r := range runs {
		n := len(r.Measured)
		if n == 0 {
			return t, fmt.Errorf("training health: %s: found no measurements, want at least one", r.Name)
		}
		h := TrainingHealth{Name: r.Name, Iterations: r.Measured[n-1].Iteration, Memory: r.Memory, Diverged: r.Diverged}
		var gaps []float64
		for _, m := range r.Measured[max(0, n-max(gapLeast, n/gapShare)):] {
			gaps = append(gaps, m.Data-m.Samples)
		}
		h.Gap, h.Each = MeanOf(gaps), paceOf(r.Measured)
		t.Runs = append(t.Runs, h)
		t.Diverged.Add(r.Diverged != "")
	}
	return t, nil
}

// paceOf is the median time of an iteration between two measurements.
func paceOf(m []Measured) float64 {
	var each []float64
	for i := 1; i < len(m); i++ {
		if n, took := m[i].Iteration-m[i-1].Iteration, m[i].Seconds-m[i-1].Seconds; n > 0 && took > 0 {
			each = append(each, took/float64(n))
		}
	}
	if len(each) == 0 {
		return 0
	}
	return median(each)
}
