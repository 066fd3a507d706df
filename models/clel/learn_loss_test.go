package clel

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// eval runs a function of rows of numbers, each [rows, columns], and returns what its
// outputs hold.
func eval(t *testing.T, b compute.Backend, f func(in []*graph.Node) []*graph.Node, in ...[][]float32) [][]float32 {
	t.Helper()
	p, err := newProgram(b, t.Name(), len(in), nil, func(in inputs) []*graph.Node { return f(in.x) })
	if err != nil {
		t.Fatal(err)
	}
	var args []*tensors.Tensor
	for _, rows := range in {
		args = append(args, tensors.FromFlatDataAndDimensions(slices.Concat(rows...), len(rows), len(rows[0])))
	}
	out, err := p.call(args)
	if err != nil {
		t.Fatal(err)
	}
	var values [][]float32
	for _, o := range out {
		v, err := tensors.CopyFlatData[float32](o)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

func within(t *testing.T, what string, found float32, want, tolerance float64) {
	t.Helper()
	if d := math.Abs(float64(found) - want); !(d <= tolerance) {
		t.Errorf("%s: found %v, want %v", what, found, want)
	}
}

func normals(r *rand.Rand, rows, columns int) [][]float32 {
	m := make([][]float32, rows)
	for i := range m {
		for range columns {
			m[i] = append(m[i], float32(r.NormFloat64()))
		}
	}
	return m
}

// byHand is NT-Xent with negatives, row by row from its definition in float64.
func byHand(views, negatives [][]float32, tau float64) float64 {
	var sum float64
	for i := range views {
		partner := views[(i+len(views)/2)%len(views)]
		var all float64
		for k := range views {
			if k != i {
				all += math.Exp(cosineOf(views[i], views[k]) / tau)
			}
		}
		for _, z := range negatives {
			all += math.Exp(cosineOf(views[i], z) / tau)
		}
		sum -= math.Log(math.Exp(cosineOf(views[i], partner)/tau) / all)
	}
	return sum / float64(len(views))
}

func TestContrast(t *testing.T) {
	b := enginetest.Open(t, "go")
	r := rand.New(rand.NewPCG(1, 1))
	views, negatives := normals(r, 6, 4), normals(r, 3, 4)
	out := eval(t, b, func(in []*graph.Node) []*graph.Node {
		with, without := contrast(in[0], in[1], 0.2), contrast(in[0], nil, 0.5)
		return []*graph.Node{with, without, graph.Gradient(with, in[0])[0], graph.Gradient(with, in[1])[0]}
	}, views, negatives)
	within(t, "with negatives", out[0][0], byHand(views, negatives, 0.2), 1e-5)
	within(t, "without", out[1][0], byHand(views, nil, 0.5), 1e-5)
	for i := range views {
		for j := range views[i] {
			const h = 1e-3
			was := views[i][j]
			views[i][j] = was + h
			up := byHand(views, negatives, 0.2)
			views[i][j] = was - h
			slope := (up - byHand(views, negatives, 0.2)) / float64((was+h)-(was-h))
			views[i][j] = was
			within(t, "gradient by a view", out[2][4*i+j], slope, 1e-4)
		}
	}
	if slices.ContainsFunc(out[3], func(v float32) bool { return v != 0 }) {
		t.Error("the negatives carry a gradient")
	}
	// Two pairs of equal views at right angles: -log(e / (e + 2)) at temperature 1.
	pairs := [][]float32{{2, 0}, {0, 1}, {1, 0}, {0, 3}}
	out = eval(t, b, func(in []*graph.Node) []*graph.Node { return []*graph.Node{contrast(in[0], nil, 1)} }, pairs)
	within(t, "right angles", out[0][0], -math.Log(math.E/(math.E+2)), 1e-6)
}

func TestDivergenceLoss(t *testing.T) {
	out := eval(t, enginetest.Open(t, "go"), func(in []*graph.Node) []*graph.Node {
		flat := func(x *graph.Node) *graph.Node { return graph.Reshape(x, -1) }
		return []*graph.Node{divergence(flat(in[0]), flat(in[1]), graph.Reshape(in[2]))}
	}, [][]float32{{1, 2}}, [][]float32{{3, 1}}, [][]float32{{0.1}})
	within(t, "loss", out[0][0], (1.5-2)+0.1*(2.5+5), 1e-6)
}

// TestOptimisers: three steps of each against their definitions in float64.
func TestOptimisers(t *testing.T) {
	b := enginetest.Open(t, "go")
	w, g := []float64{1, -2, 0.5}, [][]float64{{0.1, -3, 0}, {0.2, 1, 0}, {-0.5, 2, 1e-3}}
	row := func(v []float64) [][]float32 {
		r := make([]float32, len(v))
		for i := range v {
			r[i] = float32(v[i])
		}
		return [][]float32{r}
	}
	const rate, decay, m = 0.01, 5e-4, 0.9
	aw, av, sw, sb := slices.Clone(w), make([]float64, 3), slices.Clone(w), make([]float64, 3)
	ga, gv, gs, gb := row(w), row(av), row(w), row(sb)
	for step, grad := range g {
		correction := 1 - math.Pow(0.999, float64(step+1))
		out := eval(t, b, func(in []*graph.Node) []*graph.Node {
			a, v := adam(in[0], in[4], in[1], graph.Reshape(in[5]), graph.Reshape(in[6]))
			s, b := momentum(in[2], in[4], in[3], graph.Reshape(in[5]), m, decay)
			return []*graph.Node{a, v, s, b}
		}, ga, gv, gs, gb, row(grad), [][]float32{{rate}}, [][]float32{{float32(correction)}})
		ga, gv, gs, gb = out[0:1], out[1:2], out[2:3], out[3:4]
		for i := range w {
			av[i] = 0.999*av[i] + 0.001*grad[i]*grad[i]
			aw[i] -= rate * grad[i] / (math.Sqrt(av[i]/correction) + 1e-8)
			sb[i] = m*sb[i] + grad[i] + decay*sw[i]
			sw[i] -= rate * sb[i]
			// The correction, near 0.001, has 4 digits fewer than float32.
			within(t, "Adam", ga[0][i], aw[i], 1e-5)
			within(t, "Adam's average", gv[0][i], av[i], 1e-8)
			within(t, "SGD", gs[0][i], sw[i], 1e-6)
			within(t, "SGD's momentum", gb[0][i], sb[i], 1e-6)
		}
	}
}

// TestEnergyLossGradient compares the gradient of the whole loss by all weights
// together with finite differences along random directions. Spectral norms are
// brought to their limit first: their vectors are held constant by the gradient,
// which is right only there.
func TestEnergyLossGradient(t *testing.T) {
	b := enginetest.Open(t, "go")
	l := tinyLearner(t, b, "alpha", "0.3", "beta", "0.7", "projection", "mlp")
	all, some := specNames(l.net.Specs(), every), specNames(l.net.Specs(), trained)
	settle, err := newProgram(b, "power iterations", 0, [][]string{all}, func(in inputs) []*graph.Node {
		_, spectral := l.net.Effective(in.banks[0], 20)
		next := nn.Weights{}
		for _, name := range all {
			next[name] = in.banks[0].Get(name)
			if v, ok := spectral[name]; ok {
				next[name] = v
			}
		}
		return list(next, all)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		out, err := settle.call(nil, l.ebm)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := into(out, l.ebm); err != nil {
			t.Fatal(err)
		}
	}
	loss, err := newProgram(b, "loss", 3, [][]string{all}, func(in inputs) []*graph.Node {
		terms := energyLoss(l.net, l.config, in.banks[0], in.x[0], in.x[1], in.x[2])
		return append([]*graph.Node{terms.loss}, graph.Gradient(terms.loss, list(in.banks[0], some)...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	params, err := l.ebm.params()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 2))
	real, samples := sampling.NewImages(4, 1, 8, 8), sampling.NewImages(4, 1, 8, 8)
	for j := range real.Data {
		real.Data[j], samples.Data[j] = r.Float32(), r.Float32()
	}
	latents := tensors.FromFlatDataAndDimensions(slices.Concat(normals(r, 4, 3)...), 4, 3)
	at := func(p nn.Params) [][]float32 {
		out, err := loss.call([]*tensors.Tensor{pictures(real), pictures(samples), latents}, newBank(p))
		if err != nil {
			t.Fatal(err)
		}
		var values [][]float32
		for _, o := range out {
			v, err := tensors.CopyFlatData[float32](o)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return values
	}
	gradients := at(params)[1:]
	for range 4 {
		const h = 2.5e-4 // with 2e-3 rectifiers bend between the two points, 8 % off
		ahead, behind := params.Clone(), params.Clone()
		var slope float64
		for i, name := range some {
			up, _ := ahead.Find(name)
			down, _ := behind.Find(name)
			for j := range up.Data {
				d := float32(r.NormFloat64())
				up.Data[j] += h * d
				down.Data[j] -= h * d
				slope += float64(d) * float64(gradients[i][j])
			}
		}
		found := (float64(at(ahead)[0][0]) - float64(at(behind)[0][0])) / (2 * h)
		if d := math.Abs(found - slope); d > 2e-3*math.Abs(slope)+1e-3 {
			t.Errorf("finite difference %v, gradient %v", found, slope)
		}
	}
}

// TestReplay: an iteration writes to the slots it drew and to no others, and starts
// chains anew from noise with the probability said.
func TestReplay(t *testing.T) {
	b := enginetest.Open(t, "go")
	for _, tc := range []struct {
		reinit string
		fresh  bool
	}{{"0", false}, {"1", true}} {
		// One step that hardly moves: where a chain is tells where it started.
		l := tinyLearner(t, b, "reinit", tc.reinit, "langevin-steps", "1", "step-size", "1e-9", "step-noise", "0")
		before := l.replay.Bytes()
		slots, start, err := l.replay.Draw(l.key, 3, 4)
		if err != nil {
			t.Fatal(err)
		}
		x, measured, err := l.sample(context.Background(), 3)
		if err != nil {
			t.Fatal(err)
		}
		if measured["gradient"] <= 0 {
			t.Errorf("found measurements %v", measured)
		}
		for j := range x.Data {
			if math.Abs(float64(x.Data[j]-start.Data[j])) > 1e-6 {
				t.Fatalf("value %d is %v, want the start's %v", j, x.Data[j], start.Data[j])
			}
		}
		after := l.replay.Bytes()
		for slot := range 8 {
			same := string(before[64*slot:64*(slot+1)]) == string(after[64*slot:64*(slot+1)])
			if want := !(tc.fresh && slices.Contains(slots, slot)); same != want {
				t.Errorf("reinit %s, slot %d of those drawn %v: unchanged is %t, want %t", tc.reinit, slot, slots, same, want)
			}
		}
	}
}

// TestChainIsTheSampler: training's chains are those of the model that it writes.
func TestChainIsTheSampler(t *testing.T) {
	b := enginetest.Open(t, "go")
	l := tinyLearner(t, b, "step-size", "3", "clip", "0.01", "step-noise", "0.02")
	m := openTrained(t, b, &models.Learner{Model: l.model}, 1)
	p, err := m.Plan(nil, sampling.Settings{"steps": 5})
	if err != nil {
		t.Fatal(err)
	}
	key := sampling.NewKey(6)
	x := m.Start(key, 4)
	want := x.Clone()
	for s, err := range sampling.Run(context.Background(), key, x.Clone(), p) {
		if err != nil {
			t.Fatal(err)
		}
		want = s.X.Clone()
	}
	if err := l.refold(l.ebmMean, &l.effectiveMean); err != nil {
		t.Fatal(err)
	}
	found, _, err := l.chain(context.Background(), l.effectiveMean, key, 0, 5, x)
	if err != nil {
		t.Fatal(err)
	}
	for j := range want.Data {
		if d := math.Abs(float64(found.Data[j] - want.Data[j])); d > 1e-5 {
			t.Fatalf("value %d after 5 steps is %v, the sampler's %v", j, found.Data[j], want.Data[j])
		}
	}
}

func TestRate(t *testing.T) {
	c := LearnConfig{Iterations: 100, Rate: 2, FinalRate: 0.1, WarmUp: 10}
	for i, want := range map[int]float64{0: 0.2, 50: 2 * (0.1 + 0.9*0.5), 100: 0.2, 200: 0.2} {
		if found := c.rate(i); math.Abs(found-want) > 1e-9 {
			t.Errorf("rate %d: found %v, want %v", i, found, want)
		}
	}
}
