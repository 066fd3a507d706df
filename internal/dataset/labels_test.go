package dataset

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// folder is a folder of black pictures and text files.
func folder(t *testing.T, pictures []string, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range pictures {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFolderLabels: a CSV holds classes or attributes, CelebA's list attributes.
func TestFolderLabels(t *testing.T) {
	pictures := []string{"a.png", "b/c.png"}
	for name, c := range map[string]struct {
		texts   map[string]string
		labels  []string
		classes [][]int
		pairs   [][2]int
	}{
		"classes":    {map[string]string{LabelFile: "file,label\nb/c.png,cat\na.png,dog\nz.png,emu\n"}, []string{"cat", "dog"}, [][]int{{1}, {0}}, nil},
		"attributes": {map[string]string{LabelFile: "file,hat,smile\na.png,1,0\nb/c.png,yes,true\n"}, []string{"hat", "no hat", "smile", "no smile"}, [][]int{{0, 3}, {0, 2}}, [][2]int{{0, 1}, {2, 3}}},
		"celeba":     {map[string]string{CelebAFile: "2\nBald Young\na.png  -1  1\nb/c.png  1 -1\n"}, []string{"Bald", "no Bald", "Young", "no Young"}, [][]int{{1, 2}, {0, 3}}, [][2]int{{0, 1}, {2, 3}}},
	} {
		s, err := OpenFolder(folder(t, pictures, c.texts), 1, 4)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(s.LabelNames, c.labels) || !reflect.DeepEqual([][]int{s.Classes(0), s.Classes(1)}, c.classes) || !slices.Equal(s.Pairs(), c.pairs) {
			t.Errorf("%s: found %q, %v and %v, %v", name, s.LabelNames, s.Classes(0), s.Classes(1), s.Pairs())
		}
		last := s.Part([]int{1})
		if last.Len() != 1 || !slices.Equal(last.Classes(0), c.classes[1]) || last.OfLabel(c.classes[1][0], 5).N != 1 {
			t.Errorf("%s: the part of the last picture: found %d pictures of %v", name, last.Len(), last.Classes(0))
		}
	}
}

// TestFolderLabelsRefuse names the file, what it says and what was wanted.
func TestFolderLabelsRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"file,label\n":                  "no line for",
		"file\n":                        "two columns or more",
		"file,hat\na.png,perhaps\n":     `attribute "hat": found "perhaps"`,
		"file,label,hat\na.png,dog,1\n": `column "label" beside others`,
		"file,hat\na.png,1,1\n":         "wrong number of fields",
		"":                              "no head line",
	} {
		_, err := OpenFolder(folder(t, []string{"a.png"}, map[string]string{LabelFile: text}), 1, 4)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), LabelFile) {
			t.Errorf("%q: found %v, want an error with %q that names the file", text, err, want)
		}
	}
	for text, want := range map[string]string{"2\n": "found 1 lines", "Bald\nYoung\n": `found "Bald" first`, "1\nBald\na.png 1 1\n": "found 3 fields"} {
		_, err := OpenFolder(folder(t, []string{"a.png"}, map[string]string{CelebAFile: text}), 1, 4)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: found %v, want an error with %q", text, err, want)
		}
	}
}

// TestTrainAndTest: folders of these names are apart.
func TestTrainAndTest(t *testing.T) {
	dir := folder(t, []string{"train/x/1.png", "train/y/1.png", "test/x/2.png", "test/y/2.png", "test/y/3.png"}, nil)
	train, err := Open(dir, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	test, ok := OpenTest(dir, 1, 4)
	if !ok || train.Len() != 2 || test.Len() != 3 || !slices.Equal(train.LabelNames, []string{"x", "y"}) || !slices.Equal(test.LabelNames, train.LabelNames) || train.Name != filepath.Base(dir) {
		t.Errorf("found %d pictures of %q to train on (%s) and %d to test with", train.Len(), train.LabelNames, train.Name, test.Len())
	}
	if _, ok := OpenTest(filepath.Join(dir, "train"), 1, 4); ok {
		t.Error("a folder without these has no test part")
	}
}
