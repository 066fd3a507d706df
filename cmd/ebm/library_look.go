package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"ebmstudio/studio"
)

type libraryListCmd struct {
	filterFlags
	Order   string `help:"date, energy, model or name." enum:"date,energy,model,name" default:"date"`
	Reverse bool   `help:"The other way round."`
	Limit   int    `help:"At most so many; 0: all." default:"50"`
	Offset  int    `help:"Leave out the first so many."`
	JSON    bool   `help:"Answer in JSON."`
}

// listed is a picture for a script.
type listed struct {
	Name       string    `json:"name"`
	Path       string    `json:"path"`
	Model      string    `json:"model"`
	SHA256     string    `json:"sha256"`
	Family     string    `json:"family,omitempty"`
	Expression string    `json:"expression,omitempty"`
	Labels     []string  `json:"labels,omitempty"`
	Seed       uint64    `json:"seed"`
	Chain      int       `json:"chain"`
	Steps      int       `json:"steps"`
	Energy     *float32  `json:"energy,omitempty"`
	Added      time.Time `json:"added"`
	Favourite  bool      `json:"favourite"`
	Tags       []string  `json:"tags,omitempty"`
	Edited     bool      `json:"edited,omitempty"`
}

// Run lists pictures.
func (c *libraryListCmd) Run(a *app, lib *libraryCmd) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	q.Order, q.Reverse, q.Limit, q.Offset = studio.LibraryOrder(c.Order), c.Reverse, c.Limit, c.Offset
	return lib.within(a, func(l *studio.Library) error {
		p, err := l.Page(a.ctx, q)
		if err != nil {
			return badInput(err)
		}
		faults, err := l.Faults(a.ctx)
		if err != nil {
			return err
		}
		a.skipped(faults)
		if c.JSON {
			answer := struct {
				Folder   string   `json:"folder"`
				Total    int      `json:"total"`
				Pictures []listed `json:"pictures"`
			}{l.Folder(), p.Total, []listed{}}
			for _, it := range p.Items {
				answer.Pictures = append(answer.Pictures, listed{
					it.Name, l.Path(it.Name), it.Model, it.SHA256, it.Family, it.Expression, it.Labels,
					it.Seed, it.Chain, it.Steps, it.Energy, it.Added, it.Favourite, it.Tags, it.Edited,
				})
			}
			return a.json(answer)
		}
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		for _, it := range p.Items {
			fmt.Fprintln(w, line(it))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		a.say("%d of %d pictures in %s", len(p.Items), p.Total, l.Folder())
		return nil
	})
}

// line is a picture in a line of columns.
func line(it studio.LibraryItem) string {
	energy, star := "", ""
	if it.Energy != nil {
		energy = fmt.Sprintf("energy %.6g", *it.Energy)
	}
	if it.Favourite {
		star = "*"
	}
	asked := it.Expression
	if asked == "" {
		asked = strings.Join(it.Labels, ", ")
	}
	return strings.TrimRight(strings.Join([]string{it.Name, it.Model, energy, star, asked, strings.Join(it.Tags, ", ")}, "\t"), "\t")
}

type libraryRecallCmd struct {
	Picture string `arg:"" help:"A picture by name in the library or by path; a PNG from anywhere."`
	What    string `help:"all, settings (all but the seed) or seed." enum:"all,settings,seed" default:"all"`
	Onto    string `help:"The recipe file whose seed, or whose all but the seed, is kept." placeholder:"RECIPE"`
	To      string `help:"The file for the recipe; printed where it is left out." placeholder:"FILE"`
}

// Run prints or saves what is recalled.
func (c *libraryRecallCmd) Run(a *app, lib *libraryCmd) error {
	path := c.Picture
	if _, err := os.Stat(path); err != nil { // not a path: a name of the library's
		l, err := studio.OpenLibrary(a.ctx, lib.Folder, func(line string) { a.note("%s", line) })
		if err != nil {
			return err
		}
		name, err := l.NameOf(c.Picture)
		if err = errors.Join(badInput(err), l.Close()); err != nil {
			return err
		}
		path = l.Path(name)
	}
	saved, info, _, err := studio.ReadPicture(path)
	if err != nil {
		return badInput(err)
	}
	now := saved.Clone()
	now.Seed = 1 // as ebm sample has it where none is given
	if c.Onto != "" {
		text, err := os.ReadFile(c.Onto)
		if err != nil {
			return badInput(err)
		}
		if now, err = studio.ParseRecipe(text); err != nil {
			return badInput(err)
		}
	} else if c.What == string(studio.RecallSeed) && c.To == "" {
		a.say("%d", saved.Seed)
		return nil
	}
	r, err := studio.Recall(now, saved, info.Chain, studio.Recalled(c.What))
	if err != nil {
		return badInput(err)
	}
	if c.To == "" {
		_, err := a.out.Write(r.JSON())
		return err
	}
	if err := studio.SaveRecipe(c.To, r); err != nil {
		return err
	}
	a.say("wrote %s", c.To)
	return nil
}

type libraryVerifyCmd struct {
	Picture    string   `arg:"" help:"A picture by name in the library or by path."`
	Checkpoint []string `arg:"" optional:"" help:"Its checkpoint; the bundled model where it is left out."`
	JSON       bool     `help:"Answer in JSON."`
}

// Run makes the picture again and compares, as ebm sample --from does.
func (c *libraryVerifyCmd) Run(a *app, lib *libraryCmd) error {
	return lib.within(a, func(l *studio.Library) error {
		name, err := l.NameOf(c.Picture)
		if err != nil {
			return badInput(err)
		}
		return (&sampleCmd{From: l.Path(name), Checkpoint: c.Checkpoint, JSON: c.JSON}).reproduce(a)
	})
}
