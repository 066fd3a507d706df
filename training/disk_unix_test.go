//go:build unix

package training

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ebmstudio/internal/badluck"
)

// TestFullDisk: a save that does not fit is an error, and leaves what was there.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	const numbers = 1 << 16
	train(t, &walker{size: numbers}, context.Background(), Options{Dir: dir, Iterations: 3})
	state, model := read(t, dir, StateFile), read(t, dir, ModelFile)

	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	// No file may be longer than 64 KB: as a full disk, but for this process alone.
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), (&walker{size: numbers}).learner(), Options{Dir: dir, Resume: true, SaveEvery: 1})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err == nil || !strings.Contains(err.Error(), "save the training state") || !strings.Contains(err.Error(), "file too large") {
		t.Errorf("found error %v, want that the state could not be saved", err)
	}
	if !bytes.Equal(state, read(t, dir, StateFile)) || !bytes.Equal(model, read(t, dir, ModelFile)) {
		t.Error("what was saved before is damaged")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind %q (%v)", left, err)
	}
}

// TestUnwritableFolder: the folder is refused before anything is computed.
func TestUnwritableFolder(t *testing.T) {
	dir := t.TempDir()
	badluck.ReadOnly(t, dir)
	w := &walker{metrics: func(int) map[string]float64 { t.Error("an iteration was done"); return nil }}
	if _, err := Run(context.Background(), w.learner(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("found error %v, want the folder named", err)
	}
}
