package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/adrg/xdg"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models/zoo"
	"ebmstudio/studio"
)

// training is a rig in the task Train whose studio can train, with a form that asks for a
// tiny CDRL model of points.
func training(t *testing.T) *rig {
	t.Helper()
	b := enginetest.Open(t, engine.Go)
	s := studio.New(studio.Config{Families: zoo.Families(), Engine: func(context.Context) (studio.Engine, error) {
		return studio.Engine{Name: engine.Go, Backend: b}, nil
	}})
	t.Cleanup(func() { _ = s.Close() }) // it has nothing to say
	r := rigOn(t, s)
	r.win.Resize(fyne.NewSize(1320, 860))
	r.tasks.to(taskTrain)
	v := r.trainer
	for i, f := range v.families {
		if f.Name == "cdrl" {
			v.family.SetSelectedIndex(i)
		}
	}
	v.data.put("moons")
	v.chosen()
	for name, text := range map[string]string{"iterations": "100000", "batch": "16", "width": "4", "init-width": "4", "init-groups": "2", "levels": "2", "langevin-steps": "1", "embedding": "4"} {
		v.fields[name].entry.SetText(text)
	}
	v.dir.SetText(filepath.Join(t.TempDir(), "run"))
	return r
}

// TestTrainThroughTheWindow trains points of the plane: a setting that cannot be is said
// below its field; the training runs, is paused, opened while it runs, rolled back to its
// save at half the rates, stopped and kept, and gone on with.
func TestTrainThroughTheWindow(t *testing.T) {
	r := training(t)
	v := r.trainer
	if !v.hint.Visible() || v.work.Visible() || r.transport.box.Visible() {
		t.Fatal("before a training the view does not say what to do")
	}
	if !strings.Contains(v.fields["iterations"].Default, "3000") {
		t.Errorf("the default for points is %q", v.fields["iterations"].Default)
	}
	batch := v.fields["batch"]
	batch.entry.SetText("many")
	if !batch.problem.Visible() || !strings.Contains(batch.problem.Text, `found "many"`) || v.problem.Visible() {
		t.Errorf("a batch of many: %q, above all %q", batch.problem.Text, v.problem.Text)
	}
	v.begin()
	if v.run != nil || !strings.Contains(r.banner.title.Text, "setting") {
		t.Fatalf("it trains with a batch of many: %q", r.banner.title.Text)
	}
	batch.entry.SetText("16")
	if batch.problem.Visible() {
		t.Error("what was right again is still said to be wrong")
	}
	r.click(v.start)
	r.until("there are curves", func() bool {
		return v.run != nil && len(v.run.made.Curves.Iterations) > 20 && !v.plots[plotEnergies].Empty() || r.problem != ""
	})
	if r.problem != "" || v.hint.Visible() || !strings.Contains(v.status.Text, "iteration") || !v.start.Disabled() {
		t.Fatalf("error %q, status %q", r.problem, v.status.Text)
	}
	r.key(fyne.KeySpace)
	r.until("it is paused", func() bool { return strings.HasPrefix(v.text.Text, "Paused") })
	r.click(v.pause)
	first := v.run
	r.click(v.newest)
	r.until("its newest model is open", func() bool { return r.now != nil && r.tasks.now == taskSample })
	if !r.now.opened.Plane() || first.made.Saved == 0 {
		t.Fatalf("opened %s after %d were saved", r.now.opened.Name, first.made.Saved)
	}
	r.until("its chains have run, with the training behind them", func() bool { return r.now.job != nil && r.now.progress.Phase.Final() })
	if r.now.progress.Phase != studio.Done || !first.active() {
		t.Errorf("chains %s, training %s", r.now.progress.Phase, first.progress.Phase)
	}
	r.tasks.to(taskTrain)
	rate := v.fields["lr"].value()
	r.click(v.back)
	r.until("it goes on from its save", func() bool { return v.run != first && v.run.told.Iteration > first.made.Saved })
	if got := v.run.request.Settings["lr"]; got == rate || got == "" || v.run.made.Curves.Iterations == nil {
		t.Errorf("rolled back with a rate of %q after %q", got, rate)
	}
	r.key(fyne.KeyS)
	r.until("it is stopped and kept", func() bool { return !v.run.active() && v.resumes })
	if v.start.Text != "Go on training" || !strings.Contains(v.state.Text, "goes on") {
		t.Errorf("the folder says %q, the button %q", v.state.Text, v.start.Text)
	}
	done := v.run.result.Iterations
	v.fields["iterations"].entry.SetText(strconv.Itoa(max(1, done/2))) // however far a busy machine came
	v.begin()
	r.until("a run that is longer already ends at once", func() bool { return !v.run.active() })
	if v.run.result.Iterations != done || r.problem != "" {
		t.Errorf("went on to %d of %d: %q", v.run.result.Iterations, done, r.problem)
	}
}

// TestTrainingsThatCannotBe: a folder that another training works in, other settings than
// the run was started with, a folder of pictures that is none.
func TestTrainingsThatCannotBe(t *testing.T) {
	r := training(t)
	v := r.trainer
	v.fields["iterations"].entry.SetText("5")
	v.begin()
	r.until("it is trained", func() bool { return !v.run.active() && v.resumes })
	v.fields["width"].entry.SetText("6")
	v.begin()
	r.until("the other width is refused", func() bool { return r.problem != "" })
	if p := v.fields["width"].problem; !p.Visible() || !strings.Contains(p.Text, "was started with") {
		t.Errorf("the field says %q, the window %q", p.Text, r.problem)
	}
	r.hideBanner()
	v.data.put("faces")
	v.chosen()
	v.dir.SetText(filepath.Join(t.TempDir(), "cats"))
	v.only.SetText("cats")
	v.begin()
	r.until("a class that there is not is refused", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, `only "cats"`) || !strings.Contains(r.problem, "glasses") {
		t.Errorf("found %q", r.problem)
	}
	v.only.SetText("")
	r.hideBanner()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	v.dir.SetText(filepath.Join(t.TempDir(), "other"))
	v.data.put(empty)
	v.chosen()
	v.size.SetText("none")
	v.begin()
	if !strings.Contains(r.banner.title.Text, `found "none"`) {
		t.Errorf("pixels: %q", r.banner.title.Text)
	}
	v.size.SetText("8")
	v.begin()
	r.until("the empty folder is refused", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, "empty") || v.start.Disabled() {
		t.Errorf("found %q", r.problem)
	}
}

// TestDigitsAreFetchedFirst: digits are trained on at their own size; where nobody has
// fetched them the window says how.
func TestDigitsAreFetchedFirst(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	r := training(t)
	v := r.trainer
	v.data.put("digits")
	v.chosen()
	if v.ofFolder.Visible() || v.data.pick.Selected != "Digits (MNIST)" {
		t.Errorf("found %q, and the size asked for: %v", v.data.pick.Selected, v.ofFolder.Visible())
	}
	for _, f := range v.fields {
		f.put(f.Default) // those of points do not fit pictures
	}
	v.begin()
	r.until("the error is shown", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, `data "digits": found none`) || !strings.Contains(r.problem, "ebm data digits --fetch") {
		t.Errorf("found %q, want what to type", r.problem)
	}
	for _, spec := range slices.Concat(studio.NamedData(), studio.HeldBack(), studio.MadeSets()) {
		if sourceNames()[spec] == "" {
			t.Errorf("%s has no name for people", spec)
		}
	}
}
