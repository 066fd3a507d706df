package cdrl

import (
	"context"
	"fmt"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// outputs are what the network says of pictures: the mixture, the classes without
// guidance, and no class; higher is likelier.
type outputs struct{ net, cond, uncond []float32 }

// traced is the energy of a level that also tells the network's outputs.
type traced struct {
	*energy              // evaluates every part that the three mixtures have
	cond, uncond mixture // over the same parts
	see          func(x sampling.Images, f outputs)
}

// newTraced is the energy of a level under the choices. Without apart only the
// mixture is told.
func newTraced(n *network, classes mixture, c choices, l Level, apart bool) *traced {
	mix := compose(classes, c.guidance[l.I-1], c.product)
	t := &traced{energy: &energy{net: n, level: l, scale: 1}}
	if !apart {
		t.mix, t.cond, t.uncond = mix, mix, mix
		return t
	}
	cond, uncond := compose(classes, 0, c.product), compose(nil, 0, false)
	var all mixture
	for _, m := range []mixture{mix, cond, uncond} {
		for _, p := range m {
			all = all.with(p.labels, 0)
		}
	}
	t.mix, t.cond, t.uncond = mix.over(all), cond.over(all), uncond.over(all)
	return t
}

// over is the mixture with the parts of another one, those that it lacks weighing 0.
func (m mixture) over(all mixture) mixture {
	var same mixture
	for _, p := range all {
		same = append(same, part{p.labels, 0})
	}
	for _, p := range m {
		same = same.with(p.labels, p.weight)
	}
	return same
}

// evaluate returns the outputs and the gradient of F, not of the energy.
func (t *traced) evaluate(x sampling.Images) (outputs, []float32, error) {
	f, g, err := t.outputs(x, true)
	if err != nil {
		return outputs{}, nil, err
	}
	grad := make([]float32, len(x.Data))
	t.mix.sum(g, grad, t.scale)
	return t.told(f), grad, nil
}

func (t *traced) told(f [][]float32) outputs {
	one := func(m mixture) []float32 {
		v := make([]float32, len(f[0]))
		m.sum(f, v, 1)
		return v
	}
	return outputs{one(t.mix), one(t.cond), one(t.uncond)}
}

// Eval returns energies and gradients, and tells the outputs.
func (t *traced) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	f, g, err := t.outputs(x, true)
	if err != nil {
		return nil, sampling.Images{}, err
	}
	t.see(x, t.told(f))
	return t.fromF(f), t.gradient(x, g), nil
}

// replay runs the sampler from xT with recorded noise, noise_init [levels, pictures,
// ...] of the proposals and noise [levels, steps, pictures, ...] of the steps. It
// takes as many steps as noise has, of the trained size unless the setting steps
// asks for the reduced rule.
func (n *network) replay(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	if err := onlyArrays(in, "xT", "noise_init", "noise", "y", "compose"); err != nil {
		return nil, err
	}
	run := replayed{n: n, settings: sampling.Settings{}}
	for name, v := range s {
		run.settings[name] = v
	}
	c, err := n.choose(s, n.sampler.knobs())
	if err != nil {
		return nil, err
	}
	if c.resample != resampleNot {
		return nil, fmt.Errorf("setting %q: found %d, want 0: a replay has no numbers to draw chains anew by", n.sampler.resample.Name, c.resample)
	}
	if run.x, err = n.pictures(in, "xT"); err != nil {
		return nil, err
	}
	if run.noiseInit, err = n.pictures(in, "noise_init", c.from, run.x.N); err != nil {
		return nil, err
	}
	if run.noise, err = n.pictures(in, "noise", c.from, -1, run.x.N); err != nil {
		return nil, err
	}
	run.steps = run.noise.N / (c.from * run.x.N)
	if err := run.setSteps(); err != nil {
		return nil, err
	}
	if run.classes, run.composed, err = n.classArrays(in, run.x.N); err != nil {
		return nil, err
	}
	return run.trace()
}

// replayed is a replay under way.
type replayed struct {
	n                   *network
	settings            sampling.Settings
	x, noiseInit, noise sampling.Images // noise of all levels and steps in a row
	steps               int
	classes             mixture
	composed            bool
}

// setSteps makes the settings take as many steps as there is noise.
func (r *replayed) setSteps() error {
	k := r.n.sampler
	for _, level := range k.levelSteps {
		if _, ok := r.settings[level.Name]; ok {
			return fmt.Errorf("setting %q: a replay takes as many steps on every level as the array \"noise\" has", level.Name)
		}
	}
	if said, ok := r.settings[k.steps.Name]; !ok {
		if _, ruled := r.settings[k.stepRule.Name]; !ruled {
			r.settings[k.stepRule.Name] = 0
		}
	} else if int(said) != r.steps {
		return fmt.Errorf("setting %q: found %v, but the array \"noise\" has %d steps a level", k.steps.Name, said, r.steps)
	}
	r.settings[k.steps.Name] = float64(r.steps)
	return nil
}

// key serves the recorded noise.
func (r *replayed) key() sampling.Key {
	levels := r.n.options.levels
	first := levels - r.noiseInit.N/r.x.N // of the levels left out above the start
	return sampling.RecordedBy(func(stream sampling.Stream, image, step int, dst []float32) error {
		from := r.noise
		switch stream {
		case sampling.StreamStep:
		case sampling.StreamPropose:
			from, step = r.noiseInit, step-first
		default:
			return fmt.Errorf("found none for the stream %q", stream)
		}
		at := step*r.x.N + image
		if at < 0 || at >= from.N || image >= r.x.N {
			return fmt.Errorf("found none for image %d at step %d of the stream %q", image, step, stream)
		}
		copy(dst, from.Image(at))
		return nil
	})
}

// trace runs the chain and writes down what it passes.
func (r *replayed) trace() (map[string]checkpoint.Tensor, error) {
	c, err := r.n.choose(r.settings, r.n.sampler.knobs())
	if err != nil {
		return nil, err
	}
	out := map[string]checkpoint.Tensor{}
	gathered := newStack(out)
	var plan sampling.Plan
	for i := c.from; i >= 1; i-- {
		stage, err := r.stage(c, c.schedule.Levels[i-1], gathered)
		if err != nil {
			return nil, err
		}
		plan = append(plan, stage)
	}
	var last sampling.State
	for state, err := range sampling.Run(context.Background(), r.key(), r.x, plan) {
		if err != nil {
			return nil, err
		}
		if last = state; state.Step%r.steps == 0 {
			gathered.add("x", state.X.Data)
		}
	}
	picture := r.n.pictureShape()
	gathered.finish(r.x, picture, "x_t", "x_init", "x")
	for _, name := range []string{"net", "net_cond", "net_uncond"} {
		if t, ok := out[name]; ok {
			t.Shape = []int{c.from, r.steps, r.x.N}
			out[name] = t
		}
	}
	if !r.n.net.Points {
		delete(out, "x")
		out["x_final"] = checkpoint.Float32Tensor(append([]int{r.x.N}, picture...), last.X.Data)
	}
	return out, nil
}

// stage is a level's stage that writes down where it begins and what the network
// says before every step.
func (r *replayed) stage(c choices, l Level, gathered *stack) (sampling.Stage, error) {
	stage, err := r.n.stage(c, l, r.n.asks(r.classes))
	if err != nil {
		return stage, err
	}
	apart := r.composed || c.guided()
	e := newTraced(r.n, r.classes, c, l, apart)
	first := true
	e.see = func(x sampling.Images, f outputs) {
		if first {
			gathered.add("x_init", x.Data)
			first = false
		}
		gathered.add("net", f.net)
		if apart {
			gathered.add("net_cond", f.cond)
			gathered.add("net_uncond", f.uncond)
		}
	}
	stage.Energy = e
	propose := stage.Start
	stage.Start = func(k sampling.Key, step int, x sampling.Images) (sampling.Images, error) {
		gathered.add("x_t", x.Data)
		return propose(k, step, x)
	}
	return stage, nil
}
