package ui

import (
	"slices"
	"strings"
	"testing"

	"ebmstudio/studio/studiotest"
)

// Chains that walk twice as long as in training are told so below the scrubber, and the
// curves mark where training ended; shorter ones are told nothing.
func TestDriftIsTold(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("eight.safetensors")
	r.now.recipe.Settings = map[string]float64{"steps": 80}
	r.ran()
	if r.stage.drift.Visible() {
		t.Errorf("80 steps of a model trained with 60: found %q, want nothing said yet", r.stage.drift.Text)
	}
	r.now.recipe.Settings["steps"] = 300
	r.ran()
	if text := r.stage.drift.Text; !r.stage.drift.Visible() || !strings.Contains(text, "to step 60") || !strings.Contains(text, "times its spread") {
		t.Errorf("300 steps: found %q, shown %v", text, r.stage.drift.Visible())
	}
	rec := r.now.job.Recording()
	for i, c := range curves(rec, "energy") {
		if !slices.Contains(c.Marks, 60) {
			t.Fatalf("chain %d: found marks at %v, want one at step 60", i, c.Marks)
		}
	}
	r.stage.clear()
	if r.stage.drift.Visible() {
		t.Error("another model: the line stays")
	}
}
