package studio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"
)

// JournalPeriod is the longest time between a change and its place in the recovery
// file.
const JournalPeriod = 3 * time.Second

// StateFolder is where recovery files, crash logs and the queue of the last time are
// kept.
func StateFolder() string { return filepath.Join(xdg.StateHome, "ebmstudio") }

const (
	recoveryName = "recovery-"
	lockEnding   = ".lock"
	queueFile    = "queue" + ProjectExtension
)

// Journal is the recovery file of a program that runs: the project as it stood a moment
// ago. It is gone after a clean end; what a killed program leaves is found by Recoveries.
type Journal struct {
	path string
	lock *flock.Flock

	writing sync.Mutex
	sum     string // of what is in the file
	closed  bool
}

// OpenJournal begins a recovery file in a folder, under a name that no other program
// uses; it is written when there is something to keep.
func OpenJournal(folder string) (*Journal, error) {
	if err := makeDir(folder); err != nil {
		return nil, fmt.Errorf("recovery file: %w", err)
	}
	for i := range 1000 {
		path := filepath.Join(folder, fmt.Sprintf("%s%d-%d%s", recoveryName, os.Getpid(), i, ProjectExtension))
		lock := flock.New(path + lockEnding)
		mine, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("recovery file %q: %w", path, plain(err))
		}
		if !mine {
			continue
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return &Journal{path: path, lock: lock}, nil
		}
		_ = lock.Close() // it is a recovery file of somebody who had the same number
	}
	return nil, fmt.Errorf("recovery file: found no free name in %q", folder)
}

// Path is the recovery file's.
func (j *Journal) Path() string { return j.path }

// Keep writes the project where it differs from what the file holds; it reports whether
// it wrote. It may be called from any goroutine.
func (j *Journal) Keep(p Project) (wrote bool, err error) {
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.closed {
		return false, nil
	}
	saved := p.Saved
	p.Saved = time.Time{} // time passing is no change
	data, err := p.Bytes()
	if err != nil {
		return false, err
	}
	sum := sumOf(data)
	if sum == j.sum {
		return false, nil
	}
	p.Saved = saved
	if data, err = p.Bytes(); err != nil {
		return false, err
	}
	if err := writeFiles(outFile{j.path, data}); err != nil {
		return false, err
	}
	j.sum = sum
	return true, nil
}

// Close ends the journal and removes the recovery file: the program ends as it should.
func (j *Journal) Close() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	err := os.Remove(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(j.path+lockEnding), j.lock.Close())
}

// Recovery is the recovery file of a program that did not end as it should.
type Recovery struct {
	Path    string
	When    time.Time // it was written last
	Project *Project  // nil where it cannot be read
	Err     error     // why it cannot be read
}

// Recoveries are the recovery files of a folder whose programs run no more, the newest
// first.
func Recoveries(folder string) []Recovery {
	paths, _ := filepath.Glob(filepath.Join(folder, recoveryName+"*"+ProjectExtension)) // the pattern is sound
	var found []Recovery
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !abandoned(path) {
			continue
		}
		r := Recovery{Path: path, When: info.ModTime()}
		r.Project, _, r.Err = ReadProject(path)
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b Recovery) int { return b.When.Compare(a.When) })
	return found
}

// abandoned reports whether no running program holds a recovery file.
func abandoned(path string) bool {
	lock := flock.New(path + lockEnding)
	free, err := lock.TryLock()
	if err == nil && free {
		_ = lock.Close() // held for a moment only
	}
	return err == nil && free
}

// Discard removes the recovery file.
func (r Recovery) Discard() error {
	if err := os.Remove(r.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %q: %w", r.Path, plain(err))
	}
	r.tidy()
	return nil
}

// tidy removes what a killed program leaves beside its recovery file: the lock, and
// files that it was writing.
func (r Recovery) tidy() {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(r.Path), "."+filepath.Base(r.Path)+"*")) // the name has no signs of patterns
	for _, path := range append(left, r.Path+lockEnding) {
		_ = os.Remove(path) // they hold nothing
	}
}

// SetAside renames a recovery file that cannot be read, so that it is kept and not
// offered again, and returns its new path.
func (r Recovery) SetAside() (string, error) {
	aside := strings.TrimSuffix(r.Path, ProjectExtension) + ".unread"
	if err := os.Rename(r.Path, aside); err != nil {
		return "", fmt.Errorf("set %q aside: %w", r.Path, plain(err))
	}
	r.tidy()
	return aside, nil
}

// KeepQueue keeps the work that waits for the next start; no work removes the file.
func KeepQueue(folder string, p Project) error {
	path := filepath.Join(folder, queueFile)
	if len(p.Queue) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %q: %w", path, plain(err))
		}
		return nil
	}
	if err := makeDir(folder); err != nil {
		return err
	}
	data, err := p.Bytes()
	if err != nil {
		return err
	}
	return writeFiles(outFile{path, data})
}

// TakeQueue takes what KeepQueue has kept, nil where there is none.
func TakeQueue(folder string) (*Project, error) {
	path := filepath.Join(folder, queueFile)
	p, _, err := ReadProject(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil {
		return nil, fmt.Errorf("take the queue of the last time: %w", plain(err))
	}
	return p, nil
}
