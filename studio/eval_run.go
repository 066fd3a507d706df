package studio

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"ebmstudio/sampling"
)

// evalRun is an evaluation under way.
type evalRun struct {
	studio  *Studio
	request EvalRequest
	report  *EvalReport
	kept    keptSamples
	now     string // the step of the progress, what it counts, and how far it is
	unit    string
	done    int
	of      int
	// made of what is done was not there already, in so much time.
	made  int
	spent time.Duration
	// pooled are samples for the memory check.
	pooled [][]float32
}

// all measures part after part; each is saved when it is done.
func (e *evalRun) all(ctx context.Context) error {
	training, err := e.training()
	if err != nil {
		return err
	}
	e.report.Training = training
	kind := e.pictures
	switch {
	case e.request.Model.Plane():
		kind = e.points
	case e.request.Model.Model.Hole != nil:
		kind = e.holes
	}
	parts := []struct {
		name    string
		measure func(context.Context) error
	}{{partSamples, kind}, {partChains, e.chains}, {partOutliers, e.outliers}, {partInpainting, e.inpainting}}
	for _, p := range parts {
		if !e.wants(p.name) {
			continue
		}
		if err := p.measure(ctx); err != nil {
			return err
		}
		if err := e.request.Save(*e.report); err != nil {
			return err
		}
	}
	return nil
}

func (e *evalRun) wants(part string) bool { return slices.Contains(e.request.Parts, part) }

// leave notes a part that cannot be measured.
func (e *evalRun) leave(part, format string, args ...any) {
	e.report.LeftOut = append(e.report.LeftOut, part+": "+fmt.Sprintf(format, args...))
}

// begin begins a step of so many units; of 0 it counts nothing.
func (e *evalRun) begin(now, unit string, of int) {
	e.now, e.unit, e.done, e.of, e.made, e.spent = now, unit, 0, of, 0, 0
	e.notify()
}

func (e *evalRun) notify() {
	p := EvalProgress{Now: e.now, Unit: e.unit, Done: e.done, Of: e.of}
	if e.made > 0 {
		p.Left = time.Duration(float64(e.spent) / float64(e.made) * float64(e.of-e.done))
	}
	e.request.Notify(p)
}

// count adds to what the step counts: made in so much time, or found.
func (e *evalRun) count(n int, took time.Duration, found bool) {
	e.done += n
	if !found {
		e.made, e.spent = e.made+n, e.spent+took
	}
	e.notify()
}

// follow is count for a step that says how far it is itself, from now on and until ctx
// ends, when nothing waits for it any more.
func (e *evalRun) follow(ctx context.Context) func(done, of int) {
	began := time.Now()
	return func(done, of int) {
		if ctx.Err() == nil {
			e.done, e.of, e.made, e.spent = done, of, done, time.Since(began)
			e.notify()
		}
	}
}

// sample runs the recipe's chains, count in all, a batch at a time, and hands each
// batch to take, which returns the time it spent on what was not kept. Batch b of a seed
// is the same in all rows and columns. The time is that of making them, now or when they
// were kept.
func (e *evalRun) sample(ctx context.Context, settings sampling.Settings, count int, terms func(from, to int) []Term, take func(from int, x sampling.Images) (time.Duration, error)) (took time.Duration, err error) {
	for b, from := 0, 0; from < count; b, from = b+1, from+e.request.Batch {
		to := min(from+e.request.Batch, count)
		r := DefaultRecipe(e.request.Model)
		r.Sampler, r.Settings, r.Chains = e.request.Sampler, settings, to-from
		r.Seed = e.seed(b)
		if terms != nil {
			r.Terms = terms(from, to)
		}
		x, each, found, err := e.batch(ctx, r)
		if err != nil {
			return took, err
		}
		took += each
		spent, err := take(from, x)
		if err != nil {
			return took, err
		}
		if !found {
			spent += each
		}
		e.count(to-from, spent, spent == 0)
	}
	return took, nil
}

// seed of batch b.
func (e *evalRun) seed(b int) uint64 { return e.request.Seed<<evalSeedBatches + uint64(b) }

// batch is the outcome of a recipe: made, or found among what was kept.
func (e *evalRun) batch(ctx context.Context, r Recipe) (x sampling.Images, took time.Duration, found bool, err error) {
	key, err := batchKey(e.request.Model, r, e.report.Engine)
	if err != nil {
		return x, 0, false, err
	}
	if x, took, found = e.kept.pictures(key); found {
		return x, took, true, ctx.Err()
	}
	began := time.Now()
	job := e.studio.Sample(e.request.Model, r, nil)
	if err := job.Wait(ctx); err != nil {
		job.Stop()
		return x, 0, false, err
	}
	res, err := job.Result()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return x, 0, false, err
	}
	took = time.Since(began)
	return res.Pictures, took, false, e.kept.keepPictures(key, res.Pictures, took)
}

// judged is [Studio.Classify] by the judge, of what was not judged before.
func (e *evalRun) judged(ctx context.Context, x sampling.Images) (probabilities, features [][]float32, err error) {
	key := judgedKey(e.request.Judge, x, e.report.Engine)
	if p, f, ok := e.kept.judged(key); ok {
		return p, f, ctx.Err()
	}
	if probabilities, features, err = e.studio.Classify(ctx, e.request.Judge, x); err != nil {
		return nil, nil, err
	}
	return probabilities, features, e.kept.keepJudged(key, probabilities, features)
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
