package studio

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// Backups is how many earlier versions of a project are kept beside it when it is
// saved: NAME~1 is the newest.
const Backups = 5

// ReadProject reads a project's file and the sum that SaveProject wants of it.
func ReadProject(path string) (p *Project, sum string, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("open project %q: %w", path, plain(err))
	case info.IsDir():
		return nil, "", fmt.Errorf("open project %q: found a folder, want a file that ends in %s", path, ProjectExtension)
	case info.Size() > maxProjectBytes:
		return nil, "", fmt.Errorf("open project %q: found %d bytes, want at most %d", path, info.Size(), maxProjectBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("open project %q: %w", path, plain(err))
	}
	if p, err = ParseProject(data); err != nil {
		return nil, "", fmt.Errorf("open project %q: %w%s", path, err, backupHint(path, err))
	}
	return p, sumOf(data), nil
}

// backupHint names the newest backup of a project that cannot be read.
func backupHint(path string, err error) string {
	var newer *ProjectVersionError
	if errors.As(err, &newer) {
		return "\nhint: a newer EBM Studio opens it"
	}
	for i := 1; i <= Backups; i++ {
		if _, err := os.Stat(backupOf(path, i)); err == nil {
			return fmt.Sprintf("\nhint: an earlier version of it is in %s", backupOf(path, i))
		}
	}
	return ""
}

func backupOf(path string, i int) string { return fmt.Sprintf("%s~%d", path, i) }

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// SaveProject writes a project and returns the file's sum. The file appears whole or not
// at all, and up to five earlier versions of it are kept beside it. expect is the sum of
// the file as the caller knows it, "" where there is to be none: where something else is
// found, nothing is written and the error is ErrProjectChanged or fs.ErrExist; force
// writes all the same. A project of which nothing has changed is not written again.
func SaveProject(path string, p Project, expect string, force bool) (sum string, err error) {
	data, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("save project %q: %w", path, err)
	}
	defer alone(path)()
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sumOf(data), writeFiles(outFile{path, data})
	case err != nil:
		return "", fmt.Errorf("save project %q: %w", path, plain(err))
	case bytes.Equal(old, data):
		return sumOf(data), nil
	case !force && expect == "":
		return "", fmt.Errorf("save project %q: %w", path, fs.ErrExist)
	case !force && sumOf(old) != expect:
		return "", fmt.Errorf("save project %q: %w", path, ErrProjectChanged)
	}
	if err := keepBackup(path, old); err != nil {
		return "", err
	}
	return sumOf(data), writeFiles(outFile{path, data})
}

// lockPatience is how long a project is waited for that another program is saving.
const lockPatience = 5 * time.Second

// alone waits until no other program of ours on this machine saves a file, and keeps others
// waiting until the function it returns is called. Where no lock can be had, looking at the
// file before it is written has to do.
func alone(path string) (done func()) {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	lock := flock.New(filepath.Join(os.TempDir(), "ebmstudio-"+sumOf([]byte(path))[:16]+lockEnding))
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	_, _ = lock.TryLockContext(ctx, 10*time.Millisecond)
	return func() { _ = lock.Close() }
}

// keepBackup makes room for one more backup and writes it.
func keepBackup(path string, old []byte) error {
	for i := Backups - 1; i >= 1; i-- {
		if err := os.Rename(backupOf(path, i), backupOf(path, i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep a backup of %q: %w", filepath.Base(path), plain(err))
		}
	}
	return writeFiles(outFile{backupOf(path, 1), old})
}

// Export writes the parts of a project that are files of their own into a folder,
// recipes as JSON, pictures and masks as PNG, and returns their paths. All of them appear
// or none.
func (p *Project) Export(folder string) (paths []string, err error) {
	var files []outFile
	folders := map[string]bool{folder: true}
	p.parts(func(f *ProjectFile, _, name string) {
		if len(f.Data) > 0 {
			path := filepath.Join(folder, filepath.FromSlash(name))
			files = append(files, outFile{path, f.Data})
			folders[filepath.Dir(path)] = true
		}
	})
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if err := makeDir(dir); err != nil {
			return nil, err
		}
	}
	if err := writeFiles(files...); err != nil {
		return nil, err
	}
	for _, f := range files {
		paths = append(paths, f.path)
	}
	return paths, nil
}
