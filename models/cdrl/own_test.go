package cdrl

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// ownFile is a small checkpoint of ours, made and read without the disk: one
// channel, 8x8 pixels, two classes, averaged weights only, three noise levels.
func ownFile(t *testing.T) *checkpoint.File {
	t.Helper()
	h := Header{Name: "tiny", Labels: []string{"hat", "glasses"}, Iterations: 9, Steps: 7, Guidance: 0.5, Options: map[string]string{
		optionLevels: "3", optionGroups: "2", optionSize: "8", optionMin: "-4", optionMax: "6", optionActivation: "swish",
	}}
	return fileOf(t, h, NewNet(1, 2, 6, []int{1, 2}, 1), NewInitializer(1, 2, 4, []int{1, 2}, 1, 8, []int{4}, 2))
}

// pointFile is a small checkpoint of 2-D points.
func pointFile(t *testing.T) *checkpoint.File {
	t.Helper()
	return fileOf(t, Header{Options: map[string]string{optionGroups: "4", optionAddQ: "true"}}, NewPointNet(8, []int{1, 2}, 1), NewPointInitializer(8, 8, 2, 4))
}

func fileOf(t *testing.T, h Header, net Net, init Initializer) *checkpoint.File {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	f := &checkpoint.File{Path: "tiny.safetensors", Tensors: map[string]checkpoint.Tensor{}, Metadata: h.Metadata()}
	for prefix, specs := range map[string][]nn.Spec{PrefixNetEMA: net.Specs(), PrefixInitializerEMA: init.Specs()} {
		for _, p := range nn.Init(specs, r) {
			for i := range p.Data { // layers that start at 0 would hide mistakes behind them
				if p.Data[i] == 0 {
					p.Data[i] = float32(0.1 * r.NormFloat64())
				}
			}
			f.Names = append(f.Names, prefix+p.Name)
			f.Tensors[prefix+p.Name] = checkpoint.Float32Tensor(p.Shape, p.Data)
		}
	}
	return f
}

func openOwn(t *testing.T, b compute.Backend) *models.Model {
	t.Helper()
	m, err := Open(b, ownFile(t), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func startOf(m *models.Model, n int) sampling.Images { return m.Start(sampling.NewKey(5), n) }

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestOwnCheckpoint(t *testing.T) {
	b := enginetest.Open(t, "go")
	m := openOwn(t, b)
	if m.Name != "tiny" || m.C != 1 || m.H != 8 || !slices.Equal(m.Labels, []string{"hat", "glasses"}) || m.TrainedSteps != 21 {
		t.Errorf("found %s %dx%dx%d, labels %q, %d steps", m.Name, m.C, m.H, m.W, m.Labels, m.TrainedSteps)
	}
	plan := must[sampling.Plan](t)(m.Plan(nil, sampling.Settings{"steps": 4, "steps_2": 1}))
	if len(plan) != 3 || plan.Steps() != 4+1+4 || plan[0].Tether != 0 || plan[1].Tether == 0 {
		t.Errorf("found %d levels of %d steps, tethers %v %v", len(plan), plan.Steps(), plan[0].Tether, plan[1].Tether)
	}
	if _, err := Open(b, ownFile(t), models.Options{Weights: "raw"}); err == nil {
		t.Error("opened raw weights that are not there")
	}
	points, err := Open(b, pointFile(t), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if points.C != 2 || points.H != 1 || points.W != 1 || points.Labels != nil {
		t.Errorf("found points of %dx%dx%d, labels %q", points.C, points.H, points.W, points.Labels)
	}
}

// TestGradients: the gradient of every energy is that of its values, on every level,
// for pictures and for points, guided and composed.
func TestGradients(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for name, file := range map[string]*checkpoint.File{"pictures": ownFile(t), "points": pointFile(t)} {
			m, err := Open(b, file, models.Options{})
			if err != nil {
				t.Fatal(err)
			}
			givens := []models.Given{{}, {Level: 2}}
			if len(m.Labels) > 0 {
				givens = append(givens, models.Given{Level: 3, Label: []int{0, 1}}, models.Given{Label: []int{1, 0, 1}, PerImage: true})
			}
			for _, given := range givens {
				e := must[sampling.Energy](t)(m.At(given))
				checkGradient(t, name, e, startOf(m, 3))
			}
		}
	})
}

func checkGradient(t *testing.T, name string, e sampling.Energy, x sampling.Images) {
	t.Helper()
	values, grad, err := e.Eval(x)
	if err != nil {
		t.Fatal(err)
	}
	const h = 1e-2
	up, down := x.Clone(), x.Clone()
	for i := range x.N { // along the gradient's own direction
		var square float64
		for _, g := range grad.Image(i) {
			square += float64(g) * float64(g)
		}
		for j, g := range grad.Image(i) {
			d := float32(h / math.Sqrt(square) * float64(g))
			up.Image(i)[j] += d
			down.Image(i)[j] -= d
		}
	}
	above, below, again := must[[]float32](t)(e.Value(up)), must[[]float32](t)(e.Value(down)), must[[]float32](t)(e.Value(x))
	for i := range x.N {
		var norm float64
		for _, g := range grad.Image(i) {
			norm += float64(g) * float64(g)
		}
		norm = math.Sqrt(norm)
		slope := float64(above[i]-below[i]) / (2 * h)
		if math.Abs(slope-norm) > 0.02*norm {
			t.Errorf("%s: picture %d: slope %g along the gradient, whose norm is %g", name, i, slope, norm)
		}
		if math.Abs(float64(again[i]-values[i])) > 1e-4*math.Abs(float64(values[i]))+1e-4 {
			t.Errorf("%s: picture %d: value %g, with gradient %g", name, i, again[i], values[i])
		}
	}
}

// TestBatches: pictures alone give what they give in a batch, and terms together
// what they give alone.
func TestBatches(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	x := startOf(m, 3)
	var terms []sampling.Energy
	for _, g := range []models.Given{{}, {Label: []int{0}}, {Level: 2, Label: []int{0, 1}}} {
		terms = append(terms, must[sampling.Energy](t)(m.At(g)))
	}
	values, grads, err := terms[0].(sampling.Batch).EvalTerms(x, terms)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range terms {
		alone, grad, err := e.Eval(x)
		if err != nil {
			t.Fatal(err)
		}
		close32(t, "values", values[i], alone, 1e-4)
		close32(t, "gradients", grads[i].Data, grad.Data, 1e-4)
		one := must[[]float32](t)(e.Value(x.Slice(1, 2)))
		close32(t, "one picture", one, alone[1:2], 1e-4)
	}
}

// close32 compares relative to the largest number.
func close32(t *testing.T, name string, got, want []float32, tolerance float64) {
	t.Helper()
	var largest, difference float64
	for i := range want {
		largest = math.Max(largest, math.Abs(float64(want[i])))
		difference = math.Max(difference, math.Abs(float64(got[i]-want[i])))
	}
	if len(got) != len(want) || difference > tolerance*largest {
		t.Errorf("%s: differ by %g, largest %g", name, difference, largest)
	}
}

// TestEffective: the weights that training makes in a graph are those that sampling
// folds on the host.
func TestEffective(t *testing.T) {
	b := enginetest.Open(t, "go")
	for name, file := range map[string]*checkpoint.File{"pictures": ownFile(t), "points": pointFile(t)} {
		c := must[*contents](t)(read(file, models.Options{}))
		x := sampling.NewImages(2, c.net.Channels, c.height, c.width)
		if err := sampling.NewKey(1).Normals(sampling.StreamStart, 0, x); err != nil {
			t.Fatal(err)
		}
		n := &network{contents: *c}
		call := func(p nn.Params, embedding int, f nn.Function) []float32 {
			device := must[*nn.Device](t)(nn.Place(b, p))
			return must[[]nn.Array](t)(nn.NewExec(name, device, f).Call(n.inputs(embedding, x, []query{{1, 0.7, nil}})...))[0].Data
		}
		density := func(effective func(nn.Weights) nn.Weights) nn.Function {
			return func(w nn.Weights, in []*graph.Node) []*graph.Node {
				return []*graph.Node{c.net.Forward(effective(w), in[0], conditionOf(in[1:]), nil)}
			}
		}
		proposal := func(effective func(nn.Weights) nn.Weights) nn.Function {
			return func(w nn.Weights, in []*graph.Node) []*graph.Node {
				return []*graph.Node{c.init.Forward(effective(w), in[0], conditionOf(in[1:]), nil)}
			}
		}
		same := func(w nn.Weights) nn.Weights { return w }
		inGraph := func(w nn.Weights) nn.Weights { effective, _ := c.net.Effective(w, 0); return effective }
		close32(t, name+", energy", call(c.netParams, c.net.Embedding, density(inGraph)), call(c.net.Fold(c.netParams), c.net.Embedding, density(same)), 1e-5)
		close32(t, name+", initializer", call(c.initParams, c.init.Embedding, proposal(c.init.Effective)), call(c.init.Fold(c.initParams), c.init.Embedding, proposal(same)), 1e-5)
	}
}
