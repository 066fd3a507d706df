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
// Where the model has a ladder of noise levels its own knobs are those of every
// sampler, since only its plan knows the energies.
func knobsOf(m *models.Model, sampler string) ([]sampling.Knob, error) {
	if hasLadder(m) && slices.Contains(Samplers(), sampler) {
		return m.Knobs, nil
	}
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
