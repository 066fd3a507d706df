package cdrl

import (
	"fmt"
	"math"
	"strconv"

	"ebmstudio/sampling"
)

// plan is the ladder of Algorithm 2: on every noise level from the noisiest down the
// initializer proposes, Langevin steps correct, and the result is rescaled to the
// next level; the last level ends with Tweedie's denoising (Eq. 18).
//
// The terms are what a chain is asked for: their classes and weights become the one
// formula of [asked], on every level; their own noise level does not matter. Networks
// whose ladders differ are refused; energies of other families are added as they are.
func (n *network) plan(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
	c, err := n.choose(s, n.sampler.knobs())
	if err != nil {
		return nil, err
	}
	a, err := n.read(terms)
	if err != nil {
		return nil, err
	}
	if c.together {
		a = a.together()
	}
	var p sampling.Plan
	for i := c.from; i >= 1; i-- {
		stage, err := n.stage(c, c.schedule.Levels[i-1], a)
		if err != nil {
			return nil, err
		}
		p = append(p, stage)
	}
	return p, nil
}

func (n *network) stage(c choices, l Level, a asked) (sampling.Stage, error) {
	guidance := c.guidance[l.I-1]
	sum := a.energy(l, 1, guidance, c.product)
	for i, m := range a.proposals(c.told(l)) { // what is asked is compiled ahead
		if c.initializer == initUnconditional {
			m = compose(nil, 0, false)
		}
		sum[i].Energy.(*energy).proposal = m
	}
	stage := sampling.Stage{
		Name: "level " + strconv.Itoa(l.I), Energy: alone(append(sum, a.others...)),
		Kernel: sampling.ULA(c.stepSize(l)), Steps: c.steps[l.I-1], Tether: l.Tether(),
		Start:  n.proposeStage(c, l, a),
		Finish: n.finishStage(c, l, a), Noising: n.noising(c, l, a),
	}
	if stage.Steps == 0 {
		// One step that does not move: the proposal is seen, with its energy.
		stage.Steps, stage.Kernel, stage.Tether = 1, sampling.Langevin{}, 0
	}
	if c.resample != resampleNot && l.I >= c.resampleTo {
		stage.Weighing = n.weighing(c, l, a, stage.Steps)
	}
	if k, ok := stage.Kernel.(sampling.Langevin); ok {
		return stage, k.Check()
	}
	return stage, nil
}

// weighing weighs what a level's energy is asked for beyond what its proposals are told.
func (n *network) weighing(c choices, l Level, a asked, steps int) *sampling.Weighing {
	base := n.asks(nil)
	if c.resample == resampleGuidance {
		base = a
	}
	return &sampling.Weighing{Base: alone(base.energy(l, 1, 0, c.product)), Ramp: (steps + 1) / 2, Threshold: resampleShare, Last: l.I == c.resampleTo}
}

// initial is the mean of the proposals of a level, as the initializer is to be told of
// the classes. It always keeps the unconditional proposal: a plain product of means would
// be no picture.
func (n *network) initial(c choices, l Level, a asked, x sampling.Images) (sampling.Images, error) {
	if c.initializer == initUnconditional {
		return n.proposed(x, l, compose(nil, 0, false))
	}
	return a.proposed(x, l, c.told(l))
}

// noising is how pictures of a level are noised to those of the next, in the level's
// scale: where that is not the next level's own, the initializer is told so.
func (n *network) noising(c choices, l Level, a asked) *sampling.Noising {
	noised := math.Sqrt(l.Alpha / l.Shrink) // from the level's scale
	made := &sampling.Noising{Deviation: math.Sqrt(1-l.Alpha) / noised}
	if c.noise != 0 { // a proposal without noise has no density
		made.Back = proposer{n, c, l, a, float32(noised)}
	}
	return made
}

// proposer is the initializer of a level, for pictures noised in the level's scale.
type proposer struct {
	n      *network
	c      choices
	l      Level
	a      asked
	noised float32
}

// Propose returns the initializer's mean and the deviation of its noise.
func (p proposer) Propose(z sampling.Images) (sampling.Images, float64, error) {
	x := sampling.NewImages(z.N, z.C, z.H, z.W)
	for j, v := range z.Data {
		x.Data[j] = p.noised * v
	}
	mean, err := p.n.initial(p.c, p.l, p.a, x)
	return mean, p.c.noise * p.l.InitStd, err
}

// told is the guidance that the initializer is asked with on a level.
func (c choices) told(l Level) float64 {
	if c.initializer == initGuided {
		return c.guidance[l.I-1]
	}
	return 0
}

// proposed is the initializer's mean for pictures of a level (Eq. 6 and 12).
func (n *network) proposed(x sampling.Images, l Level, mix mixture) (sampling.Images, error) {
	out, err := n.ask(n.propose, x, mix.queries(l.LogSNR, 1))
	if err != nil {
		return sampling.Images{}, err
	}
	means := make([][]float32, len(out))
	for i, o := range out {
		means[i] = o[0].Data
	}
	mean := sampling.NewImages(x.N, x.C, x.H, x.W)
	mix.sum(means, mean.Data, 1)
	return mean, nil
}

// proposeStage makes the first pictures of a level: the initializer's mean plus
// noise, which is numbered by the level, so that it does not depend on how many
// steps came before.
func (n *network) proposeStage(c choices, l Level, a asked) func(sampling.Key, int, sampling.Images) (sampling.Images, error) {
	number := len(c.schedule.Levels) - l.I
	return func(k sampling.Key, _ int, x sampling.Images) (sampling.Images, error) {
		y, err := n.initial(c, l, a, x)
		if err != nil || c.noise == 0 {
			return y, err
		}
		noise := sampling.NewImages(x.N, x.C, x.H, x.W)
		if err := k.Normals(sampling.StreamPropose, number, noise); err != nil {
			return sampling.Images{}, err
		}
		deviation := float32(c.noise * l.InitStd)
		for j, v := range noise.Data {
			y.Data[j] += deviation * v
		}
		return y, nil
	}
}

// finishStage rescales what a level has made to the next one; the last level's is
// denoised.
func (n *network) finishStage(c choices, l Level, a asked) func(sampling.Key, int, sampling.Images) (sampling.Images, error) {
	return func(_ sampling.Key, _ int, x sampling.Images) (sampling.Images, error) {
		y := sampling.NewImages(x.N, x.C, x.H, x.W)
		divisor := float32(math.Sqrt(l.Shrink) + 1e-8) // as the authors divide
		for j, v := range x.Data {
			y.Data[j] = v / divisor
		}
		if l.I > 1 || c.denoise == 0 {
			return y, nil
		}
		return denoised(y, l, a.energy(l, math.Sqrt(l.Shrink), c.guidance[l.I-1], c.product), c.denoise)
	}
}

// denoised is Tweedie's formula with an enlarged step (Eq. 18 and below),
//
//	x <- (x - factor sigma^2 dE/dx) / sqrt(alpha_bar_0)
//
// E being the energy of the cleanest level and sigma its noise.
func denoised(x sampling.Images, l Level, e sampling.Energy, factor float64) (sampling.Images, error) {
	_, grad, err := e.Eval(x)
	if err != nil {
		return sampling.Images{}, err
	}
	step, scale := float32(factor*l.SigmaCum*l.SigmaCum), float32(math.Sqrt(l.AlphaBarBelow))
	for j, g := range grad.Data {
		grad.Data[j] = (x.Data[j] - step*g) / scale
	}
	return grad, nil
}

// start is noise of variance 1, as a chain begins on the noisiest level.
func (n *network) start(k sampling.Key, count int) sampling.Images {
	x := sampling.NewImages(count, n.net.Channels, n.height, n.width)
	// Only a key that replays recorded noise fails, and a replay brings its start.
	_ = k.Normals(sampling.StreamStart, 0, x)
	return x
}

// diffuse carries pictures up the ladder to the level where a plan under the same
// settings begins: sqrt(alpha_bar) x + sqrt(1 - alpha_bar) noise.
func (n *network) diffuse(k sampling.Key, x sampling.Images, s sampling.Settings) (sampling.Images, error) {
	c, err := n.choose(s, n.sampler.knobs())
	if err != nil {
		return sampling.Images{}, err
	}
	if err := x.Check(n.net.Channels, n.height, n.width); err != nil {
		return sampling.Images{}, err
	}
	noise := sampling.NewImages(x.N, x.C, x.H, x.W)
	if err := k.Normals(sampling.StreamStart, 0, noise); err != nil {
		return sampling.Images{}, err
	}
	mixNoise(noise, x, c.schedule.Levels[c.from-1].AlphaBar, 1)
	return noise, nil
}

// mixNoise turns noise into scale (sqrt(alphaBar) x + sqrt(1 - alphaBar) noise); x
// has one picture for all or one each.
func mixNoise(noise, x sampling.Images, alphaBar, scale float64) {
	signal, rest := float32(scale*math.Sqrt(alphaBar)), float32(scale*math.Sqrt(1-alphaBar))
	for i := range noise.N {
		from := x.Image(i % x.N)
		dst := noise.Image(i)
		for j, v := range from {
			dst[j] = signal*v + rest*dst[j]
		}
	}
}

// keep makes a plan hold known pixels (appendix C.1): after each proposal and each
// Langevin step of level i they are reset to
//
//	sqrt(alpha_i) (sqrt(alpha_bar_(i-1)) a + sqrt(1 - alpha_bar_(i-1)) n)
//
// a being the known picture and n one noise a chain, the same on all levels. A last
// stage puts the picture itself there. A plan that is no ladder of this network
// keeps the picture as it is on every stage.
func (n *network) keep(p sampling.Plan, k sampling.Key, count int, m *sampling.Mask) (sampling.Plan, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if m.Known.C != n.net.Channels || m.H != n.height || m.W != n.width {
		return nil, fmt.Errorf("mask: found pictures of %dx%dx%d (channels, height, width), want %dx%dx%d", m.Known.C, m.H, m.W, n.net.Channels, n.height, n.width)
	}
	if m.Known.N != 1 && m.Known.N != count {
		return nil, fmt.Errorf("mask: found %d known pictures, want 1 or %d", m.Known.N, count)
	}
	kept := append(sampling.Plan(nil), p...)
	for i := range kept {
		l, ok := levelOf(kept[i])
		if !ok {
			kept[i].Keep = m
			continue
		}
		noised := sampling.NewImages(count, n.net.Channels, n.height, n.width)
		if err := k.Normals(sampling.StreamMask, 0, noised); err != nil {
			return nil, err
		}
		mixNoise(noised, m.Known, l.AlphaBarBelow, math.Sqrt(l.Shrink))
		kept[i].Keep = &sampling.Mask{H: m.H, W: m.W, M: m.M, Known: noised}
	}
	return append(kept, sampling.Stage{Name: "known pixels", Keep: m}), nil
}

// levelOf tells the noise level of a plan's stage.
func levelOf(stage sampling.Stage) (Level, bool) {
	e := stage.Energy
	if sum, ok := e.(sampling.Sum); ok && len(sum) > 0 {
		e = sum[0].Energy
	}
	own, ok := e.(*energy)
	if !ok || own.proposal == nil {
		return Level{}, false
	}
	return own.level, true
}

// scoreLevel is the noise level whose energy is the score of pictures. The paper takes
// the cleanest (section 4.4), whose energy is trained in a thin shell around the data
// alone: its chains begin with pictures of level 1 and are tied to them. On the bundled
// models it ranks noise as the likeliest of all; that of level 2, one evaluation too,
// tells noise and permuted pixels from data always (docs/eval.md has the figures).
const scoreLevel = 2

// score is the energy of every picture on level scoreLevel, or the one asked for,
// without classes: higher = more out of distribution.
func (n *network) score(x sampling.Images, s sampling.Settings) ([]float32, map[string][]float32, error) {
	k := n.sampler
	c, err := n.choose(s, []sampling.Knob{k.level, k.min, k.max})
	if err != nil {
		return nil, nil, err
	}
	l := c.schedule.Levels[c.scoredLevel-1]
	e := &energy{net: n, mix: compose(nil, 0, false), level: l, scale: math.Sqrt(l.Shrink)}
	values, err := e.Value(x)
	if err != nil {
		return nil, nil, err
	}
	return values, map[string][]float32{"energy": values}, nil
}
