package training

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Lock takes a folder of work for this process, as a run does with its own, until it is
// released or the process ends. A second taker gets a [LockedError].
func Lock(dir string) (release func(), err error) { return lock(dir) }

// LockedError says that another process works in the folder.
type LockedError struct {
	Dir    string
	Holder string // what it said of itself, may be empty
}

// Error implements error.
func (e LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("folder %q is being worked in by %s\nhint: stop that one, or name another folder with --out", e.Dir, holder)
}

func lockedError(dir, holder string) error { return LockedError{dir, holder} }

// holderName is how a training names itself.
func holderName(pid int, now time.Time) string {
	name := "a program"
	if len(os.Args) > 0 {
		name = filepath.Base(os.Args[0])
	}
	return fmt.Sprintf("process %d (%s) since %s\n", pid, name, now.Format("2006-01-02 15:04:05"))
}
