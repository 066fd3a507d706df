package studiotest

import (
	"sync/atomic"

	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Breaks lets the energy of an opened model fail with err from the evaluation after so
// many on, as an engine does that runs out of memory.
func Breaks(o *studio.Opened, after int64, err error) {
	m, plain, left := o.Model, o.Model.At, &atomic.Int64{}
	left.Store(after)
	m.At = func(g models.Given) (sampling.Energy, error) {
		e, wrong := plain(g)
		return &broken{e, left, err}, wrong
	}
}

type broken struct {
	sampling.Energy
	left *atomic.Int64
	err  error
}

// Eval implements sampling.Energy.
func (b *broken) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	if b.left.Add(-1) < 0 {
		return nil, sampling.Images{}, b.err
	}
	return b.Energy.Eval(x)
}
