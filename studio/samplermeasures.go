package studio

import (
	"context"
	"fmt"
	"sort"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// samplerReal is how many real pictures coverage is of.
const samplerReal = 500

// samplerNeighbours are those whose distance is the radius of a real picture's ball.
const samplerNeighbours = 5

// measuringPoints compares points with the exact masses of the model's density.
func (s *Studio) measuringPoints(ctx context.Context, t SamplerTable) (func(Result, uint64) ([]SamplerMeasure, error), error) {
	r := DefaultRecipe(t.Model)
	if err := r.Ask(t.Model.Model, t.Expression); err != nil {
		return nil, err
	}
	// A table's own settings may change the density (guidance); the samplers' do not.
	for name, v := range t.Settings {
		if err := r.Turn(t.Model.Model, name, v); err != nil {
			return nil, err
		}
	}
	d, err := s.Density(ctx, t.Model, r, DensityOptions{Size: evalDensity}, nil)
	if err != nil {
		return nil, err
	}
	grid := evaluation.Grid{Half: float64(d.Hi-d.Lo) / 2, Cells: evalCells}
	fine := upsideDown(doubles(d.Stages[len(d.Stages)-1].Model), evalDensity)
	masses := make([]float64, evalCells*evalCells)
	for i, p := range fine {
		row, column := i/evalDensity, i%evalDensity
		masses[row*evalCells/evalDensity*evalCells+column*evalCells/evalDensity] += p
	}
	return func(r Result, seed uint64) ([]SamplerMeasure, error) {
		drawn, err := exactShares(masses, r.Pictures.N, seed)
		if err != nil {
			return nil, err
		}
		found := grid.Shares(r.Pictures.Data)
		return []SamplerMeasure{
			{Name: "total variation to the model", Mean: evaluation.TotalVariation(found, masses)},
			{Name: "floor: as many exact draws", Mean: evaluation.TotalVariation(drawn, masses)},
			{Name: "in the model's support", Mean: evaluation.InSupport(found, masses)},
			{Name: "exact", Mean: evaluation.InSupport(masses, masses)},
		}, nil
	}, nil
}

// exactShares are the shares of n exact draws from masses.
func exactShares(masses []float64, n int, seed uint64) ([]float64, error) {
	sums, total := make([]float64, len(masses)), 0.0
	for i, p := range masses {
		total += p
		sums[i] = total
	}
	u := make([]float32, n)
	if err := sampling.NewKey(seed).Uniform(sampling.StreamUser, 0, 0, u); err != nil {
		return nil, err
	}
	shares := make([]float64, len(masses))
	for _, v := range u {
		at := sort.SearchFloat64s(sums, float64(v)*total)
		shares[min(at, len(shares)-1)] += 1 / float64(n)
	}
	return shares, nil
}

// measuringPictures has pictures judged, and tells how much of real ones that are what
// was asked they cover.
func (s *Studio) measuringPictures(ctx context.Context, t SamplerTable) (func(Result, uint64) ([]SamplerMeasure, error), error) {
	judge := t.Judge.Model
	r, err := t.recipe(1, contender{sampler: SamplerFamily})
	if err != nil {
		return nil, err
	}
	wanted, err := wantedLabels(t.Model.Model, r.Terms)
	if err != nil {
		return nil, err
	}
	data, err := openLearningData(dataFor(judge), judge.C, judge.H)
	if err != nil {
		return nil, err
	}
	pictures, classes, err := data.Test(evalTestMost)
	if err != nil {
		return nil, err
	}
	var like []int
	for i := range pictures.N {
		if holds(classes[i], wanted) && len(like) < samplerReal {
			like = append(like, i)
		}
	}
	if len(like) <= samplerNeighbours {
		return nil, fmt.Errorf("compare samplers: found %d real pictures that are what is asked, want more than %d", len(like), samplerNeighbours)
	}
	_, features, err := s.Classify(ctx, t.Judge, picked(pictures, like))
	if err != nil {
		return nil, err
	}
	m := t.Model.Model
	return func(r Result, _ uint64) ([]SamplerMeasure, error) {
		saved, _ := asSaved(r.Pictures, m.Lo, m.Hi)
		probabilities, found, err := s.Classify(ctx, t.Judge, saved)
		if err != nil {
			return nil, err
		}
		right := 0.0
		for _, p := range probabilities {
			all := true
			for _, label := range wanted {
				all = all && models.Judged(p, label, judge.Attributes)
			}
			if all {
				right += 1 / float64(r.Pictures.N)
			}
		}
		near, err := evaluation.ManifoldOf(features, found, samplerNeighbours)
		if err != nil {
			return nil, err
		}
		surviving := 1.0
		if r.Weights != nil {
			surviving = r.Weights.Surviving()
		}
		return []SamplerMeasure{
			{Name: "all that was asked", Mean: right}, {Name: "coverage", Mean: near.Coverage}, {Name: "surviving chains", Mean: surviving},
		}, nil
	}, nil
}

// dataFor is the data that a judge's classes are of.
func dataFor(judge *models.Model) string {
	name, _ := DataOf(judge.Labels)
	return name
}

// picked are some of the pictures.
func picked(x sampling.Images, which []int) sampling.Images {
	y := sampling.NewImages(len(which), x.C, x.H, x.W)
	for k, i := range which {
		copy(y.Image(k), x.Image(i))
	}
	return y
}
