package evaluation

import (
	"errors"
	"fmt"
)

// KID is the kernel distance of two sets of feature vectors (Binkowski et al., 2018):
// the unbiased estimate of the squared maximum mean discrepancy under the kernel
// (x.y/d + 1)^3, d being the vectors' length. It is about 0 for two sets of the same
// kind, whatever their sizes, and may be negative. Its size depends on the features:
// only values of the same ones compare.
func KID(a, b [][]float32) (float64, error) {
	if len(a) < 2 || len(b) < 2 {
		return 0, fmt.Errorf("kernel distance: found %d and %d vectors, want at least 2 each", len(a), len(b))
	}
	d := len(a[0])
	for _, set := range [][][]float32{a, b} {
		for _, v := range set {
			if len(v) != d || d == 0 {
				return 0, errors.New("kernel distance: found vectors of different lengths, or empty ones")
			}
		}
	}
	return within(a) + within(b) - 2*between(a, b), nil
}

// within is the mean of the kernel over pairs of different vectors of a set.
func within(a [][]float32) float64 {
	var sum float64
	for i := range a {
		for j := range i {
			sum += kernel(a[i], a[j])
		}
	}
	n := float64(len(a))
	return sum * 2 / (n * (n - 1))
}

func between(a, b [][]float32) float64 {
	var sum float64
	for i := range a {
		for j := range b {
			sum += kernel(a[i], b[j])
		}
	}
	return sum / (float64(len(a)) * float64(len(b)))
}

func kernel(x, y []float32) float64 {
	var dot float64
	for i, v := range x {
		dot += float64(v) * float64(y[i])
	}
	k := dot/float64(len(x)) + 1
	return k * k * k
}
