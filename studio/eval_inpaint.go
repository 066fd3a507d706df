package studio

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// evalFilled is the most pictures of which a hole is filled; highestPSNR stands for that
// of an answer that is the original to the bit.
const (
	evalFilled  = 16
	highestPSNR = 99.0
)

// inpainting fills the centre of test pictures, half of the sides wide, beside filling it
// with the mean of the known pixels.
func (e *evalRun) inpainting(ctx context.Context) error {
	m := e.request.Model.Model
	switch {
	case m.Hole != nil:
		return nil // it has a section of its own
	case e.request.Model.Plane() || m.C != 1 && m.C != 3:
		e.leave(partInpainting, "%s has no pictures", e.request.Model.Name)
		return nil
	}
	x, err := e.testPictures(max(2, min(evalFilled, e.request.Count/holeChains)))
	if err != nil {
		return err
	}
	hole := centre(m)
	e.begin("inpainting", "samples", x.N*holeChains)
	all := make([]filled, x.N)
	for i := range all {
		if all[i], err = e.fill(ctx, x.Slice(i, i+1), i, hole); err != nil {
			break
		}
	}
	if err != nil && ctx.Err() == nil {
		e.leave(partInpainting, "%v", err)
		return nil
	}
	if done := e.done / holeChains; done > 0 {
		e.report.Inpainting = filledOf(all[:done])
	}
	return err
}

// centre is a mask whose white square lies in the middle.
func centre(m *models.Model) *image.Gray {
	mask := image.NewGray(image.Rect(0, 0, m.W, m.H))
	draw.Draw(mask, image.Rect(m.W/4, m.H/4, m.W/4+m.W/2, m.H/4+m.H/2), image.NewUniform(color.White), image.Point{}, draw.Src)
	return mask
}

// filled is what was made of one picture.
type filled struct {
	mean, chains Fidelity
	spread       float64
	unchanged    evaluation.Rate
	took         time.Duration // when the answers were made
}

// fill fills the hole of test picture i.
func (e *evalRun) fill(ctx context.Context, x sampling.Images, i int, hole *image.Gray) (f filled, err error) {
	m := e.request.Model.Model
	r := DefaultRecipe(e.request.Model)
	r.Sampler, r.Settings, r.Chains, r.Seed = e.request.Sampler, e.request.Settings, holeChains, e.seed(i)
	picture := native(quantise(x.Data, m.Lo, m.Hi), m.C, m.H, m.W)
	if r.Known, err = NewKnown(m, fmt.Sprintf("test picture %d", i), picture, hole, false); err != nil {
		return f, err
	}
	answers, took, found, err := e.batch(ctx, r)
	if err != nil {
		return f, err
	}
	mask, err := r.Known.maskFor(m)
	if err != nil {
		return f, err
	}
	if f.mean, err = fidelity(m, meanFilled(x, mask), x, mask.M); err != nil {
		return f, err
	}
	if f.chains, err = fidelity(m, answers, x, mask.M); err != nil {
		return f, err
	}
	f.mean.PSNR, f.chains.PSNR = math.Min(f.mean.PSNR, highestPSNR), math.Min(f.chains.PSNR, highestPSNR)
	f.spread = spread(unit(m, answers), mask.M)
	known := mask.Known.Image(0)
	for k := range answers.N {
		for j, v := range answers.Image(k) {
			if mask.M[j%len(mask.M)] == 0 {
				f.unchanged.Add(v == known[j])
			}
		}
	}
	f.took = took
	e.count(holeChains, took, found)
	return f, nil
}

// filledOf sums answers up; the mean fill is what the chains are compared with.
func filledOf(all []filled) *evaluation.Holes {
	h := &evaluation.Holes{Pictures: len(all), Chains: holeChains}
	mean := func(f filled) Fidelity { return f.mean }
	h.Rows = holeRows(all, mean, []way[filled]{{"mean of the known pixels", mean}, {"chains", func(f filled) Fidelity { return f.chains }}})
	for _, f := range all {
		h.Spread += f.spread / float64(len(all))
		h.Seconds += f.took.Seconds()
		h.Unchanged.Right, h.Unchanged.Of = h.Unchanged.Right+f.unchanged.Right, h.Unchanged.Of+f.unchanged.Of
	}
	return h
}
