//go:build !nogtk

package ui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/sqweek/dialog"
)

// newChooser asks with the desktop's own dialogs, and with Fyne's where those
// cannot be shown (GTK without a display it can use).
func newChooser(w *Window) chooser {
	folder, err := os.Getwd()
	if err != nil {
		folder = "" // the dialog begins where it likes
	}
	return &nativeChooser{instead: fyneChooser{w}, folder: folder}
}

// nativeChooser asks with the desktop's dialogs.
type nativeChooser struct {
	instead chooser
	lock    sync.Mutex // GTK is one thread's at a time
	folder  string     // where the last file was
}

var errNoDialog = errors.New("no native dialog")

// ask runs a dialog on one thread and turns its faults into errNoDialog.
func (c *nativeChooser) ask(show func() (string, error)) (path string, err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer func() {
		if p := recover(); p != nil {
			path, err = "", fmt.Errorf("%w: %v", errNoDialog, p)
		}
	}()
	path, err = show()
	if errors.Is(err, dialog.ErrCancelled) || err == nil && path == "" {
		return "", errCancelled
	}
	if err == nil {
		c.folder = filepath.Dir(path)
	}
	return path, err
}

// Open implements chooser.
func (c *nativeChooser) Open(title, kind string, extensions []string) (string, error) {
	path, err := c.ask(func() (string, error) {
		return dialog.File().Title(title).SetStartDir(c.folder).Filter(kind, extensions...).Filter("*", "*").Load()
	})
	if errors.Is(err, errNoDialog) {
		return c.instead.Open(title, kind, extensions)
	}
	return path, err
}

// Save implements chooser.
func (c *nativeChooser) Save(title, name string) (string, error) {
	path, err := c.ask(func() (string, error) {
		return dialog.File().Title(title).SetStartDir(c.folder).SetStartFile(name).Save()
	})
	if errors.Is(err, errNoDialog) {
		return c.instead.Save(title, name)
	}
	return path, err
}

// Folder implements chooser.
func (c *nativeChooser) Folder(title string) (string, error) {
	path, err := c.ask(func() (string, error) { return dialog.Directory().Title(title).SetStartDir(c.folder).Browse() })
	if errors.Is(err, errNoDialog) {
		return c.instead.Folder(title)
	}
	return path, err
}
