package evaluation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Report is the outcome of an evaluation and everything it depends on.
type Report struct {
	Asked
	Engine   string   `json:"engine,omitempty"`
	Complete bool     `json:"complete"`        // false where it was stopped
	Judging  *Judging `json:"judge,omitempty"` // of pictures
	Cells    []Cell   `json:"cells,omitempty"`
	Points   *Points  `json:"points,omitempty"` // of points of the plane
	Holes    *Holes   `json:"holes,omitempty"`  // of models that fill holes
}

// Asked is what an evaluation depends on: two with the same give the same numbers on one
// engine and machine.
type Asked struct {
	Model     string             `json:"model"`
	ModelSum  string             `json:"model_sha256"`
	Weights   string             `json:"weights,omitempty"`
	JudgeSum  string             `json:"judge_sha256,omitempty"`
	Data      string             `json:"data"`
	Count     int                `json:"count"` // samples a row and column
	Seed      uint64             `json:"seed"`
	Sampler   string             `json:"sampler"`
	Settings  map[string]float64 `json:"settings"`             // that differ from the model's defaults
	NotWeight float64            `json:"not_weight,omitempty"` // of the negative term
}

// Same reports whether two evaluations are of the same question.
func (a Asked) Same(b Asked) bool {
	settings := maps.Equal(a.Settings, b.Settings)
	a.Settings, b.Settings = nil, nil
	one, _ := json.Marshal(a) // strings and finite numbers always encode
	other, _ := json.Marshal(b)
	return settings && string(one) == string(other)
}

// Judging is what is said of the judge.
type Judging struct {
	Name     string    `json:"name"`     // of its features too
	Features int       `json:"features"` // their number
	Scale    float64   `json:"scale"`    // that makes their mean square over the test pictures 1
	Real     Rate      `json:"real"`     // test pictures of which it names the class, or every attribute
	ByLabel  []Counted `json:"by_label"` // of the test pictures
}

// Counted is a rate with a name.
type Counted struct {
	Name string `json:"name"`
	Rate
}

// Cell is one row in one column: samples that were asked the same kind of thing in the
// same way.
type Cell struct {
	Row      string    `json:"row"`
	Column   string    `json:"column"`
	Samples  int       `json:"samples"`
	Asked    Rate      `json:"right"`           // samples that the judge finds to be all that was asked
	ByAsked  []Counted `json:"by_asked"`        // the same by what was asked
	Unwanted Rate      `json:"unwanted"`        // samples in which the judge finds what was negated; of 0: nothing was
	Real     Rate      `json:"right_of_real"`   // the same of real test pictures that are what was asked
	KID      *float64  `json:"kid,omitempty"`   // from as many of those pictures; nil: too few
	RealKID  *float64  `json:"kid_of_real"`     // of other ones of them from the same
	Full     Rate      `json:"saturated"`       // pixels of the samples near black or white
	RealFul  Rate      `json:"saturated_real"`  // pixels of the real pictures
	Broken   int       `json:"broken"`          // samples with numbers that are not finite
	Seconds  float64   `json:"seconds_sampled"` // compilation included
}

// Ratio is the rate of samples over that of real pictures, 0 where that is 0.
func (c Cell) Ratio() float64 {
	if c.Real.Value() == 0 {
		return 0
	}
	return c.Asked.Value() / c.Real.Value()
}

// Points is the evaluation of a model of points of the plane.
type Points struct {
	Samples          int          `json:"samples"`
	InSupport        float64      `json:"in_support"`       // samples on the cells where the data are
	InSupportExact   float64      `json:"in_support_exact"` // the data themselves
	InSupportUniform float64      `json:"in_support_uniform"`
	TotalVariation   float64      `json:"total_variation"` // of samples from the exact masses
	Floor            float64      `json:"total_variation_floor"`
	Cells            int          `json:"cells"` // a side
	Levels           []PointLevel `json:"levels"`
	Seconds          float64      `json:"seconds_sampled"`
}

// PointLevel compares the density of one noise level with the data, as noisy.
type PointLevel struct {
	Name           string  `json:"name"`
	LogLikelihood  float64 `json:"log_likelihood"` // nats
	Highest        float64 `json:"log_likelihood_of_data"`
	TotalVariation float64 `json:"total_variation"` // of the two densities
}

// JSON writes the report for a file; ParseReport reads it.
func (r Report) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// ParseReport reads what JSON wrote.
func ParseReport(data []byte) (Report, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("report: %w", err)
	}
	return r, nil
}

// Done is the cell of a row and column, where the report has it whole.
func (r Report) Done(row, column string) (Cell, bool) {
	i := slices.IndexFunc(r.Cells, func(c Cell) bool { return c.Row == row && c.Column == column && c.Samples == r.Count })
	if i < 0 {
		return Cell{}, false
	}
	return r.Cells[i], true
}

// Markdown writes the report for people.
func (r Report) Markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s, evaluated", r.Model)
	line("")
	line("%d samples a row, seed %d, sampler %s, %s; %s.", r.Count, r.Seed, r.Sampler, r.settings(), r.Engine)
	line("Model %s; real: %s.", short(r.ModelSum), r.Data)
	if !r.Complete {
		line("")
		line("Stopped before the end: what is missing or has fewer samples was not reached.")
	}
	if r.Points != nil {
		r.Points.markdown(line)
		return b.String()
	}
	if r.Holes != nil {
		r.Holes.markdown(line)
		return b.String()
	}
	if r.Judging != nil {
		r.judged(line)
	}
	return b.String()
}

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
	line("KID is the unbiased kernel distance of the judge's features, scaled to a mean square of 1 over the test pictures, from as many of those of what was asked; %q compares two halves of those.", "of real")
	for _, c := range r.Cells {
		var parts []string
		for _, n := range c.ByAsked {
			parts = append(parts, fmt.Sprintf("%s %.3f", n.Name, n.Value()))
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
}

func (p Points) markdown(line func(string, ...any)) {
	line("")
	line("| measure | model | the data themselves | uniform |")
	line("|---|---|---|---|")
	line("| samples on the support | %.3f | %.3f | %.3f |", p.InSupport, p.InSupportExact, p.InSupportUniform)
	line("| total variation from the exact masses, %dx%d cells | %.3f | %.3f (floor: as many exact draws) | |", p.Cells, p.Cells, p.TotalVariation, p.Floor)
	line("")
	line("| density of | log-likelihood, nats | highest possible | total variation |")
	line("|---|---|---|---|")
	for _, l := range p.Levels {
		line("| %s | %.3f | %.3f | %.3f |", l.Name, l.LogLikelihood, l.Highest, l.TotalVariation)
	}
	line("")
	line("%d samples in %.0f s. Densities are sums over a grid; level 1 is compared with the clean data, the others with draws as noisy as the level.", p.Samples, p.Seconds)
}

// settings in a line.
func (a Asked) settings() string {
	if len(a.Settings) == 0 {
		return "every knob at its default"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(a.Settings)) {
		parts = append(parts, name+"="+strconv.FormatFloat(a.Settings[name], 'g', -1, 64))
	}
	return strings.Join(parts, " ")
}

func withCount(r Rate) string { return fmt.Sprintf("%.4f of %d", r.Value(), r.Of) }

func thousandth(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", 1000**v)
}

// short is the beginning of a checksum.
func short(sum string) string { return sum[:min(len(sum), 12)] }
