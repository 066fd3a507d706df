package engine_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
)

// The net of the benchmark has the shape of CLEL's small resnet: four stages of
// one pre-activated block each, 64 64 128 128 channels, 2x2 average pools before
// the later three. Only its speed matters.

type weights struct{ tensors []any }

func (w *weights) add(seed int, dims ...int) {
	n := 1
	for _, d := range dims {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32((i*7919+seed*104729)%2003-1001) / 40000
	}
	w.tensors = append(w.tensors, tensors.FromFlatDataAndDimensions(v, dims...))
}

var widths = []int{64, 64, 128, 128}

func netWeights(channels int) []any {
	w := &weights{}
	in := channels
	w.add(0, 3, 3, in, widths[0])
	w.add(1, 1, 1, 1, widths[0])
	in = widths[0]
	for i, out := range widths {
		w.add(10*i+2, 3, 3, in, out)
		w.add(10*i+3, 1, 1, 1, out)
		w.add(10*i+4, 3, 3, out, out)
		w.add(10*i+5, 1, 1, 1, out)
		if in != out {
			w.add(10*i+6, 1, 1, in, out)
		}
		in = out
	}
	return w.tensors
}

func leaky(x *graph.Node) *graph.Node {
	slope := graph.AddScalar(graph.MulScalar(graph.ClipScalar(graph.MulScalar(x, 1e30), 0, 1), 0.8), 0.2)
	return graph.Mul(x, graph.StopGradient(slope))
}

func pool(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	return graph.ReduceMean(graph.Reshape(x, d[0], d[1]/2, 2, d[2]/2, 2, d[3]), 2, 4)
}

// energyAndGradient takes x [batch, h, w, c] and the net's weights.
func energyAndGradient(in []*graph.Node) []*graph.Node {
	x, w := in[0], in[1:]
	take := func() *graph.Node { n := w[0]; w = w[1:]; return n }
	conv := func(x *graph.Node, bias bool) *graph.Node {
		x = graph.Convolve(x, take()).ChannelsAxis(images.ChannelsLast).PadSame().Done()
		if bias {
			x = graph.Add(x, take())
		}
		return x
	}
	h := conv(x, true)
	for i, out := range widths {
		if i > 0 {
			h = pool(h)
		}
		y := conv(leaky(conv(leaky(h), true)), true)
		if h.Shape().Dimensions[3] != out {
			h = conv(h, false)
		}
		h = graph.Add(h, y)
	}
	e := graph.ReduceSum(graph.Square(graph.ReduceSum(leaky(h), 1, 2)), -1)
	return []*graph.Node{e, graph.Gradient(graph.ReduceAllSum(e), x)[0]}
}

// step compiles the net for a batch and returns one evaluation of it.
func step(tb testing.TB, b compute.Backend, batch int) func() (e, gradient []float32) {
	tb.Helper()
	exec, err := graph.NewExec(b, energyAndGradient)
	if err != nil {
		tb.Fatal(err)
	}
	w := &weights{}
	w.add(3, batch, 32, 32, 3)
	args := append(w.tensors, netWeights(3)...)
	return func() ([]float32, []float32) {
		out, err := exec.Call(args...)
		if err != nil {
			tb.Fatal(err)
		}
		e, err := tensors.CopyFlatData[float32](out[0])
		if err != nil {
			tb.Fatal(err)
		}
		g, err := tensors.CopyFlatData[float32](out[1])
		if err != nil {
			tb.Fatal(err)
		}
		return e, g
	}
}

// BenchmarkStep reports one energy and gradient of a batch of 16, and on the
// pure-Go engine how many times XLA's time that is.
func BenchmarkStep(b *testing.B) {
	perStep := map[string]float64{}
	for _, name := range []string{engine.XLACPU, engine.Go} {
		b.Run(name, func(b *testing.B) {
			run := step(b, enginetest.Open(b, name), 16)
			run()
			for b.Loop() {
				run()
			}
			perStep[name] = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			if xla := perStep[engine.XLACPU]; name == engine.Go && xla > 0 {
				b.ReportMetric(perStep[name]/xla, "x-of-XLA")
			}
		})
	}
}
