package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

const (
	recentProjectsKey = "projects"
	recentProjectsMax = 5
)

func isProject(path string) bool {
	return strings.EqualFold(filepath.Ext(path), studio.ProjectExtension)
}

// openProject reads a project and shows it. What was open can be had back.
func (w *Window) openProject(path string) {
	w.hideBanner()
	w.background(func() func() {
		p, sum, err := studio.ReadProject(path)
		return func() {
			if err != nil {
				w.showError(trf("%s could not be opened", filepath.Base(path)), err)
				return
			}
			w.showProject(p, path, sum, trf("%s is open", filepath.Base(path)), true, w.settleProject)
		}
	})
}

// showProject shows a project that was read, with its queue or with the one that there is,
// and then says so.
func (w *Window) showProject(p *studio.Project, path, sum, title string, queue bool, then func()) {
	before := w.standingNow()
	before.queue = queue
	w.restore(p, queue, func(lost []string) {
		w.project.path, w.project.sum = path, sum
		w.project.clean = ""
		w.showTitle()
		if path != "" {
			w.rememberProject(path)
		}
		then()
		if len(lost) > 0 {
			w.showError(trf("%s, but not all of it", title), errors.New(strings.Join(lost, "\n")+"\n"+tr("What could not be shown stays in the project when it is saved.")))
		} else {
			w.showDone(title, "")
		}
		if len(before.sessions) > 0 {
			w.banner.offer(tr("Back to what was open"), func() { w.hideBanner(); w.goBack(before) })
		}
	})
}

// left is a window's content that another project has replaced.
type left struct {
	sessions []*session
	now      *session
	project  projects
	works    []studio.Work
	queue    bool // these were replaced too
}

func (w *Window) standingNow() left {
	return left{sessions: slices.Clone(w.sessions), now: w.now, project: w.project, works: w.jobs.works()}
}

// goBack shows what was open before; its runs were stopped, what they made is kept.
func (w *Window) goBack(b left) {
	w.sessions = b.sessions
	journal := w.project.journal
	w.project = b.project
	w.project.journal = journal
	if b.queue {
		w.jobs.replace(b.works)
	}
	if b.now != nil {
		w.switchTo(b.now)
	}
}

// settleProject notes that what the window shows is what the project's file holds.
func (w *Window) settleProject() {
	take := w.snapshot()
	w.background(func() func() {
		clean := take().Sum()
		return func() { w.project.clean = clean; w.showTitle() }
	})
}

// projectEdited reports whether the project was changed since it was saved or opened.
func (w *Window) projectEdited() bool { return w.snapshot()().Sum() != w.project.clean }

// saveProject saves the project into its file, or asks for one.
func (w *Window) saveProject() {
	if w.project.path == "" {
		w.saveProjectAs()
		return
	}
	w.writeProject(w.project.path, w.project.sum, false, nil)
}

func (w *Window) saveProjectAs() {
	w.askFrames(func() {
		w.choose(func() (string, error) { return w.chooser.Save(tr("Save the project"), w.projectName()) }, func(path string) {
			path = withExtension(path, studio.ProjectExtension)
			expect := ""
			if path == w.project.path {
				expect = w.project.sum
			}
			w.writeProject(path, expect, false, nil)
		})
	})
}

// writeProject saves the project; a file that is not what it was is written over only
// when the person says so. then, which may be nil, is called once it is saved.
func (w *Window) writeProject(path, expect string, force bool, then func()) {
	take, names := w.snapshot(), w.gallery.library.open()
	frames := func(*studio.Project) error { return nil }
	if w.project.frames {
		frames = w.framesInto()
	}
	w.background(func() func() {
		p := take()
		full := frames(&p)
		p.Recovers = ""
		if names != nil {
			_ = p.StarsOf(w.ctx, names) // a library that cannot be read keeps what was known
		}
		sum, err := "", full
		if err == nil {
			sum, err = studio.SaveProject(path, p, expect, force)
		}
		clean := p.Sum()
		return func() {
			if err != nil {
				w.notSaved(path, err, then)
				return
			}
			w.project.path, w.project.sum, w.project.clean, w.project.stars = path, sum, clean, p.Stars
			w.rememberProject(path)
			w.showTitle()
			w.showDone(tr("The project is saved"), shortPath(path))
			if then != nil {
				then()
			}
		}
	})
}

func (w *Window) notSaved(path string, err error, then func()) {
	title := tr("The project could not be saved")
	switch {
	case errors.Is(err, studio.ErrProjectChanged):
		err = fmt.Errorf("%w\n%s", err, tr("Overwriting keeps what is there now as a backup; Save as… takes another name."))
	case errors.Is(err, fs.ErrExist):
		err = fmt.Errorf(tr("there is a file %s already\nOverwriting keeps it as a backup; Save as… takes another name."), shortPath(path))
	default:
		w.showError(title, err)
		return
	}
	w.showError(title, err)
	w.banner.offer(tr("Overwrite"), func() { w.hideBanner(); w.writeProject(path, "", true, then) })
}

// recentProjects are those opened or saved before that still exist, newest first.
func (w *Window) recentProjects() []string { return w.remembered(recentProjectsKey) }

func (w *Window) rememberProject(path string) {
	w.rememberIn(recentProjectsKey, recentProjectsMax, path)
}

// showTitle names the project and the model in the window's title.
func (w *Window) showTitle() {
	title := "EBM Studio"
	if w.project.path != "" {
		title = strings.TrimSuffix(filepath.Base(w.project.path), studio.ProjectExtension) + " – " + title
	}
	if w.now != nil {
		title = modelTitle(w.now.opened) + " – " + title
	}
	w.win.SetTitle(title)
}

// quit ends the program. A project that was changed is saved first if the person wants
// that; what has no file yet is kept as "what was open last time".
func (w *Window) quit() {
	if w.project.path == "" || !w.projectEdited() {
		w.app.Quit()
		return
	}
	text := widget.NewLabel(trf("%s has changed since it was saved.", filepath.Base(w.project.path)))
	d := dialog.NewCustomWithoutButtons(tr("Save the project?"), text, w.win)
	save := w.reply(tr("Save"), func() {
		d.Hide()
		w.writeProject(w.project.path, w.project.sum, false, w.app.Quit)
	})
	save.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{
		w.reply(tr("Cancel"), d.Hide),
		w.reply(tr("Leave without saving"), func() { d.Hide(); w.app.Quit() }),
		save,
	})
	w.ask(d, true)
	w.win.Canvas().Focus(save)
}

// putStars gives the pictures of the library the stars that the project came with.
func (w *Window) putStars() {
	p := studio.Project{Stars: w.project.stars}
	w.gallery.open(func(l *studio.Library) {
		w.background(func() func() {
			done, err := p.PutStars(w.ctx, l)
			return func() {
				if err != nil {
					w.showError(tr("The stars could not be put into the library"), err)
					return
				}
				w.showDone(done.Said(), "")
				w.gallery.ask()
			}
		})
	})
}
