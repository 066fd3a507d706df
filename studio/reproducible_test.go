package studio_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/resources"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// TestSameRecipeSameFiles: on one machine and engine a recipe gives the same files to the
// byte, made by two studios that each opened and compiled the model anew; one model of every
// family, pictures and points.
func TestSameRecipeSameFiles(t *testing.T) {
	few := map[string]sampling.Settings{ // by model; its other settings are the defaults
		"fashion-28":        {"steps": 12},
		"cdrl-faces-16":     {"steps": 2},
		"moons":             {"steps": 2},
		"icd-hat-16":        {"steps": 8},
		"vaeebm-fashion-28": {"steps": 6},
	}
	made := 0
	for _, model := range resources.Models() {
		settings, ok := few[model.Name]
		if !ok {
			continue
		}
		made++
		t.Run(model.Name, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				first, second := filesOf(t, b, model, settings), filesOf(t, b, model, settings)
				if len(first) < 6 { // four pictures, the sheet, the animation
					t.Fatalf("found %d files, want at least 6", len(first))
				}
				for name, data := range first {
					if !bytes.Equal(data, second[name]) {
						t.Errorf("%s: found other bytes the second time", name)
					}
				}
			})
		})
	}
	if made != len(few) {
		t.Errorf("found %d of %d models", made, len(few))
	}
}

// filesOf makes a model's pictures in a studio of its own and returns the files by name.
func filesOf(t *testing.T, b compute.Backend, model resources.Bundled, settings sampling.Settings) map[string][]byte {
	t.Helper()
	s := studioOn(t, b.String(), b)
	o, err := s.OpenBytes(t.Context(), model.Name+".safetensors", model.Data, studio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains, r.Settings = 7, 4, settings
	job := s.Sample(o, r, nil)
	if err := job.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	res, err := job.Result()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := studio.SaveGallery(dir, res); err != nil {
		t.Fatal(err)
	}
	if err := studio.SaveGIF(filepath.Join(dir, "chains.gif"), job.Recording(), studio.GIFOptions{}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
