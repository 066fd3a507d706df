package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ProjectVersion is the version of the project files that this program writes; it
// reads this one and all before. Version 2 came with jobs of the queue that are no runs
// of a recipe, landscapes, snapshots and recorded frames.
const ProjectVersion = 2

// ProjectExtension ends the name of a project's file.
const ProjectExtension = ".ebmproj"

// Project is what a person works on, as a file: the open models, what is asked of each
// and what was painted, forks of runs, concepts, favourites, the queue, and how the
// window stood. Checkpoints are named by path and hash, they are not inside.
type Project struct {
	Program  string    `json:"program"` // the program and version that wrote it
	Saved    time.Time `json:"saved"`
	Recovers string    `json:"recovers,omitempty"` // of a recovery file: the project's path, if it has one

	Models   []ProjectModel   `json:"models"`
	Sessions []ProjectSession `json:"sessions"`
	Concepts []Concept        `json:"concepts,omitempty"`
	Stars
	Queue     []QueueItem     `json:"queue,omitempty"`
	Paces     []Pace          `json:"paces,omitempty"` // what is known of the speed of models
	Snapshots []Snapshot      `json:"snapshots,omitempty"`
	Window    json.RawMessage `json:"window,omitempty"`
	// Attached are further files by name, for what has no field here.
	Attached map[string][]byte `json:"-"`
}

// Stars are the pictures of the library that have one.
type Stars struct {
	Favourites []string `json:"favourites,omitempty"` // their names
	Pictures   []string `json:"pictures,omitempty"`   // what is in each of them, see LibraryItem.Origin
}

// ProjectModel is a checkpoint of a project.
type ProjectModel struct {
	Ref  CheckpointRef `json:"checkpoint"`
	Path string        `json:"path,omitempty"` // empty of one that the program carries, and of several as one
}

// ProjectSession is a model with what was asked of it.
type ProjectSession struct {
	Model  int         `json:"model"` // of Models
	Recipe ProjectFile `json:"recipe"`
	Locked bool        `json:"locked,omitempty"` // the next start keeps the seed
	// Picture and Mask are what is painted on, PNG files of the model's size; empty
	// where there is none. White of the mask is free to change.
	Picture     ProjectFile   `json:"picture"`
	Mask        ProjectFile   `json:"mask"`
	Heat        ProjectFile   `json:"heat"` // levels of the temperature, see Temperature
	PictureName string        `json:"picture_name,omitempty"`
	Walk        *ProjectWalk  `json:"walk,omitempty"`
	Forks       []ProjectFork `json:"forks,omitempty"`
	// Landscape is nil of a session that has none.
	Landscape *ProjectLandscape `json:"landscape,omitempty"`
}

// ProjectWalk is a way between latents.
type ProjectWalk struct {
	Recipe  ProjectFile     `json:"recipe"`
	Anchors []ProjectAnchor `json:"anchors"`
	Path    string          `json:"path"` // see Interpolation
	Frames  int             `json:"frames"`
	Refine  bool            `json:"refine"`
	Closed  bool            `json:"closed,omitempty"` // it ends where it began
	Points  [][]float32     `json:"points,omitempty"` // in place of anchors, see Interpolation
}

// ProjectAnchor is a latent that a walk visits.
type ProjectAnchor struct {
	Name    string      `json:"name"`
	Seed    uint64      `json:"seed,omitempty"`
	Latent  []float32   `json:"latent"`
	Picture ProjectFile `json:"picture"` // that it was found from; none for a seed
}

// ProjectFork is a run of a tree of runs: one that left its parent at a step, with a
// recipe of its own.
type ProjectFork struct {
	ID      int         `json:"id"`               // from 1
	Parent  int         `json:"parent,omitempty"` // 0: it is a root
	Step    int         `json:"step,omitempty"`   // of the parent, where it left
	Name    string      `json:"name,omitempty"`
	Recipe  ProjectFile `json:"recipe"`
	Picture ProjectFile `json:"picture"` // to know it by
	// Frames is what the run has recorded, see Job.FramesFile; empty where it is to be made
	// again.
	Frames ProjectFile `json:"frames"`
}

// ProjectFile is a part of a project that is a file of its own in it.
type ProjectFile struct {
	Name string // in the project; given when it is written
	Data []byte
}

// MarshalJSON writes the name.
func (f ProjectFile) MarshalJSON() ([]byte, error) { return json.Marshal(f.Name) }

// UnmarshalJSON reads the name.
func (f *ProjectFile) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &f.Name) }

// RecipeFile is a recipe as a part of a project.
func RecipeFile(r Recipe) ProjectFile { return ProjectFile{Data: r.JSON()} }

// Recipe reads the recipe back.
func (f ProjectFile) Recipe() (Recipe, error) {
	r, err := ParseRecipe(f.Data)
	if err != nil {
		return r, fmt.Errorf("%s: %w", f.Name, err)
	}
	return r, nil
}

// Sum tells whether a person has changed anything: it is that of all that a project is
// saved for, without the time, the program, how the window stands, what was measured,
// recorded and computed, and the queue, which goes on by itself and is kept over restarts.
func (p Project) Sum() string {
	p = p.WithoutFrames()
	for i := range p.Sessions {
		if l := p.Sessions[i].Landscape; l != nil {
			l.View, l.Map = nil, ProjectFile{} // they come by themselves
		}
	}
	p.Queue = nil
	p.Program, p.Saved, p.Recovers, p.Paces, p.Window = "", time.Time{}, "", nil, nil
	data, err := p.Bytes()
	if err != nil {
		return "" // it cannot be saved, which saving says
	}
	return sumOf(data)
}

// parts visits every part of the project that is a file of its own, with the name that
// it gets.
func (p *Project) parts(visit func(f *ProjectFile, kind, name string)) {
	for i := range p.Sessions {
		s := &p.Sessions[i]
		visit(&s.Recipe, partRecipe, fmt.Sprintf("recipes/%d.json", i))
		visit(&s.Picture, partPicture, fmt.Sprintf("pictures/%d.png", i))
		visit(&s.Mask, partPicture, fmt.Sprintf("masks/%d.png", i))
		visit(&s.Heat, partPicture, fmt.Sprintf("masks/%d-heat.png", i))
		for k := range s.Forks {
			visit(&s.Forks[k].Recipe, partRecipe, fmt.Sprintf("recipes/%d-fork-%d.json", i, k))
			visit(&s.Forks[k].Picture, partPicture, fmt.Sprintf("pictures/%d-fork-%d.png", i, k))
			visit(&s.Forks[k].Frames, partArrays, fmt.Sprintf("frames/%d-fork-%d%s", i, k, arraysExtension))
		}
		s.Landscape.parts(i, visit)
		if s.Walk == nil {
			continue
		}
		visit(&s.Walk.Recipe, partRecipe, fmt.Sprintf("recipes/%d-walk.json", i))
		for k := range s.Walk.Anchors {
			visit(&s.Walk.Anchors[k].Picture, partPicture, fmt.Sprintf("pictures/%d-anchor-%d.png", i, k))
		}
	}
	for i := range p.Snapshots {
		visit(&p.Snapshots[i].File, partArrays, fmt.Sprintf("snapshots/%d%s", i, ProjectExtension))
	}
	for i := range p.Queue {
		switch q := &p.Queue[i]; q.Kind {
		case "", KindSample:
			visit(&q.Recipe, partRecipe, fmt.Sprintf("recipes/queue-%d.json", i))
		case KindGrid:
			visit(&q.Grid, partGrid, fmt.Sprintf("recipes/queue-%d-grid.json", i))
		}
	}
}

// The kinds of parts: a recipe and a grid must be there, the others may be missing.
const (
	partRecipe  = "recipe"
	partGrid    = "grid"
	partPicture = "picture"
	partArrays  = "arrays"
)

// check reports what makes a project one that cannot be used: numbers that name
// nothing, recipes that cannot be read, forks without their parents.
func (p *Project) check() error {
	if n := len(p.Pictures); n > 0 && n != len(p.Favourites) {
		return fmt.Errorf("found %d favourites and the hashes of %d, want as many", len(p.Favourites), n)
	}
	for i, s := range p.Sessions {
		if s.Model < 0 || s.Model >= len(p.Models) {
			return fmt.Errorf("session %d: found model %d, want 0 to %d", i+1, s.Model, len(p.Models)-1)
		}
		known := map[int]bool{0: true}
		for _, f := range s.Forks {
			if f.ID < 1 || known[f.ID] || !known[f.Parent] || f.Step < 0 {
				return fmt.Errorf("session %d: found fork %d of %d at step %d, want forks behind their parents", i+1, f.ID, f.Parent, f.Step)
			}
			known[f.ID] = true
		}
	}
	if _, err := p.Works(); err != nil {
		return err
	}
	var wrong error
	p.parts(func(f *ProjectFile, kind, _ string) {
		if kind == partRecipe && wrong == nil {
			_, wrong = f.Recipe()
		}
	})
	return wrong
}

// ProjectVersionError says that a project was written by a newer program.
type ProjectVersionError struct {
	Found   int
	Program string // that wrote it
}

// Error names both versions.
func (e *ProjectVersionError) Error() string {
	by := "a newer program"
	if e.Program != "" {
		by += " (" + e.Program + ")"
	}
	return fmt.Sprintf("written by %s: found version %d of project files, this program reads up to %d", by, e.Found, ProjectVersion)
}

// ErrProjectChanged is the error of saving over a file that is not what it was when the
// project was read or saved last.
var ErrProjectChanged = errors.New("the file was changed by somebody else since it was read")
