package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ebmstudio/studio"
)

type projectCmd struct {
	Show   projectShowCmd   `cmd:"" help:"List what a project holds."`
	Code   projectCodeCmd   `cmd:"" help:"Say every session and job of a project as a command line."`
	Run    projectRunCmd    `cmd:"" help:"Run the recipes of a project, or its queue."`
	Export projectExportCmd `cmd:"" help:"Write recipes, pictures and masks of a project as files."`
	Add    projectAddCmd    `cmd:"" help:"Put a recipe into a project, as a session or as a job of its queue."`

	Stars    projectStarsCmd    `cmd:"" help:"Give the pictures of a library the stars that a project has."`
	Snapshot projectSnapshotCmd `cmd:"" help:"Keep a project as it stands under a name, inside it."`
	Back     projectBackCmd     `cmd:"" help:"Bring a project back to one of its snapshots."`
}

func (projectCmd) Help() string {
	return `A project is what the window saves: models, recipes, masks, forks, concepts, the queue. It is a ZIP with a
manifest.json; checkpoints are named by path and hash, they are not inside.

Examples:
  ebm project show faces.ebmproj
  ebm project code faces.ebmproj
  ebm project run faces.ebmproj --session 2 --out out
  ebm project run faces.ebmproj --queue
  ebm project export faces.ebmproj --out parts
  ebm project add faces.ebmproj out/007.png --checkpoint cdrl-faces-16 --queue
  ebm train cdrl --data moons --out out/moons --queue faces.ebmproj
  ebm grid cdrl-faces-16 --x seed=1..4 --queue faces.ebmproj
  ebm project stars faces.ebmproj --folder pictures
  ebm project snapshot faces.ebmproj "three good faces"
  ebm project back faces.ebmproj "three good faces"`
}

// projectFile is the argument of all verbs that read a project.
type projectFile struct {
	File string `arg:"" help:"The project's file." type:"path"`
}

func (f projectFile) read() (*studio.Project, error) {
	p, _, err := studio.ReadProject(f.File)
	return p, badInput(err)
}

type projectShowCmd struct {
	projectFile
	JSON bool `help:"Answer in JSON."`
}

// Run lists models, sessions and jobs.
func (c *projectShowCmd) Run(a *app) error {
	p, err := c.read()
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(p)
	}
	if c.say(a, p); len(p.Queue) > 0 {
		works, err := p.Works()
		if err != nil {
			return badInput(err)
		}
		for i, w := range works {
			a.say("job %d        %s, %s %s", i+1, taskLine(w.Task), w.State, w.Why)
		}
	}
	return nil
}

func (c *projectShowCmd) say(a *app, p *studio.Project) {
	saved := ""
	if !p.Saved.IsZero() {
		saved = ", saved " + p.Saved.Local().Format(time.DateTime)
	}
	a.say("%s: written by %s%s", filepath.Base(c.File), p.Program, saved)
	for i, m := range p.Models {
		where := m.Path
		if where == "" {
			where = "comes with the program"
		}
		if len(m.Ref.Parts) > 0 {
			where = fmt.Sprintf("%d models as one", len(m.Ref.Parts))
		}
		a.say("model %d      %s (SHA-256 %.12s, %s)", i+1, m.Ref.Name, m.Ref.SHA256, where)
	}
	for i, s := range p.Sessions {
		r, err := s.Recipe.Recipe()
		if err != nil {
			continue // a project is checked when it is read
		}
		line := recipeLine(r)
		if len(s.Picture.Data) > 0 {
			line += ", a picture with its mask"
		}
		if s.Walk != nil {
			line += fmt.Sprintf(", a walk between %d latents", len(s.Walk.Anchors))
		}
		if len(s.Forks) > 0 {
			line += fmt.Sprintf(", %d forks", len(s.Forks))
		}
		if l := s.Landscape; l != nil {
			line += ", a landscape"
			if n := len(l.Bookmarks); n > 0 {
				line += fmt.Sprintf(" with %d bookmarks", n)
			}
		}
		a.say("session %d    %s: %s", i+1, p.Models[s.Model].Ref.Name, line)
	}
	if n := len(p.Concepts); n > 0 {
		a.say("concepts     %d", n)
	}
	if n := len(p.Favourites); n > 0 {
		a.say("favourites   %d", n)
	}
	if n := p.FrameBytes(); n > 0 {
		a.say("frames       %.1f MB", float64(n)/(1<<20))
	}
	for _, s := range p.Snapshots {
		a.say("snapshot     %s, of %s", s.Name, s.Made.Local().Format(time.DateTime))
	}
}

func recipeLine(r studio.Recipe) string {
	line := fmt.Sprintf("%d chains from seed %d", r.Chains, r.Seed)
	if r.Expression != "" {
		line += ", " + r.Expression
	}
	return line
}

type projectCodeCmd struct {
	projectFile
}

// Run prints command lines.
func (c *projectCodeCmd) Run(a *app) error {
	err := c.sessions(a, nil, func(what string, o *studio.Opened, r studio.Recipe) error {
		a.say("# %s\n%s", what, strings.TrimSuffix(studio.Command(o, r), "\n"))
		return nil
	})
	if err != nil {
		return err
	}
	return c.jobs(a, func(what string, w studio.Work) error {
		text, err := a.taskCommand(w.Task)
		if err == nil {
			a.say("# %s\n%s", what, strings.TrimSuffix(text, "\n"))
		}
		return err
	})
}

// sessions visits the recipes of a project's sessions with their models, where any are
// chosen of those alone.
func (f projectFile) sessions(a *app, chosen []int, do func(what string, o *studio.Opened, r studio.Recipe) error) error {
	p, err := f.read()
	if err != nil {
		return err
	}
	for _, n := range chosen {
		if n < 1 || n > len(p.Sessions) {
			return badInput(fmt.Errorf("--session %d: %s has %d sessions", n, filepath.Base(f.File), len(p.Sessions)))
		}
	}
	for i, s := range p.Sessions {
		if len(chosen) > 0 && !slices.Contains(chosen, i+1) {
			continue
		}
		r, err := s.Recipe.Recipe()
		if err != nil {
			return badInput(err)
		}
		what := fmt.Sprintf("session-%d", i+1)
		o, err := a.openOfProject(p.Models[s.Model])
		if err == nil {
			err = do(what, o, r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// openOfProject opens a model of a project: at its path, or carried by the program.
func (a *app) openOfProject(m studio.ProjectModel) (*studio.Opened, error) {
	var paths []string
	if m.Path != "" {
		paths = []string{m.Path}
	}
	return a.openFor(studio.Recipe{Checkpoint: m.Ref}, paths, joinFlags{})
}

type projectRunCmd struct {
	projectFile
	Session []int  `help:"Only this session, counted from 1; may be repeated." placeholder:"N"`
	Queue   bool   `help:"Run the jobs of the queue that are not done, instead of the sessions: recipes, grids, trainings and exports. Trainings and exports go where they say."`
	Out     string `help:"Folder for the galleries, one a recipe, and the grids." default:"out"`
}

// Run runs recipes one after another.
func (c *projectRunCmd) Run(a *app) error {
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	if c.Queue && len(c.Session) > 0 {
		return badInput(errors.New("--queue: found --session beside it, want one of them"))
	}
	ran := 0
	var err error
	if c.Queue {
		err = c.jobs(a, func(what string, w studio.Work) error {
			ran++
			return a.runTask(w.Task, filepath.Join(c.Out, what))
		})
	} else {
		err = c.sessions(a, c.Session, func(what string, o *studio.Opened, r studio.Recipe) error {
			ran++
			return a.runChecked(o, r, filepath.Join(c.Out, what))
		})
	}
	if err == nil && ran == 0 {
		a.say("nothing to run: the project has no such recipe")
	}
	return err
}

// runChecked runs a recipe of a project.
func (a *app) runChecked(o *studio.Opened, r studio.Recipe, out string) error {
	if err := o.Check(r); err != nil {
		return badInput(err)
	}
	return a.runGallery(o, r, gallery{folder: out})
}

type projectExportCmd struct {
	projectFile
	Out string `help:"Folder for the files." default:"out"`
}

// Run writes the parts of a project.
func (c *projectExportCmd) Run(a *app) error {
	p, err := c.read()
	if err != nil {
		return err
	}
	paths, err := p.Export(c.Out)
	for _, path := range paths {
		a.say("wrote %s", path)
	}
	return err
}

type projectAddCmd struct {
	projectFile
	From       string `arg:"" help:"A recipe (JSON), or a picture with its recipe inside." placeholder:"RECIPE|PICTURE"`
	Checkpoint string `help:"The recipe's checkpoint, or the name of a bundled model; the bundled one with its hash where it is left out." placeholder:"FILE"`
	Queue      bool   `help:"As a job of the queue."`
}

// Run adds a recipe; the project is made where there is none.
func (c *projectAddCmd) Run(a *app) error {
	r, err := recipeOf(c.From)
	if err != nil {
		return badInput(err)
	}
	var paths []string
	if c.Checkpoint != "" {
		paths = []string{c.Checkpoint}
	}
	o, err := a.openFor(r, paths, joinFlags{})
	if err != nil {
		return err
	}
	if err := o.Check(r); err != nil {
		return badInput(err)
	}
	model := studio.ProjectModel{Ref: o.Ref(), Path: o.Path}
	return a.changeProject(c.File, func(p *studio.Project) error {
		if c.Queue {
			return addWork(p, studio.Work{Title: o.Name, Task: studio.SampleTask{Model: model, Recipe: r}})
		}
		p.Sessions = append(p.Sessions, studio.ProjectSession{Model: p.ModelIndex(model), Recipe: studio.RecipeFile(r), Locked: true})
		return nil
	})
}

// recipeOf reads a recipe from its own file or from a picture.
func recipeOf(path string) (studio.Recipe, error) {
	if strings.EqualFold(filepath.Ext(path), ".json") {
		text, err := os.ReadFile(path)
		if err != nil {
			return studio.Recipe{}, err
		}
		return studio.ParseRecipe(text)
	}
	r, _, _, err := studio.ReadPicture(path)
	return r, err
}
