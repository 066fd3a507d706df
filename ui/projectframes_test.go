package ui

import (
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// TestFramesAreSavedAndOpened: with the switch on, a project shows its runs at once.
func TestFramesAreSavedAndOpened(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.ran()
	r.forked(40, func() { r.forkHere(studio.EveryChain) })
	first, second := r.now.runs[0].job.Recording(), r.now.runs[1].job.Recording()
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.saveProject()
	if r.asking == nil {
		t.Fatal("it is not asked whether frames belong to the project")
	}
	with := find[*ttwidget.Check](t, r, func(c *ttwidget.Check) bool { return strings.Contains(c.Text, "recorded frames") })
	if !strings.HasSuffix(with.Text, megabytes(first.FrameBytes()+second.FrameBytes())+")") || with.Checked {
		t.Errorf("the switch says %q, on: %v", with.Text, with.Checked)
	}
	with.SetChecked(true)
	test.Tap(find[*reply](t, r, func(b *reply) bool { return b.Text == "Choose the file…" }))
	r.until("it is saved", func() bool { return r.project.path != "" })
	if r.projectEdited() {
		t.Error("right after it was saved it counts as changed")
	}
	journal, err := r.snapshot()().Bytes()
	info, err2 := os.Stat(r.project.path)
	if err != nil || err2 != nil || info.Size() < first.FrameBytes() || int64(len(journal)) > info.Size()/4 {
		t.Errorf("found a file of %d bytes and a journal of %d; want the frames in the file alone (%v, %v)", info.Size(), len(journal), err, err2)
	}

	again := newRig(t, studiotest.Options{})
	again.drop(r.project.path)
	again.until("the fork's end is shown", func() bool {
		return again.project.clean != "" && again.stage.last.job == again.now.job && again.stage.last.frame == second.Frames()-1
	})
	if len(again.now.runs) != 2 || len(again.now.forks) != 0 || again.now.runs[1].parent != again.now.runs[0].job || again.now.runs[0].title != r.now.runs[0].title {
		t.Errorf("the tree is another: %+v", again.now.runs)
	}
	for i, want := range []*studio.Recording{first, second} {
		if got := again.now.runs[i].job.Recording(); !slices.Equal(framesOf(got, 3), framesOf(want, 3)) {
			t.Errorf("the frames of run %d are others", i)
		}
	}
	if again.projectEdited() {
		t.Error("right after it was opened it counts as changed")
	}
	again.goToRun(0)
	again.until("the first run is shown", func() bool { return again.stage.last.job == again.now.runs[0].job })
	again.forked(60, func() { again.forkHere(studio.EveryChain) })
	again.saveProject() // its file, with frames as before
	again.until("it is saved", func() bool { return !again.projectEdited() })
	p, _, err := studio.ReadProject(r.project.path)
	if err != nil || len(p.Sessions[0].Forks) != 3 || len(p.Sessions[0].Forks[2].Frames.Data) == 0 {
		t.Errorf("found %d runs, %v", len(p.Sessions[0].Forks), err)
	}
}

// find is an object of the dialog that is shown.
func find[T any](t *testing.T, r *rig, is func(T) bool) (found T) {
	t.Helper()
	for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
		if x, ok := o.(T); ok && is(x) {
			return x
		}
	}
	t.Fatal("the dialog lacks it")
	return found
}
