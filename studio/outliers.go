package studio

import (
	"context"
	"errors"
	"fmt"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// OutlierRequest says what models are to tell apart.
type OutlierRequest struct {
	// Models score the same pictures; the first is the one that is asked about.
	Models   []*Opened
	In       PictureSource   // what a model is used to: data by name, or pictures of that kind
	Out      []PictureSource // what it was not trained on
	Count    int             // most pictures of a set
	Seed     uint64          // of what is random in the sets that are made, and of which files are taken
	Settings sampling.Settings
	Notify   func(done, total int) // pictures scored; may be nil
}

// ScoreKind says where a score comes from.
type ScoreKind string

// The kinds of scores.
const (
	ScoreModel   ScoreKind = "model"
	ScoreTerm    ScoreKind = "term"    // what a model's score is a sum of
	ScoreTrivial ScoreKind = "trivial" // knows nothing of the model: what it must beat
)

// The two scores that know nothing.
const (
	ScoreGaussian  = "gaussian"  // of independent normal pixels
	ScoreVariation = "variation" // the total variation
)

// OutlierScore is one score of all pictures, higher for outliers.
type OutlierScore struct {
	Name  string // the model's, "model: term", or one of the two that know nothing
	Kind  ScoreKind
	In    []float32
	Out   [][]float32       // a row a set
	Areas []evaluation.Area // how well it tells each set from In
}

// OutlierReport is how well scores tell sets of pictures from those of the training's
// kind: the area under the ROC curve is 1 for always, 0.5 for chance, below it where the
// outliers look likelier.
type OutlierReport struct {
	In      PictureSet
	Out     []PictureSet
	Scores  []OutlierScore // of the models in order, each with its terms; then the trivial ones
	LeftOut []string       // models that could not score these pictures, and why
}

const (
	scoredAtOnce     = 64
	gaussianPictures = 2048
)

// Outliers measures out-of-distribution scores as Table 3 of Improved Contrastive
// Divergence does, beside two scores that know nothing: only where a model beats both
// has it learnt something.
func (s *Studio) Outliers(ctx context.Context, r OutlierRequest) (OutlierReport, error) {
	var report OutlierReport
	switch {
	case len(r.Models) == 0:
		return report, errors.New("outliers: found no model, want at least one")
	case len(r.Out) == 0:
		return report, errors.New("outliers: found nothing to tell apart, want at least one set")
	case r.Count < 2:
		return report, fmt.Errorf("outliers: found %d pictures, want at least 2", r.Count)
	}
	if why := unscored(r.Models[0]); why != "" {
		return report, fmt.Errorf("outliers: %s %s", r.Models[0].Name, why)
	}
	var able []*Opened
	for _, o := range r.Models {
		if why := unscored(o); why != "" {
			report.LeftOut = append(report.LeftOut, o.Name+" "+why)
			continue
		}
		able = append(able, o)
	}
	sets, err := openSets(ctx, r, able)
	if err != nil {
		return report, err
	}
	b := bench{studio: s, request: r, sets: sets, report: &report, total: len(able) * sets.pictures()}
	report.In, report.Out = sets.in.set, nil
	for _, out := range sets.out {
		report.Out = append(report.Out, out.set)
	}
	for i, o := range able {
		if err := b.score(ctx, o, i == 0); err != nil {
			return report, err
		}
	}
	return report, b.trivial()
}

// unscored says why a model cannot score pictures, empty where it can.
func unscored(o *Opened) string {
	switch m := o.Model; {
	case m.Score == nil && m.At == nil:
		return "has no energy to score with"
	case o.Plane():
		return "scores points of the plane, no pictures"
	case m.C != 1 && m.C != 3:
		return fmt.Sprintf("takes %d channels, want 1 or 3", m.C)
	}
	return ""
}

// bench scores the sets.
type bench struct {
	studio      *Studio
	request     OutlierRequest
	sets        *outlierSets
	report      *OutlierReport
	done, total int
}

// add puts a score and its areas into the report.
func (b *bench) add(name string, kind ScoreKind, rows [][]float32) {
	score := OutlierScore{Name: name, Kind: kind, In: rows[0], Out: rows[1:]}
	for _, out := range rows[1:] {
		score.Areas = append(score.Areas, evaluation.AreaOf(rows[0], out))
	}
	b.report.Scores = append(b.report.Scores, score)
}

// score adds a model's score and, where it is a sum, its terms. A model other than the
// first that cannot score is left out.
func (b *bench) score(ctx context.Context, o *Opened, first bool) error {
	set := b.request.Settings
	if !first {
		set = nil
	}
	var rows [][]float32
	terms := map[string][][]float32{}
	for _, pictures := range b.sets.all() {
		x, ok := pictures.at[frameSizeOf(o.Model)]
		if !ok {
			b.report.LeftOut = append(b.report.LeftOut, fmt.Sprintf("%s takes pictures of %v, %s has others", o.Name, frameSizeOf(o.Model), pictures.set.Name))
			b.total -= b.sets.pictures()
			return nil
		}
		scores, err := b.scores(ctx, o, toRange(o.Model, x), set)
		switch {
		case err != nil && (first || ctx.Err() != nil):
			return fmt.Errorf("outliers: %s: %w", pictures.set.Name, err)
		case err != nil:
			b.report.LeftOut = append(b.report.LeftOut, fmt.Sprintf("%s: %v", o.Name, err))
			return nil
		}
		rows = append(rows, scores.Score)
		for name, v := range scores.Terms {
			terms[name] = append(terms[name], v)
		}
	}
	b.add(o.Name, ScoreModel, rows)
	for _, name := range sortedNames(terms) {
		if len(terms) > 1 {
			b.add(o.Name+": "+name, ScoreTerm, terms[name])
		}
	}
	return nil
}

// scores scores pictures some at a time, so that what a person looks at goes first.
func (b *bench) scores(ctx context.Context, o *Opened, x sampling.Images, set sampling.Settings) (all Scores, err error) {
	all.Terms = map[string][]float32{}
	for from := 0; from < x.N; from += scoredAtOnce {
		to := min(from+scoredAtOnce, x.N)
		s, err := b.studio.Score(ctx, o, x.Slice(from, to), set)
		if err != nil {
			return all, err
		}
		all.Score = append(all.Score, s.Score...)
		for name, v := range s.Terms {
			all.Terms[name] = append(all.Terms[name], v...)
		}
		if b.done += to - from; b.request.Notify != nil {
			b.request.Notify(b.done, b.total)
		}
	}
	return all, nil
}

// trivial adds the two scores that know nothing.
func (b *bench) trivial() error {
	of := b.sets.all()
	gaussian, err := b.sets.gaussian()
	if err != nil {
		return err
	}
	variation := make([][]float32, len(of))
	for i, pictures := range of {
		x := pictures.set.Pictures
		for k := range x.N {
			variation[i] = append(variation[i], evaluation.Variation(x.Image(k), x.C, x.H, x.W))
		}
	}
	b.add(ScoreGaussian, ScoreTrivial, gaussian)
	b.add(ScoreVariation, ScoreTrivial, variation)
	return nil
}

// frameSize is the size of pictures.
type frameSize struct{ c, h, w int }

func frameSizeOf(m *models.Model) frameSize { return frameSize{m.C, m.H, m.W} }

// String writes it as errors do.
func (s frameSize) String() string {
	return fmt.Sprintf("%dx%dx%d (channels, height, width)", s.c, s.h, s.w)
}

// toRange takes pictures in 0..1 into the model's range.
func toRange(m *models.Model, x sampling.Images) sampling.Images {
	y := x.Clone()
	for i, v := range y.Data {
		y.Data[i] = m.Lo + v*(m.Hi-m.Lo)
	}
	return y
}

// fromRange takes pictures of the model's range into 0..1.
func fromRange(m *models.Model, x sampling.Images) sampling.Images {
	y := x.Clone()
	for i, v := range y.Data {
		y.Data[i] = (v - m.Lo) / (m.Hi - m.Lo)
	}
	return y
}
