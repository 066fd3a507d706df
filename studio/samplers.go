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
	SamplerHMC     = "hmc"     // Hamiltonian Monte Carlo
	SamplerDescent = "descent" // gradient steps without noise

	SamplerPreconditioned = "preconditioned" // Langevin steps scaled by the gradients' history
	SamplerGibbs          = "gibbs"          // diffusive Gibbs: noise up, walk down, accept
)

// Samplers lists the samplers a recipe may name.
func Samplers() []string {
	return []string{SamplerFamily, SamplerPreconditioned, SamplerMALA, SamplerHMC, SamplerGibbs, SamplerDescent}
}

// adjusted reports whether a sampler accepts and refuses whole steps.
func adjusted(sampler string) bool {
	return sampler == SamplerMALA || sampler == SamplerHMC || sampler == SamplerGibbs
}

// knobsOf are the knobs of a model under a sampler.
// Where the model has a ladder of noise levels its own knobs are among those of every
// sampler, since only its plan knows the energies.
func knobsOf(m *models.Model, sampler string) ([]sampling.Knob, error) {
	if hasLadder(m) && slices.Contains(Samplers(), sampler) {
		return slices.Concat(m.Knobs, ladderKnobs(sampler)), nil
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
			adaptKnob(0), fisherKnob(),
		}, nil
	case SamplerHMC:
		steps := stepsKnob(m)
		steps.Help = "Proposals of a chain, each of as many evaluations as it has leaps."
		return []sampling.Knob{
			steps,
			{
				Name: "delta", Title: "Leapfrog step", Help: "x + delta p along the momentum p; where the step adapts, only what it begins with.",
				Unit: "pixel units", Min: 1e-6, Max: 1, Default: 0.002, Log: true,
			},
			leapsKnob(),
			adaptKnob(50), fisherKnob(),
		}, nil
	case SamplerPreconditioned:
		return []sampling.Knob{
			stepsKnob(m),
			{
				Name: "delta", Title: "Step", Help: "x - delta^2/2 P dE/dx + delta sqrt(P) noise, clipped to the pixel range; P = 1/mean(gradient^2).",
				Unit: "pixel units", Min: 1e-6, Max: 1, Default: 0.002, Log: true,
			},
			learnKnob(50),
		}, nil
	case SamplerGibbs:
		return []sampling.Knob{
			stepsKnob(m),
			{
				Name: "delta", Title: "Step", Help: "Of the MALA steps between two noisings.",
				Unit: "pixel units", Min: 1e-6, Max: 1, Default: 0.002, Log: true,
			},
			{
				Name: "noise", Title: "Noise", Help: "Standard deviation of the noise that pictures get; they walk down from it under E + |x-z|^2/(2 sigma^2).",
				Unit: "pixel units", Min: 1e-4, Max: 10, Default: 0.1, Log: true,
			},
			movesKnob(), adaptKnob(50), fisherKnob(),
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

// ladderKnobs are what a sampler has besides the knobs of a model with noise levels.
func ladderKnobs(sampler string) []sampling.Knob {
	switch sampler {
	case SamplerPreconditioned:
		return []sampling.Knob{learnKnob(5)}
	case SamplerMALA:
		return []sampling.Knob{adaptKnob(0), fisherKnob()}
	case SamplerHMC:
		return []sampling.Knob{leapsKnob(), adaptKnob(0), fisherKnob()}
	case SamplerGibbs:
		return []sampling.Knob{movesKnob(), adaptKnob(0), fisherKnob()}
	}
	return nil
}

func leapsKnob() sampling.Knob {
	return sampling.Knob{Name: "leaps", Title: "Leaps", Help: "Leapfrog steps of one proposal, an evaluation each.", Min: 1, Max: 100, Default: 5, Integer: true}
}

func movesKnob() sampling.Knob {
	return sampling.Knob{Name: "moves", Title: "Moves", Help: "MALA steps between two noisings, a proposal after each.", Max: 1000, Default: 4, Integer: true}
}

func learnKnob(steps float64) sampling.Knob {
	return sampling.Knob{
		Name: "adapt", Title: "Learning steps", Help: "The first steps (of every noise level), in which every chain finds the scale of each pixel from its gradients; 0: all 1.",
		Max: 100_000, Default: steps, Integer: true,
	}
}

// Acceptance rates that samplers aim at where their step adapts: the best ones for
// many independent numbers (MALA: Roberts and Rosenthal, 1998; HMC: Beskos and others,
// 2013).
const (
	targetMALA = 0.574
	targetHMC  = 0.651
)

func adaptKnob(steps float64) sampling.Knob {
	return sampling.Knob{
		Name: "adapt", Title: "Adapting steps", Help: "The first steps, in which every chain finds its own step by dual averaging; 0 keeps it as set. What they make is not yet a sample.",
		Max: 100_000, Default: steps, Integer: true,
	}
}

func fisherKnob() sampling.Knob {
	return sampling.Knob{
		Name: "scales", Title: "Scales from gradients", Help: "While the step adapts, scale every pixel by 1/mean(gradient^2) (Fisher-preconditioned, Titsias 2023).",
		Max: 1, Integer: true,
	}
}

// adapting is what the knobs adapt and scales ask for.
func adapting(s sampling.Settings, target float64) sampling.Adapt {
	return sampling.Adapt{Steps: int(s["adapt"]), Target: target, Fisher: s["scales"] == 1}
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
