package studio

import (
	"math"
	"slices"
	"testing"

	"ebmstudio/internal/dataset/faces"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// attributed is a model of the faces' attributes, as far as questions go.
func attributed() *models.Model {
	return &models.Model{Labels: faces.Names(), Attributes: faces.Pairs()}
}

// TestQuestions: what an attribute model is asked, and by which terms.
func TestQuestions(t *testing.T) {
	m := attributed()
	rows := questions(m, 0.5)
	asks := map[string][]string{}
	for _, q := range rows {
		for _, a := range q.asks {
			asks[q.name] = append(asks[q.name], a.name(m.Labels))
		}
	}
	if !slices.Equal(asks[rowSingles], m.Labels) {
		t.Errorf("singles: found %q, want all labels", asks[rowSingles])
	}
	if want := []string{"hat, long hair", "glasses, long hair", "hat, smile", "glasses, smile"}; !slices.Equal(asks[rowSeen], want) {
		t.Errorf("seen pairs: found %q, want %q", asks[rowSeen], want)
	}
	if want := []string{"hat, glasses", "long hair, smile"}; !slices.Equal(asks[rowHeldOut], want) {
		t.Errorf("held-out pairs: found %q, want %q", asks[rowHeldOut], want)
	}
	for _, name := range []string{rowNot, rowMinus, rowWithout} { // the same is judged in all three
		if got := asks[name]; len(got) != 8 || !slices.Equal(got, asks[rowNot]) || got[0] != "hat, short hair" {
			t.Errorf("%s: found %q, want 8 questions that begin with hat, short hair", name, got)
		}
	}
	terms := func(name string) []Term {
		i := slices.IndexFunc(rows, func(q row) bool { return q.name == name })
		return rows[i].terms(7, 9) // samples 7 and 8: the last question and the first again
	}
	minus := terms(rowMinus)
	if len(minus) != 3 || minus[1].Weight != -0.5 || minus[2].Weight != 0.5 || !minus[2].marginal() {
		t.Fatalf("minus: found %+v, want weights 1, -0.5 and the marginal with 0.5", minus)
	}
	// smile minus glasses, hat minus long hair.
	if !slices.Equal(minus[0].Labels, []int{6, 0}) || !slices.Equal(minus[1].Labels, []int{2, 4}) {
		t.Errorf("minus: found labels %v and %v, want [6 0] and [2 4]", minus[0].Labels, minus[1].Labels)
	}
	if not := terms(rowNot); !slices.Equal(not[1].Labels, []int{3, 5}) {
		t.Errorf("not: found labels %v, want the off classes [3 5]", not[1].Labels)
	}
	if got := questions(&models.Model{}, 1); len(got) != 1 || got[0].terms(0, 2) != nil {
		t.Errorf("without labels: found %+v, want one row without terms", got)
	}
}

// TestMatching: real pictures are those that were asked for, none twice, and none that
// training leaves out unless they are asked for.
func TestMatching(t *testing.T) {
	m := attributed()
	k := &real{}
	for range 3 {
		for _, a := range faces.All() {
			k.classes = append(k.classes, a.Classes())
		}
	}
	for _, q := range questions(m, 1) {
		first, second := k.matching(q, m.Labels, 4*len(q.asks))
		if len(first) == 0 || len(first) != len(second) {
			t.Errorf("%s: found %d and %d pictures", q.name, len(first), len(second))
		}
		seen := map[match]bool{}
		for _, r := range slices.Concat(first, second) {
			if seen[r] {
				t.Errorf("%s: picture %d twice", q.name, r.picture)
			}
			seen[r] = true
			if c := k.classes[r.picture]; !holds(c, q.asks[r.ask].right) || !q.heldOut && leftOut(m.Labels, c) {
				t.Errorf("%s: found %v for %q", q.name, c, q.asks[r.ask].name(m.Labels))
			}
		}
	}
}

// TestAsSaved: as a file stores it, in 0..1.
func TestAsSaved(t *testing.T) {
	x := sampling.Images{N: 2, C: 1, H: 1, W: 3, Data: []float32{-1, 0.001, 2, float32(math.NaN()), 1, -3}}
	saved, broken := asSaved(x, -1, 1)
	if want := []float32{0, 128.0 / 255, 1, 0, 1, 0}; !slices.Equal(saved.Data, want) {
		t.Errorf("found %v, want %v", saved.Data, want)
	}
	if !slices.Equal(broken, []bool{false, true}) {
		t.Errorf("broken: found %v, want the second", broken)
	}
}

// TestUpsideDown: rows go the other way.
func TestUpsideDown(t *testing.T) {
	if got := upsideDown([]float64{1, 2, 3, 4}, 2); !slices.Equal(got, []float64{3, 4, 1, 2}) {
		t.Errorf("found %v, want [3 4 1 2]", got)
	}
}

// TestColumnSettings: who steers, whatever else was set.
func TestColumnSettings(t *testing.T) {
	knobs := []sampling.Knob{{Name: "steps"}, {Name: "denoise"}, {Name: "initializer"}, {Name: "steps_1"}}
	r := EvalRequest{Model: &Opened{Model: &models.Model{Knobs: knobs}}, Sampler: SamplerFamily, Settings: sampling.Settings{"steps_1": 9, "guidance": 2}}
	if s := r.settings(columnInitializer); s["steps"] != 0 || s["denoise"] != 0 || s["guidance"] != 2 || len(s) != 3 {
		t.Errorf("initializer: found %v", s)
	}
	if s := r.settings(columnEnergy); s["initializer"] != 0 || s["steps_1"] != 9 || len(s) != 3 {
		t.Errorf("energy: found %v", s)
	}
	if s := r.settings(columnBoth); len(s) != 2 {
		t.Errorf("both: found %v", s)
	}
}
