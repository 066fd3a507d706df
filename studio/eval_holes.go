package studio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
)

// holeChains is how often an evaluation fills the hole of one picture.
const holeChains = 4

// holes evaluates a model that completes pictures: how near its answers come to test
// pictures, beside filling with the mean of what is known and beside the generator
// alone. The count is of answers.
func (e *evalRun) holes(ctx context.Context) error {
	r, m := e.request, e.request.Model.Model
	if len(r.Rows)+len(r.Columns) > 0 {
		return refused("evaluate: found rows or columns, want none: %s fills the holes of pictures", r.Model.Name)
	}
	x, err := e.testPictures((r.Count + holeChains - 1) / holeChains)
	if err != nil {
		return err
	}
	recipe := DefaultRecipe(r.Model)
	recipe.Sampler, recipe.Settings, recipe.Chains = r.Sampler, r.Settings, holeChains
	if err := recipe.Validate(m); err != nil {
		return EvalRefused{err}
	}
	e.of, e.now = e.of+x.N*holeChains, "holes"
	began := time.Now()
	var all []Completion
	for i := range x.N {
		start := time.Now()
		one := recipe.Clone()
		one.Seed = e.seed(i)
		c, err := e.studio.Complete(ctx, r.Model, x.Slice(i, i+1), []string{fmt.Sprintf("test picture %d", i)}, one, nil)
		if err != nil {
			e.report.Holes = holesOf(all, time.Since(began))
			return err
		}
		all = append(all, c...)
		e.count(holeChains, time.Since(start), false)
	}
	e.report.Holes = holesOf(all, time.Since(began))
	return r.Save(*e.report)
}

// testPictures are the first n of the data, in the model's range.
func (e *evalRun) testPictures(n int) (sampling.Images, error) {
	m := e.request.Model.Model
	data, _, err := openJudgingData(e.request.Data, m.C, m.H)
	if err != nil {
		return sampling.Images{}, EvalRefused{err}
	}
	if data.Test == nil {
		return sampling.Images{}, EvalRefused{errors.New("evaluate: the data hold no test pictures back, want idx files t10k-... beside train-..., folders train and test, or ten labelled pictures or more")}
	}
	x, _, err := data.Test(n)
	if err != nil {
		return x, err
	}
	for j, v := range x.Data {
		x.Data[j] = m.Lo + v*(m.Hi-m.Lo)
	}
	return x, nil
}

// holesOf sums completions up; the generator alone is what refined ones are compared
// with.
func holesOf(all []Completion, took time.Duration) *evaluation.Holes {
	if len(all) == 0 {
		return nil
	}
	h := &evaluation.Holes{Pictures: len(all), Chains: holeChains, Seconds: took.Seconds()}
	ways := []struct {
		name string
		of   func(Completion) Fidelity
	}{
		{"generator alone", func(c Completion) Fidelity { return c.VAE }},
		{"generator and Langevin chain", func(c Completion) Fidelity { return c.Chains }},
		{"prediction: latent 0, chain without noise", func(c Completion) Fidelity { return c.Predict }},
		{"mean of the known pixels", func(c Completion) Fidelity { return c.Mean }},
	}
	for _, way := range ways {
		var psnr, ssim, above []float64
		for _, c := range all {
			f := way.of(c)
			psnr, ssim, above = append(psnr, f.PSNR), append(ssim, f.SSIM), append(above, f.PSNR-c.VAE.PSNR)
		}
		h.Rows = append(h.Rows, evaluation.HoleRow{Name: way.name, PSNR: evaluation.MeanOf(psnr), SSIM: evaluation.MeanOf(ssim), Above: evaluation.MeanOf(above)})
	}
	for _, c := range all {
		h.Spread += c.Spread / float64(len(all))
	}
	return h
}
