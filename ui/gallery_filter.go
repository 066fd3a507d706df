package ui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// filterBar is what the gallery shows, and in which order.
type filterBar struct {
	g              *gallery
	words          *widgets.Entry
	stars, reverse *ttwidget.Button
	order          *ttwidget.Select
	model          *facetChoice
	label          *facetChoice
	tag            *facetChoice
	days           *ttwidget.Select
	from, to       *widgets.Entry
	between        *fyne.Container
	low, high      *widgets.Entry
	problem        *widget.Label
	reset          *ttwidget.Button
	box            fyne.CanvasObject

	starred, reversed bool
	filling           bool // widgets are being set, nobody chooses
	now               func() time.Time
}

// facetChoice is a list of values that pictures have; the first is any.
type facetChoice struct {
	any    string
	pick   *ttwidget.Select
	values []string // of the options after the first
}

func newFilterBar(g *gallery) *filterBar {
	f := &filterBar{g: g, now: time.Now}
	f.words = f.entry(tr("Search: words of model, recipe, labels, tags, name; e.g. coat steps=60"), tr("Only pictures whose recipe, tags or name hold all of these words; steps=60 means that knob at that value (/)"))
	f.words.OnSubmitted = func(string) { g.w.win.Canvas().Unfocus() }
	f.stars = quietButton("", symbol("star"), tr("Only pictures with a star"), func() { f.starred = !f.starred; f.showStars(); f.changed() })
	f.order = f.choice(tr("The order of the pictures"), []string{tr("newest"), tr("energy"), tr("model"), tr("file name")})
	f.reverse = quietButton("", theme.MenuDropDownIcon(), tr("The other way round"), func() { f.reversed = !f.reversed; f.showOrder(); f.changed() })
	f.model = f.facet(tr("any model"), tr("Only pictures of a model"))
	f.label = f.facet(tr("any class"), tr("Only pictures of a class that was asked for"))
	f.tag = f.facet(tr("any tag"), tr("Only pictures with a tag"))
	f.days = f.choice(tr("When pictures came into the library"), []string{tr("any day"), tr("today"), tr("last 7 days"), tr("last 30 days"), tr("between…")})
	f.from, f.to = f.entry(tr("from 2026-11-01"), tr("Only pictures of this day or later")), f.entry(tr("to 2026-11-30"), tr("Only pictures of this day or before"))
	f.between = container.NewGridWithColumns(2, f.from, f.to)
	f.between.Hide()
	f.low, f.high = f.entry(tr("E from"), tr("Only pictures whose energy E(x) is this or higher")), f.entry(tr("E to"), tr("Only pictures whose energy E(x) is this or lower: lower is likelier to its model"))
	f.problem = widget.NewLabel("")
	f.problem.Importance, f.problem.SizeName = widget.DangerImportance, theme.SizeNameCaptionText
	f.problem.Hide()
	f.reset = quietButton("", theme.ContentClearIcon(), tr("Clear the filter (Escape)"), f.clear)
	f.reset.Disable()
	first := container.NewBorder(nil, nil, nil, container.NewHBox(f.stars, wide(110, f.order), f.reverse, g.turn), f.words)
	energies := container.NewGridWithColumns(2, f.low, f.high)
	var pieces []fyne.CanvasObject
	for _, o := range []fyne.CanvasObject{f.model.pick, f.label.pick, f.tag.pick, f.days, energies} {
		pieces = append(pieces, wide(132, o))
	}
	second := container.NewBorder(nil, nil, nil, f.reset, container.New(layout.NewRowWrapLayoutWithCustomPadding(4, 4), pieces...))
	f.box = container.New(layout.NewCustomPaddedVBoxLayout(2), first, second, f.between, f.problem)
	f.showOrder()
	return f
}

func (f *filterBar) entry(hint, tip string) *widgets.Entry {
	e := widgets.NewEntry()
	e.SetPlaceHolder(hint)
	e.SetToolTip(tip)
	e.OnChanged = func(string) { f.changed() }
	return e
}

func (f *filterBar) choice(tip string, options []string) *ttwidget.Select {
	s := ttwidget.NewSelect(options, nil)
	s.PlaceHolder = options[0] // its width is the least
	s.SetSelectedIndex(0)
	s.OnChanged = func(string) {
		if !f.filling {
			f.g.w.win.Canvas().Unfocus() // the keys are the gallery's again
			f.changed()
		}
	}
	s.SetToolTip(tip)
	return s
}

func (f *filterBar) facet(any, tip string) *facetChoice {
	return &facetChoice{any: any, pick: f.choice(tip, []string{any})}
}

// value is what was chosen, empty for any.
func (c *facetChoice) value() string {
	if i := c.pick.SelectedIndex(); i > 0 && i <= len(c.values) {
		return c.values[i-1]
	}
	return ""
}

// offer lists values with how many pictures have them. What was chosen stays, also where
// no picture has it any more.
func (c *facetChoice) offer(counts []studio.LibraryCount) {
	now := c.value()
	values, options := []string{}, []string{c.any}
	for _, n := range counts {
		if n.Value != "" {
			values, options = append(values, n.Value), append(options, fmt.Sprintf("%s (%d)", n.Value, n.N))
		}
	}
	if now != "" && !slices.Contains(values, now) {
		values, options = append(values, now), append(options, now+" (0)")
	}
	if slices.Equal(options, c.pick.Options) {
		return
	}
	c.values = values
	c.pick.SetOptions(options)
	c.pick.SetSelectedIndex(slices.Index(values, now) + 1)
}

// offer shows what there is to choose by.
func (f *filterBar) offer(all studio.LibraryFacets) {
	f.filling = true
	defer func() { f.filling = false }()
	f.model.offer(all.Models)
	f.label.offer(all.Labels)
	f.tag.offer(all.Tags)
}

// changed asks for what is chosen now.
func (f *filterBar) changed() {
	if f.filling {
		return
	}
	f.between.Hidden = f.days.SelectedIndex() != daysBetween
	err := f.read(&studio.LibraryQuery{})
	f.problem.Hidden = err == nil
	if err != nil {
		f.problem.SetText(err.Error())
	}
	f.box.Refresh()
	enable(f.reset, f.active())
	f.g.grid.ScrollTo(0)
	f.g.ask()
	f.g.say()
}

// active reports whether anything is left out.
func (f *filterBar) active() bool {
	_, all := f.query()
	return !all
}

// The places of the choice of days.
const (
	daysAny = iota
	daysToday
	daysWeek
	daysMonth
	daysBetween
)

// query is what is chosen; all says that nothing is left out. What cannot be understood
// is left out of the query.
func (f *filterBar) query() (q studio.LibraryQuery, all bool) {
	_ = f.read(&q) // changed shows the error
	plain := studio.LibraryQuery{}
	choosing := q
	all = choosing.Text == "" && choosing.Model == "" && choosing.Label == "" && choosing.Tags == nil && !choosing.Favourite &&
		choosing.From == plain.From && choosing.To == plain.To && choosing.MinEnergy == nil && choosing.MaxEnergy == nil
	q.Order = []studio.LibraryOrder{studio.ByDate, studio.ByEnergy, studio.ByModel, studio.ByName}[max(0, f.order.SelectedIndex())]
	q.Reverse = f.reversed
	return q, all
}

// read puts the choices into a query; the error is the first thing that cannot be
// understood.
func (f *filterBar) read(q *studio.LibraryQuery) error {
	q.Text, q.Favourite = strings.TrimSpace(f.words.Text), f.starred
	q.Model, q.Label = f.model.value(), f.label.value()
	if tag := f.tag.value(); tag != "" {
		q.Tags = []string{tag}
	}
	return errors.Join(f.readDays(q), readEnergy(f.low.Text, &q.MinEnergy), readEnergy(f.high.Text, &q.MaxEnergy))
}

func (f *filterBar) readDays(q *studio.LibraryQuery) error {
	y, m, d := f.now().Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.Local)
	switch f.days.SelectedIndex() {
	case daysToday:
		q.From = today
	case daysWeek:
		q.From = today.AddDate(0, 0, -6)
	case daysMonth:
		q.From = today.AddDate(0, 0, -29)
	case daysBetween:
		return errors.Join(readDay(f.from.Text, 0, &q.From), readDay(f.to.Text, 1, &q.To))
	}
	return nil
}

// readDay reads a day, so many days later; nothing for an empty text.
func readDay(text string, later int, to *time.Time) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return fmt.Errorf(tr("found day %q, want one like 2026-11-22"), text)
	}
	*to = t.AddDate(0, 0, later)
	return nil
}

func readEnergy(text string, to **float64) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != v {
		return fmt.Errorf(tr("found energy %q, want a number"), text)
	}
	*to = &v
	return nil
}

// clear chooses everything.
func (f *filterBar) clear() {
	f.filling = true
	for _, e := range []*widgets.Entry{f.words, f.from, f.to, f.low, f.high} {
		e.Put("")
	}
	for _, s := range []*ttwidget.Select{f.model.pick, f.label.pick, f.tag.pick, f.days} {
		s.SetSelectedIndex(0)
	}
	f.starred = false
	f.showStars()
	f.filling = false
	f.changed()
}

func (f *filterBar) showStars() {
	f.stars.Importance = widget.LowImportance
	f.stars.SetIcon(symbol("star"))
	if f.starred {
		f.stars.SetIcon(f.g.grid.Star)
	}
	f.stars.Refresh()
}

func (f *filterBar) showOrder() {
	f.reverse.SetIcon(theme.MenuDropDownIcon())
	if f.reversed {
		f.reverse.SetIcon(theme.MenuDropUpIcon())
	}
}
