package clel

import (
	"fmt"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/fixtures"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// BenchmarkEval measures energy and gradient of resnet_small (the fixture has the
// authors' widths), compilation left out and reported besides.
func BenchmarkEval(b *testing.B) {
	c := fixtures.Case(b, "clel/resnet_small_32")
	file, err := checkpoint.Open(c.Checkpoint)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{engine.XLACPU, engine.Go} {
		for _, n := range []int{16, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				m, err := Open(enginetest.Open(b, name), file, models.Options{})
				if err != nil {
					b.Fatal(err)
				}
				e, err := m.At(models.Given{})
				if err != nil {
					b.Fatal(err)
				}
				took, err := e.(models.Warmer).Warm(n, true)
				if err != nil {
					b.Fatal(err)
				}
				x := m.Start(sampling.NewKey(1), n)
				for b.Loop() {
					if _, _, err := e.Eval(x); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(took.Seconds(), "s/compile")
			})
		}
	}
}
