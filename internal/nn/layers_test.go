package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
)

func random(r *rand.Rand, shape ...int) Array {
	a := NewArray(shape...)
	for i := range a.Data {
		a.Data[i] = float32(r.NormFloat64())
	}
	return a
}

// runOnce runs a function once over a batch.
func runOnce(t *testing.T, b compute.Backend, f Function, p Params, in ...Array) []Array {
	t.Helper()
	device := placed(t, b, p...)
	device.lanes = 1 // gradients of weights and statistics are of the batch as a whole
	out, err := NewExec(t.Name(), device, f).Call(in...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: found %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

// naiveConv is PyTorch's conv2d by its definition, NCHW and OIHW.
func naiveConv(x, w Array, stride, padding int) Array {
	n, c, h, width := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	o, k := w.Shape[0], w.Shape[2]
	oh, ow := (h+2*padding-k)/stride+1, (width+2*padding-k)/stride+1
	y := NewArray(n, o, oh, ow)
	for i := range y.Data {
		col, rest := i%ow, i/ow
		row, rest := rest%oh, rest/oh
		out, image := rest%o, rest/o
		var sum float64
		for ch := range c {
			for a := range k {
				for b := range k {
					r, q := row*stride+a-padding, col*stride+b-padding
					if r >= 0 && r < h && q >= 0 && q < width {
						sum += float64(x.Data[((image*c+ch)*h+r)*width+q]) * float64(w.Data[((out*c+ch)*k+a)*k+b])
					}
				}
			}
		}
		y.Data[i] = float32(sum)
	}
	return y
}

func TestConv(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		r := rand.New(rand.NewPCG(1, 1))
		for _, c := range []struct{ h, w, k, stride, padding int }{{6, 6, 3, 1, 1}, {7, 5, 3, 2, 1}, {9, 9, 7, 2, 3}, {4, 4, 1, 2, 0}} {
			x, weight := random(r, 2, 3, c.h, c.w), random(r, 4, 3, c.k, c.k)
			for _, host := range []bool{false, true} {
				kernel := weight
				if host {
					kernel = HostKernel(weight, 1)
				}
				out := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
					kernel := w.Get("k")
					if !host {
						kernel = KernelLayout(kernel)
					}
					return []*graph.Node{ChannelsFirst(Conv(ChannelsLast(in[0]), kernel, nil, c.stride, c.padding))}
				}, Params{{"k", kernel}}, x)
				near(t, "conv", out[0].Data, naiveConv(x, weight, c.stride, c.padding).Data, 2e-5)
			}
		}
	})
}

func TestAvgPoolDropsOddRows(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		x := counting(1, 15)
		x.Shape = []int{1, 3, 5, 1} // rows 0..4, 5..9, 10..14: the last row and column go
		out := runOnce(t, b, func(_ Weights, in []*graph.Node) []*graph.Node { return []*graph.Node{AvgPool(in[0], 2)} }, nil, x)
		near(t, "pool", out[0].Data, []float32{3, 5}, 0)
	})
}

func TestRectifiers(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		x := Array{[]int{1, 5}, []float32{-2, -1e-20, 0, 1e-20, 3}}
		out := runOnce(t, b, func(_ Weights, in []*graph.Node) []*graph.Node {
			leaky, plain := LeakyReLU(in[0]), ReLU(in[0])
			slope := func(y *graph.Node) *graph.Node { return graph.Gradient(graph.ReduceAllSum(y), in[0])[0] }
			return []*graph.Node{leaky, plain, slope(leaky), slope(plain)}
		}, nil, x)
		near(t, "leaky", out[0].Data, []float32{-0.4, -2e-21, 0, 1e-20, 3}, 1e-7)
		near(t, "relu", out[1].Data, []float32{0, 0, 0, 1e-20, 3}, 0)
		near(t, "leaky's slope", out[2].Data, []float32{0.2, 0.2, 0.2, 1, 1}, 1e-7)
		near(t, "relu's slope", out[3].Data, []float32{0, 0, 0, 1, 1}, 0)
	})
}

// TestBatchNorm: training uses the batch's biased variance and hands on the
// unbiased one at momentum 0.1; evaluation uses the running numbers.
func TestBatchNorm(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		p := Params{
			{"n.weight", Array{[]int{1}, []float32{2}}},
			{"n.bias", Array{[]int{1}, []float32{1}}},
			{"n.running_mean", Array{[]int{1}, []float32{10}}},
			{"n.running_var", Array{[]int{1}, []float32{4}}},
		}
		x := Array{[]int{4, 1}, []float32{1, 2, 3, 6}} // mean 3, variance 3.5, unbiased 14/3
		wide := func(v *graph.Node) *graph.Node { return graph.BroadcastToDims(graph.Reshape(v, 1, 1), 4, 1) }
		out := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
			stats := Weights{}
			train := BatchNorm(w, "n", in[0], stats)
			return []*graph.Node{train, wide(stats["n.running_mean"]), wide(stats["n.running_var"]), BatchNorm(w, "n", in[0], nil)}
		}, p, x)
		var train, eval []float32
		for _, v := range x.Data {
			train = append(train, float32(2*(float64(v)-3)/math.Sqrt(3.5+1e-5)+1))
			eval = append(eval, float32(2*(float64(v)-10)/math.Sqrt(4+1e-5)+1))
		}
		near(t, "training", out[0].Data, train, 1e-5)
		near(t, "running mean", out[1].Data[:1], []float32{0.9*10 + 0.1*3}, 1e-5)
		near(t, "running variance", out[2].Data[:1], []float32{0.9*4 + 0.1*14.0/3}, 1e-5)
		near(t, "evaluation", out[3].Data, eval, 1e-5)
	})
}

// TestSigma: with stored u and v the graph and the host agree, and power iterations
// reach the largest singular value.
func TestSigma(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		const sigma = 7
		// W = 7 a b^T and a smaller part orthogonal to it: 7 is the largest singular value.
		weight := Array{[]int{2, 3}, []float32{sigma, 0, 0, 0, 2, 0}}
		u, v := Array{[]int{2}, []float32{0.6, 0.8}}, Array{[]int{3}, []float32{0.6, 0, 0.8}}
		p := Params{{"w", weight}, {"u", u}, {"v", v}}
		sigmaAfter := func(iterations int) float64 {
			out := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
				s, _, _ := Sigma(w.Get("w"), w.Get("u"), w.Get("v"), iterations)
				return []*graph.Node{graph.Add(in[0], graph.Reshape(s, 1, 1))}
			}, p, NewArray(1, 1))
			return float64(out[0].Data[0])
		}
		if got := sigmaAfter(0); math.Abs(got-sigma*0.36) > 1e-5 {
			t.Errorf("stored vectors: sigma %g, want %g", got, sigma*0.36)
		}
		if got := SpectralSigma(weight, u.Data, v.Data); math.Abs(got-sigma*0.36) > 1e-6 {
			t.Errorf("on the host: sigma %g, want %g", got, sigma*0.36)
		}
		near(t, "folded", FoldSpectral(weight, u.Data, v.Data).Data, []float32{1 / 0.36, 0, 0, 0, 2 / (sigma * 0.36), 0}, 1e-5)
		if got := sigmaAfter(20); math.Abs(got-sigma) > 1e-4 {
			t.Errorf("after 20 iterations: sigma %g, want %d", got, sigma)
		}
	})
}

// TestInit: PyTorch's bounds, and spectral vectors that already fit.
func TestInit(t *testing.T) {
	specs := []Spec{
		{Name: "c.weight.original", Shape: []int{8, 2, 3, 3}, Role: Weight, Bound: 0.25},
		{Name: "c.weight.0._u", Shape: []int{8}, Role: Left},
		{Name: "c.weight.0._v", Shape: []int{18}, Role: Right},
		{Name: "n.weight", Shape: []int{3}, Role: Gain},
		{Name: "n.running_mean", Shape: []int{3}, Role: Mean},
	}
	p := Init(specs, rand.New(rand.NewPCG(7, 7)))
	if err := Check(specs, p); err != nil {
		t.Fatal(err)
	}
	m := p.Map()
	for _, w := range m["c.weight.original"].Data {
		if w < -0.25 || w > 0.25 || w == 0 {
			t.Fatalf("weight %g, want within 0.25 and not 0", w)
		}
	}
	// Fifteen iterations have come close to where a thousand end.
	weight := m["c.weight.original"]
	u, v := slices.Clone(m["c.weight.0._u"].Data), slices.Clone(m["c.weight.0._v"].Data)
	after15 := SpectralSigma(weight, u, v)
	for range 1000 {
		powerIteration(weight.Data, u, v)
	}
	if end := SpectralSigma(weight, u, v); math.Abs(after15-end) > 0.02*end {
		t.Errorf("sigma %g after 15 iterations, %g in the end", after15, end)
	}
	near(t, "gain", m["n.weight"].Data, []float32{1, 1, 1}, 0)
	near(t, "mean", m["n.running_mean"].Data, []float32{0, 0, 0}, 0)
}
