package studio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/training"
)

func (r *queueRig) addTraining(dir string, iterations int) int {
	t := TrainTask{TrainRequest{Family: "bowl", Data: "moons", Settings: map[string]string{"iterations": fmt.Sprint(iterations)}, Options: TrainOptions{Dir: dir}}}
	return r.Add(Work{Title: "training", Task: t, Steps: t.Iterations()})
}

// trained is how many iterations the model in a run's folder has behind it.
func trained(t *testing.T, dir string) int {
	t.Helper()
	f, err := checkpoint.Open(filepath.Join(dir, training.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Tensors["bowl.centre"].Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return int(v[0])
}

// TestAQueueOfAllKinds runs a recipe, a grid with and without a folder, a training and an
// export one after another, and finds what each leaves.
func TestAQueueOfAllKinds(t *testing.T) {
	r := newQueueRig(t, &fake{})
	dir := t.TempDir()
	base := recipe(r.o, 2, map[string]float64{"steps": 3})
	grid := GridFile{Version: GridFileVersion, X: "seed=1..3", Recipe: base}
	cells := filepath.Join(dir, "cells")
	r.add("sample", 3)
	r.Add(Work{Title: "grid", Task: GridTask{Model: r.model(), Grid: grid}})
	r.Add(Work{Title: "grid in a folder", Task: GridTask{Model: r.model(), Grid: grid, Into: cells}})
	r.Add(Work{Title: "sheet", Task: ExportTask{Paths: []string{filepath.Join(cells, "r0c0-000.png"), filepath.Join(cells, "gone.png")}, To: filepath.Join(dir, "sheet.png"), As: AsSheet}})
	r.addTraining(filepath.Join(dir, "run"), 7)
	r.until(t, "all are done", states(QueueDone, QueueDone, QueueDone, QueueDone, QueueDone))
	if got := strings.Join(r.titles(), ", "); got != "sample, grid, grid, grid" {
		t.Errorf("kept %q, want a sample and three cells", got)
	}
	for _, name := range []string{"r0c0-000.png", "r0c2-001.png", "grid.png", "grid.json"} {
		if _, err := os.Stat(filepath.Join(cells, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "sheet.png")); err != nil {
		t.Error(err)
	}
	if why := r.Works()[3].Why; !strings.Contains(why, "1 pictures were left out") || !strings.Contains(why, "gone.png") {
		t.Errorf("of the picture that is gone: found %q", why)
	}
	if n := trained(t, filepath.Join(dir, "run")); n != 7 {
		t.Errorf("trained for %d iterations, want 7", n)
	}
}

// TestAKilledQueueGoesOn: a training is under way when the program dies, which the project
// file of a moment ago has seen; a new program takes the file, goes on from the training's
// last save and does not begin it anew.
func TestAKilledQueueGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := newQueueRig(t, &fake{before: func(int) { time.Sleep(time.Millisecond) }})
	id := r.addTraining(dir, 400)
	r.add("after it", 2)
	r.until(t, "it has begun", func(i []QueueLine) bool { return i[0].Progress.Step > 10 })
	func() { // a save, as the clock would ask for
		r.Queue.lock.Lock()
		defer r.Queue.lock.Unlock()
		r.works[r.index(id)].job.SaveTraining()
	}()
	r.until(t, "it is saved", func([]QueueLine) bool { _, err := os.Stat(filepath.Join(dir, training.ModelFile)); return err == nil })
	r.until(t, "it has gone on", func(i []QueueLine) bool { return i[0].Progress.Step > trained(t, dir)+5 })
	var p Project
	p.PutQueue(r.Works())
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string][]byte{} // the folder at the moment of the kill
	for _, name := range []string{training.StateFile, training.ModelFile, training.HistoryFile} {
		if kept[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	saved := trained(t, dir)
	r.Close()
	r.s.Close()
	for name, file := range kept { // what a clean end wrote is undone
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again, err := ParseProject(data)
	if err != nil {
		t.Fatal(err)
	}
	works, err := again.Works()
	if err != nil || len(works) != 2 || works[0].State != QueueRunning {
		t.Fatalf("found %+v, %v", works, err)
	}
	calls := &fake{}
	next := newQueueRig(t, calls)
	next.Hold(true)
	for _, w := range works {
		next.Add(w)
	}
	next.until(t, "what ran waits", states(QueueWaiting, QueueWaiting))
	next.Hold(false)
	next.until(t, "all is done", states(QueueDone, QueueDone))
	if n := trained(t, dir); n != 400 {
		t.Errorf("trained for %d iterations, want 400", n)
	}
	sampled := 3 // two steps and the last energies
	if n := int(calls.calls.Load()) - sampled; n != 400-saved {
		t.Errorf("%d iterations after %d that were saved, want %d", n, saved, 400-saved)
	}
}

// TestATrainingOfTheQueue is paused, so that others go first, stopped and gone on with;
// its estimate is known from its first iterations on, and to the next training of its
// kind before it begins.
func TestATrainingOfTheQueue(t *testing.T) {
	const each = 2 * time.Millisecond
	r := newQueueRig(t, &fake{before: func(int) { time.Sleep(each) }})
	dir := filepath.Join(t.TempDir(), "run")
	id := r.addTraining(dir, 100_000)
	if i := r.Items()[0]; i.Takes != 0 || i.Steps != 100_000 {
		t.Errorf("before it began: found %+v", i)
	}
	r.until(t, "it has begun", func(i []QueueLine) bool { return i[0].Progress.Step > 5 && i[0].Takes > 0 })
	if i := r.Items()[0]; i.Takes < 90_000*each {
		t.Errorf("found %s left of 100000 iterations of at least %s", i.Takes, each)
	}
	r.Pause(id)
	r.add("short", 2)
	r.until(t, "the short one is done", states(QueuePaused, QueueDone))
	r.Resume(id)
	step := r.Items()[0].Progress.Step
	r.until(t, "it goes on", func(i []QueueLine) bool { return i[0].Progress.Step > step })
	r.Stop(id)
	r.until(t, "it is stopped", states(QueueStopped, QueueDone))
	kept := trained(t, dir)
	if kept <= step {
		t.Errorf("kept after %d iterations, want more than %d", kept, step)
	}
	r.Retry(id)
	r.until(t, "it goes on from there", func(i []QueueLine) bool { return i[0].Progress.Step > kept })
	r.Stop(id)
	r.until(t, "it is stopped again", states(QueueStopped, QueueDone))
	r.Hold(true)
	r.addTraining(filepath.Join(t.TempDir(), "next"), 1000)
	if i := r.Items()[2]; i.Takes < 1000*each {
		t.Errorf("of the next one: found %s", i.Takes)
	}
}

// TestTasksThatCannotBe: a family and a folder that cannot be, an axis that the model does
// not have, pictures that are gone; each is told and the queue goes on.
func TestTasksThatCannotBe(t *testing.T) {
	r := newQueueRig(t, &fake{})
	r.Add(Work{Task: TrainTask{TrainRequest{Family: "cats", Options: TrainOptions{Dir: t.TempDir()}}}})
	r.Add(Work{Task: TrainTask{TrainRequest{Family: "bowl"}}})
	r.Add(Work{Task: GridTask{Model: r.model(), Grid: GridFile{Version: GridFileVersion, X: "colour=1,2", Recipe: recipe(r.o, 1, nil)}}})
	r.Add(Work{Task: ExportTask{Paths: []string{"gone.png"}, To: filepath.Join(t.TempDir(), "a.zip"), As: AsZIP}})
	r.add("good", 2)
	r.until(t, "the good one is done", states(QueueFailed, QueueFailed, QueueFailed, QueueFailed, QueueDone))
	for i, want := range []string{`train "cats"`, "found no folder", "colour", "found no picture that can be read among 1"} {
		if why := r.Works()[i].Why; !strings.Contains(why, want) {
			t.Errorf("job %d: found %q, want %q in it", i+1, why, want)
		}
	}
}

// TestAnExportIsStopped: nothing of it is written.
func TestAnExportIsStopped(t *testing.T) {
	r := newQueueRig(t, &fake{})
	dir := t.TempDir()
	r.Add(Work{Task: SampleTask{Model: r.model(), Recipe: recipe(r.o, 8, map[string]float64{"steps": 1}), Into: dir}})
	r.until(t, "there are pictures", states(QueueDone))
	paths, err := filepath.Glob(filepath.Join(dir, "0*.png"))
	if err != nil || len(paths) != 8 {
		t.Fatalf("found %q, %v", paths, err)
	}
	to := filepath.Join(dir, "page.html")
	stop := make(chan int, 10) // it is told more than once
	task := ExportTask{Paths: paths, To: to, As: AsHTML}
	j, keep, err := task.begin(t.Context(), r.Queue, Work{})
	if err != nil {
		t.Fatal(err)
	}
	j.notify = func() {
		if p := j.Progress(); p.Step == 3 {
			j.Stop()
			stop <- p.Steps
		}
	}
	if err := j.start().Wait(deadline(t)); err != nil || j.Progress().Phase != Stopped || <-stop != 9 {
		t.Errorf("found %+v, %v", j.Progress(), err)
	}
	if note, err := keep(t.Context()); note != "" || err != nil {
		t.Errorf("found %q, %v", note, err)
	}
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the page is there: %v", err)
	}
	var p Project
	p.PutQueue([]Work{{Task: task, State: QueueStopped}})
	if works, err := p.Works(); err != nil || !reflect.DeepEqual(works[0].Task, task) {
		t.Errorf("found %+v, %v", works, err)
	}
}
