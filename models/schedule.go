package models

import "math"

// WarmUp is the part of its rate with which a training takes step i, counted from 0: it
// grows in proportion over the first n steps and is 1 from there on.
func WarmUp(i, n int) float64 { return math.Min(1, float64(i+1)/math.Max(float64(n), 1)) }

// CosineFall is the part of its rate that a schedule of n steps leaves of step i: it falls
// from 1 along half a cosine to last, where it stays.
func CosineFall(i, n int, last float64) float64 {
	annealed := 0.5 * (1 + math.Cos(math.Pi*math.Min(float64(i)/float64(n), 1)))
	return last + (1-last)*annealed
}

// AverageDecay is the decay of averaged weights at step i: 0, so that they follow, until
// the length of the average, 1/(1-decay) steps, has passed (as the authors of CLEL do).
func AverageDecay(i int, decay float64) float64 {
	if float64(i) < 1/(1-decay) {
		return 0
	}
	return decay
}
