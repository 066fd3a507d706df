package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// rejected reports whether a picture is to go at the next clean-up.
func rejected(it *studio.LibraryItem) bool { return slices.Contains(it.Tags, studio.Rejected) }

// toggleReject marks the selected pictures as those that are to go, or takes the mark.
func (g *gallery) toggleReject() {
	it, all := g.looked(), names(g.chosen())
	if it == nil {
		return
	}
	mark := (*studio.Library).AddTags
	if rejected(it) {
		mark = (*studio.Library).RemoveTags
	}
	g.change(tr("Not every mark could be set"), func(l *studio.Library) ([]studio.Fault, error) {
		e, err := mark(l, g.w.ctx, all, studio.Rejected)
		return e.Skipped, err
	}, nil)
}

// remove moves the selected pictures to the trash.
func (g *gallery) remove() {
	if all := names(g.chosen()); len(all) > 0 {
		g.discard(func(*studio.Library) ([]string, error) { return all, nil })
	}
}

// discard moves pictures to the trash; the message offers to take it back. Which ones is
// asked off the UI goroutine, once all that was marked before is written.
func (g *gallery) discard(which func(*studio.Library) ([]string, error)) {
	var id string
	var moved int
	g.change(tr("Not every picture could be removed"), func(l *studio.Library) ([]studio.Fault, error) {
		all, err := which(l)
		if err != nil {
			return nil, err
		}
		r, skipped, err := l.Remove(g.w.ctx, all)
		id, moved = r.ID, len(r.Names)
		return skipped, err
	}, func(well bool) {
		g.grid.Select()
		if well {
			g.w.showDone(several(moved, tr("1 picture is in the trash"), trf("%d pictures are in the trash", moved)), "")
		}
		if moved > 0 {
			g.w.banner.offer(tr("Undo"), func() { g.restore(id) })
		}
	})
}

// restore brings a removal back; the newest one where id is empty.
func (g *gallery) restore(id string) {
	g.w.hideBanner()
	var back []string
	g.change(tr("The pictures could not be brought back"), func(l *studio.Library) (_ []studio.Fault, err error) {
		back, err = l.Restore(g.w.ctx, id)
		return nil, err
	}, func(well bool) {
		if !well {
			return // what came back before the error is seen on the wall
		}
		g.w.showDone(several(len(back), tr("1 picture is back"), trf("%d pictures are back", len(back))), "")
	})
}

// cleanItem moves those pictures on the wall that have no star and all of some tags to
// the trash.
func (g *gallery) cleanItem(text string, tags ...string) *fyne.MenuItem {
	shown := map[string]bool{}
	for i := range g.items {
		it := &g.items[i]
		missing := func(tag string) bool { return !slices.Contains(it.Tags, tag) }
		if !it.Favourite && !slices.ContainsFunc(tags, missing) {
			shown[it.Name] = true
		}
	}
	q, _ := g.filter.query()
	q.Tags, q.Unstarred = append(slices.Clone(q.Tags), tags...), true
	m := fyne.NewMenuItem(trf("%s (%d)", text, len(shown)), func() {
		g.discard(func(l *studio.Library) ([]string, error) {
			page, err := l.Page(g.w.ctx, q) // a star may have been given meanwhile
			return slices.DeleteFunc(names(page.Items), func(name string) bool { return !shown[name] }), err
		})
	})
	// Of a part of the pictures, nobody can say how many would go.
	m.Disabled = len(g.items) != g.total || len(shown) == 0
	return m
}

// cleanItems are the ways to clean up what is on the wall. Pictures with a star stay.
func (g *gallery) cleanItems() []*fyne.MenuItem {
	return []*fyne.MenuItem{
		g.cleanItem(tr("Remove the rejected ones"), studio.Rejected),
		g.cleanItem(tr("Remove all shown here without a star")),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(tr("Bring back what was removed last"), func() { g.restore("") }),
		fyne.NewMenuItem(tr("Empty the trash…"), g.emptyTrash),
	}
}

func (g *gallery) cleanMenu() {
	if g.library.open() != nil {
		g.menuAbove(g.clean, g.cleanItems())
	}
}

// menuAbove shows a menu over a button at the foot of the gallery.
func (g *gallery) menuAbove(button fyne.CanvasObject, items []*fyne.MenuItem) {
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), g.w.win.Canvas())
	at := g.w.app.Driver().AbsolutePositionForObject(button)
	right := at.X + button.Size().Width - menu.MinSize().Width // in line with the button's right end
	menu.ShowAtPosition(fyne.NewPos(max(0, right), max(0, at.Y-menu.MinSize().Height)))
}

// emptyTrash deletes what was removed for good, once a person has seen how much it is.
func (g *gallery) emptyTrash() {
	l := g.library.open()
	g.w.background(func() func() {
		trash, err := l.Trash()
		n := 0
		for _, r := range trash {
			n += len(r.Names)
		}
		return func() {
			switch {
			case err != nil:
				g.w.showError(tr("The trash could not be looked at"), err)
			case n == 0:
				g.w.showDone(tr("The trash is empty"), "")
			default:
				text := several(n, tr("1 picture in the library's trash is deleted for good."), trf("%d pictures in the library's trash are deleted for good.", n)) + "\n" + tr("This cannot be undone.")
				g.w.confirm(tr("Empty the trash"), text, tr("Delete"), func() { g.deleteTrash(l) })
			}
		}
	})
}

func (g *gallery) deleteTrash(l *studio.Library) {
	g.w.background(func() func() {
		n, err := l.EmptyTrash(time.Now())
		return func() {
			if err != nil {
				g.w.showError(tr("Not all of the trash could be deleted"), err)
				return
			}
			g.w.showDone(several(n, tr("1 picture was deleted"), trf("%d pictures were deleted", n)), "")
		}
	})
}
