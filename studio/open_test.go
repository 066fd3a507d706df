package studio

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

func writeBowl(t testing.TB, path string, centre float32) {
	t.Helper()
	err := checkpoint.Write(path, []checkpoint.Named{
		{Name: "bowl.centre", Tensor: checkpoint.Float32Tensor([]int{1}, []float32{centre})},
		{Name: "bowl.counts", Tensor: checkpoint.Int64Tensor([]int{2, 2}, []int64{1, 2, 3, 6})},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenCaches(t *testing.T) {
	f := &fake{c: 1, h: 2, w: 2}
	engines := 0
	s := New(Config{Families: []models.Family{f.family()}, Engine: func(context.Context) (Engine, error) {
		engines++
		if engines == 1 {
			return Engine{}, errors.New("the plugin is missing")
		}
		return Engine{Name: "none"}, nil
	}})
	defer s.Close()
	path := filepath.Join(t.TempDir(), "bowl.safetensors")
	writeBowl(t, path, 0.5)
	ctx := context.Background()
	if _, err := s.Open(ctx, path, Options{}); err == nil || !strings.Contains(err.Error(), "open the engine: the plugin is missing") {
		t.Fatalf("found %v, want the engine's error", err)
	}
	open := func(opt Options) *Opened {
		t.Helper()
		o, err := s.Open(ctx, path, opt)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := open(Options{})
	if again := open(Options{}); again != first {
		t.Error("the same file was built twice")
	}
	if raw := open(Options{Weights: "raw"}); raw == first || raw.Weights != "raw" {
		t.Error("other weights came from the cache")
	}
	writeBowl(t, path, 0.25)
	changed := open(Options{})
	if changed == first || changed.SHA256 == first.SHA256 {
		t.Error("a changed file came from the cache")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	run(t, s, first, recipe(first, 2, nil)) // the file is gone, the model is not
	if got := s.Find(first.Ref()); got != first {
		t.Error("Find does not find the first model")
	}
	s.Forget(changed)
	if n := len(s.Models()); n != 2 || engines != 2 {
		t.Errorf("found %d models and %d engines, want 2 and 2", n, engines)
	}
	if _, err := s.Open(ctx, path, Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("found %v, want the missing file named", err)
	}
}

func TestOpenUnknownFamily(t *testing.T) {
	s := New(Config{Families: []models.Family{(&fake{}).family()}})
	defer s.Close()
	path := filepath.Join(t.TempDir(), "cat.safetensors")
	if err := checkpoint.Write(path, []checkpoint.Named{{Name: "whiskers", Tensor: checkpoint.Float32Tensor([]int{1}, []float32{1})}}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.Open(context.Background(), path, Options{})
	if err == nil || !strings.Contains(err.Error(), "whiskers") || !strings.Contains(err.Error(), "want a checkpoint of Bowl") {
		t.Errorf("found %v, want what was found and what is known", err)
	}
}

func TestTensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bowl.safetensors")
	writeBowl(t, path, float32(math.Inf(1)))
	o, err := Look(path)
	if err != nil {
		t.Fatal(err)
	}
	infos := map[string]TensorInfo{}
	for _, info := range o.Tensors() {
		infos[info.Name] = info
	}
	if b := infos["bowl.centre"]; len(infos) != 2 || b.NotFinite != 1 || b.Min != 0 {
		t.Fatalf("found %+v, want one value that is not finite", infos)
	}
	c := infos["bowl.counts"]
	if c.Name != "bowl.counts" || c.DType != "int64" || c.Min != 1 || c.Max != 6 || c.Mean != 3 || math.Abs(c.Std-math.Sqrt(3.5)) > 1e-12 {
		t.Errorf("found %+v, want 1 to 6, mean 3, deviation sqrt(3.5)", c)
	}
}

func TestScoreEncodeRead(t *testing.T) {
	s, o := (&fake{c: 1, h: 4, w: 5}).open(t, 0)
	res, err := run(t, s, o, recipe(o, 3, nil)).Result()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := range 3 {
		if err := SavePicture(filepath.Join(dir, string(rune('a'+i))+".png"), res, i); err != nil {
			t.Fatal(err)
		}
	}
	x, files, err := o.ReadPictures(dir, filepath.Join(dir, "b.png"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4 || filepath.Base(files[3]) != "b.png" || x.N != 4 {
		t.Fatalf("found %v, want a, b, c and b again", files)
	}
	for j, v := range x.Image(3) {
		if math.Abs(float64(v-res.Pictures.Image(1)[j])) > 0.5/255+1e-6 {
			t.Fatalf("value %d of picture b: found %g, want %g", j, v, res.Pictures.Image(1)[j])
		}
	}
	scores, err := s.Score(deadline(t), o, x, nil)
	if err != nil || len(scores.Score) != 4 || scores.Score[3] != scores.Score[1] {
		t.Errorf("found %v, %v", scores, err)
	}
	rows, err := s.Encode(deadline(t), o, x)
	if err != nil || len(rows) != 4 {
		t.Errorf("found %v, %v", rows, err)
	}
	if _, err := s.Encode(deadline(t), o, sampling.NewImages(1, 3, 4, 5)); err == nil || !strings.Contains(err.Error(), "3x4x5") {
		t.Errorf("found %v, want the shape named", err)
	}
	if _, _, err := o.ReadPictures(t.TempDir()); err == nil {
		t.Error("an empty folder gave pictures")
	}
	text := filepath.Join(dir, "t.png")
	if err := os.WriteFile(text, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.ReadPictures(text); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("found %v, want the file named", err)
	}
}

func TestAggregateAndCompose(t *testing.T) {
	z, err := Aggregate([][]float32{{1, 0}, {0, 1}})
	if err != nil || math.Abs(float64(z[0])-math.Sqrt(0.5)) > 1e-6 || z[0] != z[1] {
		t.Errorf("found %v, %v", z, err)
	}
	if _, err := Aggregate([][]float32{{1, 0}, {-1, 0}}); err == nil {
		t.Error("opposite latents have a direction")
	}
	a, b := Term{Weight: 1, Latents: [][]float32{{1, 0}}}, Term{Weight: 1, Labels: []int{2}}
	if terms := Compose([]Term{a, b}); len(terms) != 3 || terms[2].Weight != -1 || terms[2].Latents != nil {
		t.Errorf("found %+v, want the marginal once in all", terms)
	}
	if terms := Compose([]Term{a}); len(terms) != 1 {
		t.Errorf("found %+v, want the conditional energy alone", terms)
	}
}

func TestClassTerm(t *testing.T) {
	m := &models.Model{Labels: []string{"shirt", "7", "boot"}}
	for class, want := range map[string]int{"shirt": 0, "BOOT": 2, "7": 1, "0": 0, "2": 2} {
		term, err := ClassTerm(m, class)
		if err != nil || len(term.Labels) != 1 || term.Labels[0] != want || term.Weight != 1 {
			t.Errorf("class %q: found %+v, %v, want class %d", class, term, err, want)
		}
	}
	for _, class := range []string{"hat", "3", "-1", ""} {
		if _, err := ClassTerm(m, class); err == nil || !strings.Contains(err.Error(), "shirt") {
			t.Errorf("class %q: found %v, want an error that lists the classes", class, err)
		}
	}
	if _, err := ClassTerm(&models.Model{}, "shirt"); err == nil {
		t.Error("a model without classes took one")
	}
}
