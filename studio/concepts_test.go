package studio

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// latents makes the encoder of the analytic model one that tells pictures apart: the
// direction (1, first pixel).
func latents(o *Opened) {
	o.Model.Encode = func(x sampling.Images) ([][]float32, error) {
		rows := make([][]float32, x.N)
		for i := range rows {
			v := float64(x.Image(i)[0])
			rows[i] = []float32{float32(1 / math.Hypot(1, v)), float32(v / math.Hypot(1, v))}
		}
		return rows, nil
	}
}

func TestConceptsAreFoundKeptAndDropped(t *testing.T) {
	s, o := new(fake).open(t, 0)
	latents(o)
	x := sampling.NewImages(3, 1, 4, 5)
	x.Image(1)[0], x.Image(2)[0] = 0.5, 1
	c, err := s.FindConcept(deadline(t), o, " warm ", x)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "warm" || c.Examples != 3 || math.Abs(norm(c.Latent)-1) > 1e-6 || c.SHA256 != o.SHA256 {
		t.Errorf("found %+v", c)
	}
	angle := func(v float64) float64 { return math.Atan(v) - math.Atan2(float64(c.Latent[1]), float64(c.Latent[0])) }
	want := (3 - math.Cos(angle(0)) - math.Cos(angle(0.5)) - math.Cos(angle(1))) / 3
	if math.Abs(c.Spread-want) > 1e-6 {
		t.Errorf("found a spread of %v, want %v", c.Spread, want)
	}
	if m, err := decodePNG(c.Picture); err != nil || m.Bounds().Dx() != 5 {
		t.Errorf("the nearest example is no picture: %v", err)
	} else if r, _, _, _ := m.At(0, 0).RGBA(); r>>8 != 128 {
		t.Errorf("the nearest example begins with %d, want 128: the middle one", r>>8)
	}

	dir := filepath.Join(t.TempDir(), "library")
	if all, err := ReadConcepts(dir); err != nil || all != nil {
		t.Fatalf("no file yet: found %v, error %v", all, err)
	}
	cold := c
	cold.Name = "cold"
	for _, kept := range []Concept{c, cold, c} {
		if _, err := KeepConcept(dir, kept); err != nil {
			t.Fatal(err)
		}
	}
	all, err := ReadConcepts(dir)
	if err != nil || len(all) != 2 || all[0].Name != "warm" || all[0].Latent[1] != c.Latent[1] {
		t.Fatalf("kept two, found %v, error %v", all, err)
	}
	if all, err = DropConcept(dir, c); err != nil || len(all) != 1 || all[0].Name != "cold" {
		t.Errorf("after dropping one: found %v, error %v", all, err)
	}

	r := recipe(o, 2, nil)
	r.Terms = Composed(o.Model, []Term{c.Term(1), cold.Term(-0.5)})
	if err := o.Check(r); err != nil {
		t.Errorf("a recipe of concepts: %v", err)
	}
}

func TestBadConcepts(t *testing.T) {
	s, o := new(fake).open(t, 0)
	latents(o)
	dir := t.TempDir()
	good, err := s.FindConcept(deadline(t), o, "warm", sampling.NewImages(1, 1, 4, 5))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"": "1 to 40 letters", `a "b"`: "without quotes", "and": "word of expressions", strings.Repeat("a", 41): "1 to 40"} {
		c := good
		c.Name = name
		if _, err := KeepConcept(dir, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the name %q: found error %v, want %q", name, err, want)
		}
	}
	path := filepath.Join(dir, conceptsFile)
	for text, want := range map[string]string{
		"{": "not a file of concepts", `{"version":9}`: "found version 9",
		`{"version":1,"concepts":[{"name":"a","latent":[3,4]}]}`: "length 5",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := KeepConcept(dir, good); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: found error %v, want %q", text, err, want)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("a damaged file was changed to %q", now)
		}
	}
	o.Model.Encode = nil
	if _, err := s.FindConcept(deadline(t), o, "warm", sampling.NewImages(1, 1, 4, 5)); err == nil {
		t.Error("a model without an encoder finds a concept")
	}
}
