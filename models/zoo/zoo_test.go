package zoo

import (
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
)

// TestOneFamilyKnowsAFile: no two families claim a checkpoint, and each knows its
// own.
func TestOneFamilyKnowsAFile(t *testing.T) {
	for _, family := range Families() {
		if family.Name == "" || family.Title == "" || family.Knows == nil || family.Open == nil {
			t.Errorf("family %+v is incomplete", family)
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
