package library

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// An index that is damaged, of a newer program or no database at all is made anew, said
// in one line, and nothing is lost.
func TestIndexIsRebuilt(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"damaged": func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("not a database ", 1000))) },
		"is of version 99": func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err == nil {
				_, err = db.Exec("PRAGMA user_version = 99")
			}
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		},
		"is of version 0": func(t *testing.T, path string) { write(t, path, nil) },
		"is damaged": func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err == nil {
				_, err = db.Exec("DROP TABLE faults")
			}
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			all := sample(t, dir, 3)
			l, _ := open(t, dir)
			if _, err := l.AddTags(context.Background(), all[:1], "kept"); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			spoil(t, filepath.Join(dir, indexName))
			l, s := open(t, dir)
			if p := page(t, l, Query{Tags: []string{"kept"}}); p.Total != 1 {
				t.Errorf("found %d pictures with the tag, want 1", p.Total)
			}
			if len(s.lines) != 1 || !strings.Contains(s.lines[0], name) || !strings.Contains(s.lines[0], "rebuilt") {
				t.Errorf("said %q", s.lines)
			}
		})
	}
}

// Pages of the index that are overwritten while it is open are noticed by the query that
// meets them.
func TestIndexDamagedWhileOpen(t *testing.T) {
	dir := t.TempDir()
	sample(t, dir, 200)
	l, _ := open(t, dir)
	if _, err := l.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, indexName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096 * 8; i < len(data); i++ {
		data[i] = 0xa5
	}
	write(t, path, data)
	l, s := open(t, dir)
	if p := page(t, l, Query{Text: "faces"}); p.Total != 100 || len(p.Items) != 100 {
		t.Errorf("found %d pictures, want 100", p.Total)
	}
	if len(s.lines) != 1 || !strings.Contains(s.lines[0], "damaged") {
		t.Errorf("said %q, want one line", s.lines)
	}
}

// The index in memory does what the one on the disk does.
func TestIndexInMemory(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 3)
	l := &Library{folder: dir, describe: describe, say: func(string) {}, now: nowForTests, memory: true}
	ctx := context.Background()
	if err := l.create(ctx, ":memory:"); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if c, err := l.Rescan(ctx, nil); err != nil || c.Total != 3 {
		t.Fatal(c, err)
	}
	if _, err := l.AddTags(ctx, all, "x"); err != nil {
		t.Fatal(err)
	}
	if c, err := l.Rebuild(ctx, nil); err != nil || c.Added != 3 || page(t, l, Query{Tags: []string{"x"}}).Total != 3 {
		t.Error(c, err)
	}
}

// Two programs on one library tag the same pictures at the same time; no tag is lost.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 5)
	a, _ := open(t, dir)
	b, _ := open(t, dir)
	ctx := context.Background()
	var wait sync.WaitGroup
	for _, w := range []struct {
		l   *Library
		tag string
	}{{a, "one"}, {b, "two"}, {a, "three"}, {b, "four"}} {
		wait.Go(func() {
			if _, err := w.l.AddTags(ctx, all, w.tag); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, l := range []*Library{a, b} {
		for _, it := range page(t, l, Query{}).Items {
			if !slices.Equal(it.Tags, []string{"four", "one", "three", "two"}) {
				t.Errorf("%s: found tags %q", it.Name, it.Tags)
			}
		}
	}
}

func TestTags(t *testing.T) {
	for given, want := range map[string]string{" Good Ones ": "good ones", "é": "é"} {
		if got, err := Tag(given); err != nil || got != want {
			t.Errorf("%q: found %q, %v, want %q", given, got, err, want)
		}
	}
	for _, bad := range []string{"", "  ", "a,b", "a\nb", strings.Repeat("x", 65), "\xff"} {
		if got, err := Tag(bad); err == nil {
			t.Errorf("%q: found %q, want an error", bad, got)
		}
	}
}

// Notes from a newer program are not written over.
func TestNewerNotes(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 1)
	path := filepath.Join(dir, all[0])
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	newer := setNotes(t, old, `{"version":2,"stars":5}`)
	write(t, path, newer)
	l, _ := open(t, dir)
	e, err := l.AddTags(context.Background(), all, "x")
	if err != nil || e.Changed != 0 || len(e.Skipped) != 1 || !strings.Contains(e.Skipped[0].Error(), "version 2") {
		t.Errorf("found %+v, %v", e, err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(newer) {
		t.Error("the file was changed")
	}
}
