package studio

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// TestFacesAsData: what a training asks of the faces, by both names.
func TestFacesAsData(t *testing.T) {
	for name, combinations := range map[string]int{facesData: 9, allFacesData: 16} {
		if !slices.Contains(NamedData(), name) {
			t.Errorf("%s is not among %v", name, NamedData())
		}
		data, err := openLearningData(name, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(data.Labels) != 8 || len(data.Attributes) != 4 || len(data.Mean) != 3 || len(data.Std) != 3 {
			t.Fatalf("%s: found labels %v, attributes %v, mean %v, deviation %v", name, data.Labels, data.Attributes, data.Mean, data.Std)
		}
		k := sampling.NewKey(1)
		x, classes, err := data.Labelled(k, 3, 1000, 0, false)
		if err != nil {
			t.Fatal(err)
		}
		found := map[[4]int]bool{}
		for _, c := range classes {
			found[[4]int(c)] = true
		}
		if len(found) != combinations {
			t.Errorf("%s: found %d combinations, want %d", name, len(found), combinations)
		}
		batch, err := data.Batch(k, 3, 1000, 0, false)
		if err != nil || !slices.Equal(batch.Data, x.Data) {
			t.Errorf("%s: Batch and Labelled differ (error %v)", name, err)
		}
		for what, draw := range map[string]func() (sampling.Images, error){
			"noise": func() (sampling.Images, error) { return data.Batch(k, 3, 1000, 0.1, false) },
			"flip":  func() (sampling.Images, error) { return data.Batch(k, 3, 1000, 0, true) },
			"view":  func() (sampling.Images, error) { return data.View(k, "weak", 3, x) },
			"test":  func() (sampling.Images, error) { x, _, err := data.Test(1000); return x, err },
		} {
			y, err := draw()
			if err != nil || slices.Equal(x.Data, y.Data) || slices.Min(y.Data) < 0 || slices.Max(y.Data) > 1 {
				t.Errorf("%s with %s: found error %v or the same pictures or values beyond 0..1", name, what, err)
			}
		}
		for label := range data.Labels {
			if y, err := data.OfLabel(label, 5); err != nil || y.N != 5 {
				t.Errorf("%s of class %d: found %d, error %v, want 5", name, label, y.N, err)
			}
		}
		if _, err := data.OfLabel(8, 5); err == nil {
			t.Errorf("%s of class 8: found no error", name)
		}
	}
}

func TestDataSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "faces.png")
	classes, err := SaveDataSheet(path, DataRequest{Data: facesData, Count: 9, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := png.Decode(bytes.NewReader(file))
	if want := layoutFor(9, 16).bounds(9, 16, 16); err != nil || sheet.Bounds() != want || len(classes) != 9 || len(classes[0]) != 4 {
		t.Errorf("found a sheet of %v, classes %v, error %v, want %v", sheet.Bounds(), classes, err, want)
	}
	for want, r := range map[string]DataRequest{
		`no class "hut", want one of: hat, no hat`: {Data: facesData, Count: 9, Label: "hut"},
		"found 0, want 1":                          {Data: facesData},
		"found points of the plane":                {Data: "moons", Count: 9},
	} {
		if _, err := SaveDataSheet(path, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: found error %v, want %q", r, err, want)
		}
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, file) {
		t.Errorf("a refused sheet changes the one that is there (error %v)", err)
	}
}
