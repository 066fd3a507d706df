package vaeebm

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/fixtures"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// parity compares one file of a case with the expected numbers and remembers which
// arrays it has compared.
type parity struct {
	*fixtures.Fixture
	t    *testing.T
	m    *models.Model
	done map[string]bool
}

func (p *parity) close(name string, got []float32) {
	p.t.Helper()
	p.done[name] = true
	p.Close(p.t, name, got)
}

// TestParity holds every array of every VAE-EBM fixture to its tolerance, from the
// files of PyTorch and of PaddlePaddle, on every engine.
func TestParity(t *testing.T) {
	for _, name := range fixtures.Cases(t, Name) {
		c := fixtures.Case(t, name)
		if len(c.Checkpoints) != 2 {
			t.Errorf("%s: found %d checkpoints, want model.pth and model.pdparams", name, len(c.Checkpoints))
		}
		for _, path := range c.Checkpoints {
			t.Run(name+"/"+filepath.Base(path), func(t *testing.T) {
				file, err := checkpoint.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				enginetest.Each(t, func(t *testing.T, b compute.Backend) {
					m, err := Open(b, file, models.Options{})
					if err != nil {
						t.Fatal(err)
					}
					p := &parity{c, t, m, map[string]bool{}}
					p.all()
				})
			})
		}
	}
}

func (p *parity) all() {
	p.evaluations()
	p.chains()
	if p.Has("interp.z") {
		p.interpolation()
	}
	if p.Has("complete.init") {
		p.completion()
	}
	for name, a := range p.Meta.Arrays {
		if a.Atol != nil && !p.done[name] {
			p.t.Errorf("array %q was compared with nothing", name)
		}
	}
}

// inputs returns arrays of the fixture under the names that the model reads, and the
// masked pictures where the case has them.
func (p *parity) inputs(names map[string]string) map[string]checkpoint.Tensor {
	in := map[string]checkpoint.Tensor{}
	for as, name := range names {
		in[as] = p.Tensor(p.t, name)
	}
	if p.Has("c") {
		in["c"] = p.Tensor(p.t, "c")
	}
	return in
}

// compute runs Arrays or Replay.
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

func (p *parity) evaluations() {
	out := p.compute(p.m.Arrays, p.inputs(map[string]string{"x": "x", "z": "z"}), nil)
	for _, name := range []string{"energy", "grad", "enc.mu", "enc.logvar", "recon", "gen", "gen.energy", "gen.grad"} {
		p.close(name, out[name])
	}
	latents, err := p.m.Encode(p.images("x"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("enc.mu", slices.Concat(latents...))
	score, _, err := p.m.Score(p.images("x"), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("energy", score)
}

// chains runs the recorded chains: with their noise, and with none of the same length.
// Each step is also run alone from the recorded state before it.
func (p *parity) chains() {
	in := p.inputs(map[string]string{"z": "z", "noise": "refine.noise"})
	out := p.compute(p.m.Replay, in, nil)
	p.close("gen", out["gen"])
	p.close("refine.x", out["x"])
	p.close("refine.energy", out["energy"])
	p.steps(in["noise"])

	in["noise"] = checkpoint.Float32Tensor(in["noise"].Shape, make([]float32, in["noise"].Len()))
	out = p.compute(p.m.Replay, in, nil)
	p.close("refine_det.energy", out["energy"])
	last := len(out["x"]) - len(out["gen"])
	p.close("refine_det.x_final", out["x"][last:])
}

func (p *parity) steps(noise checkpoint.Tensor) {
	e, err := p.m.At(p.given())
	if err != nil {
		p.t.Fatal(err)
	}
	plan, err := p.m.Plan([]sampling.Term{{Weight: 1, Energy: e}}, sampling.Settings{"steps": 1})
	if err != nil {
		p.t.Fatal(err)
	}
	plan = plan[len(plan)-1:] // without the generator
	all, z := p.images("refine.x"), p.images("refine.noise")
	count, x := noise.Shape[1], p.images("gen")
	for step := range noise.Shape[0] {
		recorded := sampling.Recorded([]sampling.Images{z.Slice(step*count, (step+1)*count)})
		for state, err := range sampling.Run(p.t.Context(), recorded, x, plan) {
			if err != nil {
				p.t.Fatal(err)
			}
			p.CloseAt(p.t, "refine.x", step, state.X.Data)
			p.CloseAt(p.t, "refine.energy", step, state.Energy)
		}
		x = all.Slice(step*count, (step+1)*count)
	}
}

// images reads pictures; the steps of a chain follow one another.
func (p *parity) images(name string) sampling.Images {
	v := p.Floats(p.t, name)
	return sampling.Images{N: len(v) / (p.m.C * p.m.H * p.m.W), C: p.m.C, H: p.m.H, W: p.m.W, Data: v}
}

// given is the case's condition.
func (p *parity) given() models.Given {
	if !p.Has("c") {
		return models.Given{}
	}
	c := p.images("c")
	return models.Given{Picture: &c}
}

func (p *parity) interpolation() {
	z := p.Floats(p.t, "z")
	d := p.m.LatentSize
	arc := func(a, b []float32, rho float64) ([]float32, error) { return sampling.Arc(a, b, rho) }
	path, err := sampling.Path(p.Shape(p.t, "interp.z")[0], z[:d], z[d:2*d], arc)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("interp.z", slices.Concat(path...))
	x, err := p.m.Decode(path, models.Given{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("interp.x", x.Data)
}

// completion is the deterministic prediction: z = 0, then steps without noise; last
// the known pixels are put back.
func (p *parity) completion() {
	given := p.given()
	zeros := make([][]float32, given.Picture.N)
	for i := range zeros {
		zeros[i] = make([]float32, p.m.LatentSize)
	}
	decoded, err := p.m.Decode(zeros, given)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("complete.init", decoded.Data)
	given.Latent = zeros[:1]
	e, err := p.m.At(given)
	if err != nil {
		p.t.Fatal(err)
	}
	plan, err := p.m.Plan([]sampling.Term{{Weight: 1, Energy: e}}, sampling.Settings{"noise": 0})
	if err != nil {
		p.t.Fatal(err)
	}
	var last sampling.State
	var energies []float32
	for state, err := range sampling.Run(p.t.Context(), sampling.NewKey(1), p.m.Start(sampling.NewKey(1), len(zeros)), plan) {
		if err != nil {
			p.t.Fatal(err)
		}
		if state.Step == 0 {
			p.close("complete.init", state.X.Data)
		}
		last, energies = state, append(energies, state.Energy...)
	}
	p.close("complete.x_final", last.X.Data)
	p.close("complete.energy", energies)

	x := p.images("x")
	hole := p.m.Hole(x)
	pasted, err := hole.Apply(last.X)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("complete.pasted", pasted.Data)
	c, err := hole.Apply(sampling.NewImages(x.N, x.C, x.H, x.W))
	if err != nil {
		p.t.Fatal(err)
	}
	mask := slices.Repeat(hole.M, x.N)
	if !slices.Equal(c.Data, given.Picture.Data) || !slices.Equal(mask, p.Floats(p.t, "mask")) {
		p.t.Error("the hole is not where training masked the pictures")
	}
}

// TestOptionsReplaceConfig: without config.json the options give the same model.
func TestOptionsReplaceConfig(t *testing.T) {
	b := enginetest.Open(t, "go")
	for name, net := range map[string]map[string]string{
		"vaeebm/uncond_28":            {"strides": "1,1,2,2", "paddings": "0, 0, 1, 1", "delta": "0.1", "langevin_steps": "15"},
		"vaeebm/completion_32_legacy": {"size": "32", "delta": "0.1", "langevin_steps": "15"},
	} {
		c := fixtures.Case(t, name)
		file, err := checkpoint.Open(c.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		bare := *file
		bare.Config = nil
		m, err := Open(b, &bare, models.Options{Net: net})
		if err != nil {
			t.Fatal(err)
		}
		p := &parity{c, t, m, map[string]bool{}}
		out := p.compute(m.Replay, p.inputs(map[string]string{"z": "z", "noise": "refine.noise"}), nil)
		p.close("gen", out["gen"])
		p.close("refine.x", out["x"])
		if names := slices.Sorted(maps.Keys(p.done)); len(names) != 2 {
			t.Errorf("compared %v", names)
		}
	}
}
