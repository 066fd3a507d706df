// Package zoo lists the families of models that this program knows.
package zoo

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/models/clel"
)

// Families lists every family; a new one is a folder beside this and a line here.
func Families() []models.Family {
	return []models.Family{
		clel.Family(),
	}
}

// Open finds the family that knows a file and opens the model with it.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	var known []string
	for _, family := range Families() {
		if family.Knows(f) {
			return family.Open(b, f, o)
		}
		known = append(known, fmt.Sprintf("%s (%s)", family.Name, family.Title))
	}
	return nil, fmt.Errorf("open %q: no family knows its %d tensors%s\nhint: known are %s",
		f.Path, len(f.Names), examples(f.Names), strings.Join(known, ", "))
}

// examples quotes the first names.
func examples(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s)", strings.Join(names[:min(3, len(names))], ", "))
}
