package ui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// concepts are the part of the left side that lists what the model looked at knows:
// its classes and attributes. A click mixes one in.
type concepts struct {
	w     *Window
	chips *fyne.Container
	more  *ttwidget.Button
	box   *fyne.Container
	kept  []studio.Concept // of one's own, of all models
	read  bool             // they were read from the library's folder
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
	if h != nil && h.draws() {
		c.w.readConcepts(h)
	}
	c.box.Hidden = h == nil || !h.draws() || len(h.names()) == 0
	c.chips.RemoveAll()
	if c.box.Hidden {
		return
	}
	labels := h.opened.Model.Labels
	for i, k := range h.kept { // one's own first
		own := newChip(k.Name, trf("Mix %q in. Found from %d pictures, spread %s. The right button forgets it.", k.Name, k.Examples, number(k.Spread)), func() { c.w.mixIn(len(labels) + i) })
		own.also, own.picture = func() { c.forgetMenu(own, k) }, conceptPicture(k)
		c.chips.Add(own)
	}
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
	text    *canvas.Text
	panel   *widgets.Panel
	tapped  func()
	also    func()      // the right button; may be nil
	picture image.Image // before the word; may be nil
}

// forgetMenu offers to take a concept of one's own away.
func (c *concepts) forgetMenu(at *chip, k studio.Concept) {
	forget := fyne.NewMenuItem(trf("Forget %q", k.Name), func() { c.w.dropConcept(k) })
	place := c.w.app.Driver().AbsolutePositionForObject(at).AddXY(0, at.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", forget), c.w.win.Canvas(), place)
}

func newChip(text, tip string, tapped func()) *chip {
	c := &chip{text: canvas.NewText(text, nil), tapped: tapped}
	c.SetToolTip(tip)
	c.ExtendBaseWidget(c)
	return c
}

// Tapped implements fyne.Tappable.
func (c *chip) Tapped(*fyne.PointEvent) { c.tapped() }

// TappedSecondary implements fyne.SecondaryTappable.
func (c *chip) TappedSecondary(*fyne.PointEvent) {
	if c.also != nil {
		c.also()
	}
}

// Cursor implements desktop.Cursorable.
func (c *chip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (c *chip) CreateRenderer() fyne.WidgetRenderer {
	var inside fyne.CanvasObject = c.text
	if c.picture != nil {
		m := &canvas.Image{Image: c.picture, FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}
		m.SetMinSize(fyne.NewSquareSize(14))
		inside = container.New(layout.NewCustomPaddedHBoxLayout(5), m, c.text)
	}
	c.panel = widgets.NewPanel(theme.ColorNameButton, 0, container.New(layout.NewCustomPaddedLayout(3, 3, 8, 8), inside))
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
