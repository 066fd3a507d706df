package engine_test

import (
	"os"
	"runtime"
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

// goBackend is the pure-Go engine with as few worker slots as it can have, which
// is where a deadlock is likeliest. EBMSTUDIO_TEST_STOCK=1 takes the stock "go"
// configuration instead, on which these tests do not end.
func goBackend(t *testing.T) compute.Backend {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // slots are counted when a backend is made
	if os.Getenv("EBMSTUDIO_TEST_STOCK") != "" {
		b, err := compute.NewWithConfig("go")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	e, err := engine.Open(t.Context(), engine.Options{Name: engine.Go})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e.Backend
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
	exec, err := graph.NewExec(b, func(in []*graph.Node) *graph.Node {
		sum := graph.MatMul(in[0], in[0])
		for _, x := range in[1:] {
			sum = graph.Add(sum, graph.MatMul(in[0], x)) // all of them can start at once
		}
		return sum
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &weights{}
	for i := range 64 {
		w.add(i, 192, 192) // large enough for the backend to split them
	}
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
		var loss *graph.Node
		for i, k := range kernels { // side by side, so that they can start at once
			conv := graph.Convolve(x, k).ChannelsAxis(images.ChannelsLast).PadSame()
			switch i % 3 {
			case 1:
				conv = conv.Strides(2)
			case 2:
				conv = conv.Dilations(2) // left to the stock convolution
			}
			y := graph.ReduceAllMean(graph.Square(leaky(conv.Done())))
			if loss == nil {
				loss = y
			} else {
				loss = graph.Add(loss, y)
			}
		}
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
			w.add(0, 8, 16, 16, 12)
			for k := range 9 {
				w.add(k+1, 3, 3, 12, 24)
			}
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
	y, err := graph.CallOnce(b, func(x *graph.Node) *graph.Node { return graph.MulScalar(x, 2) }, x)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := y.Backend()
	if err != nil || backend != b {
		t.Errorf("a result belongs to %v (%v), want the engine's backend", backend, err)
	}
}
