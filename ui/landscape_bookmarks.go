package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// bookmarkMenu offers the views that were kept, and to keep the one that is shown.
func (l *landscape) bookmarkMenu() {
	g := l.ground()
	if g == nil {
		return
	}
	keep := fyne.NewMenuItem(tr("Keep this view…"), l.askBookmark)
	keep.Disabled = !g.seen
	items := []*fyne.MenuItem{keep}
	if len(g.bookmarks) > 0 {
		var removes []*fyne.MenuItem
		items = append(items, fyne.NewMenuItemSeparator())
		for _, b := range g.bookmarks {
			items = append(items, fyne.NewMenuItem(b.name, func() { l.goTo(b) }))
			removes = append(removes, fyne.NewMenuItem(b.name, func() { l.dropBookmark(b.name) }))
		}
		remove := fyne.NewMenuItem(tr("Remove"), nil)
		remove.ChildMenu = fyne.NewMenu("", removes...)
		items = append(items, fyne.NewMenuItemSeparator(), remove)
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), l.w.win.Canvas(), l.w.below(l.side.views))
}

// askBookmark asks for the name of the view that is shown.
func (l *landscape) askBookmark() {
	name := widgets.NewEntry()
	name.SetPlaceHolder(tr("such as the pass between A and B"))
	what := widget.NewFormItem(tr("Name"), name)
	d := dialog.NewForm(tr("Keep this view"), tr("Keep"), tr("Cancel"), []*widget.FormItem{what}, func(keep bool) {
		if keep {
			l.keepBookmark(name.Text)
		}
	}, l.w.win)
	name.OnSubmitted = func(string) { d.Submit() }
	l.w.ask(d, true)
	d.Resize(fyne.NewSize(400, 160))
	l.w.win.Canvas().Focus(name)
}

// keepBookmark keeps plane, frame, marks and noise level under a name, in the place of one of
// the same name.
func (l *landscape) keepBookmark(name string) {
	g := l.ground()
	if name = strings.TrimSpace(name); name == "" || g == nil || !g.seen {
		return
	}
	l.dropBookmark(name)
	view := g.view
	view.Marks = slices.Clone(view.Marks)
	g.bookmarks = append(g.bookmarks, bookmark{name, view, g.level})
	l.w.showDone(trf("The view %s is kept", name), "")
}

func (l *landscape) dropBookmark(name string) {
	g := l.ground()
	g.bookmarks = slices.DeleteFunc(slices.Clone(g.bookmarks), func(b bookmark) bool { return b.name == name })
}

// goTo shows a view that was kept. The pictures that span it are those of its marks; with two
// of them it is the principal plane of a chain.
func (l *landscape) goTo(b bookmark) {
	g := l.ground()
	if g == nil {
		return
	}
	g.level, g.principal, g.corners = b.level, false, [3]*corner{}
	if !l.w.now.opened.Plane() {
		g.principal = len(b.view.Marks) != len(g.corners)
	}
	for i, m := range b.view.Marks {
		if !g.principal && !l.w.now.opened.Plane() {
			g.corners[i] = &corner{m.Name, l.clipped(b.view.Plane.At(m.At))}
		}
	}
	view := b.view
	view.Marks = slices.Clone(view.Marks)
	g.forces = nil
	l.take(view)
}

// bookmark is a view of the landscape to go back to.
type bookmark struct {
	name  string
	view  studio.MapView
	level int
}
