package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/studio"
)

type gridCmd struct {
	Checkpoint []string `arg:"" optional:"" help:"A checkpoint file or the name of a bundled model; fashion-28 where it is left out. Several with --op."`
	X          string   `help:"What changes from column to column: any knob, seed, step, label, compose or weight:CLASS, as name=values." placeholder:"NAME=VALUES"`
	Y          string   `help:"What changes from row to row, likewise; with one of the two there is one row or column." placeholder:"NAME=VALUES"`
	Seed       uint64   `help:"The seed: same seed, same pictures." default:"1"`
	Chains     int      `help:"How many chains a cell, one picture each." default:"1"`
	Sampler    string   `help:"family (the model's own), preconditioned (scales from gradients), mala (Metropolis-adjusted Langevin), hmc (Hamiltonian Monte Carlo), gibbs (diffusive: noise up, walk down) or descent (no noise)." enum:"family,preconditioned,mala,hmc,gibbs,descent" default:"family"`
	Mask       string   `help:"With --keep: white where the picture may change, black where it is kept, grey for stiff." placeholder:"PICTURE"`
	Keep       string   `help:"With --mask: the picture whose known part every chain keeps." placeholder:"PICTURE"`
	Recipe     string   `help:"The recipe of this JSON file is what the cells have in common; other flags of the sampler are then refused." placeholder:"FILE"`
	Job        string   `help:"Make the grid of this JSON file again, as grid.json beside a sheet is; flags that say what to make are then refused." placeholder:"FILE"`
	Swap       bool     `help:"Exchange columns and rows."`
	Out        string   `help:"Folder for the sheet and a picture a chain." default:"out"`
	JSON       bool     `help:"Answer in JSON."`
	queueFlag
	conditionFlags
	initialFlags
	joinFlags
	modelFlags
	settingFlags
}

func (gridCmd) Help() string {
	return `Makes a table of pictures: one recipe with one thing changed along each edge. Values are a list (0,1,2)
or a range: FROM..TO:COUNT or FROM-TO [COUNT], FROM-TO (+STEP), and 1..8 or 1-8 of whole numbers;
expressions are parted by semicolons. A step axis shows one run on its way. grid.png has all cells with
captions and mean energies, grid.json is the grid as a job (--job); every cell is saved by itself, as
r0c2.png (row 0, column 2), with the recipe that makes it again. Ctrl-C keeps the cells that are complete.

Examples:
  ebm grid cdrl.safetensors --x guidance=0,1,2,4 --y label=trouser,bag,sneaker --chains 4
  ebm grid faces.safetensors --x seed=1..6 --y "compose=hat; hat AND smile; hat AND NOT smile"
  ebm grid faces.safetensors --compose "hat AND smile" --x weight:hat=-1..1:5 --y guidance=0,2
  ebm grid --x step=0,10,20,40,60 --y seed=1..3
  ebm grid --x "step_size=0.5-2 (+0.5)" --y "seed=1-9 (+4)"
  ebm grid --job out/grid.json --swap --out again
  ebm sample faces.safetensors --from out/r0c2.png`
}

// gridCell is a cell for a script.
type gridCell struct {
	Column   int         `json:"column"`
	Row      int         `json:"row"`
	X        string      `json:"x,omitempty"`
	Y        string      `json:"y,omitempty"`
	Pictures []string    `json:"pictures"`
	Energy   *number     `json:"energy,omitempty"` // their mean
	Steps    int         `json:"steps"`
	Energies []number    `json:"energies"`
	Diverged map[int]int `json:"diverged,omitempty"` // chain: step
}

// gridMade is a grid for a script.
type gridMade struct {
	Grid     string        `json:"grid"`
	X        string        `json:"x,omitempty"` // what changes
	Y        string        `json:"y,omitempty"`
	Complete bool          `json:"complete"` // false where Ctrl-C stopped it
	Cells    []gridCell    `json:"cells"`
	Seconds  seconds       `json:"seconds"`
	Recipe   studio.Recipe `json:"recipe"` // of all cells, without what changes
}

// Run makes the grid.
func (c *gridCmd) Run(a *app) error {
	if err := c.job(); err != nil {
		return badInput(err)
	}
	if c.X == "" && c.Y == "" && c.Job == "" {
		return badInput(errors.New("found no --x and no --y, want one or both\nhint: --x seed=1..4"))
	}
	if c.Queue == "" {
		if err := checkFolder(c.Out); err != nil {
			return err
		}
	}
	o, g, err := c.asked(a)
	if err != nil {
		return err
	}
	if c.Swap {
		g = g.Swapped()
	}
	if c.Queue == "" {
		return c.make(a, o, g)
	}
	steps, err := a.studio().GridSteps(o, g)
	if err != nil {
		return badInput(err)
	}
	task := studio.GridTask{Model: studio.ProjectModel{Ref: o.Ref(), Path: o.Path}, Grid: g.File()}
	return c.put(a, studio.Work{Title: "grid " + o.Name, Task: task, Steps: steps})
}

// make makes the grid and saves it.
func (c *gridCmd) make(a *app, o *studio.Opened, g studio.Grid) error {
	var cells []gridCell
	g.Save = func(cell studio.GridCell) error {
		made, err := c.save(g, cell)
		if err == nil {
			cells = append(cells, made)
		}
		return err
	}
	job, err := a.studio().Grid(o, g, nil)
	if err != nil {
		return badInput(err)
	}
	runErr := a.follow(job.Job)
	if len(cells) == 0 { // the job is over: none is added any more
		return empty(runErr)
	}
	slices.SortFunc(cells, func(p, q gridCell) int { return (p.Row-q.Row)*studio.MaxGridCells + p.Column - q.Column })
	m := gridMade{Grid: filepath.Join(c.Out, "grid.png"), X: g.X.Name, Y: g.Y.Name, Complete: runErr == nil, Cells: cells, Recipe: job.Grid.Base}
	p := job.Progress()
	m.Seconds = seconds{p.Compile.Seconds(), p.PerStep.Seconds()}
	if err := errors.Join(job.SaveSheet(m.Grid), job.Grid.SaveFile(filepath.Join(c.Out, "grid.json"))); err != nil {
		return errors.Join(runErr, err)
	}
	return errors.Join(runErr, c.tell(a, o, g, m, p))
}

// job refuses what a job file already says.
func (c *gridCmd) job() error {
	if c.Job == "" {
		return nil
	}
	if c.X != "" || c.Y != "" || c.Recipe != "" || c.Mask != "" || c.Keep != "" || len(c.Set) > 0 || c.conditionFlags.given() || c.initialFlags.given() {
		return errors.New("--job: found edges, knobs, conditions or pictures beside it, want them in the file")
	}
	return nil
}

// asked opens the model and reads the grid, from the flags or from the job file.
func (c *gridCmd) asked(a *app) (*studio.Opened, studio.Grid, error) {
	if c.Job == "" {
		o, err := a.openRecipe(c.Recipe, c.Checkpoint, c.joinFlags, c.modelFlags)
		if err != nil {
			return nil, studio.Grid{}, err
		}
		g, err := c.grid(a, o)
		return o, g, badInput(err)
	}
	text, err := os.ReadFile(c.Job)
	if err != nil {
		return nil, studio.Grid{}, badInput(err)
	}
	file, err := studio.ParseGridFile(text)
	if err != nil {
		return nil, studio.Grid{}, badInput(fmt.Errorf("--job %s: %w", c.Job, err))
	}
	var o *studio.Opened
	switch ref := file.Recipe.Checkpoint; {
	case len(ref.Parts) > 0:
		o, err = a.assemble(ref, c.Checkpoint)
	case len(c.Checkpoint) == 0:
		o, err = a.open(ref.Name, c.modelFlags)
	default:
		o, err = a.openGiven(c.Checkpoint, c.joinFlags, c.modelFlags)
	}
	if err != nil {
		return nil, studio.Grid{}, err
	}
	g, err := file.Grid(o)
	return o, g, badInput(err)
}

// grid is what the flags ask for.
func (c *gridCmd) grid(a *app, o *studio.Opened) (g studio.Grid, err error) {
	s := sampleCmd{
		Seed: c.Seed, Chains: c.Chains, Sampler: c.Sampler, Mask: c.Mask, Keep: c.Keep, Recipe: c.Recipe,
		conditionFlags: c.conditionFlags, initialFlags: c.initialFlags, settingFlags: c.settingFlags,
	}
	axis := func(text string) bool {
		return strings.HasPrefix(text, "label=") || strings.HasPrefix(text, "compose=")
	}
	if c.Recipe == "" && (axis(c.X) || axis(c.Y)) {
		s.Guidance = nil // there are classes to guide to, but only in the cells
	}
	if g.Base, err = s.recipe(a, o); err != nil {
		return g, err
	}
	if c.Guidance != nil && s.Guidance == nil {
		if err := g.Base.Turn(o.Model, "guidance", *c.Guidance); err != nil {
			return g, fmt.Errorf("--guidance: %w", err)
		}
	}
	if c.X != "" {
		if g.X, err = studio.ReadAxis(o.Model, g.Base, c.X); err != nil {
			return g, fmt.Errorf("--x: %w", err)
		}
	}
	if c.Y != "" {
		if g.Y, err = studio.ReadAxis(o.Model, g.Base, c.Y); err != nil {
			return g, fmt.Errorf("--y: %w", err)
		}
	}
	return g, nil
}

// save writes a cell's pictures.
func (c *gridCmd) save(g studio.Grid, cell studio.GridCell) (gridCell, error) {
	paths, err := g.SaveCell(c.Out, cell)
	res := cell.Result
	m := gridCell{Column: cell.Column, Row: cell.Row, Pictures: paths, Steps: res.Steps, Energies: numbers(res.Energies), Diverged: res.Diverged}
	if e, ok := cell.Energy(); ok {
		n := number(e)
		m.Energy = &n
	}
	if len(g.X.Values) > 0 {
		m.X = g.X.Values[cell.Column].Text
	}
	if len(g.Y.Values) > 0 {
		m.Y = g.Y.Values[cell.Row].Text
	}
	return m, err
}

// tell says what was made.
func (c *gridCmd) tell(a *app, o *studio.Opened, g studio.Grid, m gridMade, p studio.Progress) error {
	var paths []string
	for _, cell := range m.Cells {
		paths = append(paths, cell.Pictures...)
		for chain, step := range cell.Diverged {
			a.note("%s: chain %d diverged at step %d: its numbers are no longer finite", g.Caption(cell.Column, cell.Row), chain+1, step)
		}
	}
	if c.JSON {
		return a.json(m)
	}
	a.say("%s: %d of %d cells, %d of %d steps; compiled in %s, then %s a step", o.Name, len(m.Cells), max(1, len(g.X.Values))*max(1, len(g.Y.Values)),
		p.Step, p.Steps, brief(m.Seconds.Compile), brief(m.Seconds.PerStep))
	for _, path := range append(shorten(paths), m.Grid) {
		a.say("wrote %s", path)
	}
	return nil
}
