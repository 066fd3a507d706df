package library

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ebmstudio/internal/pngtext"
)

// recipeKeyword is what the tests' pictures have instead of a recipe: an About.
const recipeKeyword = "about"

func describe(file []byte) (About, image.Image, error) {
	text, found, err := pngtext.Find(file, recipeKeyword)
	if err != nil {
		return About{}, nil, err
	}
	if !found {
		return About{}, nil, errors.New("no recipe inside")
	}
	var a About
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return About{}, nil, err
	}
	m, err := png.Decode(bytes.NewReader(file))
	return a, m, err
}

// picture is a PNG file's content; equal abouts make equal files.
func picture(t testing.TB, a About, w, h int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * int(a.Seed+1))
	}
	var b bytes.Buffer
	text, err := json.Marshal(a)
	if err == nil {
		err = png.Encode(&b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := pngtext.Set(b.Bytes(), recipeKeyword, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func write(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// said collects what a library tells a person.
type said struct{ lines []string }

func (s *said) say(line string) { s.lines = append(s.lines, line) }

func open(t testing.TB, folder string) (*Library, *said) {
	t.Helper()
	s := &said{}
	l, err := Open(context.Background(), Options{Folder: folder, Describe: describe, Say: s.say})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, s
}

// TestManyBeginALibrary opens a folder without an index many times at once: all have the
// same one, and none speaks of damage or of a full disk.
func TestManyBeginALibrary(t *testing.T) {
	folder := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s := &said{}
			l, err := Open(context.Background(), Options{Folder: folder, Describe: describe, Say: s.say})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = l.Close() }()
			if _, err := l.Rescan(context.Background(), nil); err != nil || l.memory || len(s.lines) > 0 {
				t.Errorf("found %q, an index in memory %t, %v, want silence", s.lines, l.memory, err)
			}
		})
	}
	all.Wait()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 || files[0].Name() != indexName {
		t.Errorf("found %v, %v, want the index alone", files, err)
	}
}

// sample fills a folder with n pictures whose abouts differ, and returns their names.
func sample(t testing.TB, folder string, n int) []string {
	t.Helper()
	var names []string
	old := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
	for i := range n {
		e := float32(i%50) - 10
		a := About{
			Model: []string{"faces.pth", "shirts.ckpt"}[i%2], SHA256: []string{"aa11", "bb22"}[i%2], Family: []string{"cdrl", "clel"}[i%2],
			Sampler: "family", Engine: "go 1", Seed: uint64(i), Chain: i % 4, Steps: 60, Energy: &e,
		}
		if i%3 == 0 {
			a.Expression, a.Labels = "Smile AND  glasses", []string{"smile", "glasses"}
		}
		name := fmt.Sprintf("%05d.png", i)
		path := write(t, filepath.Join(folder, name), picture(t, a, 28, 28))
		when := old.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func page(t testing.TB, l *Library, q Query) Page {
	t.Helper()
	p, err := l.Page(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestQueries(t *testing.T) {
	dir := t.TempDir()
	sample(t, dir, 12)
	l, _ := open(t, dir)
	ctx := context.Background()
	if _, err := l.SetFavourite(ctx, []string{"00002.png", "00003.png"}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := l.AddTags(ctx, []string{"00003.png", "00004.png"}, " Best ", "for the paper"); err != nil {
		t.Fatal(err)
	}
	low, high := -8.0, -6.0
	from := time.Date(2026, 3, 1, 14, 0, 0, 0, time.Local)
	for _, tc := range []struct {
		name string
		q    Query
		want string
	}{
		{"all, the newest first", Query{Limit: 3}, "11 10 9"},
		{"paged", Query{Limit: 2, Offset: 10}, "1 0"},
		{"reversed", Query{Limit: 2, Reverse: true}, "0 1"},
		{"model", Query{Model: "FACES", Limit: 2}, "10 8"},
		{"sum", Query{Model: "bb2", Limit: 1}, "11"},
		{"family", Query{Family: "clel", Limit: 2}, "11 9"},
		{"composed", Query{Compose: "smile and GLASSES"}, "9 6 3 0"},
		{"not composed", Query{Compose: "hat"}, ""},
		{"label", Query{Label: "Smile", Limit: 1}, "9"},
		{"part of a label", Query{Label: "mile"}, ""},
		{"dates", Query{From: from, To: from.Add(2 * time.Hour)}, "3 2"},
		{"energies", Query{MinEnergy: &low, MaxEnergy: &high, Order: ByEnergy}, "2 3 4"},
		{"energies, the highest first", Query{MinEnergy: &low, MaxEnergy: &high, Order: ByEnergy, Reverse: true}, "4 3 2"},
		{"tag", Query{Tags: []string{"best"}}, "4 3"},
		{"two tags and a star", Query{Tags: []string{"best", "for the paper"}, Favourite: true}, "3"},
		{"star", Query{Favourite: true}, "3 2"},
		{"words", Query{Text: "paper shirts"}, "3"},
		{"text is no pattern", Query{Text: "%"}, ""},
		{"by name", Query{Order: ByName, Limit: 2}, "0 1"},
		{"by model", Query{Order: ByModel, Limit: 2}, "10 8"},
		{"names", Query{Names: []string{"00007.png", "none.png"}}, "7"},
		{"no names", Query{Names: []string{}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := page(t, l, tc.q)
			var got []string
			for _, it := range p.Items {
				got = append(got, strings.TrimLeft(strings.TrimSuffix(it.Name, ".png"), "0"))
				if got[len(got)-1] == "" {
					got[len(got)-1] = "0"
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("found %q, want %q", strings.Join(got, " "), tc.want)
			}
			all := tc.q
			all.Limit, all.Offset = 0, 0
			if n := len(page(t, l, all).Items); p.Total != n {
				t.Errorf("found a total of %d, want %d", p.Total, n)
			}
		})
	}
	if _, err := l.Page(ctx, Query{Order: "size"}); err == nil {
		t.Error("an unknown order: found no error")
	}
	f, err := l.Facets(ctx)
	if err != nil || fmt.Sprint(f.Models, f.Families, f.Labels, f.Tags) != "[{faces.pth 6} {shirts.ckpt 6}] [{cdrl 6} {clel 6}] [{glasses 4} {smile 4}] [{best 2} {for the paper 2}]" {
		t.Errorf("facets: found %v, %v", f, err)
	}
}

// What a person said survives the loss of the index, and so does every column.
func TestRebuildLosesNothing(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 9)
	l, _ := open(t, dir)
	ctx := context.Background()
	if e, err := l.SetFavourite(ctx, all[:4], true); err != nil || e.Changed != 4 {
		t.Fatal(e, err)
	}
	if e, err := l.SetFavourite(ctx, all[:2], false); err != nil || e.Changed != 2 {
		t.Fatal(e, err)
	}
	if _, err := l.AddTags(ctx, all, "a", "b", "a"); err != nil {
		t.Fatal(err)
	}
	if e, err := l.RemoveTags(ctx, append([]string{"gone.png"}, all[3:]...), "a"); err != nil || e.Changed != 6 || len(e.Skipped) != 1 {
		t.Fatal(e, err)
	}
	before := page(t, l, Query{})
	if c, err := l.Rebuild(ctx, nil); err != nil || c.Added != 9 || c.Total != 9 {
		t.Fatal(c, err)
	}
	after := page(t, l, Query{})
	if b, a := fmt.Sprintf("%+v", values(before.Items)), fmt.Sprintf("%+v", values(after.Items)); a != b {
		t.Errorf("before\n%s\nafter\n%s", b, a)
	}
	if c, err := l.Rescan(ctx, nil); err != nil || c.Added+c.Changed+c.Removed != 0 {
		t.Errorf("a second scan: found %v, %v, want no changes", c, err)
	}
}

// values are items with their energies instead of pointers.
func values(items []Item) (out []string) {
	for _, it := range items {
		e := *it.Energy
		it.Energy = nil
		out = append(out, fmt.Sprintf("%v %v", it, e))
	}
	return out
}

func TestScanNotices(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 6)
	l, _ := open(t, dir)
	ctx := context.Background()
	old := time.Now().Add(-time.Hour)
	change := func(name string, data []byte) {
		if err := os.Chtimes(write(t, filepath.Join(dir, name), data), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, all[0])); err != nil {
		t.Fatal(err)
	}
	change("sub/new.png", picture(t, About{Model: "new.pth", Seed: 77}, 300, 200))
	change(all[1], picture(t, About{Model: "other.pth", Seed: 9}, 28, 28))
	change(all[2], []byte("<html>"))
	change("plain.png", picture(t, About{Model: "x"}, 2, 2)[:60])
	change(".hidden.png", picture(t, About{Model: "x"}, 2, 2))
	change("notes.txt", []byte("no picture"))
	if err := os.Chtimes(filepath.Join(dir, all[3]), old, old); err != nil { // touched, the same
		t.Fatal(err)
	}
	var told []int
	c, err := l.Rescan(ctx, func(done, all int) { told = append(told, done, all) })
	if err != nil || c.Added != 1 || c.Changed != 1 || c.Removed != 1 || c.Total != 5 || !slices.Equal(told, []int{5, 5}) {
		t.Errorf("found %+v, %v, progress %v", c, err, told)
	}
	if len(c.Damaged) != 2 || c.Damaged[0].Name != all[2] || !strings.Contains(c.Damaged[0].Error(), `not a PNG: begins with "<html>"`) {
		t.Errorf("damaged: found %v", c.Damaged)
	}
	if !strings.Contains(c.String(), "2 skipped") {
		t.Errorf("found %q", c)
	}
	it, err := l.Item(ctx, "sub/new.png")
	if err != nil || it.Width != 300 || it.Seed != 77 || !it.Added.Equal(time.Unix(old.Unix(), 0)) {
		t.Errorf("found %+v, %v", it, err)
	}
	small, err := l.Thumbnail(ctx, "sub/new.png")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := png.DecodeConfig(bytes.NewReader(small)); err != nil || m.Width != 128 || m.Height != 85 {
		t.Errorf("thumbnail: found %dx%d, %v", m.Width, m.Height, err)
	}
	if c, err := l.Rescan(ctx, nil); err != nil || c.Added+c.Changed+c.Removed != 0 || len(c.Damaged) != 2 {
		t.Errorf("again: found %+v, %v", c, err)
	}
	if name, err := l.NameOf(filepath.Join(dir, "sub", "new.png")); err != nil || name != "sub/new.png" {
		t.Errorf("found %q, %v", name, err)
	}
	if _, err := l.NameOf("../x.png"); err == nil {
		t.Error("a name outside: found no error")
	}
}

func TestAdd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "library")
	l, _ := open(t, dir)
	ctx := context.Background()
	from := t.TempDir()
	data := picture(t, About{Model: "faces/c.pth", Seed: 7, Chain: 2}, 8, 8)
	write(t, filepath.Join(from, "a.png"), data)
	write(t, filepath.Join(from, "same.png"), data)
	write(t, filepath.Join(from, "broken.png"), data[:50])
	got, err := l.Add(ctx, from, filepath.Join(from, "none.png"))
	if err != nil || len(got.Items) != 1 || len(got.Known) != 1 || len(got.Skipped) != 2 {
		t.Fatalf("found %+v, %v", got, err)
	}
	if name := got.Items[0].Name; !strings.HasSuffix(name, "-c-s7-c002.png") || got.Known[0].Name != name {
		t.Errorf("found %q and %q", name, got.Known[0].Name)
	}
	// A picture that came with another library's tags keeps them.
	tagged, err := notes{Tags: []string{"z", "a"}, Favourite: true}.write(picture(t, About{Model: "c.pth", Seed: 8}, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	got, err = l.AddData(ctx, "memory", tagged)
	if err != nil || len(got.Items) != 1 || !got.Items[0].Favourite || !slices.Equal(got.Items[0].Tags, []string{"a", "z"}) {
		t.Errorf("found %+v, %v", got, err)
	}
	// A file dropped into the folder itself stays where it is.
	own := write(t, filepath.Join(dir, "mine.png"), picture(t, About{Model: "c.pth", Seed: 9}, 8, 8))
	if got, err = l.Add(ctx, own, own); err != nil || len(got.Items) != 1 || got.Items[0].Name != "mine.png" || len(got.Known) != 1 {
		t.Errorf("found %+v, %v", got, err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Add(stopped, from); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: found %v", err)
	}
}

func TestTrash(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 4)
	write(t, filepath.Join(dir, "sub", "x.png"), picture(t, About{Model: "x", Seed: 50}, 3, 3))
	l, _ := open(t, dir)
	ctx := context.Background()
	r, skipped, err := l.Remove(ctx, []string{all[0], "sub/x.png", "none.png", "../out.png"})
	if err != nil || len(r.Names) != 2 || len(skipped) != 2 {
		t.Fatal(r, skipped, err)
	}
	if p := page(t, l, Query{}); p.Total != 3 {
		t.Errorf("found %d pictures, want 3", p.Total)
	}
	taken := write(t, filepath.Join(dir, all[0]), picture(t, About{Model: "y", Seed: 51}, 3, 3))
	back, err := l.Restore(ctx, "")
	if err != nil || !slices.Equal(back, []string{"00000-2.png", "sub/x.png"}) {
		t.Fatal(back, err)
	}
	if data, err := os.ReadFile(taken); err != nil || !bytes.Equal(data, picture(t, About{Model: "y", Seed: 51}, 3, 3)) {
		t.Error("the file that took the name was written over")
	}
	if left, err := l.Trash(); err != nil || len(left) != 0 {
		t.Errorf("found %v, %v in the trash", left, err)
	}
	if c, err := l.Rescan(ctx, nil); err != nil || c.Added != 1 || c.Total != 6 {
		t.Errorf("found %+v, %v", c, err)
	}
	if _, err := l.Restore(ctx, ""); err == nil {
		t.Error("an empty trash: found no error")
	}
	if _, _, err := l.Remove(ctx, all[1:2]); err != nil {
		t.Fatal(err)
	}
	if n, err := l.EmptyTrash(time.Now().Add(time.Minute)); err != nil || n != 1 {
		t.Errorf("found %d, %v", n, err)
	}
}
