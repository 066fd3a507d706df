package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// key takes the keys of the gallery that no widget has taken.
func (g *gallery) key(name fyne.KeyName) bool {
	if g.compare.box.Visible() && g.compare.key(name) {
		return true
	}
	if g.cloud.key(name) {
		return true
	}
	step := map[fyne.KeyName]int{
		fyne.KeyLeft: -1, fyne.KeyRight: 1, fyne.KeyUp: -g.grid.Columns(), fyne.KeyDown: g.grid.Columns(),
		fyne.KeyPageUp: -g.grid.Rows() * g.grid.Columns(), fyne.KeyPageDown: g.grid.Rows() * g.grid.Columns(),
		fyne.KeyHome: -g.total, fyne.KeyEnd: g.total,
	}[name]
	if step != 0 {
		g.grid.MoveCursor(step, g.shift())
		return true
	}
	do := map[fyne.KeyName]func(){
		fyne.KeyA: func() { g.recall(studio.RecallAll) }, fyne.KeyR: func() { g.recall(studio.RecallAllButSeed) },
		fyne.KeyS: func() { g.recall(studio.RecallSeed) }, fyne.KeyF: g.toggleStar, fyne.KeyV: g.verify, fyne.KeyC: g.compareTwo,
		fyne.KeyD: g.toggleReject, fyne.KeyDelete: g.remove, fyne.KeyBackspace: g.remove, fyne.KeyReturn: g.compare.look, fyne.KeyEnter: g.compare.look,
		fyne.KeyX: func() { g.exportMenu(g.details.export) }, fyne.KeyEscape: g.escape, fyne.KeySpace: g.compare.look,
		fyne.KeyL: g.toggleCloud,
		fyne.KeyE: func() {}, fyne.KeyP: func() {}, // of runs, not seen here
	}[name]
	if do == nil {
		return false
	}
	do()
	return true
}

// shift reports whether the shift key is down.
func (g *gallery) shift() bool {
	d, ok := g.w.app.Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// escape takes back the last thing in the way: a message, the selection, the filter.
func (g *gallery) escape() {
	switch {
	case g.w.banner.box.Visible():
		g.w.hideBanner()
	case len(g.grid.Selected()) > 0:
		g.grid.Select()
		g.picked()
	case g.filter.active():
		g.filter.clear()
	}
}

// key takes the keys of a comparison.
func (c *comparison) key(name fyne.KeyName) bool {
	two := c.shown[1] != nil
	switch {
	case name == fyne.KeyEscape || name == fyne.KeyReturn || name == fyne.KeyEnter:
		c.close()
	case two && name >= fyne.Key1 && name <= fyne.Key4:
		if i := int(name[0] - '1'); !c.modes[i].Disabled() {
			c.mode(widgets.CompareMode(i))
		}
	case two && name == fyne.KeyW:
		c.turn()
	case two && name == fyne.KeySpace:
		c.view.Flip()
	case two && name == fyne.KeyLeft:
		c.view.SetSplit(c.view.Split() - 0.05)
	case two && name == fyne.KeyRight:
		c.view.SetSplit(c.view.Split() + 0.05)
	case name == fyne.KeySpace:
		c.close()
	default:
		return false
	}
	return true
}

// rune takes the letters that no widget has taken.
func (g *gallery) rune(r rune) {
	if g.cloud.rune(r) {
		return
	}
	switch r {
	case '+', '=':
		g.resize(g.grid.Side() + 16)
	case '-':
		g.resize(g.grid.Side() - 16)
	case '/':
		g.w.win.Canvas().Focus(g.filter.words)
	}
}

// drop takes a picture that was dropped on the window: it comes into the library, and its
// recipe is seen.
func (g *gallery) drop(path string) bool {
	g.add(path)
	return true
}

// menu shows what can be done with the selected pictures.
func (g *gallery) menu(_ int, at fyne.Position) {
	item := func(text string, do func(), usable bool) *fyne.MenuItem {
		m := fyne.NewMenuItem(text, do)
		m.Disabled = !usable
		return m
	}
	export := fyne.NewMenuItem(tr("Export"), nil)
	export.ChildMenu = fyne.NewMenu("", g.exportItems()...)
	star := tr("Give a star")
	if it := g.looked(); it != nil && it.Favourite {
		star = tr("Take the star")
	}
	reject := tr("Reject")
	if it := g.looked(); it != nil && rejected(it) {
		reject = tr("Take the mark “rejected”")
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
		item(tr("Look at it large"), g.compare.look, true),
		item(tr("Compare the two"), g.compareTwo, len(g.chosen()) == 2),
		fyne.NewMenuItemSeparator(),
		item(tr("Use the whole recipe"), func() { g.recall(studio.RecallAll) }, true),
		item(tr("Use all but the seed"), func() { g.recall(studio.RecallAllButSeed) }, true),
		item(tr("Use the seed"), func() { g.recall(studio.RecallSeed) }, true),
		item(tr("Verify"), g.verify, true),
		fyne.NewMenuItemSeparator(),
		item(star, g.toggleStar, true), item(reject, g.toggleReject, true), export,
		item(tr("Copy the path"), g.copyPath, true),
		item(tr("Show in folder"), g.showInFolder, true),
		item(tr("Remove"), g.remove, true),
	), g.w.win.Canvas(), at)
}

// jumpMenu lists the days that pictures were kept on, the newest first.
func (g *gallery) jumpMenu() {
	type day struct {
		text     string
		at, many int
	}
	var days []day
	seen := map[string]int{}
	for i, it := range g.items {
		text := it.Added.Local().Format("2006-01-02")
		k, ok := seen[text]
		if !ok {
			k = len(days)
			seen[text] = k
			days = append(days, day{text: text, at: i})
		}
		days[k].many++
	}
	const most = 24
	skip := (len(days) + most - 1) / most
	var items []*fyne.MenuItem
	for i, d := range days {
		if i%max(1, skip) == 0 {
			items = append(items, fyne.NewMenuItem(trf("%s (%d)", d.text, d.many), func() { g.grid.ScrollTo(d.at) }))
		}
	}
	if len(items) > 0 {
		g.menuAbove(g.jump, items)
	}
}
