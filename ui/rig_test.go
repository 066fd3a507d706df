package ui

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// rig is a window without a display. Everything meant for the UI goroutine waits
// in a queue until the test runs it, on its own goroutine.
type rig struct {
	*testing.T
	*Window
	queue chan func()
	asked *answers
}

// answers is a chooser that knows what the person will pick.
type answers struct {
	path string
	err  error
}

func (a *answers) Open(string, string, []string) (string, error) { return a.path, a.err }
func (a *answers) Save(_, name string) (string, error) {
	return filepath.Join(a.path, name), a.err
}
func (a *answers) Folder(string) (string, error) { return a.path, a.err }

const patience = 30 * time.Second

func newRig(t *testing.T, o studiotest.Options, bundled ...resources.Bundled) *rig {
	t.Helper()
	return rigOn(t, studiotest.New(t, o), bundled...)
}

// rigOn is a window on a studio.
func rigOn(t *testing.T, s *studio.Studio, bundled ...resources.Bundled) *rig {
	t.Helper()
	t.TempDir() // the first call says when a test's folders are removed: after the window is closed
	r := &rig{T: t, queue: make(chan func(), 4096), asked: &answers{err: errCancelled}}
	w, err := newWindow(test.NewTempApp(t), Options{Studio: s, Version: "test", Bundled: bundled}, func(f func()) { r.queue <- f })
	if err != nil {
		t.Fatal(err)
	}
	w.chooser = r.asked
	r.Window = w
	w.win.Show()
	t.Cleanup(func() {
		w.close()
		w.busy.Wait()
		w.win.Close()
	})
	return r
}

// until runs what is queued until a condition holds.
func (r *rig) until(what string, holds func() bool) {
	r.Helper()
	limit := time.After(patience)
	for !holds() {
		select {
		case f := <-r.queue:
			f()
		case <-limit:
			r.Fatalf("waited %s in vain until %s; error shown: %q, progress: %q", patience, what, r.problem, r.transport.text.Text)
		}
	}
}

// settle runs what is queued for a while.
func (r *rig) settle(d time.Duration) {
	limit := time.After(d)
	for {
		select {
		case f := <-r.queue:
			f()
		case <-limit:
			return
		}
	}
}

func (r *rig) drop(paths ...string) {
	items := make([]fyne.URI, len(paths))
	for i, p := range paths {
		items[i] = storage.NewFileURI(p)
	}
	r.dropped(items)
}

// openModel drops a fresh checkpoint and waits for its model.
func (r *rig) openModel(name string) string {
	r.Helper()
	path := studiotest.WriteCheckpoint(r, name)
	before := len(r.sessions)
	r.drop(path)
	r.until("the model is open", func() bool { return len(r.sessions) > before })
	return path
}

// ran starts a run and waits until it has ended and its last frame is shown.
func (r *rig) ran() {
	r.Helper()
	r.startRun()
	r.until("the run is done", func() bool {
		return r.now.progress.Phase.Final() && r.stage.last.job == r.now.job && r.stage.last.progress.Phase.Final() && r.stage.last.frame == r.now.frames-1
	})
}

func (r *rig) key(name fyne.KeyName) { r.typedKey(&fyne.KeyEvent{Name: name}) }

var errFake = errors.New("the pen is broken")
