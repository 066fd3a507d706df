package reproduction

import (
	"context"
	"fmt"
	"slices"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Question is something that samples are asked for, and what the judge must find.
type Question struct {
	Expression string   // as ebm sample --compose reads it
	All        []string // labels that must all be found
	Any        []string // labels of which one must be found; none: All alone
}

// Asked asks a model with attributes for compositions, as many samples each, and counts
// those in which the judge finds what was asked.
type Asked struct {
	Questions []Question
	Sampler   string
	Settings  sampling.Settings
	Batch     int // chains at a time; 0: askedAtOnce. Chains that are drawn from one another depend on it
}

func (p Asked) recipe(o *studio.Opened) studio.Recipe {
	r := recipeOf(o, p.Sampler, p.Settings)
	r.Expression = p.Questions[0].Expression
	return r
}

// Measure implements [Probe].
func (p Asked) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	judge, err := b.Judge(ctx, b.Model)
	if err != nil {
		return nil, err
	}
	took := stopwatch()
	var rate evaluation.Rate
	for i, q := range p.Questions {
		r := recipeOf(b.Model, p.Sampler, p.Settings)
		if err := r.Ask(b.Model.Model, q.Expression); err != nil {
			return nil, err
		}
		each := max(2, b.Count/len(p.Questions))
		for from := 0; from < each; from += r.Chains {
			r.Chains = min(p.batch(), each-from)
			r.Seed = b.Seed<<32 + uint64(i<<16+from)
			x, err := b.sample(ctx, r)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", q.Expression, err)
			}
			found, err := b.found(ctx, judge, x)
			if err != nil {
				return nil, err
			}
			for _, labels := range found {
				rate.Add(q.answered(labels))
			}
			b.tell(fmt.Sprintf("%q: %d of %d", q.Expression, from+r.Chains, each))
		}
	}
	values := map[string]float64{right: rate.Value()}
	took(values)
	return values, nil
}

// askedAtOnce is how many chains are asked a question at a time.
const askedAtOnce = 32

func (p Asked) batch() int {
	if p.Batch > 0 {
		return p.Batch
	}
	return askedAtOnce
}

// answered reports whether labels are what was asked.
func (q Question) answered(labels []string) bool {
	has := func(name string) bool { return slices.Contains(labels, name) }
	for _, name := range q.All {
		if !has(name) {
			return false
		}
	}
	return len(q.Any) == 0 || slices.ContainsFunc(q.Any, has)
}

// sample runs a recipe's chains and returns their pictures in 0..1, as a file stores
// them.
func (b *Bench) sample(ctx context.Context, r studio.Recipe) (sampling.Images, error) {
	job, err := b.walked(ctx, r)
	if err != nil {
		return sampling.Images{}, err
	}
	result, err := job.Result()
	if err != nil {
		return sampling.Images{}, err
	}
	return b.Model.AsSaved(result.Pictures), nil
}

// walked runs a recipe's chains to their end.
func (b *Bench) walked(ctx context.Context, r studio.Recipe) (*studio.Job, error) {
	job := b.Studio.Sample(b.Model, r, nil)
	if err := job.Wait(ctx); err != nil {
		job.Stop()
		return nil, err
	}
	return job, ctx.Err()
}

// found are the labels that a judge finds in each picture: of attributes one of each
// pair, otherwise the likeliest.
func (b *Bench) found(ctx context.Context, judge *studio.Opened, x sampling.Images) ([][]string, error) {
	rows, _, err := b.Studio.Classify(ctx, judge, x)
	if err != nil {
		return nil, err
	}
	found := make([][]string, len(rows))
	for i, row := range rows {
		for label, name := range judge.Model.Labels {
			if judge.Finds(row, label) {
				found[i] = append(found[i], name)
			}
		}
	}
	return found, nil
}
