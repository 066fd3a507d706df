package studio

import (
	"fmt"
	"slices"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// The samplers a recipe may name.
const (
	SamplerFamily  = "family"  // the plan of the model's own family
	SamplerMALA    = "mala"    // Metropolis-adjusted Langevin
	SamplerDescent = "descent" // gradient steps without noise
)

// Samplers lists the samplers a recipe may name.
func Samplers() []string { return []string{SamplerFamily, SamplerMALA, SamplerDescent} }

// knobsOf are the knobs of a model under a sampler.
func knobsOf(m *models.Model, sampler string) ([]sampling.Knob, error) {
	switch sampler {
	case SamplerFamily:
		return m.Knobs, nil
	case SamplerMALA:
		return []sampling.Knob{
			stepsKnob(m),
			{
				Name: "delta", Title: "Step", Help: "Proposal x - delta^2/2 dE/dx + delta noise, accepted or refused.",
				Unit: "pixel units", Min: 1e-6, Max: 1, Default: 0.002, Log: true,
			},
		}, nil
	case SamplerDescent:
		return []sampling.Knob{
			stepsKnob(m),
			{
				Name: "step_size", Title: "Step size", Help: "Gradient step: x - s dE/dx, clipped to the pixel range.",
				Min: 1e-6, Max: 1000, Default: defaultOf(m, "step_size", 1), Log: true,
			},
		}, nil
	}
	return nil, fmt.Errorf("unknown sampler %q, want %s", sampler, strings.Join(Samplers(), ", "))
}

func stepsKnob(m *models.Model) sampling.Knob {
	return sampling.Knob{
		Name: "steps", Title: "Steps", Help: "Evaluations of a chain.", Min: 1, Max: 100_000,
		Default: defaultOf(m, "steps", 100), Integer: true,
	}
}

// defaultOf is the default of a family's knob, other where it has none of that name.
func defaultOf(m *models.Model, name string, other float64) float64 {
	i := slices.IndexFunc(m.Knobs, func(k sampling.Knob) bool { return k.Name == name })
	if i < 0 {
		return other
	}
	return m.Knobs[i].Default
}

// complete is the settings with the default of every knob that they leave out.
func complete(s sampling.Settings, knobs []sampling.Knob) sampling.Settings {
	all := make(sampling.Settings, len(knobs))
	for _, k := range knobs {
		all[k.Name] = s.Of(k)
	}
	return all
}

// planOf makes the plan a valid recipe asks for.
func planOf(m *models.Model, r Recipe) (sampling.Plan, error) {
	terms, err := bind(m, r.Terms)
	if err != nil {
		return nil, err
	}
	knobs, err := knobsOf(m, r.Sampler)
	if err != nil {
		return nil, err
	}
	settings := complete(r.Settings, knobs)
	if r.Sampler == SamplerFamily {
		if m.Plan == nil {
			return nil, fmt.Errorf("%s has no sampler of its own, want %s or %s", m.Name, SamplerMALA, SamplerDescent)
		}
		return m.Plan(terms, settings)
	}
	stage := sampling.Stage{Name: r.Sampler, Energy: sampling.Sum(terms), Steps: int(settings["steps"])}
	switch r.Sampler {
	case SamplerMALA:
		stage.Kernel = sampling.MALA{Delta: settings["delta"], Lo: m.Lo, Hi: m.Hi}
	case SamplerDescent:
		stage.Kernel = sampling.Descent{StepSize: settings["step_size"], Lo: m.Lo, Hi: m.Hi}
	}
	return sampling.Plan{stage}, nil
}

// bind binds every term's condition; without terms it is the marginal energy.
func bind(m *models.Model, terms []Term) ([]sampling.Term, error) {
	if len(terms) == 0 {
		terms = []Term{{Weight: 1}}
	}
	bound := make([]sampling.Term, len(terms))
	for i, t := range terms {
		e, err := m.At(t.given())
		if err != nil {
			return nil, fmt.Errorf("term %d: %w", i+1, err)
		}
		bound[i] = sampling.Term{Weight: t.Weight, Energy: e}
	}
	return bound, nil
}
