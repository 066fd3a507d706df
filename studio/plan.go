package studio

import (
	"errors"
	"fmt"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// hasLadder reports whether a model's chains walk down noise levels, each with an
// energy of its own. Such models carry pictures up to a level by Diffuse.
func hasLadder(m *models.Model) bool { return m.Diffuse != nil }

// Check is Validate, and whether the model makes a plan of the recipe: everything
// that can be known to be wrong before a run.
func (o *Opened) Check(r Recipe) error {
	if err := r.Validate(o.Model); err != nil {
		return err
	}
	_, err := guard(func() (sampling.Plan, error) { return planOf(o.Model, r) })
	return err
}

// Turn sets a knob of the recipe's sampler; one that the model does not have is an
// error that lists those it has.
func (r *Recipe) Turn(m *models.Model, knob string, value float64) error {
	knobs, err := knobsOf(m, r.Sampler)
	if err != nil {
		return err
	}
	set := sampling.Settings{knob: value}
	if !finite(value) {
		return fmt.Errorf("knob %s: found %g, want a finite number", knob, value)
	}
	if err := checkSettings(set, knobs); err != nil {
		return err
	}
	if r.Settings == nil {
		r.Settings = set
	}
	r.Settings[knob] = value
	return nil
}

// givenOf are a recipe's known pixels as a mask, nil for none, and what a model that
// fills a hole of its own needs of them.
func givenOf(m *models.Model, r Recipe) (*sampling.Mask, models.Given, error) {
	known, err := r.Known.maskFor(m)
	if err != nil || known == nil || m.Hole == nil {
		return known, models.Given{}, err
	}
	x, err := known.Apply(sampling.NewImages(1, m.C, m.H, m.W))
	return known, models.Given{Picture: &x}, err
}

// planOf makes the plan a valid recipe asks for.
func planOf(m *models.Model, r Recipe) (sampling.Plan, error) {
	known, given, err := givenOf(m, r)
	if err != nil {
		return nil, err
	}
	asked := r.Terms
	if len(asked) == 0 && r.Expression != "" {
		conditions, err := ExpressionTerms(m, r.Expression)
		if err != nil {
			return nil, err
		}
		asked = Composed(m, conditions)
	}
	terms, err := bindGiven(m, asked, given)
	if err != nil {
		return nil, err
	}
	p, err := walked(m, r, terms)
	if err != nil {
		return p, err
	}
	if err := checkWeighed(p, r, asked); err != nil {
		return nil, err
	}
	if known == nil {
		return p, nil
	}
	return hold(m, p, r.noise(), r.Chains, known)
}

// walked is the plan of the recipe's sampler.
func walked(m *models.Model, r Recipe, terms []sampling.Term) (sampling.Plan, error) {
	knobs, err := knobsOf(m, r.Sampler)
	if err != nil {
		return nil, err
	}
	settings := complete(r.Settings, knobs)
	if r.Sampler == SamplerFamily || hasLadder(m) {
		if m.Plan == nil {
			return nil, fmt.Errorf("%s has no sampler of its own, want one of %s", m.Name, strings.Join(Samplers()[1:], ", "))
		}
		p, err := m.Plan(terms, complete(r.Settings, m.Knobs))
		if err == nil && r.Sampler != SamplerFamily {
			err = otherKernels(p, r.Sampler, settings)
		}
		return p, err
	}
	stage := sampling.Stage{Name: r.Sampler, Energy: sampling.Sum(terms), Steps: int(settings["steps"])}
	walk := sampling.Langevin{StepSize: settings["step_size"], Noise: settings["delta"], Lo: m.Lo, Hi: m.Hi}
	stage.Noising = &sampling.Noising{Deviation: settings["noise"]}
	if err := otherKernel(&stage, walk, r.Sampler, settings); err != nil {
		return nil, err
	}
	return sampling.Plan{stage}, nil
}

// otherKernels gives every stage of a ladder another kernel of the same step size:
// the plan's energies and proposals stay.
func otherKernels(p sampling.Plan, sampler string, s sampling.Settings) error {
	for i, stage := range p {
		if stage.Steps == 0 {
			continue
		}
		l, ok := stage.Kernel.(sampling.Langevin)
		if !ok {
			return fmt.Errorf("sampler %s: stage %s does not walk by Langevin steps, want the sampler %s", sampler, stage.Name, SamplerFamily)
		}
		if l.Noise == 0 { // a step that does not move
			continue
		}
		if err := otherKernel(&p[i], l, sampler, s); err != nil {
			return err
		}
	}
	return nil
}

// otherKernel gives a stage the kernel of a sampler, with the steps, clip and range of a
// Langevin kernel.
func otherKernel(stage *sampling.Stage, l sampling.Langevin, sampler string, s sampling.Settings) error {
	mala := sampling.MALA{Delta: l.Noise, Clip: l.Clip, Lo: l.Lo, Hi: l.Hi, Adapt: adapting(s, targetMALA)}
	switch sampler {
	case SamplerPreconditioned:
		stage.Kernel = sampling.Preconditioned{Delta: l.Noise, Clip: l.Clip, Lo: l.Lo, Hi: l.Hi, Learn: int(s["adapt"])}
	case SamplerMALA:
		stage.Kernel = mala
	case SamplerHMC:
		stage.Kernel = sampling.HMC{Delta: l.Noise, Leaps: int(s["leaps"]), Lo: l.Lo, Hi: l.Hi, Adapt: adapting(s, targetHMC)}
	case SamplerGibbs:
		if stage.Noising == nil {
			return fmt.Errorf("sampler %s: stage %s is not made from noisier pictures, want another sampler", sampler, stage.Name)
		}
		stage.Kernel = sampling.DiffusiveGibbs{
			Deviations: []float64{stage.Noising.Deviation}, Moves: int(s["moves"]), Kernel: mala,
			Tied: stage.Tether != 0, Back: stage.Noising.Back, Lo: l.Lo, Hi: l.Hi,
		}
		stage.Tether = 0 // the kernel has it
	default:
		stage.Kernel = sampling.Descent{StepSize: l.StepSize, Clip: l.Clip, Lo: l.Lo, Hi: l.Hi}
	}
	return nil
}

// hold makes a plan keep known pixels: in the model's way, or after every step; a
// model that fills a hole has them given and gets them back at the end.
func hold(m *models.Model, p sampling.Plan, k sampling.Key, chains int, known *sampling.Mask) (sampling.Plan, error) {
	if m.Keep != nil {
		return m.Keep(p, k, chains, known)
	}
	last := sampling.Stage{Name: "known pixels", Keep: known}
	if m.Hole != nil {
		return append(p, last), nil
	}
	for i := range p {
		p[i].Keep = known
	}
	if p[len(p)-1].Finish == nil {
		return p, nil
	}
	return append(p, last), nil
}

func (k *Known) maskFor(m *models.Model) (*sampling.Mask, error) {
	if k == nil {
		return nil, nil
	}
	return k.pixels(m)
}

// startOf are the pictures that the chains begin with.
func startOf(m *models.Model, r Recipe, p sampling.Plan, k sampling.Key) (sampling.Images, error) {
	x, err := firstPictures(m, r, p, k)
	if err != nil {
		return x, err
	}
	return x, x.Check(m.C, m.H, m.W)
}

func firstPictures(m *models.Model, r Recipe, p sampling.Plan, k sampling.Key) (sampling.Images, error) {
	if r.Initial == nil {
		if m.Start == nil {
			return sampling.Images{}, errors.New("the model has no start for a chain")
		}
		return m.Start(k, r.Chains), nil
	}
	one, err := inRange(m, "initial picture", r.Initial.Picture)
	if err != nil {
		return one, err
	}
	x := sampling.NewImages(r.Chains, m.C, m.H, m.W)
	for i := range r.Chains {
		copy(x.Image(i), one.Data)
	}
	switch {
	case m.Diffuse != nil:
		return m.Diffuse(k, x, complete(r.Settings, m.Knobs))
	case len(p) > 0 && p[0].Start != nil:
		return x, errors.New("found an initial picture, but this model's chains begin with its generator's pictures, want none")
	}
	return x, nil
}

// bind binds every term's condition; without terms it is the marginal energy.
func bind(m *models.Model, terms []Term) ([]sampling.Term, error) {
	return bindGiven(m, terms, models.Given{})
}

// bindGiven is bind with what all terms have in common.
func bindGiven(m *models.Model, terms []Term, given models.Given) ([]sampling.Term, error) {
	if len(terms) == 0 {
		terms = []Term{{Weight: 1}}
	}
	bound := make([]sampling.Term, len(terms))
	for i, t := range terms {
		e, err := bindTerm(m, t, given)
		if err != nil {
			return nil, fmt.Errorf("term %d: %w", i+1, err)
		}
		bound[i] = sampling.Term{Weight: t.Weight, Energy: e}
	}
	return bound, nil
}

// sharpnessOf is the sharpness of a disjunction that does not say its own: on noise
// levels 1, since energies there are negative log-densities of noised pictures, and the
// noise of a sum of densities is the sum of the noised ones.
func sharpnessOf(m *models.Model) float64 {
	if hasLadder(m) {
		return 1
	}
	return DefaultSharpness
}

func bindTerm(m *models.Model, t Term, given models.Given) (sampling.Energy, error) {
	if t.Any == nil {
		g := t.given()
		g.Picture = given.Picture
		return m.At(g)
	}
	either := sampling.Any{Beta: t.Sharpness}
	if either.Beta == 0 {
		either.Beta = sharpnessOf(m)
	}
	for k, alternative := range t.Any {
		terms, err := bindGiven(m, alternative, given)
		if err != nil {
			return nil, fmt.Errorf("alternative %d: %w", k+1, err)
		}
		either.Terms = append(either.Terms, sampling.Term{Weight: 1, Energy: sampling.Sum(terms)})
	}
	return either, nil
}

// Steps is how many steps a recipe walks on the model.
func (o *Opened) Steps(r Recipe) (int, error) {
	p, err := planOf(o.Model, r)
	if err != nil {
		return 0, err
	}
	return p.Steps(), nil
}
