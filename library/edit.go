package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// Rejected is the tag of pictures that are to go when the library is cleaned up, unless
// they have a star.
const Rejected = "rejected"

// Edited is what an operation on many pictures did.
type Edited struct {
	Changed int     // pictures
	Skipped []Fault // pictures that vanished or are damaged
}

// SetFavourite gives pictures a star or takes it. It is written into the files; those
// that cannot be read are skipped, a disk that cannot be written ends it with what was
// done so far.
func (l *Library) SetFavourite(ctx context.Context, names []string, on bool) (Edited, error) {
	return l.edit(ctx, names, func(n *notes) bool {
		changed := n.Favourite != on
		n.Favourite = on
		return changed
	})
}

// AddTags gives pictures tags, as SetFavourite gives stars.
func (l *Library) AddTags(ctx context.Context, names []string, tags ...string) (Edited, error) {
	return l.retag(ctx, names, tags, func(have, given []string) []string { return append(slices.Clone(have), given...) })
}

// RemoveTags takes tags from pictures, as SetFavourite takes stars.
func (l *Library) RemoveTags(ctx context.Context, names []string, tags ...string) (Edited, error) {
	return l.retag(ctx, names, tags, func(have, given []string) []string {
		return slices.DeleteFunc(slices.Clone(have), func(t string) bool { return slices.Contains(given, t) })
	})
}

func (l *Library) retag(ctx context.Context, names, tags []string, with func(have, given []string) []string) (Edited, error) {
	given := make([]string, len(tags))
	for i, t := range tags {
		var err error
		if given[i], err = Tag(t); err != nil {
			return Edited{}, err
		}
	}
	return l.edit(ctx, names, func(n *notes) bool {
		tags := with(n.Tags, given)
		slices.Sort(tags)
		tags = slices.Compact(tags)
		changed := !slices.Equal(tags, n.Tags)
		n.Tags = tags
		return changed
	})
}

// writeError is the error of a disk, not of a picture.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// edit changes the notes of pictures, one after the other.
func (l *Library) edit(ctx context.Context, names []string, change func(*notes) bool) (Edited, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	var done Edited
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		changed, err := l.editOne(ctx, name, change)
		if w, ok := errors.AsType[writeError](err); ok {
			return done, fmt.Errorf("change %q: %w", name, w.error)
		}
		if err != nil {
			done.Skipped = append(done.Skipped, Fault{name, err})
		}
		if changed {
			done.Changed++
		}
	}
	return done, nil
}

// editOne reads, changes and writes one file within a transaction of the index, so that
// two programs do not write over each other.
func (l *Library) editOne(ctx context.Context, name string, change func(*notes) bool) (changed bool, err error) {
	err = l.change(ctx, func(tx *sql.Tx) error {
		file, _, made, err := l.load(name)
		if err != nil {
			return cause(err)
		}
		n, err := readNotes(file)
		if err != nil {
			return err
		}
		if n.Added.IsZero() {
			n.Added = made.UTC().Truncate(1e9)
		}
		if !change(&n) {
			return nil
		}
		if file, err = n.write(file); err != nil {
			return err
		}
		path := l.Path(name)
		if err := renameio.WriteFile(path, file, 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithExistingPermissions()); err != nil {
			return writeError{fmt.Errorf("write %d bytes: %w", len(file), cause(err))}
		}
		changed = true
		return l.index(ctx, tx, name)
	})
	if code(err) != 0 {
		err = writeError{err}
	}
	return changed, err
}

// index reads a file into the index.
func (l *Library) index(ctx context.Context, tx *sql.Tx, name string) error {
	file, s, made, err := l.load(name)
	if err != nil {
		return cause(err)
	}
	e, err := l.describeFile(name, file, s, made)
	if err != nil {
		return err
	}
	return put(ctx, tx, e)
}

// place writes a new file under the first free name of stem.png, stem-2.png, ..., and
// never over another.
func place(folder, stem string, data []byte) (path string, err error) {
	p, err := renameio.NewPendingFile(filepath.Join(folder, stem+".png"), renameio.WithTempDir(folder), renameio.WithPermissions(0o644))
	if err != nil {
		return "", writeError{cause(err)}
	}
	defer func() { _ = p.Cleanup() }() // takes the temporary file away
	if _, err := p.Write(data); err != nil {
		return "", writeError{fmt.Errorf("write %d bytes: %w", len(data), cause(err))}
	}
	if err := p.Sync(); err != nil {
		return "", writeError{cause(err)}
	}
	return settle(p.Name(), folder, stem)
}

// settle gives a file a free name in a folder of the same disk, without ever taking that
// of another file. The old name stays where the disk knows links.
func settle(from, folder, stem string) (path string, err error) {
	for i := 1; ; i++ {
		path = filepath.Join(folder, stem+".png")
		if i > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s-%d.png", stem, i))
		}
		err := os.Link(from, path)
		switch {
		case err == nil:
			return path, nil
		case errors.Is(err, os.ErrExist):
			continue
		}
		// A disk without links: the name could be taken between these two lines only by
		// another program that makes the same name in the same moment.
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := os.Rename(from, path); err != nil {
			return "", writeError{cause(err)}
		}
		return path, nil
	}
}
