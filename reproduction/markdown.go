package reproduction

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

// Document is the Markdown of several results: a summary and a section each.
func Document(results []Result) (string, error) {
	var b strings.Builder
	fmt.Fprint(&b, `# The papers' tables, made again

This page is written by `+"`ebm reproduce --report`"+` from the files that `+"`ebm reproduce E1`"+` and its like leave; every figure of ours is measured. The papers' figures are of other data,
larger networks and other features, so values are not to be compared: the order of rows is. A claim is an order that a paper's table shows, or, where it says "ours", one that we add. It is
*within the spread*, and so undecided, where each pair of rows that is the other way round differs by less than twice the standard error of its difference over the seeds. The rank agreement is Kendall's: 1 the same
order, -1 the reverse. "Seeds" counts those with which the whole claim holds.

| experiment | preset | claims that hold | within the spread | do not hold | not measured |
|---|---|---|---|---|---|
`)
	var sections []string
	for _, r := range results {
		e, err := Find(r.ID)
		if err != nil {
			return "", err
		}
		counts := map[Outcome]int{}
		for _, c := range e.Claims {
			counts[c.Check(r).Outcome]++
		}
		fmt.Fprintf(&b, "| [%s](#%s). %s | %s | %d | %d | %d | %d |\n", e.ID, anchor(e, r), e.Title, r.Preset, counts[Holds], counts[WithinSpread], counts[Fails], counts[NotMeasured])
		sections = append(sections, Section(e, r))
	}
	b.WriteString("\n" + strings.Join(sections, "\n"))
	return b.String(), nil
}

// heading of an experiment's section.
func heading(e Experiment, r Result) string {
	return fmt.Sprintf("%s. %s (%s)", e.ID, e.Title, r.Preset)
}

// anchor is what a heading is called in links, as GitHub does.
func anchor(e Experiment, r Result) string {
	kept := strings.Map(func(c rune) rune {
		switch {
		case c == ' ':
			return '-'
		case c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
			return c
		}
		return -1
	}, strings.ToLower(heading(e, r)))
	return kept
}

// Section is the Markdown of a result: the paper's table beside ours, what was claimed and
// what came of it, and what each measure is.
func Section(e Experiment, r Result) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("## %s\n", heading(e, r))
	line("%s. %s\n", e.Source, e.Does)
	line("`%s`: N = %d a row and seed, seeds 1 to %d%s, %s, %s in all.\n", command(e, r), r.Count, r.Seeds, r.missing(e), r.Engine, took(r.seconds()))
	e.table(r, line)
	if len(r.Units) > 0 {
		line("\nMean and standard deviation over the seeds.\n")
	}
	line("| claim | by | outcome | rank agreement | seeds | against it |")
	line("|---|---|---|---|---|---|")
	for _, c := range e.Claims {
		v := c.Check(r)
		says := c.Says
		if c.Ours {
			says += " (ours)"
		}
		agreement, seeds := "-", "-"
		if v.Outcome != NotMeasured {
			agreement, seeds = fmt.Sprintf("%.2f", v.Tau), fmt.Sprintf("%d of %d", v.Seeds, v.Of)
		}
		line("| %s | %s | %s | %s | %s | %s |", says, cmp.Or(c.Measure, c.Across), v.Outcome, agreement, seeds, strings.Join(v.Against, "; "))
	}
	line("")
	for _, m := range e.Measures {
		line("- %s: %s.", m.Name, m.Means)
	}
	for _, note := range notes(r) {
		line("- %s", note)
	}
	if e.Remarks != "" {
		line("\n%s", e.Remarks)
	}
	return b.String()
}

// missing says how much of a result that was interrupted is there; empty: all.
func (r Result) missing(e Experiment) string {
	p, err := e.Preset(r.Preset)
	if of := r.Seeds * len(p.Rows); err == nil && len(r.Units) < of {
		return fmt.Sprintf(" (%d of %d rows measured so far)", len(r.Units), of)
	}
	return ""
}

// command is what makes the result.
func command(e Experiment, r Result) string {
	text := fmt.Sprintf("ebm reproduce %s --%s", e.ID, r.Preset)
	p, err := e.Preset(r.Preset)
	for _, o := range []struct {
		flag          string
		value, preset int
	}{{"seeds", r.Seeds, p.Seeds}, {"count", r.Count, p.Count}, {"iterations", r.Iterations, 0}} {
		if err == nil && o.value != o.preset {
			text += fmt.Sprintf(" --%s %d", o.flag, o.value)
		}
	}
	return text
}

// table writes the paper's rows beside ours.
func (e Experiment) table(r Result, line func(string, ...any)) {
	head := append([]string{"row"}, e.Paper.Columns...)
	for i := range e.Paper.Columns {
		head[i+1] = "paper: " + head[i+1]
	}
	for _, m := range e.Measures {
		head = append(head, m.Name)
	}
	line("| %s |", strings.Join(head, " | "))
	line("|%s", strings.Repeat("---|", len(head)))
	for _, name := range rowNames(r) {
		cells := append([]string{name}, e.Paper.cells(name)...)
		for _, m := range e.Measures {
			cells = append(cells, figure(r, name, m))
		}
		line("| %s |", strings.Join(cells, " | "))
	}
	for _, p := range e.Paper.Rows {
		if p.Row == "" {
			cells := append([]string{p.Name + " (paper alone)"}, p.Cells...)
			for range e.Measures {
				cells = append(cells, "-")
			}
			line("| %s |", strings.Join(cells, " | "))
		}
	}
}

// cells are the paper's figures for a row of ours.
func (p Paper) cells(row string) []string {
	for _, r := range p.Rows {
		if r.Row == row {
			return r.Cells
		}
	}
	none := make([]string, len(p.Columns))
	for i := range none {
		none[i] = "-"
	}
	return none
}

// rowNames are those of the rows that were measured, in order.
func rowNames(r Result) (names []string) {
	seen := map[string]bool{}
	for _, u := range r.Units {
		if !seen[u.Row] {
			seen[u.Row] = true
			names = append(names, u.Row)
		}
	}
	return names
}

// figure is a row's measure: mean and deviation over seeds.
func figure(r Result, row string, m Measure) string {
	var list []float64
	for _, v := range r.values(row, m.Name) {
		list = append(list, v)
	}
	mean, deviation := spread(list)
	switch {
	case math.IsNaN(mean):
		return "-"
	case len(list) == 1:
		return fmt.Sprintf("%.*f", m.Places, mean)
	}
	return fmt.Sprintf("%.*f ± %.*f", m.Places, mean, m.Places, deviation)
}

// notes are what is said of single measurements, such as why a training ended.
func notes(r Result) (all []string) {
	for _, u := range r.Units {
		if u.Note != "" {
			all = append(all, fmt.Sprintf("%s, seed %d: %s.", u.Row, u.Seed, u.Note))
		}
	}
	return all
}

// took is a time for people.
func took(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}
