package evaluation

import (
	"cmp"
	"math"
	"slices"
)

// AUROC is the chance that a picture of out scores higher than one of in, ties counting
// half: the area under the ROC curve of scores that are higher for outliers, by ranks
// (Mann and Whitney, 1947). It is NaN where one of the two is empty or has a score that
// is no number.
func AUROC(in, out []float32) float64 {
	type scored struct {
		v   float32
		out bool
	}
	var all []scored
	for _, v := range in {
		all = append(all, scored{v, false})
	}
	for _, v := range out {
		all = append(all, scored{v, true})
	}
	if len(in) == 0 || len(out) == 0 || slices.ContainsFunc(all, func(s scored) bool { return s.v != s.v }) {
		return math.NaN()
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.v, b.v) })
	var ranks float64 // of out, counted from 1, the mean one of equals
	for i := 0; i < len(all); {
		end := i
		for end < len(all) && all[end].v == all[i].v {
			end++
		}
		for _, s := range all[i:end] {
			if s.out {
				ranks += float64(i+1+end) / 2
			}
		}
		i = end
	}
	n, m := float64(len(in)), float64(len(out))
	return (ranks - m*(m+1)/2) / (n * m)
}

// Gaussian is a normal distribution of independent values, fitted to pictures: what an
// outlier score must beat to have learnt anything.
type Gaussian struct{ mean, variance []float64 }

// FitGaussian fits one to pictures of size values each, in 0..1. A value that never
// changes has a deviation of one of 255 levels.
func FitGaussian(pictures []float32, size int) Gaussian {
	g := Gaussian{mean: make([]float64, size), variance: make([]float64, size)}
	n := float64(len(pictures) / size)
	for i, v := range pictures {
		g.mean[i%size] += float64(v) / n
	}
	for i, v := range pictures {
		d := float64(v) - g.mean[i%size]
		g.variance[i%size] += d * d / n
	}
	for j := range g.variance {
		g.variance[j] += 1.0 / (255 * 255)
	}
	return g
}

// Score is minus the logarithm of a picture's density, without its constant.
func (g Gaussian) Score(picture []float32) float32 {
	var sum float64
	for j, v := range picture {
		d := float64(v) - g.mean[j]
		sum += d*d/g.variance[j] + math.Log(g.variance[j])
	}
	return float32(sum / 2)
}

// Variation is the total variation of a picture of c planes: the sum of the absolute
// differences between neighbours along both axes.
func Variation(picture []float32, c, h, w int) float32 {
	var sum float64
	for p := range c * h {
		row := picture[p*w : (p+1)*w]
		for x, v := range row {
			if x+1 < w {
				sum += math.Abs(float64(v) - float64(row[x+1]))
			}
			if p%h+1 < h {
				sum += math.Abs(float64(v) - float64(picture[(p+1)*w+x]))
			}
		}
	}
	return float32(sum)
}
