//go:build unix

// Package badluck makes for tests what goes wrong on a person's machine. Only tests import
// it.
package badluck

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// ReadOnly takes the right to write into a folder until the test ends; the folder and the
// two above it are made readable. Root may write anywhere, so the process is nobody
// meanwhile: the test must not run beside others. It skips, loudly, where nobody may not
// read the folder.
func ReadOnly(t *testing.T, folder string) {
	t.Helper()
	parent := filepath.Dir(folder)
	for dir, mode := range map[string]os.FileMode{folder: 0o555, parent: 0o755, filepath.Dir(parent): 0o755} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Error(err)
		}
	})
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	if err := syscall.Setreuid(-1, nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setreuid(-1, 0); err != nil {
			t.Error(err)
		}
	})
	if _, err := os.ReadDir(folder); err != nil {
		t.Skipf("SKIPPED, NOT PASSED: root's folder for temporary files is closed to others (%v); run as another user to test it", err)
	}
}
