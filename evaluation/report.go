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
	// Inception is the network that FID is measured on; nil where its weights were not given.
	Inception *Inception `json:"inception,omitempty"`
	Cells     []Cell     `json:"cells,omitempty"`
	Points    *Points    `json:"points,omitempty"` // of points of the plane
	Holes     *Holes     `json:"holes,omitempty"`  // of models that fill holes

	Memory     *Memory   `json:"memory,omitempty"`
	Chains     *Chains   `json:"chains,omitempty"`
	Outliers   []Outlier `json:"outliers,omitempty"`
	Inpainting *Holes    `json:"inpainting,omitempty"` // of other models of pictures
	Training   *Training `json:"training,omitempty"`
	LeftOut    []string  `json:"left_out,omitempty"` // what was not measured, and why
}

// Outlier is how well one score tells a set of pictures from test pictures.
type Outlier struct {
	Set     string  `json:"set"`
	Score   string  `json:"score"`
	Trivial bool    `json:"trivial"` // knows nothing of the model: what it must beat
	In      int     `json:"in"`      // test pictures
	Out     int     `json:"out"`     // pictures of the set
	Area    Area    `json:"area"`
	FPR95   float64 `json:"fpr95"` // see [FPRAt]
}

// Asked is what an evaluation depends on: two with the same give the same numbers on one
// engine and machine.
type Asked struct {
	Model     string             `json:"model"`
	ModelSum  string             `json:"model_sha256"`
	Weights   string             `json:"weights,omitempty"`
	JudgeSum  string             `json:"judge_sha256,omitempty"`
	Inception string             `json:"inception_sha256,omitempty"`
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
	Row       string     `json:"row"`
	Column    string     `json:"column"`
	Samples   int        `json:"samples"`
	Asked     Rate       `json:"right"`         // samples that the judge finds to be all that was asked
	ByAsked   []Counted  `json:"by_asked"`      // the same by what was asked
	Unwanted  Rate       `json:"unwanted"`      // samples in which the judge finds what was negated; of 0: nothing was
	Real      Rate       `json:"right_of_real"` // the same of real test pictures that are what was asked
	Matched   int        `json:"real_pictures"` // that distances are from: as many of those pictures
	Distances            // of the judge's features
	Inception *Distances `json:"inception,omitempty"` // of those of [Report.Inception]
	// Inside is the coverage among the pictures of one thing asked, its mean over all that
	// were asked: nil where some has too few pictures.
	Inside     *float64  `json:"coverage_inside,omitempty"`
	RealInside *float64  `json:"coverage_inside_of_real,omitempty"`
	ByLabel    []Counted `json:"by_label,omitempty"` // samples that were asked for a label and have it
	Full       Rate      `json:"saturated"`          // pixels of the samples near black or white
	RealFul    Rate      `json:"saturated_real"`     // pixels of the real pictures
	Broken     int       `json:"broken"`             // samples with numbers that are not finite
	Seconds    float64   `json:"seconds_sampled"`    // compilation included
}

// Distances compare the features of samples with those of real pictures, and those of
// other real pictures, which chance alone keeps apart, with the same.
type Distances struct {
	KID        *float64  `json:"kid,omitempty"` // nil: too few pictures
	RealKID    *float64  `json:"kid_of_real"`
	FD         *float64  `json:"fd,omitempty"`
	RealFD     *float64  `json:"fd_of_real"`
	Places     *Manifold `json:"manifold,omitempty"`
	RealPlaces *Manifold `json:"manifold_of_real,omitempty"`
}

// DistancesOf measures features of samples, real pictures and other real pictures.
func DistancesOf(samples, real, other [][]float32) Distances {
	return Distances{
		KID: found(KID(samples, real)), RealKID: found(KID(other, real)),
		FD: found(FD(samples, real)), RealFD: found(FD(other, real)),
		Places: found(ManifoldOf(real, samples, ManifoldNeighbours)), RealPlaces: found(ManifoldOf(real, other, ManifoldNeighbours)),
	}
}

// found is a measure, nil where there were too few pictures for it.
func found[T any](v T, err error) *T {
	if err != nil {
		return nil
	}
	return &v
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

// KL is the Kullback-Leibler divergence of the data from the density, in nats: what the
// log-likelihood is below the highest.
func (l PointLevel) KL() float64 { return l.Highest - l.LogLikelihood }

// JSON writes the report for a file, and all its figures as a flat list; ParseReport
// reads it.
func (r Report) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(struct {
		Report
		Figures []Figure `json:"figures"`
	}{r, r.Figures()}, "", "  ")
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
	if r.Judging != nil {
		r.judged(line)
	}
	r.parts(line)
	r.definitions(line)
	return b.String()
}

// parts are the sections of what is measured besides samples that were asked for.
func (r Report) parts(line func(string, ...any)) {
	if r.Points != nil {
		r.Points.markdown(line)
	}
	if r.Holes != nil {
		r.Holes.markdown(line)
	}
	if r.Inpainting != nil {
		r.Inpainting.markdown(line)
	}
	if r.Memory != nil {
		r.Memory.markdown(line)
	}
	if r.Chains != nil {
		r.Chains.markdown(line)
	}
	if len(r.Outliers) > 0 {
		outliers(r.Outliers, line)
	}
	if r.Training != nil {
		r.Training.markdown(line)
	}
	for i, why := range r.LeftOut {
		if i == 0 {
			line("")
		}
		line("Left out: %s.", why)
	}
}

func (p Points) markdown(line func(string, ...any)) {
	line("")
	line("| measure | model | the data themselves | uniform |")
	line("|---|---|---|---|")
	line("| samples on the support | %.3f | %.3f | %.3f |", p.InSupport, p.InSupportExact, p.InSupportUniform)
	line("| total variation from the exact masses, %dx%d cells | %.3f | %.3f (floor: as many exact draws) | |", p.Cells, p.Cells, p.TotalVariation, p.Floor)
	line("")
	line("| density of | log-likelihood, nats | highest possible | KL, nats | total variation |")
	line("|---|---|---|---|---|")
	for _, l := range p.Levels {
		line("| %s | %.3f | %.3f | %.3f | %.3f |", l.Name, l.LogLikelihood, l.Highest, l.KL(), l.TotalVariation)
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
