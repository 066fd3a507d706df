package ui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// framesOf are all pictures of a chain as they are shown.
func framesOf(rec *studio.Recording, chain int) (all []byte) {
	for i := range rec.Frames() {
		all = append(all, rec.Frame(i, chain).Pix...)
	}
	return all
}

// twoRuns makes two runs within a budget that has no room for both.
func (r *rig) twoRuns() (first, second *studio.Job, shown []byte) {
	r.Helper()
	r.ran()
	first = r.now.job
	shown = framesOf(first.Recording(), 3)
	r.memory.budget = first.Recording().Bytes() * 9 / 10
	r.ran()
	return first, r.now.job, shown
}

func TestRunsNotLookedAtGoToTheDisk(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.options.Cache = t.TempDir()
	left := filepath.Join(r.options.Cache, "frames-99999999-0") // of a program that is no more
	if err := errors.Join(os.Mkdir(left, 0o755), os.WriteFile(left+".lock", nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	r.memory.begin()
	r.busy.Wait()
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed window has left is still there")
	}
	r.openModel("patterns.safetensors")
	first, second, shown := r.twoRuns()
	r.until("the first run is on the disk", func() bool { return first.Recording().OnDisk() > 0 && !r.memory.busy.busy })
	if second.Recording().OnDisk() > 0 || first.Recording().Frames() != 121 {
		t.Errorf("the run looked at has %d bytes on the disk, the other %d frames", second.Recording().OnDisk(), first.Recording().Frames())
	}
	if !slices.Equal(framesOf(first.Recording(), 3), shown) {
		t.Error("the frames on the disk are others")
	}
	r.goToRun(0)
	r.until("it is back in memory, and the other on the disk", func() bool {
		return first.Recording().OnDisk() == 0 && second.Recording().OnDisk() > 0 && !r.memory.busy.busy
	})
	if !slices.Equal(framesOf(first.Recording(), 3), shown) {
		t.Error("the frames that came back are others")
	}
	if total := first.Recording().Bytes() + second.Recording().Bytes(); total > r.memory.budget {
		t.Errorf("found %d bytes in memory, want at most %d", total, r.memory.budget)
	}
	r.forked(40, func() { r.forkHere(studio.EveryChain) })
	r.memory.close()
	if left, _ := filepath.Glob(filepath.Join(r.options.Cache, "*")); len(left) > 0 {
		t.Errorf("after the end there are still %v", left)
	}
}
