package models

import (
	"math"
	"strings"
	"testing"
)

func TestAggregate(t *testing.T) {
	for _, test := range []struct {
		latents [][]float32
		want    []float32
		err     string
	}{
		{latents: [][]float32{{3, 4}}, want: []float32{0.6, 0.8}},
		{latents: [][]float32{{1, 0}, {0, 1}}, want: []float32{math.Sqrt2 / 2, math.Sqrt2 / 2}},
		{latents: [][]float32{{1, 0}, {-1, 0}}, err: "no direction"},
		{latents: [][]float32{{1, 0}, {1}}, err: "latent 1 has 1 numbers, want 2"},
		{latents: [][]float32{{float32(math.NaN()), 0}}, err: "no direction"},
		{err: "found none"},
	} {
		got, err := Aggregate(test.latents)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%v: error %v, want %q", test.latents, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", test.latents, err)
			continue
		}
		for i := range test.want {
			if math.Abs(float64(got[i]-test.want[i])) > 1e-6 {
				t.Errorf("%v: found %v, want %v", test.latents, got, test.want)
			}
		}
	}
}
