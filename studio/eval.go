package studio

import (
	"context"
	"errors"
	"fmt"
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
	// Inception is the network that FID is measured on, as models/inception opens it; nil:
	// there is no FID.
	Inception *Opened
	// Data is what is real, by the names of [TrainRequest]: pictures whose test part is
	// compared with, or points.
	Data      string
	Count     int // samples a row and column
	Batch     int // chains at a time; 0: 64, of points 2048
	Seed      uint64
	Sampler   string
	Settings  sampling.Settings
	Rows      []string // all, classes, singles, seen, held-out, not, minus, without or pairs; none: all that the model has
	Columns   []string // of [EvalColumns]; none: all with attributes, otherwise as the settings say
	NotWeight float64  // of the negative term
	Parts     []string // of [EvalParts]; none: samples alone
	// Training are folders of runs whose measurements are looked at: of one recipe with
	// different seeds, where there are several.
	Training []string
	// Keep is a folder in which samples and features are kept, and where those that are
	// there are taken from: an evaluation that was stopped goes on when it is asked again.
	// Empty: none.
	Keep   string
	Notify func(EvalProgress)     // after every batch
	Save   func(EvalReport) error // after every row of a column, and every part
}

// Parts of an evaluation.
const (
	partSamples    = "samples"
	partMemory     = "memory"
	partChains     = "chains"
	partOutliers   = "outliers"
	partInpainting = "inpainting"
)

// EvalParts lists what an evaluation may measure: samples that are asked for something;
// whether they are copies of training pictures; how well chains mix; how well the energy
// tells outliers; how well holes are filled. A part that a model has nothing for is left
// out, which the report says.
func EvalParts() []string {
	return []string{partSamples, partMemory, partChains, partOutliers, partInpainting}
}

// EvalProgress is how far an evaluation is.
type EvalProgress struct {
	Now      string        // the step, or what is being sampled in it
	Unit     string        // what it counts: "samples", "pictures", "steps"
	Done, Of int           // of the step; Of 0: it counts nothing
	Left     time.Duration // by the pace of those made until now; 0: not known
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
	run := &evalRun{studio: s, request: r, report: &report, kept: keptSamples{r.Keep}}
	err = run.all(ctx)
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
	case slices.ContainsFunc(r.Parts, func(p string) bool { return !slices.Contains(EvalParts(), p) }):
		return fmt.Errorf("evaluate: found the parts %s, want some of %s", strings.Join(r.Parts, ", "), strings.Join(EvalParts(), ", "))
	case !finite(r.NotWeight) || r.NotWeight < 0:
		return fmt.Errorf("evaluate: weight of the negative term: found %g, want a finite number from 0", r.NotWeight)
	}
	if len(r.Parts) == 0 || slices.Contains(r.Parts, partMemory) && !slices.Contains(r.Parts, partSamples) { // it looks at samples
		r.Parts = append(slices.Clone(r.Parts), partSamples)
	}
	if r.Batch == 0 {
		r.Batch = evalBatch
		if r.Model.Plane() {
			r.Batch = evalPointBatch
		}
	}
	if err := r.checkInception(); err != nil || r.Model.Plane() {
		return err
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
	if r.Inception != nil {
		a.Inception = r.Inception.SHA256
	}
	if len(r.Model.Model.Attributes) > 0 || r.Model.Model.Experts {
		a.NotWeight = r.NotWeight
	}
	return a
}

// chainable is an error for models that have no chains.
func chainable(m *models.Model) error {
	if m.At == nil && m.Features != nil {
		return fmt.Errorf("%s gives features of pictures and has no energy, so that there are no chains to run\nhint: ebm eval MODEL --inception FILE measures FID with it", m.Name)
	}
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
