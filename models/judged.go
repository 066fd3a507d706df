package models

import "slices"

// Judged reports whether a judge's row of probabilities names a label: the likeliest
// of all, or where the labels are pairs of attributes (see [Model.Attributes]) the
// likelier of its pair.
func Judged(probabilities []float32, label int, attributes [][2]int) bool {
	for _, pair := range attributes {
		switch label {
		case pair[0]:
			return probabilities[label] > probabilities[pair[1]]
		case pair[1]:
			return probabilities[label] >= probabilities[pair[0]]
		}
	}
	return slices.Index(probabilities, slices.Max(probabilities)) == label
}
