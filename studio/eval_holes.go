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
	e.begin("holes", "samples", x.N*holeChains)
	var all []Completion
	var spent time.Duration
	for i := range x.N {
		one := recipe.Clone()
		one.Seed = e.seed(i)
		c, took, found, err := e.completed(ctx, x.Slice(i, i+1), fmt.Sprintf("test picture %d", i), one)
		if err != nil {
			e.report.Holes = holesOf(all, spent)
			return err
		}
		all, spent = append(all, c), spent+took
		e.count(holeChains, took, found)
	}
	e.report.Holes = holesOf(all, spent)
	return r.Save(*e.report)
}

// completed is [Studio.Complete] of one picture, without the pictures it makes: measured,
// or found among what was kept.
func (e *evalRun) completed(ctx context.Context, x sampling.Images, name string, r Recipe) (c Completion, took time.Duration, found bool, err error) {
	key, err := batchKey(e.request.Model, r, e.report.Engine)
	if err != nil {
		return c, 0, false, err
	}
	key += " of " + picturesSum(x)
	numbers := func(c *Completion) []*float64 {
		return []*float64{
			&c.Mean.PSNR, &c.Mean.SSIM, &c.VAE.PSNR, &c.VAE.SSIM, &c.Chains.PSNR, &c.Chains.SSIM, &c.Predict.PSNR, &c.Predict.SSIM, &c.Spread,
		}
	}
	if values, seconds, ok := e.kept.numbers(key); ok && len(values) == len(numbers(&c)) {
		for i, to := range numbers(&c) {
			*to = values[i]
		}
		return c, seconds, true, ctx.Err()
	}
	began := time.Now()
	all, err := e.studio.Complete(ctx, e.request.Model, x, []string{name}, r, nil)
	if err != nil {
		return c, 0, false, err
	}
	c, took = all[0], time.Since(began)
	var values []float64
	for _, v := range numbers(&c) {
		values = append(values, *v)
	}
	return c, took, false, e.kept.keepNumbers(key, values, took)
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

// way is one of the ways in which holes were filled, and how good that is.
type way[A any] struct {
	name string
	of   func(A) Fidelity
}

// holeRows are the mean figures of each way, and how far its PSNR lies above that of what
// it is compared with.
func holeRows[A any](all []A, compared func(A) Fidelity, ways []way[A]) (rows []evaluation.HoleRow) {
	for _, way := range ways {
		var psnr, ssim, above []float64
		for _, a := range all {
			f := way.of(a)
			psnr, ssim, above = append(psnr, f.PSNR), append(ssim, f.SSIM), append(above, f.PSNR-compared(a).PSNR)
		}
		rows = append(rows, evaluation.HoleRow{Name: way.name, PSNR: evaluation.MeanOf(psnr), SSIM: evaluation.MeanOf(ssim), Above: evaluation.MeanOf(above)})
	}
	return rows
}

// holesOf sums completions up; the generator alone is what refined ones are compared
// with.
func holesOf(all []Completion, took time.Duration) *evaluation.Holes {
	if len(all) == 0 {
		return nil
	}
	h := &evaluation.Holes{Pictures: len(all), Chains: holeChains, Seconds: took.Seconds()}
	h.Rows = holeRows(all, func(c Completion) Fidelity { return c.VAE }, []way[Completion]{
		{"generator alone", func(c Completion) Fidelity { return c.VAE }},
		{"generator and Langevin chain", func(c Completion) Fidelity { return c.Chains }},
		{"prediction: latent 0, chain without noise", func(c Completion) Fidelity { return c.Predict }},
		{"mean of the known pixels", func(c Completion) Fidelity { return c.Mean }},
	})
	for _, c := range all {
		h.Spread += c.Spread / float64(len(all))
	}
	return h
}
