package studio

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// opMix is the operation of mixtures: their expression says how the parts go together.
const opMix = "mix"

// Part is one of several models as one.
type Part struct {
	Opened *Opened
	As     string // its name in a mixture's expressions; "": see Mix
	Label  string // the class asked of it, "" for none
}

// Mix makes one model of several independent ones, each of which is a class of it: its
// expressions join them (see ReadMixture), a recipe's terms weigh them, and without
// terms all of them are wanted together, a product of experts. Pixel ranges may differ,
// sizes and channels not; models with noise levels go with models of the same levels,
// whose energies are added level by level (see models/cdrl). Chains walk by the
// sampler of the first model with its knobs, from its start. Parts without a name have
// that of their file and their class; equal ones are numbered. The result is not on the
// list of open models, and a recipe of it knows it by a sum of its own and by its parts.
func (s *Studio) Mix(parts []Part) (*Opened, error) {
	if len(parts) == 0 {
		return nil, errors.New("compose: found no models, want at least one")
	}
	parts = slices.Clone(parts)
	x := mixture{parts: parts}
	for i := range parts {
		p := &x.parts[i]
		if p.As == "" {
			p.As = x.name(i)
		}
		given, err := x.fits(i)
		if err != nil {
			return nil, fmt.Errorf("compose: term %d (%s): %w", i+1, p.As, err)
		}
		x.given = append(x.given, given)
	}
	return several(opMix, x.model(), x.parts), nil
}

// mixture is several models with the condition each is bound to.
type mixture struct {
	parts []Part
	given []models.Given
}

// name is what part i is called where nobody says: the file's name without its ending
// (of what a training leaves the folder's), and the class.
func (x mixture) name(i int) string {
	p := x.parts[i]
	name := p.Opened.Name
	if folder := filepath.Base(filepath.Dir(p.Opened.Path)); name == TrainModelFile && len(folder) > 1 {
		name = folder
	}
	if dot := strings.IndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	if p.Label != "" {
		name += ":" + p.Label
	}
	plain := name
	for n := 2; slices.ContainsFunc(x.parts[:i], func(other Part) bool { return other.As == name }); n++ {
		name = fmt.Sprintf("%s (%d)", plain, n)
	}
	return name
}

// fits reports what keeps part i out of the mixture, and returns its condition.
func (x mixture) fits(i int) (given models.Given, err error) {
	m, first := x.parts[i].Opened.Model, x.parts[0].Opened.Model
	switch {
	case m.At == nil:
		return given, errors.New("found a model without an energy, such as a judge")
	case hasLadder(m) != hasLadder(first):
		return given, fmt.Errorf("found %s, want %s as term 1 (%s): energies are added at the same noise", ladderWords(m), ladderWords(first), x.parts[0].As)
	case !slices.Equal(m.Levels, first.Levels):
		return given, fmt.Errorf("found %s, want %s as term 1 (%s): energies are added level by level, at the same log-SNR", ladderWords(m), ladderWords(first), x.parts[0].As)
	case m.C != first.C || m.H != first.H || m.W != first.W:
		return given, fmt.Errorf("found pictures of %dx%dx%d (channels, height, width), want %dx%dx%d as of term 1 (%s)",
			m.C, m.H, m.W, first.C, first.H, first.W, x.parts[0].As)
	case m.Hole != nil:
		return given, errors.New("found a model that completes masked pictures, want one of whole pictures")
	}
	if label := x.parts[i].Label; label != "" {
		t, err := ClassTerm(m, label)
		if err != nil {
			return given, err
		}
		given.Label = t.Labels
	}
	return given, nil
}

// ladderWords say what noise levels a model has.
func ladderWords(m *models.Model) string {
	n := len(m.Levels)
	if !hasLadder(m) || n == 0 {
		return "a model without noise levels"
	}
	return fmt.Sprintf("a model of %d noise levels (log-SNR %.1f to %.1f)", n, m.Levels[0], m.Levels[n-1])
}

// energy is that of part i on a noise level, 0 for the cleanest, for pictures in the first
// one's range.
func (x mixture) energy(i, level int) (sampling.Energy, error) {
	m, first := x.parts[i].Opened.Model, x.parts[0].Opened.Model
	given := x.given[i]
	given.Level = level
	e, err := m.At(given)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x.parts[i].As, err)
	}
	if m.Lo != first.Lo || m.Hi != first.Hi {
		e = sampling.InRange(e, float64(m.Lo), float64(m.Hi), float64(first.Lo), float64(first.Hi))
	}
	return e, nil
}

// at is the energy of one part, or of all together.
func (x mixture) at(g models.Given) (sampling.Energy, error) {
	if len(g.Latent) > 0 || g.Beta != 0 || g.Picture != nil {
		return nil, errors.New("condition: found a latent, a beta or a picture, but a mixture takes the names of its models only")
	}
	if len(g.Label) == 1 {
		if i := g.Label[0]; i >= 0 && i < len(x.parts) {
			return x.energy(i, g.Level)
		}
		return nil, fmt.Errorf("condition: found label %d, want 0 to %d", g.Label[0], len(x.parts)-1)
	}
	if len(g.Label) > 0 {
		return nil, errors.New("condition: found a model for each picture, but a mixture is the same for all")
	}
	all := make(sampling.Sum, len(x.parts))
	for i := range all {
		e, err := x.energy(i, g.Level)
		if err != nil {
			return nil, err
		}
		all[i] = sampling.Term{Weight: 1, Energy: e}
	}
	return all, nil
}

// plan is the first model's.
func (x mixture) plan(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
	if len(terms) == 0 {
		for i := range x.parts {
			e, err := x.energy(i, 0)
			if err != nil {
				return nil, err
			}
			terms = append(terms, sampling.Term{Weight: 1, Energy: e})
		}
	}
	if !slices.ContainsFunc(terms, func(t sampling.Term) bool { return t.Weight != 0 }) {
		return nil, fmt.Errorf("compose: the weights of all %d terms are 0, want one that weighs something", len(terms))
	}
	return x.parts[0].Opened.Model.Plan(terms, s)
}

func (x mixture) model() *models.Model {
	first := x.parts[0].Opened.Model
	m := &models.Model{
		Family: first.Family, C: first.C, H: first.H, W: first.W, Lo: first.Lo, Hi: first.Hi, Experts: true,
		TrainedSteps: first.TrainedSteps, Facts: []models.Fact{{Name: "operation", Value: opMix}}, Knobs: first.Knobs,
		At: x.at, Start: first.Start, Keep: first.Keep, Diffuse: first.Diffuse, Levels: first.Levels,
	}
	if first.Plan != nil {
		m.Plan = x.plan
	}
	var counted []*models.Model
	for i, p := range x.parts {
		m.Labels = append(m.Labels, p.As)
		m.Facts = append(m.Facts, models.Fact{Name: fmt.Sprintf("term %d", i+1), Value: strings.TrimSuffix(p.Opened.Name+":"+p.Label, ":")})
		if !slices.Contains(counted, p.Opened.Model) {
			counted = append(counted, p.Opened.Model)
			m.Parameters += p.Opened.Model.Parameters
		}
	}
	m.Name = strings.Join(m.Labels, ", ")
	return m
}

// AskMixture makes terms of ReadMixture the recipe's, o being the mixture of its names;
// the recipe's expression is in the mixture's own names.
func (r *Recipe) AskMixture(o *Opened, terms []Term) error {
	expression, err := WriteExpression(o.Model.Labels, terms)
	if err != nil {
		return err
	}
	return r.Ask(o.Model, expression)
}
