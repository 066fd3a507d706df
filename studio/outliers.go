package studio

import (
	"context"
	"errors"
	"fmt"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// OutlierRequest says what a model is to tell apart.
type OutlierRequest struct {
	Model          *Opened
	Data           string // what it was trained on, as TrainRequest names it
	Channels, Size int    // of a folder of pictures
	Count          int    // test pictures, and pictures of every set made from them
	Seed           uint64 // of what is random in the sets
	Settings       sampling.Settings
	Others         []OutlierSet // sets besides those that are made
}

// OutlierSet is a set of pictures of the model's size and range that it was not
// trained on.
type OutlierSet struct {
	Name     string
	Pictures sampling.Images
}

// OutlierRow is how well scores tell a set from held-out pictures of the training's
// kind: the area under the ROC curve, 1 for always, 0.5 for chance, below it where the
// outliers look likelier.
type OutlierRow struct {
	Set       string
	Count     int
	Model     float64 // of the model's score (Studio.Score)
	Gaussian  float64 // of independent normal pixels fitted to training pictures
	Variation float64 // of the total variation
}

// The sets that are made from test pictures.
const (
	setPairs    = "mean pairs" // (a + b)/2, b being 100 pictures on (the interpolations of ICD, Table 3)
	setFlipped  = "flipped"    // upside down
	setPermuted = "permuted"   // the pixels in another order, the same for all pictures
	setNoise    = "noise"      // uniform
	setConstant = "constant"   // one colour a picture
)

// Streams of the sets' random numbers.
const (
	streamPermuted = sampling.StreamUser + 0x20 + iota
	streamNoise
	streamConstant
)

const (
	scoredAtOnce     = 64
	gaussianPictures = 2048
)

// Outliers measures a model's out-of-distribution score as Table 3 of Improved
// Contrastive Divergence does, beside two scores that know nothing: only where the
// model beats both has it learnt something.
func (s *Studio) Outliers(ctx context.Context, r OutlierRequest) ([]OutlierRow, error) {
	m := r.Model.Model
	data, err := openLearningData(r.Data, r.Channels, r.Size)
	switch {
	case err != nil:
		return nil, err
	case data.C != m.C || data.H != m.H || data.W != m.W || data.H*data.W == 1:
		return nil, fmt.Errorf("outliers: the data %q has pictures of %dx%dx%d (channels, height, width), want the model's %dx%dx%d", data.Name, data.C, data.H, data.W, m.C, m.H, m.W)
	case data.Test == nil:
		return nil, fmt.Errorf("outliers: the data %q holds nothing back to test with, want MNIST's layout with t10k files", data.Name)
	case r.Count < 2:
		return nil, fmt.Errorf("outliers: found %d pictures, want at least 2", r.Count)
	}
	key := sampling.NewKey(r.Seed)
	trained, err := data.Batch(key, 0, min(gaussianPictures, data.Count), 0, false)
	if err != nil {
		return nil, err
	}
	inside, _, err := data.Test(r.Count)
	if err != nil {
		return nil, err
	}
	sets, err := madeSets(key, inside)
	if err != nil {
		return nil, err
	}
	judge := outlierJudge{studio: s, request: r, gaussian: evaluation.FitGaussian(trained.Data, trained.Size())}
	in, err := judge.scores(ctx, toRange(m, inside))
	if err != nil {
		return nil, err
	}
	for i := range sets {
		sets[i].Pictures = toRange(m, sets[i].Pictures)
	}
	var rows []OutlierRow
	for _, set := range append(r.Others, sets...) {
		out, err := judge.scores(ctx, set.Pictures)
		if err != nil {
			return rows, fmt.Errorf("outliers: %s: %w", set.Name, err)
		}
		row := OutlierRow{Set: set.Name, Count: set.Pictures.N}
		for k, of := range []*float64{&row.Model, &row.Gaussian, &row.Variation} {
			*of = evaluation.AUROC(in[k], out[k])
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// outlierJudge scores pictures in three ways.
type outlierJudge struct {
	studio   *Studio
	request  OutlierRequest
	gaussian evaluation.Gaussian
}

// scores are the model's, the Gaussian's and the variation's.
func (j outlierJudge) scores(ctx context.Context, x sampling.Images) (all [3][]float32, err error) {
	m := j.request.Model.Model
	if x.N == 0 {
		return all, errors.New("found no pictures")
	}
	for from := 0; from < x.N; from += scoredAtOnce {
		s, err := j.studio.Score(ctx, j.request.Model, x.Slice(from, min(from+scoredAtOnce, x.N)), j.request.Settings)
		if err != nil {
			return all, err
		}
		all[0] = append(all[0], s.Score...)
	}
	plain := make([]float32, x.Size())
	for i := range x.N {
		for k, v := range x.Image(i) {
			plain[k] = (v - m.Lo) / (m.Hi - m.Lo)
		}
		all[1] = append(all[1], j.gaussian.Score(plain))
		all[2] = append(all[2], evaluation.Variation(plain, x.C, x.H, x.W))
	}
	return all, nil
}

// toRange takes pictures in 0..1 into the model's range.
func toRange(m *models.Model, x sampling.Images) sampling.Images {
	y := x.Clone()
	for i, v := range y.Data {
		y.Data[i] = m.Lo + v*(m.Hi-m.Lo)
	}
	return y
}

// madeSets are made of pictures in 0..1.
func madeSets(k sampling.Key, x sampling.Images) ([]OutlierSet, error) {
	const apart = 100
	order, err := k.Choose(streamPermuted, 0, x.H*x.W, x.H*x.W)
	if err != nil {
		return nil, err
	}
	pairs, flipped, permuted := x.Clone(), x.Clone(), x.Clone()
	noise, constant := x.Clone(), x.Clone()
	if err := k.Uniforms(streamNoise, 0, noise, 0, 1); err != nil {
		return nil, err
	}
	plane := x.H * x.W
	for i := range x.N {
		from, other := x.Image(i), x.Image((i+apart)%x.N)
		if x.N <= apart {
			other = x.Image((i + x.N/2) % x.N)
		}
		colour := make([]float32, x.C)
		if err := k.Uniform(streamConstant, i, 0, colour); err != nil {
			return nil, err
		}
		for p := range from {
			c, at := p/plane, p%plane
			pairs.Image(i)[p] = (from[p] + other[p]) / 2
			flipped.Image(i)[p] = from[c*plane+(x.H-1-at/x.W)*x.W+at%x.W]
			permuted.Image(i)[p] = from[c*plane+order[at]]
			constant.Image(i)[p] = colour[c]
		}
	}
	return []OutlierSet{{setPairs, pairs}, {setFlipped, flipped}, {setPermuted, permuted}, {setNoise, noise}, {setConstant, constant}}, nil
}

// OutlierData are test pictures of other data of the model's size, named as TrainRequest
// names data.
func OutlierData(o *Opened, name, data string, channels, count int) (OutlierSet, error) {
	m := o.Model
	d, err := openLearningData(data, channels, m.H)
	switch {
	case err != nil:
		return OutlierSet{}, err
	case d.C != m.C || d.H != m.H || d.W != m.W:
		return OutlierSet{}, fmt.Errorf("outliers: the data %q has pictures of %dx%dx%d (channels, height, width), want the model's %dx%dx%d", d.Name, d.C, d.H, d.W, m.C, m.H, m.W)
	}
	var x sampling.Images
	if d.Test != nil {
		x, _, err = d.Test(count)
	} else {
		x, err = d.Batch(sampling.NewKey(0), 0, min(count, d.Count), 0, false)
	}
	return OutlierSet{name, toRange(m, x)}, err
}
