package ui

import (
	"image"
	"image/color"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// borderPictures is how many pictures stand beside the threshold.
const borderPictures = 20

// showReport shows a report from its first score on, or from the one looked at.
func (v *scoring) showReport() {
	r := v.report
	v.legend[0].SetText(trf("%s (%d)", sourceName(r.In.Name), r.In.Pictures.N))
	v.legend[1].SetText(trf("%s (%d)", sourceName(r.Out[0].Name), r.Out[0].Pictures.N))
	v.list.Refresh()
	v.beaten.SetText(v.compared())
	setVisible(v.which, len(r.Models()) > 1)
	if len(r.Models()) < 2 && v.which.Selected != v.which.Options[0] {
		v.which.SetSelected(v.which.Options[0])
	}
	v.list.Select(r.score)
	v.lookAt(r.score)
}

// compared says whether the model has learnt more than the scores that know nothing.
func (v *scoring) compared() string {
	model, best, name := v.report.Scores[0].Areas[0], math.Inf(-1), ""
	for _, s := range v.report.Scores {
		if s.Kind == studio.ScoreTrivial && s.Areas[0].Value > best {
			best, name = s.Areas[0].Value, scoreName(s.Name)
		}
	}
	switch {
	case best >= model.High:
		return trf("%s, which knows nothing of the model, does better.", name)
	case best >= model.Low:
		return trf("%s does as well: these pictures prove nothing about the model.", name)
	}
	return tr("The model does better than both scores that know nothing.")
}

// scoreName is what people read for a score.
func scoreName(name string) string {
	switch name {
	case studio.ScoreGaussian:
		return tr("Gaussian of pixels")
	case studio.ScoreVariation:
		return tr("Total variation")
	}
	return strings.ReplaceAll(name, ".safetensors", "")
}

// rows is the number of scores.
func (v *scoring) rows() int {
	if v.report == nil {
		return 0
	}
	return len(v.report.Scores)
}

func newScoreRow() fyne.CanvasObject {
	name, area, interval := widget.NewLabel(""), widget.NewLabel(""), widget.NewLabel("")
	for _, l := range []*widget.Label{name, area, interval} {
		l.SizeName = theme.SizeNameCaptionText
	}
	name.Truncation = fyne.TextTruncateEllipsis
	area.Alignment, interval.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	return container.NewBorder(nil, nil, nil, container.NewHBox(wide(58, area), wide(96, interval)), name)
}

// setScoreRow fills a row of the table of scores.
func setScoreRow(row fyne.CanvasObject, texts ...string) {
	var labels []*widget.Label
	var collect func(fyne.CanvasObject)
	collect = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Label:
			labels = append(labels, o)
		case *fyne.Container:
			for _, inner := range o.Objects {
				collect(inner)
			}
		}
	}
	collect(row)
	for i, l := range labels {
		if l.Text != texts[i] {
			l.SetText(texts[i])
		}
	}
}

func (v *scoring) fillRow(i int, row fyne.CanvasObject) {
	s := v.report.Scores[i]
	a, name := s.Areas[0], scoreName(s.Name)
	if s.Kind == studio.ScoreTerm {
		_, term, _ := strings.Cut(s.Name, ": ")
		name = "    " + trf("its term %s", term)
	}
	setScoreRow(row, name, areaText(a.Value), areaText(a.Low)+" – "+areaText(a.High))
}

func areaText(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return trf("%.3f", v)
}

// lookAt shows a score in the plots, at its best threshold.
func (v *scoring) lookAt(i int) {
	r := v.report
	if r == nil || i < 0 || i >= len(r.Scores) || i == r.score && r.roc != nil {
		if r != nil && r.roc != nil {
			v.draw()
			v.moved()
		}
		return
	}
	s := r.Scores[i]
	r.score, r.bins, r.roc = i, s.Histogram(0, scoreBins), s.ROC(0)
	r.threshold = s.BestThreshold(0)
	v.draw()
	v.moved()
}

// score is the one looked at.
func (v *scoring) score() studio.OutlierScore { return v.report.Scores[v.report.score] }

// draw draws both plots at their present size.
func (v *scoring) draw() {
	r := v.report
	if r == nil || r.roc == nil || v.work.Hidden {
		return
	}
	v.bars.SetDrawing(widgets.DrawBars(v.bars.Frame(), widgets.Bars{Low: r.bins.Low, High: r.bins.High, In: r.bins.In, Out: r.bins.Out}))
	beyond := ""
	if n := r.bins.Below + r.bins.Above; n > 0 {
		beyond = trf("%d further out are not drawn", n)
	}
	v.bars.SetReadout(beyond)
	v.drawROC()
	v.mark()
}

func (v *scoring) drawROC() {
	r, s := v.report, v.score()
	var curves []widgets.Shares
	selected := 0
	for i, other := range r.Scores {
		if other.Kind == studio.ScoreTerm && i != r.score {
			continue
		}
		points := r.roc
		if i != r.score {
			points = other.ROC(0)
		} else {
			selected = len(curves)
		}
		var c widgets.Shares
		for _, p := range points {
			c.X, c.Y = append(c.X, p.FPR), append(c.Y, p.TPR)
		}
		curves = append(curves, c)
	}
	wrong, right := s.At(0, r.threshold)
	v.roc.SetDrawing(widgets.DrawROC(v.roc.Frame(), curves, selected, wrong.Value(), right.Value()))
	v.roc.SetReadout(trf("AUROC %s", areaText(s.Areas[0].Value)))
}

// atPlace is the score at a place of the histogram, placeOf the other way.
func (v *scoring) atPlace(place float64) float32 {
	if v.report == nil {
		return 0
	}
	b := v.report.bins
	return float32(b.Low + place/widgets.PlotPlaces*(b.High-b.Low))
}

func (v *scoring) placeOf(score float32) float64 {
	b := v.report.bins
	return math.Max(0, math.Min(widgets.PlotPlaces, (float64(score)-b.Low)/(b.High-b.Low)*widgets.PlotPlaces))
}

// moveTo moves the threshold.
func (v *scoring) moveTo(to float32) {
	if v.report == nil {
		return
	}
	v.report.threshold = to
	v.drawROC()
	v.moved()
}

// jump moves it to where a rule says.
func (v *scoring) jump(rule func(studio.OutlierScore, int) float32) {
	if v.report != nil {
		v.moveTo(rule(v.score(), 0))
	}
}

// pickFPR moves the threshold to where a share of the model's own kind lies above it.
func (v *scoring) pickFPR(at int) {
	if v.report == nil {
		return
	}
	to := v.report.roc[0].Threshold
	for _, p := range v.report.roc {
		if p.FPR > float64(at)/widgets.PlotPlaces {
			break
		}
		to = p.Threshold
	}
	v.moveTo(to)
}

// moved shows what the threshold tells apart.
func (v *scoring) moved() {
	r := v.report
	place := v.placeOf(r.threshold)
	if math.IsNaN(place) {
		place = 0
	}
	v.threshold.Put(place)
	v.bars.SetCursor(int(math.Round(place)))
	wrong, right := v.score().At(0, r.threshold)
	v.verdict.SetText(trf("Above %s: %d of %d others are found (TPR %.1f %%), %d of %d of its own kind wrongly called so (FPR %.1f %%)",
		number(float64(r.threshold)), right.Right, right.Of, 100*right.Value(), wrong.Right, wrong.Of, 100*wrong.Value()))
	v.showPictures()
}

// showPictures shows the pictures nearest to the threshold, or those about which the
// models disagree most, each with a bar in the colour of its set.
func (v *scoring) showPictures() {
	r := v.report
	if r == nil || r.roc == nil {
		return
	}
	r.pictures, r.ranks = nil, nil
	if v.which.Selected == v.which.Options[1] {
		for _, d := range r.Disagreements(0, borderPictures) {
			r.pictures = append(r.pictures, studio.ScoredPicture{Out: d.Out, Index: d.Index})
			r.ranks = append(r.ranks, d.Ranks)
		}
	} else {
		r.pictures = v.score().Borderline(0, r.threshold, borderPictures)
	}
	images := make([]*image.RGBA, len(r.pictures))
	for i, p := range r.pictures {
		of := r.In
		if p.Out {
			of = r.Out[0]
		}
		images[i] = of.Picture(p.Index)
	}
	v.near.SetImages(images)
	v.mark()
	v.near.Select(-1)
	v.about.SetText(tr("Click a picture to see its score"))
	if len(r.pictures) == 0 {
		v.about.SetText(tr("There are none"))
	}
}

// mark gives every picture the colour of its set.
func (v *scoring) mark() {
	var marks []color.Color
	for _, p := range v.report.pictures {
		name := widgets.ColorCurve
		if p.Out {
			name = widgets.ColorCurveSelected
		}
		marks = append(marks, v.w.app.Settings().Theme().Color(name, v.w.app.Settings().ThemeVariant()))
	}
	v.near.SetMarks(marks)
}

// tell says which picture a person looks at.
func (v *scoring) tell(i int) {
	r := v.report
	if r == nil || i < 0 || i >= len(r.pictures) {
		return
	}
	p := r.pictures[i]
	of := r.In
	if p.Out {
		of = r.Out[0]
	}
	text := shortPath(of.Names[p.Index])
	if r.ranks == nil {
		v.about.SetText(trf("%s: score %s", text, number(float64(p.Score))))
		return
	}
	for k, m := range r.Models() {
		text += trf(" · %.0f %% under %s", 100*r.ranks[i][k], scoreName(m.Name))
	}
	v.about.SetText(text)
}
