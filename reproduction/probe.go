package reproduction

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Probe measures something of a model. Its fields are all that the figures depend on
// besides the model, the count and the seed.
type Probe interface {
	Measure(ctx context.Context, b *Bench) (map[string]float64, error)
}

// finder is a probe whose figures depend on what is on the machine, too.
type finder interface{ Found() string }

// Bench is what a probe measures with.
type Bench struct {
	Studio  *studio.Studio
	Judge   func(context.Context, *studio.Opened) (*studio.Opened, error)
	Model   *studio.Opened // nil where a training left none
	Trained *Trained       // nil of a bundled model
	Count   int
	Seed    uint64
	tell    func(part string)
}

// Names of measures that probes fill in.
const (
	inSupport    = "on the support"
	variation    = "total variation"
	kl           = "KL, nats"
	likelihood   = "log-likelihood, nats"
	samplingTime = "processor seconds"
	right        = "right"
	kid          = "KID x 1000"
	fd           = "FD"
	coverage     = "coverage"
	saturated    = "saturated pixels"
	stable       = "stable"
	gap          = "energy gap"
	perIteration = "processor s/iteration"
)

// Points measures samples and densities of a model of points of the plane.
type Points struct {
	Data     string
	Sampler  string // empty: the family's
	Settings sampling.Settings
	Level    int // whose density is measured; 0: the cleanest
}

// Measure implements [Probe].
func (p Points) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil // the training left nothing to measure
	}
	took := stopwatch()
	report, err := b.Studio.Evaluate(ctx, studio.EvalRequest{
		Model: b.Model, Data: p.Data, Count: b.Count, Seed: b.Seed, Sampler: samplerOr(p.Sampler), Settings: p.Settings, Notify: b.progress,
	})
	if err != nil {
		return nil, err
	}
	level := max(p.Level, 1) - 1
	if level >= len(report.Points.Levels) {
		return nil, fmt.Errorf("found %d noise levels, want level %d", len(report.Points.Levels), p.Level)
	}
	l := report.Points.Levels[level]
	values := map[string]float64{
		inSupport: report.Points.InSupport, variation: report.Points.TotalVariation, kl: l.Highest - l.LogLikelihood, likelihood: l.LogLikelihood,
	}
	took(values)
	if p.Level > 0 { // of the level's density, not of the samples
		values[variation] = l.TotalVariation
		delete(values, inSupport)
	}
	return values, nil
}

// stopwatch begins to count processor time, which other programs on the machine change
// less than seconds; the function it returns notes it.
func stopwatch() func(values map[string]float64) {
	began, known := processorSeconds()
	return func(values map[string]float64) {
		if now, ok := processorSeconds(); ok && known {
			values[samplingTime] = now - began
		}
	}
}

// recipeOf is a recipe of a model with a sampler and settings.
func recipeOf(o *studio.Opened, sampler string, settings sampling.Settings) studio.Recipe {
	r := studio.DefaultRecipe(o)
	r.Sampler, r.Settings = samplerOr(sampler), settings
	return r
}

func (p Points) recipe(o *studio.Opened) studio.Recipe { return recipeOf(o, p.Sampler, p.Settings) }

func (p Pictures) recipe(o *studio.Opened) studio.Recipe { return recipeOf(o, p.Sampler, p.Settings) }

// progress tells how far an evaluation is.
func (b *Bench) progress(p studio.EvalProgress) {
	b.tell(fmt.Sprintf("%s: %d of %d %s", p.Now, p.Done, p.Of, p.Unit))
}

func samplerOr(name string) string {
	if name == "" {
		return studio.SamplerFamily
	}
	return name
}

// Pictures measures samples of a model of pictures by its judge.
type Pictures struct {
	Ask      string // a row of studio.EvalRequest
	Column   string // a column of studio.EvalColumns
	Data     string // by the names of studio.TrainRequest
	Sampler  string
	Settings sampling.Settings
}

// Measure implements [Probe].
func (p Pictures) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil
	}
	judge, err := b.Judge(ctx, b.Model)
	if err != nil {
		return nil, err
	}
	took := stopwatch()
	report, err := b.Studio.Evaluate(ctx, studio.EvalRequest{
		Model: b.Model, Judge: judge, Data: p.Data, Count: b.Count, Seed: b.Seed, Sampler: samplerOr(p.Sampler), Settings: p.Settings,
		Rows: []string{p.Ask}, Columns: []string{p.Column}, Notify: b.progress,
	})
	if err != nil {
		return nil, err
	}
	c := report.Cells[0]
	values := map[string]float64{saturated: c.Full.Value()}
	took(values)
	if len(c.ByAsked) > 0 {
		values[right] = c.Asked.Value()
	}
	if c.KID != nil {
		values[kid] = 1000 * *c.KID
	}
	if c.FD != nil {
		values[fd] = *c.FD
	}
	if c.Places != nil {
		values[coverage] = c.Places.Coverage
	}
	return values, nil
}

// Health reads a training's course.
type Health struct {
	// Means are measurements of the history whose mean over the last tenth is taken, by
	// the names that they have in the table.
	Means map[string]string
	// Courses are measurements of which that mean is divided by the mean of the first
	// tenth that has them.
	Courses map[string]string
}

// Measure implements [Probe].
func (p Health) Measure(_ context.Context, b *Bench) (map[string]float64, error) {
	if b.Trained == nil {
		return nil, errors.New("found a bundled model, want a training, whose course is known")
	}
	values := map[string]float64{stable: 1}
	if b.Trained.PerIteration > 0 {
		values[perIteration] = b.Trained.PerIteration
	}
	if b.Trained.Diverged != "" {
		values[stable] = 0
	}
	all, err := b.Trained.history()
	if err != nil || len(all) == 0 {
		return values, err
	}
	tenth := func(name string) (first, last float64, ok bool) {
		var list []float64
		for _, e := range all {
			// before chains walk, they carry nothing anywhere: a course begins after that
			if v, has := e.Metrics[name]; has && (v != 0 || len(list) > 0) {
				list = append(list, v)
			}
		}
		if len(list) == 0 {
			return 0, 0, false
		}
		n := (len(list) + 9) / 10
		first, _ = spread(slices.Clone(list[:n]))
		last, _ = spread(list[len(list)-n:])
		return first, last, true
	}
	_, samples, ok := tenth("energy_samples")
	if _, data, both := tenth("energy_data"); ok && both {
		values[gap] = math.Abs(samples - data)
	}
	for column, name := range p.Means {
		if _, v, ok := tenth(name); ok {
			values[column] = v
		}
	}
	for column, name := range p.Courses {
		if first, last, ok := tenth(name); ok {
			values[column] = last / first
		}
	}
	return values, nil
}

// cutHint parts an error from the hint in its last line.
func cutHint(err error) (message, hint string, found bool) {
	return strings.Cut(err.Error(), "\nhint: ")
}
