package studio

import (
	"context"
	"math"

	"ebmstudio/evaluation"
)

// evalOutliers is the most pictures of a set of outliers.
const evalOutliers = 500

// outliers measures how well the model's score tells sets made from the test pictures
// from these, beside two scores that know nothing of it.
func (e *evalRun) outliers(ctx context.Context) error {
	o := e.request.Model
	if why := unscored(o); why != "" {
		e.leave(partOutliers, "%s %s", o.Name, why)
		return nil
	}
	e.begin("outliers", "pictures", 0)
	r := OutlierRequest{
		Models: []*Opened{o}, In: PictureSource{Spec: e.request.Data}, Count: min(evalOutliers, e.request.Count), Seed: e.request.Seed,
		Notify: e.follow(ctx),
	}
	if r.In.Spec == "" {
		r.In.Spec = fashionTest
	}
	if _, named := heldBackData(r.In.Spec); !named { // a folder, of whose pictures some are for tests
		x, err := e.testPictures(r.Count)
		if err != nil {
			return err
		}
		r.In.Given = &x
	}
	for _, made := range MadeSets() {
		r.Out = append(r.Out, PictureSource{Spec: made})
	}
	found, err := e.studio.Outliers(ctx, r)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil { // no test pictures of this size, or an energy that does not score
		e.leave(partOutliers, "%v", err)
		return nil
	}
	e.report.Outliers = nil
	for i, set := range found.Out {
		for _, s := range found.Scores {
			row := evaluation.Outlier{
				Set: set.Name, Score: s.Name, Trivial: s.Kind == ScoreTrivial, In: len(s.In), Out: len(s.Out[i]),
				Area: s.Areas[i], FPR95: evaluation.FPRAt(s.In, s.Out[i], fprShare),
			}
			if math.IsNaN(row.Area.Value) || math.IsNaN(row.FPR95) {
				e.leave(partOutliers, "%s by %s has scores that are no numbers", set.Name, s.Name)
				continue
			}
			e.report.Outliers = append(e.report.Outliers, row)
		}
	}
	return nil
}

// fprShare of the test pictures are kept at the threshold of the FPR.
const fprShare = 0.95
