package evaluation

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// RHat is the rank-normalised split-R-hat of chains of equal length, the larger one of
// that of the values and that of their distances from the median: how much wider all
// chains together are than each alone. 1 is best; below 1.01 they are taken to agree
// (Vehtari, Gelman, Simpson, Carpenter and Bürkner, "Rank-normalization, folding, and
// localization", Bayesian Analysis 2021, section 3). It is not a number where a chain
// has fewer than 4 values or all values are equal.
func RHat(chains [][]float64) float64 {
	half := split(chains)
	return max(rHat(rankNormal(half)), rHat(rankNormal(folded(half))))
}

// SplitRHat is the split-R-hat of the values as they are (Gelman et al., "Bayesian Data
// Analysis", 3rd edition, Eq. 11.4).
func SplitRHat(chains [][]float64) float64 { return rHat(split(chains)) }

// BulkESS is the effective sample size for means and medians: that of the
// rank-normalised values (Vehtari et al. 2021, section 4.1).
func BulkESS(chains [][]float64) float64 { return ess(rankNormal(split(chains))) }

// TailESS is the smaller of the effective sample sizes for the 5 % and the 95 % quantile
// (Vehtari et al. 2021, section 4.3).
func TailESS(chains [][]float64) float64 {
	half := split(chains)
	least := math.Inf(1)
	for _, p := range []float64{0.05, 0.95} {
		q := quantile(chains, p)
		least = min(least, ess(mapped(half, func(v float64) float64 {
			if v <= q {
				return 1
			}
			return 0
		})))
	}
	return least
}

// ESS is the effective sample size for the mean of the values as they are: how many
// independent ones would tell it as well. The sum of autocorrelations ends by Geyer's
// initial monotone sequence (1992), as Stan's reference manual defines it; chains are
// split in two first.
func ESS(chains [][]float64) float64 { return ess(split(chains)) }

// ess is the effective sample size of chains that are not split: n m / tau,
//
//	rho_t = 1 - (W - mean over chains of s^2 rho_t,chain) / var+
//	tau = -1 + 2 (P_0 + P_1 + ...), P_t = rho_2t + rho_2t+1
//
// with P cut at its first value that is not above 0 and made to fall (Vehtari et al.,
// Eq. 10 to 13). As in Stan it is at most n m log10(n m).
func ess(chains [][]float64) float64 {
	m, n := len(chains), length(chains)
	if m == 0 || n < 4 {
		return math.NaN()
	}
	w, variance := variances(chains)
	if !(variance > 0) {
		return math.NaN()
	}
	mean := make([]float64, n) // over chains, of the autocovariance
	for _, c := range chains {
		for t, v := range autocovariance(c) {
			mean[t] += v / float64(m)
		}
	}
	rho := func(t int) float64 {
		if t == 0 {
			return 1
		}
		return 1 - (w-mean[t])/variance
	}
	tau, last := -1.0, math.Inf(1)
	t := 0
	for ; t < n-2; t += 2 {
		p := rho(t) + rho(t+1)
		if !(p > 0) {
			break
		}
		last = min(last, p)
		tau += 2 * last
	}
	if t >= n-2 { // never cut: the last pair is not trusted
		tau -= 2 * last
		t -= 2
	}
	if even := rho(t); even > 0 { // Stan's improved estimate for antithetic chains
		tau += even
	}
	total := float64(n * m)
	return min(total/max(tau, 1/math.Log10(total)), total*math.Log10(total))
}

// variances are the mean variance within chains and the estimate var+ of the target's.
func variances(chains [][]float64) (within, plus float64) {
	m, n := float64(len(chains)), float64(length(chains))
	means := make([]float64, len(chains))
	for i, c := range chains {
		var v float64
		means[i], v = meanAndVariance(c)
		within += v / m
	}
	plus = within * (n - 1) / n
	if len(chains) > 1 {
		_, between := meanAndVariance(means)
		plus += between
	}
	return within, plus
}

func rHat(chains [][]float64) float64 {
	if len(chains) < 2 || length(chains) < 2 {
		return math.NaN()
	}
	w, plus := variances(chains)
	if !(plus > 0) {
		return math.NaN()
	}
	return math.Sqrt(plus / w) // infinite where chains do not move and differ
}

// split cuts every chain into its first and its last half; an odd one loses its middle
// value.
func split(chains [][]float64) [][]float64 {
	n := length(chains)
	var out [][]float64
	for _, c := range chains {
		out = append(out, c[:n/2], c[n-n/2:n])
	}
	return out
}

// length is that of the shortest chain.
func length(chains [][]float64) int {
	if len(chains) == 0 {
		return 0
	}
	n := len(chains[0])
	for _, c := range chains {
		n = min(n, len(c))
	}
	return n
}

// folded are the distances from the median of all values.
func folded(chains [][]float64) [][]float64 {
	middle := median(slices.Concat(chains...))
	return mapped(chains, func(v float64) float64 { return math.Abs(v - middle) })
}

// rankNormal replaces values by the normal quantile of their rank among all, equal
// values by that of their mean rank (Blom's offset of 3/8).
func rankNormal(chains [][]float64) [][]float64 {
	all := slices.Concat(chains...)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(all[a], all[b]) })
	z := make([]float64, len(all))
	for i := 0; i < len(order); {
		k := i
		for k < len(order) && all[order[k]] == all[order[i]] {
			k++
		}
		rank := float64(i+k+1) / 2
		q := math.Sqrt2 * math.Erfinv(2*(rank-0.375)/(float64(len(all))+0.25)-1)
		for ; i < k; i++ {
			z[order[i]] = q
		}
	}
	var out [][]float64
	for _, c := range chains {
		out = append(out, z[:len(c)])
		z = z[len(c):]
	}
	return out
}

func mapped(chains [][]float64, f func(float64) float64) [][]float64 {
	out := make([][]float64, len(chains))
	for i, c := range chains {
		out[i] = make([]float64, len(c))
		for j, v := range c {
			out[i][j] = f(v)
		}
	}
	return out
}

// Autocorrelation is the correlation of a chain with itself, 0, 1, 2, ... steps later;
// all not a number where its values are equal.
func Autocorrelation(chain []float64) []float64 {
	rho := autocovariance(chain)
	if len(rho) == 0 {
		return nil
	}
	first := rho[0]
	for t := range rho {
		rho[t] /= first
	}
	return rho
}

// autocovariance is sum over i of (x_i - mean)(x_i+t - mean) / n, for every lag, by way
// of its spectrum.
func autocovariance(x []float64) []float64 {
	n := len(x)
	if n == 0 {
		return nil
	}
	mean, _ := meanAndVariance(x)
	padded := make([]complex128, 1<<bits.Len(uint(2*n-1)))
	for i, v := range x {
		padded[i] = complex(v-mean, 0)
	}
	fourier(padded, false)
	for i, v := range padded {
		padded[i] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
	}
	fourier(padded, true)
	out := make([]float64, n)
	for t := range out {
		out[t] = real(padded[t]) / float64(len(padded)) / float64(n)
	}
	return out
}

// fourier is the discrete Fourier transform in place, of a power of two numbers; the
// inverse one is not divided by their number.
func fourier(x []complex128, inverse bool) {
	n := len(x)
	shift := 64 - bits.Len(uint(n-1))
	for i := range x {
		if k := int(bits.Reverse64(uint64(i)) >> shift); n > 1 && k > i {
			x[i], x[k] = x[k], x[i]
		}
	}
	for size := 2; size <= n; size *= 2 {
		angle := -2 * math.Pi / float64(size)
		if inverse {
			angle = -angle
		}
		for k := range size / 2 {
			sin, cos := math.Sincos(angle * float64(k))
			turn := complex(cos, sin)
			for i := k; i < n; i += size {
				a, b := x[i], x[i+size/2]*turn
				x[i], x[i+size/2] = a+b, a-b
			}
		}
	}
}

// meanAndVariance: the variance has the divisor n-1.
func meanAndVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}

func median(x []float64) float64 { return quantileOf(slices.Sorted(slices.Values(x)), 0.5) }

func quantile(chains [][]float64, p float64) float64 {
	return quantileOf(slices.Sorted(slices.Values(slices.Concat(chains...))), p)
}

// quantileOf interpolates between the two sorted values beside the quantile.
func quantileOf(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	next := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[next]-sorted[i])
}

// OutlierLimit is the robust z-score above which a value is an outlier (Iglewicz and
// Hoaglin, "How to Detect and Handle Outliers", 1993).
const OutlierLimit = 3.5

// RobustZ are the modified z-scores of values: 0.6745 (x - median) / MAD, MAD being the
// median distance from the median; where that is 0, the mean distance instead (x 1.2533,
// as Iglewicz and Hoaglin do). Values that are not finite have none and do not count.
func RobustZ(values []float64) []float64 {
	ok := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	z := make([]float64, len(values))
	middle := median(ok)
	away := make([]float64, len(ok))
	var mean float64
	for i, v := range ok {
		away[i] = math.Abs(v - middle)
		mean += away[i] / float64(len(ok))
	}
	scale := median(away) / 0.6745
	if scale == 0 {
		scale = 1.2533 * mean
	}
	for i, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			z[i] = math.NaN()
		case scale > 0:
			z[i] = (v - middle) / scale
		}
	}
	return z
}
