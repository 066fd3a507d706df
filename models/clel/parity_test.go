package clel

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/compute"

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

	opened map[string]*models.Model // by weights
}

func (p *parity) close(name string, got []float32) {
	p.t.Helper()
	p.done[name] = true
	p.Close(p.t, name, got)
}

// TestParity holds every array of every CLEL fixture to its tolerance, on every
// engine.
func TestParity(t *testing.T) {
	for _, name := range fixtures.Cases(t, "clel") {
		t.Run(name, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				c := fixtures.Case(t, name)
				file, err := checkpoint.Open(c.Checkpoint)
				if err != nil {
					t.Fatal(err)
				}
				p := &parity{c, t, b, file, map[string]bool{}, map[string]*models.Model{}}
				p.evaluations("raw")
				p.evaluations("ema")
				p.conditions()
				p.inside()
				p.chains()
				for name, a := range c.Meta.Arrays {
					if a.Atol != nil && !p.done[name] {
						t.Errorf("array %q was compared with nothing", name)
					}
				}
			})
		})
	}
}

func (p *parity) open(weights string) *models.Model {
	p.t.Helper()
	if p.opened[weights] == nil {
		m, err := Open(p.b, p.file, models.Options{Weights: weights})
		if err != nil {
			p.t.Fatal(err)
		}
		p.opened[weights] = m
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

// evaluations are the arrays of one set of weights that need no target.
func (p *parity) evaluations(weights string) {
	m := p.open(weights)
	in := p.tensors(map[string]string{"x": "x"})
	out := p.compute(m.Arrays, in, nil)
	for _, name := range []string{"f", "proj", "energy", "grad", "enc", "z"} {
		p.close(weights+"."+name, out[name])
	}
	p.close(weights+".ood.beta0.1", out["ood"])
	p.close(weights+".ood.beta0.01", p.compute(m.Arrays, in, sampling.Settings{"beta": 0.01})["ood"])
	if weights == "raw" {
		return
	}
	latents, err := m.Encode(p.images("x"))
	if err != nil {
		p.t.Fatal(err)
	}
	var groups []float32
	for _, group := range [][][]float32{latents[:3], latents[3:]} {
		z, err := models.Aggregate(group)
		if err != nil {
			p.t.Fatal(err)
		}
		groups = append(groups, z...)
	}
	p.close("zagg", groups)
}

func (p *parity) images(name string) sampling.Images {
	s := p.Shape(p.t, name)
	return sampling.Images{N: s[0], C: s[1], H: s[2], W: s[3], Data: p.Floats(p.t, name)}
}

// firstRow is the tensor of row 0 alone.
func firstRow(t checkpoint.Tensor) checkpoint.Tensor {
	row := len(t.Data) / t.Shape[0]
	return checkpoint.Tensor{DType: t.DType, Shape: append([]int{1}, t.Shape[1:]...), Data: t.Data[:row]}
}

// conditions are the joint and composed energies.
func (p *parity) conditions() {
	m := p.open("ema")
	for _, beta := range []float64{0.01, 0.5} {
		in := p.tensors(map[string]string{"x": "x", "z": "zagg"})
		s := sampling.Settings{"beta": beta}
		composed := p.compute(m.Arrays, in, s)
		in["z"] = firstRow(in["z"])
		joint := p.compute(m.Arrays, in, s)
		p.close(fmt.Sprintf("ema.joint_energy.beta%g", beta), joint["joint_energy"])
		p.close(fmt.Sprintf("ema.composed_energy.beta%g", beta), composed["composed_energy"])
		if beta == 0.5 {
			p.close("ema.joint_grad.beta0.5", joint["joint_grad"])
			p.close("ema.composed_grad.beta0.5", composed["composed_grad"])
		}
	}
	// The other reading of composition is a sum of two joint energies.
	var terms []sampling.Term
	for _, z := range p.rows("zagg") {
		e, err := m.At(models.Given{Latent: [][]float32{z}, Beta: 0.5})
		if err != nil {
			p.t.Fatal(err)
		}
		terms = append(terms, sampling.Term{Weight: 1, Energy: e})
	}
	plan, err := m.Plan(terms, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range []sampling.Energy{sampling.Sum(terms), plan[0].Energy} {
		values, err := e.Value(p.images("x"))
		if err != nil {
			p.t.Fatal(err)
		}
		p.close("ema.composed_energy_sum.beta0.5", values)
	}
}

func (p *parity) rows(name string) [][]float32 {
	v, s := p.Floats(p.t, name), p.Shape(p.t, name)
	var rows [][]float32
	for i := range s[0] {
		rows = append(rows, v[i*s[1]:(i+1)*s[1]])
	}
	return rows
}

// inside compares the features within the network, to find a first difference.
func (p *parity) inside() {
	c, err := read(p.file, models.Options{Weights: "ema"})
	if err != nil {
		p.t.Fatal(err)
	}
	folded := c.net.Fold(c.netParams)
	device, err := nn.Place(p.b, folded)
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	exec := nn.NewExec("inside", device, insideFunction(c.net, &names))
	x := p.images("x").Slice(0, 1)
	out, err := exec.Call(nn.Array{Shape: []int{1, x.C, x.H, x.W}, Data: x.Data})
	if err != nil {
		p.t.Fatal(err)
	}
	for i, name := range names {
		if p.Has("ema.dbg." + name) {
			p.close("ema.dbg."+name, out[i].Data)
		}
	}
	m := c.netParams.Map()
	stem := c.net.Scales[0].Stem + ".1"
	p.close("ema.dbg.sn_weight", nn.FoldSpectral(m[stem+original], m[stem+leftU].Data, m[stem+rightV].Data).Data)
}

// chains runs the sampler with the recorded noise, whole and step by step.
func (p *parity) chains() {
	for _, array := range slices.Sorted(maps.Keys(p.Meta.Arrays)) {
		chain, ok := strings.CutSuffix(array, ".x")
		if !ok {
			continue
		}
		weights := "ema"
		if strings.HasSuffix(chain, "_raw") {
			weights = "raw"
		}
		m := p.open(weights)
		desc := p.Meta.Arrays[array].Desc
		start := regexp.MustCompile(`start (sgld\.\w+)`).FindStringSubmatch(desc)[1]
		in := p.tensors(map[string]string{"x0": start, "noise": "sgld.noise"})
		s := sampling.Settings{}
		for _, key := range []string{"step_size", "step_noise", "step_clip", "beta"} {
			if found := regexp.MustCompile(key + `=([0-9.e+-]*[0-9])`).FindStringSubmatch(desc); found != nil {
				s[key], _ = strconv.ParseFloat(found[1], 64)
			}
		}
		switch {
		case strings.Contains(desc, "zagg[1]"):
			in["z"] = p.Tensor(p.t, "zagg")
		case strings.Contains(desc, "zagg[0]"):
			in["z"] = firstRow(p.Tensor(p.t, "zagg"))
		}
		out := p.compute(m.Replay, in, s)
		p.close(chain+".x", out["x"])
		p.close(chain+".energy", out["energy"])
		p.steps(m, chain, in, s)
	}
}

// steps runs every step of a chain alone, from the recorded state before it.
func (p *parity) steps(m *models.Model, chain string, in map[string]checkpoint.Tensor, s sampling.Settings) {
	x, noise := p.Tensor(p.t, chain+".x"), in["noise"]
	row := len(x.Data) / x.Shape[0]
	at := func(t checkpoint.Tensor, i int, shape []int) checkpoint.Tensor {
		return checkpoint.Tensor{DType: "float32", Shape: shape, Data: t.Data[i*row : (i+1)*row]}
	}
	for i := range x.Shape[0] {
		step := maps.Clone(in)
		step["noise"] = at(noise, i, append([]int{1}, x.Shape[1:]...))
		if i > 0 {
			step["x0"] = at(x, i-1, x.Shape[1:])
		}
		out := p.compute(m.Replay, step, s)
		p.CloseAt(p.t, chain+".x", i, out["x"])
		p.CloseAt(p.t, chain+".energy", i, out["energy"])
	}
}
