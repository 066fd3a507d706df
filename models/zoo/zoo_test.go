package zoo

import (
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
	"ebmstudio/models"
	"ebmstudio/models/inception"
	"ebmstudio/models/judge"
	"ebmstudio/resources"
)

// TestOneFamilyKnowsAFile: no two families claim a checkpoint, and each knows its
// own.
func TestOneFamilyKnowsAFile(t *testing.T) {
	for _, family := range Families() {
		if family.Name == "" || family.Title == "" || family.Knows == nil || family.Open == nil {
			t.Errorf("family %+v is incomplete", family)
		}
		if family.Name == judge.Name || family.Name == inception.Name {
			continue // ours alone, or not to be had here: no author's files; see below
		}
		for _, name := range fixtures.Cases(t, family.Name) {
			file, err := checkpoint.Open(fixtures.Case(t, name).Checkpoint)
			if err != nil {
				t.Fatal(err)
			}
			// This file holds one block of a network, for a test of layers: no model.
			isModel := name != "icd/block_groupnorm"
			for _, other := range Families() {
				if known := other.Knows(file); known != (isModel && other.Name == family.Name) {
					t.Errorf("%s: known as %s: %v", name, other.Name, known)
				}
			}
		}
	}
}

// TestBundledAreKnown: every file that the program carries is of exactly one family,
// judges of that of judges.
func TestBundledAreKnown(t *testing.T) {
	know := func(b resources.Bundled) (names []string) {
		file, err := checkpoint.Read(b.Name, b.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range Families() {
			if family.Knows(file) {
				names = append(names, family.Name)
			}
		}
		return names
	}
	for _, b := range resources.Models() {
		if names := know(b); len(names) != 1 || names[0] == judge.Name || b.Card == "" {
			t.Errorf("%s: known as %v, card of %d letters", b.Name, names, len(b.Card))
		}
	}
	for _, b := range resources.Judges() {
		if names := know(b); len(names) != 1 || names[0] != judge.Name || b.Card == "" {
			t.Errorf("judge %s: known as %v, card of %d letters", b.Name, names, len(b.Card))
		}
	}
}

// TestSettingsAreToldOf: people are told of every setting of every training, and the
// defaults that they see are ones that the training takes.
func TestSettingsAreToldOf(t *testing.T) {
	for _, family := range Families() {
		if family.Name == inception.Name {
			continue // it is not trained here
		}
		if family.Learn == nil || family.Settings == nil {
			t.Errorf("%s: settings cannot be listed", family.Name)
			continue
		}
		for _, d := range []models.Data{{C: 1, H: 28, W: 28}, {C: 3, H: 16, W: 16, Attributes: [][2]int{{0, 1}}}, {C: 2, H: 1, W: 1}} {
			form, err := family.Settings(d, nil)
			if err != nil || len(form) < 10 {
				t.Errorf("%s: %d settings, %v", family.Name, len(form), err)
			}
			asked := map[string]string{}
			for _, s := range form {
				if s.Help == "" || s.Group == "" || s.Kind == "" {
					t.Errorf("%s: nobody is told of %+v", family.Name, s)
				}
				if len(s.Choices) > 0 && !slices.Contains(s.Choices, s.Default) {
					t.Errorf("%s: %s is %q, none of %q", family.Name, s.Name, s.Default, s.Choices)
				}
				asked[s.Name] = s.Default
			}
			if _, err := family.Settings(d, asked); err != nil {
				t.Errorf("%s refuses its own defaults: %v", family.Name, err)
			}
		}
		if _, err := family.Settings(models.Data{C: 1, H: 28, W: 28}, map[string]string{"batch": "none"}); err == nil || !strings.Contains(err.Error(), `"batch"`) {
			t.Errorf("%s: a batch of none: %v", family.Name, err)
		}
	}
}
