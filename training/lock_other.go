//go:build !unix

package training

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lock takes a run's folder for this training. A process that was killed leaves its file
// behind, which a person has to take away.
func lock(dir string) (release func(), err error) {
	path := filepath.Join(dir, LockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		holder, _ := os.ReadFile(path) // who it is helps, but is not needed
		return nil, fmt.Errorf("%w\nhint: where no such process runs any more, delete %q", lockedError(dir, strings.TrimSpace(string(holder))), path)
	case err != nil:
		return nil, fmt.Errorf("lock the run's folder: %w", err)
	}
	_, err = f.WriteString(holderName(os.Getpid(), time.Now()))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("lock the run's folder: %w", err)
	}
	return func() { _ = os.Remove(path) }, nil
}
