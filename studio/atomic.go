package studio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// outFile is a file to be written: its path and its content.
type outFile struct {
	path string
	data []byte
}

// writeFiles writes all files or none: each goes to a temporary file in its own
// folder, is flushed to the disk, and is renamed when all are there. A file that
// existed keeps its old content until then.
func writeFiles(files ...outFile) (err error) {
	var pending []*renameio.PendingFile
	defer func() {
		for _, p := range pending {
			_ = p.Cleanup() // does nothing for those that are in place
		}
	}()
	for _, f := range files {
		p, err := renameio.NewPendingFile(f.path, renameio.WithTempDir(filepath.Dir(f.path)), renameio.WithPermissions(0o644))
		if err != nil {
			return fmt.Errorf("save %q: %w", f.path, plain(err))
		}
		pending = append(pending, p)
		if _, err := p.Write(f.data); err != nil {
			return fmt.Errorf("save %q: write %d bytes: %w", f.path, len(f.data), plain(err))
		}
	}
	for i, p := range pending {
		if err := p.CloseAtomicallyReplace(); err != nil {
			return fmt.Errorf("save %q: %w", files[i].path, plain(err))
		}
	}
	return nil
}

// streamFile writes a file piece by piece. It appears whole or not at all, as with
// writeFiles.
func streamFile(path string, write func(io.Writer) error) error {
	p, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("save %q: %w", path, plain(err))
	}
	defer func() { _ = p.Cleanup() }() // does nothing once the file is in place
	if err := write(p); err != nil {
		return fmt.Errorf("save %q: %w", path, plain(err))
	}
	if err := p.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("save %q: %w", path, plain(err))
	}
	return nil
}

// makeDir makes a folder for output.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder %q: %w", dir, plain(err))
	}
	return nil
}

// plain drops the temporary file's name from an error, which says nothing to a
// person, and keeps its cause.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
