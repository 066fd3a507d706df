//go:build unix

package training

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lock takes a run's folder for this training until it is released or the process ends,
// however it ends: the lock is the kernel's, the file only names who holds it.
func lock(dir string) (release func(), err error) {
	path := filepath.Join(dir, LockFile)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("lock the run's folder: %w", err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			holder, _ := os.ReadFile(path) // who it is helps, but is not needed
			_ = f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, lockedError(dir, strings.TrimSpace(string(holder)))
			}
			return nil, fmt.Errorf("lock the run's folder: %w", err)
		}
		// Another training may have ended, and taken the file away, since it was opened.
		here, err := f.Stat()
		if there, gone := os.Stat(path); err != nil || gone != nil || !os.SameFile(here, there) {
			_ = f.Close()
			continue
		}
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteString(holderName(os.Getpid(), time.Now()))
		}
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("lock the run's folder: %w", err)
		}
		return func() { _ = os.Remove(path); _ = f.Close() }, nil
	}
}
