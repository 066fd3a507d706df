package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

var dialogSize = fyne.NewSize(860, 580)

// fyneChooser asks with Fyne's own dialogs, inside the window.
type fyneChooser struct{ w *Window }

type answer struct {
	path string
	err  error
}

// ask shows a dialog on the UI goroutine and waits for its answer.
func (c fyneChooser) ask(show func(tell func(path string, err error))) (string, error) {
	answers := make(chan answer, 1)
	c.w.do(func() {
		show(func(path string, err error) {
			if err == nil && path == "" {
				err = errCancelled
			}
			select {
			case answers <- answer{path, err}:
			default: // a dialog answers once
			}
		})
	})
	select {
	case a := <-answers:
		return a.path, a.err
	case <-c.w.ctx.Done():
		return "", errCancelled
	}
}

// Open implements chooser.
func (c fyneChooser) Open(title, _ string, extensions []string) (string, error) {
	return c.ask(func(tell func(string, error)) {
		d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
			if f == nil {
				tell("", err)
				return
			}
			path := f.URI().Path()
			tell(path, f.Close())
		}, c.w.win)
		dotted := make([]string, len(extensions))
		for i, e := range extensions {
			dotted[i] = "." + e
		}
		d.SetFilter(storage.NewExtensionFileFilter(dotted))
		d.SetTitleText(title)
		d.Show()
		d.Resize(dialogSize) // before Show it would panic
	})
}

// Save implements chooser. Fyne's own save dialog empties the file it names
// before anything is written, so only the folder is asked for; a name that is
// taken gets a number.
func (c fyneChooser) Save(title, name string) (string, error) {
	dir, err := c.Folder(title + ": " + name)
	if err != nil {
		return "", err
	}
	return unusedPath(filepath.Join(dir, name)), nil
}

// unusedPath is the path itself or, where a file has it, the first of path-2,
// path-3, ... that is free.
func unusedPath(path string) string {
	extension := filepath.Ext(path)
	free := path
	for i := 2; ; i++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, extension), i, extension)
	}
}

// Folder implements chooser.
func (c fyneChooser) Folder(title string) (string, error) {
	return c.ask(func(tell func(string, error)) {
		d := dialog.NewFolderOpen(func(f fyne.ListableURI, err error) {
			if f == nil {
				tell("", err)
				return
			}
			tell(f.Path(), nil)
		}, c.w.win)
		d.SetTitleText(title)
		d.Show()
		d.Resize(dialogSize) // before Show it would panic
	})
}
