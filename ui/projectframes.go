package ui

import (
	"fmt"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
)

// frameBytes is what the recorded frames of all runs would take in a project.
func (w *Window) frameBytes() (n int64) {
	for _, h := range w.sessions {
		for _, r := range h.runs {
			n += r.job.Recording().FrameBytes()
		}
	}
	for _, m := range w.project.missing {
		for _, f := range m.session.Forks {
			n += int64(len(f.Frames.Data))
		}
	}
	return n
}

// framesInto is what puts the recorded frames of the window's runs into a snapshot of it,
// off the UI goroutine.
func (w *Window) framesInto() func(p *studio.Project) error {
	type place struct{ session, fork int }
	jobs, kept := map[place]*studio.Job{}, map[place]studio.ProjectFile{}
	for i, h := range w.sessions {
		for k, r := range h.runs {
			jobs[place{i, len(h.forks) + k}] = r.job
		}
	}
	for i, m := range w.project.missing {
		for k, f := range m.session.Forks {
			kept[place{len(w.sessions) + i, k}] = f.Frames
		}
	}
	return func(p *studio.Project) error {
		for at, f := range kept {
			p.Sessions[at.session].Forks[at.fork].Frames = f
		}
		for at, job := range jobs {
			f, err := job.FramesFile()
			if err != nil {
				return err
			}
			p.Sessions[at.session].Forks[at.fork].Frames = f
		}
		if n := p.FrameBytes(); n > studio.MaxFrameBytes {
			return fmt.Errorf(tr("found %d MB of recorded frames, want at most %d MB\nsave the project without them"), n>>20, studio.MaxFrameBytes>>20)
		}
		return nil
	}
}

// askFrames asks whether the recorded frames belong to the project, and then for its file;
// where no run has any, for the file alone.
func (w *Window) askFrames(then func()) {
	n := w.frameBytes()
	if n == 0 || w.asking != nil {
		w.project.frames = false
		then()
		return
	}
	with := ttwidget.NewCheck(trf("With the recorded frames of all runs (%s)", megabytes(n)), nil)
	with.SetToolTip(tr("The project then shows its runs at once where it is opened, every step of them. Without, it holds their recipes, which make them again."))
	with.OnChanged = func(bool) { w.win.Canvas().Unfocus() } // so that Escape closes the dialog
	with.Checked = w.project.frames && n <= studio.MaxFrameBytes
	text := widget.NewLabel(tr("Recipes, masks, forks, landscapes and snapshots are in the project in any case."))
	if n > studio.MaxFrameBytes {
		text.SetText(trf("These frames are too many for a project: it holds at most %s.", megabytes(studio.MaxFrameBytes)))
		with.Disable()
	}
	text.SizeName, text.Importance, text.Wrapping = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextWrapWord
	d := dialog.NewCustomWithoutButtons(tr("Save the project"), container.NewVBox(with, text), w.win)
	file := w.reply(tr("Choose the file…"), func() {
		w.project.frames = with.Checked
		d.Hide()
		then()
	})
	file.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{w.reply(tr("Cancel"), d.Hide), file})
	w.ask(d, true)
	d.Resize(fyne.NewSize(440, 0))
	w.win.Canvas().Focus(file)
}

// megabytes says a size.
func megabytes(n int64) string {
	if n < 1<<20 {
		return trf("%d KB", (n+1023)>>10)
	}
	return trf("%d MB", n>>20)
}

// revived are the runs of a project that came with their frames, by session and fork.
type revived map[[2]int]*studio.Job

// revive reads the recorded frames of a project, off the UI goroutine; faults says what could
// not be read.
func (w *Window) revive(p *studio.Project, models []*studio.Opened) (jobs revived, faults []string) {
	jobs = revived{}
	for i, s := range p.Sessions {
		o := models[s.Model]
		for k, f := range s.Forks {
			if o == nil || len(f.Frames.Data) == 0 || w.ctx.Err() != nil {
				continue
			}
			r, err := f.Recipe.Recipe()
			if err == nil {
				var job *studio.Job
				if job, err = w.studio.Revive(o, r, f.Frames); err == nil {
					jobs[[2]int{i, k}] = job
				}
			}
			if err != nil {
				faults = append(faults, trf("%s: %s", o.Name, err.Error()))
			}
		}
	}
	return jobs, faults
}

// replant makes the runs that came with their frames those of the session, the newest the one
// that is looked at; the others wait to be run again.
func (h *session) replant(session int, forks []studio.ProjectFork, jobs revived) {
	h.forks = nil
	at := map[int]*studio.Job{}
	for k, f := range forks {
		f.Frames = studio.ProjectFile{}
		job := jobs[[2]int{session, k}]
		if job == nil {
			if at[f.Parent] != nil {
				f.Parent = 0 // its recipe holds the whole line
			}
			h.forks = append(h.forks, f)
			continue
		}
		at[f.ID] = job
		recipe := job.Recipe()
		recipe.Fork, recipe.Acts, recipe.Engine = nil, nil, "" // as the controls stood
		h.runs = append(h.runs, forkRun{job: job, parent: at[f.Parent], recipe: recipe, title: f.Name})
	}
	if len(h.runs) == 0 {
		return
	}
	last, run := h.runs[len(h.runs)-1], h.chains
	run.job, run.ran, run.progress = last.job, last.recipe.Clone(), last.job.Progress()
	run.failureTold = run.progress.Phase == studio.Failed
	run.frames = last.job.Recording().Frames()
	run.frame, run.follow = max(0, run.frames-1), false
}

// projectName is the name that a file dialog offers.
func (w *Window) projectName() string {
	if w.project.path == "" {
		return "studio" + studio.ProjectExtension
	}
	return filepath.Base(w.project.path)
}
