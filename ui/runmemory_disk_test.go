//go:build unix

package ui

import (
	"os"
	"path/filepath"
	"testing"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

func TestWithoutAFolderForFramesRunsAreThinned(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.options.Cache = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(r.options.Cache, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r.openModel("patterns.safetensors")
	first, second, _ := r.twoRuns()
	r.fails("could not go to the disk", "file", "was left out instead", "nothing that you have saved")
	r.until("memory is within its budget", func() bool { return !r.memory.busy.busy && first.Recording().Frames() < 121 })
	if second.Recording().Frames() != 121 || first.Recording().OnDisk() > 0 {
		t.Errorf("the run looked at has %d frames, the other %d", second.Recording().Frames(), first.Recording().Frames())
	}
	r.ran()
	r.until("memory is within its budget again", func() bool { return !r.memory.busy.busy })
	if r.problem != "" {
		t.Errorf("it is said a second time: %q", r.problem)
	}
}

func TestRunsOnAFullDiskAreThinned(t *testing.T) {
	if inChild(t) {
		return
	}
	r := newRig(t, studiotest.Options{})
	r.options.Cache = t.TempDir()
	r.openModel("patterns.safetensors")
	free := fullDisk(t)
	first, second, _ := r.twoRuns()
	r.fails("could not go to the disk", "write 1 MB", "file too large", "was left out instead")
	r.until("memory is within its budget", func() bool { return !r.memory.busy.busy && first.Recording().Frames() < 121 })
	if second.Recording().Frames() != 121 || first.Recording().OnDisk() > 0 {
		t.Errorf("the run looked at has %d frames, the other %d", second.Recording().Frames(), first.Recording().Frames())
	}
	files, _ := filepath.Glob(filepath.Join(r.options.Cache, "*", "*.frames"))
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() != 0 {
			t.Errorf("what could not be written whole is still there: %v, %v", info.Size(), err)
		}
	}
	free()
	r.memory.budget = studio.SpillLimit
	r.ran()
	third := r.now.job
	r.memory.budget = third.Recording().Bytes() * 9 / 10
	r.goToRun(1)
	r.until("with room on the disk again frames go there", func() bool { return third.Recording().OnDisk() > 0 && !r.memory.busy.busy })
	if r.problem != "" || third.Recording().Frames() != 121 {
		t.Errorf("found the error %q, %d frames", r.problem, third.Recording().Frames())
	}
}
