package ui

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// change does something to pictures in the background, after all changes that were asked
// for before, and then asks the library anew.
// Pictures that could not be changed are named; what was done before an error stays done.
// then, which may be nil, is told whether all went well.
func (g *gallery) change(failed string, do func(l *studio.Library) ([]studio.Fault, error), then func(well bool)) {
	l := g.library.open()
	if l == nil {
		return
	}
	before, changed := g.library.changed, make(chan struct{})
	g.library.changed = changed
	g.w.background(func() func() {
		defer close(changed)
		if before != nil {
			<-before
		}
		skipped, err := do(l)
		return func() {
			g.ask()
			switch {
			case err != nil:
				g.w.showError(failed, err)
			case len(skipped) > 0:
				g.w.showError(failed, faultsError(skipped))
				g.rescan()
			}
			if then != nil {
				then(err == nil && len(skipped) == 0)
			}
		}
	})
}

// several is a text about one thing or about more.
func several(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// faultsError names the first files that could not be used.
func faultsError(all []studio.Fault) error {
	const most = 4
	var lines []string
	for _, f := range all[:min(len(all), most)] {
		lines = append(lines, f.Error())
	}
	if more := len(all) - most; more > 0 {
		lines = append(lines, trf("and %d more", more))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// toggleStar gives the selected pictures a star, or takes it where the one looked at has
// one.
func (g *gallery) toggleStar() {
	it, all := g.looked(), g.chosen()
	if it == nil {
		return
	}
	on := !it.Favourite
	for _, i := range g.grid.Selected() {
		if i < len(g.items) {
			g.items[i].Favourite = on // seen at once, written soon
		}
	}
	g.grid.Update()
	g.details.show()
	g.change(tr("Not every star could be set"), func(l *studio.Library) ([]studio.Fault, error) {
		e, err := l.SetFavourite(g.w.ctx, names(all), on)
		return e.Skipped, err
	}, nil)
}

func (g *gallery) addTag(tag string) {
	all := names(g.chosen())
	if strings.TrimSpace(tag) == "" || len(all) == 0 {
		return
	}
	g.details.tag.Put("")
	g.change(tr("The tag could not be added"), func(l *studio.Library) ([]studio.Fault, error) {
		e, err := l.AddTags(g.w.ctx, all, strings.Split(tag, ",")...)
		return e.Skipped, err
	}, nil)
}

func (g *gallery) removeTag(tag string) {
	all := names(g.chosen())
	g.change(tr("The tag could not be removed"), func(l *studio.Library) ([]studio.Fault, error) {
		e, err := l.RemoveTags(g.w.ctx, all, tag)
		return e.Skipped, err
	}, nil)
}

// addFolder asks for a folder whose pictures are copied into the library.
func (g *gallery) addFolder() {
	g.w.choose(func() (string, error) { return g.w.chooser.Folder(tr("Choose a folder of pictures to add")) }, func(path string) { g.add(path) })
}

// add copies a picture, or those of a folder, into the library and shows what came: its
// recipe is seen beside it.
func (g *gallery) add(path string) {
	g.open(func(l *studio.Library) {
		g.read(tr("Adding pictures…"))
		g.w.background(func() func() {
			done, err := l.Add(g.w.ctx, path)
			return func() {
				g.read("")
				g.added(filepath.Base(path), done, err)
			}
		})
	})
}

// added tells what came into the library and selects it.
func (g *gallery) added(from string, done studio.Imported, err error) {
	var came []string
	for _, it := range append(append([]studio.LibraryItem{}, done.Items...), done.Known...) {
		came = append(came, it.Name)
	}
	switch {
	case err != nil:
		g.w.showError(trf("Not all of %s could be added", from), fmt.Errorf(tr("%d pictures are in the library; then: %w"), len(done.Items), err))
	case len(came) == 0 && len(done.Skipped) > 0:
		g.w.showError(trf("%s cannot be added", from), fmt.Errorf("%w\n%s", faultsError(done.Skipped), tr("The library takes PNG files that this program saved: their recipe is inside.")))
	case len(done.Skipped) > 0:
		g.w.banner.show(trf("%d pictures added, %d were there already, %d cannot be used", len(done.Items), len(done.Known), len(done.Skipped)),
			faultsError(done.Skipped).Error(), theme.WarningIcon(), widget.WarningImportance)
	case len(done.Items) == 0:
		g.w.showDone(several(len(done.Known), tr("The picture was in the library already"), trf("%d pictures were in the library already", len(done.Known))), "")
	default:
		g.w.showDone(several(len(done.Items), tr("1 picture added"), trf("%d pictures added", len(done.Items))), "")
	}
	g.ask()
	g.selectSoon(came)
}

// selectSoon selects pictures once the library has been asked for them.
func (g *gallery) selectSoon(came []string) {
	if len(came) == 0 || !g.visible() {
		return
	}
	wanted := map[string]bool{}
	for _, n := range came {
		wanted[n] = true
	}
	g.arrived = func() {
		var places []int
		for i, it := range g.items {
			if wanted[it.Name] {
				places = append(places, i)
			}
		}
		if len(places) > 0 {
			g.grid.Select(places...)
			g.grid.Reveal(places[0])
			g.picked()
		}
	}
}

// keep saves the selected picture of the run, or all of them, into the library.
func (w *Window) keep(all bool) {
	h := w.now
	if !w.hasPictures() {
		return
	}
	if h.draft {
		w.showError(tr("A draft cannot be kept"), errors.New(tr("its chains went on from others and have no recipe of their own: press Start, then keep what comes")))
		return
	}
	job, chain, frame := h.job, h.selected, h.seen()
	w.gallery.open(func(l *studio.Library) {
		w.background(func() func() {
			res, err := job.ResultAt(frame)
			var done studio.Imported
			if err == nil && all {
				done, err = studio.AddToLibrary(w.ctx, l, res)
			} else if err == nil {
				done, err = studio.AddToLibrary(w.ctx, l, res, chain)
			}
			return func() { w.kept(done, err) }
		})
	})
}

func (w *Window) kept(done studio.Imported, err error) {
	switch {
	case err != nil:
		if n := len(done.Items); n > 0 {
			err = fmt.Errorf(tr("%d pictures are in the library; then: %w"), n, err)
		}
		w.showError(tr("Not every picture could be kept"), err)
		w.gallery.ask()
		return
	case len(done.Skipped) > 0:
		w.showError(tr("The picture could not be kept"), faultsError(done.Skipped))
		return
	case len(done.Items) == 0:
		w.showDone(tr("It is in the gallery already"), "")
	case len(done.Items) == 1:
		w.showDone(tr("Kept in the gallery"), done.Items[0].Name)
	default:
		w.showDone(trf("%d pictures kept in the gallery", len(done.Items)), "")
	}
	w.banner.offer(tr("Show"), func() {
		w.tasks.to(taskGallery)
		var came []string
		for _, it := range append(append([]studio.LibraryItem{}, done.Items...), done.Known...) {
			came = append(came, it.Name)
		}
		w.gallery.selectSoon(came)
		w.gallery.ask()
	})
	w.gallery.ask()
}
