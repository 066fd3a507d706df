package ui

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"ebmstudio/studio"
)

// chooser asks a person for a file. Its methods wait for the answer and are
// called off the UI goroutine; errCancelled is the answer "none".
type chooser interface {
	Open(title, kind string, extensions []string) (string, error)
	Save(title, name string) (string, error)
	Folder(title string) (string, error)
}

var errCancelled = errors.New("cancelled")

// choose asks in the background and hands the answer to use on the UI goroutine.
// While one question is open another is not asked.
func (w *Window) choose(ask func() (string, error), use func(path string)) {
	if w.choosing {
		return
	}
	w.choosing = true
	w.background(func() func() {
		path, err := ask()
		return func() {
			w.choosing = false
			switch {
			case errors.Is(err, errCancelled):
			case err != nil:
				w.showError(tr("The file dialog could not be shown"), err)
			default:
				use(path)
			}
		}
	})
}

// savePicture writes the selected chain's newest picture, its recipe inside; of a model
// of the plane where all its chains are.
func (w *Window) savePicture() {
	h := w.now
	if h != nil && h.opened.Plane() {
		w.savePoints()
		return
	}
	if !w.hasPictures() {
		return
	}
	chain, job, frame := h.selected, h.job, h.seen()
	name := fmt.Sprintf("%s-seed%d-chain%d.png", fileName(h), h.ran.Seed, chain+1)
	w.save(func() (string, error) { return w.chooser.Save(tr("Save the selected picture"), name) }, func(path string) (string, error) {
		path = withExtension(path, ".png")
		res, err := job.ResultAt(frame)
		if err != nil {
			return "", err
		}
		return path, studio.SavePicture(path, res, chain)
	})
}

// savePoints writes where the chains of the plane are, in the form that the name's
// extension says.
func (w *Window) savePoints() {
	if !w.hasRun() {
		return
	}
	h := w.now
	job, name := h.job, fmt.Sprintf("%s-seed%d.csv", fileName(h), h.ran.Seed)
	w.save(func() (string, error) {
		return w.chooser.Save(tr("Save the points (.csv, .npy, .npz or .safetensors)"), name)
	}, func(path string) (string, error) {
		if filepath.Ext(path) == "" {
			path += ".csv"
		}
		res, err := job.Result()
		if err != nil {
			return "", err
		}
		return path, studio.SavePoints(path, res)
	})
}

// saveGallery writes every chain's picture and a contact sheet into a folder.
func (w *Window) saveGallery() {
	h := w.now
	if !w.hasPictures() {
		return
	}
	name := fmt.Sprintf("%s-seed%d", fileName(h), h.ran.Seed)
	job, frame, walking, frames := h.job, h.seen(), h.walking(), 0
	if walking {
		name, frames = fileName(h)+"-walk", h.walk.ranRoute.frames
	}
	w.save(func() (string, error) { return w.chooser.Folder(tr("Choose a folder for the gallery")) }, func(path string) (string, error) {
		res, err := job.ResultAt(frame)
		if err != nil {
			return "", err
		}
		dir := unusedPath(filepath.Join(path, name))
		if walking {
			return dir, saveWalk(dir, job, frames)
		}
		_, err = studio.SaveGallery(dir, res)
		return dir, err
	})
}

// saveGIF writes the run so far as an animation.
func (w *Window) saveGIF() {
	h := w.now
	if !w.hasPictures() {
		return
	}
	name := fmt.Sprintf("%s-seed%d.gif", fileName(h), h.ran.Seed)
	job, walking := h.job, h.walking()
	if walking {
		name = fileName(h) + "-walk.gif"
	}
	w.save(func() (string, error) {
		return w.chooser.Save(tr("Save the run as an animation (.gif, .apng or .y4m)"), name)
	}, func(path string) (string, error) {
		if !studio.IsAPNG(path) && !studio.IsY4M(path) {
			path = withExtension(path, ".gif")
		}
		rec := job.Recording()
		if walking { // along the frames, not along the steps
			var err error
			if rec, err = job.Along(); err != nil {
				return "", err
			}
		}
		return path, studio.SaveGIF(path, rec, studio.GIFOptions{})
	})
}

// save asks where, writes in the background and tells what came of it.
func (w *Window) save(ask func() (string, error), write func(path string) (string, error)) {
	w.choose(ask, func(path string) {
		w.showDone(tr("Saving…"), "")
		w.background(func() func() {
			saved, err := write(path)
			return func() {
				if err != nil {
					w.showError(trf("%s could not be saved", filepath.Base(path)), err)
					return
				}
				w.showDone(trf("Saved %s", filepath.Base(saved)), shortPath(saved))
				w.banner.offer(tr("Show in folder"), func() { w.showFolder(filepath.Dir(saved)) })
			}
		})
	})
}

func (w *Window) showFolder(dir string) {
	if err := w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}); err != nil {
		w.showError(tr("The folder could not be shown"), err)
	}
}

// hasPictures reports whether there is something to save, and says so if not.
func (w *Window) hasPictures() bool {
	if w.now != nil && w.now.opened.Plane() {
		w.showError(tr("Points are no pictures"), errors.New(tr("save where the chains are as a table instead (Ctrl+S)")))
		return false
	}
	return w.hasRun()
}

// hasRun reports whether a run has made something, and says so if not.
func (w *Window) hasRun() bool {
	if w.now != nil && w.now.job != nil && w.now.job.Recording().Frames() > 0 {
		return true
	}
	w.showError(tr("Nothing to save yet"), errors.New(tr("start a run first (space)")))
	return false
}

func (w *Window) showExports(on bool) {
	if w.points == nil {
		return // the toolbar is not there yet
	}
	plane := w.now != nil && w.now.opened.Plane()
	setVisible(w.points, plane)
	enable(w.points, on)
	for _, b := range w.exports {
		setVisible(b, !plane)
		if on && b.Disabled() {
			b.Enable()
		} else if !on && !b.Disabled() {
			b.Disable()
		}
	}
}

func fileName(h *session) string {
	return strings.TrimSuffix(h.opened.Model.Name, filepath.Ext(h.opened.Model.Name))
}

func withExtension(path, extension string) string {
	if strings.EqualFold(filepath.Ext(path), extension) {
		return path
	}
	return path + extension
}
