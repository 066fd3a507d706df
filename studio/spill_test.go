package studio

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"ebmstudio/sampling"
)

func openSpill(t *testing.T, limit int64) *Spill {
	t.Helper()
	s, err := OpenSpill(t.TempDir(), limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

// recorded is a recording of so many steps, every picture with its own values.
func recorded(c, h, w, steps int) *Recording {
	r := newRecording(3, c, h, w, -1, 1, 1<<30)
	for step := range steps {
		add(r, step)
	}
	return r
}

func add(r *Recording, step int) {
	x := sampling.NewImages(r.chains, r.c, r.h, r.w)
	for i := range x.Data {
		x.Data[i] = float32((step*31+i*7)%255)/127.5 - 1
	}
	r.keepState(sampling.State{Step: step, X: x})
	r.add(step, x)
}

// counted checks that what the recording says of its memory is so.
func counted(t *testing.T, r *Recording) {
	t.Helper()
	n := int64(0)
	for _, f := range r.frames {
		n += f.bytes()
	}
	for _, s := range r.states.all {
		n += s.bytes()
	}
	if r.Bytes() != n {
		t.Errorf("the recording says %d bytes, found %d", r.Bytes(), n)
	}
}

// same checks that two recordings show and keep the same.
func same(t *testing.T, got, want *Recording) {
	t.Helper()
	sameFrames(t, got, want)
	for i := range want.Frames() {
		a, ok := got.stateBefore(want.StepOf(i))
		b, _ := want.stateBefore(want.StepOf(i))
		if !ok || a.Step != b.Step || !reflect.DeepEqual(a.X, b.X) {
			t.Fatalf("step %d: the exact states differ", b.Step)
		}
	}
}

// sameFrames checks that all that two recordings show is the same.
func sameFrames(t *testing.T, got, want *Recording) {
	t.Helper()
	if !slices.Equal(steps(got), steps(want)) {
		t.Fatalf("found frames of steps %v, want %v", steps(got), steps(want))
	}
	for i := range want.Frames() {
		for chain := range 3 {
			if isPlane(want.c, want.h, want.w) {
				if !slices.Equal(got.Points(i), want.Points(i)) {
					t.Fatalf("frame %d: the points differ", i)
				}
			} else if !slices.Equal(got.Frame(i, chain).Pix, want.Frame(i, chain).Pix) {
				t.Fatalf("frame %d, chain %d: the pictures differ", i, chain)
			}
		}
	}
	_, a := got.Walk(1, 0)
	_, b := want.Walk(1, 0)
	if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(got.pick(7)[3].pixels, want.pick(7)[3].pixels) {
		t.Error("what is made of the frames differs")
	}
}

func TestFramesOnTheDiskAreTheSame(t *testing.T) {
	for name, shape := range map[string][3]int{"pictures": {3, 4, 5}, "points": {2, 1, 1}} {
		t.Run(name, func(t *testing.T) {
			r, want := recorded(shape[0], shape[1], shape[2], 50), recorded(shape[0], shape[1], shape[2], 50)
			all, to := r.Bytes(), openSpill(t, 1<<20)
			if err := r.Spill(to); err != nil {
				t.Fatal(err)
			}
			if r.Bytes() != 0 || r.OnDisk() == 0 {
				t.Errorf("found %d bytes in memory and %d on the disk", r.Bytes(), r.OnDisk())
			}
			same(t, r, want)
			for step := 50; step < 60; step++ { // the run goes on meanwhile
				add(r, step)
				add(want, step)
			}
			same(t, r, want)
			counted(t, r)
			size := r.spilled.file.size
			if err := r.Recall(); err != nil || r.OnDisk() != 0 {
				t.Fatalf("%v, %d bytes still on the disk", err, r.OnDisk())
			}
			same(t, r, want)
			counted(t, r)
			if err := r.Spill(to); err != nil || r.Bytes() != 0 || r.spilled.file.size >= 2*size {
				t.Errorf("%v; going a second time leaves %d bytes in memory and %d in the file, which had %d", err, r.Bytes(), r.spilled.file.size, size)
			}
			same(t, r, want)
			r.Thin(1)
			counted(t, r)
			if all == 0 || r.Frames() != want.Frames() {
				t.Error("thinning drops frames that are on the disk and cost no memory")
			}
		})
	}
}

func TestARecordingGoesOnThinningBesideTheDisk(t *testing.T) {
	r := newRecording(3, 1, 4, 4, 0, 1, 20*3*16)
	for step := range 20 {
		add(r, step)
	}
	if err := r.Spill(openSpill(t, 1<<20)); err != nil {
		t.Fatal(err)
	}
	for step := 20; step < 400; step++ {
		add(r, step)
	}
	if counted(t, r); r.memory > r.budget || r.StepOf(0) != 0 || r.StepOf(r.Frames()-1) != 399 {
		t.Errorf("found %d bytes of %d, frames of steps %v", r.memory, r.budget, steps(r))
	}
}

func TestNoRoomOnTheDiskKeepsAllInMemory(t *testing.T) {
	r, want := recorded(1, 8, 8, 30), recorded(1, 8, 8, 30)
	all := r.Bytes()
	if err := r.Spill(openSpill(t, all-1)); err == nil || !strings.Contains(err.Error(), "want at most 0 MB") {
		t.Errorf("beyond the limit: found %v", err)
	}
	to := openSpill(t, 1<<20)
	if err := os.RemoveAll(to.folder); err != nil {
		t.Fatal(err)
	}
	if err := r.Spill(to); err == nil || !strings.Contains(err.Error(), "move the frames of a run to the disk") {
		t.Errorf("without a folder: found %v", err)
	}
	if r.Bytes() != all {
		t.Errorf("found %d bytes in memory, want all %d", r.Bytes(), all)
	}
	same(t, r, want)
}

func TestFramesThatCannotBeReadBack(t *testing.T) {
	for name, shape := range map[string][3]int{"pictures": {1, 4, 4}, "points": {2, 1, 1}} {
		r := recorded(shape[0], shape[1], shape[2], 10)
		if err := r.Spill(openSpill(t, 1<<20)); err != nil {
			t.Fatal(err)
		}
		if err := r.spilled.file.Truncate(5); err != nil {
			t.Fatal(err)
		}
		if r.Frame(6, 1) == nil || len(r.Points(6)) != map[bool]int{true: 3}[isPlane(r.c, r.h, r.w)] {
			t.Errorf("%s: no empty picture in its place", name)
		}
		if _, ok := r.stateBefore(6); ok {
			t.Errorf("%s: a state that cannot be read was given", name)
		}
		if err := r.Recall(); err == nil || !strings.Contains(err.Error(), "from the disk") {
			t.Errorf("%s: found %v", name, err)
		}
	}
}

func TestFramesComeAndGoWhileARunGoesOn(t *testing.T) {
	r, to := recorded(1, 4, 4, 5), openSpill(t, 1<<30)
	var all sync.WaitGroup
	all.Go(func() {
		for range 50 {
			if err := r.Spill(to); err != nil {
				t.Error(err)
			}
			if err := r.Recall(); err != nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		for i := range 500 {
			r.Frame(i%r.Frames(), 1)
			r.stateBefore(i)
		}
	})
	for step := 5; step < 500; step++ {
		add(r, step)
	}
	all.Wait()
	same(t, r, recorded(1, 4, 4, 500))
	counted(t, r)
}

func TestWhatAKilledProgramLeavesIsRemoved(t *testing.T) {
	cache := t.TempDir()
	left := filepath.Join(cache, spillName+"99-0")
	for _, err := range []error{os.Mkdir(left, 0o755), os.WriteFile(filepath.Join(left, "1.frames"), []byte("x"), 0o644), os.WriteFile(left+lockEnding, nil, 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	a, err := OpenSpill(cache, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("frames of a program that runs no more are still there")
	}
	b, err := OpenSpill(cache, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.folder); err != nil || a.folder == b.folder {
		t.Errorf("the folder of a program that runs: %v", err)
	}
	if err := recorded(1, 4, 4, 5).Spill(a); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Spill{a, b} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	var found []string
	_ = filepath.WalkDir(cache, func(path string, _ fs.DirEntry, _ error) error { found = append(found, path); return nil })
	if len(found) != 1 {
		t.Errorf("after the end there are still %v", found[1:])
	}
	if err := os.WriteFile(filepath.Join(cache, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSpill(filepath.Join(cache, "file"), 1); err == nil || !strings.Contains(err.Error(), "frames on the disk") {
		t.Errorf("a file where the folder is to be: found %v", err)
	}
}

func TestAForkOfARunOnTheDisk(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	of := run(t, s, o, recipe(o, 3, nil))
	if err := of.Recording().Spill(openSpill(t, 1<<20)); err != nil {
		t.Fatal(err)
	}
	j, err := s.Fork(o, of.Recipe(), of, 4, EveryChain, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	a, _ := of.Recording().Last()
	b, _ := j.Recording().Last()
	if !reflect.DeepEqual(a, b) || j.Recording().StepOf(0) != 4 {
		t.Error("a fork that changes nothing ends otherwise")
	}
}
