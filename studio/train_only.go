package studio

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/internal/dataset"
	"ebmstudio/models"
)

// mostOnly bounds the pictures of a class or attribute that are learnt alone: data that
// is made here has no end of them.
const mostOnly = 20000

// only is the part of data that shows a class or attribute, as data without classes:
// what an expert for a product of several learns from.
func only(data models.Data, label string) (models.Data, error) {
	if data.OfLabel == nil {
		return data, fmt.Errorf("only %q: the data %q has no classes", label, data.Name)
	}
	at := slices.Index(data.Labels, label)
	if at < 0 {
		return data, fmt.Errorf("only %q: the data %q has no such class, want one of %s", label, data.Name, strings.Join(data.Labels, ", "))
	}
	x, err := data.OfLabel(at, mostOnly)
	if err != nil {
		return data, fmt.Errorf("only %q: %w", label, err)
	}
	set := &dataset.Set{Name: data.Name + ": " + label, C: x.C, H: x.H, W: x.W, Levels: make([]uint8, len(x.Data))}
	for i, v := range x.Data {
		set.Levels[i] = uint8(math.RoundToEven(255 * float64(v)))
	}
	return learningData(set), nil
}
