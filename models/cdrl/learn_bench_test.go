package cdrl

import (
	"context"
	"testing"
	"time"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/sampling"
)

// BenchmarkLearnBoard trains the checkerboard for 20 seconds with the default
// settings and reports the part of the samples that lies on its squares, before and
// after: uniform points reach 0.5 within the board.
func BenchmarkLearnBoard(b *testing.B) {
	l := tinyLearner(b, enginetest.Open(b, engine.XLACPU), board(), map[string]string{"iterations": "1000"})
	share := func() float64 {
		if err := l.refold(l.energy.mean, &l.averaged); err != nil {
			b.Fatal(err)
		}
		x := sampling.NewImages(0, 2, 1, 1)
		for x.N < 4096 {
			batch, err := l.ladder(context.Background(), sampling.NewKey(7).From(x.N))
			if err != nil {
				b.Fatal(err)
			}
			x.N, x.Data = x.N+batch.N, append(x.Data, batch.Data...)
		}
		return onBoard(x)
	}
	before, i := share(), 0
	for b.Loop() {
		for began := time.Now(); time.Since(began) < 20*time.Second; i++ {
			if _, err := l.step(context.Background(), i); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(before, "on-board-before")
	b.ReportMetric(share(), "on-board-after")
	b.ReportMetric(float64(i), "iterations")
}
