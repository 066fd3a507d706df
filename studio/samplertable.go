package studio

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// SamplerTable says which samplers to compare, on what, at equal gradient evaluations.
type SamplerTable struct {
	Model *Opened // on noise levels (CDRL)
	Judge *Opened // of pictures; points of the plane need none
	// Expression is what pictures are asked for; of points what joins the models of a
	// mixture, empty: the model's own density.
	Expression string
	Settings   sampling.Settings // of all samplers
	Seeds      []uint64
	Chains     int
	Steps      int // gradient evaluations of a chain on each noise level
	LastSteps  int // on the cleanest one; 0: Steps
	Notify     func(done, of int, now string)
}

// SamplerRow is a sampler's outcome: means over the seeds, and the standard deviations
// between them.
type SamplerRow struct {
	Sampler     string            // as people read it: "MALA"
	Settings    sampling.Settings // that differ from the table's
	Evaluations float64           // of the gradient of each chain, counted
	Seconds     float64
	Measures    []SamplerMeasure
}

// SamplerMeasure is a figure with its spread over the seeds.
type SamplerMeasure struct {
	Name         string
	Mean, Spread float64
}

// contender is a sampler of the table.
type contender struct {
	name, sampler string
	settings      sampling.Settings
	told          sampling.Settings // of settings, what is worth telling
}

// contenders are the samplers at so many evaluations a level: proposals of HMC cost five,
// and every renewal of diffusive Gibbs asks the initializer besides.
func (t SamplerTable) contenders() []contender {
	last := t.LastSteps
	if last == 0 {
		last = t.Steps
	}
	adapt := float64(last / 3)
	if !t.Model.Plane() {
		adapt = 0 // too few steps to find another
	}
	walk := func(divisor int, more sampling.Settings) sampling.Settings {
		s := maps.Clone(t.Settings)
		if s == nil {
			s = sampling.Settings{}
		}
		s["step_rule"], s["steps"], s["steps_1"] = 0, float64(t.Steps/divisor), float64(last/divisor)
		if _, told := s["initializer"]; !told && len(t.Model.Model.Labels) > 0 && !t.Model.Model.Experts {
			s["initializer"] = 0 // the energy is to steer
		}
		maps.Copy(s, more)
		return s
	}
	add := func(list []contender, name, sampler string, divisor int, more sampling.Settings) []contender {
		return append(list, contender{name, sampler, walk(divisor, more), more})
	}
	all := add(nil, "Langevin (the paper's)", SamplerFamily, 1, nil)
	all = add(all, "preconditioned Langevin", SamplerPreconditioned, 1, sampling.Settings{"adapt": max(adapt, 5)})
	all = add(all, "MALA", SamplerMALA, 1, sampling.Settings{"adapt": adapt})
	all = add(all, "HMC, 5 leaps", SamplerHMC, 5, sampling.Settings{"adapt": math.Floor(adapt / 5)})
	if t.Expression != "" {
		all = add(all, "Langevin, resampled", SamplerFamily, 1, sampling.Settings{"resample": 1})
		all = add(all, "MALA, resampled", SamplerMALA, 1, sampling.Settings{"adapt": adapt, "resample": 1})
	}
	return add(all, "diffusive Gibbs", SamplerGibbs, 1, sampling.Settings{"adapt": adapt})
}

// CompareSamplers runs the samplers of a table, each from every seed. each, which may be
// nil, is told of every row that is complete.
func (s *Studio) CompareSamplers(ctx context.Context, t SamplerTable, each func(SamplerRow)) ([]SamplerRow, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if each == nil {
		each = func(SamplerRow) {}
	}
	measure, err := s.measuring(ctx, t)
	if err != nil {
		return nil, err
	}
	var rows []SamplerRow
	all := t.contenders()
	for i, c := range all {
		row := SamplerRow{Sampler: c.name, Settings: c.told}
		var found [][]SamplerMeasure
		for k, seed := range t.Seeds {
			if t.Notify != nil {
				t.Notify(i*len(t.Seeds)+k, len(all)*len(t.Seeds), c.name)
			}
			r, err := t.recipe(seed, c)
			if err != nil {
				return rows, err
			}
			began := time.Now()
			job := s.Sample(t.Model, r, nil)
			if err := job.Wait(ctx); err != nil {
				job.Stop()
				return rows, err
			}
			result, err := job.Result()
			if err != nil {
				return rows, err
			}
			row.Seconds += time.Since(began).Seconds() / float64(len(t.Seeds))
			row.Evaluations += float64(job.evaluations()) / float64(len(t.Seeds))
			m, err := measure(result, seed)
			if err != nil {
				return rows, err
			}
			found = append(found, m)
		}
		row.Measures = overSeeds(found)
		rows = append(rows, row)
		each(row)
	}
	return rows, nil
}

func (t SamplerTable) check() error {
	m := t.Model.Model
	switch {
	case !hasLadder(m):
		return refuse("compare samplers: %s has no noise levels, want a CDRL model", t.Model.Name)
	case t.Steps < 5 || t.LastSteps != 0 && t.LastSteps < 5:
		return refuse("compare samplers: found %d evaluations a level, want at least 5, one proposal of HMC", min(t.Steps, cmp.Or(t.LastSteps, t.Steps)))
	case len(t.Seeds) == 0 || t.Chains < 2:
		return refuse("compare samplers: found %d seeds and %d chains, want at least 1 and 2", len(t.Seeds), t.Chains)
	case t.Model.Plane():
		return nil
	case t.Judge == nil || t.Judge.Model.Classify == nil:
		return refuse("compare samplers: found no judge, want a classifier as ebm train judge makes")
	case t.Expression == "":
		return refuse("compare samplers: found nothing asked of the pictures, want an expression such as hat AND glasses")
	}
	return nil
}

// recipe is what a contender runs from a seed.
func (t SamplerTable) recipe(seed uint64, c contender) (Recipe, error) {
	r := DefaultRecipe(t.Model)
	r.Seed, r.Chains, r.Sampler = seed, t.Chains, c.sampler
	if err := r.Ask(t.Model.Model, t.Expression); err != nil {
		return r, err
	}
	for name, v := range c.settings {
		if err := r.Turn(t.Model.Model, name, v); err != nil {
			return r, err
		}
	}
	return r, nil
}

// measuring tells what is measured of the pictures of a run.
func (s *Studio) measuring(ctx context.Context, t SamplerTable) (func(Result, uint64) ([]SamplerMeasure, error), error) {
	if t.Model.Plane() {
		return s.measuringPoints(ctx, t)
	}
	return s.measuringPictures(ctx, t)
}

// overSeeds are the means of measures and their standard deviations.
func overSeeds(found [][]SamplerMeasure) []SamplerMeasure {
	n := float64(len(found))
	all := make([]SamplerMeasure, len(found[0]))
	for i := range all {
		all[i].Name = found[0][i].Name
		for _, m := range found {
			all[i].Mean += m[i].Mean / n
		}
		for _, m := range found {
			d := m[i].Mean - all[i].Mean
			all[i].Spread += d * d / max(n-1, 1)
		}
		all[i].Spread = math.Sqrt(all[i].Spread)
	}
	return all
}

// SamplerMarkdown writes a table's rows.
func SamplerMarkdown(rows []SamplerRow) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| sampler | gradients a chain | seconds |")
	for _, m := range rows[0].Measures {
		fmt.Fprintf(&b, " %s |", m.Name)
	}
	b.WriteString("\n|" + strings.Repeat("---|", 3+len(rows[0].Measures)) + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %.0f | %.1f |", r.Sampler, r.Evaluations, r.Seconds)
		for _, m := range r.Measures {
			fmt.Fprintf(&b, " %.3f ± %.3f |", m.Mean, m.Spread)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// wantedLabels are what a judge must find of pictures that an expression asks for.
func wantedLabels(m *models.Model, terms []Term) ([]int, error) {
	var wanted []int
	for _, t := range terms {
		switch {
		case t.Any != nil || len(t.Latents) > 0:
			return nil, refuse("compare samplers: found alternatives, want classes joined by AND and NOT: a judge must find all of them")
		case len(t.Labels) == 0: // what the formula brings
		case t.Weight < 0:
			wanted = append(wanted, opposite(m, t.Labels[0]))
		default:
			wanted = append(wanted, t.Labels[0])
		}
	}
	return wanted, nil
}
