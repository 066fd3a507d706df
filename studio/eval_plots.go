package studio

import (
	"math"
	"os"
	"path/filepath"
	"slices"

	"ebmstudio/evaluation"
	"ebmstudio/studio/figure"
)

// Names of a report's files in its folder.
const (
	evalReport = "report"
	evalPlots  = "plots"
	evalKept   = "kept"
)

// EvalKept is the folder in which an evaluation with a report in dir keeps its samples.
func EvalKept(dir string) string { return filepath.Join(dir, evalKept) }

// SaveEvalFolder writes report.json and report.md into a folder, and plots of what was
// measured, each as PNG and SVG, into plots below it. A complete report of the same
// question that is there is not replaced by one that is not complete.
func SaveEvalFolder(dir string, r EvalReport) error {
	if before, err := os.ReadFile(filepath.Join(dir, evalReport+".json")); err == nil && !r.Complete {
		if was, err := ParseEvalReport(before); err == nil && was.Complete && was.Same(r.Asked) {
			return nil
		}
	}
	var files []outFile
	text := ""
	for _, p := range plotsOf(r) {
		for _, extension := range []string{".png", ".svg"} {
			data, err := p.bars.Encode(extension)
			if err != nil {
				return err
			}
			files = append(files, outFile{filepath.Join(dir, evalPlots, p.name+extension), data})
		}
		text += "\n![" + p.bars.Title + "](" + evalPlots + "/" + p.name + ".png)\n"
	}
	data, err := r.JSON()
	if err != nil {
		return err
	}
	if err := makeDir(filepath.Join(dir, evalPlots)); err != nil {
		return err
	}
	name := filepath.Join(dir, evalReport)
	return writeFiles(append(files, outFile{name + ".json", data}, outFile{name + ".md", []byte(r.Markdown() + text)})...)
}

// evalPlot is a plot and its file's name.
type evalPlot struct {
	name string
	bars figure.Bars
}

// plotsOf are the plots of all that a report has.
func plotsOf(r EvalReport) (all []evalPlot) {
	add := func(name string, b figure.Bars) {
		if len(b.Groups) > 0 && len(b.Series) > 0 {
			all = append(all, evalPlot{name, b})
		}
	}
	if r.Judging != nil {
		add("right", rightBars(r.Cells))
		add("places", placesBars(r.Cells))
		add("distances", distanceBars(r.Cells, "Kernel distance from real pictures", "KID x 1000", 1000, func(c evaluation.Cell) *float64 { return c.KID }))
		add("fid", distanceBars(r.Cells, "Fréchet inception distance from real pictures", "FID", 1, func(c evaluation.Cell) *float64 {
			if c.Inception == nil {
				return nil
			}
			return c.Inception.FD
		}))
	}
	if r.Points != nil {
		add("levels", levelBars(*r.Points))
	}
	for _, h := range []*evaluation.Holes{r.Holes, r.Inpainting} {
		if h != nil {
			add("holes", holeBars(*h))
		}
	}
	add("outliers", outlierBars(r.Outliers))
	if r.Training != nil {
		add("training", trainingBars(*r.Training))
	}
	return all
}

// byRow makes a series of each column, a group of each row, of the cells that are wanted.
func byRow(cells []evaluation.Cell, wanted func(evaluation.Cell) bool, of func(c evaluation.Cell) (v, low, high float64)) (groups []string, series []figure.Series) {
	var columns []string
	for _, c := range cells {
		if !wanted(c) {
			continue
		}
		if !slices.Contains(groups, c.Row) {
			groups = append(groups, c.Row)
		}
		if !slices.Contains(columns, c.Column) {
			columns = append(columns, c.Column)
		}
	}
	for _, column := range columns {
		s := blank(column, len(groups))
		for _, c := range cells {
			if i := slices.Index(groups, c.Row); i >= 0 && c.Column == column {
				s.Values[i], s.Low[i], s.High[i] = of(c)
			}
		}
		series = append(series, s)
	}
	return groups, series
}

// blank is a series of no values yet.
func blank(name string, n int) figure.Series {
	nans := func() []float64 { return slices.Repeat([]float64{math.NaN()}, n) }
	return figure.Series{Name: name, Values: nans(), Low: nans(), High: nans()}
}

func rightBars(cells []evaluation.Cell) figure.Bars {
	b := figure.Bars{Title: "Right by the judge, 95 % intervals", Y: "share of samples", Highest: 1}
	b.Groups, b.Series = byRow(cells, func(c evaluation.Cell) bool { return len(c.ByAsked) > 0 }, func(c evaluation.Cell) (v, low, high float64) {
		low, high = c.Asked.Interval()
		return c.Asked.Value(), low, high
	})
	return b
}

// placesBars are of the column that steers as the settings say.
func placesBars(cells []evaluation.Cell) figure.Bars {
	b := figure.Bars{Title: "Samples among real pictures (column " + columnBoth + ")", Y: "share; density may be above 1", Highest: 1}
	ways := []struct {
		name string
		of   func(evaluation.Manifold) float64
	}{
		{"precision", func(m evaluation.Manifold) float64 { return m.Precision }},
		{"recall", func(m evaluation.Manifold) float64 { return m.Recall }},
		{"density", func(m evaluation.Manifold) float64 { return m.Density }},
		{"coverage", func(m evaluation.Manifold) float64 { return m.Coverage }},
	}
	for _, way := range ways {
		s := figure.Series{Name: way.name}
		b.Groups = nil
		for _, c := range cells {
			if c.Places != nil && c.Column == columnBoth {
				b.Groups, s.Values = append(b.Groups, c.Row), append(s.Values, way.of(*c.Places))
			}
		}
		b.Series = append(b.Series, s)
	}
	return b
}

// distanceBars are of what some cells have, times a factor.
func distanceBars(cells []evaluation.Cell, title, y string, factor float64, of func(evaluation.Cell) *float64) figure.Bars {
	b := figure.Bars{Title: title, Y: y}
	b.Groups, b.Series = byRow(cells, func(c evaluation.Cell) bool { return of(c) != nil }, func(c evaluation.Cell) (v, low, high float64) {
		v = math.NaN()
		if d := of(c); d != nil {
			v = factor * *d
		}
		return v, math.NaN(), math.NaN()
	})
	for i := range b.Series {
		b.Series[i].Low, b.Series[i].High = nil, nil
	}
	return b
}

func levelBars(p evaluation.Points) figure.Bars {
	b := figure.Bars{Title: "Density of each noise level", Y: "nats below the highest log-likelihood (KL)"}
	s := figure.Series{}
	for _, l := range p.Levels {
		b.Groups, s.Values = append(b.Groups, l.Name), append(s.Values, l.KL())
	}
	b.Series = []figure.Series{s}
	return b
}

func holeBars(h evaluation.Holes) figure.Bars {
	return intervalBars("Holes filled, 95 % intervals", "PSNR within the hole, dB", len(h.Rows), func(i int) (string, evaluation.Mean) { return h.Rows[i].Name, h.Rows[i].PSNR })
}

func trainingBars(t evaluation.Training) figure.Bars {
	return intervalBars("Energies at the end of the training, 95 % intervals", "E(data) - E(samples)", len(t.Runs), func(i int) (string, evaluation.Mean) { return t.Runs[i].Name, t.Runs[i].Gap })
}

// intervalBars are n means, each with its interval.
func intervalBars(title, y string, n int, of func(i int) (string, evaluation.Mean)) figure.Bars {
	b, s := figure.Bars{Title: title, Y: y}, blank("", n)
	for i := range n {
		name, m := of(i)
		b.Groups = append(b.Groups, name)
		s.Values[i], s.Low[i], s.High[i] = m.Value, m.Value-m.Half, m.Value+m.Half
	}
	b.Series = []figure.Series{s}
	return b
}

func outlierBars(rows []evaluation.Outlier) figure.Bars {
	b := figure.Bars{Title: "Outliers, 95 % intervals", Y: "AUROC", Highest: 1}
	var scores []string
	for _, o := range rows {
		if !slices.Contains(b.Groups, o.Set) {
			b.Groups = append(b.Groups, o.Set)
		}
		if !slices.Contains(scores, o.Score) {
			scores = append(scores, o.Score)
		}
	}
	for _, score := range scores {
		s := blank(score, len(b.Groups))
		for _, o := range rows {
			if o.Score == score {
				i := slices.Index(b.Groups, o.Set)
				s.Values[i], s.Low[i], s.High[i] = o.Area.Value, o.Area.Low, o.Area.High
			}
		}
		b.Series = append(b.Series, s)
	}
	return b
}
