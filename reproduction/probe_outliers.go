package reproduction

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Outliers measures how well a score tells sets of pictures from held-out ones. Which of
// the held-out pictures are taken depends on the seed.
type Outliers struct {
	Data string // by the names of studio.TrainRequest
	// Others are sets besides those made of the held-out pictures: data by the names of
	// studio.TrainRequest. What is not fetched on this machine is left out.
	Others   []string `json:",omitempty"`
	Score    string   // the term of a model's score, or one of the trivial scores; empty: the whole score
	Settings sampling.Settings
}

// fpr is the measure of a set besides its AUROC.
func fpr(set string) string { return set + ", FPR@95" }

// Measure implements [Probe].
func (p Outliers) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil
	}
	all, _, err := studio.TestPictures(p.Data, 10_000)
	if err != nil {
		return nil, err
	}
	in := b.Model.InRange(chosen(all, b.Count, b.Seed))
	r := studio.OutlierRequest{
		Models: []*studio.Opened{b.Model}, In: studio.PictureSource{Spec: "test pictures", Given: &in}, Count: b.Count, Seed: b.Seed, Settings: p.Settings,
		Notify: func(done, total int) { b.tell(fmt.Sprintf("%d of %d pictures", done, total)) },
	}
	for _, set := range studio.MadeSets() {
		r.Out = append(r.Out, studio.PictureSource{Spec: set})
	}
	for _, set := range p.present() {
		others, _, err := studio.TestPictures(set, 10_000)
		if err != nil {
			return nil, err
		}
		given := b.Model.InRange(chosen(others, b.Count, b.Seed))
		r.Out = append(r.Out, studio.PictureSource{Spec: set, Given: &given})
	}
	report, err := b.Studio.Outliers(ctx, r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(report.Scores, func(s studio.OutlierScore) bool {
		return s.Name == p.Score || strings.HasSuffix(s.Name, ": "+p.Score) || p.Score == "" && s.Kind == studio.ScoreModel
	})
	if i < 0 {
		return nil, fmt.Errorf("outliers: %s has no score %q", b.Model.Name, p.Score)
	}
	values, s := map[string]float64{}, report.Scores[i]
	for set, area := range s.Areas {
		values[report.Out[set].Name] = area.Value
		values[fpr(report.Out[set].Name)] = evaluation.FPRAt(s.In, s.Out[set], 0.95)
	}
	return values, nil
}

// present are the others that are on this machine.
func (p Outliers) present() (names []string) {
	for _, set := range p.Others {
		if studio.DataThere(set) {
			names = append(names, set)
		}
	}
	return names
}

// Found implements finder.
func (p Outliers) Found() string { return strings.Join(p.present(), " ") }

// chosen are up to n of the pictures, which ones the seed says.
func chosen(x sampling.Images, n int, seed uint64) sampling.Images {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(x.N)[:min(n, x.N)]
	y := sampling.NewImages(len(order), x.C, x.H, x.W)
	for i, from := range order {
		copy(y.Image(i), x.Image(from))
	}
	return y
}
