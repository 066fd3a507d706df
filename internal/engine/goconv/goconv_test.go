package goconv_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/engine/goconv"
)

// shape is one convolution of the table.
type shape struct {
	n, h, w, c, kh, kw, o int
	stride                int
	pad                   [2][2]int
}

func (s shape) String() string {
	return fmt.Sprintf("%dx%dx%dx%d kernel %dx%d to %d stride %d pad %v", s.n, s.h, s.w, s.c, s.kh, s.kw, s.o, s.stride, s.pad)
}

func even(p int) [2][2]int { return [2][2]int{{p, p}, {p, p}} }

var table = []shape{
	{2, 8, 8, 4, 3, 3, 16, 1, even(1)},
	{3, 7, 5, 17, 3, 3, 19, 1, even(1)}, // odd sizes
	{2, 9, 9, 3, 3, 3, 32, 1, even(1)},  // stem: few channels in, so few out in its gradient
	{2, 6, 6, 40, 3, 3, 3, 1, even(1)},
	{2, 8, 8, 16, 3, 3, 16, 2, even(1)},
	{2, 7, 9, 16, 3, 3, 16, 2, even(1)},
	{1, 28, 28, 3, 7, 7, 8, 2, even(3)}, // the encoder's stem
	{2, 15, 13, 3, 7, 7, 8, 2, even(3)},
	{2, 5, 6, 20, 1, 1, 10, 1, even(0)},
	{2, 5, 6, 20, 1, 1, 10, 2, even(0)},
	{2, 6, 6, 20, 3, 3, 20, 1, even(0)},
	{2, 4, 4, 20, 4, 4, 30, 1, even(0)}, // the whole picture
	{2, 8, 8, 20, 4, 4, 30, 2, even(1)},
	{2, 6, 7, 20, 3, 3, 20, 1, [2][2]int{{0, 2}, {2, 0}}},
	{2, 6, 7, 20, 3, 3, 20, 1, [2][2]int{{1, 0}, {0, 2}}},
	{2, 7, 6, 20, 3, 3, 20, 2, [2][2]int{{0, 1}, {1, 0}}},
	{2, 6, 6, 20, 3, 3, 20, 1, even(2)}, // larger than the picture
	{2, 2, 2, 20, 3, 3, 20, 1, even(1)}, // a picture smaller than the kernel
	{2, 1, 1, 20, 3, 3, 20, 1, even(1)},
	{2, 6, 9, 20, 1, 5, 8, 1, [2][2]int{{0, 0}, {2, 2}}},
	{2, 9, 6, 20, 5, 1, 8, 1, [2][2]int{{2, 2}, {0, 0}}},
	{2, 11, 11, 20, 3, 2, 8, 3, [2][2]int{{1, 1}, {0, 1}}},
}

// results are the convolution and its gradients, as flat values.
type results struct{ y, dx, dk []float32 }

func run(t *testing.T, b compute.Backend, s shape, axes images.ChannelsAxisConfig) results {
	t.Helper()
	xd, kd := []int{s.n, s.h, s.w, s.c}, []int{s.kh, s.kw, s.c, s.o}
	if axes == images.ChannelsFirst {
		xd, kd = []int{s.n, s.c, s.h, s.w}, []int{s.o, s.c, s.kh, s.kw}
	}
	x, k := random(1, xd...), random(2, kd...)
	e, err := graph.NewExec(b, func(x, k *graph.Node) []*graph.Node {
		y := graph.Convolve(x, k).ChannelsAxis(axes).Strides(s.stride).PaddingPerDim(s.pad[:]).Done()
		weights := graph.Sin(graph.AddScalar(graph.IotaFull(y.Graph(), y.Shape()), 1)) // every output counts differently
		g := graph.Gradient(graph.ReduceAllSum(graph.Mul(y, weights)), x, k)
		return []*graph.Node{y, g[0], g[1]}
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Call(x, k)
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	return results{flat(t, out[0]), flat(t, out[1]), flat(t, out[2])}
}

func random(seed uint64, dims ...int) *tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, 0))
	n := 1
	for _, d := range dims {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(v, dims...)
}

func flat(t *testing.T, x *tensors.Tensor) []float32 {
	t.Helper()
	v, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// compare allows rounding of float32 sums: relative to the array's own size.
func compare(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var scale, worst float64
	for i := range want {
		scale = max(scale, math.Abs(float64(want[i])))
		worst = max(worst, math.Abs(float64(got[i]-want[i])))
	}
	if !(worst <= 1e-5*scale) {
		t.Errorf("%s: off by %g, largest value %g", what, worst, scale)
	}
}

// strict refuses every convolution, so that none of the table can have been
// left to the stock one.
type strict struct{ compute.Backend }

func (b strict) Builder(name string) compute.Builder { return strictBuilder{b.Backend.Builder(name)} }

type strictBuilder struct{ compute.Builder }

func (b strictBuilder) Main() compute.Function { return strictFunction{b.Builder.Main()} }

type strictFunction struct{ compute.Function }

func (strictFunction) ConvGeneral(_, _ compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int,
	inputDilations, kernelDilations []int, _, _ int,
) (compute.Value, error) {
	return nil, fmt.Errorf("left to the stock convolution: %+v strides %v paddings %v dilations %v %v", axes, strides, paddings, inputDilations, kernelDilations)
}

func each(t *testing.T, test func(t *testing.T, s shape, axes images.ChannelsAxisConfig), layouts ...images.ChannelsAxisConfig) {
	for _, axes := range layouts {
		for _, s := range table {
			t.Run(fmt.Sprint(axes, " ", s), func(t *testing.T) { test(t, s, axes) })
		}
	}
}

func TestConvolutionsEqualTheStockOnes(t *testing.T) {
	stock, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	ours := goconv.Wrap(strict{stock})
	each(t, func(t *testing.T, s shape, axes images.ChannelsAxisConfig) {
		got, want := run(t, ours, s, axes), run(t, stock, s, axes)
		compare(t, "convolution", got.y, want.y)
		compare(t, "gradient of the picture", got.dx, want.dx)
		compare(t, "gradient of the kernel", got.dk, want.dk)
	}, images.ChannelsLast, images.ChannelsFirst)
}

func TestConvolutionsEqualXLAs(t *testing.T) {
	xla, ours := enginetest.Open(t, engine.XLACPU), enginetest.Open(t, engine.Go)
	each(t, func(t *testing.T, s shape, axes images.ChannelsAxisConfig) {
		got, want := run(t, ours, s, axes), run(t, xla, s, axes)
		compare(t, "convolution", got.y, want.y)
		compare(t, "gradient of the picture", got.dx, want.dx)
		compare(t, "gradient of the kernel", got.dk, want.dk)
	}, images.ChannelsLast) // XLA takes a second to compile each
}

// TestTheRestIsLeftToTheBackend: groups and dilated kernels work all the same.
func TestTheRestIsLeftToTheBackend(t *testing.T) {
	stock, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func(x, k *graph.Node) *graph.Node{
		"dilated": func(x, k *graph.Node) *graph.Node { return graph.Convolve(x, k).PadSame().Dilations(2).Done() },
		"grouped": func(x, k *graph.Node) *graph.Node {
			return graph.Convolve(x, graph.Slice(k, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 2))).PadSame().ChannelGroupCount(2).Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got [2][]float32
			for i, b := range []compute.Backend{goconv.Wrap(stock), stock} {
				e, err := graph.NewExec(b, build)
				if err != nil {
					t.Fatal(err)
				}
				y, err := e.Call(random(1, 2, 16, 16, 4), random(2, 3, 3, 4, 6))
				if err != nil {
					t.Fatal(err)
				}
				got[i] = flat(t, y[0])
			}
			compare(t, name, got[0], got[1])
		})
	}
}

func TestBroadcastsEqualTheStockOnes(t *testing.T) {
	stock, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	for _, small := range [][]int{{1, 1, 1, 24}, {5, 1, 1, 24}, {1, 7, 1, 24}, {1, 1, 37, 24}, {5, 1, 37, 24}, {5, 7, 37, 1}, {1, 1, 1, 1}} {
		t.Run(fmt.Sprint(small), func(t *testing.T) {
			var got [2][]float32
			for i, b := range []compute.Backend{goconv.Wrap(stock), stock} {
				e, err := graph.NewExec(b, func(x, s *graph.Node) *graph.Node {
					y := graph.Div(graph.Mul(graph.Sub(graph.Add(x, s), graph.MulScalar(s, 3)), s), graph.AddScalar(graph.Square(s), 1))
					return graph.Add(graph.BroadcastToShape(s, x.Shape()), graph.Sub(s, y))
				})
				if err != nil {
					t.Fatal(err)
				}
				y, err := e.Call(random(1, 5, 7, 37, 24), random(2, small...))
				if err != nil {
					t.Fatal(err)
				}
				got[i] = flat(t, y[0])
			}
			compare(t, "broadcast", got[0], got[1])
		})
	}
}

// TestMovesEqualTheStockOnes: transpositions and slices, in pairs and not, are the backend's
// to the bit.
func TestMovesEqualTheStockOnes(t *testing.T) {
	stock, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	axis := graph.AxisRange
	for name, move := range map[string]func(x *graph.Node) *graph.Node{
		"moves nothing":      func(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(x, 0, 1, 2, 3) },
		"last axis stays":    func(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(x, 2, 0, 1, 3) },
		"last axis moves":    func(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(x, 3, 0, 1, 2) },
		"cut along others":   func(x *graph.Node) *graph.Node { return graph.Slice(x, axis(1), axis(0, 4), axis(1, 6)) },
		"cut between pairs":  func(x *graph.Node) *graph.Node { return graph.Slice(x, axis(), axis(), axis(), axis(2, 14)) },
		"cut through a pair": func(x *graph.Node) *graph.Node { return graph.Slice(x, axis(), axis(), axis(), axis(1, 15)) },
		"every other line":   func(x *graph.Node) *graph.Node { return graph.Slice(x, axis(), axis().Stride(2), axis(), axis()) },
		"every other value":  func(x *graph.Node) *graph.Node { return graph.Slice(x, axis(), axis(), axis(), axis().Stride(2)) },
		"a small part":       func(x *graph.Node) *graph.Node { return graph.Slice(x, axis(0, 1), axis(0, 1), axis(), axis()) },
		"integers": func(x *graph.Node) *graph.Node {
			return graph.ConvertDType(graph.TransposeAllAxes(graph.ConvertDType(graph.MulScalar(x, 100), dtypes.Int32), 1, 0, 2, 3), dtypes.Float32)
		},
		"double precision": func(x *graph.Node) *graph.Node {
			return graph.ConvertDType(graph.TransposeAllAxes(graph.ConvertDType(x, dtypes.Float64), 1, 0, 2, 3), dtypes.Float32)
		},
		"slice of a transposed": func(x *graph.Node) *graph.Node {
			return graph.Slice(graph.TransposeAllAxes(x, 1, 0, 2, 3), axis(1), axis(2))
		},
		"transposed of a product": func(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(graph.Square(x), 0, 2, 1, 3) },
	} {
		for _, size := range [][]int{{9, 8, 7, 16}, {9, 8, 7, 17}, {2, 4, 6, 16}} {
			t.Run(fmt.Sprint(name, size), func(t *testing.T) {
				var got [2][]float32
				for i, b := range []compute.Backend{goconv.Wrap(stock), stock} {
					e, err := graph.NewExec(b, func(x *graph.Node) *graph.Node { return move(x) })
					if err != nil {
						t.Fatal(err)
					}
					y, err := e.Call(random(1, size...))
					if err != nil {
						t.Fatal(err)
					}
					got[i] = flat(t, y[0])
				}
				if !slices.Equal(got[0], got[1]) {
					t.Error("found other values than the backend's")
				}
			})
		}
	}
}
