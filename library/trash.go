package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// trashName is the folder in the library that removed pictures wait in, one folder a
// removal.
const trashName = ".trash"

// Removal is a set of pictures that were removed together.
type Removal struct {
	ID    string // of the removal, which is also when it was
	Names []string
}

// Remove moves pictures to the library's trash; Restore brings them back. It returns the
// removal with what was moved; pictures that vanished are skipped.
func (l *Library) Remove(ctx context.Context, names []string) (Removal, []Fault, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	r := Removal{ID: l.now().UTC().Format("20060102T150405.000000000")}
	var skipped []Fault
	var moved []string
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return r, skipped, err
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) || hidden(name) {
			skipped = append(skipped, Fault{name, errors.New("not a picture of the library")})
			continue
		}
		to := filepath.Join(l.folder, trashName, r.ID, filepath.FromSlash(name))
		if _, err := os.Lstat(l.Path(name)); err != nil {
			skipped = append(skipped, Fault{name, cause(err)})
			moved = append(moved, name) // the index should no longer have it either
			continue
		}
		err := os.MkdirAll(filepath.Dir(to), 0o755)
		if err == nil {
			err = os.Rename(l.Path(name), to)
		}
		if err != nil {
			return r, skipped, errors.Join(fmt.Errorf("move %q to the trash: %w", name, cause(err)), l.forgetAll(ctx, moved))
		}
		r.Names, moved = append(r.Names, name), append(moved, name)
	}
	return r, skipped, l.forgetAll(ctx, moved)
}

func (l *Library) forgetAll(ctx context.Context, names []string) error {
	return l.change(context.WithoutCancel(ctx), func(tx *sql.Tx) error { // the files are moved already
		for _, name := range names {
			if err := forget(ctx, tx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Trash lists the removals, the newest first.
func (l *Library) Trash() ([]Removal, error) {
	dirs, err := os.ReadDir(filepath.Join(l.folder, trashName))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("look into the trash of %q: %w", l.folder, cause(err))
	}
	var all []Removal
	for _, d := range dirs {
		r := Removal{ID: d.Name()}
		root := filepath.Join(l.folder, trashName, d.Name())
		files, err := pngsAt(root)
		if err != nil || !d.IsDir() {
			continue // emptied, or not ours
		}
		for _, f := range files {
			if rel, err := filepath.Rel(root, f); err == nil {
				r.Names = append(r.Names, filepath.ToSlash(rel))
			}
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Removal) int { return strings.Compare(b.ID, a.ID) })
	return all, nil
}

// Restore brings the pictures of a removal back, the newest one's where id is empty. A
// picture whose name is taken meanwhile gets a number behind it. It returns the names
// that the pictures now have.
func (l *Library) Restore(ctx context.Context, id string) ([]string, error) {
	all, err := l.Trash()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(r Removal) bool { return id == "" || r.ID == id })
	if i < 0 {
		if id == "" {
			return nil, errors.New("restore: the trash is empty")
		}
		return nil, fmt.Errorf("restore: found no removal %q in the trash", id)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	root := filepath.Join(l.folder, trashName, all[i].ID)
	var back []string
	for _, name := range all[i].Names {
		if err := ctx.Err(); err != nil {
			return back, err
		}
		to, err := l.unbury(filepath.Join(root, filepath.FromSlash(name)), name)
		if err != nil {
			return back, fmt.Errorf("restore %q: %w", name, err)
		}
		err = l.change(ctx, func(tx *sql.Tx) error { return l.index(ctx, tx, to) })
		if code(err) != 0 || ctx.Err() != nil {
			return append(back, to), err
		}
		back = append(back, to) // a damaged picture is back too; the next scan says what it is
	}
	return back, removeEmpty(root)
}

// unbury moves a file out of the trash and returns its name there.
func (l *Library) unbury(from, name string) (string, error) {
	dir := filepath.Dir(l.Path(name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", cause(err)
	}
	base := filepath.Base(from)
	to, err := settle(from, dir, strings.TrimSuffix(base, filepath.Ext(base)))
	if err != nil {
		return "", err
	}
	if err := os.Remove(from); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", cause(err)
	}
	rel, err := filepath.Rel(l.folder, to)
	return filepath.ToSlash(rel), err
}

// removeEmpty removes a removal's folder once nothing but folders is in it.
func removeEmpty(root string) error {
	if files, err := pngsAt(root); err == nil && len(files) > 0 {
		return nil
	}
	return cause(os.RemoveAll(root))
}

// EmptyTrash deletes removals older than a time for good and returns how many pictures
// they had.
func (l *Library) EmptyTrash(olderThan time.Time) (int, error) {
	all, err := l.Trash()
	if err != nil {
		return 0, err
	}
	n, limit := 0, olderThan.UTC().Format("20060102T150405.000000000")
	for _, r := range all {
		if r.ID >= limit {
			continue
		}
		if err := os.RemoveAll(filepath.Join(l.folder, trashName, r.ID)); err != nil {
			return n, fmt.Errorf("empty the trash: %w", cause(err))
		}
		n += len(r.Names)
	}
	return n, nil
}
