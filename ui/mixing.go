package ui

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// mixingGap is the time between two reports on a run that is under way.
const mixingGap = time.Second

// mixingPanel says how well the chains of a run mix.
type mixingPanel struct {
	w       *Window
	verdict *widget.Label
	figures [4]*widget.Label
	words   *widget.Label
	lags    *widgets.Plot
	apart   *widgets.Matrix
	report  *fyne.Container
	empty   *widget.Label
	hint    fyne.CanvasObject
	box     fyne.CanvasObject
	job     *studio.Job // of the report that is shown
	step    int         // that the run had come to
	at      time.Time
	busy    bool
	mixing  studio.Mixing
}

func newMixingPanel(w *Window) *mixingPanel {
	p := &mixingPanel{w: w, verdict: widget.NewLabel(""), words: widget.NewLabel("")}
	p.verdict.Wrapping, p.words.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.verdict.TextStyle.Bold = true
	p.words.Selectable = true
	figures := container.NewGridWithColumns(len(p.figures))
	for i, title := range []string{tr("R-hat"), tr("independent"), tr("in the tails"), tr("forgets after")} {
		l := widget.NewLabelWithStyle("–", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
		l.SizeName = theme.SizeNameSubHeadingText
		name := widget.NewLabelWithStyle(title, fyne.TextAlignCenter, fyne.TextStyle{})
		name.SizeName, name.Importance = theme.SizeNameCaptionText, widget.LowImportance
		p.figures[i] = l
		figures.Add(widgets.NewPanel(widgets.ColorPanel, 2, container.New(layout.NewCustomPaddedVBoxLayout(-10), l, name)))
	}
	p.lags = widgets.NewPlot(tr("Autocorrelation of E"), tr("Appears with the report"))
	p.lags.SetToolTip(tr("How alike the energies of a chain are so many steps apart, mean of the chains: the sooner it falls to 0, the faster they forget."))
	p.lags.OnResize = func() { p.draw() }
	p.apart = widgets.NewMatrix(tr("Chains apart"))
	p.apart.SetToolTip(tr("The difference of every two chains' last pictures: dark is alike. Click a row to select its chain."))
	p.apart.OnPick = func(row, _ int) {
		if row < len(p.mixing.Names) {
			w.selectChain(p.mixing.Names[row])
		}
	}
	left := container.NewVScroll(container.NewVBox(p.verdict, figures, p.words))
	right := container.NewGridWithRows(2, widgets.NewPanel(widgets.ColorPanel, 6, p.lags), widgets.NewPanel(widgets.ColorPanel, 6, p.apart))
	p.report = container.New(twoThirds{}, left, right)
	p.empty, p.hint = emptyText()
	p.box = container.NewStack(p.report, p.hint)
	p.report.Hide()
	return p
}

// show reports on the run that is looked at, in the background, where the last report
// is behind.
func (p *mixingPanel) show(h *session) {
	if h.job == nil || h.frames == 0 {
		p.empty.SetText(tr("No run yet. Start one with several chains and some hundred steps; the report says whether they have come to agree."))
		setVisible(p.hint, true)
		setVisible(p.report, false)
		p.job = nil
		return
	}
	p.apart.Select(p.row(h.selected))
	progress := h.job.Progress()
	behind := p.job != h.job || p.step != progress.Step && (progress.Phase.Final() || time.Since(p.at) > mixingGap)
	if !behind || p.busy {
		return
	}
	p.busy, p.at = true, time.Now()
	job, rec := h.job, h.job.Recording()
	p.w.background(func() func() {
		m := rec.Mixing()
		return func() {
			p.busy = false
			if now := p.w.now; now == nil || now.job != job {
				return
			}
			p.job, p.step, p.mixing = job, progress.Step, m
			p.fill()
		}
	})
}

// row is a chain's in the table of distances.
func (p *mixingPanel) row(chain int) int {
	for i, name := range p.mixing.Names {
		if name == chain && i < len(p.mixing.Distances) {
			return i
		}
	}
	return -1
}

func (p *mixingPanel) fill() {
	words := p.mixing.Words()
	setVisible(p.hint, p.mixing.TooFew)
	setVisible(p.report, !p.mixing.TooFew)
	if p.mixing.TooFew {
		p.empty.SetText(words[0])
		return
	}
	p.verdict.SetText(words[0])
	p.words.SetText("• " + strings.Join(words[1:], "\n• "))
	e := p.mixing.Energy
	for i, text := range []string{rounded(e.RHat, 3), rounded(e.BulkESS, 0), rounded(e.TailESS, 0), trf("%s steps", rounded(e.Forgets, 0))} {
		p.figures[i].SetText(text)
	}
	p.apart.SetValues(p.mixing.Distances, p.w.palette, trf("typically %s of the range", number(p.mixing.Typical)))
	p.apart.Select(p.row(p.w.now.selected))
	p.draw()
}

// rounded is v with some decimals, short where it is very large.
func rounded(v float64, decimals int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return "∞"
	case v < 100 && decimals > 0:
		return trf("%.*f", decimals, v)
	}
	return trf("%.0f", v)
}

// shownLags is the largest number of lags drawn.
const shownLags = 200

func (p *mixingPanel) draw() {
	rho := p.mixing.Autocorrelation
	rho = rho[:min(len(rho), max(10, min(shownLags, len(rho)/2)))]
	if len(rho) == 0 || p.lags.Frame().Width <= 0 {
		return
	}
	c := widgets.Curve{}
	for lag, v := range rho {
		c.Steps, c.Values = append(c.Steps, lag), append(c.Values, float32(v))
	}
	p.lags.SetDrawing(widgets.DrawCurves(p.lags.Frame(), []widgets.Curve{c}, 0, len(rho)-1))
}

// twoThirds lays two objects side by side, the first in 58 % of the width.
type twoThirds struct{}

func (twoThirds) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(400, 260) }

func (twoThirds) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Width*0.58 - 4
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(left, size.Height))
	objects[1].Move(fyne.NewPos(left+8, 0))
	objects[1].Resize(fyne.NewSize(size.Width-left-8, size.Height))
}
