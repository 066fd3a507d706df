package evaluation

import "math"

// KID is the kernel distance of two sets of feature vectors (Binkowski et al., 2018):
// the unbiased estimate of the squared maximum mean discrepancy under the kernel
// (x.y/d + 1)^3, d being the vectors' length. It is about 0 for two sets of the same
// kind, whatever their sizes, and may be negative. Its size depends on the features:
// only values of the same ones compare.
func KID(a, b [][]float32) (float64, error) {
	if err := vectors("kernel distance", a, b, 2); err != nil {
		return 0, err
	}
	return within(a) + within(b) - 2*between(a, b), nil
}

// within is the mean of the kernel over pairs of different vectors of a set.
func within(a [][]float32) float64 {
	n := float64(len(a))
	return kernels(a, func(i int) [][]float32 { return a[:i] }) * 2 / (n * (n - 1))
}

func between(a, b [][]float32) float64 {
	return kernels(a, func(int) [][]float32 { return b }) / (float64(len(a)) * float64(len(b)))
}

// kernels is the sum of the kernel over every vector of a set and those that it is
// paired with.
func kernels(a [][]float32, with func(i int) [][]float32) (sum float64) {
	sums := make([]float64, len(a))
	across(len(a), func(i int) {
		for _, b := range with(i) {
			sums[i] += kernel(a[i], b)
		}
	})
	for _, v := range sums {
		sum += v
	}
	return sum
}

func kernel(x, y []float32) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64 // side by side, as in dot
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += float64(x[i]) * float64(y[i])
		s1 += float64(x[i+1]) * float64(y[i+1])
		s2 += float64(x[i+2]) * float64(y[i+2])
		s3 += float64(x[i+3]) * float64(y[i+3])
	}
	for ; i < len(x); i++ {
		s0 += float64(x[i]) * float64(y[i])
	}
	k := (s0+s1+(s2+s3))/float64(len(x)) + 1
	return k * k * k
}

// UnitScale is the factor that makes the mean square of all numbers 1, or 1 where they
// are all 0: of numbers far from 1 the kernel of [KID] sees the mean alone, or the
// largest alone.
func UnitScale(rows [][]float32) float64 {
	var sum float64
	n := 0
	for _, row := range rows {
		for _, v := range row {
			sum, n = sum+float64(v)*float64(v), n+1
		}
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return 1
	}
	return math.Sqrt(float64(n) / sum)
}

// Scale multiplies all numbers in place.
func Scale(rows [][]float32, factor float64) {
	for _, row := range rows {
		for i := range row {
			row[i] *= float32(factor)
		}
	}
}
