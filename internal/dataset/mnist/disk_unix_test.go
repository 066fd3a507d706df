//go:build unix

package mnist

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk: what does not fit is an error, and the damaged digits that were there stay.
func TestFullDisk(t *testing.T) {
	archive := tiny(t, unchanged)
	p := packageOf(t, archive)
	folder := t.TempDir()
	file, dir := filepath.Join(folder, "given.tgz"), filepath.Join(folder, "data", "digits")
	if err := os.WriteFile(file, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	// No file may be longer than 4 KB: as a full disk, but for this process alone.
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4 << 10, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	err := p.Fetch(t.Context(), dir, file, quiet)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err == nil || !strings.Contains(err.Error(), "write train-images-idx3-ubyte, ") || !strings.Contains(err.Error(), "file too large") {
		t.Errorf("found %v, want that the pictures could not be written", err)
	}
	if names := left(t, dir); len(names) != 1 || names[0] != "digits" {
		t.Errorf("found %q, want what was there before", names)
	}
}
