package studio

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// real are the test pictures and what the judge says of them.
type real struct {
	pictures                sampling.Images // in 0..1
	classes                 [][]int
	probabilities, features [][]float32
	inception               [][]float32 // features that FID is of, of those that are compared with; nil: of none
	scale                   float64     // of the judge's features
	data                    models.Data
	told                    bool // the model may have learnt from them, see openJudgingData
}

// judgedAtOnce test pictures are judged, kept and told of.
const judgedAtOnce = 1000

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
	if err := e.inceptionOfReal(ctx, known, rows); err != nil {
		return err
	}
	e.begin("samples", "samples", e.request.Count*len(rows)*len(columns))
	for _, q := range rows {
		for _, c := range columns {
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
	if !e.wants(partMemory) {
		return nil
	}
	return e.memory(ctx, known)
}

// known opens the test pictures and has them judged.
func (e *evalRun) known(ctx context.Context) (*real, error) {
	judge := e.request.Judge.Model
	data, told, err := openJudgingData(e.request.Data, judge.C, judge.H)
	if err != nil {
		return nil, EvalRefused{err}
	}
	if data.Test == nil {
		return nil, refused("evaluate: the data %q holds no test pictures back, want idx files t10k-... beside train-..., folders train and test, or ten labelled pictures or more", e.report.Data)
	}
	if !slices.Equal(data.Labels, judge.Labels) || data.C != judge.C || data.H != judge.H || data.W != judge.W {
		return nil, refused("evaluate: the data %q has other classes or sizes than the judge %s", e.report.Data, judge.Name)
	}
	k := &real{data: data, told: told}
	if k.pictures, k.classes, err = data.Test(evalTestMost); err != nil {
		return nil, err
	}
	e.begin("test pictures judged", "pictures", k.pictures.N)
	tell := e.follow(ctx)
	for from := 0; from < k.pictures.N; from += judgedAtOnce {
		to := min(from+judgedAtOnce, k.pictures.N)
		probabilities, features, err := e.judged(ctx, k.pictures.Slice(from, to))
		if err != nil {
			return nil, err
		}
		k.probabilities, k.features = append(k.probabilities, probabilities...), append(k.features, features...)
		tell(to, k.pictures.N)
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
	var features, inception [][]float32
	labels := make([]evaluation.Counted, len(judge.Labels))
	took, sampleErr := e.sample(ctx, e.request.settings(column), e.request.Count, q.terms, func(from int, x sampling.Images) (time.Duration, error) {
		saved, broken := asSaved(x, m.Lo, m.Hi)
		probabilities, more, err := e.judged(ctx, saved)
		if err != nil {
			return 0, err
		}
		seen, spent, err := e.inceptionOf(ctx, saved)
		if err != nil {
			return 0, err
		}
		inception = append(inception, seen...)
		evaluation.Scale(more, k.scale)
		features = append(features, more...)
		if column == columnBoth {
			e.pool(saved)
		}
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
			for _, label := range q.asks[which].right {
				labels[label].Add(!broken[i] && named(p, []int{label}, judge))
			}
			if broken[i] {
				cell.Broken++
			}
		}
		full := evaluation.Saturation(saved.Data)
		cell.Full.Right, cell.Full.Of = cell.Full.Right+full.Right, cell.Full.Of+full.Of
		cell.Samples += x.N
		return spent, nil
	})
	cell.Seconds = took.Seconds()
	if len(q.weights) > 1 {
		cell.ByLabel = asked(labels, judge.Labels)
	}
	e.now += ", distances"
	e.notify()
	k.compare(&cell, q, judge, features, inception)
	return cell, sampleErr
}

// asked are the labels that were asked for.
func asked(counts []evaluation.Counted, names []string) (some []evaluation.Counted) {
	for i, c := range counts {
		if c.Name = names[i]; c.Of > 0 {
			some = append(some, c)
		}
	}
	return some
}

// named reports whether a judge finds all labels.
func named(p []float32, labels []int, judge *models.Model) bool {
	return !slices.ContainsFunc(labels, func(label int) bool { return !models.Judged(p, label, judge.Attributes) })
}

func refused(format string, args ...any) error { return EvalRefused{fmt.Errorf(format, args...)} }
