package studio

import (
	"slices"
	"testing"

	"ebmstudio/models"
)

// TestExpertise: a model trained with --only has the class in its name.
func TestExpertise(t *testing.T) {
	labels := attributed().Labels
	for name, want := range map[string]bool{"pixel faces: hat": true, "pixel faces": false, "pixel faces: moustache": false, "": false} {
		if label, ok := expertise(&models.Model{Name: name}, labels); ok != want || ok && label != "hat" {
			t.Errorf("%q: found %q, %t", name, label, ok)
		}
	}
}

// TestExpertQuestions: experts are asked alone, in pairs and one without another, a
// whole batch the same, and the judge must find its own labels.
func TestExpertQuestions(t *testing.T) {
	judge := attributed()
	m := &models.Model{Labels: []string{"glasses", "hat"}, Experts: true}
	rows := expertQuestions(m, judge, 0.3, 4)
	asks := map[string][]string{}
	for _, q := range rows {
		for _, a := range q.asks {
			asks[q.name] = append(asks[q.name], a.name(judge.Labels))
		}
	}
	for name, want := range map[string][]string{
		rowSingles: {"glasses", "hat"},
		rowPairs:   {"glasses, hat"},
		rowMinus:   {"glasses, no hat", "hat, no glasses"},
		rowWithout: {"glasses, no hat", "hat, no glasses"},
	} {
		if !slices.Equal(asks[name], want) {
			t.Errorf("%s: found %q, want %q", name, asks[name], want)
		}
	}
	minus := rows[slices.IndexFunc(rows, func(q row) bool { return q.name == rowMinus })]
	terms := minus.terms(4, 8) // the second block: hat without glasses
	if len(terms) != 2 || terms[0].Weight != 1 || terms[1].Weight != -0.3 || !slices.Equal(terms[0].Labels, []int{1}) || !slices.Equal(terms[1].Labels, []int{0}) {
		t.Errorf("found %+v, want the hat with 1 and the glasses with -0.3, once for all pictures", terms)
	}
	if a, b := minus.which(7), minus.which(8); a != 1 || b != 0 {
		t.Errorf("found asks %d and %d of samples 7 and 8, want 1 and 0", a, b)
	}
	one := expertQuestions(&models.Model{Labels: []string{"hat"}}, judge, 0.3, 4)
	if len(one) != 1 || one[0].name != rowSingles {
		t.Errorf("of one expert: found %d rows, want singles alone", len(one))
	}
}
