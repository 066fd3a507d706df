package ui

import (
	"context"
	"errors"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// scoring is the task Score: how well a model's score tells other pictures from those
// that it is used to. The middle shows histograms and ROC of the score looked at, a
// threshold with what it tells apart, all scores with their areas, and the pictures
// nearest to the threshold. Its fields belong to the UI goroutine.
//
//	score.go      the middle
//	score_ask.go  the side: which pictures, which models, start and stop
//	score_show.go what a report looks like
type scoring struct {
	w *Window
	scoreAsk
	bars, roc *widgets.Plot
	legend    [2]*widget.Label // of the two sets
	threshold *widgets.Slider
	verdict   *widget.Label
	beaten    *widget.Label // whether scores that know nothing do as well
	list      *widget.List
	near      *widgets.ImageGrid
	about     *widget.Label // the picture looked at
	which     *widget.RadioGroup
	hint      *fyne.Container
	hintTitle *widget.Label
	hintText  *widget.Label
	work      *fyne.Container
	middle    fyne.CanvasObject
	report    *scored // that is shown, nil for none
}

// scored is a report with what is looked at in it.
type scored struct {
	studio.OutlierReport
	score     int // looked at
	threshold float32
	bins      studio.Histogram
	roc       []studio.ROCPoint
	pictures  []studio.ScoredPicture // shown
	ranks     [][]float32            // of the pictures shown, where models disagree
}

const scoreBins = 60

// newScoring is the task's place in the window.
func newScoring(w *Window) place {
	v := &scoring{w: w}
	w.scoring = v
	v.bars = widgets.NewPlot(tr("Scores"), tr("Scores of both sets appear here"))
	v.bars.SetToolTip(tr("How often a score is met in each set, as shares of the set; higher is further out of distribution. Click or drag to move the threshold."))
	v.bars.OnPick = func(at int) { v.moveTo(v.atPlace(float64(at))) }
	v.roc = widgets.NewPlot(tr("ROC"), tr("The ROC curve appears here"))
	v.roc.SetToolTip(tr("Up: the share of the other pictures above the threshold (TPR); right: the share of the model's own kind above it (FPR). The diagonal is chance. Thin lines are the other models and the scores that know nothing. Click for the threshold of that FPR."))
	v.roc.OnPick = v.pickFPR
	v.bars.OnResize, v.roc.OnResize = v.draw, v.draw
	v.threshold = widgets.NewSlider(0, widgets.PlotPlaces, 1)
	v.threshold.SetToolTip(tr("Pictures that score above it are called outliers"))
	v.threshold.OnKey = w.typedKey
	v.threshold.OnChanged = func(at float64) { v.moveTo(v.atPlace(at)) }
	v.verdict, v.beaten = widget.NewLabel(""), widget.NewLabel("")
	for _, l := range []*widget.Label{v.verdict, v.beaten} {
		l.SizeName, l.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	}
	v.list = widget.NewList(func() int { return v.rows() }, newScoreRow, v.fillRow)
	v.list.HideSeparators = true
	v.list.OnSelected = func(i int) { v.lookAt(i); w.win.Canvas().Unfocus() }
	v.near = widgets.NewImageGrid(v.tell)
	v.near.Small = true
	v.about = widget.NewLabel("")
	v.about.SizeName, v.about.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	v.which = widget.NewRadioGroup([]string{tr("Borderline"), tr("Models disagree")}, func(string) { v.showPictures() })
	v.which.Horizontal, v.which.Required = true, true
	v.which.SetSelected(v.which.Options[0])
	v.newAsk()
	v.layout()
	return place{
		title: tr("Score"), tip: tr("Outliers: how well scores tell other pictures from those that a model is used to"), idle: true,
		middle: v.middle, side: v.side, show: v.show, key: v.key, folder: v.dropFolder,
		needs: func(h *session) bool { return h.draws() && !h.opened.Plane() },
	}
}

func (v *scoring) layout() {
	swatch := func(name fyne.ThemeColorName, to **widget.Label) fyne.CanvasObject {
		*to = widget.NewLabel("")
		(*to).SizeName, (*to).Importance = theme.SizeNameCaptionText, widget.LowImportance
		square := widgets.NewPanel(name, 5, layout.NewSpacer())
		return container.New(layout.NewCustomPaddedHBoxLayout(0), container.NewCenter(square), *to)
	}
	button := func(text, tip string, do func()) fyne.CanvasObject {
		b := ttwidget.NewButton(text, do)
		b.Importance = widget.LowImportance
		b.SetToolTip(tip)
		return b
	}
	legend := container.NewHBox(swatch(widgets.ColorCurve, &v.legend[0]), swatch(widgets.ColorCurveSelected, &v.legend[1]), layout.NewSpacer(),
		button(tr("Best"), tr("The threshold where found minus wrongly called is largest (Youden's index)"), func() { v.jump(studio.OutlierScore.BestThreshold) }),
		button(tr("95 % found"), tr("The highest threshold that finds 95 % of the other pictures"), func() {
			v.jump(func(s studio.OutlierScore, set int) float32 { return s.ThresholdAt(set, 0.95) })
		}))
	plots := widgets.NewBeside(widgets.NewPanel(widgets.ColorPanel, 8, v.bars), widgets.NewPanel(widgets.ColorPanel, 8, v.roc))
	cut := widgets.NewPanel(widgets.ColorPanel, 4, container.New(layout.NewCustomPaddedVBoxLayout(-6), legend, v.threshold, v.verdict))
	heading := func(text string) *widget.Label {
		l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		l.SizeName = theme.SizeNameCaptionText
		return l
	}
	areas := newScoreRow()
	setScoreRow(areas, tr("Score"), tr("AUROC"), tr("95 % interval"))
	scores := widgets.NewPanel(widgets.ColorPanel, 4, container.NewBorder(container.New(layout.NewCustomPaddedVBoxLayout(-4), heading(tr("How well each score tells them apart")), areas), v.beaten, nil, nil, v.list))
	pictures := widgets.NewPanel(widgets.ColorStage, 4, container.NewBorder(container.New(layout.NewCustomPaddedVBoxLayout(-6), v.which, v.about), nil, nil, nil, v.near))
	below := container.NewHSplit(scores, pictures)
	below.Offset = 0.46
	split := container.NewVSplit(container.NewBorder(nil, cut, nil, nil, plots), below)
	split.Offset = 0.58
	v.hintTitle = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	v.hintTitle.SizeName = theme.SizeNameSubHeadingText
	v.hintText = widget.NewLabel("")
	v.hintText.Alignment, v.hintText.Wrapping, v.hintText.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	begin := widget.NewButton(tr("Score"), v.begin)
	begin.Importance = widget.HighImportance
	v.hint = container.NewVBox(layout.NewSpacer(), v.hintTitle, v.hintText, container.NewCenter(begin), layout.NewSpacer())
	v.work = container.NewStack(split)
	v.middle = container.NewStack(widgets.NewPanel(widgets.ColorStage, 8, v.hint), v.work)
}

// show follows the model that is looked at.
func (v *scoring) show() {
	h := v.w.now
	if h == nil {
		return
	}
	v.showAsk(h)
	v.report = h.scored
	v.work.Hidden, v.hint.Hidden = v.report == nil, v.report != nil
	v.middle.Refresh()
	if v.report == nil {
		v.hintTitle.SetText(trf("Is a picture one that %s knows?", modelTitle(h.opened)))
		v.hintText.SetText(tr("Choose pictures that the model is used to and others on the right, folders or data, or drop their folders here, one after the other. Score shows how well the model's score tells them apart, beside two scores that know nothing."))
		return
	}
	v.showReport()
}

// key does what a key means here.
func (v *scoring) key(name fyne.KeyName) bool {
	switch name {
	case fyne.KeySpace:
		v.beginOrStop()
	case fyne.KeyS:
		v.end()
	case fyne.KeyUp, fyne.KeyDown:
		if v.report != nil {
			by := 1
			if name == fyne.KeyUp {
				by = -1
			}
			v.list.Select(min(max(v.report.score+by, 0), v.rows()-1))
		}
	default:
		return false
	}
	return true
}

// begin scores what the side asks for, for the model looked at.
func (v *scoring) begin() {
	h := v.w.now
	if h == nil || v.cancel != nil {
		return
	}
	r, missing := v.request(h)
	if missing != "" {
		v.w.banner.show(missing, "", theme.InfoIcon(), widget.WarningImportance)
		return
	}
	v.w.hideBanner()
	ctx, cancel := context.WithCancel(v.w.ctx)
	v.cancel = cancel
	v.showProgress(0, 0)
	r.Notify = func(done, total int) {
		v.w.do(func() {
			if ctx.Err() == nil { // else it has ended, or is about to
				v.showProgress(done, total)
			}
		})
	}
	v.w.background(func() func() {
		report, err := v.w.studio.Outliers(ctx, r)
		return func() {
			stopped := ctx.Err() != nil
			cancel()
			v.cancel = nil
			v.showAsk(v.w.now)
			switch {
			case stopped || errors.Is(err, studio.ErrClosed):
				v.text.SetText(tr("Stopped"))
			case err != nil:
				v.text.SetText("")
				v.w.showError(tr("The pictures could not be scored"), err)
			default:
				h.scored = &scored{OutlierReport: report, threshold: float32(math.NaN())}
				v.text.SetText(trf("Scored %d pictures", report.In.Pictures.N+report.Out[0].Pictures.N))
				if v.w.now == h {
					v.show()
				}
			}
		}
	})
}

// beginOrStop is what the space bar does.
func (v *scoring) beginOrStop() {
	if v.cancel != nil {
		v.end()
		return
	}
	v.begin()
}

// end stops the scoring under way.
func (v *scoring) end() {
	if v.cancel != nil {
		v.cancel()
		v.text.SetText(tr("Stopping…"))
	}
}
