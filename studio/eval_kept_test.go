package studio

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"ebmstudio/sampling"
)

// TestKeptSamples: what is kept is found under its whole key alone, to the bit; a damaged
// file, or a folder that is none, is as good as absent.
func TestKeptSamples(t *testing.T) {
	k := keptSamples{filepath.Join(t.TempDir(), "kept")}
	x := sampling.Images{N: 2, C: 1, H: 1, W: 2, Data: []float32{1, -0.3, 1e-9, 4}}
	if _, _, ok := k.pictures("a"); ok {
		t.Error("found pictures before any were kept")
	}
	if err := k.keepPictures("a", x, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if y, took, ok := k.pictures("a"); !ok || !reflect.DeepEqual(x, y) || took != 1500*time.Millisecond {
		t.Errorf("pictures: found %v in %v (%v)", y, took, ok)
	}
	if _, _, ok := k.pictures("b"); ok {
		t.Error("found pictures under another key")
	}
	rows := [][]float32{{0.25, 0.75}, {1, 0}}
	if err := k.keepJudged("c", rows, rows[:1]); err != nil {
		t.Fatal(err)
	}
	if p, f, ok := k.judged("c"); !ok || !reflect.DeepEqual(p, rows) || !reflect.DeepEqual(f, rows[:1]) {
		t.Errorf("judged: found %v and %v (%v)", p, f, ok)
	}
	values := []float64{0.1, 23.456789012345678}
	if err := k.keepNumbers("d", values, time.Second); err != nil {
		t.Fatal(err)
	}
	if v, took, ok := k.numbers("d"); !ok || !slices.Equal(v, values) || took != time.Second {
		t.Errorf("numbers: found %v in %v (%v)", v, took, ok)
	}
	if err := os.Truncate(k.path("a"), 20); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := k.pictures("a"); ok {
		t.Error("found pictures in half a file")
	}
	if err := os.Rename(k.path("c"), k.path("e")); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := k.judged("e"); ok {
		t.Error("found what another key's file holds")
	}
	if err := (keptSamples{}).keepPictures("a", x, 0); err != nil {
		t.Error(err)
	}
	if _, _, ok := (keptSamples{}).pictures("a"); ok {
		t.Error("found pictures where nothing is kept")
	}
}

// TestBatchKey: the name of the file is for people, everything else counts.
func TestBatchKey(t *testing.T) {
	o := &Opened{Name: "a.safetensors", SHA256: "1"}
	key := func(o *Opened, r Recipe, engine string) string {
		text, err := batchKey(o, r, engine)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	r := Recipe{Seed: 3, Chains: 4, Sampler: SamplerFamily}
	first := key(o, r, "go")
	if key(&Opened{Name: "b.safetensors", SHA256: "1"}, r, "go") != first {
		t.Error("another name: want the same key")
	}
	other := r
	other.Seed = 4
	for what, k := range map[string]string{"checkpoint": key(&Opened{SHA256: "2"}, r, "go"), "recipe": key(o, other, "go"), "engine": key(o, r, "xla")} {
		if k == first {
			t.Errorf("another %s: want another key", what)
		}
	}
}
