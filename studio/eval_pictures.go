package studio

import (
	"context"
	"fmt"
	"slices"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// real are the test pictures and what the judge says of them.
type real struct {
	pictures                sampling.Images // in 0..1
	classes                 [][]int
	probabilities, features [][]float32
	scale                   float64 // of the features
}

// plan finds the rows and columns, and what a run would find wrong after an hour.
func (r EvalRequest) plan() (rows []row, columns []string, err error) {
	if rows, err = r.rows(); err != nil {
		return nil, nil, err
	}
	if columns, err = r.columns(); err != nil {
		return nil, nil, err
	}
	for _, c := range columns {
		recipe := DefaultRecipe(r.Model)
		recipe.Sampler, recipe.Settings = r.Sampler, r.settings(c)
		if err := recipe.Validate(r.Model.Model); err != nil {
			return nil, nil, err
		}
	}
	return rows, columns, nil
}

// pictures evaluates a model of pictures, row by row.
func (e *evalRun) pictures(ctx context.Context) error {
	rows, columns, err := e.request.plan()
	if err != nil {
		return EvalRefused{err}
	}
	known, err := e.known(ctx)
	if err != nil {
		return err
	}
	e.of = e.request.Count * len(rows) * len(columns)
	for _, q := range rows {
		for _, c := range columns {
			if earlier := e.request.Earlier; earlier != nil {
				if cell, ok := earlier.Done(q.name, c); ok {
					e.report.Cells = append(e.report.Cells, cell)
					e.done += e.request.Count
					continue
				}
			}
			cell, err := e.cell(ctx, q, c, known)
			if cell.Samples > 0 {
				e.report.Cells = append(e.report.Cells, cell)
			}
			if err != nil {
				return err
			}
			if err := e.request.Save(*e.report); err != nil {
				return err
			}
		}
	}
	return nil
}

// known opens the test pictures and has them judged.
func (e *evalRun) known(ctx context.Context) (*real, error) {
	judge := e.request.Judge.Model
	data, err := openLearningData(e.request.Data, judge.C, judge.H)
	if err != nil {
		return nil, EvalRefused{err}
	}
	if data.Test == nil {
		return nil, refused("evaluate: the data %q holds no test pictures back, want idx files t10k-... beside train-..., or pixel faces", e.report.Data)
	}
	if !slices.Equal(data.Labels, judge.Labels) || data.C != judge.C || data.H != judge.H || data.W != judge.W {
		return nil, refused("evaluate: the data %q has other classes or sizes than the judge %s", e.report.Data, judge.Name)
	}
	k := &real{}
	if k.pictures, k.classes, err = data.Test(evalTestMost); err != nil {
		return nil, err
	}
	if k.probabilities, k.features, err = e.studio.Classify(ctx, e.request.Judge, k.pictures); err != nil {
		return nil, err
	}
	k.scale = evaluation.UnitScale(k.features)
	evaluation.Scale(k.features, k.scale)
	e.report.Judging = &evaluation.Judging{Name: judge.Name, Features: len(k.features[0]), Scale: k.scale}
	by := make([]evaluation.Counted, len(judge.Labels))
	for i, p := range k.probabilities {
		good := true
		for _, label := range k.classes[i] {
			right := models.Judged(p, label, judge.Attributes)
			by[label].Add(right)
			good = good && right
		}
		e.report.Judging.Real.Add(good)
	}
	for i := range by {
		by[i].Name = judge.Labels[i]
	}
	e.report.Judging.ByLabel = by
	return k, nil
}

// match is a test picture and what it was chosen for.
type match struct{ picture, ask int }

// matching are up to n test pictures that are what sample 0, 1, ... is asked for, and as
// many others; none twice for the same thing asked.
func (k *real) matching(q row, labels []string, n int) (first, second []match) {
	used := make([]int, len(q.asks)) // how far the test pictures are used up, by ask
	next := func(a int) int {
		for i := used[a]; i < len(k.classes); i++ {
			if holds(k.classes[i], q.asks[a].right) && (q.heldOut || !leftOut(labels, k.classes[i])) {
				used[a] = i + 1
				return i
			}
		}
		used[a] = len(k.classes)
		return -1
	}
	for i := range n {
		a := q.which(i)
		x, y := next(a), next(a)
		if x >= 0 && y >= 0 {
			first, second = append(first, match{x, a}), append(second, match{y, a})
		}
	}
	return first, second
}

func holds(classes, wanted []int) bool {
	return !slices.ContainsFunc(wanted, func(label int) bool { return !slices.Contains(classes, label) })
}

// cell samples a row in a column and measures it. Where it was stopped it is of the
// samples so far.
func (e *evalRun) cell(ctx context.Context, q row, column string, k *real) (evaluation.Cell, error) {
	m, judge := e.request.Model.Model, e.request.Judge.Model
	e.now = q.name + ", " + column
	cell := evaluation.Cell{Row: q.name, Column: column}
	if len(q.weights) > 0 {
		cell.ByAsked = make([]evaluation.Counted, len(q.asks))
		for i, a := range q.asks {
			cell.ByAsked[i].Name = a.name(judge.Labels)
		}
	}
	var features [][]float32
	took, sampleErr := e.sample(ctx, e.request.settings(column), e.request.Count, q.terms, func(from int, x sampling.Images) error {
		saved, broken := asSaved(x, m.Lo, m.Hi)
		probabilities, more, err := e.studio.Classify(ctx, e.request.Judge, saved)
		if err != nil {
			return err
		}
		evaluation.Scale(more, k.scale)
		features = append(features, more...)
		for i, p := range probabilities {
			which := q.which(from + i)
			right := !broken[i] && named(p, q.asks[which].right, judge)
			cell.Asked.Add(right)
			if unwanted := q.asks[which].unwanted; len(unwanted) > 0 {
				cell.Unwanted.Add(!broken[i] && named(p, unwanted, judge))
			}
			if cell.ByAsked != nil {
				cell.ByAsked[which].Add(right)
			}
			if broken[i] {
				cell.Broken++
			}
		}
		full := evaluation.Saturation(saved.Data)
		cell.Full.Right, cell.Full.Of = cell.Full.Right+full.Right, cell.Full.Of+full.Of
		cell.Samples += x.N
		return nil
	})
	cell.Seconds = took.Seconds()
	first, second := k.matching(q, judge.Labels, cell.Samples)
	for _, r := range slices.Concat(first, second) {
		cell.Real.Add(named(k.probabilities[r.picture], q.asks[r.ask].right, judge))
	}
	for _, r := range first {
		full := evaluation.Saturation(k.pictures.Image(r.picture))
		cell.RealFul.Right, cell.RealFul.Of = cell.RealFul.Right+full.Right, cell.RealFul.Of+full.Of
	}
	cell.KID = kid(features, ofMatches(k.features, first))
	cell.RealKID = kid(ofMatches(k.features, second), ofMatches(k.features, first))
	return cell, sampleErr
}

// named reports whether a judge finds all labels.
func named(p []float32, labels []int, judge *models.Model) bool {
	return !slices.ContainsFunc(labels, func(label int) bool { return !models.Judged(p, label, judge.Attributes) })
}

func ofMatches(rows [][]float32, matches []match) [][]float32 {
	picked := make([][]float32, len(matches))
	for i, r := range matches {
		picked[i] = rows[r.picture]
	}
	return picked
}

// kid is the kernel distance, nil where there are too few vectors.
func kid(a, b [][]float32) *float64 {
	v, err := evaluation.KID(a, b)
	if err != nil {
		return nil
	}
	return &v
}

func refused(format string, args ...any) error { return EvalRefused{fmt.Errorf(format, args...)} }
