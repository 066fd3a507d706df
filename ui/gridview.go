package ui

import (
	"errors"
	"image"
	"image/draw"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// gridView is a window within the window: a table of pictures, the recipe of the
// controls with one thing changed along each edge.
type gridView struct {
	w       *Window
	h       *session
	edges   [2]*gridEdge // columns, rows
	chains  *widgets.Knob
	swap    *ttwidget.Button
	start   *ttwidget.Button
	stop    *ttwidget.Button
	save    *ttwidget.Button
	keep    *ttwidget.Button
	later   *ttwidget.Button
	bar     *widget.ProgressBar
	note    *widget.Label
	sheet   *canvas.Image
	empty   *widget.Label
	dialog  *dialog.CustomDialog
	asked   *question
	job     *studio.GridJob
	shown   int // cells in the sheet
	closing bool
}

// gridEdge is what changes along an edge, as text, with why it cannot be read.
type gridEdge struct {
	entry   *widgets.Entry
	problem *widget.Label
	box     fyne.CanvasObject
}

// gridChains is the largest number of pictures of a cell.
const gridChains = 16

// showGrid opens the grid of the session's recipe.
func (w *Window) showGrid() {
	h := w.now
	if h == nil || !h.draws() || h.walking() {
		return
	}
	if h.opened.Plane() {
		w.showError(tr("Points are no pictures"), errors.New(tr("a grid is a table of pictures")))
		return
	}
	w.newGrid(h).show()
}

func (w *Window) newGrid(h *session) *gridView {
	g := &gridView{w: w, h: h, bar: widget.NewProgressBar(), note: widget.NewLabel(""), shown: -1}
	g.edges = [2]*gridEdge{g.edge(tr("Columns"), "seed=1..4"), g.edge(tr("Rows"), "")}
	g.chains = widgets.NewKnob(widgets.KnobSpec{Title: tr("Pictures a cell"), Min: 1, Max: gridChains, Default: 4, Integer: true, Help: tr("Chains of every cell: the same noise in all of them, so that nothing but the edges differs")}, tr("Back to the default"))
	g.chains.OnChanged = func(float64) { g.say() }
	g.makeButtons()
	g.bar.TextFormatter = func() string { return "" }
	g.note.Wrapping, g.note.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	g.sheet = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest}
	g.empty = widget.NewLabel(tr("Say what changes along the columns and rows, and press Make. A cell is an ordinary picture with its own recipe; an axis of steps is one run on its way."))
	g.empty.Wrapping, g.empty.Alignment, g.empty.Importance = fyne.TextWrapWord, fyne.TextAlignCenter, widget.LowImportance
	return g
}

// show lays the grid out over the window.
func (g *gridView) show() {
	w, h := g.w, g.h
	side := container.NewVBox(g.edges[0].box, g.edges[1].box, container.NewHBox(g.swap), container.New(&sideMargin{left: 7, right: 4}, g.chains), g.help())
	foot := container.NewVBox(widgets.NewThinBar(g.bar), g.note, container.NewGridWithColumns(2, g.save, g.keep), g.later, container.NewGridWithColumns(2, g.stop, g.start))
	left := wide(290, container.NewBorder(nil, foot, nil, nil, container.NewVScroll(side)))
	empty := container.NewVBox(layout.NewSpacer(), g.empty, layout.NewSpacer())
	middle := widgets.NewPanel(widgets.ColorStage, 8, container.NewStack(empty, g.sheet))
	g.dialog = w.closable(trf("Grid of %s", modelTitle(h.opened)), container.NewBorder(nil, nil, left, nil, middle))
	g.asked = w.ask(g.dialog, true)
	g.asked.closed = g.closed
	size := w.win.Canvas().Size()
	g.dialog.Resize(fyne.NewSize(size.Width*0.9, size.Height*0.9))
	g.say()
}

func (g *gridView) edge(title, text string) *gridEdge {
	e := &gridEdge{entry: widgets.NewEntry(), problem: widget.NewLabel("")}
	e.entry.SetPlaceHolder(tr("nothing changes"))
	e.entry.SetToolTip(tr("What changes along this edge: a knob, the seed, the step or a weight, and its values, such as guidance=0,1,2"))
	e.entry.SetText(text)
	e.entry.OnChanged = func(string) { g.say() }
	e.problem.Wrapping, e.problem.SizeName, e.problem.Importance = fyne.TextWrapWord, theme.SizeNameCaptionText, widget.DangerImportance
	e.problem.Hide()
	var choose *ttwidget.Button
	choose = ttwidget.NewButtonWithIcon("", theme.MenuDropDownIcon(), func() { g.menu(e, choose) })
	choose.SetToolTip(tr("What can change along an edge"))
	name := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	e.box = container.NewVBox(name, container.NewBorder(nil, nil, nil, choose, e.entry), e.problem)
	return e
}

// menu offers what can change along an edge: seeds, steps, classes, weights, knobs.
func (g *gridView) menu(e *gridEdge, below fyne.CanvasObject) {
	var items []*fyne.MenuItem
	add := func(text string) { items = append(items, fyne.NewMenuItem(text, func() { e.entry.SetText(text) })) }
	add("seed=1..4")
	m := g.h.opened.Model
	if specs, err := g.h.opened.Knobs(g.h.recipe.Sampler); err == nil {
		for _, k := range specs {
			switch {
			case k.Name == "steps":
				add("step=0,5,10,20")
				fallthrough
			case !numbered.MatchString(k.Name):
				add(k.Name + "=" + widgets.FormatNumber(k.Min, k.Integer) + ".." + widgets.FormatNumber(k.Max, k.Integer) + ":4")
			}
		}
	}
	if n := len(m.Labels); n > 0 {
		add("label=" + strings.Join(m.Labels[:min(n, 4)], ","))
		for _, t := range g.h.recipe.Terms {
			if len(t.Labels) == 1 && t.Labels[0] < n {
				add("weight:" + m.Labels[t.Labels[0]] + "=-1..1:5")
			}
		}
	}
	at := g.w.app.Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), g.w.win.Canvas(), at)
}

func (g *gridView) help() fyne.CanvasObject {
	l := widget.NewLabel(tr("NAME=VALUES: a list (0,1,2), a range (0..1:5 or 0-1 [5] for five, 1-9 (+2) by a step, 1-8 for whole numbers). Names are seed, step, label, compose (expressions parted by semicolons), weight:CLASS and every knob."))
	l.Wrapping, l.SizeName, l.Importance = fyne.TextWrapWord, theme.SizeNameCaptionText, widget.LowImportance
	return l
}

func (g *gridView) makeButtons() {
	button := func(text string, icon fyne.Resource, tip string, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon(text, icon, do)
		b.SetToolTip(tip)
		return b
	}
	g.start = button(tr("Make"), theme.MediaPlayIcon(), tr("Make the cells, one after the other"), g.make)
	g.start.Importance = widget.HighImportance
	g.later = button(tr("Add to queue"), theme.ContentAddIcon(), tr("Put the grid at the end of the queue and close this; every cell's pictures are kept in the gallery"), g.enqueue)
	g.stop = button(tr("Stop"), theme.MediaStopIcon(), tr("Keep the cells that are complete"), func() {
		if g.job != nil {
			g.job.Stop()
		}
	})
	g.swap = button(tr("Swap columns and rows"), nil, tr("What changes along the columns changes along the rows, and the other way round"), func() {
		columns, rows := g.edges[0].entry.Text, g.edges[1].entry.Text
		g.edges[0].entry.SetText(rows)
		g.edges[1].entry.SetText(columns)
	})
	g.save = button(tr("Save…"), theme.DocumentSaveIcon(), tr("The sheet with captions, every cell's pictures with their recipes, and the grid as a job file (ebm grid --job), into a folder"), g.saveAll)
	g.keep = button(tr("Keep"), symbol("star"), tr("Every cell's pictures into the gallery"), g.keepAll)
}

// grid is what the entries ask for; what cannot be read is said below them.
func (g *gridView) grid() (studio.Grid, bool) {
	grid, ok := studio.Grid{Base: g.h.chains.recipe.Clone()}, true
	grid.Base.Chains = int(g.chains.Value())
	for i, e := range g.edges {
		problem := ""
		if text := strings.TrimSpace(e.entry.Text); text != "" {
			axis, err := studio.ReadAxis(g.h.opened.Model, grid.Base, text)
			if err != nil {
				problem, ok = err.Error(), false
			} else if i == 0 {
				grid.X = axis
			} else {
				grid.Y = axis
			}
		}
		if e.problem.Text != problem {
			e.problem.SetText(problem)
		}
		setVisible(e.problem, problem != "")
	}
	return grid, ok && len(grid.X.Values)+len(grid.Y.Values) > 0
}

// say tells how much there is to make, and how far it is.
func (g *gridView) say() {
	grid, ok := g.grid()
	busy := g.job != nil && !g.job.Progress().Phase.Final()
	enable(g.start, ok && !busy)
	enable(g.later, ok && !busy)
	enable(g.stop, busy)
	made := 0
	if g.job != nil {
		made = len(g.job.Cells())
	}
	enable(g.save, made > 0 && !busy)
	enable(g.keep, made > 0 && !busy)
	columns, rows := max(1, len(grid.X.Values)), max(1, len(grid.Y.Values))
	text := trf("%d × %d cells of %d pictures", columns, rows, grid.Base.Chains)
	if g.job != nil {
		p := g.job.Progress()
		if p.Steps > 0 {
			g.bar.SetValue(float64(p.Step) / float64(p.Steps))
		}
		text = trf("%d cells are complete · %s", made, phaseText(p, 0))
		if p.Err != nil {
			text = p.Err.Error()
		}
	}
	if g.note.Text != text {
		g.note.SetText(text)
	}
}

// gridTick is the time between two looks at a grid that is being made.
const gridTick = 200 * time.Millisecond

func (g *gridView) make() {
	grid, ok := g.grid()
	if !ok {
		return
	}
	job, err := g.w.studio.Grid(g.h.opened, grid, nil)
	if err != nil {
		g.note.SetText(err.Error())
		return
	}
	g.job, g.shown = job, -1
	g.asked.leave = false // what is made is not thrown away by a key
	g.say()
	g.w.busy.Add(1)
	go func() {
		defer g.w.busy.Done()
		tick := time.NewTicker(gridTick)
		defer tick.Stop()
		for over := false; !over; {
			select {
			case <-tick.C:
			case <-job.Done():
				over = true
			case <-g.w.ctx.Done():
				job.Stop()
				return
			}
			g.look(job)
		}
	}()
}

// look draws the sheet of the cells that are complete, off the UI goroutine, where
// there are more than were shown.
func (g *gridView) look(job *studio.GridJob) {
	n := len(job.Cells())
	var tight *image.RGBA
	if sheet, err := job.Sheet(); err == nil && n > 0 {
		tight = image.NewRGBA(image.Rect(0, 0, sheet.Bounds().Dx(), sheet.Bounds().Dy()))
		draw.Draw(tight, tight.Rect, sheet, sheet.Bounds().Min, draw.Src)
	}
	g.w.do(func() {
		if g.job != job || g.closing {
			return
		}
		if tight != nil && n != g.shown {
			g.shown = n
			g.empty.Hide()
			g.sheet.Image = tight
			g.sheet.Refresh()
		}
		g.say()
	})
}

func (g *gridView) closed() {
	g.closing = true
	if g.job != nil {
		g.job.Stop()
	}
}

// saveAll writes the sheet and every cell into a folder.
func (g *gridView) saveAll() {
	job := g.job
	name := fileName(g.h) + "-grid"
	g.dialog.Hide()
	g.w.save(func() (string, error) { return g.w.chooser.Folder(tr("Choose a folder for the grid")) }, func(path string) (string, error) {
		dir := unusedPath(filepath.Join(path, name))
		for _, cell := range job.Cells() {
			if _, err := job.Grid.SaveCell(dir, cell); err != nil {
				return "", err
			}
		}
		return dir, errors.Join(job.SaveSheet(filepath.Join(dir, "grid.png")), job.Grid.SaveFile(filepath.Join(dir, "grid.json")))
	})
}

// keepAll puts every cell's pictures into the gallery.
func (g *gridView) keepAll() {
	job := g.job
	g.dialog.Hide()
	g.w.gallery.open(func(l *studio.Library) {
		g.w.background(func() func() {
			var all studio.Imported
			for _, cell := range job.Cells() {
				done, err := studio.AddToLibrary(g.w.ctx, l, cell.Result)
				if err != nil {
					return func() { g.w.kept(all, err) }
				}
				all.Items, all.Known, all.Skipped = append(all.Items, done.Items...), append(all.Known, done.Known...), append(all.Skipped, done.Skipped...)
			}
			return func() { g.w.kept(all, nil) }
		})
	})
}
