package engine_test

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
)

// patience is how long the tests below wait before they call it a deadlock. They
// take about a second.
const patience = 3 * time.Minute

// goBackend is the pure-Go engine; EBMSTUDIO_TEST_STOCK=1 takes the stock "go"
// configuration instead, on which these tests do not end.
func goBackend(t *testing.T) compute.Backend {
	t.Helper()
	if os.Getenv("EBMSTUDIO_TEST_STOCK") == "" {
		return enginetest.Open(t, engine.Go)
	}
	b, err := compute.NewWithConfig("go")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func within(t *testing.T, limit time.Duration, work func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(limit):
		t.Fatalf("deadlock: no end within %v", limit)
	}
}

// TestManyIndependentProductsEnd: in the stock configuration every product holds
// a worker's slot while it waits for workers.
func TestManyIndependentProductsEnd(t *testing.T) {
	b := goBackend(t)
	exec, err := graph.NewExec(b, func(x *graph.Node) *graph.Node {
		var sum *graph.Node
		for i := range 64 {
			y := graph.MatMul(graph.AddScalar(x, float64(i)), x)
			if sum == nil {
				sum = y
			} else {
				sum = graph.Add(sum, y)
			}
		}
		return sum
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &weights{}
	w.add(1, 160, 160)
	within(t, patience, func() error {
		for range 10 {
			if _, err := exec.Call(w.tensors...); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestConvolutionTrainingEnds runs training steps with every kind of
// convolution, from several goroutines at once.
func TestConvolutionTrainingEnds(t *testing.T) {
	b := goBackend(t)
	train := func(in []*graph.Node) []*graph.Node {
		x, kernels := in[0], in[1:]
		for i, k := range kernels {
			conv := graph.Convolve(x, k).ChannelsAxis(images.ChannelsLast).PadSame()
			if i == 1 {
				conv = conv.Strides(2)
			}
			if i == 2 {
				conv = conv.Dilations(2) // left to the stock convolution
			}
			x = leaky(conv.Done())
		}
		loss := graph.ReduceAllMean(graph.Square(x))
		out := []*graph.Node{loss}
		for i, g := range graph.Gradient(loss, kernels...) {
			out = append(out, graph.Sub(kernels[i], graph.MulScalar(g, 0.1)))
		}
		return out
	}
	var wait sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		exec, err := graph.NewExec(b, train)
		if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			w := &weights{}
			w.add(0, 8, 16, 16, 3)
			w.add(1, 3, 3, 3, 24)
			w.add(2, 3, 3, 24, 24)
			w.add(3, 3, 3, 24, 24)
			w.add(4, 3, 3, 24, 24)
			state := w.tensors
			for range 4 {
				out, err := exec.Call(state...)
				if err != nil {
					errs[i] = err
					return
				}
				for j, k := range out[1:] {
					state[j+1] = k
				}
			}
		})
	}
	within(t, patience, func() error { wait.Wait(); return nil })
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheNetAgreesOnAllEngines compares the benchmark's net with the pure-Go
// engine's, which shares no convolution with XLA.
func TestTheNetAgreesOnAllEngines(t *testing.T) {
	e, g := step(t, enginetest.Open(t, engine.Go), 3)()
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		we, wg := step(t, b, 3)()
		near(t, "energy", e, we)
		near(t, "gradient", g, wg)
	})
}

// near allows rounding through some ten layers of float32 sums.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	var scale, worst float32
	for i := range want {
		scale = max(scale, want[i], -want[i])
		worst = max(worst, got[i]-want[i], want[i]-got[i])
	}
	if !(worst <= 1e-4*scale) || scale == 0 {
		t.Errorf("%s: off by %g, largest value %g", what, worst, scale)
	}
}

func TestEngineOfTensorsIsTheOneOpened(t *testing.T) {
	b := enginetest.Open(t, engine.Go)
	x := tensors.FromValue([]float32{1, 2})
	if err := x.ToDevice(b, 0); err != nil {
		t.Fatal(err)
	}
	y, err := graph.ExecOnce(b, func(x *graph.Node) *graph.Node { return graph.MulScalar(x, 2) }, x)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := y.Backend()
	if err != nil || backend != b {
		t.Errorf("a result belongs to %v (%v), want the engine's backend", backend, err)
	}
}
