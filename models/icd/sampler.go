package icd

import (
	"fmt"
	"math"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// sampler holds the knobs of the family's sampler, with the values that the network
// was trained with as defaults.
type sampler struct {
	steps, stepLR, stepNoise, anneal, jumpEvery sampling.Knob
	jump                                        Jump
}

func (s sampler) knobs() []sampling.Knob {
	return []sampling.Knob{s.steps, s.stepLR, s.stepNoise, s.anneal, s.jumpEvery}
}

// authorsJump are the changes of the paper's chains at half the strength that it trains
// CIFAR-10 with: for files that do not tell.
func authorsJump(f Flags) Jump {
	j := Jump{Kinds: jumpKinds, Size: 0.5}
	if classes[f.Dataset] == MNIST {
		j.Kinds = []string{jumpCrop, jumpBlur} // digits are not the same mirrored
	}
	return j
}

// samplerOf takes the step size from the FLAGS, else from the authors' commands: 100
// for the networks of small pictures, 500 for CelebA's.
func samplerOf(f Flags) sampler {
	stepLR := 100.0
	if classes[f.Dataset] == CelebA {
		stepLR = 500
	}
	if f.StepLR > 0 {
		stepLR = f.StepLR
	}
	anneal := 0.0
	if f.Anneal {
		anneal = 1
	}
	steps, noise, every, jump := 200, 0.001, 0, authorsJump(f)
	if f.Steps > 0 {
		steps = f.Steps
	}
	if f.StepNoise > 0 {
		noise = f.StepNoise
	}
	if f.Jump != "" {
		jump, _ = parseJump(f.Jump, f.JumpSize) // checked where the file was opened
		if every = f.NumSteps; len(jump.Kinds) == 0 {
			every = 0
		}
	}
	trained := ""
	if f.NumSteps > 0 {
		trained = fmt.Sprintf(" A training iteration ran %d, on from kept pictures.", f.NumSteps)
	}
	return sampler{
		jump: jump,
		jumpEvery: sampling.Knob{
			Name: "jump_every", Title: "Steps between jumps", Help: "A chain's picture is changed a little after so many steps (" + jump.String() + "), so that it gets to other modes; 0: never.",
			Min: 0, Max: 5000, Default: float64(every), Integer: true,
		},
		steps: sampling.Knob{
			Name: "steps", Title: "Steps", Help: "Langevin steps of a chain." + trained,
			Min: 1, Max: 5000, Default: float64(steps), Log: true, Integer: true,
		},
		stepLR: sampling.Knob{
			Name: "step_lr", Title: "Step size", Help: "Factor of the energy's gradient in a step; divided by the number of models where several are composed.",
			Min: 0.1, Max: 5000, Default: stepLR, Log: true,
		},
		stepNoise: sampling.Knob{
			Name: "step_noise", Title: "Noise", Help: "Standard deviation of the noise added before the gradient is taken.", Unit: "pixel range",
			Min: 0, Max: 0.1, Default: noise,
		},
		anneal: sampling.Knob{
			Name: "anneal", Title: "Anneal", Help: "1: the noise fades to nothing over the chain's steps; 0: it stays as it is.",
			Min: 0, Max: 1, Default: anneal, Integer: true,
		},
	}
}

// plan is Langevin steps on the weighted sum of the terms, with jumps between; without
// terms, on the energy under no condition. The step size is divided by the number of
// energies: the terms' parts.
func (m mixture) plan(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
	knobs := m.nets[0].sampler
	if err := models.CheckSettings(s, knobs.knobs()...); err != nil {
		return nil, err
	}
	steps, anneal := s.Of(knobs.steps), s.Of(knobs.anneal)
	if anneal != 0 && anneal != 1 {
		return nil, fmt.Errorf("setting %q: found %v, want 0 or 1", knobs.anneal.Name, anneal)
	}
	e, count, err := m.total(terms)
	if err != nil {
		return nil, err
	}
	kernel := langevin(s.Of(knobs.stepLR)/float64(count), s.Of(knobs.stepNoise), anneal == 1, int(steps))
	return jumping(sampling.Stage{Name: "langevin", Energy: e, Kernel: kernel, Steps: int(steps)}, knobs.jump, int(s.Of(knobs.jumpEvery))), nil
}

// jumping cuts a stage into stretches of so many steps, all but the first of which begin
// with a jump; 0 leaves it whole.
func jumping(whole sampling.Stage, j Jump, every int) sampling.Plan {
	if every == 0 || len(j.Kinds) == 0 {
		return sampling.Plan{whole}
	}
	var p sampling.Plan
	for left := whole.Steps; left > 0; left -= every {
		stage := whole
		stage.Steps = min(every, left)
		if len(p) > 0 {
			stage.Name, stage.Start, stage.Jump = fmt.Sprintf("langevin after jump %d", len(p)), j.Apply, true
		}
		p = append(p, stage)
	}
	return p
}

// total is the sum of the terms and the number of energies in it.
func (m mixture) total(terms []sampling.Term) (sampling.Energy, int, error) {
	if len(terms) == 0 {
		return m.bound(nil), len(m.nets), nil
	}
	count, heaviest := 0, 0.0
	for i, t := range terms {
		if !(math.Abs(t.Weight) <= math.MaxFloat32) {
			return nil, 0, fmt.Errorf("term %d: found weight %v, want a finite number", i+1, t.Weight)
		}
		heaviest = max(heaviest, math.Abs(t.Weight))
		count += energies(t.Energy)
	}
	if heaviest == 0 {
		return nil, 0, fmt.Errorf("terms: found %d of weight 0, want one that weighs something", len(terms))
	}
	if len(terms) == 1 && terms[0].Weight == 1 {
		return terms[0].Energy, count, nil
	}
	return sampling.Sum(terms), count, nil
}

// langevin is the authors' step, the noise before the gradient:
//
//	y = x + noise N(0,1), x <- clamp(y - size dE/dy, 0, 1)
func langevin(size, noise float64, anneal bool, steps int) sampling.Kernel {
	l := sampling.Langevin{StepSize: size, Noise: noise, Lo: 0, Hi: 1, NoiseFirst: true}
	if anneal {
		return annealed{l, steps}
	}
	return l
}

// annealed is Langevin with noise that fades: that of step i of n, counted from 0, is
// scaled by (n-i-1)/n.
type annealed struct {
	sampling.Langevin
	steps int
}

// Step makes one step of every picture with one evaluation.
func (a annealed) Step(k sampling.Key, s sampling.State, e sampling.Energy) (sampling.State, error) {
	left := float64(max(a.steps-s.Step-1, 0)) / float64(a.steps)
	a.Noise *= left
	return a.Langevin.Step(k, s, e)
}

// start is uniform noise, as the authors' chains begin.
func (n *network) start(k sampling.Key, count int) sampling.Images {
	x := sampling.NewImages(count, n.net.Channels, n.height, n.width)
	// Only a key that replays recorded noise fails, and a replay brings its start.
	_ = k.Uniforms(sampling.StreamStart, 0, x, 0, 1)
	return x
}
