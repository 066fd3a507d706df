package studio_test

import (
	"testing"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/resources"
	"ebmstudio/studio"
)

// TestBundledCDRLTellsNoise: by its own score a bundled CDRL model calls noise and
// permuted pixels outliers; the energy of the cleanest level, which the paper names, ranks
// them as the likeliest pictures of all, which is why it is not the score.
func TestBundledCDRLTellsNoise(t *testing.T) {
	s := studioOn(t, engine.XLACPU, enginetest.Open(t, engine.XLACPU))
	for _, b := range resources.Models() {
		if b.Name != "cdrl-faces-16" {
			continue
		}
		o, err := s.OpenBytes(t.Context(), b.Name+".safetensors", b.Data, studio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ask := studio.OutlierRequest{
			Models: []*studio.Opened{o}, In: studio.PictureSource{Spec: studio.HeldBackFor(o)}, Count: 64, Seed: 1,
			Out: []studio.PictureSource{{Spec: "noise"}, {Spec: "permuted"}},
		}
		for level, is := range map[float64]func(studio.Area) bool{
			0: func(a studio.Area) bool { return a.Value > 0.99 },
			1: func(a studio.Area) bool { return a.Value < 0.01 },
		} {
			ask.Settings = nil
			if level > 0 {
				ask.Settings = map[string]float64{"level": level}
			}
			r, err := s.Outliers(t.Context(), ask)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range r.Scores[0].Areas {
				if !is(a) {
					t.Errorf("level %g (0: as it is): %s has AUROC %.3f", level, r.Out[i].Name, a.Value)
				}
			}
		}
		return
	}
	t.Fatal("cdrl-faces-16 is not bundled")
}
