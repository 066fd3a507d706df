package ui

import (
	"image"
	"os"
	"strings"
	"testing"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

func TestAnEngineThatBreaksKeepsWhatWasMade(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Breaks(r.now.opened, 8, errFake)
	r.startRun()
	r.until("the run has failed", func() bool { return r.now.progress.Phase == studio.Failed && r.problem != "" })
	for _, want := range []string{"a", "at step", "of 120", errFake.Error(), "are kept"} {
		if !strings.Contains(r.problem, want) {
			t.Errorf("the error %q does not say %q", r.problem, want)
		}
	}
	if r.stage.grid.Len() != 16 || r.stage.hint.Visible() || r.exports[0].Disabled() || r.transport.start.Disabled() {
		t.Error("what the run made cannot be seen and saved, or it cannot be tried again")
	}
}

func TestAnEngineThatBreaksAtOnceSaysSo(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Breaks(r.now.opened, 0, errFake)
	r.startRun()
	r.until("the run has failed", func() bool { return r.now.progress.Phase == studio.Failed && r.problem != "" })
	if !strings.Contains(r.problem, errFake.Error()) || r.transport.start.Disabled() {
		t.Errorf("the error says %q", r.problem)
	}
}

// A run that has failed before the window looks at it for the first time is told all the same.
func TestARunThatFailsBeforeItIsSeenSaysSo(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Breaks(r.now.opened, 0, errFake)
	h := r.now
	r.replace(h, func() (*studio.Job, error) {
		job := r.studio.Sample(h.opened, h.recipe, r.feed.poke)
		<-job.Done()
		return job, nil
	}, replaced{})
	r.until("it is told", func() bool { return strings.Contains(r.problem, errFake.Error()) })
	r.hideBanner()
	r.showShot(shot{job: h.job, progress: h.job.Progress()})
	if r.problem != "" {
		t.Errorf("it is told twice: %q", r.problem)
	}
}

func TestAModelFileDeletedWhileOpen(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	path := r.openModel("a.safetensors")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r.ran() // the model is in memory
	if r.stage.grid.Len() != 16 || r.problem != "" {
		t.Errorf("%d pictures, error %q", r.stage.grid.Len(), r.problem)
	}
	r.tasks.to(taskTensors)
	r.until("the tensors are read", func() bool { return r.now.tensors != nil })
	for _, x := range r.now.tensors {
		if x.Err != nil && !strings.Contains(x.Err.Error(), "a.safetensors") {
			t.Errorf("the tensor %s says %q and names no file", x.Name, x.Err)
		}
	}
	r.drop(path)
	r.until("opening it again fails", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, "a.safetensors") {
		t.Errorf("the error %q names no file", r.problem)
	}
}

// TestWhatIsDroppedOnTheMask: neither a wrong file nor a mask larger than the picture
// changes what is painted.
func TestWhatIsDroppedOnTheMask(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.give(false, studiotest.Picture())
	r.until("the picture is there", func() bool { return r.now.paint.picture != nil })
	r.tasks.to(taskInpaint)
	before := r.now.paint.still()
	bad := t.TempDir() + "/cat.png"
	if err := os.WriteFile(bad, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.drop(bad)
	r.until("an error is shown", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, "cat.png") {
		t.Errorf("the error %q names no file", r.problem)
	}
	r.hideBanner()
	r.give(true, image.NewGray(image.Rect(0, 0, 300, 200)))
	if r.win.Canvas().Overlays().Top() == nil {
		t.Error("a mask larger than the picture is taken or refused without a question")
	}
	if now := r.now.paint.still(); now.picture != before.picture || string(now.mask) != string(before.mask) {
		t.Error("the picture or the mask has changed")
	}
}
