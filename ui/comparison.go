package ui

import (
	"context"
	"errors"
	"math"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// weightsView compares the weights of the model looked at with those of another open
// model or of a file, or its averaged weights with its raw ones.
type weightsView struct {
	w     *Window
	with  *ttwidget.Button
	both  *ttwidget.Button
	which *ttwidget.Select
	table *widget.Table
	note  *widget.Label
	hint  *widget.Label
	box   fyne.CanvasObject

	shown   []studio.TensorPair // what the choice lets through
	stop    context.CancelFunc  // of the comparison under way
	of      *session            // whose it is; nil: none is
	filling bool
}

func newWeightsView(w *Window) *weightsView {
	v := &weightsView{w: w, note: widget.NewLabel(""), hint: widget.NewLabel("")}
	v.with = ttwidget.NewButtonWithIcon(tr("Compare with…"), theme.MenuDropDownIcon(), func() { v.menu() })
	v.with.SetToolTip(tr("Another open model, or a file, whose tensors are compared with this one's by their names"))
	v.both = ttwidget.NewButton(tr("EMA against raw"), func() { v.compareKinds() })
	v.both.SetToolTip(tr("Compare the weights averaged over training (EMA) with those that the optimiser left, where the file has both"))
	v.which = ttwidget.NewSelect([]string{" "}, func(string) {
		if !v.filling {
			v.filter()
		}
	})
	v.which.SetToolTip(tr("Which tensors are listed. Relative is the distance |b - a| / |a| of all values as one vector, Largest the largest |b - a| of one value."))
	v.note.SizeName, v.note.Importance, v.note.Truncation = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextTruncateEllipsis
	v.hint.Alignment, v.hint.Importance, v.hint.Wrapping = fyne.TextAlignCenter, widget.LowImportance, fyne.TextWrapWord
	v.table = newTable(pairColumns, []float32{204, 102, 82, 78, 62, 72}, func() int { return len(v.shown) }, v.cell)
	top := container.NewVBox(container.NewBorder(nil, nil, container.NewHBox(v.with, v.both), wide(206, v.which)), v.note)
	v.box = widgets.NewPanel(widgets.ColorPanel, 10, container.NewBorder(top, nil, nil, nil, container.NewStack(v.table, container.NewCenter(wide(420, v.hint)))))
	return v
}

func pairColumns() []string {
	return []string{tr("Name"), tr("Shape"), tr("Likeness"), tr("Relative"), tr("Cosine"), tr("Largest")}
}

// likenesses are what people read for them, in order.
func likenesses() [studio.Likenesses]string {
	return [...]string{tr("other values"), tr("other shape"), tr("only in A"), tr("only in B"), tr("identical")}
}

// show shows the comparison of the model looked at, or what to do for one.
func (v *weightsView) show() {
	h := v.w.now
	if h == nil {
		return
	}
	if v.of != nil && v.of != h {
		v.stop() // of the model looked at before
		v.of = nil
	}
	enable(v.both, v.w.studio.BothKinds(h.opened))
	c := h.compared
	setVisible(v.which, c != nil)
	setVisible(v.table, c != nil)
	setVisible(v.hint, c == nil)
	if c == nil {
		v.note.SetText("")
		v.hint.SetText(tr("Compare this model's tensors with those of another open model or of a file: what is missing, what has another shape, how far apart the values are."))
		if v.of == h {
			v.hint.SetText(tr("Comparing…"))
		}
		v.shown = nil
		return
	}
	v.note.SetText(trf("A: %s · B: %s · %d of %d tensors identical", c.A, c.B, c.Count(studio.Identical), len(c.Pairs)))
	v.fillChoice(c)
	v.filter()
}

// fillChoice offers the kinds of pairs with their numbers.
func (v *weightsView) fillChoice(c *studio.WeightComparison) {
	options := []string{trf("All (%d)", len(c.Pairs))}
	for l, name := range likenesses() {
		options = append(options, trf("%s (%d)", name, c.Count(studio.Likeness(l))))
	}
	at := max(0, v.which.SelectedIndex())
	v.filling = true
	v.which.SetOptions(options)
	v.which.SetSelectedIndex(min(at, len(options)-1))
	v.filling = false
}

// filter lists the pairs of the kind chosen.
func (v *weightsView) filter() {
	c := v.w.now.compared
	if c == nil {
		return
	}
	v.shown = c.Pairs
	if i := v.which.SelectedIndex(); i > 0 {
		v.shown = c.Of(studio.Likeness(i - 1))
	}
	v.table.UnselectAll()
	v.table.ScrollToTop()
	v.table.Refresh()
}

func (v *weightsView) cell(id widget.TableCellID, l *widget.Label) {
	p := v.shown[id.Row]
	values := (p.Likeness == studio.OtherValues || p.Likeness == studio.Identical) && p.Err == nil
	l.Importance = widget.MediumImportance
	if p.Likeness == studio.Identical {
		l.Importance = widget.LowImportance
	}
	if id.Col > 2 {
		l.Alignment = fyne.TextAlignTrailing
	}
	switch {
	case id.Col == 0:
		l.SetText(middle(p.Name, 32))
	case id.Col == 1 && p.Likeness == studio.OtherShape:
		l.SetText(shapeText(p.A) + " | " + shapeText(p.B))
	case id.Col == 1 && p.A == nil:
		l.SetText(shapeText(p.B))
	case id.Col == 1:
		l.SetText(shapeText(p.A))
	case id.Col == 2 && p.Err != nil:
		l.Importance = widget.WarningImportance
		l.SetText(p.Err.Error())
	case id.Col == 2 && p.NotFinite > 0:
		l.Importance = widget.WarningImportance
		l.SetText(trf("%d not finite", p.NotFinite))
	case id.Col == 2:
		l.SetText(likenesses()[p.Likeness])
	case values:
		l.SetText([]string{number2(p.Relative), cosineText(p.Cosine), number2(p.Largest)}[id.Col-3])
	default:
		l.SetText("")
	}
}

// cosineText has the digits that tell near directions apart.
func cosineText(c float64) string {
	if math.IsNaN(c) {
		return "–"
	}
	return trf("%.5f", c)
}

// compareKinds compares averaged and raw weights of the model looked at.
func (v *weightsView) compareKinds() {
	h := v.w.now
	v.compare(h, func() (a, b studio.Weights, err error) {
		a, err1 := v.w.studio.WeightsOf(h.opened, studio.WeightsEMA)
		b, err2 := v.w.studio.WeightsOf(h.opened, studio.WeightsRaw)
		return a, b, errors.Join(err1, err2)
	})
}

// compareWith compares with another file or model, tensors by their names in the files.
func (v *weightsView) compareWith(open func() (*studio.Opened, error)) {
	h := v.w.now
	v.compare(h, func() (a, b studio.Weights, err error) {
		other, err := open()
		if err != nil {
			return a, b, err
		}
		a, err1 := v.w.studio.WeightsOf(h.opened, "")
		b, err2 := v.w.studio.WeightsOf(other, "")
		return a, b, errors.Join(err1, err2)
	})
}

// compare compares two sides in the background; the comparison before it ends, and what
// it had found stays where this one fails.
func (v *weightsView) compare(h *session, sides func() (a, b studio.Weights, err error)) {
	if v.stop != nil {
		v.stop()
	}
	ctx, stop := context.WithCancel(v.w.ctx)
	v.stop, v.of = stop, h
	v.show()
	v.note.SetText(tr("Comparing…"))
	v.w.background(func() func() {
		a, b, err := sides()
		var c studio.WeightComparison
		if err == nil {
			c, err = studio.CompareWeights(ctx, a, b)
		}
		return func() {
			if ctx.Err() != nil { // another one, or another model, has taken its place
				return
			}
			stop()
			v.of = nil
			if err != nil {
				v.w.showError(tr("The weights could not be compared"), err)
			} else {
				h.compared = &c
			}
			if v.w.now == h {
				v.show()
			}
		}
	})
}

// menu offers what to compare with.
func (v *weightsView) menu() {
	var items []*fyne.MenuItem
	for _, other := range v.w.sessions {
		if other != v.w.now && other.opened.File != nil {
			items = append(items, fyne.NewMenuItem(other.opened.Name, func() { v.compareWith(func() (*studio.Opened, error) { return other.opened, nil }) }))
		}
	}
	items = append(items, fyne.NewMenuItem(tr("A file…"), func() {
		v.w.choose(func() (string, error) {
			return v.w.chooser.Open(trf("Compare %s with", filepath.Base(v.w.now.opened.Name)), tr("Checkpoints"), checkpointExtensions)
		}, v.compareFile)
	}))
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), v.w.win.Canvas(), v.w.below(v.with))
}

// compareFile compares with a file of any family or none.
func (v *weightsView) compareFile(path string) {
	v.compareWith(func() (*studio.Opened, error) { return studio.Look(path) })
}
