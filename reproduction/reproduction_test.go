package reproduction

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"ebmstudio/models/zoo"
	"ebmstudio/studio"
)

// TestExperiments: every experiment is whole, and what it refers to exists.
func TestExperiments(t *testing.T) {
	all := All()
	for i, e := range all {
		if e.ID != "E"+strconv.Itoa(i+1) {
			t.Errorf("experiment %d: found %s", i+1, e.ID)
		}
		if e.Title == "" || e.Source == "" || e.Does == "" || len(e.Measures) == 0 || len(e.Claims) == 0 {
			t.Errorf("%s: found no title, source, words, measures or claims", e.ID)
		}
		for _, name := range []string{Small, Full} {
			p, err := e.Preset(name)
			if err != nil {
				t.Fatal(err)
			}
			p.check(t, e, name)
		}
		for _, r := range e.Paper.Rows {
			if len(r.Cells) != len(e.Paper.Columns) {
				t.Errorf("%s: the paper's row %q has %d cells, want %d", e.ID, r.Name, len(r.Cells), len(e.Paper.Columns))
			}
		}
	}
}

// check looks for rows, models, measures and settings that do not exist.
func (p Preset) check(t *testing.T, e Experiment, preset string) {
	t.Helper()
	what := e.ID + " " + preset
	if p.Seeds < 1 || p.Count < 2 || p.Cost == "" || len(p.Rows) == 0 {
		t.Errorf("%s: found %d seeds, a count of %d, cost %q, %d rows", what, p.Seeds, p.Count, p.Cost, len(p.Rows))
	}
	var names []string
	for _, r := range p.Rows {
		if slices.Contains(names, r.Name) || strings.Contains(r.Name, minus) || strings.Contains(r.Name, "|") {
			t.Errorf("%s: row %q is there twice, or its name cannot be told from a difference or a cell", what, r.Name)
		}
		names = append(names, r.Name)
	}
	for _, r := range p.Rows {
		if _, ok := p.training(r.Model); !ok && !slices.Contains(bundled(), r.Model) {
			t.Errorf("%s: row %q: found no training and no bundled model %q", what, r.Name, r.Model)
		}
	}
	if len(e.Paper.Rows) > 0 {
		for _, r := range e.Paper.Rows {
			if r.Row != "" && !slices.Contains(names, r.Row) && preset == Full {
				t.Errorf("%s: the paper's row %q belongs to %q, which is not there", what, r.Name, r.Row)
			}
		}
	}
	for _, c := range e.Claims {
		if c.Across != "" {
			if !slices.Contains(names, c.Across) {
				t.Errorf("%s: claim %q is of row %q, which is not there", what, c.Says, c.Across)
			}
			for _, item := range c.Rises {
				if !e.defines(item) {
					t.Errorf("%s: claim %q is of measure %q, which has no definition", what, c.Says, item)
				}
			}
			continue
		}
		for _, item := range slices.Concat(c.Rises, c.Dips, c.Within) {
			for name := range strings.SplitSeq(item, minus) {
				if preset == Full && !slices.Contains(names, name) {
					t.Errorf("%s: claim %q is of row %q, which is not there", what, c.Says, name)
				}
			}
		}
		if !e.defines(c.Measure) {
			t.Errorf("%s: claim %q is of measure %q, which has no definition", what, c.Says, c.Measure)
		}
	}
	for _, tr := range p.Trainings {
		if _, err := studio.TrainingForm(zoo.Families(), studio.TrainRequest{Family: tr.Family, Data: tr.Data, Settings: tr.Settings}); err != nil {
			t.Errorf("%s: training %s: %v", what, tr.Name, err)
		}
		if tr.Settings["seed"] != "" {
			t.Errorf("%s: training %s has a seed of its own, want that of the run", what, tr.Name)
		}
	}
}

func (e Experiment) defines(measure string) bool {
	return slices.ContainsFunc(e.Measures, func(m Measure) bool { return m.Name == measure })
}
