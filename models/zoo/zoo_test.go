package zoo

import (
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
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
		if family.Name == judge.Name {
			continue // ours alone: no author's files; see below
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
