// Package library keeps pictures: a folder of PNG files with their recipes, tags and
// stars inside, and an index of them. The files are the truth. The index is a cache
// that Rescan brings up to date and Rebuild makes anew; losing it loses nothing.
//
//	l, err := library.Open(ctx, library.Options{Folder: dir, Describe: describe})
//	defer l.Close()
//	changes, err := l.Rescan(ctx, nil)
//	page, err := l.Page(ctx, library.Query{Label: "coat", Limit: 100})
//
// Pictures are known by their names: paths below the folder, with slashes. Several
// programs may have one library open; what one writes, the others see.
package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/adrg/xdg"
)

// About is what a file tells of its making. Package studio reads it from the recipe.
type About struct {
	Model, SHA256, Weights string   // the checkpoint
	Family                 string   // empty where the file does not say
	Sampler, Engine        string   // how it was made
	Expression             string   // what was composed, as it was typed
	Labels                 []string // classes that were asked for
	Seed                   uint64
	Chain, Steps           int      // Chain is -1 for a contact sheet
	Energy                 *float32 // nil where it is not known
	Edited                 bool     // the pixels are not those that were saved
	Words                  string   // more that a search finds
}

// Item is a picture of the library.
type Item struct {
	Name string // below the folder, with slashes
	// Origin is the SHA-256 of the file without its notes, hex: the same picture has it in
	// every library, whatever its name, tags and star.
	Origin string
	About
	Width, Height int
	Bytes         int64     // of the file
	Added         time.Time // when it came into the library, to the second
	Favourite     bool
	Tags          []string // sorted
}

// Fault is a file that could not be used, and why.
type Fault struct {
	Name string // below the folder; the path as given where it is not of the library
	Err  error
}

// Error is the fault in a line.
func (f Fault) Error() string { return fmt.Sprintf("%q: %v", f.Name, f.Err) }

// Unwrap is the cause.
func (f Fault) Unwrap() error { return f.Err }

// Options say where a library is and how its files are read.
type Options struct {
	Folder string // DefaultFolder() where empty; made where it is missing
	// Describe reads a PNG file's content: what it tells of its making, and the pixels.
	Describe func(file []byte) (About, image.Image, error)
	// Say is told in a line what a person should know: an index that was rebuilt, a
	// folder that is read-only. It may be nil.
	Say func(line string)
}

// Library is an open library. It is safe for concurrent use.
type Library struct {
	folder   string
	describe func(file []byte) (About, image.Image, error)
	say      func(line string)
	now      func() time.Time

	writing sync.Mutex   // held by what changes files or index; taken before lock
	lock    sync.RWMutex // guards db
	db      *sql.DB
	memory  bool // the index is in memory, since the folder is read-only
}

// DefaultFolder is where the library is if nobody says otherwise: below the user's data
// folder (XDG_DATA_HOME on Linux).
func DefaultFolder() string { return filepath.Join(xdg.DataHome, "ebmstudio", "library") }

// Open opens the library of a folder with the index as it is; Rescan brings that up to
// date. An index that is damaged or of another version is made anew from the files. In a
// read-only folder the index is held in memory.
func Open(ctx context.Context, o Options) (*Library, error) {
	if o.Folder == "" {
		o.Folder = DefaultFolder()
	}
	folder, err := filepath.Abs(o.Folder)
	if err != nil {
		return nil, fmt.Errorf("open library %q: %w", o.Folder, err)
	}
	l := &Library{folder: folder, describe: o.Describe, say: o.Say, now: time.Now}
	if l.say == nil {
		l.say = func(string) {}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("open library %q: %w", folder, cause(err))
	}
	if _, err := os.ReadDir(folder); err != nil {
		return nil, fmt.Errorf("open library %q: %w", folder, cause(err))
	}
	fresh, err := l.openIndex(ctx)
	if err != nil {
		return nil, fmt.Errorf("open library %q: %w", folder, err)
	}
	if fresh {
		if _, err := l.Rescan(ctx, nil); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// Close closes the index.
func (l *Library) Close() error {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.db.Close()
}

// Folder is the absolute path of the library's folder.
func (l *Library) Folder() string { return l.folder }

// Path is the file of a picture. The name must be one of the library's (see NameOf).
func (l *Library) Path(name string) string { return filepath.Join(l.folder, filepath.FromSlash(name)) }

// NameOf is the name of a picture that a person gave by its name in the library or by
// the path of its file.
func (l *Library) NameOf(given string) (string, error) {
	if local := filepath.FromSlash(given); filepath.IsLocal(local) {
		if st, err := os.Stat(filepath.Join(l.folder, local)); err == nil && st.Mode().IsRegular() {
			return filepath.ToSlash(filepath.Clean(local)), nil
		}
	}
	if name, ok := l.inside(given); ok {
		if st, err := os.Stat(given); err == nil && st.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", fmt.Errorf("found no picture %q in the library %q", given, l.folder)
}

// inside is the name of a path that lies in the folder.
func (l *Library) inside(path string) (string, bool) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(l.folder, abs)
	if err != nil || !filepath.IsLocal(rel) || hidden(filepath.ToSlash(rel)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// cause is a file system's error without the path, which the caller says.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if p, ok := errors.AsType[*os.LinkError](err); ok {
		return p.Err
	}
	return err
}
