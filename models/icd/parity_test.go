package icd

import (
	"encoding/json"
	"fmt"
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
	t     *testing.T
	b     compute.Backend
	files []*checkpoint.File
	done  map[string]bool
}

// TestParity holds every array of every ICD fixture to its tolerance, on every
// engine.
func TestParity(t *testing.T) {
	for _, name := range fixtures.Cases(t, Name) {
		t.Run(name, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				p := &parity{Fixture: fixtures.Case(t, name), t: t, b: b, done: map[string]bool{}}
				for _, path := range p.Checkpoints {
					file, err := checkpoint.Open(path)
					if err != nil {
						t.Fatal(err)
					}
					p.files = append(p.files, file)
				}
				switch {
				case strings.HasSuffix(name, "block_groupnorm"):
					p.block()
				case len(p.files) > 1:
					p.pair()
				default:
					p.single()
				}
				for name, a := range p.Meta.Arrays {
					if a.Atol != nil && !p.done[name] {
						t.Errorf("array %q was compared with nothing", name)
					}
				}
			})
		})
	}
}

// close compares an array; arrays that a case does not hold are passed over.
func (p *parity) close(name string, got []float32) {
	p.t.Helper()
	if !p.Has(name) {
		return
	}
	p.done[name] = true
	p.Close(p.t, name, got)
}

func (p *parity) open(k int, weights string, net map[string]string) *models.Model {
	p.t.Helper()
	m, err := Open(p.b, p.files[k], models.Options{Weights: weights, Net: net})
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// inputs are arrays of the case under the names that a model reads; absent ones are
// left out.
func (p *parity) inputs(names map[string]string) map[string]checkpoint.Tensor {
	in := map[string]checkpoint.Tensor{}
	for as, name := range names {
		if p.Has(name) {
			in[as] = p.Tensor(p.t, name)
		}
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

// single compares the cases of one model.
func (p *parity) single() {
	in := p.inputs(map[string]string{"x": "x", "y": "y"})
	var options struct {
		SelfAttn bool `json:"self_attn"`
	}
	p.Decode(p.t, "options", &options, false)
	toggled := map[string]string{"self_attn": fmt.Sprint(!options.SelfAttn)}
	for _, weights := range []string{"raw", "ema"} {
		m := p.open(0, weights, nil)
		out := p.compute(m.Arrays, in, nil)
		for _, name := range []string{"scales", "energy", "grad"} {
			p.close(weights+"."+name, out[name])
		}
		if weights == "ema" {
			p.energies(m, weights, in)
		}
		if p.Has(weights + ".scales.attn_toggled") {
			n, err := networkOf(p.open(0, weights, toggled))
			if err != nil {
				p.t.Fatal(err)
			}
			labels, err := mixture{nets: []*network{n}}.labels(in, p.Shape(p.t, "x")[0])
			if err != nil {
				p.t.Fatal(err)
			}
			var rows [][]float32
			if labels != nil {
				rows = labels[0]
			}
			scales, _, err := n.evaluate(p.images("x"), rows, false)
			if err != nil {
				p.t.Fatal(err)
			}
			p.close(weights+".scales.attn_toggled", slices.Concat(scales...))
		}
	}
	p.inside()
	// The chains run on as many pictures as they have, with the first conditions.
	chain := p.inputs(map[string]string{"x0": "x0", "noise": "noise"})
	if y, ok := in["y"]; ok {
		chain["y"] = rows(y, p.Shape(p.t, "x0")[0])
	}
	m := p.open(0, "ema", nil)
	p.chain("traj", m, chain, nil)
	p.chain("traj_anneal", m, chain, sampling.Settings{"anneal": 1})
}

// energies compares what a plan is made of: conditions bound as labels.
func (p *parity) energies(m *models.Model, weights string, in map[string]checkpoint.Tensor) {
	given := models.Given{}
	if y, ok := in["y"]; ok {
		given.PerImage = true
		v, err := y.Float32s()
		if err != nil {
			p.t.Fatal(err)
		}
		for row := range slices.Chunk(v, y.Shape[1]) {
			given.Label = append(given.Label, slices.Index(row, 1))
		}
	}
	e, err := m.At(given)
	if err != nil {
		p.t.Fatal(err)
	}
	x := p.images("x")
	values, err := e.Value(x)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close(weights+".energy", values)
	values, grad, err := e.Eval(x)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close(weights+".energy", values)
	p.close(weights+".grad", grad.Data)
}

func (p *parity) images(name string) sampling.Images {
	s := p.Shape(p.t, name)
	return sampling.Images{N: s[0], C: s[1], H: s[2], W: s[3], Data: p.Floats(p.t, name)}
}

// rows are the first n rows of a tensor.
func rows(t checkpoint.Tensor, n int) checkpoint.Tensor {
	size := len(t.Data) / t.Shape[0]
	return checkpoint.Tensor{DType: t.DType, Shape: append([]int{n}, t.Shape[1:]...), Data: t.Data[:n*size]}
}

// chain compares a chain with recorded noise, whole and, where the noise does not
// depend on the step's number, step by step from the recorded state before it.
func (p *parity) chain(name string, m *models.Model, in map[string]checkpoint.Tensor, s sampling.Settings) {
	p.t.Helper()
	out := p.compute(m.Replay, in, s)
	p.close(name+".x", out["x"])
	p.close(name+".energy", out["energy"])
	if s["anneal"] == 1 {
		return
	}
	x, noise := p.Tensor(p.t, name+".x"), in["noise"]
	size := len(x.Data) / x.Shape[0]
	for i := range x.Shape[0] {
		step := maps.Clone(in)
		step["noise"] = checkpoint.Tensor{DType: noise.DType, Shape: append([]int{1}, x.Shape[1:]...), Data: noise.Data[i*size : (i+1)*size]}
		if i > 0 {
			step["x0"] = checkpoint.Tensor{DType: x.DType, Shape: x.Shape[1:], Data: x.Data[(i-1)*size : i*size]}
		}
		out := p.compute(m.Replay, step, s)
		p.CloseAt(p.t, name+".x", i, out["x"])
		p.CloseAt(p.t, name+".energy", i, out["energy"])
	}
}

// inside compares the features within the network, to find a first difference.
func (p *parity) inside() {
	c, device := p.device("ema")
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.Meta.Arrays)), func(name string) bool { return !strings.HasPrefix(name, "ema.dbg.") })
	exec := nn.NewExec("inside", device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		var labels *graph.Node
		if len(in) > 1 {
			labels = in[1]
		}
		// The authors' compute_feat takes no condition.
		out := []*graph.Node{c.net.Forward(w, in[0], nil).Feature}
		inside := c.net.Forward(w, in[0], labels).Inside
		for _, name := range names {
			out = append(out, inside.Output(strings.TrimPrefix(name, "ema.dbg.")))
		}
		return out
	})
	in := []nn.Array{{Shape: p.Shape(p.t, "x"), Data: p.Floats(p.t, "x")}}
	if p.Has("y") {
		in = append(in, nn.Array{Shape: p.Shape(p.t, "y"), Data: p.Floats(p.t, "y")})
	}
	out, err := exec.Call(in...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("ema.feat", out[0].Data)
	for i, name := range names {
		p.close(name, out[1+i].Data[:nn.Size(p.Shape(p.t, name))]) // the first picture's
	}
	if !p.Has("raw.dbg.attn") {
		return
	}
	// Its weights are stored and folded whether the option is on or off.
	_, device = p.device("raw")
	exec = nn.NewExec("attention", device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		return []*graph.Node{nn.ChannelsFirst(selfAttention(w, attention, nn.ChannelsLast(in[0])))}
	})
	out, err = exec.Call(nn.Array{Shape: p.Shape(p.t, "ema.dbg.res_2b"), Data: p.Floats(p.t, "ema.dbg.res_2b")})
	if err != nil {
		p.t.Fatal(err)
	}
	p.close("raw.dbg.attn", out[0].Data)
}

// device places the weights of the first file for functions of the test's own.
func (p *parity) device(weights string) (*contents, *nn.Device) {
	c, err := read(p.files[0], models.Options{Weights: weights})
	if err != nil {
		p.t.Fatal(err)
	}
	device, err := nn.Place(p.b, c.net.Fold(c.params))
	if err != nil {
		p.t.Fatal(err)
	}
	return c, device
}

// pair compares two models and their compositions.
func (p *parity) pair() {
	selected := p.integers("select_idx")
	count := p.Shape(p.t, "x")[0]
	in := p.inputs(map[string]string{"x": "x"})
	var all []*models.Model
	for k := range p.files {
		m := p.open(k, "ema", nil)
		all = append(all, m)
		prefix := fmt.Sprintf("m%d.", k)
		for class := range 2 {
			in["y"] = oneHots(count, class)
			out := p.compute(m.Arrays, in, nil)
			p.close(fmt.Sprintf("%sema.scales.y%d", prefix, class), out["scales"])
			if class == selected[k] {
				p.close(prefix+"ema.grad", out["grad"])
			}
		}
		in["y"] = oneHots(count, selected[k])
		p.close(prefix+"raw.scales", p.compute(p.open(k, "raw", nil).Arrays, in, nil)["scales"])
	}
	for op, name := range map[string]string{And: "conj", Not: "neg", Or: "disj"} {
		m, err := Compose(op, all)
		if err != nil {
			p.t.Fatal(err)
		}
		in["y"] = oneHots(count, selected...)
		out := p.compute(m.Arrays, in, nil)
		p.close(name+".scales", out["scales"])
		p.close(name+".grad", out["grad"])
		chain := p.inputs(map[string]string{"x0": "x0", "noise": "noise"})
		chain["y"] = oneHots(p.Shape(p.t, "x0")[0], selected...)
		p.chain("traj_"+name, m, chain, nil)
	}
}

func (p *parity) integers(name string) []int {
	v, err := p.Tensor(p.t, name).Int64s()
	if err != nil {
		p.t.Fatal(err)
	}
	list := make([]int, len(v))
	for i, x := range v {
		list[i] = int(x)
	}
	return list
}

// oneHots are conditions of two classes for count pictures: [count, 2] of one class,
// [models, count, 2] of one for each model.
func oneHots(count int, classes ...int) checkpoint.Tensor {
	var v []float32
	for _, class := range classes {
		for range count {
			row := []float32{0, 0}
			row[class] = 1
			v = append(v, row...)
		}
	}
	if len(classes) == 1 {
		return checkpoint.Float32Tensor([]int{count, 2}, v)
	}
	return checkpoint.Float32Tensor([]int{len(classes), count, 2}, v)
}

// block compares one block of so many channels that its norms are of groups, with and
// without a condition, and its gradients.
func (p *parity) block() {
	var options struct {
		Filters    int  `json:"filters"`
		Downsample bool `json:"downsample"`
		Classes    int  `json:"classes"`
		Norm       bool `json:"norm"`
		SpecNorm   bool `json:"spec_norm"`
	}
	if err := json.Unmarshal(p.Meta.Raw["options"], &options); err != nil {
		p.t.Fatal(err)
	}
	b := Block{Width: options.Filters, Out: options.Filters, Labels: options.Classes, Norm: options.Norm, Spectral: options.SpecNorm, Halves: options.Downsample}
	// The file holds a block's arrays without its name.
	loading := nn.Load(p.files[0])
	specs := b.Specs()
	for i := range specs {
		specs[i].Name = strings.TrimPrefix(specs[i].Name, ".")
	}
	params := loading.Part("", specs, func(string) bool { return false })
	if err := loading.Err(Name); err != nil {
		p.t.Fatal(err)
	}
	for i := range params {
		params[i].Name = "." + params[i].Name
	}
	device, err := nn.Place(p.b, b.Fold(params))
	if err != nil {
		p.t.Fatal(err)
	}
	exec := nn.NewExec("block", device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		var labels *graph.Node
		if len(in) > 1 {
			labels = in[1]
		}
		out := nn.ChannelsFirst(b.Forward(w, nn.ChannelsLast(in[0]), labels, nil))
		loss := graph.ReduceAllSum(graph.Square(out))
		return []*graph.Node{out, graph.Gradient(loss, in[0])[0]}
	})
	x := nn.Array{Shape: p.Shape(p.t, "x"), Data: p.Floats(p.t, "x")}
	y := nn.Array{Shape: p.Shape(p.t, "y"), Data: p.Floats(p.t, "y")}
	for name, in := range map[string][]nn.Array{"nolabel": {x}, "label": {x, y}} {
		out, err := exec.Call(in...)
		if err != nil {
			p.t.Fatal(err)
		}
		p.close("out."+name, out[0].Data)
		p.close("grad."+name, out[1].Data)
	}
}
