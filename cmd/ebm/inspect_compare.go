package main

import (
	"errors"
	"fmt"

	"ebmstudio/studio"
)

// compareFlags say what a checkpoint is compared with.
type compareFlags struct {
	Against        string `help:"Another checkpoint: which tensors are in one alone, of other shapes, with other values, and how far apart these are. --weights chooses the kind of this file's weights." placeholder:"FILE"`
	AgainstWeights string `help:"With --against: the kind of the other file's weights." enum:"auto,ema,raw" default:"auto"`
	EMAAgainstRaw  bool   `help:"Compare the file's averaged weights with its raw ones." name:"ema-against-raw"`
}

// pairLine is a pair of tensors for a script. Distances that are no numbers are null.
type pairLine struct {
	Name      string  `json:"name"`
	Likeness  string  `json:"likeness"`
	A         []int   `json:"shape_a,omitempty"`
	B         []int   `json:"shape_b,omitempty"`
	TypeA     string  `json:"dtype_a,omitempty"`
	TypeB     string  `json:"dtype_b,omitempty"`
	Largest   *number `json:"largest,omitempty"`
	Relative  *number `json:"relative,omitempty"`
	Cosine    *number `json:"cosine,omitempty"`
	NotFinite int     `json:"not_finite,omitempty"`
	Error     string  `json:"error,omitempty"`
}

// comparisonOut is a comparison for a script.
type comparisonOut struct {
	A      string         `json:"a"`
	B      string         `json:"b"`
	Counts map[string]int `json:"counts"`
	Pairs  []pairLine     `json:"pairs"`
}

// compare prints what two sets of weights have in common and what not.
func (c *inspectCmd) compare(a *app) error {
	comparison, err := c.compared(a)
	if err != nil {
		return badInput(err)
	}
	if c.JSON {
		return a.json(comparisonForm(comparison))
	}
	a.say("A: %s", comparison.A)
	a.say("B: %s", comparison.B)
	for l := range studio.Likenesses {
		a.say("%-13s %d", l, comparison.Count(l))
	}
	if differ := comparison.Of(studio.OtherValues); len(differ) > 0 {
		a.say("\nother values, the largest relative distance first: largest |b - a|, |b - a| / |a|, cosine")
		for _, p := range differ {
			a.say("  %s", pairText(p))
		}
	}
	for _, l := range []studio.Likeness{studio.OtherShape, studio.OnlyInA, studio.OnlyInB} {
		if comparison.Count(l) > 0 {
			a.say("\n%s", l)
		}
		for _, p := range comparison.Of(l) {
			a.say("  %s", pairText(p))
		}
	}
	return nil
}

// compared reads both sides.
func (c *inspectCmd) compared(a *app) (none studio.WeightComparison, err error) {
	if c.EMAAgainstRaw && (c.Against != "" || c.Weights != "auto") {
		return none, errors.New("--ema-against-raw compares a file with itself: found --against or --weights too")
	}
	one, err := look(c.Checkpoint)
	if err != nil {
		return none, err
	}
	other, kinds := one, [2]string{c.Weights, c.AgainstWeights}
	if c.EMAAgainstRaw {
		kinds = [2]string{studio.WeightsEMA, studio.WeightsRaw}
	} else if other, err = look(c.Against); err != nil {
		return none, err
	}
	var sides [2]studio.Weights
	for i, o := range []*studio.Opened{one, other} {
		if kinds[i] == "auto" {
			kinds[i] = ""
		}
		if sides[i], err = a.studio().WeightsOf(o, kinds[i]); err != nil {
			return none, err
		}
	}
	return studio.CompareWeights(a.ctx, sides[0], sides[1])
}

// pairText is a line about a pair.
func pairText(p studio.TensorPair) string {
	name := fmt.Sprintf("%-60s", p.Name)
	bad := ""
	if p.NotFinite > 0 {
		bad = fmt.Sprintf("  %d places not finite", p.NotFinite)
	}
	switch {
	case p.Err != nil:
		return name + " " + p.Err.Error()
	case p.Likeness == studio.OtherShape:
		return fmt.Sprintf("%s %s in a, %s in b", name, dims(p.A), dims(p.B))
	case p.Likeness == studio.OnlyInA:
		return name + " " + dims(p.A)
	case p.Likeness == studio.OnlyInB:
		return name + " " + dims(p.B)
	}
	return fmt.Sprintf("%s %-16s %-11.4g %-11.4g %.6f%s", name, dims(p.A), p.Largest, p.Relative, p.Cosine, bad)
}

func comparisonForm(c studio.WeightComparison) comparisonOut {
	out := comparisonOut{A: c.A, B: c.B, Counts: map[string]int{}, Pairs: []pairLine{}}
	for l := range studio.Likenesses {
		out.Counts[l.String()] = c.Count(l)
	}
	for _, p := range c.Pairs {
		line := pairLine{Name: p.Name, Likeness: p.Likeness.String(), A: p.A, B: p.B, TypeA: p.TypeA, TypeB: p.TypeB, NotFinite: p.NotFinite}
		switch {
		case p.Err != nil:
			line.Error = p.Err.Error()
		case p.Likeness == studio.OtherValues || p.Likeness == studio.Identical:
			for into, v := range map[**number]float64{&line.Largest: p.Largest, &line.Relative: p.Relative, &line.Cosine: p.Cosine} {
				n := number(v)
				*into = &n
			}
		}
		out.Pairs = append(out.Pairs, line)
	}
	return out
}
