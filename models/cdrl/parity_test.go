package cdrl

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/fixtures"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// parity compares one case with the authors' numbers and remembers which arrays it
// has compared.
type parity struct {
	*fixtures.Fixture
	t    *testing.T
	b    compute.Backend
	file *checkpoint.File
	done map[string]bool

	opened map[string]*network // by weights
}

// TestParity holds every array of every CDRL fixture to its tolerance, on every
// engine.
func TestParity(t *testing.T) {
	for _, name := range fixtures.Cases(t, "cdrl") {
		t.Run(name, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				c := fixtures.Case(t, name)
				file, err := checkpoint.Open(c.Checkpoint)
				if err != nil {
					t.Fatal(err)
				}
				p := &parity{c, t, b, file, map[string]bool{}, map[string]*network{}}
				p.schedule()
				p.evaluations("raw")
				p.evaluations("ema")
				p.guided()
				p.inside()
				for _, chain := range []string{"traj", "guided"} {
					if c.Has(chain + ".xT") {
						p.chain(chain)
					}
				}
				for name, a := range c.Meta.Arrays {
					if a.Atol != nil && !p.done[name] {
						t.Errorf("array %q was compared with nothing", name)
					}
				}
			})
		})
	}
}

// close compares where the case has the array.
func (p *parity) close(name string, got []float32) {
	p.t.Helper()
	if p.Has(name) {
		p.done[name] = true
		p.Close(p.t, name, got)
	}
}

func (p *parity) open(weights string) *network {
	p.t.Helper()
	if p.opened[weights] == nil {
		c, err := read(p.file, models.Options{Weights: weights})
		if err != nil {
			p.t.Fatal(err)
		}
		if p.opened[weights], err = c.place(p.b); err != nil {
			p.t.Fatal(err)
		}
	}
	return p.opened[weights]
}

// tensors returns arrays of the fixture under the names that the model reads.
func (p *parity) tensors(names map[string]string) map[string]checkpoint.Tensor {
	in := map[string]checkpoint.Tensor{}
	for as, name := range names {
		in[as] = p.Tensor(p.t, name)
	}
	return in
}

// compute runs arrays or replay.
func (p *parity) compute(f func(map[string]checkpoint.Tensor, sampling.Settings) (map[string]checkpoint.Tensor, error),
	in map[string]checkpoint.Tensor, s sampling.Settings,
) map[string][]float32 {
	p.t.Helper()
	out, err := f(in, s)
	if err != nil {
		p.t.Fatal(err)
	}
	floats := map[string][]float32{}
	for name, t := range out {
		if floats[name], err = t.Float32s(); err != nil {
			p.t.Fatal(err)
		}
	}
	return floats
}

// schedule compares the ladder and how the networks are told of it.
func (p *parity) schedule() {
	n := p.open("ema")
	var inputs, embeddings []float32
	for _, l := range n.schedule.LogSNR {
		row := make([]float32, n.net.Embedding)
		nn.Sinusoidal(1000*embedded(l), row)
		inputs, embeddings = append(inputs, float32(embedded(l))), append(embeddings, row...)
	}
	p.close("emb_input", inputs)
	p.close("emb", embeddings)
	for name, t := range scheduleArrays(n.schedule) {
		v, err := t.Float32s()
		if err != nil {
			p.t.Fatal(err)
		}
		p.close(name, v)
	}
}

// evaluations are the arrays of one set of weights, with classes and without.
func (p *parity) evaluations(weights string) {
	n := p.open(weights)
	variants := map[string]map[string]string{"": {"x": "x"}}
	if n.net.Classes > 0 {
		variants = map[string]map[string]string{".uncond": {"x": "x"}, ".cond": {"x": "x", "y": "y"}}
	}
	for suffix, names := range variants {
		out := p.compute(n.arrays, p.tensors(names), nil)
		for _, name := range []string{"net", "grad", "init"} {
			p.close(weights+"."+name+suffix, out[name])
		}
		if suffix != ".uncond" {
			p.close(weights+".energy", out["energy"])
			level := len(out["init"]) / 6
			p.close(weights+".init.level3", out["init"][2*level:3*level])
		}
	}
	if p.Has("grid") && weights == "ema" {
		energies := p.compute(n.arrays, p.tensors(map[string]string{"x": "grid"}), nil)["energy"]
		var score []float32 // minus the energies, noisiest level first
		for level := range slices.Backward(slices.Collect(slices.Chunk(energies, len(energies)/6))) {
			score = append(score, energies[level*len(energies)/6:(level+1)*len(energies)/6]...)
		}
		for i := range score {
			score[i] = -score[i]
		}
		p.close("grid.score", score)
	}
}

// guided are guidance and composition.
func (p *parity) guided() {
	if !p.Has("y") {
		return
	}
	n := p.open("ema")
	for w, suffix := range map[float64]string{0.5: ".w0.5", 2: ".w2.0"} {
		out := p.compute(n.arrays, p.tensors(map[string]string{"x": "x", "y": "y"}), sampling.Settings{"guidance": w})
		for _, name := range []string{"net", "grad", "init"} {
			p.close("cfg."+name+suffix, out[name])
		}
		p.Close(p.t, "ema.net.cond", out["net_cond"])
		p.Close(p.t, "ema.net.uncond", out["net_uncond"])
	}
	for w, suffix := range map[float64]string{0: "", 1: ".w1"} {
		in := p.tensors(map[string]string{"x": "x"})
		in["compose"] = checkpoint.Int64Tensor([]int{2}, []int64{1, 3})
		out := p.compute(n.arrays, in, sampling.Settings{"guidance": w})
		p.close("comp.net"+suffix, out["net"])
		p.close("comp.grad"+suffix, out["grad"])
		p.Close(p.t, "comp.net", out["net_cond"])
		p.Close(p.t, "ema.net.uncond", out["net_uncond"])
	}
}

// inside compares the features within both networks, to find a first difference.
func (p *parity) inside() {
	if !p.Has("dbg.temb") {
		return
	}
	c, err := read(p.file, models.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	n := p.open("ema")
	x := p.images("x").Slice(0, 1)
	var who labels
	if p.Has("y") {
		v, err := p.Tensor(p.t, "y").Int64s()
		if err != nil {
			p.t.Fatal(err)
		}
		who = classesEach(int(v[0]) - 1)
	}
	see := func(name string, folded nn.Params, embedding int, logSNR float64, layers map[string]string, forward func(w nn.Weights, in []*graph.Node, tap *nn.Tap)) {
		device, err := nn.Place(p.b, folded)
		if err != nil {
			p.t.Fatal(err)
		}
		names := slices.Sorted(maps.Keys(layers))
		exec := nn.NewExec(name, device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
			var tap nn.Tap
			forward(w, in, &tap)
			var out []*graph.Node
			for _, name := range names {
				out = append(out, tap.Output(layers[name]))
			}
			return out
		})
		out, err := exec.Call(n.inputs(embedding, x, []query{{1, logSNR, who}})...)
		if err != nil {
			p.t.Fatal(err)
		}
		for i, name := range names {
			p.close("dbg."+name, out[i].Data)
		}
	}
	net := map[string]string{"temb": "temb", "block0_in": "module_list.0"}
	if len(c.net.Blocks) > 0 {
		net["block0_out"] = c.net.Blocks[0].Name
	}
	see("net", c.net.Fold(c.netParams), c.net.Embedding, n.schedule.LogSNR[1], net, func(w nn.Weights, in []*graph.Node, tap *nn.Tap) {
		c.net.Forward(w, in[0], conditionOf(in[1:]), tap)
	})
	if len(c.init.Downs) == 0 {
		return
	}
	see("initializer", c.init.Fold(c.initParams), c.init.Embedding, n.schedule.LogSNR[2], map[string]string{"unet_block0_out": c.init.Downs[0][0].Name}, func(w nn.Weights, in []*graph.Node, tap *nn.Tap) {
		c.init.Forward(w, in[0], conditionOf(in[1:]), tap)
	})
}

// images reads pictures; leading axes become one.
func (p *parity) images(name string) sampling.Images {
	n := p.open("ema")
	x := sampling.Images{C: n.net.Channels, H: n.height, W: n.width, Data: p.Floats(p.t, name)}
	x.N = len(x.Data) / x.Size()
	return x
}

// chain runs the sampler with the recorded noise, whole, level by level and step by
// step.
func (p *parity) chain(chain string) {
	n := p.open("ema")
	names := map[string]string{"xT": chain + ".xT", "noise_init": chain + ".noise_init", "noise": chain + ".noise"}
	if p.Has(chain + ".y") {
		names["y"] = chain + ".y"
	}
	in, s := p.tensors(names), sampling.Settings{}
	if chain == "guided" {
		var w float64
		p.Decode(p.t, "guided_weight", &w, false)
		s["guidance"] = w
	}
	out := p.compute(n.replay, in, s)
	for _, name := range []string{"x_t", "x_init", "net", "net_cond", "net_uncond", "x", "x_final"} {
		p.close(chain+"."+name, out[name])
	}
	p.levels(n, chain, in, s)
	p.finalStep(n, chain, in, s)
}

// finalStep compares the outputs of the last denoising step.
func (p *parity) finalStep(n *network, chain string, in map[string]checkpoint.Tensor, s sampling.Settings) {
	if !p.Has(chain + ".x_last_in") {
		return
	}
	classes, _, err := n.classArrays(in, p.Shape(p.t, chain+".xT")[0])
	if err != nil {
		p.t.Fatal(err)
	}
	c := choices{guidance: []float64{s["guidance"]}}
	f, _, err := newTraced(n, classes, c, n.schedule.Levels[0], true).evaluate(p.images(chain + ".x_last_in"))
	if err != nil {
		p.t.Fatal(err)
	}
	last := f.cond
	if chain == "guided" {
		last = append(slices.Clone(last), f.uncond...)
	}
	p.close(chain+".net_last", last)
}

// levels runs every level alone from the recorded picture before it, and every
// step of the level whose steps are recorded.
func (p *parity) levels(n *network, chain string, in map[string]checkpoint.Tensor, s sampling.Settings) {
	start := p.images(chain + ".x_t")
	count := p.Shape(p.t, chain+".xT")[0]
	r := replayed{n: n, settings: maps.Clone(s), noiseInit: p.images(chain + ".noise_init"), noise: p.images(chain + ".noise"), steps: 15}
	var err error
	if r.classes, r.composed, err = n.classArrays(in, count); err != nil {
		p.t.Fatal(err)
	}
	c, err := n.choose(s, n.sampler.knobs())
	if err != nil {
		p.t.Fatal(err)
	}
	const recorded = 3 // the level of steps_level
	for row := range 6 {
		level := 6 - row
		r.x = start.Slice(row*count, (row+1)*count)
		stage, err := n.stage(c, c.schedule.Levels[level-1], n.asks(r.classes))
		if err != nil {
			p.t.Fatal(err)
		}
		// Steps count from the start of the whole chain: shift the level's noise to 0.
		key := r.levelKey(row)
		y, err := stage.Start(key, 0, r.x)
		if err != nil {
			p.t.Fatal(err)
		}
		p.CloseAt(p.t, chain+".x_init", row, y.Data)
		var last []float32 // before the finish: in the scale of level i, as x_last_in
		finish := stage.Finish
		stage.Finish = func(k sampling.Key, step int, x sampling.Images) (sampling.Images, error) {
			last = x.Data
			return finish(k, step, x)
		}
		state, _ := run(p.t, key, r.x, sampling.Plan{stage})
		if level > 1 {
			p.CloseAt(p.t, chain+".x_t", row+1, state.X.Data)
		} else if p.Has(chain + ".x_final") {
			p.Close(p.t, chain+".x_final", state.X.Data)
			p.close(chain+".x_last_in", last)
		}
		if level == recorded {
			p.stepsAlone(chain, stage, key, r.x)
		}
	}
}

// levelKey serves the noise of one level as if the chain began there.
func (r *replayed) levelKey(row int) sampling.Key {
	whole := r.key
	return sampling.RecordedBy(func(stream sampling.Stream, image, step int, dst []float32) error {
		if stream == sampling.StreamStep {
			step += row * r.steps
		}
		return whole().Normal(stream, image, step, dst)
	})
}

// stepsAlone makes every step of a level from the recorded picture before it.
func (p *parity) stepsAlone(chain string, stage sampling.Stage, key sampling.Key, entered sampling.Images) {
	name := chain + ".steps_level"
	all := p.images(name)
	count := entered.N
	energy := sampling.Energy(sampling.Sum{{Weight: 1, Energy: stage.Energy}, {Weight: 1, Energy: sampling.Tether{To: entered, K: stage.Tether}}})
	p.done[name] = true
	for k := range all.N/count - 1 {
		next, err := stage.Kernel.Step(key, sampling.State{Step: k, X: all.Slice(k*count, (k+1)*count)}, energy)
		if err != nil {
			p.t.Fatal(err)
		}
		p.CloseAt(p.t, name, k+1, next.X.Data)
	}
	y, err := stage.Start(key, 0, entered)
	if err != nil {
		p.t.Fatal(err)
	}
	p.CloseAt(p.t, name, 0, y.Data)
	if !strings.HasPrefix(stage.Name, "level 3") {
		p.t.Errorf("%s: found the steps of %s, want level 3", name, stage.Name)
	}
}
