package ui

import (
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// worked is a window in which a person has set, painted and queued something.
func worked(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	h := r.now
	h.chains.recipe.Seed, h.chains.recipe.Chains, h.chains.locked = 42, 6, true
	picture := image.NewRGBA(image.Rect(0, 0, studiotest.Size, studiotest.Size))
	picture.Set(3, 4, color.White)
	h.paint.picture, h.paint.name = picture, "cat.png"
	h.paint.mask.Fill(200)
	h.paint.heat.Fill(90)
	h.forks = []studio.ProjectFork{{ID: 1, Recipe: studio.RecipeFile(h.chains.recipe), Name: "a fork"}}
	r.jobs.queue.Hold(true)
	r.enqueue()
	return r
}

// asWorked says what of it is missing in a window.
func asWorked(w *Window) string {
	h := w.now
	switch works := w.jobs.queue.Works(); {
	case h == nil:
		return "no model is open"
	case h.chains.recipe.Seed != 42 || h.chains.recipe.Chains != 6 || !h.chains.locked:
		return "the recipe is another"
	case h.paint.picture == nil || h.paint.picture.RGBAAt(3, 4) != (color.RGBA{255, 255, 255, 255}) || h.paint.name != "cat.png":
		return "the picture is another"
	case h.paint.mask.Pix[0] != 200:
		return "the mask is another"
	case h.paint.heat.Pix[0] != 90:
		return "the temperature is another"
	case len(h.forks) != 1 || h.forks[0].Name != "a fork":
		return "the forks are others"
	case len(works) != 1 || works[0].Task.(studio.SampleTask).Recipe.Seed != 42:
		return "the queue is another"
	}
	return ""
}

func TestAProjectIsSavedAndOpened(t *testing.T) {
	r := worked(t)
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.saveProject()
	r.until("it is saved", func() bool { return r.project.path != "" })
	path := r.project.path
	if r.projectEdited() || !strings.HasPrefix(filepath.Base(path), "studio.ebmproj") {
		t.Errorf("right after it was saved as %q it counts as changed", path)
	}
	r.now.chains.recipe.Seed = 7
	if !r.projectEdited() {
		t.Error("another seed is no change")
	}
	r.now.chains.recipe.Seed = 42

	again := newRig(t, studiotest.Options{})
	again.jobs.queue.Hold(true)
	again.drop(path)
	again.until("it is open", func() bool { return again.project.path == path && again.project.clean != "" })
	if what := asWorked(again.Window); what != "" {
		t.Error(what)
	}
	if again.projectEdited() {
		t.Error("right after it was opened it counts as changed")
	}
	if got := again.recentProjects(); len(got) != 1 || got[0] != path {
		t.Errorf("recent projects %q", got)
	}
	again.ran() // what was opened works
	if tree := again.now.tree(); len(tree) != 2 || tree[1].ID != 2 || tree[1].Parent != 0 {
		t.Errorf("the tree is %+v", tree)
	}
	again.regrow()
	again.until("the project's run is there again", func() bool { return again.now.progress.Phase.Final() })
	if len(again.now.runs) != 2 || len(again.now.forks) != 0 {
		t.Errorf("found %d runs and %d that wait", len(again.now.runs), len(again.now.forks))
	}
}

// TestTheFileIsNeverOverwrittenUnasked saves over a file that somebody else has changed.
func TestTheFileIsNeverOverwrittenUnasked(t *testing.T) {
	r := worked(t)
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.saveProject()
	r.until("it is saved", func() bool { return r.project.path != "" })
	if err := os.WriteFile(r.project.path, []byte("of somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.now.chains.recipe.Seed = 43
	r.saveProject()
	r.until("it is refused", func() bool { return r.problem != "" })
	if data, err := os.ReadFile(r.project.path); err != nil || string(data) != "of somebody else" {
		t.Fatalf("the file was touched: %q, %v", data, err)
	}
	test.Tap(r.banner.action)
	r.until("it is saved as asked", func() bool { return !r.projectEdited() })
	if kept, err := os.ReadFile(r.project.path + "~1"); err != nil || string(kept) != "of somebody else" {
		t.Errorf("what was overwritten is not kept: %q, %v", kept, err)
	}
}

func TestProjectsThatCannotBeOpened(t *testing.T) {
	r := worked(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, want := range map[string]string{
		write("half.ebmproj", "PK\x03\x04 and no more"): "half-written",
		write("text.ebmproj", "hello"):                  "not a project",
		filepath.Join(dir, "gone.ebmproj"):              "no such file",
	} {
		r.hideBanner()
		r.drop(path)
		r.until("an error is shown", func() bool { return r.problem != "" })
		if !strings.Contains(r.problem, want) || !strings.Contains(r.problem, filepath.Base(path)) {
			t.Errorf("found %q, want %q", r.problem, want)
		}
	}
	if what := asWorked(r.Window); what != "" {
		t.Errorf("what was open has suffered: %s", what)
	}
}

// TestAModelThatIsGoneStaysInTheProject: what cannot be shown is saved again.
func TestAModelThatIsGoneStaysInTheProject(t *testing.T) {
	r := worked(t)
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.saveProject()
	r.until("it is saved", func() bool { return r.project.path != "" })
	path := r.project.path
	if err := os.Remove(r.now.opened.Path); err != nil {
		t.Fatal(err)
	}
	again := newRig(t, studiotest.Options{})
	again.openModel("another.safetensors")
	before := again.now
	again.studio.Forget(again.now.opened) // it has the same weights as the one that is gone
	again.app.Preferences().SetStringList(recentKey, nil)
	again.drop(path)
	again.until("it is told", func() bool { return again.problem != "" })
	if !strings.Contains(again.problem, "patterns.safetensors") || len(again.project.missing) != 1 || again.now != nil {
		t.Errorf("found %q and %d missing", again.problem, len(again.project.missing))
	}
	again.saveProject()
	again.until("it is saved", func() bool { return !again.projectEdited() })
	p, _, err := studio.ReadProject(path)
	if err != nil || len(p.Sessions) != 1 || len(p.Sessions[0].Mask.Data) == 0 || len(p.Sessions[0].Forks) != 1 {
		t.Errorf("found %+v, %v", p, err)
	}
	again.goBack(left{sessions: []*session{before}, now: before})
	if again.now != before {
		t.Error("what was open before cannot be had back")
	}
}

// TestWhatACrashLeavesIsOffered writes a journal, forgets the window, and starts another.
func TestWhatACrashLeavesIsOffered(t *testing.T) {
	state := t.TempDir()
	r := worked(t)
	r.options.State = state
	r.beginJournal()
	r.keepJournal()
	r.until("it is written", func() bool { return !r.project.keeping })
	data, err := os.ReadFile(r.project.journal.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(state, "recovery-99999999-0.ebmproj") // of a program that is no more
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	r.endJournal()
	if _, err := os.Stat(r.project.journal.Path()); err == nil {
		t.Error("after a clean end the recovery file is still there")
	}

	again := newRig(t, studiotest.Options{})
	again.options.State = state
	again.options.Crash = filepath.Join(state, "crash.log")
	if err := os.WriteFile(again.options.Crash, []byte("panic: the pen is broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	again.beginJournal()
	again.offerRecovery()
	again.until("it is offered", func() bool { return again.win.Canvas().Overlays().Top() != nil })
	if again.jobs.queue.Held() == false || len(again.jobs.queue.Works()) != 1 {
		t.Error("the queue of the last time is not there, held")
	}
	found := studio.Recoveries(state)
	if len(found) != 1 || found[0].Err != nil {
		t.Fatalf("found %+v", found)
	}
	if again.escape(); again.covered() || len(studio.Recoveries(state)) != 1 {
		t.Error("Escape does not put the question off until the next start")
	}
	again.showRecovery(found)
	again.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	again.until("it is recovered and taken over", func() bool {
		_, err := os.Stat(path)
		return asWorked(again.Window) == "" && errors.Is(err, os.ErrNotExist)
	})
}

func TestAnUnreadableRecoveryFileIsSetAside(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, "recovery-99999999-0.ebmproj")
	if err := os.WriteFile(path, []byte("PK\x03\x04 half"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, studiotest.Options{})
	r.options.State = state
	r.offerRecovery()
	r.until("it is told", func() bool { return r.win.Canvas().Overlays().Top() != nil })
	r.setAside(studio.Recoveries(state))
	if _, err := os.Stat(strings.TrimSuffix(path, ".ebmproj") + ".unread"); err != nil || len(studio.Recoveries(state)) != 0 {
		t.Error("it is not kept under another name")
	}
}

func TestTheRunSaidInCode(t *testing.T) {
	r := worked(t)
	r.copyCommand()
	if got := r.app.Clipboard().Content(); !strings.HasPrefix(got, "ebm sample ") || !strings.Contains(got, "--seed 42 --chains 6") {
		t.Errorf("found %q", got)
	}
	r.copyRecipe()
	if recipe, err := studio.ParseRecipe([]byte(r.app.Clipboard().Content())); err != nil || recipe.Seed != 42 {
		t.Errorf("found %+v, %v", recipe, err)
	}
}

func TestTheQueueRunsAndKeeps(t *testing.T) {
	t.Setenv(libraryEnv, t.TempDir())
	r := worked(t)
	r.enqueue()
	if r.jobs.box.Hidden {
		t.Error("adding does not show the queue")
	}
	r.jobs.queue.Hold(false)
	r.until("both are done", func() bool {
		for _, w := range r.jobs.queue.Works() {
			if w.State == studio.QueueFailed {
				t.Fatalf("failed: %s", w.Why)
			}
			if w.State != studio.QueueDone {
				return false
			}
		}
		return true
	})
	page, err := r.gallery.library.open().Page(t.Context(), studio.LibraryQuery{})
	if err != nil || page.Total != 6 { // the second is the first again
		t.Errorf("found %d pictures, %v; want 6", page.Total, err)
	}
	r.settle(200 * time.Millisecond)
	if r.jobs.button.Text != "" {
		t.Errorf("the button still counts %q", r.jobs.button.Text)
	}
}

func TestKeysChosenAnew(t *testing.T) {
	r := worked(t)
	find := func(id string) binding {
		for _, b := range bindings() {
			if b.id() == id {
				return b
			}
		}
		t.Fatalf("no binding %q", id)
		return binding{}
	}
	if problem := r.keys.choose(find("S"), "P"); !strings.Contains(problem, "play the recorded steps") {
		t.Errorf("a taken key: found %q", problem)
	}
	if problem := r.keys.choose(find("Ctrl+S"), "W"); problem == "" {
		t.Error("a shortcut without Ctrl is taken")
	}
	for id, key := range map[string]string{"J": "W", "inpaint:E": "U", "Ctrl+J": "Ctrl+Shift+J"} {
		if problem := r.keys.choose(find(id), key); problem != "" {
			t.Fatalf("%s: %s", id, problem)
		}
	}
	open := r.jobs.box.Visible()
	r.key(fyne.KeyJ)
	if r.jobs.box.Visible() != open {
		t.Error("the old key still works")
	}
	r.key(fyne.KeyW)
	if r.jobs.box.Visible() == open {
		t.Error("the new key does nothing")
	}
	r.tasks.to(taskInpaint)
	r.key(fyne.KeyU)
	if r.stage.inpaint.tools.state.Tool != eraserTool {
		t.Error("a task's new key does nothing")
	}
	r.key(fyne.KeyB)
	r.key(fyne.KeyE) // means nothing here now, but everywhere: paint on the selected picture
	if r.stage.inpaint.tools.state.Tool != brushTool {
		t.Error("a task's old key still works")
	}
	works := len(r.jobs.queue.Works())
	if c, ok := r.win.Canvas().(interface{ TypedShortcut(fyne.Shortcut) }); ok {
		c.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyJ, Modifier: fyne.KeyModifierShortcutDefault})
		if len(r.jobs.queue.Works()) != works {
			t.Error("the old shortcut still works")
		}
		c.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyJ, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift})
		if len(r.jobs.queue.Works()) != works+1 {
			t.Error("the new shortcut does nothing")
		}
	}
	if again := newKeymap(r.Window); again.of(find("J")) != "W" {
		t.Error("the choice is not remembered")
	}
	r.keys.reset()
	if r.keys.of(find("J")) != "J" {
		t.Error("it cannot be undone")
	}
}

func TestPreferencesApplyAtOnce(t *testing.T) {
	t.Setenv(scaleEnv, "")
	r := newRig(t, studiotest.Options{})
	r.options.Engines = []string{"xla:cpu", "go"}
	r.showPreferences()
	r.useTheme(themeContrast)
	if th := r.app.Settings().Theme().(studioTheme); th.choice != themeContrast {
		t.Error("the theme is another")
	}
	r.useScale(1.5)
	if got := os.Getenv(scaleEnv); got != "1.5" {
		t.Errorf("the toolkit is told the scale %q", got)
	}
	p := r.preferences
	p.tabs.SelectIndex(2)
	all := len(p.keys.Objects)
	p.search.SetText("queue")
	if n := len(p.keys.Objects); n < 2 || n >= all {
		t.Errorf("searching finds %d of %d keys", n, all)
	}
	p.search.SetText("zebra")
	if len(p.keys.Objects) != 1 {
		t.Error("a search in vain says nothing")
	}
	p.dialog.Hide()
	if r.preferences != nil {
		t.Error("the dialog is still there")
	}
}
