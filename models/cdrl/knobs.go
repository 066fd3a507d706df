package cdrl

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/sampling"
)

// sampler holds the knobs of the family's sampler.
type sampler struct {
	steps, stepRule, stepScale, proposalNoise, denoise, from, min, max  sampling.Knob
	guidance, guidanceLow, guidanceHigh, product, initializer, together sampling.Knob // of conditional models
	resample, resampleTo                                                sampling.Knob
	levelSteps, levelGuidance                                           []sampling.Knob
	level                                                               sampling.Knob // of the score
	conditional, attributes                                             bool
}

// What the initializer is told, as values of its knob.
const (
	initUnconditional = 0
	initConditional   = 1
	initGuided        = 2
)

// What resampling weighs, as values of its knob.
const (
	resampleNot      = 0
	resampleAll      = 1 // all that the energy is asked for, from proposals that are told nothing
	resampleGuidance = 2 // guidance beyond what is asked, from proposals that are told the classes
)

// resampleShare is the share of the chains below which their effective number lets them
// be drawn anew.
const resampleShare = 0.5

// resamplePictures is the cleanest level whose weights count of pictures. On
// cdrl-faces-16, 64 chains asked for hat AND glasses without guidance, 20 % of the first
// chains survive down to level 5, 8 % to level 4, 3 % to level 3; and to level 1, whose
// energies are trained in a thin shell around data, one chain in all.
const resamplePictures = 4

// maxGuidanceFactor bounds the factor of the guidance on a single level.
const maxGuidanceFactor = 2

func (n *network) newSampler() sampler {
	levels := float64(n.options.levels)
	denoise := 2.0
	if n.net.Points {
		denoise = 0
	}
	s := sampler{conditional: n.net.Classes > 0, attributes: n.header.Together}
	s.steps = sampling.Knob{Name: "steps", Title: "Steps a level", Help: "Langevin steps on each noise level. 0 shows the initializer alone.", Min: 0, Max: 100, Default: trainedSteps, Integer: true}
	s.stepRule = sampling.Knob{Name: "step_rule", Title: "Longer steps when fewer", Help: "The step size grows with 15 / steps; 1: with its square root, as the paper's faster sampling does; 2: with its fourth root, which loses less at few steps; 0: the trained step size.", Min: 0, Max: 2, Default: 1, Integer: true}
	s.stepScale = sampling.Knob{Name: "step_scale", Title: "Step size", Help: "Factor of the step size, noise included.", Min: 0.1, Max: 3, Default: 1, Log: true}
	s.proposalNoise = sampling.Knob{Name: "proposal_noise", Title: "Proposal noise", Help: "Share of the noise that is added to the initializer's proposals.", Min: 0, Max: 1, Default: 1}
	s.denoise = sampling.Knob{Name: "denoise", Title: "Final denoising", Help: "Factor of the last step, which takes the remaining noise away. The paper's is 2 for pictures; 0 leaves the step out.", Min: 0, Max: 4, Default: denoise}
	s.from = sampling.Knob{Name: "from_level", Title: "Start level", Help: "The noise level at which the chain begins. A lower one keeps more of a picture that is carried up to it.", Min: 1, Max: levels, Default: levels, Integer: true}
	s.min = sampling.Knob{Name: "logsnr_min", Title: "Log-SNR, noise end", Help: "Of the noisiest level.", Min: -15, Max: 0, Default: n.options.min}
	s.max = sampling.Knob{Name: "logsnr_max", Title: "Log-SNR, clean end", Help: "Of the clean end.", Min: 0, Max: 15, Default: n.options.max}
	s.guidance = sampling.Knob{Name: "guidance", Title: "Guidance", Help: "How far beyond the asked classes: w of (1+w) conditional - w unconditional (Eq. 11 to 14).", Min: -1, Max: 10, Default: n.header.Guidance}
	s.guidanceLow = sampling.Knob{Name: "guidance_low", Title: "Guidance from level", Help: "The lowest noise level on which guidance acts.", Min: 1, Max: levels, Default: 1, Integer: true}
	s.guidanceHigh = sampling.Knob{Name: "guidance_high", Title: "Guidance to level", Help: "The highest noise level on which guidance acts.", Min: 1, Max: levels, Default: levels, Integer: true}
	s.product = sampling.Knob{Name: "product", Title: "Without the negative term", Help: "1: leaves the unconditional energy, the negative term of Eq. 13 and 14, out of guidance and composition: a plain product of experts, as before this paper (section 3.6).", Min: 0, Max: 1, Default: 0, Integer: true}
	s.initializer = sampling.Knob{Name: "initializer", Title: "Initializer", Help: "What proposals are told: 0 no class, 1 the classes, 2 the classes with guidance.", Min: initUnconditional, Max: initGuided, Default: initGuided, Integer: true}
	s.together = sampling.Knob{Name: "together", Title: "Ask together", Help: "1: attributes that are all asked for in full are told to the network at once, as it learned them. 0: their energies are added up (Eq. 13).", Min: 0, Max: 1, Default: 0, Integer: true}
	s.resample = sampling.Knob{Name: "resample", Title: "Resample chains", Help: "1: chains are weighed on every level by how well they fit what is asked and drawn anew by their weights (sequential Monte Carlo), which guidance and compositions need to be exact; proposals are told no class. 2: weighs guidance alone, and proposals are told the classes. Chains then depend on one another.", Max: resampleGuidance, Integer: true}
	s.resampleTo = sampling.Knob{Name: "resample_to", Title: "Resample to level", Help: "The cleanest level whose weights count: what is asked is exact there. On the cleaner ones energies of pictures differ by so much that a few chains take all the weight and the rest are copies of them.", Min: 1, Max: levels, Default: 1, Integer: true}
	if !n.net.Points {
		s.resampleTo.Default = min(resamplePictures, levels)
	}
	for i := 1; i <= n.options.levels; i++ {
		s.levelGuidance = append(s.levelGuidance, sampling.Knob{
			Name: "guidance_" + strconv.Itoa(i), Title: "Guidance on level " + strconv.Itoa(i), Help: fmt.Sprintf("Factor of the guidance on this noise level, whose energy is asked at log-SNR %.1f: together a schedule over the levels.", n.schedule.Levels[i-1].Below),
			Min: 0, Max: maxGuidanceFactor, Default: 1,
		})
		s.levelSteps = append(s.levelSteps, sampling.Knob{
			Name: "steps_" + strconv.Itoa(i), Title: "Steps on level " + strconv.Itoa(i), Help: "Langevin steps on this noise level. -1: as many as on the others.",
			Min: -1, Max: 100, Default: -1, Integer: true,
		})
	}
	s.level = sampling.Knob{Name: "level", Title: "Noise level", Help: "Whose energy is the score. 1, the cleanest, is the paper's.", Min: 1, Max: levels, Default: 1, Integer: true}
	if !n.net.Points {
		s.level.Default = min(scoreLevel, levels)
	}
	return s
}

// knobs lists those of the sampler, the ones most often turned first.
func (s sampler) knobs() []sampling.Knob {
	list := []sampling.Knob{s.steps}
	if s.conditional {
		list = append(list, s.guidance)
	}
	list = append(list, s.denoise, s.proposalNoise, s.from, s.stepScale, s.stepRule)
	if s.conditional {
		list = append(list, s.initializer, s.product, s.guidanceLow, s.guidanceHigh)
	}
	if s.attributes {
		list = append(list, s.together)
	}
	list = append(append(list, s.resample, s.resampleTo, s.min, s.max), s.levelSteps...)
	if s.conditional {
		list = append(list, s.levelGuidance...)
	}
	return list
}

// checkSettings refuses settings that are no numbers of these knobs.
func checkSettings(s sampling.Settings, knobs []sampling.Knob) error {
	for name, v := range s {
		i := slices.IndexFunc(knobs, func(k sampling.Knob) bool { return k.Name == name })
		if i < 0 {
			return fmt.Errorf("setting %q: want one of %s", name, names(knobs))
		}
		switch k := knobs[i]; {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fmt.Errorf("setting %q: found %v, want a finite number", name, v)
		case v < k.Min || v > math.MaxInt32:
			return fmt.Errorf("setting %q: found %v, want a number from %v", name, v, k.Min)
		case k.Integer && v != math.Trunc(v):
			return fmt.Errorf("setting %q: found %v, want a whole number", name, v)
		}
	}
	return nil
}

func names(knobs []sampling.Knob) string {
	list := make([]string, len(knobs))
	for i, k := range knobs {
		list[i] = k.Name
	}
	return strings.Join(list, ", ")
}

// choices are the settings of a run, decoded and checked.
type choices struct {
	schedule                       *Schedule
	steps                          []int // of each level
	product, together              bool
	stepPower                      float64 // of 15 / K in the step size
	stepScale, noise, denoise      float64
	guidance                       []float64 // of each level
	from, initializer, scoredLevel int
	resample, resampleTo           int
}

// choose decodes settings. Where the log-SNR range is the network's own, so is the
// schedule.
func (n *network) choose(s sampling.Settings, knobs []sampling.Knob) (choices, error) {
	if err := checkSettings(s, knobs); err != nil {
		return choices{}, err
	}
	k := n.sampler
	c := choices{
		schedule: n.schedule, stepPower: stepPowers[int(s.Of(k.stepRule))], product: s.Of(k.product) != 0, together: s.Of(k.together) != 0, stepScale: s.Of(k.stepScale),
		noise: s.Of(k.proposalNoise), denoise: s.Of(k.denoise), from: int(s.Of(k.from)), initializer: int(s.Of(k.initializer)), scoredLevel: int(s.Of(k.level)),
		resample: int(s.Of(k.resample)), resampleTo: int(s.Of(k.resampleTo)),
	}
	switch c.resample { // weights are relative to what the proposals are draws of
	case resampleAll:
		c.initializer = initUnconditional
	case resampleGuidance:
		c.initializer = initConditional
	}
	if lo, hi := s.Of(k.min), s.Of(k.max); lo != n.options.min || hi != n.options.max {
		var err error
		if c.schedule, err = NewSchedule(n.options.levels, lo, hi, n.net.Points); err != nil {
			return choices{}, err
		}
	}
	levels := len(c.schedule.Levels)
	if highest := max(c.from, c.scoredLevel, c.resampleTo); highest > levels {
		return choices{}, fmt.Errorf("found level %d, want 1 to %d", highest, levels)
	}
	low, high := int(s.Of(k.guidanceLow)), int(s.Of(k.guidanceHigh))
	if low > high {
		return choices{}, fmt.Errorf("settings %q and %q: found levels %d to %d, want the lower one first", k.guidanceLow.Name, k.guidanceHigh.Name, low, high)
	}
	for i := 1; i <= levels; i++ {
		steps := int(s.Of(k.levelSteps[i-1]))
		if steps < 0 {
			steps = int(s.Of(k.steps))
		}
		guidance := 0.0
		if low <= i && i <= high {
			guidance = s.Of(k.guidance) * s.Of(k.levelGuidance[i-1])
		}
		c.steps, c.guidance = append(c.steps, steps), append(c.guidance, guidance)
	}
	return c, nil
}

// guided reports whether there is guidance on any level.
func (c choices) guided() bool {
	return slices.ContainsFunc(c.guidance, func(w float64) bool { return w != 0 })
}

// stepPowers are the powers p of s_K = s_15 (15 / K)^p that the knob step_rule stands
// for: none, the paper's (section 4.2), and a slower one of ours.
var stepPowers = [...]float64{0, 1. / 2, 1. / 4}

// stepSize is the deviation of a Langevin step's noise on a level: the trained one
// under the rule of stepPowers, times the person's factor.
func (c choices) stepSize(l Level) float64 {
	s := c.stepScale * math.Sqrt(l.S2)
	if k := c.steps[l.I-1]; k > 0 {
		s *= math.Pow(trainedSteps/float64(k), c.stepPower)
	}
	return s
}
