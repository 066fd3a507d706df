package main

import (
	"fmt"
	"math"
	"slices"

	"ebmstudio/studio"
)

// ledgerLine is a row of the ledger for a script, a value a picture.
type ledgerLine struct {
	Term     string   `json:"term"`
	Part     string   `json:"part,omitempty"`
	Weight   float64  `json:"weight"`
	Energy   []number `json:"energy"`   // weighted
	Gradient []number `json:"gradient"` // norm, weighted
}

// ledgerOut is a ledger for a script.
type ledgerOut struct {
	Rows   []ledgerLine `json:"rows"`
	Terms  []string     `json:"terms"`
	Cosine [][][]number `json:"cosine"` // [term][term][picture]
}

func ledgerForm(l studio.Ledger) *ledgerOut {
	out := &ledgerOut{Terms: termNames(l)}
	for _, r := range l.Rows {
		out.Rows = append(out.Rows, ledgerLine{r.Name, r.Part, r.Weight, numbers(r.Energy), numbers(r.Gradient)})
	}
	for _, row := range l.Cosine {
		var line [][]number
		for _, v := range row {
			line = append(line, numbers(v))
		}
		out.Cosine = append(out.Cosine, line)
	}
	return out
}

// termNames are the terms' names, in the order of the cosines.
func termNames(l studio.Ledger) (names []string) {
	for _, r := range l.Rows {
		if r.Term >= 0 && r.Part == "" {
			names = append(names, r.Name)
		}
	}
	return names
}

// sayLedger prints the means over the pictures as a table.
func (a *app) sayLedger(l studio.Ledger, pictures int) {
	wide := len("term")
	for _, r := range l.Rows {
		wide = max(wide, len(r.Name), len(r.Part)+2)
	}
	a.say("ledger: means over %d pictures, weights counted in", pictures)
	a.say("%-*s  %10s  %12s  %12s", wide, "term", "weight", "energy", "|gradient|")
	for _, r := range l.Rows {
		name := r.Name
		if r.Part != "" {
			name = "  " + r.Part
		}
		a.say("%-*s  %10.4g  %12.5g  %12.5g", wide, name, r.Weight, mean(r.Energy), mean(r.Gradient))
	}
	names := termNames(l)
	if len(names) < 2 {
		return
	}
	a.say("cosine between the gradients of terms: 1 pull one way, -1 undo each other")
	for i, name := range names {
		line := fmt.Sprintf("%-*s", wide, name)
		for k := range i {
			line += fmt.Sprintf("  %8.3f", mean(l.Cosine[i][k]))
		}
		if i > 0 {
			a.say("%s", line)
		}
	}
}

// mean is that of the finite values, NaN without any.
func mean(v []float32) float64 {
	v = slices.DeleteFunc(slices.Clone(v), func(x float32) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) })
	var sum float64
	for _, x := range v {
		sum += float64(x)
	}
	return sum / float64(len(v))
}
