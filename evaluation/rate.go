// Package evaluation holds the measures of how good samples are, as pure functions of
// numbers, and the report they go into. It knows no models.
package evaluation

import "math"

// Rate is how many of a number of tries were right.
type Rate struct {
	Right int `json:"right"`
	Of    int `json:"of"`
}

// Add counts a try.
func (r *Rate) Add(right bool) {
	r.Of++
	if right {
		r.Right++
	}
}

// Value is the part that was right; 0 where nothing was tried.
func (r Rate) Value() float64 {
	if r.Of == 0 {
		return 0
	}
	return float64(r.Right) / float64(r.Of)
}

// Interval is Wilson's 95 % confidence interval (1927), which stays within 0..1 and is
// good for rates near them.
func (r Rate) Interval() (low, high float64) {
	if r.Of == 0 {
		return 0, 1
	}
	const z = normal95
	n, p := float64(r.Of), r.Value()
	centre := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return max((centre-half)/scale, 0), min((centre+half)/scale, 1)
}

// A pixel of 0..1 is saturated within two of 255 levels from black or white.
const saturated = 2.0 / 255

// Saturation counts the saturated values among those of pictures in 0..1.
func Saturation(x []float32) Rate {
	var r Rate
	for _, v := range x {
		r.Add(v <= saturated+1e-6 || v >= 1-saturated-1e-6)
	}
	return r
}
