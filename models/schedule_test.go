package models

import (
	"math"
	"testing"
)

func TestSchedules(t *testing.T) {
	for i, want := range map[int]float64{0: 0.1, 50: 0.1 + 0.9*0.5, 100: 0.1, 200: 0.1} {
		if found := WarmUp(i, 10) * CosineFall(i, 100, 0.1); math.Abs(found-want) > 1e-9 {
			t.Errorf("step %d: found %v of the rate, want %v", i, found, want)
		}
	}
	if found := WarmUp(0, 0); found != 1 {
		t.Errorf("without a warm-up: found %v of the rate, want 1", found)
	}
	for i, want := range map[int]float64{0: 0, 9: 0, 11: 0.9, 99: 0.9} {
		if found := AverageDecay(i, 0.9); found != want {
			t.Errorf("decay %d: found %v, want %v", i, found, want)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, tc := range []struct {
		limits Limits
		want   string
	}{
		{LimitFrom("a", 1, 1, 2), ""},
		{LimitFrom("a", 2, 1, 2), ""},
		{LimitAbove("a", 2, 1, 2), ""},
		{LimitAbove("a", 1, 1, 2), `training setting "a": found 1, want a number above 1, at most 2`},
		{LimitFrom("a", 0.5, 1, 2), `training setting "a": found 0.5, want a number from 1, at most 2`},
		{LimitFrom("a", math.NaN(), 1, 2), `training setting "a": found NaN, want a number from 1, at most 2`},
	} {
		found := ""
		if err := Within(LimitFrom("before", 0, 0, 1), tc.limits); err != nil {
			found = err.Error()
		}
		if found != tc.want {
			t.Errorf("found %q, want %q", found, tc.want)
		}
	}
}
