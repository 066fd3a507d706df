package studio

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ebmstudio/internal/pngtext"
	"ebmstudio/sampling"
)

func smallPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGalleryRoundTrip(t *testing.T) {
	for _, f := range []*fake{{c: 1, h: 4, w: 5}, {c: 3, h: 6, w: 4}} {
		s, o := f.open(t, 0)
		r := recipe(o, 5, sampling.Settings{"steps": 4})
		res, err := run(t, s, o, r).Result()
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "new", "gallery")
		paths, err := SaveGallery(dir, res)
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) != 6 || filepath.Base(paths[5]) != "sheet.png" {
			t.Fatalf("found %v, want 5 pictures and the sheet", paths)
		}
		for i, path := range paths {
			got, info, m, err := ReadPicture(path)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, res.Recipe) || got.Engine != "none 0" {
				t.Errorf("%s: found recipe %+v, want %+v", path, got, res.Recipe)
			}
			if info.Edited || info.Steps != 4 {
				t.Errorf("%s: found %+v, want untouched after 4 steps", path, info)
			}
			if i == 5 {
				if info.Chain != -1 || info.Sheet == nil || m.Bounds() != info.Sheet.bounds(5, f.w, f.h) {
					t.Errorf("sheet: found %+v of %v", info, m.Bounds())
				}
				continue
			}
			if info.Chain != i || info.Energy == nil || *info.Energy != res.Energies[i] || pixelSum(m) != pixelSum(res.Picture(i)) {
				t.Errorf("%s: found %+v, want chain %d with its energy and pixels", path, info, i)
			}
		}
		if left, _ := os.ReadDir(dir); len(left) != 6 {
			t.Errorf("found %d files in the folder, want 6", len(left))
		}
	}
}

func TestReadPictureErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	with := func(text string) []byte {
		b, err := pngtext.Set(smallPNG(t), pictureKeyword, text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "none.png"), "no such file"},
		{dir, "want a file"},
		{write("text.png", []byte("hello there")), "not a PNG"},
		{write("plain.png", smallPNG(t)), "no recipe inside"},
		{write("broken.png", with("{")), "the recipe inside"},
		{write("newer.png", with(`{"recipe":{"version":9}}`)), "newer program"},
		{write("chain.png", with(`{"chain":5,"recipe":{"version":1,"chains":2,"sampler":"family"}}`)), "found chain 5, want -1 to 1"},
		{write("sheet.png", with(`{"chain":-1,"sheet":{"columns":1000000,"scale":1},"recipe":{"version":1,"chains":2,"sampler":"family"}}`)), "layout"},
	} {
		if _, _, _, err := ReadPicture(c.path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("found %v, want an error naming %s with %q", err, c.path, c.want)
		}
	}
}

func TestReproduce(t *testing.T) {
	dir := t.TempDir()
	s, o := (&fake{}).open(t, 0)
	r := recipe(o, 3, sampling.Settings{"steps": 9})
	r.Terms = []Term{{Weight: 1}, {Weight: 0.5, Labels: []int{0, 1, 1}}}
	res, err := run(t, s, o, r).Result()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := SaveGallery(dir, res)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		var told int
		c, err := s.Reproduce(deadline(t), path, nil, func(Progress) { told++ })
		if err != nil {
			t.Fatal(err)
		}
		if !c.Exact || c.FirstStep != -1 || c.Steps != 9 || told < 9 {
			t.Errorf("%s: found %+v (%s), want exact", path, c, c)
		}
	}

	other, _ := (&fake{drift: 0.05}).open(t, 0)
	c, err := other.Reproduce(deadline(t), paths[1], nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Exact || c.MaxDifference < 2 || c.MaxDifference > 20 || c.FirstStep != 1 {
		t.Errorf("on another engine: found %+v, want a small difference from step 1", c)
	}
	for _, want := range []string{"not exact", "largest pixel difference", "first differing step is 1 of 9", "none 0", "none 0.05"} {
		if !strings.Contains(c.String(), want) {
			t.Errorf("found %q, want %q in it", c, want)
		}
	}
}

// TestReproduceOnTheWay: a picture of a step that was gone back to is that of the frame, and
// can be made again.
func TestReproduceOnTheWay(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := run(t, s, o, recipe(o, 3, sampling.Settings{"steps": 9}))
	for _, step := range []int{0, 4, 9} {
		res, err := j.ResultAt(step)
		if err != nil {
			t.Fatal(err)
		}
		if res.Steps != step || len(res.Energies) != 3 {
			t.Errorf("step %d: found %d steps and energies %v", step, res.Steps, res.Energies)
		}
		path := filepath.Join(t.TempDir(), "way.png")
		if err := SavePicture(path, res, 1); err != nil {
			t.Fatal(err)
		}
		if d, err := pixelDifference(j.Recording().Frame(step, 1), res.Picture(1)); err != nil || d != 0 {
			t.Errorf("step %d: the picture is %d from the frame (%v)", step, d, err)
		}
		c, err := s.Reproduce(deadline(t), path, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Exact || c.FirstStep != -1 || c.Steps != step {
			t.Errorf("step %d: found %+v (%s), want exact", step, c, c)
		}
	}
}

func TestReproduceStoppedAndEdited(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 0)
	j := s.Sample(o, recipe(o, 2, sampling.Settings{"steps": 100_000}), nil)
	for j.Progress().Step < 5 {
	}
	j.Stop()
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	res, err := j.Result()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.png")
	if err := SavePicture(path, res, 1); err != nil {
		t.Fatal(err)
	}
	c, err := s.Reproduce(deadline(t), path, o, nil)
	if err != nil || !c.Exact || c.Steps != res.Steps {
		t.Errorf("a stopped run: found %+v, %v; want exact after %d steps", c, err, res.Steps)
	}

	_, _, m, err := ReadPicture(path)
	if err != nil {
		t.Fatal(err)
	}
	m.(*image.Gray).Pix[3] ^= 0x80
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	old, _ := os.ReadFile(path)
	text, _, _ := pngtext.Find(old, pictureKeyword)
	edited, err := pngtext.Set(b.Bytes(), pictureKeyword, text)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, edited, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err = s.Reproduce(deadline(t), path, o, nil)
	if err != nil || c.Exact || !c.Edited || c.MaxDifference != 128 || c.FirstStep != -1 {
		t.Errorf("an edited picture: found %+v, %v", c, err)
	}
}

func TestReproduceTheStart(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := s.newJob("start", urgencyRender, nil, func(j *Job, yield func() bool) error {
		w := walk{job: j, opened: o, recipe: j.recipe, yield: yield}
		return w.run(s)
	})
	j.recipe, j.recording = recipe(o, 2, nil), newRecording(2, 1, 4, 5, 0, 1, 1<<20)
	if err := j.start().Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	res, err := j.Result()
	if err != nil || res.Steps != 0 {
		t.Fatalf("found %d steps, %v; want the start alone", res.Steps, err)
	}
	path := filepath.Join(t.TempDir(), "start.png")
	if err := SavePicture(path, res, 0); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Reproduce(deadline(t), path, o, nil); err != nil || !c.Exact || c.Steps != 0 {
		t.Errorf("found %+v, %v; want the start again", c, err)
	}
}

func TestReproduceWithTheWrongModel(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	res, err := run(t, s, o, recipe(o, 1, nil)).Result()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.png")
	if err := SavePicture(path, res, 0); err != nil {
		t.Fatal(err)
	}
	empty := New(Config{})
	defer empty.Close()
	if _, err := empty.Reproduce(deadline(t), path, nil, nil); err == nil || !strings.Contains(err.Error(), `checkpoint "bowl.safetensors" (SHA-256 b0b1`) {
		t.Errorf("found %v, want the missing checkpoint named", err)
	}
	other := &Opened{Name: "cat.pth", SHA256: "cafe", Model: o.Model}
	if _, err := s.Reproduce(deadline(t), path, other, nil); err == nil || !strings.Contains(err.Error(), `found "cat.pth" with SHA-256 cafe, want "bowl.safetensors" with b0b1`) {
		t.Errorf("found %v, want both checkpoints named", err)
	}
}
