package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// indexName is the file of the index in the library's folder; SQLite adds "-wal" and
// "-shm" while it is open.
const indexName = ".index.sqlite"

// indexVersion is raised when the tables below change; an index of another version is
// made anew.
const indexVersion = 1

// The tables. Times of files are nanoseconds, of pictures seconds since 1970; seeds are
// the signed integer of the same bits. Labels and tags are lists of lines that begin and
// end with a line break, so that one is found by instr.
const schema = `
CREATE TABLE pictures(
	id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
	size INTEGER NOT NULL, mtime INTEGER NOT NULL, hash BLOB NOT NULL, origin BLOB NOT NULL,
	added INTEGER NOT NULL, favourite INTEGER NOT NULL, tags TEXT NOT NULL,
	width INTEGER NOT NULL, height INTEGER NOT NULL,
	model TEXT NOT NULL, sha256 TEXT NOT NULL, weights TEXT NOT NULL, family TEXT NOT NULL,
	sampler TEXT NOT NULL, engine TEXT NOT NULL, expression TEXT NOT NULL, composed TEXT NOT NULL, labels TEXT NOT NULL,
	seed INTEGER NOT NULL, chain INTEGER NOT NULL, steps INTEGER NOT NULL, energy REAL, edited INTEGER NOT NULL,
	search TEXT NOT NULL
);
CREATE INDEX pictures_added ON pictures(added, id);
CREATE INDEX pictures_energy ON pictures(energy, id);
CREATE INDEX pictures_origin ON pictures(origin);
CREATE TABLE thumbnails(id INTEGER PRIMARY KEY, png BLOB NOT NULL);
CREATE TABLE faults(name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, hash BLOB NOT NULL, why TEXT NOT NULL);
CREATE TRIGGER pictures_gone AFTER DELETE ON pictures BEGIN DELETE FROM thumbnails WHERE id = old.id; END;
`

// openIndex opens the index or makes an empty one, which it reports as fresh.
func (l *Library) openIndex(ctx context.Context) (fresh bool, err error) {
	path := filepath.Join(l.folder, indexName)
	if why := unwritable(l.folder); why != nil {
		l.memory = true
		l.say(fmt.Sprintf("the library %q cannot be written to (%v): its pictures can be looked at, not changed", l.folder, why))
		return true, l.create(ctx, ":memory:")
	}
	_, statErr := os.Stat(path)
	if statErr == nil {
		found, err := l.connect(ctx, path)
		if err == nil && found == indexVersion {
			return false, nil
		}
		if unstorable(err) {
			return true, l.inMemory(ctx, err)
		}
		if err != nil && !damaged(err) && code(err) != plainError {
			return false, err
		}
		why := fmt.Sprintf("is of version %d, this program's is %d", found, indexVersion)
		if err != nil {
			why = "is damaged"
		}
		l.say(fmt.Sprintf("the index of the library %s: rebuilt from the pictures", why))
	}
	if statErr != nil {
		if err := l.begin(ctx, path); err == nil || !unstorable(err) {
			return true, err
		}
	}
	if err = l.create(ctx, path); unstorable(err) {
		err = l.inMemory(ctx, err)
	}
	return true, err
}

// begin makes the first index of a folder. It is made under another name and appears whole,
// so that of several programs that begin at once all have the same one.
func (l *Library) begin(ctx context.Context, path string) error {
	f, err := os.CreateTemp(l.folder, indexName+"-new-*")
	if err != nil {
		return l.create(ctx, path)
	}
	own := f.Name()
	defer func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(own + end) // what is not there needs no removal
		}
	}()
	if err := errors.Join(f.Close(), l.create(ctx, own)); err != nil {
		return err
	}
	db := l.db
	l.db = nil
	if err := db.Close(); err != nil { // which puts all of it into the one file
		return fmt.Errorf("make the index: %w", err)
	}
	if err := os.Link(own, path); err != nil && !errors.Is(err, os.ErrExist) {
		return l.create(ctx, path) // a file system without links
	}
	if version, err := l.connect(ctx, path); err != nil || version != indexVersion {
		return fmt.Errorf("make the index: found version %d, want %d: %w", version, indexVersion, err)
	}
	return nil
}

// inMemory makes an index that lasts until Close, where the disk has no room for one.
func (l *Library) inMemory(ctx context.Context, why error) error {
	l.memory = true
	l.say(fmt.Sprintf("the index of the library %q cannot be written, the disk may be full (%v): held in memory", l.folder, why))
	return l.create(ctx, ":memory:")
}

// connect opens an index file and returns its version.
func (l *Library) connect(ctx context.Context, path string) (version int, err error) {
	dsn := path
	if path != ":memory:" {
		dsn = "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() +
			"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return 0, err
	}
	if path == ":memory:" {
		db.SetMaxOpenConns(1) // each connection would be a database of its own
	} else {
		db.SetMaxOpenConns(4)
	}
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	if err == nil && version == indexVersion {
		var n int // reads the tables' definitions and their first pages
		err = db.QueryRowContext(ctx, "SELECT (SELECT max(id) FROM pictures) IS NULL + (SELECT max(id) FROM thumbnails) IS NULL + (SELECT max(name) FROM faults) IS NULL").Scan(&n)
	}
	if err != nil || version > indexVersion {
		return version, errors.Join(err, db.Close())
	}
	if l.db != nil {
		_ = l.db.Close() // of an index that is being replaced
	}
	l.db = db
	return version, nil
}

// create puts an empty index in the place of whatever is there.
func (l *Library) create(ctx context.Context, path string) error {
	if l.db != nil {
		_ = l.db.Close() // what it holds is to be thrown away
		l.db = nil
	}
	if path != ":memory:" {
		for _, end := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("remove the old index: %w", cause(err))
			}
		}
	}
	if _, err := l.connect(ctx, path); err != nil {
		return fmt.Errorf("make the index: %w", err)
	}
	if _, err := l.db.ExecContext(ctx, "BEGIN IMMEDIATE;"+schema+fmt.Sprintf("PRAGMA user_version = %d; COMMIT;", indexVersion)); err != nil {
		return fmt.Errorf("make the index: %w", err)
	}
	return nil
}

// Rebuild throws the index away and makes it anew from the files.
func (l *Library) Rebuild(ctx context.Context, progress func(done, all int)) (Changes, error) {
	if err := l.empty(ctx); err != nil {
		return Changes{}, fmt.Errorf("rebuild the index of %q: %w", l.folder, err)
	}
	return l.Rescan(ctx, progress)
}

func (l *Library) empty(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.lock.Lock()
	defer l.lock.Unlock()
	path := filepath.Join(l.folder, indexName)
	if l.memory {
		path = ":memory:"
	}
	return l.create(ctx, path)
}

// read runs a query of the index. Where that turns out to be damaged, it is rebuilt and
// the query runs again.
func (l *Library) read(ctx context.Context, query func(db *sql.DB) error) error {
	locked := func() error {
		l.lock.RLock()
		defer l.lock.RUnlock()
		return query(l.db)
	}
	err := locked()
	if !damaged(err) {
		return err
	}
	l.say("the index of the library is damaged: rebuilt from the pictures")
	if _, err := l.Rebuild(ctx, nil); err != nil {
		return err
	}
	return locked()
}

// change runs a transaction that no other program's overlaps.
func (l *Library) change(ctx context.Context, do func(tx *sql.Tx) error) error {
	err := l.transact(ctx, do)
	if code(err) != 0 {
		return fmt.Errorf("write the index of the library: %w", err)
	}
	return err
}

func (l *Library) transact(ctx context.Context, do func(tx *sql.Tx) error) error {
	l.lock.RLock()
	defer l.lock.RUnlock()
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// SQLite's result codes; of our own statements on an index of our version, the plain one
// says that a table is missing.
const (
	plainError   = 1
	ioError      = 10
	corrupt      = 11
	full         = 13
	notADatabase = 26
)

// damaged reports whether an error says that a file is no index or no longer one.
func damaged(err error) bool { return code(err) == corrupt || code(err) == notADatabase }

// unstorable reports whether an error says that the disk cannot hold the index.
func unstorable(err error) bool { return code(err) == ioError || code(err) == full }

// code is SQLite's result code, 0 of other errors.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// unwritable says why no file can be made in a folder, nil where one can.
func unwritable(folder string) error {
	f, err := os.CreateTemp(folder, ".try-*")
	if err != nil {
		return cause(err)
	}
	_ = f.Close()
	return cause(os.Remove(f.Name()))
}
