package vaeebm

import (
	"errors"
	"fmt"
	"math"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// sampler holds the knobs of ancestral Langevin sampling, with the values that the
// networks were trained with as defaults.
type sampler struct{ steps, delta, noise sampling.Knob }

func (s sampler) knobs() []sampling.Knob { return []sampling.Knob{s.steps, s.delta, s.noise} }

// Defaults where the configuration does not say: 15 steps are the paper's (section
// 6.1), 0.002 is the step size of the best figures of its table 4 for about as many.
const (
	defaultSteps = 15
	defaultDelta = 0.002
	mostSteps    = 2000
	mostDelta    = 1.0
)

func newSampler(c *contents) sampler {
	s := sampler{
		steps: sampling.Knob{
			Name: "steps", Title: "Steps", Help: "Langevin steps that refine the generator's picture; 0 leaves it as it is.",
			Min: 0, Max: mostSteps, Default: defaultSteps, Integer: true,
		},
		delta: sampling.Knob{
			Name: "delta", Title: "Step size", Help: "Delta of Eq. 6: half its square times the energy's gradient is the move, delta the noise.", Unit: "pixel range",
			Min: 1e-4, Max: mostDelta, Default: defaultDelta, Log: true,
		},
		noise: sampling.Knob{
			Name: "noise", Title: "Noise", Help: "Share of the noise that is added in a step: 1 samples, 0 walks downhill to one prediction.",
			Min: 0, Max: 1, Default: c.noise,
		},
	}
	if c.steps > 0 {
		s.steps.Default = float64(c.steps)
	}
	if c.delta > 0 {
		s.delta.Default = c.delta
	}
	return s
}

// plan is ancestral Langevin sampling (Eq. 6): (i) where a term has latents or a
// masked picture, a stage "generator" of no steps makes the pictures from the latents
// given, or drawn from the key; (ii) Langevin steps on the sum of the terms refine
// them. Without either the chain begins with the pictures it is given, for which
// Start has the generator's. Without the first stage the plan refines any pictures.
func (p *placed) plan(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
	if err := models.CheckSettings(s, p.sampler.knobs()...); err != nil {
		return nil, err
	}
	if len(terms) == 0 {
		e, err := p.at(models.Given{})
		if err != nil {
			return nil, err
		}
		terms = []sampling.Term{{Weight: 1, Energy: e}}
	}
	origin, err := p.origin(terms)
	if err != nil {
		return nil, err
	}
	kernel := sampling.ULA(s.Of(p.sampler.delta))
	kernel.Noise *= s.Of(p.sampler.noise)
	if err := kernel.Check(); err != nil {
		return nil, err
	}
	langevin := sampling.Stage{Name: "langevin", Energy: total(terms), Kernel: kernel, Steps: int(s.Of(p.sampler.steps))}
	if origin == nil {
		return sampling.Plan{langevin}, nil
	}
	start := func(k sampling.Key, _ int, x sampling.Images) (sampling.Images, error) { return origin.first(k, x.N) }
	return sampling.Plan{{Name: "generator", Energy: origin, Start: start}, langevin}, nil
}

// origin is the term whose latents and masked picture a chain begins from, nil where
// no term has any.
func (p *placed) origin(terms []sampling.Term) (*energy, error) {
	var from *energy
	for i, t := range terms {
		e, ok := t.Energy.(*energy)
		if !ok || e.of != p || len(e.latents) == 0 && e.picture == nil {
			continue
		}
		if from != nil && len(from.latents) > 0 && len(e.latents) > 0 {
			return nil, fmt.Errorf("term %d: found latents to begin from in an earlier term too, want them in one", i)
		}
		if from == nil || len(e.latents) > 0 {
			from = e
		}
	}
	if from == nil {
		return nil, nil
	}
	copied := *from
	copied.decodes = true
	return &copied, nil
}

// total is the energy of a plan.
func total(terms []sampling.Term) sampling.Energy {
	if len(terms) == 1 && terms[0].Weight == 1 {
		return terms[0].Energy
	}
	return sampling.Sum(terms)
}

// first makes the first n pictures of a chain.
func (e *energy) first(k sampling.Key, n int) (sampling.Images, error) {
	z := nn.NewArray(n, e.of.latent)
	switch len(e.latents) {
	case 0:
		drawn, err := e.of.draw(k, n)
		if err != nil {
			return sampling.Images{}, err
		}
		z = drawn
	case 1, n:
		for i := range n {
			copy(z.Data[i*e.of.latent:], e.latents[i%len(e.latents)])
		}
	default:
		return sampling.Images{}, fmt.Errorf("condition: found latents for %d pictures, want one or one for each of %d", len(e.latents), n)
	}
	return e.of.generated(z, e.picture)
}

// draw is n latents of N(0, I).
func (p *placed) draw(k sampling.Key, n int) (nn.Array, error) {
	z := sampling.NewImages(n, p.latent, 1, 1)
	err := k.Normals(sampling.StreamStart, 0, z)
	return nn.Array{Shape: []int{n, p.latent}, Data: z.Data}, err
}

// start decodes latents of N(0, I), Eq. 6 (i). A completion model has no picture to
// decode them with yet: its plan begins with the generator, and this is grey. A start
// that could not be computed is not a number, which a run refuses.
func (p *placed) start(k sampling.Key, n int) sampling.Images {
	x := sampling.NewImages(n, p.channels, p.height, p.width)
	if p.completes() {
		return x
	}
	z, err := p.draw(k, n)
	if err == nil {
		var generated sampling.Images
		if generated, err = p.generated(z, nil); err == nil {
			return generated
		}
	}
	for j := range x.Data {
		x.Data[j] = float32(math.NaN())
	}
	return x
}

// score is the energy of every picture, higher = more out of distribution; that of a
// completion model given the picture with its centre masked.
func (p *placed) score(x sampling.Images, s sampling.Settings) ([]float32, map[string][]float32, error) {
	if len(s) > 0 {
		return nil, nil, errors.New("settings: the score of this family has none")
	}
	c, err := p.trained(x)
	if err != nil {
		return nil, nil, err
	}
	out, err := p.callPictures(p.value, x, c)
	if err != nil {
		return nil, nil, err
	}
	return out[0].Data, map[string][]float32{"energy": append([]float32(nil), out[0].Data...)}, nil
}
