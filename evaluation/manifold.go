package evaluation

import (
	"fmt"
	"math"
	"slices"
)

// ManifoldNeighbours is the k that Naeem et al. advise for density and coverage.
const ManifoldNeighbours = 5

// Manifold compares the places where samples and real pictures lie in a space of
// features, by the balls around each vector that reach its k-th nearest neighbour in its
// own set (Kynkäänniemi et al., 2019; Naeem et al., "Reliable Fidelity and Diversity
// Metrics for Generative Models", arXiv 2002.09797, Eq. 3 to 6).
type Manifold struct {
	Neighbours int     `json:"neighbours"` // k
	Precision  float64 `json:"precision"`  // share of samples in any real picture's ball
	Recall     float64 `json:"recall"`     // share of real pictures in any sample's ball
	Density    float64 `json:"density"`    // real balls that hold a sample, mean, over k; may be above 1
	Coverage   float64 `json:"coverage"`   // share of real balls that hold any sample: the figure of mode collapse
}

// ManifoldOf measures samples against real pictures by their feature vectors. Coverage
// of as many equal ones is about 1 - 2^-k; each set needs more than k vectors. Values
// depend on both sizes: only those of the same features, k and numbers compare.
func ManifoldOf(real, samples [][]float32, k int) (Manifold, error) {
	m := Manifold{Neighbours: k}
	if k < 1 {
		return m, fmt.Errorf("precision and recall: found %d neighbours, want at least 1", k)
	}
	if err := vectors("precision and recall", real, samples, k+1); err != nil {
		return m, err
	}
	ofReal, ofSamples := radii(real, k), radii(samples, k)
	recalled, covered := make([]bool, len(real)), make([]bool, len(real))
	var precise Rate
	balls := 0
	for i, s := range samples {
		within := 0
		for j, r := range real {
			d := squaredDistance(r, s, math.Inf(1))
			if d < ofReal[j] {
				within++
				covered[j] = true
			}
			recalled[j] = recalled[j] || d < ofSamples[i]
		}
		precise.Add(within > 0)
		balls += within
	}
	m.Precision, m.Density = precise.Value(), float64(balls)/float64(k*len(samples))
	m.Recall, m.Coverage = share(recalled), share(covered)
	return m, nil
}

// radii are the squared distances of each vector to its k-th nearest other one.
func radii(set [][]float32, k int) []float64 {
	distances := make([][]float64, len(set))
	for i := range set {
		distances[i] = make([]float64, len(set))
	}
	across(len(set), func(i int) {
		distances[i][i] = math.Inf(1)
		for j := range i {
			d := squaredDistance(set[i], set[j], math.Inf(1))
			distances[i][j], distances[j][i] = d, d
		}
	})
	out := make([]float64, len(set))
	for i, d := range distances {
		slices.Sort(d)
		out[i] = d[k-1]
	}
	return out
}

// squaredDistance gives up beyond a limit: what it returns then is only above it.
func squaredDistance(a, b []float32, limit float64) float64 {
	const stretch = 64
	var sum float64
	for from := 0; from < len(a); from += stretch {
		to := min(from+stretch, len(a))
		x, y := a[from:to], b[from:to]
		if sum += float64(squaredAway(x, y)); sum > limit {
			break
		}
	}
	return sum
}

// squaredAway is the squared distance of short vectors, in four sums that a processor
// adds up side by side.
func squaredAway(x, y []float32) float32 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b, c, d := x[i]-y[i], x[i+1]-y[i+1], x[i+2]-y[i+2], x[i+3]-y[i+3]
		s0 += a * a
		s1 += b * b
		s2 += c * c
		s3 += d * d
	}
	for ; i < len(x); i++ {
		d := x[i] - y[i]
		s0 += d * d
	}
	return s0 + s1 + (s2 + s3)
}

func share(of []bool) float64 {
	n := 0
	for _, yes := range of {
		if yes {
			n++
		}
	}
	return float64(n) / float64(max(1, len(of)))
}
