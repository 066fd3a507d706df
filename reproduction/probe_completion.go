package reproduction

import (
	"context"
	"errors"

	"ebmstudio/studio"
)

// Completion fills the hole that a model was trained to fill, of the first test pictures.
type Completion struct {
	Data string
	Way  int // row of the evaluation's holes, see studio.Evaluate
}

// Rows of an evaluation of holes.
const (
	generatorAlone = iota
	withChains
	_
	meanOfKnown
)

// Measure implements [Probe]. The count is of answers.
func (p Completion) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil
	}
	judge, err := b.Judge(ctx, b.Model)
	if err != nil {
		return nil, err
	}
	report, err := b.Studio.Evaluate(ctx, studio.EvalRequest{
		Model: b.Model, Judge: judge, Data: p.Data, Count: b.Count, Seed: b.Seed, Sampler: studio.SamplerFamily, Notify: b.progress,
	})
	if err != nil {
		return nil, err
	}
	if report.Holes == nil || p.Way >= len(report.Holes.Rows) {
		return nil, errors.New("found no figures of holes, want a model that was trained to fill one")
	}
	row := report.Holes.Rows[p.Way]
	values := map[string]float64{psnr: row.PSNR.Value, ssim: row.SSIM.Value}
	if p.Way == withChains {
		values[answers] = report.Holes.Spread
	}
	return values, nil
}
