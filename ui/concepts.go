package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/ui/widgets"
)

// concepts are the part of the left side that lists what the model looked at knows:
// its classes and attributes. A click mixes one in.
type concepts struct {
	w     *Window
	chips *fyne.Container
	more  *ttwidget.Button
	box   *fyne.Container
}

// conceptsShown is how many concepts stand in the list; the others are in a menu.
const conceptsShown = 24

func newConcepts(w *Window) *concepts {
	c := &concepts{w: w, chips: container.New(layout.NewRowWrapLayoutWithCustomPadding(4, 4))}
	c.more = ttwidget.NewButton("", nil)
	c.more.Importance = widget.LowImportance
	title := widget.NewLabelWithStyle(tr("Concepts"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	c.box = container.NewVBox(title, container.New(&sideMargin{left: 7, right: 4}, c.chips), c.more, widget.NewSeparator())
	return c
}

// show lists the concepts of the model looked at; one without any hides the list.
func (c *concepts) show() {
	h := c.w.now
	c.box.Hidden = h == nil || !h.draws() || len(h.opened.Model.Labels) == 0
	c.chips.RemoveAll()
	if c.box.Hidden {
		return
	}
	labels := h.opened.Model.Labels
	for i, label := range labels[:min(len(labels), conceptsShown)] {
		c.chips.Add(newChip(label, trf("Mix %q in", label), func() { c.w.mixIn(i) }))
	}
	c.more.Hidden = len(labels) <= conceptsShown
	c.more.SetText(trf("%d more…", len(labels)-conceptsShown))
	c.more.OnTapped = func() {
		var items []*fyne.MenuItem
		for i, label := range labels {
			if i >= conceptsShown {
				items = append(items, fyne.NewMenuItem(label, func() { c.w.mixIn(i) }))
			}
		}
		at := c.w.app.Driver().AbsolutePositionForObject(c.more).AddXY(0, c.more.Size().Height)
		widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c.w.win.Canvas(), at)
	}
}

// mixIn goes to the mixer with a concept of the model looked at.
func (w *Window) mixIn(i int) {
	w.tasks.to(taskCompose)
	w.mixer.classes.mix(i)
}

// chip is a small word that can be clicked.
type chip struct {
	ttwidget.ToolTipWidget
	text   *canvas.Text
	panel  *widgets.Panel
	tapped func()
}

func newChip(text, tip string, tapped func()) *chip {
	c := &chip{text: canvas.NewText(text, nil), tapped: tapped}
	c.SetToolTip(tip)
	c.ExtendBaseWidget(c)
	return c
}

// Tapped implements fyne.Tappable.
func (c *chip) Tapped(*fyne.PointEvent) { c.tapped() }

// Cursor implements desktop.Cursorable.
func (c *chip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (c *chip) CreateRenderer() fyne.WidgetRenderer {
	c.panel = widgets.NewPanel(theme.ColorNameButton, 0, container.New(layout.NewCustomPaddedLayout(3, 3, 8, 8), c.text))
	r := &chipRenderer{WidgetRenderer: widget.NewSimpleRenderer(c.panel), chip: c}
	r.style()
	return r
}

type chipRenderer struct {
	fyne.WidgetRenderer
	chip *chip
}

func (r *chipRenderer) style() {
	th, variant := r.chip.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.chip.text.Color, r.chip.text.TextSize = th.Color(theme.ColorNameForeground, variant), th.Size(theme.SizeNameCaptionText)
}

// Refresh follows the theme.
func (r *chipRenderer) Refresh() {
	r.style()
	r.WidgetRenderer.Refresh()
}
