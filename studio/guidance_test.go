package studio

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// laddered is a model whose guidance has a factor on each of three levels.
func laddered() *models.Model {
	m := &models.Model{Name: "ladder", Levels: []float64{9.8, 3, -2}, Knobs: []sampling.Knob{{Name: "guidance", Min: -1, Max: 10}}}
	for i := range m.Levels {
		m.Knobs = append(m.Knobs, sampling.Knob{Name: guidanceOn(i + 1), Max: 2, Default: 1})
	}
	return m
}

func TestGuidanceSchedule(t *testing.T) {
	m := laddered()
	for text, want := range map[string][]float64{
		"constant": {1, 1, 1}, " Rising ": {1, 0.5, 0}, "falling": {0, 0.5, 1},
		"-3..4": {0, 1, 1}, "3..20": {1, 1, 0}, "0, 0.5,2": {2, 0.5, 0},
	} {
		found, err := GuidanceSchedule(m, text)
		if err != nil || !reflect.DeepEqual(found, want) {
			t.Errorf("%q: found %v (%v), want %v", text, found, err, want)
		}
	}
	for text, want := range map[string]string{
		"sideways": "found 1 numbers, want constant, rising, falling",
		"1,2":      "found 2 numbers", "1,x,2": `found "x", want a number`, "4..-3": "found the upper end first",
		"4..5": "found no level in between, the levels' log-SNR are 9.8, 3.0, -2.0", "..": `found "", want a number`,
	} {
		if _, err := GuidanceSchedule(m, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: found error %v, want %q", text, err, want)
		}
	}
	if _, err := GuidanceSchedule(&models.Model{Name: "flat"}, "rising"); err == nil || !strings.Contains(err.Error(), "flat has no guidance on noise levels") {
		t.Errorf("found error %v", err)
	}
}

// TestSetGuidance writes down what differs from the default, and reads it back.
func TestSetGuidance(t *testing.T) {
	m := laddered()
	r := Recipe{Sampler: SamplerFamily}
	if err := r.SetGuidance(m, []float64{1, 1.0 / 3, 0}); err != nil {
		t.Fatal(err)
	}
	if want := (sampling.Settings{"guidance_2": 0.333, "guidance_3": 0}); !reflect.DeepEqual(r.Settings, want) {
		t.Errorf("found %v, want %v", r.Settings, want)
	}
	if found := r.Guidance(m); found[0] != 1 || found[2] != 0 || math.Abs(found[1]-0.333) > 1e-9 {
		t.Errorf("found %v", found)
	}
	if err := r.SetGuidance(m, []float64{1, 1, 1}); err != nil || len(r.Settings) != 0 {
		t.Errorf("found %v (%v), want no settings", r.Settings, err)
	}
	if err := r.SetGuidance(m, []float64{1, 1, 3}); err == nil || !strings.Contains(err.Error(), "knob guidance_3: found 3, want 0 to 2") {
		t.Errorf("found error %v", err)
	}
}
