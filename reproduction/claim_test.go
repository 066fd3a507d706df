package reproduction

import (
	"math"
	"testing"
)

// measured is a result with the figures of rows, a number a seed.
func measured(rows map[string][]float64) Result {
	var r Result
	for name, values := range rows {
		for i, v := range values {
			r.Units = append(r.Units, Unit{Row: name, Seed: uint64(i + 1), Values: map[string]float64{"m": v}})
		}
	}
	return r
}

// TestClaims: orders, dips and bounds, and what the spread over seeds allows.
func TestClaims(t *testing.T) {
	for name, test := range map[string]struct {
		claim   Claim
		rows    map[string][]float64
		outcome Outcome
		tau     float64
		seeds   int
	}{
		"rises":               {Claim{Rises: []string{"a", "b", "c"}}, map[string][]float64{"a": {1, 2}, "b": {3, 4}, "c": {5, 6}}, Holds, 1, 2},
		"falls":               {Claim{Rises: []string{"c", "b", "a"}}, map[string][]float64{"a": {1, 1.1}, "b": {3, 3.1}, "c": {5, 5.1}}, Fails, -1, 0},
		"one pair reversed":   {Claim{Rises: []string{"a", "b", "c"}}, map[string][]float64{"a": {1, 1}, "b": {5, 5.1}, "c": {3, 3}}, Fails, 1. / 3, 0},
		"reversed by chance":  {Claim{Rises: []string{"a", "b"}}, map[string][]float64{"a": {1, 2, 3.2}, "b": {2, 1, 3}}, WithinSpread, -1, 1},
		"of a single seed":    {Claim{Rises: []string{"b", "a"}}, map[string][]float64{"a": {1}, "b": {2}}, Fails, -1, 0},
		"equal":               {Claim{Rises: []string{"a", "b"}}, map[string][]float64{"a": {1, 1}, "b": {1, 1}}, WithinSpread, -1, 0},
		"gap":                 {Claim{Rises: []string{"a minus b", "c minus b"}}, map[string][]float64{"a": {2, 3}, "b": {1, 1}, "c": {4, 4}}, Holds, 1, 2},
		"missing":             {Claim{Rises: []string{"a", "x"}}, map[string][]float64{"a": {1}}, NotMeasured, 0, 0},
		"dips":                {Claim{Dips: []string{"a", "b", "c"}}, map[string][]float64{"a": {2, 2}, "b": {1, 1}, "c": {3, 3}}, Holds, 1, 2},
		"does not dip":        {Claim{Dips: []string{"a", "b", "c"}}, map[string][]float64{"a": {1, 1}, "b": {2, 2}, "c": {3, 3}}, Fails, -1, 0},
		"dips with one seed":  {Claim{Dips: []string{"a", "b", "c"}}, map[string][]float64{"a": {1, 1}, "b": {0.9, 2}, "c": {3, 3}}, WithinSpread, 0, 1},
		"within":              {Claim{Within: []string{"a"}, Low: 1, High: 2}, map[string][]float64{"a": {1, 2}}, Holds, 1, 2},
		"outside":             {Claim{Within: []string{"a"}, Low: 1, High: 2}, map[string][]float64{"a": {1, 4}}, Fails, -1, 1},
		"bounds not measured": {Claim{Within: []string{"x"}, Low: 1, High: 2}, nil, NotMeasured, 0, 0},
	} {
		test.claim.Measure = "m"
		v := test.claim.Check(measured(test.rows))
		if v.Outcome != test.outcome || math.Abs(v.Tau-test.tau) > 1e-12 || v.Seeds != test.seeds {
			t.Errorf("%s: found %q, agreement %v, %d seeds; want %q, %v, %d", name, v.Outcome, v.Tau, v.Seeds, test.outcome, test.tau, test.seeds)
		}
	}
}

// TestSpread: the standard deviation has n - 1, and one number has none.
func TestSpread(t *testing.T) {
	if mean, deviation := spread([]float64{1, 3}); mean != 2 || deviation != math.Sqrt2 {
		t.Errorf("found %v, %v, want 2 and the root of 2", mean, deviation)
	}
	if mean, deviation := spread([]float64{5}); mean != 5 || deviation != 0 {
		t.Errorf("found %v, %v, want 5 and 0", mean, deviation)
	}
}
