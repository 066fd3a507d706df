package training

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SavesFolder holds earlier saves of a run, a folder each by the iterations done. The
// newest save is the run's own files; files that did not change are shared with it by the
// file system where it can.
const SavesFolder = "saves"

// DefaultKeep is how many saves a run keeps, the newest included, so that its disk use is
// at most so many states and models.
const DefaultKeep = 3

// Save is a state that a run can go on from.
type Save struct {
	Iterations int // done
	Bytes      int64
	Time       time.Time
	Newest     bool // it is the run's own state
}

// savedFiles are what a save consists of.
func savedFiles() []string { return []string{StateFile, ModelFile} }

// Saves lists what the run in a folder can go on from, the newest first; none where it
// has not been saved yet.
func Saves(dir string) ([]Save, error) {
	n, err := Iterations(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	earlier, err := earlierSaves(dir)
	if err != nil {
		return nil, err
	}
	newest := Save{Iterations: n, Newest: true}
	newest.Bytes, newest.Time = sizeOf(dir)
	// A run that was rolled back may have come to the same iteration again: the number
	// means the newest then.
	earlier = slices.DeleteFunc(earlier, func(s Save) bool { return s.Iterations == n })
	return append([]Save{newest}, earlier...), nil
}

// earlierSaves are those before the newest, in the order of time, the youngest first.
func earlierSaves(dir string) (all []Save, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, SavesFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the saves: %w", err)
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil || !e.IsDir() {
			continue // half-made, or somebody else's
		}
		s := Save{Iterations: n}
		if s.Bytes, s.Time = sizeOf(filepath.Join(dir, SavesFolder, e.Name())); s.Bytes > 0 {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Save) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.Iterations, a.Iterations)) })
	return all, nil
}

// sizeOf is the size of a save's files and when the state was written.
func sizeOf(dir string) (bytes int64, at time.Time) {
	for _, name := range savedFiles() {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			bytes += info.Size()
			if name == StateFile {
				at = info.ModTime()
			}
		}
	}
	return bytes, at
}

func saveFolder(dir string, iterations int) string {
	return filepath.Join(dir, SavesFolder, fmt.Sprintf("%06d", iterations))
}

// keepSave keeps the run's own state, which has so many iterations behind it, beside the
// earlier ones. It appears whole or not at all.
func keepSave(dir string, iterations int) error {
	to := saveFolder(dir, iterations)
	half := filepath.Join(dir, SavesFolder, ".half")
	err := errors.Join(os.RemoveAll(half), os.MkdirAll(half, 0o755))
	for _, name := range savedFiles() {
		if err == nil {
			err = share(filepath.Join(dir, name), filepath.Join(half, name))
		}
	}
	if err == nil {
		err = os.RemoveAll(to) // of a run that was rolled back and has come here again
	}
	if err == nil {
		err = os.Rename(half, to)
	}
	if err != nil {
		return fmt.Errorf("keep the save after %d iterations: %w", iterations, errors.Join(err, os.RemoveAll(half)))
	}
	return nil
}

// share gives a file that is never written again, only replaced, a second name; where the
// file system has no such names it is copied.
func share(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// dropSaves removes all but the youngest of the earlier saves.
func dropSaves(dir string, keep int) error {
	all, err := earlierSaves(dir)
	if err != nil {
		return err
	}
	for _, s := range all[min(keep, len(all)):] {
		if err := os.RemoveAll(saveFolder(dir, s.Iterations)); err != nil {
			return fmt.Errorf("remove an old save: %w", err)
		}
	}
	return nil
}

// restoreSave makes an earlier save the run's own state. The state that it replaces is
// kept as an earlier one, so that this can be undone.
func restoreSave(dir string, iterations int) error {
	all, err := Saves(dir)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s Save) bool { return s.Iterations == iterations })
	switch {
	case i < 0:
		return fmt.Errorf("go on from %d iterations: found no such save in %q, want one of %s", iterations, dir, saysSaves(all))
	case all[i].Newest:
		return nil
	}
	if err := keepSave(dir, all[0].Iterations); err != nil {
		return err
	}
	from := saveFolder(dir, iterations)
	for _, name := range savedFiles() {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("go on from %d iterations: %w", iterations, err)
		}
	}
	return os.RemoveAll(from)
}

// saysSaves names saves: "240 (1.2 MB), 120 (1.2 MB)".
func saysSaves(all []Save) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = fmt.Sprintf("%d (%.1f MB)", s.Iterations, float64(s.Bytes)/1e6)
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
