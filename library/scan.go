package library

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Changes are what a scan found to be different from the index.
type Changes struct {
	Added, Changed, Removed int // pictures
	Total                   int // pictures that the library has now
	// Damaged are the files of the folder that cannot be used, those known before too.
	Damaged []Fault
}

// String is the changes in a line.
func (c Changes) String() string {
	s := fmt.Sprintf("%d pictures: %d new, %d changed, %d gone", c.Total, c.Added, c.Changed, c.Removed)
	if len(c.Damaged) > 0 {
		s += fmt.Sprintf("; %d skipped, which cannot be read as pictures with a recipe", len(c.Damaged))
	}
	return s
}

// batch is how many files are read between two transactions.
const batch = 64

// Rescan brings the index up to date with the folder: files that appeared, vanished or
// changed (by size, time and hash). progress, which may be nil, is told how many of the
// files to read are read. What was read before an error or the end of ctx is kept.
func (l *Library) Rescan(ctx context.Context, progress func(done, all int)) (Changes, error) {
	fail := func(err error) (Changes, error) {
		if _, gone := os.Stat(l.folder); gone != nil {
			err = cause(gone) // which the index, in the folder too, has other words for
		}
		return Changes{}, fmt.Errorf("scan library %q: %w", l.folder, err)
	}
	known, err := l.known(ctx)
	if err != nil {
		return fail(err)
	}
	names, stamps, err := l.walk(ctx)
	if err != nil {
		return fail(err)
	}
	var c Changes
	var unread []string
	for i, name := range names {
		old, ok := known[name]
		if !ok || old.size != stamps[i].size || old.mtime != stamps[i].mtime || old.mtime == 0 {
			unread = append(unread, name)
		}
	}
	gone := missing(known, names)
	if c.Removed, err = l.drop(ctx, gone, known); err != nil {
		return fail(err)
	}
	for i := 0; i < len(unread); i += batch {
		if err := l.absorb(ctx, unread[i:min(i+batch, len(unread))], known, &c); err != nil {
			return fail(err)
		}
		if progress != nil {
			progress(min(i+batch, len(unread)), len(unread))
		}
	}
	if c.Damaged, err = l.Faults(ctx); err != nil {
		return fail(err)
	}
	err = l.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT count(*) FROM pictures").Scan(&c.Total)
	})
	if err != nil {
		return fail(err)
	}
	return c, nil
}

// seen is what the index knows of a file.
type seen struct {
	stamp
	fault bool
}

// known are all files of the index.
func (l *Library) known(ctx context.Context) (map[string]seen, error) {
	all := map[string]seen{}
	err := l.read(ctx, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, "SELECT name, size, mtime, hash, 0 FROM pictures UNION ALL SELECT name, size, mtime, hash, 1 FROM faults")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var s seen
			if err := rows.Scan(&name, &s.size, &s.mtime, &s.hash, &s.fault); err != nil {
				return err
			}
			all[name] = s
		}
		return rows.Err()
	})
	return all, err
}

// walk lists the PNG files of the folder and of those below it. Hidden files and folders
// are left out.
func (l *Library) walk(ctx context.Context) (names []string, stamps []stamp, err error) {
	err = filepath.WalkDir(l.folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == l.folder {
				return cause(err)
			}
			return nil // a folder below that vanished or is closed to us holds no pictures for us
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if p != l.folder && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !isPNG(p) {
			return nil
		}
		st, err := d.Info()
		if err != nil {
			return nil // it vanished meanwhile
		}
		rel, err := filepath.Rel(l.folder, p)
		if err != nil {
			return err
		}
		names, stamps = append(names, filepath.ToSlash(rel)), append(stamps, l.stampOf(st))
		return nil
	})
	return names, stamps, err
}

func isPNG(p string) bool { return strings.EqualFold(filepath.Ext(p), ".png") }

// hidden reports whether a name or a folder of it begins with a dot.
func hidden(name string) bool {
	for dir := name; dir != "." && dir != "/"; dir = path.Dir(dir) {
		if strings.HasPrefix(path.Base(dir), ".") {
			return true
		}
	}
	return false
}

// missing are the known names that are no longer there.
func missing(known map[string]seen, names []string) []string {
	there := make(map[string]bool, len(names))
	for _, n := range names {
		there[n] = true
	}
	var gone []string
	for n := range known {
		if !there[n] {
			gone = append(gone, n)
		}
	}
	slices.Sort(gone)
	return gone
}

// drop takes names out of the index and returns how many pictures they were.
func (l *Library) drop(ctx context.Context, names []string, known map[string]seen) (pictures int, err error) {
	if len(names) == 0 {
		return 0, nil
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	err = l.change(ctx, func(tx *sql.Tx) error {
		for _, name := range names {
			if err := forget(ctx, tx, name); err != nil {
				return err
			}
			if !known[name].fault {
				pictures++
			}
		}
		return nil
	})
	return pictures, err
}

// absorb reads files into the index in one transaction.
func (l *Library) absorb(ctx context.Context, names []string, known map[string]seen, c *Changes) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.change(ctx, func(tx *sql.Tx) error {
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			old, ok := known[name]
			file, s, made, err := l.load(name)
			switch {
			case errors.Is(err, os.ErrNotExist):
				continue // the next scan finds it gone
			case err == nil && ok && bytes.Equal(old.hash, s.hash):
				if err := restamp(ctx, tx, name, s); err != nil {
					return err
				}
				continue
			}
			var e entry
			if err == nil {
				e, err = l.describeFile(name, file, s, made)
			}
			if err != nil {
				if err := putFault(ctx, tx, name, s, err); err != nil {
					return err
				}
				continue
			}
			if err := put(ctx, tx, e); err != nil {
				return err
			}
			if ok && !old.fault {
				c.Changed++
			} else {
				c.Added++
			}
		}
		return nil
	})
}

// restamp notes a new time of a file whose content is the same.
func restamp(ctx context.Context, tx *sql.Tx, name string, s stamp) error {
	for _, table := range []string{"pictures", "faults"} {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET size = ?, mtime = ? WHERE name = ?", s.size, s.mtime, name); err != nil {
			return err
		}
	}
	return nil
}

// Faults are the files of the folder that cannot be used, by name, as of the last scan.
func (l *Library) Faults(ctx context.Context) ([]Fault, error) {
	var all []Fault
	err := l.read(ctx, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, "SELECT name, why FROM faults ORDER BY name")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, why string
			if err := rows.Scan(&name, &why); err != nil {
				return err
			}
			all = append(all, Fault{name, errors.New(why)})
		}
		return rows.Err()
	})
	return all, err
}
