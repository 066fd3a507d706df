package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// shelf is the library that the gallery shows. Its fields belong to the UI goroutine, but
// for now.
type shelf struct {
	now     atomic.Pointer[studio.Library]
	opening bool
	waiting []func(*studio.Library) // for it to be open
	asking  bool                    // a query is under way
	again   bool                    // and another is wanted after it
	whole   bool                    // all that the query chooses is known, not only its beginning
	looking bool                    // the folder is being looked through
	stamp   string                  // of the index when it was asked last
	all     int                     // pictures in the library
	faults  []studio.Fault
	changed chan struct{} // closed once the change asked for last is done
	trouble string        // why the folder could not be looked through the last time, said once
	reading string        // what is being read, for the status line
	watched bool
}

func (s *shelf) open() *studio.Library { return s.now.Load() }

const (
	// libraryKey is the preference that names the library's folder; the environment
	// variable of the command line goes first.
	libraryKey  = "library"
	libraryEnv  = "EBMSTUDIO_LIBRARY"
	firstPage   = 300             // pictures that are shown before all are known
	watchPeriod = 4 * time.Second // between two looks at the folder while the gallery is shown
)

func (g *gallery) folder() string {
	if dir := os.Getenv(libraryEnv); dir != "" {
		return dir
	}
	return g.w.app.Preferences().String(libraryKey)
}

// open opens the library in the background, where it is not open, and then does something
// with it on the UI goroutine.
func (g *gallery) open(then func(*studio.Library)) {
	s := &g.library
	if l := s.open(); l != nil {
		if then != nil {
			then(l)
		}
		return
	}
	if then != nil {
		s.waiting = append(s.waiting, then)
	}
	if s.opening {
		return
	}
	s.opening = true
	g.tell(tr("Opening the library…"), "", "", nil)
	folder := g.folder()
	g.w.background(func() func() {
		l, err := studio.OpenLibrary(g.w.ctx, folder, func(line string) { g.w.do(func() { g.notice(line) }) })
		return func() { g.opened(l, err) }
	})
}

// notice shows what the library says of itself: an index that was rebuilt, a folder that
// is read-only.
func (g *gallery) notice(line string) {
	g.w.banner.show(line, "", theme.InfoIcon(), widget.WarningImportance)
}

func (g *gallery) opened(l *studio.Library, err error) {
	s := &g.library
	s.opening = false
	waiting := s.waiting
	s.waiting = nil
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return
		}
		g.tell(tr("The library could not be opened"), err.Error(), tr("Try again"), func() { g.open(nil) })
		g.hints.other.Show()
		g.stack.Refresh()
		if len(waiting) > 0 {
			g.w.showError(tr("The library could not be opened"), err)
		}
		return
	}
	s.now.Store(l)
	context.AfterFunc(g.w.ctx, func() { _ = l.Close() })
	g.ask()
	g.rescan()
	g.watch()
	for _, then := range waiting {
		then(l)
	}
}

// ask asks the library for what the filter chooses. One question is asked at a time, and
// the newest wins. The beginning is shown before the rest is known.
func (g *gallery) ask() {
	s, l := &g.library, g.library.open()
	if l == nil {
		return
	}
	if s.asking {
		s.again = true
		return
	}
	s.asking = true
	q, all := g.filter.query()
	if !s.whole {
		q.Limit = firstPage
	}
	g.w.background(func() func() {
		a := answerOf(g.w.ctx, l, q, !all)
		return func() { g.answered(l, a) }
	})
}

// libraryAnswer is what the library says to a query.
type libraryAnswer struct {
	query  studio.LibraryQuery
	page   studio.LibraryPage
	all    int
	facets studio.LibraryFacets
	faults []studio.Fault
	stamp  string
	err    error
}

func answerOf(ctx context.Context, l *studio.Library, q studio.LibraryQuery, filtered bool) libraryAnswer {
	a := libraryAnswer{query: q, stamp: l.Stamp()}
	if a.page, a.err = l.Page(ctx, q); a.err != nil {
		return a
	}
	a.all = a.page.Total
	if filtered {
		var p studio.LibraryPage
		if p, a.err = l.Page(ctx, studio.LibraryQuery{Limit: 1}); a.err != nil {
			return a
		}
		a.all = p.Total
	}
	if a.facets, a.err = l.Facets(ctx); a.err == nil {
		a.faults, a.err = l.Faults(ctx)
	}
	return a
}

func (g *gallery) answered(l *studio.Library, a libraryAnswer) {
	s := &g.library
	s.asking = false
	if s.open() != l || g.w.ctx.Err() != nil {
		return
	}
	if a.err != nil {
		g.w.showError(tr("The library could not be asked"), a.err)
		return
	}
	s.stamp, s.all, s.faults = a.stamp, a.all, a.faults
	g.filter.offer(a.facets)
	if q, _ := g.filter.query(); !reflect.DeepEqual(limitless(q), limitless(a.query)) {
		s.again = true // the filter has moved on
	} else {
		g.showItems(a.page)
	}
	s.whole = true
	if g.arrived != nil && len(a.page.Items) == a.page.Total {
		arrived := g.arrived
		g.arrived = nil
		arrived()
	}
	if s.again || a.query.Limit != 0 && len(a.page.Items) < a.page.Total {
		s.again = false
		g.ask()
	}
}

func limitless(q studio.LibraryQuery) studio.LibraryQuery {
	q.Limit = 0
	return q
}

// showItems puts pictures on the wall; those that were selected stay so.
func (g *gallery) showItems(p studio.LibraryPage) {
	selected := map[string]bool{}
	for _, it := range g.chosen() {
		selected[it.Name] = true
	}
	cursor := ""
	if it := g.looked(); it != nil {
		cursor = it.Name
	}
	g.items, g.total = p.Items, p.Total
	var places []int
	for i, it := range g.items {
		if !selected[it.Name] {
			continue
		}
		if it.Name == cursor {
			places = slices.Insert(places, 0, i)
		} else {
			places = append(places, i)
		}
	}
	g.grid.Select(places...)
	g.grid.SetLen(p.Total)
	g.showEmpty()
	g.showFaultCount()
	g.details.show()
	g.compare.follow()
	g.cloud.renew()
	g.say()
}

// showEmpty says what to do where there are no pictures.
func (g *gallery) showEmpty() {
	switch {
	case g.total > 0:
		if !g.compare.box.Visible() {
			reveal(g.stack, g.sight())
		}
	case g.filter.active():
		g.tell(tr("No picture fits"), trf("None of the %d pictures has all that the filter asks for.", g.library.all), tr("Clear the filter"), g.filter.clear)
	default:
		g.tell(tr("No picture is kept yet"),
			trf("Press K where chains run to keep the selected picture. Or add pictures that this program saved: drop them here. They are kept in %s.", shortPath(g.library.open().Folder())),
			tr("Add a folder…"), g.addFolder)
		g.hints.other.Show()
		g.stack.Refresh()
	}
}

func (g *gallery) showFaultCount() {
	g.faults.Hidden = len(g.library.faults) == 0
	if !g.faults.Hidden {
		g.faults.SetText(several(len(g.library.faults), tr("1 file cannot be used"), trf("%d files cannot be used", len(g.library.faults))))
	}
	g.faults.Refresh()
}

// rescan looks through the folder in the background for what other programs have changed.
func (g *gallery) rescan() {
	s, l := &g.library, g.library.open()
	if l == nil || s.looking {
		return
	}
	s.looking = true
	var told time.Time
	progress := func(done, all int) {
		if now := time.Now(); all > 50 && now.Sub(told) > 200*time.Millisecond {
			told = now
			g.w.do(func() { g.read(trf("Reading %d of %d pictures", done, all)) })
		}
	}
	g.w.background(func() func() {
		c, err := l.Rescan(g.w.ctx, progress)
		stamp := l.Stamp()
		return func() {
			s.looking = false
			g.read("")
			if s.open() != l || g.w.ctx.Err() != nil {
				return
			}
			before := s.trouble
			s.trouble = ""
			switch {
			case err != nil:
				if s.trouble = err.Error(); s.trouble != before {
					g.w.showError(tr("The library's folder could not be looked through"), err)
				}
			case before != "" || c.Added+c.Changed+c.Removed > 0 || stamp != s.stamp || len(c.Damaged) != len(s.faults):
				if c.Changed > 0 {
					g.thumbs.forget()
				}
				g.ask()
			}
		}
	})
}

// unread tells of a picture that could not be read. One that is not there any more was
// removed, here or by another window or program: the wall follows without an error, which
// would hide the removal's own message and its undo.
func (g *gallery) unread(title string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		g.w.showError(title, err)
	}
	g.rescan()
}

func (g *gallery) read(what string) {
	if g.library.reading != what {
		g.library.reading = what
		g.say()
	}
}

// watch looks at the folder now and then while the gallery is shown: another window or
// program may have it open too.
func (g *gallery) watch() {
	if g.library.watched {
		return
	}
	g.library.watched = true
	go func() {
		tick := time.NewTicker(watchPeriod)
		defer tick.Stop()
		for {
			select {
			case <-g.w.ctx.Done():
				return
			case <-tick.C:
				g.w.do(func() {
					if g.visible() {
						g.rescan()
					}
				})
			}
		}
	}()
}

// chooseFolder takes another folder as the library.
func (g *gallery) chooseFolder() {
	g.w.choose(func() (string, error) { return g.w.chooser.Folder(tr("Choose a folder for the library")) }, func(path string) {
		g.move(path)
	})
}

// move takes another folder as the library, empty for the usual one; what was not opened
// yet is opened when it is needed.
func (g *gallery) move(path string) {
	if path == g.w.app.Preferences().String(libraryKey) && g.library.open() != nil {
		return
	}
	g.w.app.Preferences().SetString(libraryKey, path)
	switch {
	case os.Getenv(libraryEnv) != "":
		g.w.showError(tr("The library stays where it is"), fmt.Errorf(tr("the environment variable %s names %s"), libraryEnv, os.Getenv(libraryEnv)))
	case g.library.open() != nil || g.visible():
		g.reopen()
	}
}

// reopen opens the library of the folder that is chosen now.
func (g *gallery) reopen() {
	s := &g.library
	if s.opening {
		return
	}
	if old := s.now.Swap(nil); old != nil {
		g.w.background(func() func() { _ = old.Close(); return nil }) // it is an index of files
	}
	s.asking, s.again, s.whole, s.looking = false, false, false, false
	g.thumbs.forget()
	g.items, g.total = nil, 0
	g.grid.Select()
	g.grid.SetLen(0)
	g.cloud.forget()
	g.details.show()
	g.open(nil)
}
