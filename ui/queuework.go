package ui

import (
	"cmp"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// jobLine is a job in words.
func jobLine(i studio.QueueLine) widgets.Job {
	j := widgets.Job{ID: i.ID, Title: i.Title, Done: -1, Turn: theme.MediaPauseIcon(), TurnTip: tr("Pause it; the next one goes first (space)"), Importance: widget.LowImportance}
	if p := i.Progress; p.Steps > 0 && !i.State.Ended() {
		j.Done = float64(p.Step) / float64(p.Steps)
	}
	takes := ""
	if i.Takes > 0 {
		takes = trf(" · %s", seconds(i.Takes))
	}
	switch i.State {
	case studio.QueueRunning:
		j.Text, j.Importance = stepText(i)+takes, widget.MediumImportance
		if i.Progress.Phase == studio.Compiling || i.Progress.Phase == studio.Opening {
			j.Text = tr("the engine compiles the model")
		}
	case studio.QueueWaiting:
		j.Text = tr("waits") + takes
		if i.Begins > 0 {
			j.Text = trf("begins in %s", seconds(i.Begins)) + takes
		}
	case studio.QueuePaused:
		j.Text, j.Turn, j.TurnTip = tr("paused")+takes, theme.MediaPlayIcon(), tr("Let it take its turn again (space)")
	case studio.QueueDone:
		j.Text, j.Turn, j.TurnTip, j.Importance = doneText(i.Work), theme.ViewRefreshIcon(), tr("Run it again (space)"), widget.SuccessImportance
	case studio.QueueStopped:
		j.Text, j.Turn, j.TurnTip = tr("stopped; what it made is kept"), theme.ViewRefreshIcon(), tr("Run it again (space)")
	case studio.QueueFailed:
		j.Text, j.Turn, j.TurnTip, j.Importance = i.Why, theme.ViewRefreshIcon(), tr("Try it again (space)"), widget.DangerImportance
	}
	return j
}

// stepText is how far a job is that runs.
func stepText(i studio.QueueLine) string {
	switch i.Task.(type) {
	case studio.TrainTask:
		return trf("iteration %d of %d", i.Progress.Step, i.Steps)
	case studio.ExportTask:
		return trf("%d of %d pictures", min(i.Progress.Step, i.Steps-1), i.Steps-1)
	}
	return trf("step %d of %d", i.Progress.Step, i.Steps)
}

// doneText says where that is what a job has made.
func doneText(w studio.Work) string {
	text := tr("done, kept in the gallery")
	switch t := w.Task.(type) {
	case studio.TrainTask:
		text = trf("done, in %s", shortPath(t.Request.Options.Dir))
	case studio.ExportTask:
		text = trf("done, in %s", shortPath(t.To))
	case studio.SampleTask:
		if t.Into != "" {
			text = trf("done, in %s", shortPath(t.Into))
		}
	case studio.GridTask:
		if t.Into != "" {
			text = trf("done, in %s", shortPath(t.Into))
		}
	}
	if w.Why != "" {
		text += "; " + w.Why
	}
	return text
}

// put adds a job and shows the queue.
func (p *queuePanel) put(w studio.Work) {
	p.queue.Add(w)
	p.reveal(true)
}

// enqueue puts what a start would run at the end of the queue.
func (w *Window) enqueue() {
	h := w.now
	if h == nil || !h.draws() {
		return
	}
	if bad := w.controls.invalid(); bad != "" {
		w.showError(tr("A setting cannot be used"), errors.New(bad))
		return
	}
	again := slices.ContainsFunc(w.jobs.queue.Works(), func(q studio.Work) bool {
		t, ok := q.Task.(studio.SampleTask)
		return ok && reflect.DeepEqual(t.Recipe, h.recipe)
	})
	if !h.locked && !h.walking() && (again || h.job != nil && !h.edited()) {
		h.recipe.Seed = w.seedAfter(h.recipe.Seed) // as a start would
		w.controls.showSeed()
	}
	r, err := w.recipeNow()
	if err != nil {
		w.showError(tr("The run cannot be queued"), err)
		return
	}
	r.Engine = ""
	steps, err := h.opened.Steps(r)
	if err != nil {
		w.showError(tr("The run cannot be queued"), err)
		return
	}
	title := trf("seed %d · %d chains · %s", r.Seed, r.Chains, strings.TrimSuffix(h.opened.Name, filepath.Ext(h.opened.Name)))
	if r.Expression != "" {
		title = trf("%s · %s", r.Expression, title)
	}
	w.jobs.put(studio.Work{Title: title, Task: studio.SampleTask{Model: projectModel(h.opened), Recipe: r}, Steps: steps})
}

// enqueue puts the grid at the end of the queue; its pictures go into the gallery.
func (g *gridView) enqueue() {
	grid, ok := g.grid()
	if !ok {
		return
	}
	steps, err := g.w.studio.GridSteps(g.h.opened, grid)
	if err != nil {
		g.note.SetText(err.Error())
		return
	}
	axes := strings.Join(slices.DeleteFunc([]string{grid.X.Text, grid.Y.Text}, func(s string) bool { return s == "" }), " × ")
	title := trf("Grid %s · %s", axes, strings.TrimSuffix(g.h.opened.Name, filepath.Ext(g.h.opened.Name)))
	g.dialog.Hide()
	g.w.jobs.put(studio.Work{Title: title, Task: studio.GridTask{Model: projectModel(g.h.opened), Grid: grid.File()}, Steps: steps})
}

// enqueue puts the training that the form asks for at the end of the queue.
func (v *trainer) enqueue() {
	if missing := v.missing(); missing != "" {
		v.w.banner.show(missing, "", theme.InfoIcon(), widget.WarningImportance)
		return
	}
	r := v.request()
	if dir, err := filepath.Abs(r.Options.Dir); err == nil {
		r.Options.Dir = dir
	}
	taken := slices.ContainsFunc(v.w.jobs.queue.Works(), func(w studio.Work) bool {
		t, ok := w.Task.(studio.TrainTask)
		return ok && !w.State.Ended() && t.Request.Options.Dir == r.Options.Dir
	})
	if taken || v.run.active() && v.run.request.Options.Dir == r.Options.Dir {
		v.w.showError(tr("The training cannot be queued"), errors.New(trf("%s is the folder of another training that waits or runs; name another one", shortPath(r.Options.Dir))))
		return
	}
	t := studio.TrainTask{Request: r}
	steps := t.Iterations()
	if f := v.fields["iterations"]; f != nil && steps == 0 {
		steps = (studio.TrainTask{Request: studio.TrainRequest{Settings: map[string]string{"iterations": f.value()}}}).Iterations()
	}
	v.w.hideBanner()
	v.w.jobs.put(studio.Work{Title: trf("Train %s", v.runTitle(r)), Task: t, Steps: steps})
}

// runTitle is a training for people: "CDRL on moons".
func (v *trainer) runTitle(r studio.TrainRequest) string {
	return trf("%s on %s", v.titleOf(r.Family), sourceName(cmp.Or(r.Data, "fashion")))
}

// follow shows the training of the queue that runs, where the window trains nothing else.
func (v *trainer) follow(items []studio.QueueLine) {
	if v.run.active() {
		return
	}
	for _, i := range items {
		t, ok := i.Task.(studio.TrainTask)
		job := v.w.jobs.queue.Job(i.ID)
		if !ok || job == nil || i.State.Ended() || v.run != nil && v.run.job == job {
			continue
		}
		v.watchRun(&trainRun{request: t.Request, opening: -1, title: v.runTitle(t.Request), job: job, queued: i.ID})
		return
	}
}

// later puts an export of pictures at the end of the queue.
func (g *gallery) later(paths []string, to string, as studio.SelectionFormat) {
	title := several(len(paths), trf("Export a picture · %s", filepath.Base(to)), trf("Export %d pictures · %s", len(paths), filepath.Base(to)))
	g.w.jobs.put(studio.Work{Title: title, Task: studio.ExportTask{Paths: paths, To: to, As: as, Title: tr("Gallery")}, Steps: len(paths) + 1})
}
