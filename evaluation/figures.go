package evaluation

import (
	"fmt"
	"slices"
	"strings"
)

// Figure is one number of a report with everything that a reader needs to know what it
// is.
type Figure struct {
	Measure    string   `json:"measure"`      // "FD, faces-all-cnn"
	Of         string   `json:"of,omitempty"` // row and column, set and score, level
	Value      float64  `json:"value"`
	Low        *float64 `json:"low,omitempty"` // of the 95 % interval, where there is one
	High       *float64 `json:"high,omitempty"`
	Reference  *float64 `json:"reference,omitempty"` // what real data, or as many exact draws, have
	Definition string   `json:"definition"`
	Features   string   `json:"features,omitempty"`      // in which distances are told
	Samples    int      `json:"samples"`                 // N
	Real       int      `json:"real_pictures,omitempty"` // that they are compared with
	Seed       uint64   `json:"seed"`
}

// Measures, as figures and tables name them.
const (
	measureRight    = "right"
	measureKID      = "KID"
	measureFD       = "FD"
	measureFID      = "FID"
	ofInception     = ", " + inceptionFeatures // after the name of a measure
	measureMemory   = "memory check"
	measureAUROC    = "AUROC"
	measureFPR      = "FPR@95"
	measureAccepted = "accepted"
)

// definitions of the measures by name.
var definitions = map[string]string{
	measureRight:                 "share of samples in which the judge finds all that was asked; Wilson's 95 % interval",
	"right by label":             "share of the samples asked for a label, alone or among others, in which the judge finds it",
	measureKID:                   "unbiased squared maximum mean discrepancy under the kernel (x.y/d + 1)^3 (Binkowski et al., 2018), features scaled to a mean square of 1 over the test pictures",
	measureFD:                    "Fréchet distance of normal distributions fitted to the features (scaled as for KID); biased upwards by an amount that depends on N and on the model, so only values of the same features and N compare",
	measureFID:                   "Fréchet inception distance (Heusel et al., 2017): the Fréchet distance of normal distributions fitted to the features as they are; biased upwards by an amount that depends on N and on the model, so only values of the same N compare, and papers take 50,000",
	measureKID + ofInception:     "unbiased squared maximum mean discrepancy under the kernel (x.y/d + 1)^3 (Binkowski et al., 2018), of the features as they are",
	"precision":                  "share of samples within a real picture's ball, which reaches its k-th nearest other real one (Kynkäänniemi et al., 2019)",
	"recall":                     "share of real pictures within a sample's ball",
	"density":                    "real balls that hold a sample, mean over samples, divided by k (Naeem et al., 2020); may be above 1",
	"coverage":                   "share of real balls that hold any sample (Naeem et al., 2020): falls where modes are missing",
	"coverage inside":            "coverage among the pictures of each thing asked alone, mean over all that were asked",
	"saturated pixels":           "share of pixels within two of 255 levels of black or white",
	measureMemory:                "chance that a sample lies nearer to its nearest training picture than a held-out picture does to its own: 0.5 for pictures of one kind, near 1 for copies",
	"copies":                     "share of samples nearer to a training picture than all but 1 % of the held-out pictures: about 0.01 by chance",
	"R-hat of the energy":        "rank-normalised split-R-hat (Vehtari et al., 2021): 1 is best, below 1.01 the chains agree",
	"bulk ESS of the energy":     "effective sample size for the mean, over all chains (Vehtari et al., 2021)",
	"gradients per ESS":          "evaluations of the energy's gradient, of all chains, for each effectively independent energy",
	measureAccepted:              "share of proposals that a Metropolis-Hastings test accepted, or of a sampler without one would have accepted",
	measureAUROC:                 "chance that a picture of the set scores higher than a test picture, ties half; Newcombe's 95 % interval; beside two scores that know nothing",
	measureFPR:                   "share of the set that passes for the model's own at the threshold that keeps 95 % of the test pictures: lower is better",
	"PSNR in the hole":           "peak signal-to-noise ratio in dB within the hole, mean over pictures with its 95 % interval",
	"SSIM in the hole":           "structural similarity (Wang et al., 2004) of the windows centred in the hole",
	"spread in the hole":         "standard deviation of a hole's pixel over the chains of one picture, of a range of 1",
	"known pixels unchanged":     "share of the given pixels that the answers have to the bit",
	"E(data) - E(samples)":       "mean over the last tenth of the training's measurements: near 0 while chains follow the energy",
	"seconds an iteration":       "median of the training's measurements",
	"diverged":                   "share of the trainings that were ended because they diverged",
	"samples on the support":     "share of samples on cells whose exact mass is at least a hundredth of the highest",
	"total variation":            "half the summed difference of shares from the exact masses of cells; the reference is that of as many exact draws, its floor",
	"log-likelihood":             "mean of -E(x) - log Z over the data in nats, log Z by a sum over a grid; the reference is the highest possible",
	"KL":                         "highest log-likelihood less that of the model, in nats",
	"total variation of density": "half the summed difference of the model's density from the data's over a grid",
}

// Figures are all numbers of the report, in the order of its sections.
func (r Report) Figures() []Figure {
	c := collector{report: r}
	for _, cell := range r.Cells {
		c.cell(cell)
	}
	if r.Points != nil {
		c.points(*r.Points)
	}
	for _, h := range []*Holes{r.Holes, r.Inpainting} {
		if h != nil {
			c.holes(*h)
		}
	}
	if m := r.Memory; m != nil {
		c.add(Figure{Measure: measureMemory, Value: m.Nearer.Value, Low: &m.Nearer.Low, High: &m.Nearer.High, Features: "pixels", Samples: m.Samples, Real: m.Train})
		c.add(Figure{Measure: "copies", Value: m.Copies.Value(), Features: "pixels", Samples: m.Samples, Real: m.Train})
	}
	if r.Chains != nil {
		c.chains(*r.Chains)
	}
	for _, o := range r.Outliers {
		of := o.Set + ", " + o.Score
		c.add(Figure{Measure: measureAUROC, Of: of, Value: o.Area.Value, Low: &o.Area.Low, High: &o.Area.High, Samples: o.Out, Real: o.In})
		c.add(Figure{Measure: measureFPR, Of: of, Value: o.FPR95, Samples: o.Out, Real: o.In})
	}
	if r.Training != nil {
		c.training(*r.Training)
	}
	return c.figures
}

// collector gathers figures.
type collector struct {
	report  Report
	figures []Figure
}

// add completes a figure by what its measure is.
func (c *collector) add(f Figure) {
	f.Definition, f.Seed = definitions[f.Measure], c.report.Seed
	if of, ok := strings.CutSuffix(f.Measure, ofInception); ok && f.Definition == "" {
		f.Definition = definitions[of]
	}
	if f.Measure == measureAccepted && c.report.Chains.Unadjusted {
		f.Measure = "accepted, had there been a test"
	}
	if judge := c.report.Judging; judge != nil && f.Features == judge.Name {
		switch f.Measure {
		case measureKID, measureFD:
			f.Measure += ", " + judge.Name
		}
		f.Features = fmt.Sprintf("%s, %d numbers", judge.Name, judge.Features)
	}
	c.figures = append(c.figures, f)
}

func (c *collector) cell(cell Cell) {
	judge := ""
	if c.report.Judging != nil {
		judge = c.report.Judging.Name
	}
	add := func(measure string, value, reference *float64, features string) {
		if value != nil {
			c.add(Figure{Measure: measure, Of: cell.Row + ", " + cell.Column, Value: *value, Reference: reference, Features: features, Samples: cell.Samples, Real: cell.Matched})
		}
	}
	if len(cell.ByAsked) > 0 {
		low, high := cell.Asked.Interval()
		real := cell.Real.Value()
		c.add(Figure{Measure: measureRight, Of: cell.Row + ", " + cell.Column, Value: cell.Asked.Value(), Low: &low, High: &high, Reference: &real, Samples: cell.Samples, Real: cell.Real.Of})
	}
	for _, l := range cell.ByLabel {
		low, high := l.Interval()
		c.add(Figure{Measure: "right by label", Of: cell.Row + ", " + cell.Column + ": " + l.Name, Value: l.Value(), Low: &low, High: &high, Samples: l.Of})
	}
	distances := func(d Distances, fd, of, features string) {
		add(measureKID+of, d.KID, d.RealKID, features)
		add(fd, d.FD, d.RealFD, features)
		if m := d.Places; m != nil {
			real := Manifold{}
			if d.RealPlaces != nil {
				real = *d.RealPlaces
			}
			add("precision"+of, &m.Precision, &real.Precision, features)
			add("recall"+of, &m.Recall, &real.Recall, features)
			add("density"+of, &m.Density, &real.Density, features)
			add("coverage"+of, &m.Coverage, &real.Coverage, features)
		}
	}
	distances(cell.Distances, measureFD, "", judge)
	if n := c.report.Inception; n != nil && cell.Inception != nil {
		distances(*cell.Inception, measureFID, ofInception, n.about())
	}
	add("coverage inside", cell.Inside, cell.RealInside, judge)
	full, real := cell.Full.Value(), cell.RealFul.Value()
	add("saturated pixels", &full, &real, "")
}

func (c *collector) points(p Points) {
	c.add(Figure{Measure: "samples on the support", Value: p.InSupport, Reference: &p.InSupportExact, Samples: p.Samples})
	c.add(Figure{Measure: "total variation", Of: fmt.Sprintf("%dx%d cells", p.Cells, p.Cells), Value: p.TotalVariation, Reference: &p.Floor, Samples: p.Samples})
	for _, l := range p.Levels {
		c.add(Figure{Measure: "log-likelihood", Of: l.Name, Value: l.LogLikelihood, Reference: &l.Highest})
		c.add(Figure{Measure: "KL", Of: l.Name, Value: l.KL()})
		c.add(Figure{Measure: "total variation of density", Of: l.Name, Value: l.TotalVariation})
	}
}

func (c *collector) holes(h Holes) {
	interval := func(measure, of string, m Mean) {
		low, high := m.Value-m.Half, m.Value+m.Half
		c.add(Figure{Measure: measure, Of: of, Value: m.Value, Low: &low, High: &high, Samples: h.Pictures * h.Chains, Real: h.Pictures})
	}
	for _, r := range h.Rows {
		interval("PSNR in the hole", r.Name, r.PSNR)
		interval("SSIM in the hole", r.Name, r.SSIM)
	}
	c.add(Figure{Measure: "spread in the hole", Value: h.Spread, Samples: h.Pictures * h.Chains, Real: h.Pictures})
	if h.Unchanged.Of > 0 {
		c.add(Figure{Measure: "known pixels unchanged", Value: h.Unchanged.Value(), Samples: h.Pictures * h.Chains, Real: h.Pictures})
	}
}

func (c *collector) chains(h Chains) {
	for _, v := range []struct {
		measure string
		value   *float64
	}{{"R-hat of the energy", h.RHat}, {"bulk ESS of the energy", h.ESS}, {"gradients per ESS", h.PerESS}, {measureAccepted, h.Accepted}} {
		if v.value != nil {
			c.add(Figure{Measure: v.measure, Of: h.Of, Value: *v.value, Samples: h.Chains})
		}
	}
}

func (c *collector) training(t Training) {
	for _, r := range t.Runs {
		low, high := r.Gap.Value-r.Gap.Half, r.Gap.Value+r.Gap.Half
		c.add(Figure{Measure: "E(data) - E(samples)", Of: r.Name, Value: r.Gap.Value, Low: &low, High: &high})
		if r.Each > 0 {
			c.add(Figure{Measure: "seconds an iteration", Of: r.Name, Value: r.Each})
		}
	}
	c.add(Figure{Measure: "diverged", Value: t.Diverged.Value(), Samples: t.Diverged.Of})
}

// definitions says of every measure of the report what it is, of what features, N and
// seed.
func (r Report) definitions(line func(string, ...any)) {
	figures := r.Figures()
	var names []string
	for _, f := range figures {
		if !slices.Contains(names, f.Measure) {
			names = append(names, f.Measure)
		}
	}
	if len(names) == 0 {
		return
	}
	line("")
	line("Measures:")
	line("")
	for _, name := range names {
		var of []Figure
		for _, f := range figures {
			if f.Measure == name {
				of = append(of, f)
			}
		}
		text := of[0].Definition
		if of[0].Features != "" {
			text += "; features: " + of[0].Features
		}
		if n := span(of, func(f Figure) int { return f.Samples }); n != "" {
			text += "; N " + n
			if real := span(of, func(f Figure) int { return f.Real }); real != "" {
				text += ", real " + real
			}
		}
		line("- %s: %s; seed %d", name, text, r.Seed)
	}
}

// span is the number of figures, or the least and the most; empty for none.
func span(of []Figure, number func(Figure) int) string {
	least, most := number(of[0]), number(of[0])
	for _, f := range of {
		least, most = min(least, number(f)), max(most, number(f))
	}
	switch {
	case most == 0:
		return ""
	case least == most:
		return fmt.Sprint(most)
	}
	return strings.Join([]string{fmt.Sprint(least), fmt.Sprint(most)}, " to ")
}
