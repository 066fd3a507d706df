package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"ebmstudio/studio"
)

// libraryCmd keeps pictures in a folder with an index.
type libraryCmd struct {
	Folder string `help:"The library's folder; that of the user's data where it is left out." env:"EBMSTUDIO_LIBRARY" placeholder:"FOLDER"`

	List      libraryListCmd      `cmd:"" help:"List pictures: all, or those that fit."`
	Add       libraryAddCmd       `cmd:"" help:"Copy pictures with recipes into the library."`
	Tag       libraryTagCmd       `cmd:"" help:"Give pictures tags, or take them." placeholder:"TAG"`
	Favourite libraryFavouriteCmd `cmd:"" help:"Give pictures a star, or take it."`
	Remove    libraryRemoveCmd    `cmd:"" help:"Move pictures to the library's trash."`
	Restore   libraryRestoreCmd   `cmd:"" help:"Bring the pictures removed last back."`
	Empty     libraryEmptyCmd     `cmd:"" name:"empty-trash" help:"Delete what was removed long ago for good."`
	Export    libraryExportCmd    `cmd:"" help:"Write pictures as a folder, contact sheet, GIF, APNG, video, ZIP or page."`
	Cloud     libraryCloudCmd     `cmd:"" help:"Lay pictures out so that alike ones lie near each other."`
	Recall    libraryRecallCmd    `cmd:"" help:"Print a picture's recipe: all of it, with another seed, or its seed."`
	Verify    libraryVerifyCmd    `cmd:"" help:"Make a picture again and compare: exact, or the first step that differs."`
	Rebuild   libraryRebuildCmd   `cmd:"" help:"Make the index anew from the pictures."`

	makes bool // the folder where there is none
}

func (libraryCmd) Help() string {
	return `A library is a folder of PNG files with their recipes, tags and stars inside, and an index that can be
made from them at any time. Files may be copied into the folder or taken out with any program.

Examples:
  ebm sample --chains 64 --library                         save into the library
  ebm library list --label coat --max-energy -3 --order energy
  ebm library tag --put "for the paper" --favourite        tag those with a star
  ebm library remove --tag rejected --unstarred            clean up; those with a star stay
  ebm library export page.html --as html --tag "for the paper"
  ebm library add from-a-friend.png && ebm library recall NAME --to recipe.json`
}

// open opens the library and brings it up to date. A folder that is named and not there is
// a misspelled one, unless pictures are to be put into it.
func (c *libraryCmd) open(a *app) (*studio.Library, error) {
	if _, err := os.Stat(c.Folder); c.Folder != "" && errors.Is(err, fs.ErrNotExist) && !c.makes {
		return nil, badInput(fmt.Errorf("library %q: found no such folder\nhint: ebm library --folder FOLDER add PICTURE makes one", c.Folder))
	}
	l, err := studio.OpenLibrary(a.ctx, c.Folder, func(line string) { a.note("%s", line) })
	if err != nil {
		return nil, err
	}
	if _, err := l.Rescan(a.ctx, nil); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// within runs a verb on the open library.
func (c *libraryCmd) within(a *app, do func(l *studio.Library) error) (err error) {
	l, err := c.open(a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return do(l)
}

// keep saves the pictures of a run into the library and returns their files.
func (a *app) keep(res studio.Result) (paths []string, err error) {
	ctx := context.WithoutCancel(a.ctx) // what was made until Ctrl-C is kept
	l, err := studio.OpenLibrary(ctx, os.Getenv("EBMSTUDIO_LIBRARY"), func(line string) { a.note("%s", line) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	done, err := studio.AddToLibrary(ctx, l, res)
	a.skipped(done.Skipped)
	for _, it := range append(done.Known, done.Items...) {
		paths = append(paths, l.Path(it.Name))
	}
	return paths, err
}

// filterFlags choose pictures.
type filterFlags struct {
	Text      string   `help:"Words in name, model, recipe, labels and tags." group:"Choose" placeholder:"WORDS"`
	Model     string   `help:"Part of the checkpoint's name, or the beginning of its SHA-256." group:"Choose" placeholder:"MODEL"`
	Family    string   `help:"clel, cdrl, icd or vaeebm." group:"Choose" placeholder:"FAMILY"`
	Compose   string   `help:"Part of the composed expression." group:"Choose" placeholder:"EXPRESSION"`
	Label     string   `help:"A class that was asked for." group:"Choose" placeholder:"CLASS"`
	Tag       []string `help:"A tag; given again: all of them." group:"Choose"`
	Favourite bool     `help:"Those with a star." group:"Choose"`
	Unstarred bool     `help:"Those without a star." group:"Choose"`
	From      string   `help:"In the library since this day, such as 2026-11-01." group:"Choose" placeholder:"DAY"`
	To        string   `help:"In the library up to this day." group:"Choose" placeholder:"DAY"`
	MinEnergy *float64 `help:"The lowest energy." group:"Choose" placeholder:"E"`
	MaxEnergy *float64 `help:"The highest energy." group:"Choose" placeholder:"E"`
}

// query is what the flags choose.
func (f filterFlags) query() (studio.LibraryQuery, error) {
	q := studio.LibraryQuery{
		Text: f.Text, Model: f.Model, Family: f.Family, Compose: f.Compose, Label: f.Label, Tags: f.Tag,
		Favourite: f.Favourite, Unstarred: f.Unstarred, MinEnergy: f.MinEnergy, MaxEnergy: f.MaxEnergy,
	}
	for _, d := range []struct {
		flag, text string
		to         *time.Time
		days       int
	}{{"--from", f.From, &q.From, 0}, {"--to", f.To, &q.To, 1}} {
		if d.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, d.text, time.Local)
		if err != nil {
			return q, badInput(fmt.Errorf("%s: found %q, want a day such as 2026-11-01", d.flag, d.text))
		}
		*d.to = day.AddDate(0, 0, d.days)
	}
	return q, nil
}

// given reports whether any flag is.
func (f filterFlags) given() bool {
	return f.Text+f.Model+f.Family+f.Compose+f.Label+f.From+f.To != "" || len(f.Tag) > 0 || f.Favourite || f.Unstarred || f.MinEnergy != nil || f.MaxEnergy != nil
}

// chosenFlags are pictures by name or by what they are.
type chosenFlags struct {
	Pictures []string `arg:"" optional:"" name:"picture" help:"Pictures by name in the library or by path; or choose them by flags."`
	All      bool     `help:"All pictures of the library." group:"Choose"`
	filterFlags
}

// names are the pictures chosen.
func (c chosenFlags) names(a *app, l *studio.Library) ([]string, error) {
	if len(c.Pictures) > 0 {
		if c.All || c.given() {
			return nil, badInput(errors.New("found pictures and flags that choose some, want one of the two"))
		}
		var names []string
		for _, given := range c.Pictures {
			name, err := l.NameOf(given)
			if err != nil {
				return nil, badInput(err)
			}
			names = append(names, name)
		}
		return names, nil
	}
	if !c.All && !c.given() {
		return nil, badInput(errors.New("found no pictures, want their names, flags that choose some, or --all"))
	}
	q, err := c.query()
	if err != nil {
		return nil, err
	}
	p, err := l.Page(a.ctx, q)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, it := range p.Items {
		names = append(names, it.Name)
	}
	if len(names) == 0 {
		return nil, badInput(errors.New("no picture of the library fits"))
	}
	return names, nil
}

// skipped names files that were left out, the first few, and says how many.
func (a *app) skipped(faults []studio.Fault) {
	for i, f := range faults {
		if i == 5 {
			a.note("%d more were skipped", len(faults)-i)
			return
		}
		a.note("skipped %s", f.Error())
	}
}
