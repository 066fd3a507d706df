package evaluation

import (
	"cmp"
	"math"
	"slices"
)

// Area is an area under the ROC curve and its 95 % confidence interval.
type Area struct {
	Value float64 `json:"auroc"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// AreaOf is the AUROC of scores with Newcombe's interval (method 5 of "Confidence
// intervals for an effect size measure based on the Mann-Whitney statistic, part 2",
// 2006): the areas A from which the one found, a, is no further than z deviations,
//
//	(a - A)^2 <= z^2 A(1-A)/(nm) (1 + N ((1-A)/(2-A) + A/(1+A))),  N = (n+m)/2 - 1.
//
// It stays within 0..1 and has a width where one set is all above the other. It is NaN
// where [AUROC] is.
func AreaOf(in, out []float32) Area {
	a := AUROC(in, out)
	if math.IsNaN(a) {
		return Area{a, a, a}
	}
	n, m := float64(len(in)), float64(len(out))
	further := func(of float64) bool {
		variance := of * (1 - of) / (n * m) * (1 + ((n+m)/2-1)*((1-of)/(2-of)+of/(1+of)))
		return (a-of)*(a-of) > normal95*normal95*variance
	}
	return Area{a, edge(0, a, further), edge(1, a, further)}
}

// normal95 is the deviation within which 95 % of a normal distribution lie.
const normal95 = 1.959963984540054

// edge is the place between outside and inside where outside ends.
func edge(out, in float64, outside func(float64) bool) float64 {
	if !outside(out + 1e-9*(in-out)) {
		return out
	}
	for range 60 {
		if middle := (out + in) / 2; outside(middle) {
			out = middle
		} else {
			in = middle
		}
	}
	return in
}

// ROCPoint says what a threshold tells apart: pictures that score above it are called
// outliers.
type ROCPoint struct {
	Threshold float32
	FPR, TPR  float64 // the shares of in and of out that are called outliers
}

// ROC is the curve from (0, 0) to (1, 1) as the threshold falls, a point a distinct
// score; the area below it, with straight lines between points, is [AUROC]. It is nil
// where one of the two is empty.
func ROC(in, out []float32) []ROCPoint {
	if len(in) == 0 || len(out) == 0 {
		return nil
	}
	a, b := falling(in), falling(out)
	curve := []ROCPoint{{Threshold: max(a[0], b[0])}}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		here := float32(math.Inf(-1))
		if i < len(a) {
			here = a[i]
		}
		if j < len(b) {
			here = max(here, b[j])
		}
		for i < len(a) && a[i] == here {
			i++
		}
		for j < len(b) && b[j] == here {
			j++
		}
		below := float32(math.Inf(-1)) // the next score is the largest that is not above itself
		if i < len(a) {
			below = a[i]
		}
		if j < len(b) {
			below = max(below, b[j])
		}
		curve = append(curve, ROCPoint{below, float64(i) / float64(len(a)), float64(j) / float64(len(b))})
	}
	return curve
}

// falling are the scores that are numbers, the highest first.
func falling(scores []float32) []float32 {
	v := slices.DeleteFunc(slices.Clone(scores), func(s float32) bool { return s != s })
	slices.SortFunc(v, func(a, b float32) int { return cmp.Compare(b, a) })
	return v
}

// Above counts the scores above a threshold.
func Above(scores []float32, threshold float32) (r Rate) {
	for _, s := range scores {
		r.Add(s > threshold)
	}
	return r
}

// ThresholdAt is the highest threshold at which at least a share of out scores above it.
func ThresholdAt(in, out []float32, share float64) float32 {
	curve := ROC(in, out)
	for _, p := range curve {
		if p.TPR >= share {
			return p.Threshold
		}
	}
	if len(curve) == 0 {
		return float32(math.NaN())
	}
	return curve[len(curve)-1].Threshold
}

// FPRAt is the share of out that passes for in at the threshold below which a share of
// in lies: with 0.95 the FPR@95 of out-of-distribution detection (Liang, Li and Srikant,
// "Enhancing the Reliability of Out-of-distribution Image Detection in Neural Networks",
// 2018, section 4.3: the positives are in). Scores are higher for outliers; 0 is best,
// about the share itself is chance. NaN where one of the two is empty or has a score that
// is no number.
func FPRAt(in, out []float32, share float64) float64 {
	if math.IsNaN(AUROC(in, out)) {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(in))
	at := int(math.Ceil(share*float64(len(in)))) - 1
	threshold := sorted[min(max(at, 0), len(in)-1)]
	return 1 - Above(out, threshold).Value()
}

// Borderline are the numbers of the n scores nearest to a threshold, from the lowest
// score to the highest.
func Borderline(scores []float32, threshold float32, n int) []int {
	var order []int
	for i, s := range scores {
		if s == s {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(scores[a])-float64(threshold)), math.Abs(float64(scores[b])-float64(threshold)))
	})
	order = order[:min(max(n, 0), len(order))]
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	return order
}

// Histogram counts two sets of scores in the same bins.
type Histogram struct {
	Low, High float64 // outer edges
	In, Out   []int   // a bin each
	// Below and Above count the scores of both sets beyond the edges.
	Below, Above int
}

// widest is how many times the middle nine tenths of the narrower set the range of a
// histogram may be.
const widest = 12

// NewHistogram bins finite scores. Where one set reaches so far that the other would
// be one bin, the range is cut and the rest counted.
func NewHistogram(in, out []float32, bins int) Histogram {
	h := Histogram{In: make([]int, bins), Out: make([]int, bins)}
	finite := func(scores []float32) []float32 {
		return slices.DeleteFunc(falling(scores), func(s float32) bool { return math.IsInf(float64(s), 0) })
	}
	a, b := finite(in), finite(out)
	all := falling(append(slices.Clone(a), b...))
	if len(all) == 0 {
		return h
	}
	h.Low, h.High = float64(all[len(all)-1]), float64(all[0])
	if len(a) > 0 && len(b) > 0 {
		reach := widest * min(bulk(a), bulk(b))
		middle := float64(a[len(a)/2]) // what is known to be inside stays in sight
		if reach > 0 {
			h.Low, h.High = max(h.Low, middle-reach), min(h.High, middle+reach)
		}
	}
	if h.High <= h.Low {
		h.Low, h.High = h.Low-0.5, h.High+0.5
	}
	count := func(scores []float32, to []int) {
		for _, s := range scores {
			switch v := float64(s); {
			case v < h.Low:
				h.Below++
			case v > h.High:
				h.Above++
			default:
				to[min(int((v-h.Low)/(h.High-h.Low)*float64(bins)), bins-1)]++
			}
		}
	}
	count(a, h.In)
	count(b, h.Out)
	return h
}

// bulk is the width of the middle nine tenths of falling scores.
func bulk(v []float32) float64 {
	n := len(v)
	return float64(v[n/20]) - float64(v[n-1-n/20])
}

// Ranks puts scores on the scale from 0, the lowest, to 1, the highest, by their order
// alone; equals share the mean. So scores in different units can stand side by side. A
// score that is no number has none.
func Ranks(scores []float32) []float32 {
	ranks := make([]float32, len(scores))
	var order []int
	for i, s := range scores {
		if s != s {
			ranks[i] = s
			continue
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	for i := 0; i < len(order); {
		end := i
		for end < len(order) && scores[order[end]] == scores[order[i]] {
			end++
		}
		for _, k := range order[i:end] {
			ranks[k] = 0.5
			if len(order) > 1 {
				ranks[k] = float32(i+end-1) / 2 / float32(len(order)-1)
			}
		}
		i = end
	}
	return ranks
}
