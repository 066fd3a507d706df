package reproduction

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Claim is what a paper says of an order, so that it can be checked. One of Rises, Dips
// and Within says what.
type Claim struct {
	Says    string
	Measure string
	// Rises are rows whose figure is to rise from the first to the last. An item may be
	// the difference of two: "a minus b".
	Rises []string
	// Across is a row whose measures are the items instead, where it is not empty.
	Across string
	// Dips are rows whose lowest figure is to be neither the first nor the last.
	Dips []string
	// Within are rows whose figure is to lie from Low to High.
	Within    []string
	Low, High float64
	// Ours says that no paper claims it.
	Ours bool
}

// minus parts the two rows of a difference.
const minus = " minus "

// Outcome says how a claim turned out.
type Outcome string

// The outcomes. An order is within the spread, which decides nothing, where each pair of
// rows that is the other way round differs by less than twice the standard error of the
// difference over seeds.
const (
	Holds        Outcome = "holds"
	WithinSpread Outcome = "within the spread"
	Fails        Outcome = "does not hold"
	NotMeasured  Outcome = "not measured"
)

// Verdict is a claim checked.
type Verdict struct {
	Claim   Claim   `json:"claim"`
	Outcome Outcome `json:"outcome"`
	// Tau is Kendall's rank agreement of the means with the order that was claimed: 1
	// the same, -1 the reverse.
	Tau float64 `json:"tau"`
	// Seeds are those with which the whole claim holds, of so many.
	Seeds, Of int
	Against   []string `json:"against,omitempty"` // what is not as claimed
}

// Check computes whether the claim holds of a result.
func (c Claim) Check(r Result) Verdict {
	v := Verdict{Claim: c}
	switch {
	case len(c.Rises) > 0:
		c.rises(r, &v)
	case len(c.Dips) > 0:
		c.dips(r, &v)
	default:
		c.within(r, &v)
	}
	return v
}

// series is the figure of a row, or the difference of two, by seed.
func (c Claim) series(r Result, item string) map[uint64]float64 {
	if c.Across != "" {
		return r.values(c.Across, item)
	}
	a, b, difference := strings.Cut(item, minus)
	values := r.values(a, c.Measure)
	if !difference {
		return values
	}
	other, out := r.values(b, c.Measure), map[uint64]float64{}
	for seed, v := range values {
		if w, ok := other[seed]; ok {
			out[seed] = v - w
		}
	}
	return out
}

// rises compares every two rows, seed by seed.
func (c Claim) rises(r Result, v *Verdict) {
	all := make([]map[uint64]float64, len(c.Rises))
	for i, item := range c.Rises {
		if all[i] = c.series(r, item); len(all[i]) == 0 {
			v.Outcome, v.Against = NotMeasured, []string{item}
			return
		}
	}
	bad := map[uint64]bool{}
	pairs, clear := 0, false
	for j := range all {
		for i := range j {
			var steps []float64
			for seed, low := range all[i] {
				if high, ok := all[j][seed]; ok {
					steps = append(steps, high-low)
					bad[seed] = bad[seed] || high <= low
				}
			}
			mean, deviation := spread(steps)
			pairs++
			if mean > 0 {
				v.Tau++
				continue
			}
			v.Tau--
			v.Against = append(v.Against, fmt.Sprintf("%s is not above %s", c.Rises[j], c.Rises[i]))
			clear = clear || !(len(steps) > 1 && -mean <= 2*deviation/math.Sqrt(float64(len(steps))))
		}
	}
	v.Tau /= float64(max(pairs, 1))
	v.count(bad)
	switch {
	case len(v.Against) == 0:
		v.Outcome = Holds
	case clear:
		v.Outcome = Fails
	default:
		v.Outcome = WithinSpread
	}
}

// count notes with how many seeds nothing was bad.
func (v *Verdict) count(bad map[uint64]bool) {
	for _, is := range bad {
		v.Of++
		if !is {
			v.Seeds++
		}
	}
}

// dips looks where the lowest figure is.
func (c Claim) dips(r Result, v *Verdict) {
	bad := map[uint64]bool{}
	means := make([]float64, len(c.Dips))
	lowest := map[uint64]int{} // row by seed
	for i, item := range c.Dips {
		values := c.series(r, item)
		if len(values) == 0 {
			v.Outcome, v.Against = NotMeasured, []string{item}
			return
		}
		var list []float64
		for seed, value := range values {
			list = append(list, value)
			if at, ok := lowest[seed]; !ok || value < c.series(r, c.Dips[at])[seed] {
				lowest[seed] = i
			}
		}
		means[i], _ = spread(list)
	}
	inside := func(at int) bool { return at > 0 && at < len(means)-1 }
	for seed, at := range lowest {
		bad[seed] = !inside(at)
	}
	v.count(bad)
	at := slices.Index(means, slices.Min(means))
	switch {
	case inside(at):
		v.Outcome, v.Tau = Holds, 1
		return
	case v.Seeds > 0:
		v.Outcome = WithinSpread
	default:
		v.Outcome, v.Tau = Fails, -1
	}
	v.Against = []string{c.Dips[at] + " is the lowest"}
}

// within compares with two bounds.
func (c Claim) within(r Result, v *Verdict) {
	bad := map[uint64]bool{}
	v.Outcome, v.Tau = Holds, 1
	for _, item := range c.Within {
		values := c.series(r, item)
		if len(values) == 0 {
			*v = Verdict{Claim: c, Outcome: NotMeasured, Against: []string{item}}
			return
		}
		var list []float64
		for seed, value := range values {
			list = append(list, value)
			bad[seed] = bad[seed] || value < c.Low || value > c.High
		}
		if mean, _ := spread(list); mean < c.Low || mean > c.High {
			v.Outcome, v.Tau = Fails, -1
			v.Against = append(v.Against, item)
		}
	}
	v.count(bad)
}

// spread is the mean and the standard deviation over seeds (with n - 1; 0 of a single
// one).
func spread(values []float64) (mean, deviation float64) {
	if len(values) == 0 {
		return math.NaN(), 0
	}
	slices.SortFunc(values, cmp.Compare[float64]) // the order of a map does not show
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(max(len(values)-1, 1)))
}
