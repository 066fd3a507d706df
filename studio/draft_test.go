package studio

import (
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// TestDraftGoesOnFromAnotherRun: a draft begins with the newest pictures of a run and
// walks down the new terms; no recipe claims its pictures.
func TestDraftGoesOnFromAnotherRun(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 0)
	r := recipe(o, 3, sampling.Settings{"steps": 80, "step_noise": 0.01})
	r.Terms = []Term{{Weight: 1, Name: "low", Labels: []int{0}}}
	low := run(t, s, o, r)
	last, _ := low.Recording().Last()
	r.Terms, r.Seed = []Term{{Weight: 1, Name: "high", Labels: []int{1}}}, 9
	draft, err := s.Draft(o, r, low, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := draft.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	rec := draft.Recording()
	for chain := range 3 {
		if !slices.Equal(rec.Frame(0, chain).Pix, low.Recording().Frame(low.Recording().Frames()-1, chain).Pix) {
			t.Errorf("chain %d does not begin where the run before it is", chain+1)
		}
	}
	now, _ := rec.Last()
	for i, v := range now.Data {
		if v < 0.8 || last.Data[i] > 0.2 {
			t.Fatalf("value %d went from %g to %g, want from low to high", i, last.Data[i], v)
		}
	}
	if _, err := draft.Result(); err == nil || !strings.Contains(err.Error(), "draft") {
		t.Errorf("found error %v, want one that says that a draft has no recipe", err)
	}
	if _, err := s.Draft(o, r, nil, nil); err == nil {
		t.Error("a draft of nothing is no error")
	}
	if _, err := s.Draft(o, recipe(o, 3, sampling.Settings{"step_size": 7}), low, nil); err == nil {
		t.Error("a draft with a setting out of range is no error")
	}
}
