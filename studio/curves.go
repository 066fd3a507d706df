package studio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
)

// SaveCurves writes the curves of a recording as CSV: a line for each chain and step,
// chains counted from 1, with energy, gradient, the length of the step that led there and
// whether it was accepted (empty where the sampler has no such value) and 1 under jump
// where the pictures were changed after that step. The file
// appears whole or not at all.
func SaveCurves(path string, r *Recording) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"chain", "step", "energy", "gradient", "moved", "accepted", "jump"}) // a buffer does not fail
	jumps := r.Jumps()
	text := func(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
	for chain := range r.Chains() {
		steps, energy := r.Curve("energy", chain)
		var others [3]curve
		for column, name := range []string{"gradient", "step", "accepted"} {
			others[column].steps, others[column].values = r.Curve(name, chain)
		}
		for i, step := range steps {
			row := []string{strconv.Itoa(chain + 1), strconv.Itoa(step), text(energy[i]), "", "", "", ""}
			for column, c := range others {
				if k, found := slices.BinarySearch(c.steps, step); found {
					row[3+column] = text(c.values[k])
				}
			}
			if _, jump := slices.BinarySearch(jumps, step); jump {
				row[6] = "1"
			}
			_ = w.Write(row)
		}
	}
	if w.Flush(); b.Len() == 0 {
		return fmt.Errorf("save %q: found no curves", path)
	}
	return writeFiles(outFile{path, b.Bytes()})
}
