package studio

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"image"
	"io"
	"math"
	"slices"
	"strconv"

	"ebmstudio/evaluation"
)

// What a bench measures, by the names that the studio's clients use.
type (
	Area      = evaluation.Area
	Histogram = evaluation.Histogram
	ROCPoint  = evaluation.ROCPoint
	Rate      = evaluation.Rate
)

// Histogram bins the score of the pictures that a model is used to and of a set.
func (s OutlierScore) Histogram(set, bins int) Histogram {
	return evaluation.NewHistogram(s.In, s.Out[set], bins)
}

// ROC is the curve of a set.
func (s OutlierScore) ROC(set int) []ROCPoint { return evaluation.ROC(s.In, s.Out[set]) }

// At counts what a threshold calls an outlier: of the pictures that a model is used to
// (wrongly) and of a set (rightly).
func (s OutlierScore) At(set int, threshold float32) (wrong, right Rate) {
	return evaluation.Above(s.In, threshold), evaluation.Above(s.Out[set], threshold)
}

// ThresholdAt is the highest threshold that finds a share of a set's pictures.
func (s OutlierScore) ThresholdAt(set int, share float64) float32 {
	return evaluation.ThresholdAt(s.In, s.Out[set], share)
}

// BestThreshold is where the share of a set that is found lies furthest above the share
// that is called so wrongly (Youden's index, 1950).
func (s OutlierScore) BestThreshold(set int) float32 {
	best := ROCPoint{Threshold: float32(math.NaN()), FPR: 1}
	for _, p := range s.ROC(set) {
		if p.TPR-p.FPR > best.TPR-best.FPR {
			best = p
		}
	}
	return best.Threshold
}

// Picture is picture i as a screen shows it.
func (s PictureSet) Picture(i int) *image.RGBA {
	x := s.Pictures
	return rgba(quantise(x.Image(i), 0, 1), x.C, x.H, x.W)
}

// ScoredPicture is a picture of a bench.
type ScoredPicture struct {
	Out   bool // of the set, not of those that the model is used to
	Index int
	Score float32
}

// Borderline are the n pictures whose scores are nearest to a threshold, from the lowest
// score on.
func (s OutlierScore) Borderline(set int, threshold float32, n int) (near []ScoredPicture) {
	all := append(slices.Clone(s.In), s.Out[set]...)
	for _, i := range evaluation.Borderline(all, threshold, n) {
		p := ScoredPicture{Index: i, Score: all[i]}
		if i >= len(s.In) {
			p.Out, p.Index = true, i-len(s.In)
		}
		near = append(near, p)
	}
	return near
}

// Models are the scores that are whole models'.
func (r OutlierReport) Models() (models []OutlierScore) {
	for _, s := range r.Scores {
		if s.Kind == ScoreModel {
			models = append(models, s)
		}
	}
	return models
}

// Disagreement is a picture with its ranks under several models: 0 the likeliest of all
// pictures, 1 the furthest out.
type Disagreement struct {
	Out   bool
	Index int
	Ranks []float32 // in the order of Models
	Width float32   // between the lowest and the highest rank
}

// Disagreements are the n pictures about which the models disagree most. Scores of
// different models have different units, so ranks among all pictures are compared.
func (r OutlierReport) Disagreements(set, n int) []Disagreement {
	models := r.Models()
	if len(models) < 2 {
		return nil
	}
	all := make([]Disagreement, r.In.Pictures.N+r.Out[set].Pictures.N)
	for i := range all {
		all[i].Index = i
		if i >= r.In.Pictures.N {
			all[i].Out, all[i].Index = true, i-r.In.Pictures.N
		}
	}
	for _, m := range models {
		for i, rank := range evaluation.Ranks(append(slices.Clone(m.In), m.Out[set]...)) {
			all[i].Ranks = append(all[i].Ranks, rank)
		}
	}
	for i := range all {
		all[i].Width = slices.Max(all[i].Ranks) - slices.Min(all[i].Ranks) // NaN where a rank is
	}
	all = slices.DeleteFunc(all, func(d Disagreement) bool { return d.Width != d.Width })
	slices.SortStableFunc(all, func(a, b Disagreement) int { return cmp.Compare(b.Width, a.Width) })
	return all[:min(n, len(all))]
}

// WriteScores writes every picture as CSV: its set, its name, every score, and its rank
// among all of them under every model.
func (r OutlierReport) WriteScores(to io.Writer) error {
	w := csv.NewWriter(to)
	head := []string{"set", "picture"}
	var columns [][]float32
	for _, s := range r.Scores {
		head, columns = append(head, s.Name), append(columns, s.all())
	}
	for _, m := range r.Models() {
		head, columns = append(head, "rank under "+m.Name), append(columns, evaluation.Ranks(m.all()))
	}
	_ = w.Write(head) // errors stay in w until Flush
	i := 0
	for _, of := range append([]PictureSet{r.In}, r.Out...) {
		for _, name := range of.Names {
			row := []string{of.Name, name}
			for _, values := range columns {
				row = append(row, decimal(values[i]))
			}
			_ = w.Write(row)
			i++
		}
	}
	w.Flush()
	return w.Error()
}

// all are the scores of all sets, those of In first.
func (s OutlierScore) all() []float32 {
	all := slices.Clone(s.In)
	for _, out := range s.Out {
		all = append(all, out...)
	}
	return all
}

// WriteROC writes the curves of all scores as CSV.
func (r OutlierReport) WriteROC(to io.Writer) error {
	w := csv.NewWriter(to)
	_ = w.Write([]string{"set", "score", "threshold", "fpr", "tpr"}) // errors stay in w until Flush
	share := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for i, set := range r.Out {
		for _, s := range r.Scores {
			for _, p := range s.ROC(i) {
				_ = w.Write([]string{set.Name, s.Name, decimal(p.Threshold), share(p.FPR), share(p.TPR)})
			}
		}
	}
	w.Flush()
	return w.Error()
}

// SaveScores writes what WriteScores does to a file, SaveROC what WriteROC does.
func (r OutlierReport) SaveScores(path string) error { return saveWritten(path, r.WriteScores) }

// SaveROC writes the curves to a file.
func (r OutlierReport) SaveROC(path string) error { return saveWritten(path, r.WriteROC) }

// SaveFaults writes a list of faults to a file, a line each.
func SaveFaults(path string, faults []PictureFault) error {
	return writeFiles(outFile{path, []byte(FaultList(faults))})
}

func saveWritten(path string, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	return writeFiles(outFile{path, text.Bytes()})
}

func decimal(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
