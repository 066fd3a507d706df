package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// checkpointExtensions are what the file dialog offers; what a file holds is told
// by its content.
var checkpointExtensions = []string{"ckpt", "pt", "pth", "tar", "pdparams", "safetensors", "npz"}

// pictureExtensions are the pictures that can be dropped for their recipe, and
// those that cannot, to say so kindly.
var pictureExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}

const (
	recentKey = "recent"
	recentMax = 8
)

// source is a checkpoint to open: a file, or bytes the program carries.
type source struct {
	path    string
	name    string // of a bundled model
	data    []byte
	options studio.Options
	run     bool // start a run once it is open
	then    func(*session)
}

func (s source) title() string {
	if s.path == "" {
		return s.name
	}
	return filepath.Base(s.path)
}

// open reads a checkpoint in the background and shows its model.
func (w *Window) open(s source) {
	w.hideBanner()
	w.opening = append(w.opening, s.title())
	w.model.show(w.opening)
	if w.now == nil {
		w.showEmpty()
	}
	w.background(func() func() {
		o, err := w.read(s)
		return func() {
			if i := slices.Index(w.opening, s.title()); i >= 0 {
				w.opening = slices.Delete(w.opening, i, i+1)
			}
			w.opened(s, o, err)
		}
	})
}

func (w *Window) read(s source) (*studio.Opened, error) {
	if s.path == "" {
		return w.studio.OpenBytes(w.ctx, s.name, s.data, s.options)
	}
	path, err := newestCheckpoint(s.path)
	if err != nil {
		return nil, err
	}
	return w.studio.Open(w.ctx, path, s.options)
}

func (w *Window) opened(s source, o *studio.Opened, err error) {
	w.showEngine()
	if err != nil {
		w.model.show(w.opening)
		if w.now == nil {
			w.showEmpty()
		}
		if !errors.Is(err, context.Canceled) {
			w.showError(trf("%s could not be opened", s.title()), err)
		}
		return
	}
	if o.Path != "" {
		w.remember(o.Path)
	}
	h := w.sessionOf(o)
	w.switchTo(h)
	if s.run && h.job == nil && h.draws() {
		w.startRun()
	}
	if s.then != nil {
		s.then(h)
	}
}

// sessionOf is the session of an opened model, a new one where there is none.
func (w *Window) sessionOf(o *studio.Opened) *session {
	for _, h := range w.sessions {
		if h.opened == o {
			return h
		}
	}
	h := newSession(o)
	w.sessions = append(w.sessions, h)
	return h
}

// newestCheckpoint is the path itself, or for a folder (a training run) the
// newest checkpoint in it.
func newestCheckpoint(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return path, nil // what is wrong with a file is better said by the reader
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", fmt.Errorf("open folder %q: %w", path, err)
	}
	newest, when := "", int64(0)
	for _, e := range entries {
		if !slices.Contains(checkpointExtensions, strings.TrimPrefix(strings.ToLower(filepath.Ext(e.Name())), ".")) {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if t := info.ModTime().UnixNano(); newest == "" || t > when {
			newest, when = filepath.Join(path, e.Name()), t
		}
	}
	if newest == "" {
		return "", fmt.Errorf("open folder %q: found no checkpoint, want a file that ends in .%s", path, strings.Join(checkpointExtensions, ", ."))
	}
	return newest, nil
}

// dropped takes what is dropped on the window: checkpoints and folders are
// opened, a picture that this program saved gives its recipe back. The window's
// drop handler calls it, and tests do.
func (w *Window) dropped(items []fyne.URI) {
	if items = w.withoutExamples(items); len(items) == 0 {
		return
	}
	for _, u := range items {
		path := u.Path()
		if u.Scheme() != "file" {
			w.showError(trf("%s could not be opened", u.Name()), fmt.Errorf("open %q: found an address that begins with %q, want a file on this machine", u.String(), u.Scheme()+":"))
			continue
		}
		if take := w.tasks.place().folder; take != nil && isFolder(path) && take(path) {
			continue
		}
		w.openFile(path)
	}
}

// openFile opens a file as what it is: a project, a picture as the task takes it or for its
// recipe, else a checkpoint or the folder of a run.
func (w *Window) openFile(path string) {
	switch {
	case isProject(path):
		w.openProject(path)
	case slices.Contains(pictureExtensions, strings.ToLower(filepath.Ext(path))):
		if take := w.tasks.place().drop; take == nil || !take(path) {
			w.recall(path)
		}
	default:
		w.open(source{path: path})
	}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// recall sets the controls as they were when a saved picture was made.
func (w *Window) recall(path string) {
	name := filepath.Base(path)
	w.background(func() func() {
		recipe, _, _, err := studio.ReadPicture(path)
		return func() {
			if err != nil {
				w.showError(trf("%s could not be opened", name),
					fmt.Errorf("%w\n%s", err, tr("A picture can be dropped here for its settings, if this program saved it. To see chains, open a checkpoint.")))
				if w.now != nil && w.now.paint != nil {
					w.banner.offer(tr("Paint on it"), func() { w.editFile(path) })
				}
				return
			}
			h := w.sessionFor(recipe)
			if h == nil {
				w.showError(trf("The settings of %s are for another model", name),
					fmt.Errorf(tr("want %s, weights %q (SHA-256 %.12s…): open it first, then drop the picture again"), recipe.Checkpoint.Name, recipe.Checkpoint.Weights, recipe.Checkpoint.SHA256))
				return
			}
			err := h.opened.Check(recipe)
			if err == nil && recipe.Chains > maxChains {
				err = fmt.Errorf(tr("found %d chains, want at most %d in the window\nhint: ebm sample --from %q makes them without one"), recipe.Chains, maxChains, path)
			}
			if err != nil {
				w.showError(trf("The settings of %s cannot be used", name), err)
				return
			}
			h.chains.recipe, h.chains.locked, h.given = recipe.Clone(), true, given{}
			if h.paint != nil {
				h.paint.take(h.chains.recipe)
			}
			w.switchTo(h)
			if h.walking() {
				w.tasks.to(taskSample)
			}
			w.showDone(trf("The settings of %s are set", name), tr("Press Start to make it again."))
		}
	})
}

func (w *Window) sessionFor(r studio.Recipe) *session {
	if o := w.studio.Find(r.Checkpoint); o != nil {
		return w.sessionOf(o)
	}
	for _, h := range w.sessions { // of several models as one
		if o := h.opened; o.Op != "" && o.Op == r.Checkpoint.Op && o.SHA256 == r.Checkpoint.SHA256 {
			return h
		}
	}
	return nil
}

// openDialog asks for a file to open.
func (w *Window) openDialog() {
	w.choose(func() (string, error) {
		return w.chooser.Open(tr("Open a checkpoint, a project or a saved picture"), tr("Checkpoints, projects, pictures"), append(slices.Clone(checkpointExtensions), studio.ProjectExtension[1:], "png"))
	}, w.openFile)
}

// recent lists the checkpoints opened before, newest first, that still exist.
func (w *Window) recent() []string { return w.remembered(recentKey) }

func (w *Window) remember(path string) { w.rememberIn(recentKey, recentMax, path) }

// remembered are the files of a list in the preferences that still exist.
func (w *Window) remembered(list string) []string {
	return slices.DeleteFunc(w.app.Preferences().StringList(list), func(path string) bool {
		_, err := os.Stat(path)
		return errors.Is(err, fs.ErrNotExist)
	})
}

// rememberIn puts a file at the head of a list of so many.
func (w *Window) rememberIn(list string, most int, path string) {
	all := slices.DeleteFunc(w.app.Preferences().StringList(list), func(p string) bool { return p == path })
	all = append([]string{path}, all...)
	w.app.Preferences().SetStringList(list, all[:min(len(all), most)])
}

// recentMenu shows the recent checkpoints and the bundled models below a button.
func (w *Window) recentMenu(below fyne.CanvasObject) {
	var items []*fyne.MenuItem
	for _, b := range w.options.Bundled {
		items = append(items, fyne.NewMenuItem(trf("%s (comes with the program)", b.Name), func() { w.openBundled(b.Name, false) }))
	}
	if recent := w.recent(); len(recent) > 0 {
		if len(items) > 0 {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		for _, path := range recent {
			items = append(items, fyne.NewMenuItem(shortPath(path), func() { w.open(source{path: path}) }))
		}
	}
	if len(items) == 0 {
		item := fyne.NewMenuItem(tr("Nothing was opened yet"), nil)
		item.Disabled = true
		items = append(items, item)
	}
	at := w.app.Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), w.win.Canvas(), at)
}

func (w *Window) openBundled(name string, run bool) {
	for _, b := range w.options.Bundled {
		if b.Name == name {
			w.open(source{name: b.Name + ".safetensors", data: b.Data, run: run})
		}
	}
}

// shortPath is a path with the home folder as ~ and at most the last parts.
func shortPath(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if rel, err := filepath.Rel(home, path); err == nil && !strings.HasPrefix(rel, "..") {
			path = filepath.Join("~", rel)
		}
	}
	if parts := strings.Split(path, string(filepath.Separator)); len(parts) > 5 {
		path = filepath.Join("…", filepath.Join(parts[len(parts)-4:]...))
	}
	return path
}
