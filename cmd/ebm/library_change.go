package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ebmstudio/studio"
)

type libraryAddCmd struct {
	Files []string `arg:"" help:"PNG files with recipes inside, or folders of them."`
	JSON  bool     `help:"Answer in JSON."`
}

// Run copies pictures into the library.
func (c *libraryAddCmd) Run(a *app, lib *libraryCmd) error {
	lib.makes = true
	return lib.within(a, func(l *studio.Library) error {
		done, err := l.Add(a.ctx, c.Files...)
		return errors.Join(a.sayImported(l, done, c.JSON), err, refused(done))
	})
}

// refused is the error of an import of which nothing came.
func refused(done studio.Imported) error {
	if len(done.Items)+len(done.Known) == 0 && len(done.Skipped) > 0 {
		return badInput(errors.New("no picture was added"))
	}
	return nil
}

// sayImported tells what came into the library.
func (a *app) sayImported(l *studio.Library, done studio.Imported, asJSON bool) error {
	a.skipped(done.Skipped)
	if asJSON {
		answer := struct {
			Folder string   `json:"folder"`
			Added  []string `json:"added"`
			Known  []string `json:"known"`
		}{Folder: l.Folder(), Added: []string{}, Known: []string{}}
		for _, it := range done.Items {
			answer.Added = append(answer.Added, it.Name)
		}
		for _, it := range done.Known {
			answer.Known = append(answer.Known, it.Name)
		}
		return a.json(answer)
	}
	for _, it := range done.Items {
		a.say("added %s", it.Name)
	}
	if n := len(done.Known); n > 0 {
		a.say("%d were in the library already", n)
	}
	return nil
}

type libraryTagCmd struct {
	Put  []string `help:"A tag that the pictures get; given again: several." placeholder:"TAG"`
	Take []string `help:"A tag that is taken from them." placeholder:"TAG"`
	chosenFlags
}

// Run tags pictures.
func (c *libraryTagCmd) Run(a *app, lib *libraryCmd) error {
	if len(c.Put)+len(c.Take) == 0 {
		return badInput(errors.New("found no tag, want --put TAG or --take TAG"))
	}
	return lib.within(a, func(l *studio.Library) error {
		names, err := c.names(a, l)
		if err != nil {
			return err
		}
		if len(c.Put) > 0 {
			done, err := l.AddTags(a.ctx, names, c.Put...)
			a.skipped(done.Skipped)
			if err != nil {
				return err
			}
			a.say("%d of %d pictures got %s", done.Changed, len(names), strings.Join(c.Put, ", "))
		}
		if len(c.Take) > 0 {
			done, err := l.RemoveTags(a.ctx, names, c.Take...)
			a.skipped(done.Skipped)
			if err != nil {
				return err
			}
			a.say("%d of %d pictures lost %s", done.Changed, len(names), strings.Join(c.Take, ", "))
		}
		return nil
	})
}

type libraryFavouriteCmd struct {
	Off bool `help:"Take the star."`
	chosenFlags
}

// Run gives stars.
func (c *libraryFavouriteCmd) Run(a *app, lib *libraryCmd) error {
	return lib.within(a, func(l *studio.Library) error {
		names, err := c.names(a, l)
		if err != nil {
			return err
		}
		done, err := l.SetFavourite(a.ctx, names, !c.Off)
		a.skipped(done.Skipped)
		if err != nil {
			return err
		}
		a.say("%d of %d pictures changed", done.Changed, len(names))
		return nil
	})
}

type libraryRemoveCmd struct{ chosenFlags }

// Run moves pictures to the trash.
func (c *libraryRemoveCmd) Run(a *app, lib *libraryCmd) error {
	return lib.within(a, func(l *studio.Library) error {
		names, err := c.names(a, l)
		if err != nil {
			return err
		}
		r, skipped, err := l.Remove(a.ctx, names)
		a.skipped(skipped)
		if len(r.Names) > 0 {
			a.say("removed %d pictures; ebm library restore brings them back", len(r.Names))
		}
		return err
	})
}

type libraryRestoreCmd struct {
	Removal string `arg:"" optional:"" help:"Which removal, as the folders in .trash are named; the newest where it is left out."`
}

// Run brings pictures back.
func (c *libraryRestoreCmd) Run(a *app, lib *libraryCmd) error {
	return lib.within(a, func(l *studio.Library) error {
		names, err := l.Restore(a.ctx, c.Removal)
		for _, name := range names {
			a.say("restored %s", name)
		}
		if len(names) == 0 {
			return badInput(err)
		}
		return err
	})
}

type libraryEmptyCmd struct {
	OlderThan int `help:"Days since the removal; 0: all of the trash." default:"30" placeholder:"DAYS"`
}

// Run deletes what is in the trash.
func (c *libraryEmptyCmd) Run(a *app, lib *libraryCmd) error {
	if c.OlderThan < 0 {
		return badInput(fmt.Errorf("--older-than: found %d days, want 0 or more", c.OlderThan))
	}
	return lib.within(a, func(l *studio.Library) error {
		n, err := l.EmptyTrash(time.Now().AddDate(0, 0, -c.OlderThan))
		a.say("deleted %d pictures of the trash", n)
		return err
	})
}

type libraryRebuildCmd struct{}

// Run makes the index anew.
func (c *libraryRebuildCmd) Run(a *app, lib *libraryCmd) error {
	l, err := studio.OpenLibrary(a.ctx, lib.Folder, func(line string) { a.note("%s", line) })
	if err != nil {
		return err
	}
	changes, err := l.Rebuild(a.ctx, nil)
	if err == nil {
		a.skipped(changes.Damaged)
		a.say("%s: %s", l.Folder(), changes)
	}
	return errors.Join(err, l.Close())
}

type libraryExportCmd struct {
	To      string   `arg:"" help:"The file, or with --as pngs a new folder."`
	As      string   `help:"pngs (a folder), sheet (PNG with captions), gif, apng, y4m (a video without compression), zip (with recipes) or html (a page that works offline)." enum:"pngs,sheet,gif,apng,y4m,zip,html" required:"" placeholder:"FORM"`
	Title   string   `help:"Of the page." placeholder:"WORDS"`
	Columns int      `help:"Of the sheet; 0: as square as possible." default:"0"`
	Plain   bool     `help:"A sheet without captions."`
	Order   string   `help:"date, energy, model or name." enum:"date,energy,model,name" default:"date" group:"Choose"`
	Only    []string `help:"Pictures by name in the library or by path; or choose them by the flags below." name:"picture" placeholder:"PICTURE"`
	All     bool     `help:"All pictures of the library." group:"Choose"`
	queueFlag
	filterFlags
}

// Run writes a selection.
func (c *libraryExportCmd) Run(a *app, lib *libraryCmd) error {
	folder := filepath.Dir(c.To)
	if st, err := os.Stat(c.To); err == nil && st.IsDir() != (c.As == string(studio.AsPictures)) {
		return badInput(fmt.Errorf("export to %q as %s: found a folder or file of that name, want a file, for pngs a folder", c.To, c.As))
	}
	if err := checkFolder(folder); err != nil {
		return err
	}
	return lib.within(a, func(l *studio.Library) error {
		names, err := chosenFlags{c.Only, c.All, c.filterFlags}.names(a, l)
		if err != nil {
			return err
		}
		var paths []string
		p, err := l.Page(a.ctx, studio.LibraryQuery{Names: names, Order: studio.LibraryOrder(c.Order)})
		if err != nil {
			return err
		}
		for _, it := range p.Items {
			paths = append(paths, l.Path(it.Name))
		}
		if c.Queue != "" {
			to, err := filepath.Abs(c.To)
			if err != nil {
				return err
			}
			task := studio.ExportTask{Paths: paths, To: to, As: studio.SelectionFormat(c.As), Title: c.Title}
			return c.put(a, studio.Work{Title: "export " + filepath.Base(to), Task: task, Steps: len(paths) + 1})
		}
		n, skipped, err := studio.ExportSelection(a.ctx, paths, c.To, studio.SelectionFormat(c.As),
			studio.SelectionOptions{Title: c.Title, Columns: c.Columns, Plain: c.Plain})
		a.skipped(skipped)
		if err != nil {
			return err
		}
		a.say("wrote %s: %d pictures", c.To, n)
		return nil
	})
}
