package main

import (
	"fmt"

	"ebmstudio/studio"
)

// weighedOut is what a script is told of chains that were weighed.
type weighedOut struct {
	Resamplings int     `json:"resamplings"`
	LowestESS   number  `json:"lowest_effective_size"`
	Surviving   float64 `json:"surviving_ancestors"`
	LogConstant number  `json:"log_constant"`
	Origin      []int   `json:"origin"` // of every chain the one, by place, that it is descended from
}

func weighedForm(r studio.Result) *weighedOut {
	w := r.Weights
	if w == nil {
		return nil
	}
	return &weighedOut{Resamplings: w.Resamplings, LowestESS: number(w.Lowest), Surviving: w.Surviving(), LogConstant: number(w.LogConstant), Origin: w.Origin}
}

// words says how the weighing went.
func (w *weighedOut) words() string {
	return fmt.Sprintf("chains drawn anew %d times; effective sample size at the lowest %.1f of %d; %.0f %% of the first chains survive; log constant %.4g\n"+
		"the chains are one sample: each depends on the others", w.Resamplings, float64(w.LowestESS), len(w.Origin), 100*w.Surviving, float64(w.LogConstant))
}
