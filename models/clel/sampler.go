package clel

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// sampler holds the knobs of the family's sampler, with the values that the
// network was trained with as defaults.
type sampler struct{ stepSize, stepNoise, stepClip, steps, beta sampling.Knob }

func (s sampler) knobs() []sampling.Knob {
	return []sampling.Knob{s.steps, s.stepSize, s.stepNoise, s.stepClip, s.beta}
}

// samplerOf takes the defaults from our own metadata, then from a config.yaml
// beside the file, then from the authors' configuration (configs/cifar10.yaml).
// Their step_clip is left aside: their sampler clips at the step size, 100,
// whatever it says.
func samplerOf(c *contents) sampler {
	h := c.header
	steps := "Langevin steps of a chain. The authors trained with 60 between augmentations; their published samples take 600 to 1200."
	if h.TrainedSteps > 0 {
		steps = fmt.Sprintf("Langevin steps of a chain. When this model was trained, chains had walked %d steps on average.", h.TrainedSteps)
	}
	return sampler{
		steps: sampling.Knob{
			Name: "steps", Title: "Steps", Help: steps,
			Min: 1, Max: 5000, Default: first(float64(h.Steps), 60), Log: true, Integer: true,
		},
		stepSize: sampling.Knob{
			Name: "step_size", Title: "Step size", Help: "Factor of the energy's gradient in a step.",
			Min: 0.1, Max: 1000, Default: first(h.StepSize, c.configured("sampler", "step_size"), 100), Log: true,
		},
		stepNoise: sampling.Knob{
			Name: "step_noise", Title: "Noise", Help: "Standard deviation of the noise added in a step.", Unit: "pixel range",
			Min: 0, Max: 0.1, Default: first(h.StepNoise, c.configured("sampler", "step_noise"), 0.001),
		},
		stepClip: sampling.Knob{
			Name: "step_clip", Title: "Gradient clip", Help: "Largest entry of the gradient that is followed. 100, the authors' value, never acts.",
			Min: 1e-6, Max: 100, Default: first(h.StepClip, 100), Log: true,
		},
		beta: sampling.Knob{
			Name: "beta", Title: "Similarity", Help: "How strongly a latent or a class draws the pictures (beta of Eq. 10); without either it does nothing.",
			Min: 0, Max: 1, Default: first(h.Beta, c.configured("model", "beta"), defaultBeta),
		},
	}
}

// first returns the first number that is not 0.
func first(numbers ...float64) float64 {
	for _, v := range numbers {
		if v != 0 {
			return v
		}
	}
	return 0
}

// configured reads a number above 0 from the config beside the file, 0 where there
// is none.
func (c *contents) configured(section, key string) float64 {
	values, _ := c.config[section].(map[string]any)
	var v float64
	switch x := values[key].(type) {
	case float64:
		v = x
	case int:
		v = float64(x)
	case int64:
		v = float64(x)
	}
	if !(v > 0) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// checkSettings refuses settings that are no numbers of these knobs.
func checkSettings(s sampling.Settings, knobs ...sampling.Knob) error {
	var names []string
	for _, k := range knobs {
		names = append(names, k.Name)
	}
	for name, v := range s {
		if !slices.Contains(names, name) {
			return fmt.Errorf("setting %q: want one of %s", name, strings.Join(names, ", "))
		}
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("setting %q: found %v, want a number from 0", name, v)
		}
	}
	return nil
}

// plan is one stage of Langevin steps on the weighted sum of the terms; without
// terms, on the marginal energy. Terms of this network become one energy.
func (n *network) plan(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
	if err := checkSettings(s, n.sampler.knobs()...); err != nil {
		return nil, err
	}
	steps := s.Of(n.sampler.steps)
	if steps != math.Trunc(steps) || steps > math.MaxInt32 {
		return nil, fmt.Errorf("setting %q: found %v, want a whole number", n.sampler.steps.Name, steps)
	}
	e, err := n.total(terms, s.Of(n.sampler.beta))
	if err != nil {
		return nil, err
	}
	kernel := sampling.Langevin{
		StepSize: s.Of(n.sampler.stepSize), Noise: s.Of(n.sampler.stepNoise), Clip: s.Of(n.sampler.stepClip),
		Lo: 0, Hi: 1,
	}
	if err := kernel.Check(); err != nil {
		return nil, err
	}
	return sampling.Plan{{Name: "langevin", Energy: e, Kernel: kernel, Steps: int(steps)}}, nil
}

// total is the sum of the terms with beta bound.
func (n *network) total(terms []sampling.Term, beta float64) (sampling.Energy, error) {
	if len(terms) == 0 {
		return &energy{net: n, marginal: 1}, nil
	}
	var own []*energy
	var weights []float64
	var sum sampling.Sum
	for i, t := range terms {
		if !(math.Abs(t.Weight) <= math.MaxFloat32) {
			return nil, fmt.Errorf("term %d: found weight %v, want a finite number", i, t.Weight)
		}
		e, ok := t.Energy.(*energy)
		if !ok || e.net != n {
			sum = append(sum, t)
			continue
		}
		own, weights = append(own, e.bound(beta)), append(weights, t.Weight)
	}
	if len(own) == 0 {
		return sum, nil
	}
	merged := merge(weights, own)
	if len(sum) == 0 {
		return merged, nil
	}
	return append(sampling.Sum{{Weight: 1, Energy: merged}}, sum...), nil
}

// start is uniform noise, as the authors' evaluation begins.
func (n *network) start(k sampling.Key, count int) sampling.Images {
	x := sampling.NewImages(count, n.net.Channels, n.height, n.width)
	// Only a key that replays recorded noise fails, and a replay brings its start.
	_ = k.Uniforms(sampling.StreamStart, 0, x, 0, 1)
	return x
}

// score is |f|^2/2 - beta cos(h(x), g(f(x))) of every picture (Eq. 14), higher =
// more out of distribution, with its two terms "energy" and "similarity" (which has
// its sign and weight already). Its beta is 0.1 unless set.
func (n *network) score(x sampling.Images, s sampling.Settings) ([]float32, map[string][]float32, error) {
	knob := n.sampler.beta
	knob.Default = scoreBeta
	if err := checkSettings(s, knob); err != nil {
		return nil, nil, err
	}
	features, err := n.run(n.features, x)
	if err != nil {
		return nil, nil, err
	}
	_, z, err := n.latents(x)
	if err != nil {
		return nil, nil, err
	}
	score, terms := n.scored(features[0].Data, features[1].Data, z, s.Of(knob))
	return score, terms, nil
}

func (n *network) scored(f, g []float32, z [][]float32, beta float64) ([]float32, map[string][]float32) {
	count := len(z)
	score, energies, similarities := make([]float32, count), make([]float32, count), make([]float32, count)
	for i := range z {
		e := halfSquare(f[i*n.net.Features : (i+1)*n.net.Features])
		similarity := -beta * cosineOf(g[i*len(z[i]):(i+1)*len(z[i])], z[i])
		score[i], energies[i], similarities[i] = float32(e+similarity), float32(e), float32(similarity)
	}
	return score, map[string][]float32{"energy": energies, "similarity": similarities}
}

func halfSquare(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum / 2
}

// cosineOf is a.b / (|a| |b|), norms below 1e-8 taken as 1e-8 as in the graph.
func cosineOf(a, b []float32) float64 {
	var dot float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
	}
	na, nb := math.Sqrt(2*halfSquare(a)), math.Sqrt(2*halfSquare(b))
	return dot / math.Max(na, 1e-8) / math.Max(nb, 1e-8)
}

// given is the condition of targets shared by all pictures.
func given(targets [][]float32) models.Given { return models.Given{Latent: targets} }
