package studio

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// kept runs a recipe of three chains and keeps its pictures in a library.
func kept(t *testing.T) (*Studio, *Opened, *Library, Imported) {
	t.Helper()
	s, o := (&fake{c: 3, h: 6, w: 4}).open(t, 0)
	res, err := run(t, s, o, recipe(o, 3, sampling.Settings{"steps": 4})).Result()
	if err != nil {
		t.Fatal(err)
	}
	l, err := OpenLibrary(context.Background(), t.TempDir(), func(line string) { t.Error(line) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	done, err := AddToLibrary(context.Background(), l, res)
	if err != nil || len(done.Items) != 3 || len(done.Skipped) != 0 {
		t.Fatal(done, err)
	}
	again, err := AddToLibrary(context.Background(), l, res, 1)
	if err != nil || len(again.Items) != 0 || len(again.Known) != 1 || again.Known[0].Name != done.Items[1].Name {
		t.Fatalf("the same again: found %+v, %v", again, err)
	}
	return s, o, l, done
}

// A picture of the library says how it was made, and can be made again, tagged or not.
func TestLibrary(t *testing.T) {
	s, o, l, done := kept(t)
	ctx := context.Background()
	it := done.Items[1]
	if it.Model != o.Name || it.Family != o.Model.Family || it.Seed != 1 || it.Chain != 1 || it.Steps != 4 || it.Energy == nil || it.Edited {
		t.Errorf("found %+v", it)
	}
	if _, err := l.AddTags(ctx, []string{it.Name}, "seen"); err != nil {
		t.Fatal(err)
	}
	p, err := l.Page(ctx, LibraryQuery{Text: "steps=4 seen", Family: o.Model.Family})
	if err != nil || p.Total != 1 {
		t.Errorf("found %+v, %v", p, err)
	}
	c, err := s.Reproduce(ctx, l.Path(it.Name), nil, nil)
	if err != nil || !c.Exact {
		t.Errorf("verify: found %v, %v", c, err)
	}
}

func TestAskedLabels(t *testing.T) {
	terms := []Term{{Weight: 1, Labels: []int{2}}, {Weight: -1, Labels: []int{0}}, {Weight: 1}, {Weight: 1, Any: [][]Term{{{Weight: 1, Labels: []int{1}}}, {{Weight: 1, Labels: []int{2}}}}}, {Weight: 1, Labels: []int{9}}}
	if got := askedLabels(terms, []string{"a", "b", "c"}); !slices.Equal(got, []string{"c", "b"}) {
		t.Errorf("found %q, want c and b", got)
	}
}

func TestRecall(t *testing.T) {
	now := Recipe{Version: 2, Seed: 3, Chains: 2, Sampler: SamplerFamily}
	saved := Recipe{Version: 2, Seed: 9, Chains: 16, Sampler: "mala", Expression: "a"}
	for what, want := range map[Recalled]Recipe{
		RecallAll:        saved,
		RecallAllButSeed: {Version: 2, Seed: 3, Chains: 16, Sampler: "mala", Expression: "a"},
		RecallSeed:       {Version: 2, Seed: 9, Chains: 8, Sampler: SamplerFamily},
	} {
		got, err := Recall(now, saved, 7, what)
		if err != nil || !bytes.Equal(got.JSON(), want.JSON()) {
			t.Errorf("%s: found %s, %v", what, got.JSON(), err)
		}
	}
	if _, err := Recall(now, saved, 0, "half"); err == nil {
		t.Error("an unknown word: found no error")
	}
}

func TestExportSelection(t *testing.T) {
	_, _, l, done := kept(t)
	ctx := context.Background()
	damaged := filepath.Join(t.TempDir(), "damaged.png")
	if err := os.WriteFile(damaged, []byte("\x89PNG"), 0o644); err != nil {
		t.Fatal(err)
	}
	paths := []string{damaged}
	for _, it := range done.Items {
		paths = append(paths, l.Path(it.Name))
	}
	for as, check := range map[SelectionFormat]func(t *testing.T, to string, data []byte){
		AsPictures: func(t *testing.T, to string, _ []byte) {
			for _, it := range done.Items {
				if _, info, _, err := ReadPicture(filepath.Join(to, it.Name)); err != nil || info.Chain != it.Chain {
					t.Errorf("%s: found chain %d, %v", it.Name, info.Chain, err)
				}
			}
		},
		AsSheet: func(t *testing.T, _ string, data []byte) {
			m, err := png.DecodeConfig(bytes.NewReader(data))
			if want := 3*8 + 2*168; err != nil || m.Width != want || m.Height != 3*8+2*(6*4+2*13+4) {
				t.Errorf("found %dx%d, %v", m.Width, m.Height, err)
			}
		},
		AsGIF: func(t *testing.T, _ string, data []byte) {
			g, err := gif.DecodeAll(bytes.NewReader(data))
			if err != nil || len(g.Image) != 3 || g.Delay[0] != 40 || g.LoopCount != 0 {
				t.Errorf("found %v, %v", g, err)
			}
		},
		AsAPNG: checkAPNG,
		AsY4M: func(t *testing.T, _ string, data []byte) {
			if tags, frames := readY4M(t, data); tags['F'] != "5:2" || len(frames) != 3 || frames[0].Rect != image.Rect(0, 0, 16, 24) {
				t.Errorf("found %d frames at %s", len(frames), tags['F'])
			}
		},
		AsZIP: func(t *testing.T, _ string, data []byte) {
			z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil || len(z.File) != 6 || !strings.HasSuffix(z.File[1].Name, ".json") {
				t.Errorf("found %v, %v", z, err)
			}
		},
		AsHTML: func(t *testing.T, _ string, data []byte) {
			text := string(data)
			if strings.Count(text, `src="data:image/png;base64,`) != 3 || !strings.Contains(text, "&#34;seed&#34;: 1") || strings.Contains(text, "http") {
				t.Errorf("found %.2000s", text)
			}
		},
	} {
		t.Run(string(as), func(t *testing.T) {
			dir := t.TempDir()
			to := filepath.Join(dir, "out")
			n, skipped, err := ExportSelection(ctx, paths, to, as, SelectionOptions{})
			if err != nil || n != 3 || len(skipped) != 1 || skipped[0].Name != damaged {
				t.Fatal(n, skipped, err)
			}
			data, _ := os.ReadFile(to)
			check(t, to, data)
			onlyThere(t, dir, "out")
			stopped, cancel := context.WithCancel(ctx)
			cancel()
			if _, _, err := ExportSelection(stopped, paths, filepath.Join(dir, "other"), as, SelectionOptions{}); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: found %v", err)
			}
			onlyThere(t, dir, "out")
		})
	}
	if _, _, err := ExportSelection(ctx, []string{damaged}, "x", AsZIP, SelectionOptions{}); err == nil || !strings.Contains(err.Error(), "not a PNG") {
		t.Errorf("only damaged ones: found %v", err)
	}
	if _, _, err := ExportSelection(ctx, paths, l.Folder(), AsPictures, SelectionOptions{}); err == nil || !strings.Contains(err.Error(), "want an empty or a new one") {
		t.Errorf("a folder with files: found %v", err)
	}
}

// onlyThere checks that a folder has one entry.
func onlyThere(t *testing.T, dir, name string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil || len(all) != 1 || all[0].Name() != name {
		t.Errorf("found %v, %v, want %q alone", all, err, name)
	}
}

// checkAPNG reads an animation as a plain PNG, and its frames by their chunks.
func checkAPNG(t *testing.T, _ string, data []byte) {
	first, err := png.Decode(bytes.NewReader(data))
	if err != nil || first.Bounds() != image.Rect(0, 0, 16, 24) {
		t.Fatal(first.Bounds(), err)
	}
	var kinds []string
	next := uint32(0)
	for rest := data[8:]; len(rest) >= 12; {
		n := binary.BigEndian.Uint32(rest)
		kind := string(rest[4:8])
		kinds = append(kinds, kind)
		if kind == "fcTL" || kind == "fdAT" {
			if got := binary.BigEndian.Uint32(rest[8:]); got != next {
				t.Errorf("%s: found number %d, want %d", kind, got, next)
			}
			next++
		}
		rest = rest[12+n:]
	}
	if got := strings.Join(kinds, " "); got != "IHDR acTL fcTL IDAT fcTL fdAT fcTL fdAT IEND" {
		t.Errorf("found chunks %s", got)
	}
}
