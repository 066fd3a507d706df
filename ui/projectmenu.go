package ui

import (
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// projectMenu offers what is done with all that is open, below a button.
func (w *Window) projectMenu(below fyne.CanvasObject) {
	item := func(text, key string, do func(), on bool) *fyne.MenuItem {
		if key = w.keys.shown(key); key != "" {
			text = trf("%s (%s)", text, key)
		}
		m := fyne.NewMenuItem(text, do)
		m.Disabled = !on
		return m
	}
	items := []*fyne.MenuItem{
		item(tr("Open a project…"), "", w.openProjectDialog, true),
		item(tr("Save the project"), keySaveProject, w.saveProject, true),
		item(tr("Save the project as…"), "", w.saveProjectAs, true),
		item(tr("Snapshots…"), "", w.showSnapshots, true),
	}
	if recent := w.recentProjects(); len(recent) > 0 {
		items = append(items, fyne.NewMenuItemSeparator())
		for _, path := range recent {
			items = append(items, item(shortPath(path), "", func() { w.openProject(path) }, true))
		}
	}
	if last := w.lastFile(); last != "" {
		items = append(items, item(tr("What was open last time"), "", func() { w.openLast(last) }, true))
	}
	if w.now != nil && len(w.now.forks) > 0 {
		items = append(items, item(trf("Run the project's %d runs again", len(w.now.forks)), "", w.regrow, true))
	}
	if n := len(w.project.stars.Favourites); n > 0 {
		items = append(items, item(trf("Put the project's %d stars into the library", n), "", w.putStars, true))
	}
	asks := w.now != nil && w.now.draws()
	items = append(
		items, fyne.NewMenuItemSeparator(),
		item(tr("Add this run to the queue"), keyEnqueue, w.enqueue, asks),
		item(tr("The queue"), keyQueue, w.toggleQueue, true),
		fyne.NewMenuItemSeparator(),
		item(tr("Copy as a command line"), keyCommand, w.copyCommand, asks),
		item(tr("Copy as a recipe (JSON)"), "", w.copyRecipe, asks),
	)
	at := w.app.Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), w.win.Canvas(), at)
}

func (w *Window) openProjectDialog() {
	w.choose(func() (string, error) {
		return w.chooser.Open(tr("Open a project"), tr("Projects"), []string{studio.ProjectExtension[1:]})
	}, w.openProject)
}

// lastFile is where the window's content of the last time is, where there is such.
func (w *Window) lastFile() string {
	if w.options.State == "" {
		return ""
	}
	path := filepath.Join(w.options.State, "last"+studio.ProjectExtension)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// openLast shows what was open when the window was closed last; it is no project of the
// person's, so saving asks for a file.
func (w *Window) openLast(path string) {
	w.background(func() func() {
		p, _, err := studio.ReadProject(path)
		return func() {
			if err != nil {
				w.showError(tr("What was open last time could not be read"), err)
				return
			}
			// Its queue came back by itself.
			w.showProject(p, "", "", tr("As it was last time"), false, func() {})
		}
	})
}

// said is the recipe looked at, that of the newest run where the controls have not
// changed since.
func (h *session) said() studio.Recipe {
	if h.job != nil && !h.draft && !h.edited() {
		return h.job.Recipe()
	}
	return h.recipe.Clone()
}

// recipeNow is what a start would run.
func (w *Window) recipeNow() (studio.Recipe, error) {
	h := w.now
	r := h.said()
	if h.walking() && r.Engine == "" {
		if err := h.walk.route.interpolation().Ask(h.opened.Model, &r); err != nil {
			return r, err
		}
	}
	return r, h.opened.Check(r)
}

// copyCommand puts a command line that makes the same pictures on the clipboard.
func (w *Window) copyCommand() { w.copySaid(tr("Command line copied"), studio.Command) }

// copyRecipe puts the recipe itself there.
func (w *Window) copyRecipe() {
	w.copySaid(tr("Recipe copied"), func(_ *studio.Opened, r studio.Recipe) string { return string(r.JSON()) })
}

func (w *Window) copySaid(title string, say func(*studio.Opened, studio.Recipe) string) {
	h := w.now
	if h == nil || !h.draws() {
		return
	}
	r, err := w.recipeNow()
	if err != nil {
		w.showError(tr("This cannot be said in code"), err)
		return
	}
	text := say(h.opened, r)
	w.app.Clipboard().SetContent(text)
	if len(text) > 160 {
		text = tr("paste it into a terminal or a file")
	}
	w.showDone(title, text)
}
