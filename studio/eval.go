package studio

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/internal/dataset"
	"ebmstudio/internal/dataset/faces"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// EvalReport is the outcome of an evaluation; see package evaluation.
type EvalReport = evaluation.Report

// ParseEvalReport reads a report's JSON.
func ParseEvalReport(data []byte) (EvalReport, error) { return evaluation.ParseReport(data) }

// SaveEvalReport writes path.json and path.md, with their folder.
func SaveEvalReport(path string, r EvalReport) error {
	text, err := r.JSON()
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	return writeFiles(outFile{path + ".json", text}, outFile{path + ".md", []byte(r.Markdown())})
}

// DataOf is the name of the data with these classes and with test pictures, for
// [EvalRequest]; false where it is not known here.
func DataOf(labels []string) (string, bool) {
	switch {
	case slices.Equal(labels, dataset.FashionLabels()):
		return "", true
	case slices.Equal(labels, faces.Names()):
		return allFacesData, true
	}
	return "", false
}

// Chains is an error for models that have none: judges.
func (o *Opened) Chains() error { return chainable(o.Model) }

// EvalRefused is an error of what was asked of an evaluation, found before it began.
type EvalRefused struct{ error }

// Unwrap returns what was wrong.
func (e EvalRefused) Unwrap() error { return e.error }

// EvalRequest says what to evaluate.
type EvalRequest struct {
	Model *Opened
	Judge *Opened // of pictures; not needed for points of the plane
	// Data is what is real, by the names of [TrainRequest]: pictures whose test part is
	// compared with, or points.
	Data      string
	Count     int // samples a row and column
	Batch     int // chains at a time; 0: 64, of points 2048
	Seed      uint64
	Sampler   string
	Settings  sampling.Settings
	Rows      []string // of [EvalRows]; none: all that the model has
	Columns   []string // of [EvalColumns]; none: all with attributes, otherwise as the settings say
	NotWeight float64  // of the negative term
	// Earlier is a report whose complete rows are taken over, where it is of the same
	// question; nil: none.
	Earlier *EvalReport
	Notify  func(EvalProgress)     // after every batch
	Save    func(EvalReport) error // after every row of a column
}

// EvalProgress is how far an evaluation is.
type EvalProgress struct {
	Now      string // what is being sampled
	Done, Of int    // samples
}

const (
	evalBatch       = 64
	evalPointBatch  = 2048
	maxEvalSamples  = 1 << 20
	evalTestMost    = 10_000 // real pictures
	evalSeedBatches = 16     // bits of a seed that number the batches
)

// Evaluate measures samples of a model: their agreement with what was asked, by a
// judge, and their distance from real pictures; or, of points of the plane, likelihoods
// and shares. Where ctx ends it, the report so far is returned with ctx's error.
func (s *Studio) Evaluate(ctx context.Context, r EvalRequest) (EvalReport, error) {
	if r.Notify == nil {
		r.Notify = func(EvalProgress) {}
	}
	if r.Save == nil {
		r.Save = func(EvalReport) error { return nil }
	}
	if err := r.check(); err != nil {
		return EvalReport{}, EvalRefused{err}
	}
	report := EvalReport{Asked: r.asked()}
	e, err := s.Engine(ctx)
	if err != nil {
		return report, err
	}
	report.Engine = e.String()
	if r.Earlier != nil && !r.Earlier.Same(report.Asked) {
		return report, EvalRefused{errors.New("the earlier report is of another model, judge, data, count, seed or settings, want the same")}
	}
	run := &evalRun{studio: s, request: r, report: &report}
	switch {
	case r.Model.Plane():
		err = run.points(ctx)
	case r.Model.Model.Hole != nil:
		err = run.holes(ctx)
	default:
		err = run.pictures(ctx)
	}
	report.Complete = err == nil
	return report, err
}

func (r *EvalRequest) check() error {
	m := r.Model.Model
	if err := chainable(m); err != nil {
		return err
	}
	switch {
	case r.Count < 2 || r.Count > maxEvalSamples:
		return fmt.Errorf("evaluate: found %d samples, want 2 to %d", r.Count, maxEvalSamples)
	case r.Batch < 0 || r.Batch > MaxChains:
		return fmt.Errorf("evaluate: found %d chains at a time, want 1 to %d", r.Batch, MaxChains)
	case r.Seed >= 1<<(64-evalSeedBatches):
		return fmt.Errorf("evaluate: found seed %d, want one below 2^%d", r.Seed, 64-evalSeedBatches)
	case !finite(r.NotWeight) || r.NotWeight < 0:
		return fmt.Errorf("evaluate: weight of the negative term: found %g, want a finite number from 0", r.NotWeight)
	}
	if r.Batch == 0 {
		r.Batch = evalBatch
		if r.Model.Plane() {
			r.Batch = evalPointBatch
		}
	}
	if r.Model.Plane() {
		return nil
	}
	if r.Judge == nil || r.Judge.Model.Classify == nil {
		return errors.New("evaluate: found no judge, want a classifier as ebm train judge makes")
	}
	j := r.Judge.Model
	if m.C != j.C || m.H != j.H || m.W != j.W {
		return fmt.Errorf("evaluate: the judge %s takes pictures of %dx%dx%d (channels, height, width), the model's are %dx%dx%d", j.Name, j.C, j.H, j.W, m.C, m.H, m.W)
	}
	if m.Experts {
		return nil // their rows check them
	}
	if len(m.Labels) > 0 && !slices.Equal(m.Labels, j.Labels) {
		return fmt.Errorf("evaluate: the judge %s knows the classes %s, the model %s", j.Name, strings.Join(j.Labels, ", "), strings.Join(m.Labels, ", "))
	}
	return nil
}

func (r *EvalRequest) asked() evaluation.Asked {
	a := evaluation.Asked{
		Model: r.Model.Model.Name, ModelSum: r.Model.SHA256, Weights: r.Model.Weights, Data: r.Data, Count: r.Count, Seed: r.Seed,
		Sampler: r.Sampler, Settings: r.Settings,
	}
	if a.Data == "" {
		a.Data = "fashion"
	}
	if r.Judge != nil {
		a.JudgeSum = r.Judge.SHA256
	}
	if len(r.Model.Model.Attributes) > 0 || r.Model.Model.Experts {
		a.NotWeight = r.NotWeight
	}
	return a
}

// chainable is an error for models that have no chains.
func chainable(m *models.Model) error {
	if m.At == nil {
		return fmt.Errorf("%s is a judge: it classifies pictures and has no energy, so that there are no chains to run\nhint: ebm eval MODEL --judge FILE uses it", m.Name)
	}
	return nil
}

// Classify judges pictures in 0..1, ahead of training and export; see
// models.Model.Classify.
func (s *Studio) Classify(ctx context.Context, judge *Opened, x sampling.Images) (probabilities, features [][]float32, err error) {
	type rows struct{ probabilities, features [][]float32 }
	r, err := inLane(ctx, s, "judge with "+judge.Name, urgencyScore, func() (rows, error) {
		if judge.Model.Classify == nil {
			return rows{}, fmt.Errorf("%s is no judge", judge.Name)
		}
		p, f, err := judge.Model.Classify(x)
		return rows{p, f}, err
	})
	return r.probabilities, r.features, err
}

// evalRun is an evaluation under way.
type evalRun struct {
	studio  *Studio
	request EvalRequest
	report  *EvalReport
	done    int // samples, for the progress
	of      int
	now     string
}

// sample runs the recipe's chains, count in all, a batch at a time, and hands each
// batch to take. Batch b of a seed is the same in all rows and columns.
func (e *evalRun) sample(ctx context.Context, settings sampling.Settings, count int, terms func(from, to int) []Term, take func(from int, x sampling.Images) error) (time.Duration, error) {
	began := time.Now()
	for b, from := 0, 0; from < count; b, from = b+1, from+e.request.Batch {
		to := min(from+e.request.Batch, count)
		r := DefaultRecipe(e.request.Model)
		r.Sampler, r.Settings, r.Chains = e.request.Sampler, settings, to-from
		r.Seed = e.request.Seed<<evalSeedBatches + uint64(b)
		if terms != nil {
			r.Terms = terms(from, to)
		}
		x, err := e.batch(ctx, r)
		if err != nil {
			return time.Since(began), err
		}
		if err := take(from, x); err != nil {
			return time.Since(began), err
		}
		e.done += to - from
		e.request.Notify(EvalProgress{Now: e.now, Done: e.done, Of: e.of})
	}
	return time.Since(began), nil
}

func (e *evalRun) batch(ctx context.Context, r Recipe) (sampling.Images, error) {
	job := e.studio.Sample(e.request.Model, r, nil)
	if err := job.Wait(ctx); err != nil {
		job.Stop()
		return sampling.Images{}, err
	}
	res, err := job.Result()
	if err != nil {
		return sampling.Images{}, err
	}
	if err := ctx.Err(); err != nil {
		return sampling.Images{}, err
	}
	return res.Pictures, nil
}

// asSaved brings pictures to 0..1 as a file stores them, in 256 levels; what is not
// finite becomes 0, and the pictures with such numbers are told.
func asSaved(x sampling.Images, lo, hi float32) (saved sampling.Images, broken []bool) {
	saved, broken = sampling.NewImages(x.N, x.C, x.H, x.W), make([]bool, x.N)
	for i := range x.N {
		into := saved.Image(i)
		for j, v := range x.Image(i) {
			if !finite(float64(v)) {
				broken[i] = true
				continue
			}
			level := float64(v-lo) / float64(hi-lo)
			into[j] = float32(math.Round(255*min(max(level, 0), 1)) / 255)
		}
	}
	return saved, broken
}
