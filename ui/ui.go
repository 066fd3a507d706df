// Package ui is the studio's window. It holds widgets and what a person has
// chosen; everything else is package studio's, which it calls off the UI
// goroutine. What comes back reaches widgets through one function (dispatch.go).
//
//	window.go    the layout, and Window, which holds the parts together
//	toolbar.go   the line above everything, which narrow windows fold
//	tasks.go     what the window is used for: a task switches the middle and the knobs
//	open.go      opening checkpoints: by path, dialog, drop, recent list
//	session.go   an opened model with its recipe and its run
//	runmemory.go recordings within a budget of memory, the rest on the disk
//	run.go       start, pause, stop, progress
//	feed.go      from a running job to pictures and curves, off the UI goroutine
//	stage.go     pictures, scrubber, curves; walk.go through what was recorded
//	plane.go     points of the plane on their density, in place of pictures
//	controls.go  sampler, seed, chains; knobs.go the sampler's knobs
//	classes.go   what the pictures are to show: attributes, classes; expressions.go as text
//	mixer.go     composing: weights that the chains follow, the ledger; mix.go several models
//	             as one; concepts.go the list on the left
//	interpolate.go walks between latents; anchors.go and route.go where they go
//	latentplane.go a latent dragged between anchors; conceptlibrary.go concepts of one's own
//	landscape.go the energy on a plane; its parts are in landscape_*.go
//	gridview.go  a table of pictures with one thing changed along each edge
//	given.go     a picture and a mask: image to image, inpainting
//	inpaint.go   painting the mask: the view; tools.go, answers.go and inpaintkeys.go its parts,
//	             painted.go the picture, the mask and their history
//	gallery_view.go the library of kept pictures; its parts are in gallery_*.go
//	model.go     the model panel; tensors.go the tensor table
//	help.go      the guide and the keys, searched; tour.go a walk through the window,
//	             lessons.go walks through the classroom; keys.go
//	projects.go  all that is open as a project and back; projectfile.go its file, recovery.go
//	             what a crash leaves, projectmenu.go the menu and the run said in code
//	queue.go     runs that wait; preferences.go; bindings.go keys chosen anew
//	readout.go   the line that says how fast it goes and what it takes
//	language.go  texts in the person's language
//	export.go    pictures, galleries and animations on disk
package ui

import (
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

// AppID names the program to the desktop; preferences are kept under it.
const AppID = "io.ebmstudio.studio"

// Options are what the program's start decides.
type Options struct {
	Studio  *studio.Studio
	Version string
	Path    string              // a checkpoint to open first; empty: the first bundled one
	Bundled []resources.Bundled // the models the program carries
	Started time.Time           // when the program started
	Engines []string            // the engines a person may prefer, best first
	// Prefer, where not nil, is told before the studio opens its engine which one the
	// person prefers, empty: the best that works; and how many threads, 0: all.
	Prefer func(engine string, threads int)
	// State is the folder of recovery files and of what was open last; empty: nothing is
	// kept there.
	State string
	// Cache is the folder of temporary files for frames of runs that are not looked at;
	// empty: those are thinned instead.
	Cache string
	// Memory is how many bytes of recorded chains are kept in memory, of all runs together;
	// 0: 512 MiB.
	Memory int64
	// Drops is a named pipe whose lines are paths that are dropped on the window, for tests
	// of the whole program; empty: none.
	Drops string
	Crash string // the log of a crash of an earlier start, empty where there is none
}

// Run opens the window and returns when it is closed.
func Run(o Options) error {
	w, err := start(o, onUI)
	if err != nil {
		return err
	}
	if err := w.show(); err != nil {
		return err
	}
	w.app.Run()
	w.close()
	return nil
}

// ErrNoWindow is the error of a display that answers and yet cannot show a
// window: it has no OpenGL, or a forwarded one is gone.
var ErrNoWindow = errors.New("the display cannot show a window")

// show makes the window. The toolkit only logs that it could not, or panics.
func (w *Window) show() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrNoWindow, p)
		}
	}()
	w.win.Show()
	native, ok := w.win.(driver.NativeWindow)
	if !ok {
		return nil
	}
	native.RunNative(func(context any) {
		switch c := context.(type) {
		case driver.X11WindowContext:
			ok = c.WindowHandle != 0
		case driver.WaylandWindowContext:
			ok = c.WaylandSurface != 0
		}
	})
	if !ok {
		return fmt.Errorf("%w: it offers no OpenGL", ErrNoWindow)
	}
	return nil
}

// start makes the application and its window; nothing is shown yet. do is how
// background work reaches it.
func start(o Options, do dispatcher) (*Window, error) {
	a := app.NewWithID(AppID)
	a.SetIcon(fyne.NewStaticResource("icon.png", resources.Icon))
	if err := useLanguage(a.Preferences().String(languageKey)); err != nil {
		return nil, err
	}
	w, err := newWindow(a, o, do)
	if err != nil {
		return nil, err
	}
	a.Lifecycle().SetOnStarted(func() { w.begin(); w.offerTour() })
	return w, nil
}
