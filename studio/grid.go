package studio

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Limits of a grid. The pictures are those of all chains of all cells.
const (
	MaxGridCells    = 1024
	MaxGridPictures = 4096
)

// Grid is a table of pictures: a base recipe with one thing changed along each of two
// edges. A cell is that recipe's ordinary pictures, made alone, so that nothing else
// differs from cell to cell: chains of one seed get the same noise in all of them.
type Grid struct {
	Base Recipe
	X, Y Axis // of one without values there is only one column or row
	// Save, which may be nil, is told of every cell that is complete, from the lane's
	// goroutine; its error ends the job.
	Save func(GridCell) error
}

// GridCell is a cell that is complete: its pictures, and the recipe that makes them
// again.
type GridCell struct {
	Column, Row int // counted from 0
	Result      Result
}

// Energy is the mean energy of the cell's pictures; ok is false where none is known.
func (c GridCell) Energy() (mean float64, ok bool) {
	n := 0
	for _, e := range c.Result.Energies {
		if v := float64(e); finite(v) {
			mean, n = mean+v, n+1
		}
	}
	return mean / float64(max(1, n)), n > 0
}

// GridJob is a grid that is being made. Its Progress counts the steps of all runs.
type GridJob struct {
	*Job
	Grid Grid

	opened   *Opened
	cellLock sync.Mutex // guards cells
	cells    []GridCell
}

// Cells are those that are complete so far, in the order in which they were made.
func (g *GridJob) Cells() []GridCell {
	g.cellLock.Lock()
	defer g.cellLock.Unlock()
	return slices.Clone(g.cells)
}

// gridRun is a run that a grid needs, and the cells that it fills: one, or all that
// ask for pictures on its way.
type gridRun struct {
	recipe Recipe
	places []gridPlace
	limit  int // steps to walk
}

type gridPlace struct{ column, row, step int }

// Grid puts the runs of a grid into the lane as one job and returns at once. Everything
// that can be known to be wrong with a cell is an error before the first run: unknown
// values, too many cells, a step beyond a run.
func (s *Studio) Grid(o *Opened, g Grid, notify func()) (*GridJob, error) {
	job, err := s.gridJob(o, g, notify)
	if err == nil {
		job.start()
	}
	return job, err
}

// gridJob is the job of Grid before it is in the lane.
func (s *Studio) gridJob(o *Opened, g Grid, notify func()) (*GridJob, error) {
	g.Base = g.Base.Clone()
	g.Base.Checkpoint = o.Ref()
	runs, err := g.runs(o)
	if err != nil {
		return nil, fmt.Errorf("grid: %w", err)
	}
	job := &GridJob{Grid: g, opened: o}
	job.Job = s.newJob("grid "+o.Name, urgencyRender, notify, func(j *Job, yield func() bool) error {
		before := 0
		for _, run := range runs {
			if err := job.walk(s, run, before, yield); err != nil {
				return fmt.Errorf("grid %s: %w", o.Name, err)
			}
			if j.ctx.Err() != nil {
				return nil // stopped: complete cells are kept
			}
			before += run.limit
		}
		return nil
	})
	job.steps = stepsOf(runs)
	return job, nil
}

// GridSteps is how many steps a grid takes in all; the errors are those of Grid.
func (s *Studio) GridSteps(o *Opened, g Grid) (int, error) {
	runs, err := g.runs(o)
	if err != nil {
		return 0, fmt.Errorf("grid: %w", err)
	}
	return stepsOf(runs), nil
}

func stepsOf(runs []gridRun) (n int) {
	for _, run := range runs {
		n += run.limit
	}
	return n
}

// runs are the runs that fill the grid, each checked.
func (g Grid) runs(o *Opened) ([]gridRun, error) {
	switch columns, rows := max(1, len(g.X.Values)), max(1, len(g.Y.Values)); {
	case o.Plane():
		return nil, fmt.Errorf("%s is a model of points, want one of pictures", o.Name)
	case len(g.X.Values)+len(g.Y.Values) == 0:
		return nil, errors.New("found no axis, want one or two")
	case g.X.Name == g.Y.Name || g.X.shapes() && g.Y.shapes():
		return nil, fmt.Errorf("found the axes %s and %s, want two that change different things", g.X.Name, g.Y.Name)
	case (g.X.shapes() || g.Y.shapes()) && len(g.Base.Terms) > 0:
		return nil, errors.New("found classes beside an axis of classes, want them on the axis alone")
	case columns*rows > MaxGridCells:
		return nil, fmt.Errorf("found %d x %d cells, want at most %d", columns, rows, MaxGridCells)
	case columns*rows*g.Base.Chains > MaxGridPictures:
		return nil, fmt.Errorf("found %d x %d cells of %d chains, want at most %d pictures", columns, rows, g.Base.Chains, MaxGridPictures)
	}
	if _, err := g.sheetFor(o.Model); err != nil {
		return nil, err
	}
	var runs []gridRun
	for _, p := range g.order() {
		run, err := g.runOf(o, p.column, p.row)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Caption(p.column, p.row), err)
		}
		runs = append(runs, run)
	}
	return g.merged(runs), nil
}

// order are the cells as they are made: row by row, or column by column where what
// changes along the rows costs more to change.
func (g Grid) order() (all []gridPlace) {
	columns, rows := max(1, len(g.X.Values)), max(1, len(g.Y.Values))
	for i := range columns * rows {
		p := gridPlace{column: i % columns, row: i / columns}
		if g.X.cost() > g.Y.cost() {
			p = gridPlace{column: i / rows, row: i % rows}
		}
		all = append(all, p)
	}
	return all
}

// Swapped is the grid with its edges exchanged.
func (g Grid) Swapped() Grid {
	g.X, g.Y = g.Y, g.X
	return g
}

// runOf is the run of a cell alone.
func (g Grid) runOf(o *Opened, column, row int) (gridRun, error) {
	r, place := g.Base.Clone(), gridPlace{column, row, allSteps}
	turned := g.valuesOf(column, row)
	// What the pictures show comes first: its weights and its guidance need it.
	slices.SortStableFunc(turned, func(a, b axisPlace) int { return rank(a.axis) - rank(b.axis) })
	for _, t := range turned {
		if err := t.value.turn(&r); err != nil {
			return gridRun{}, err
		}
		if t.axis.Name == axisStep {
			place.step = t.value.step
		}
		if t.axis.Name == "guidance" && len(r.Terms) == 0 {
			return gridRun{}, errors.New("found no class to guide to\nhint: name one with --label or --compose, or on the other axis")
		}
	}
	if err := o.Check(r); err != nil {
		return gridRun{}, err
	}
	plan, err := planOf(o.Model, r)
	if err != nil {
		return gridRun{}, err
	}
	n := plan.Steps()
	if place.step > n {
		return gridRun{}, fmt.Errorf("found a step beyond the run, which has %d", n)
	}
	if place.step == allSteps {
		place.step = n
	}
	return gridRun{r, []gridPlace{place}, place.step}, nil
}

// rank orders what is changed in a recipe.
func rank(a Axis) int {
	if a.shapes() {
		return 0
	}
	return 1
}

type axisPlace struct {
	axis  Axis
	value AxisValue
}

// valuesOf are the places of a cell on the axes that there are.
func (g Grid) valuesOf(column, row int) (all []axisPlace) {
	if column < len(g.X.Values) {
		all = append(all, axisPlace{g.X, g.X.Values[column]})
	}
	if row < len(g.Y.Values) {
		all = append(all, axisPlace{g.Y, g.Y.Values[row]})
	}
	return all
}

// Caption is a cell in words: "guidance 2, label coat".
func (g Grid) Caption(column, row int) string {
	text := ""
	for i, p := range g.valuesOf(column, row) {
		if i > 0 {
			text += ", "
		}
		text += p.axis.Title() + " " + p.value.Text
	}
	return text
}

// merged makes one run of those that differ in nothing but the step.
func (g Grid) merged(runs []gridRun) []gridRun {
	var key func(gridPlace) int
	switch axisStep {
	case g.X.Name:
		key = func(p gridPlace) int { return p.row }
	case g.Y.Name:
		key = func(p gridPlace) int { return p.column }
	default:
		return runs
	}
	var all []gridRun
	at := map[int]int{}
	for _, run := range runs {
		k := key(run.places[0])
		i, known := at[k]
		if !known {
			at[k] = len(all)
			all = append(all, run)
			continue
		}
		all[i].places = append(all[i].places, run.places...)
		all[i].limit = max(all[i].limit, run.limit)
	}
	return all
}

// walk walks one run as a job within the job, which keeps no more of its way than the
// cells need.
func (g *GridJob) walk(s *Studio, run gridRun, before int, yield func() bool) error {
	m := g.opened.Model
	inner := &Job{title: g.title, ctx: g.ctx, recipe: run.recipe, recording: newRecording(run.recipe.Chains, m.C, m.H, m.W, m.Lo, m.Hi, 0)}
	compiled := g.Progress().Compile
	inner.notify = func() { g.follow(inner, before, compiled) }
	taken := map[int]Result{}
	w := walk{job: inner, opened: g.opened, recipe: run.recipe, limit: run.limit, stops: run.steps()}
	calls := 0
	w.yield = func() bool {
		calls++
		// A generator's pictures are step 0; what they are made of is not.
		if at := inner.recording.at(); at < run.limit && (calls > 1 || !generates(w.plan)) && run.asks(at) {
			if _, have := taken[at]; !have {
				taken[at], _ = inner.Result() // there are pictures: at is their step
			}
		}
		return yield()
	}
	err := w.run(s)
	if err == nil && g.ctx.Err() == nil {
		taken[run.limit], err = inner.Result()
	}
	return errors.Join(err, g.keep(run, taken, inner.recording))
}

func (run gridRun) asks(step int) bool { return slices.Contains(run.steps(), step) }

// steps are those after which the run's cells are.
func (run gridRun) steps() []int {
	steps := make([]int, len(run.places))
	for i, p := range run.places {
		steps[i] = p.step
	}
	return steps
}

// follow shows the progress of a run as the grid's.
func (g *GridJob) follow(inner *Job, before int, compiled time.Duration) {
	p := inner.Progress()
	g.Job.lock.Lock()
	g.phase, g.step, g.compile = p.Phase, before+p.Step, compiled+p.Compile
	if p.PerStep > 0 {
		g.perStep = p.PerStep
	}
	g.Job.lock.Unlock()
	g.notify()
}

// keep makes cells of what a run has left. The energies of pictures on the way are
// those that the step from them found.
func (g *GridJob) keep(run gridRun, taken map[int]Result, rec *Recording) error {
	for _, p := range run.places {
		res, ok := taken[p.step]
		if !ok {
			continue
		}
		if p.step < run.limit {
			res.Energies = rec.valuesAt("energy", p.step)
		}
		cell := GridCell{p.column, p.row, res}
		g.cellLock.Lock()
		g.cells = append(g.cells, cell)
		g.cellLock.Unlock()
		if g.Grid.Save != nil {
			if err := g.Grid.Save(cell); err != nil {
				return err
			}
		}
	}
	return nil
}

// SaveCell writes a cell's pictures into a folder, each with its recipe inside:
// "r0c2.png" is row 0, column 2, "r0c2-001.png" its second chain where there are
// several. It writes all or none and returns the files.
func (g Grid) SaveCell(dir string, cell GridCell) (paths []string, err error) {
	digits := func(n int) int { return len(strconv.Itoa(max(1, n) - 1)) }
	name := fmt.Sprintf("r%0*dc%0*d", digits(len(g.Y.Values)), cell.Row, digits(len(g.X.Values)), cell.Column)
	var files []outFile
	for chain := range cell.Result.Pictures.N {
		path := filepath.Join(dir, name+".png")
		if cell.Result.Pictures.N > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s-%0*d.png", name, max(3, digits(cell.Result.Pictures.N)), chain))
		}
		data, err := encodePicture(cell.Result, chain, nil)
		if err != nil {
			return nil, fmt.Errorf("save %q: %w", path, err)
		}
		files, paths = append(files, outFile{path, data}), append(paths, path)
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	return paths, writeFiles(files...)
}
