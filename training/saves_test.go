package training

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// savedAt trains a walker that is saved after every iteration of a list, by order.
func savedAt(t *testing.T, dir string, o Options, after ...int) {
	t.Helper()
	done := 0
	o.Dir, o.LogEvery, o.SaveEvery = dir, 1, time.Hour
	o.Order = func() Order {
		if done++; slices.Contains(after, done) {
			return OrderSave
		}
		return OrderNone
	}
	train(t, &walker{}, context.Background(), o)
}

// iterationsOfSaves are those of the saves of a folder, the newest first.
func iterationsOfSaves(t *testing.T, dir string) (all []int) {
	t.Helper()
	saves, err := Saves(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range saves {
		if s.Bytes == 0 || s.Time.IsZero() || s.Newest != (i == 0) {
			t.Errorf("save %d: found %+v", i, s)
		}
		all = append(all, s.Iterations)
	}
	return all
}

// TestEarlierSavesAreKept: the last three by default, the number asked for otherwise, and
// no more on the disk.
func TestEarlierSavesAreKept(t *testing.T) {
	for keep, want := range map[int][]int{0: {10, 8, 6}, 1: {10}, 2: {10, 8}, 9: {10, 8, 6, 4, 2}} {
		dir := t.TempDir()
		savedAt(t, dir, Options{Iterations: 10, Keep: keep}, 2, 4, 6, 8)
		if got := iterationsOfSaves(t, dir); !slices.Equal(got, want) {
			t.Errorf("keep %d: found saves after %v iterations, want %v", keep, got, want)
		}
		states := 0
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if e.Name() == StateFile {
				states++
			}
			return err
		})
		if err != nil || states != len(want) {
			t.Errorf("keep %d: found %d states on the disk (%v), want %d", keep, states, err, len(want))
		}
	}
	if none, err := Saves(t.TempDir()); none != nil || err != nil {
		t.Errorf("of an empty folder: found %v, %v", none, err)
	}
}

// TestGoingOnFromAnEarlierSave is to the bit what the run would have been, and the state
// that was left can be gone back to.
func TestGoingOnFromAnEarlierSave(t *testing.T) {
	dir, whole := t.TempDir(), t.TempDir()
	savedAt(t, dir, Options{Iterations: 12}, 4, 8)
	savedAt(t, whole, Options{Iterations: 6})
	last := read(t, dir, StateFile)
	savedAt(t, dir, Options{Iterations: 6, Resume: true, From: 4})
	if !bytes.Equal(read(t, dir, StateFile), read(t, whole, StateFile)) || !bytes.Equal(read(t, dir, ModelFile), read(t, whole, ModelFile)) {
		t.Error("gone on from iteration 4 to 6 it differs from a run of 6 iterations")
	}
	entries, err := ReadHistory(dir)
	if err != nil || len(entries) != 6 {
		t.Errorf("found %d entries of the history (%v), want those of 6 iterations", len(entries), err)
	}
	if got := iterationsOfSaves(t, dir); !slices.Contains(got, 12) || got[0] != 6 {
		t.Errorf("found saves after %v iterations, want 6 and the one after 12 that was left", got)
	}
	savedAt(t, dir, Options{Iterations: 12, Resume: true, From: 12})
	if !bytes.Equal(read(t, dir, StateFile), last) {
		t.Error("what was left cannot be gone back to")
	}
	_, err = Run(context.Background(), (&walker{}).learner(), Options{Dir: dir, Resume: true, From: 5})
	if err == nil || !strings.Contains(err.Error(), "found no such save") || !strings.Contains(err.Error(), "want one of 12 (0.0 MB)") {
		t.Errorf("found %v, want the saves that there are", err)
	}
}

// TestASaveThatCannotBeKept does not end the training, which says so.
func TestASaveThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, SavesFolder), []byte("a file of somebody"), 0o644); err != nil {
		t.Fatal(err)
	}
	var notes []string
	savedAt(t, dir, Options{Iterations: 6, Notify: func(p Progress) {
		if p.Note != "" {
			notes = append(notes, p.Note)
		}
	}}, 2, 4)
	if len(notes) != 2 || notes[0] != "saved" || !strings.Contains(notes[1], "an earlier save is lost") {
		t.Errorf("found notes %q", notes)
	}
	if n, err := Iterations(dir); n != 6 || err != nil {
		t.Errorf("found a state after %d iterations (%v), want 6", n, err)
	}
	if text := read(t, dir, SavesFolder); string(text) != "a file of somebody" {
		t.Errorf("the file became %q", text)
	}
}

// TestAHalfMadeSave is what a kill leaves: it is no save, and the next one replaces it.
func TestAHalfMadeSave(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, SavesFolder, ".half")
	if err := errors.Join(os.MkdirAll(half, 0o755), os.WriteFile(filepath.Join(half, StateFile), []byte("ha"), 0o644)); err != nil {
		t.Fatal(err)
	}
	savedAt(t, dir, Options{Iterations: 6}, 2, 4)
	if got := iterationsOfSaves(t, dir); !slices.Equal(got, []int{6, 4, 2}) {
		t.Errorf("found %v", got)
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the half-made save is still there: %v", err)
	}
}
