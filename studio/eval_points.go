package studio

import (
	"context"
	"slices"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/internal/dataset"
	"ebmstudio/sampling"
)

const (
	// evalHalf and evalCells are the grid that samples of points are counted in: cells of
	// side 1/2, whose edges are those of the checkerboard's squares.
	evalHalf  = 8.5
	evalCells = 34
	// evalDensity is the number of cells a side that likelihoods are summed over: of side
	// 1/8, where the models' square is as large.
	evalDensity = 136
)

// points evaluates a model of points of the plane.
func (e *evalRun) points(ctx context.Context) error {
	r := e.request
	set, err := dataset.OpenPoints(r.Data)
	if err != nil {
		return EvalRefused{err}
	}
	recipe := DefaultRecipe(r.Model)
	recipe.Sampler, recipe.Settings, recipe.Seed = r.Sampler, r.Settings, r.Seed
	if err := recipe.Validate(r.Model.Model); err != nil {
		return EvalRefused{err}
	}
	e.begin("points", "samples", r.Count)
	var drawn []float32
	took, err := e.sample(ctx, r.Settings, r.Count, nil, func(_ int, x sampling.Images) (time.Duration, error) {
		drawn = append(drawn, x.Data...)
		return 0, nil
	})
	if len(drawn) == 0 {
		return err
	}
	p, measureErr := e.shares(set, drawn)
	if measureErr != nil {
		return measureErr
	}
	p.Seconds = took.Seconds()
	e.report.Points = p
	if err != nil {
		return err
	}
	e.begin("densities", "", 0)
	d, err := e.studio.Density(ctx, r.Model, recipe, DensityOptions{Size: evalDensity, Data: r.Data}, nil)
	if err != nil {
		return err
	}
	p.Levels = levels(d, set)
	return e.request.Save(*e.report)
}

// shares compares samples with the exact masses of cells.
func (e *evalRun) shares(set dataset.Points, drawn []float32) (*evaluation.Points, error) {
	grid := evaluation.Grid{Half: evalHalf, Cells: evalCells}
	exact, found := set.Masses(evalHalf, evalCells), grid.Shares(drawn)
	n := len(drawn) / 2
	// As many exact draws: the total variation that no model can be expected to beat.
	x, err := set.At(sampling.NewKey(e.request.Seed<<evalSeedBatches), 0, n)
	if err != nil {
		return nil, err
	}
	uniform := make([]float64, len(exact))
	for i := range uniform {
		uniform[i] = 1 / float64(len(uniform))
	}
	return &evaluation.Points{
		Samples:   n,
		InSupport: evaluation.InSupport(found, exact), InSupportExact: evaluation.InSupport(exact, exact), InSupportUniform: evaluation.InSupport(uniform, exact),
		TotalVariation: evaluation.TotalVariation(found, exact), Floor: evaluation.TotalVariation(grid.Shares(x.Data), exact), Cells: evalCells,
	}, nil
}

// levels compares the densities of the stages with those of the data, the cleanest
// first: that one with the exact masses, the others with draws made as noisy.
func levels(d Density, set dataset.Points) []evaluation.PointLevel {
	half := float64(d.Hi-d.Lo) / 2
	grid := evaluation.Grid{Half: half, Cells: d.Size}
	var list []evaluation.PointLevel
	for i, s := range slices.Backward(d.Stages) {
		if s.Model == nil || s.Truth == nil {
			continue
		}
		model, truth := doubles(s.Model), doubles(s.Truth)
		if i == len(d.Stages)-1 && d.Lo == -d.Hi {
			truth = upsideDown(set.Masses(half, d.Size), d.Size)
		}
		list = append(list, evaluation.PointLevel{
			Name: s.Name, LogLikelihood: grid.LogLikelihood(truth, model), Highest: grid.LogLikelihood(truth, truth),
			TotalVariation: evaluation.TotalVariation(model, truth),
		})
	}
	return list
}

// upsideDown turns masses whose rows go up into those of a density, whose rows go down.
func upsideDown(masses []float64, n int) []float64 {
	var turned []float64
	for row := range slices.Backward(masses[:n]) {
		turned = append(turned, masses[row*n:(row+1)*n]...)
	}
	return turned
}

func doubles(v []float32) []float64 {
	all := make([]float64, len(v))
	for i, x := range v {
		all[i] = float64(x)
	}
	return all
}
