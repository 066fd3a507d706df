package evaluation

import (
	"fmt"
	"strings"
)

// judged are the tables of samples that a judge looked at.
func (r Report) judged(line func(string, ...any)) {
	line("")
	line("Judge: %s (%s), right on %s of real test pictures.", r.Judging.Name, short(r.JudgeSum), withCount(r.Judging.Real))
	line("")
	line("| asked | column | samples | right, 95 %% interval | judge on real | ratio | KID, %s (x 1000) | of real | saturated pixels | of real |", r.Judging.Name)
	line("|---|---|---|---|---|---|---|---|---|---|")
	for _, c := range r.Cells {
		low, high := c.Asked.Interval()
		right, real, ratio := fmt.Sprintf("%.3f (%.3f to %.3f)", c.Asked.Value(), low, high), fmt.Sprintf("%.3f", c.Real.Value()), fmt.Sprintf("%.3f", c.Ratio())
		if len(c.ByAsked) == 0 { // nothing was asked
			right, real, ratio = "-", "-", "-"
		}
		line("| %s | %s | %d | %s | %s | %s | %s | %s | %.3f | %.3f |", c.Row, c.Column, c.Samples, right, real, ratio,
			thousandth(c.KID), thousandth(c.RealKID), c.Full.Value(), c.RealFul.Value())
	}
	line("")
	line("| asked | column | FD, %s | of real | precision | of real | recall | of real | density | of real | coverage | of real | coverage inside | of real |", r.Judging.Name)
	line("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, c := range r.Cells {
		line("| %s | %s | %s | %s | %s%s | %s |", c.Row, c.Column, optional(c.FD), optional(c.RealFD), c.places(), optional(c.Inside), optional(c.RealInside))
	}
	if r.Inception != nil {
		r.Inception.markdown(r.Cells, line)
	}
	line("")
	line("%q is the same of other test pictures: what chance alone makes of it.", "of real")
	for _, c := range r.Cells {
		c.details(line)
	}
}

// places are columns of a table: each measure and that of real pictures.
func (d Distances) places() (columns string) {
	for _, of := range []func(Manifold) float64{
		func(m Manifold) float64 { return m.Precision }, func(m Manifold) float64 { return m.Recall },
		func(m Manifold) float64 { return m.Density }, func(m Manifold) float64 { return m.Coverage },
	} {
		columns += part(d.Places, of) + " | " + part(d.RealPlaces, of) + " | "
	}
	return columns
}

func part(m *Manifold, of func(Manifold) float64) string {
	if m == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", of(*m))
}

func optional(v *float64) string {
	if v == nil {
		return "-"
	}
	return number(*v)
}

// details are what was found by what was asked.
func (c Cell) details(line func(string, ...any)) {
	var parts []string
	for _, n := range c.ByAsked {
		parts = append(parts, fmt.Sprintf("%s %.3f", n.Name, n.Value()))
	}
	if len(c.ByLabel) > 0 {
		var each []string
		for _, n := range c.ByLabel {
			each = append(each, fmt.Sprintf("%s %.3f", n.Name, n.Value()))
		}
		parts = append(parts, "each alone: "+strings.Join(each, ", "))
	}
	if c.Unwanted.Of > 0 {
		low, high := c.Unwanted.Interval()
		parts = append(parts, fmt.Sprintf("what was negated is there in %.3f (%.3f to %.3f)", c.Unwanted.Value(), low, high))
	}
	if c.Broken > 0 {
		parts = append(parts, fmt.Sprintf("%d samples with numbers that are not finite", c.Broken))
	}
	if len(parts) > 0 {
		line("")
		line("%s, %s: %s; %.0f s.", c.Row, c.Column, strings.Join(parts, ", "), c.Seconds)
	}
}

func (m Memory) markdown(line func(string, ...any)) {
	line("")
	line("| memory check | samples | held-out pictures |")
	line("|---|---|---|")
	line("| distance from the nearest of %d training pictures, median | %.4f of %d | %.4f of %d |", m.Train, m.SampleDistance, m.Samples, m.HeldOutDistance, m.HeldOut)
	line("| nearer than the other kind | %.3f (%.3f to %.3f) | 0.5 by chance |", m.Nearer.Value, m.Nearer.Low, m.Nearer.High)
	low, high := m.Copies.Interval()
	line("| nearer than all but 1 %% of the held-out ones | %.3f (%.3f to %.3f) | 0.01 by chance |", m.Copies.Value(), low, high)
}

func (c Chains) markdown(line func(string, ...any)) {
	test := "accepted"
	if c.Unadjusted {
		test = fmt.Sprintf("would have been accepted at temperature %.3g", c.Temperature)
	}
	line("")
	line("| chain health | chains | steps | R-hat of the energy | bulk ESS | gradients | gradients per ESS | %s |", test)
	line("|---|---|---|---|---|---|---|---|")
	line("| %s | %d | %d | %s | %s | %d | %s | %s |", c.Of, c.Chains, c.Steps, optional(c.RHat), optional(c.ESS), c.Gradients, optional(c.PerESS), optional(c.Accepted))
}

func outliers(all []Outlier, line func(string, ...any)) {
	line("")
	line("| outliers | score | AUROC, 95 %% interval | FPR@95 | pictures | test pictures |")
	line("|---|---|---|---|---|---|")
	for _, o := range all {
		score := o.Score
		if o.Trivial {
			score += " (knows nothing)"
		}
		line("| %s | %s | %.3f (%.3f to %.3f) | %.3f | %d | %d |", o.Set, score, o.Area.Value, o.Area.Low, o.Area.High, o.FPR95, o.Out, o.In)
	}
}

func (t Training) markdown(line func(string, ...any)) {
	line("")
	line("| training | iterations | E(data) - E(samples) | s an iteration | resident, most | diverged |")
	line("|---|---|---|---|---|---|")
	for _, r := range t.Runs {
		memory, why, each := "-", r.Diverged, "-"
		if r.Memory > 0 {
			memory = fmt.Sprintf("%d MiB", r.Memory>>20)
		}
		if r.Each > 0 {
			each = number(r.Each)
		}
		if why == "" {
			why = "no"
		}
		line("| %s | %d | %.4f +- %.4f | %s | %s | %s |", r.Name, r.Iterations, r.Gap.Value, r.Gap.Half, each, memory, why)
	}
	line("")
	line("%d of %d diverged.", t.Diverged.Right, t.Diverged.Of)
}
