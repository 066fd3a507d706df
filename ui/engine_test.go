package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// TestPreferredEngineIsToldAtTheNextStart chooses an engine in one window and reads
// the choice in the next, before that one opens its engine.
func TestPreferredEngineIsToldAtTheNextStart(t *testing.T) {
	a := test.NewTempApp(t)
	var told []string
	open := func() *Window {
		o := Options{
			Studio: studiotest.New(t, studiotest.Options{}), Version: "test", Engines: []string{"xla:cpu", "go"},
			Prefer: func(name string, _ int) { told = append(told, name) },
		}
		w, err := newWindow(a, o, func(func()) {})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := open()
	first.preferEngine("go", 0)
	first.close()
	second := open()
	second.preferEngine("", 0)
	second.close()
	open().close()
	if got := strings.Join(told, ","); got != ",go,go,," {
		t.Errorf("found preferences %q, want none, go at once and at the next start, none at once and then", got)
	}
}

// TestTheEngineChangesAtOnce chooses another engine and other threads: with nothing under
// way they are in use at once; while chains walk that is said and done when they have
// ended; one that does not open leaves the one before.
func TestTheEngineChangesAtOnce(t *testing.T) {
	name, threads := "first", 0
	c := studiotest.Config(studiotest.Options{Delay: 2 * time.Millisecond})
	c.Engine = func(context.Context) (studio.Engine, error) {
		if name == "broken" {
			return studio.Engine{}, errors.New("no such plugin")
		}
		return studio.Engine{Name: name, Version: "1"}, nil
	}
	s := studio.New(c)
	t.Cleanup(func() { _ = s.Close() })
	r := rigOn(t, s)
	r.options.Prefer = func(n string, k int) { name, threads = n, k }
	r.openModel("a.safetensors")
	model := r.now.opened.Model
	r.preferEngine("second", 1)
	r.until("it is in use", func() bool { return strings.HasPrefix(r.engine.Text, "Engine: second") })
	if threads != 1 || r.now.opened.Model == model || !strings.Contains(r.banner.title.Text, "Engine: second") {
		t.Errorf("threads %d, the model is another one: %v, told %q", threads, r.now.opened.Model != model, r.banner.title.Text)
	}
	r.ran()
	if got := r.now.job.Recipe().Engine; !strings.HasPrefix(got, "second") {
		t.Errorf("the chains ran on %q", got)
	}
	r.now.recipe.Settings = map[string]float64{"steps": 2000}
	r.startRun()
	r.until("chains walk", func() bool { return r.now.progress.Step > 0 })
	r.preferEngine("third", 0)
	if !strings.Contains(r.banner.title.Text, "something runs") || !r.banner.action.Visible() || !strings.HasPrefix(r.engine.Text, "Engine: second") {
		t.Fatalf("while chains walk it says %q, engine %q", r.banner.title.Text, r.engine.Text)
	}
	test.Tap(r.banner.action)
	r.settle(3 * idleLook)
	if !strings.HasPrefix(r.engine.Text, "Engine: second") {
		t.Error("it did not wait")
	}
	r.stopRun()
	r.until("it changes when they have ended", func() bool { return strings.HasPrefix(r.engine.Text, "Engine: third") })
	r.preferEngine("broken", 0)
	r.until("it is said", func() bool { return strings.Contains(r.problem, "no such plugin") })
	r.until("the one before goes on", func() bool { return strings.HasPrefix(r.engine.Text, "Engine: third") })
	r.now.recipe.Settings = nil
	r.ran()
}

// TestTheLibraryMovesAtOnce keeps pictures in one folder, then in another, and finds each
// where it was kept.
func TestTheLibraryMovesAtOnce(t *testing.T) {
	t.Setenv(libraryEnv, "")
	r := newRig(t, studiotest.Options{})
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	r.gallery.move(first)
	if r.gallery.library.opening || r.gallery.library.open() != nil {
		t.Error("a library that nobody needs is opened")
	}
	r.openModel("patterns.safetensors")
	r.now.recipe.Settings = map[string]float64{"steps": 3}
	r.ran()
	r.keep(true)
	r.until("they are kept", func() bool { return strings.Contains(r.banner.title.Text, "16 pictures") })
	r.tasks.to(taskGallery)
	r.seen(16)
	r.gallery.move(second)
	r.seen(0)
	if got := r.gallery.library.open().Folder(); got != second {
		t.Errorf("the gallery shows %q", got)
	}
	r.gallery.move(first)
	r.seen(16)
}
