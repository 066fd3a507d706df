package vaeebm

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine/enginetest"
)

// TestEnginesTrainAlike: two iterations with the variational step measure the same on
// every engine.
func TestEnginesTrainAlike(t *testing.T) {
	var first map[string]float64
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		l := begin(t, b, "kl", "200")
		var m map[string]float64
		for i := range 2 {
			var err error
			if m, err = l.Step(context.Background(), i); err != nil {
				t.Fatal(err)
			}
		}
		if first == nil {
			first = m
			return
		}
		for what, want := range first {
			if found, there := m[what]; !there || math.Abs(found-want) > 0.02*math.Abs(want)+1e-3 {
				t.Errorf("%s: %v, on the first engine %v", what, found, want)
			}
		}
	})
}
