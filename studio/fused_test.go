package studio_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/resources"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// TestFusedSteps: several steps in one program are the steps one by one, by the same noise, up
// to rounding, in fewer frames; steps that are left over are made one by one.
func TestFusedSteps(t *testing.T) {
	for _, c := range []struct {
		name       string
		expression string
		settings   sampling.Settings
	}{
		{"fashion-28", "", sampling.Settings{"steps": 10}},
		{"fashion-28", "coat AND bag", sampling.Settings{"steps": 10}},
		{"icd-hat-16", "", sampling.Settings{"steps": 10, "anneal": 0}},
		{"vaeebm-fashion-28", "", sampling.Settings{"steps": 10}},
	} {
		t.Run(strings.TrimSpace(c.name+" "+c.expression), func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				run := func(fused int) (studio.Result, int) {
					s := studioOn(t, b.String(), b)
					o := openNamed(t, s, c.name)
					r := studio.DefaultRecipe(o)
					r.Chains, r.Settings, r.Fused = 3, c.settings, fused
					if c.expression != "" {
						if err := r.Ask(o.Model, c.expression); err != nil {
							t.Fatal(err)
						}
					}
					job := s.Sample(o, r, nil)
					if err := job.Wait(t.Context()); err != nil {
						t.Fatal(err)
					}
					res, err := job.Result()
					if err != nil {
						t.Fatal(err)
					}
					return res, job.Recording().Frames()
				}
				single, all := run(0)
				fused, few := run(4)
				if few >= all {
					t.Errorf("found %d frames, one by one %d: want fewer", few, all)
				}
				worst := 0.0
				for i, v := range single.Pictures.Data {
					worst = math.Max(worst, math.Abs(float64(v-fused.Pictures.Data[i])))
				}
				if !(worst <= 1e-5) {
					t.Errorf("found pictures %.2g away from those of single steps, want at most 1e-5", worst)
				}
				t.Logf("%.2g away", worst)
			})
		})
	}
}

// openNamed opens a bundled model.
func openNamed(t *testing.T, s *studio.Studio, name string) *studio.Opened {
	t.Helper()
	for _, r := range resources.Models() {
		if r.Name == name {
			o, err := s.OpenBytes(t.Context(), name+".safetensors", r.Data, studio.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
	}
	t.Fatalf("found no bundled model %q", name)
	return nil
}
