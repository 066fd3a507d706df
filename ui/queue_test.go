package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// queued waits until the newest job of the queue stands as a test wants.
func (r *rig) queued(want studio.QueueState) studio.Work {
	r.Helper()
	var last studio.Work
	r.until("the job is "+string(want), func() bool {
		all := r.jobs.queue.Works()
		last = all[len(all)-1]
		if last.State == studio.QueueFailed && want != studio.QueueFailed {
			r.Fatalf("%s failed: %s", last.Title, last.Why)
		}
		return last.State == want
	})
	return last
}

// TestATrainingGoesThroughTheQueue adds a training by its button: another one in the same
// folder is refused; the task Train shows it while it runs; a person pauses and stops it
// there, and the queue tells where it is.
func TestATrainingGoesThroughTheQueue(t *testing.T) {
	r := training(t)
	v := r.trainer
	r.jobs.queue.Hold(true)
	r.click(v.later)
	w := r.queued(studio.QueueWaiting)
	if w.Title != "Train CDRL on Moons (points)" || w.Steps != 100_000 || !r.jobs.box.Visible() || v.run != nil {
		t.Fatalf("found %+v, the panel shown: %v", w, r.jobs.box.Visible())
	}
	r.click(v.later)
	if len(r.jobs.queue.Works()) != 1 || !strings.Contains(r.problem, "folder of another training") {
		t.Errorf("the same folder twice: %d jobs, error %q", len(r.jobs.queue.Works()), r.problem)
	}
	r.jobs.queue.Hold(false)
	r.until("the task follows it", func() bool { return v.run != nil && len(v.run.made.Curves.Iterations) > 20 })
	if v.run.queued != w.ID || !v.start.Disabled() || !strings.Contains(v.status.Text, "CDRL on Moons (points)") {
		t.Errorf("found run %+v, status %q", v.run, v.status.Text)
	}
	r.click(v.pause)
	r.queued(studio.QueuePaused)
	r.until("the task says so", func() bool { return strings.HasPrefix(v.text.Text, "Paused") })
	r.click(v.pause)
	r.queued(studio.QueueRunning)
	r.click(v.stop)
	r.queued(studio.QueueStopped)
	if _, err := os.Stat(filepath.Join(w.Task.(studio.TrainTask).Request.Options.Dir, studio.TrainModelFile)); err != nil {
		t.Errorf("what was trained is not kept: %v", err)
	}
}

// TestAGridGoesThroughTheQueue adds a grid; its cells are kept in the gallery.
func TestAGridGoesThroughTheQueue(t *testing.T) {
	t.Setenv(libraryEnv, t.TempDir())
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	g := r.newGrid(r.now)
	g.show()
	g.edges[0].entry.SetText("colour=1")
	if !g.later.Disabled() {
		t.Error("a grid that cannot be made can be queued")
	}
	g.edges[0].entry.SetText("seed=1..3")
	g.edges[1].entry.SetText("steps=2,4")
	g.chains.Entry.SetText("2")
	test.Tap(g.later)
	w := r.queued(studio.QueueDone)
	if w.Title != "Grid seed=1..3 × steps=2,4 · a" || w.Steps != 3*2+3*4 || !g.closing {
		t.Errorf("found %+v", w)
	}
	page, err := r.gallery.library.open().Page(t.Context(), studio.LibraryQuery{})
	if err != nil || page.Total != 12 {
		t.Errorf("found %d pictures, %v; want 12", page.Total, err)
	}
}

// TestAnExportGoesThroughTheQueue exports by the menu's second half; a file that is gone
// is left out and said in the job's line.
func TestAnExportGoesThroughTheQueue(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.pick(0, 1, 2)
	items := g.exportItems()
	later := items[len(items)-1]
	if later.ChildMenu == nil || len(later.ChildMenu.Items) != len(exportForms()) {
		t.Fatalf("the menu offers %q last", later.Label)
	}
	dir := t.TempDir()
	r.asked.path, r.asked.err = dir, nil
	r.jobs.queue.Hold(true)
	zip := slices.IndexFunc(exportForms(), func(f exportForm) bool { return f.as == studio.AsZIP })
	later.ChildMenu.Items[zip].Action()
	r.until("it is in the queue", func() bool { return len(r.jobs.queue.Works()) == 1 })
	task := r.jobs.queue.Works()[0].Task.(studio.ExportTask)
	if len(task.Paths) != 3 || task.As != studio.AsZIP {
		t.Fatalf("found %+v", task)
	}
	if err := os.Remove(task.Paths[1]); err != nil {
		t.Fatal(err)
	}
	r.jobs.queue.Hold(false)
	w := r.queued(studio.QueueDone)
	if _, err := os.Stat(filepath.Join(dir, "pictures.zip")); err != nil {
		t.Error(err)
	}
	line := jobLine(studio.QueueLine{Work: w})
	if !strings.Contains(line.Text, "done, in ") || !strings.Contains(line.Text, "1 pictures were left out") {
		t.Errorf("the line says %q", line.Text)
	}
}
