package library

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"ebmstudio/internal/pngtext"
)

// Imported is what Add did.
type Imported struct {
	Items   []Item  // that are new in the library
	Known   []Item  // that it had already, pixel for pixel with the same recipe
	Skipped []Fault // files that are no pictures with a recipe
}

// Add copies picture files, and those in folders, into the library; the originals stay.
// Files in the library's own folder are taken in where they are. What is no picture with a
// recipe is skipped and named; a disk that cannot be written ends it with what was done so
// far.
func (l *Library) Add(ctx context.Context, paths ...string) (Imported, error) {
	var done Imported
	for _, given := range paths {
		files, err := pngsAt(given)
		if err != nil {
			done.Skipped = append(done.Skipped, Fault{given, cause(err)})
			continue
		}
		for _, path := range files {
			if err := ctx.Err(); err != nil {
				return done, err
			}
			if err := l.addFile(ctx, path, &done); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// AddData is Add of a PNG file's content; from is what a fault calls it.
func (l *Library) AddData(ctx context.Context, from string, data []byte) (Imported, error) {
	var done Imported
	return done, l.addData(ctx, from, data, &done)
}

// pngsAt is a file, or the PNG files below a folder.
func pngsAt(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil || !st.IsDir() {
		return []string{path}, err
	}
	var files []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p != path && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return filepath.SkipDir
		case d.Type().IsRegular() && isPNG(p):
			files = append(files, p)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		return nil, errors.New("found no PNG files in the folder")
	}
	return files, err
}

func (l *Library) addFile(ctx context.Context, path string, done *Imported) error {
	st, err := os.Stat(path)
	switch {
	case err != nil:
	case !st.Mode().IsRegular() || st.Size() > maxFile:
		err = fmt.Errorf("found %d bytes (%s), want a file of at most %d", st.Size(), st.Mode(), maxFile)
	default:
		if name, ok := l.inside(path); ok && isPNG(path) {
			return l.addOwn(ctx, name, done)
		}
		var data []byte
		if data, err = os.ReadFile(path); err == nil {
			return l.addData(ctx, path, data, done)
		}
	}
	done.Skipped = append(done.Skipped, Fault{path, cause(err)})
	return nil
}

// addOwn indexes a file that is in the library's folder.
func (l *Library) addOwn(ctx context.Context, name string, done *Imported) error {
	if it, err := l.Item(ctx, name); err == nil {
		done.Known = append(done.Known, it)
		return nil
	}
	l.writing.Lock()
	err := l.change(ctx, func(tx *sql.Tx) error { return l.index(ctx, tx, name) })
	l.writing.Unlock()
	return l.report(ctx, name, name, err, done)
}

func (l *Library) addData(ctx context.Context, from string, data []byte, done *Imported) error {
	n, err := readNotes(data)
	if err != nil {
		return l.report(ctx, from, "", err, done)
	}
	bare, err := pngtext.Remove(data, notesKeyword)
	if err != nil {
		return l.report(ctx, from, "", err, done)
	}
	origin := sha256.Sum256(bare)
	if name, err := l.withOrigin(ctx, origin[:]); err != nil {
		return err
	} else if name != "" {
		it, err := l.Item(ctx, name)
		done.Known = append(done.Known, it)
		return err
	}
	about, _, err := l.describe(data)
	if err != nil {
		return l.report(ctx, from, "", err, done)
	}
	n.Added = l.now().UTC().Truncate(1e9) // when it came into this library
	if data, err = n.write(data); err != nil {
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	path, err := place(l.folder, stem(about, n.Added.Local().Format("20060102-150405")), data)
	if err != nil {
		return fmt.Errorf("add %q to the library %q: %w", from, l.folder, err)
	}
	name := filepath.Base(path)
	err = l.change(ctx, func(tx *sql.Tx) error { return l.index(ctx, tx, name) })
	return l.report(ctx, from, name, err, done)
}

// report notes what became of a file.
func (l *Library) report(ctx context.Context, from, name string, err error, done *Imported) error {
	if code(err) != 0 && name != "" {
		err = fmt.Errorf("add %q: it is in the folder as %q and the next scan finds it: %w", from, name, err)
	}
	if code(err) != 0 || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if err != nil {
		done.Skipped = append(done.Skipped, Fault{from, err})
		return nil
	}
	it, err := l.Item(ctx, name)
	if err != nil {
		return err
	}
	done.Items = append(done.Items, it)
	return nil
}

// withOrigin is the name of a picture that is the same but for its notes, and still there.
func (l *Library) withOrigin(ctx context.Context, origin []byte) (name string, err error) {
	err = l.read(ctx, func(db *sql.DB) error {
		err := db.QueryRowContext(ctx, "SELECT name FROM pictures WHERE origin = ? LIMIT 1", origin).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || name == "" {
		return "", err
	}
	if _, err := os.Stat(l.Path(name)); err != nil {
		return "", nil
	}
	return name, nil
}

// stem is the name of a new file without its ending: date, model, seed and chain.
func stem(a About, date string) string {
	model := strings.TrimSuffix(filepath.Base(a.Model), filepath.Ext(a.Model))
	model = strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-') {
			return r
		}
		return '_'
	}, model)
	chain := fmt.Sprintf("c%03d", a.Chain)
	if a.Chain < 0 {
		chain = "sheet"
	}
	return fmt.Sprintf("%s-%.40s-s%d-%s", date, model, a.Seed, chain)
}
