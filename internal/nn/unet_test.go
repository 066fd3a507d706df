package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
)

// naiveGroupNorm is PyTorch's group norm by its definition, channels last.
func naiveGroupNorm(x, gain, offset Array, groups int, eps float64) Array {
	n, c := x.Shape[0], x.Shape[len(x.Shape)-1]
	pixels, width := len(x.Data)/(n*c), c/groups
	y := NewArray(x.Shape...)
	for i := range n {
		for g := range groups {
			at := func(p, k int) int { return (i*pixels+p)*c + g*width + k }
			var sum, square float64
			for p := range pixels {
				for k := range width {
					v := float64(x.Data[at(p, k)])
					sum, square = sum+v, square+v*v
				}
			}
			mean := sum / float64(pixels*width)
			deviation := math.Sqrt(square/float64(pixels*width) - mean*mean + eps)
			for p := range pixels {
				for k := range width {
					j := g*width + k
					y.Data[at(p, k)] = float32((float64(x.Data[at(p, k)])-mean)/deviation)*gain.Data[j] + offset.Data[j]
				}
			}
		}
	}
	return y
}

func TestGroupNorm(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		r := rand.New(rand.NewPCG(3, 3))
		for _, shape := range [][]int{{2, 3, 4, 6}, {3, 6}} {
			for _, groups := range []int{1, 2, 6} {
				x, gain, offset := random(r, shape...), random(r, 6), random(r, 6)
				for i := range x.Data { // a mean far from 0 must not cost digits
					x.Data[i] += 30
				}
				out := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
					return []*graph.Node{GroupNorm(w, "n", in[0], groups)}
				}, Params{{"n.weight", gain}, {"n.bias", offset}}, x)
				if len(shape) == 2 && groups == 6 {
					near(t, "a group of one number", out[0].Data[:6], offset.Data, 1e-3)
					continue
				}
				near(t, "group norm", out[0].Data, naiveGroupNorm(x, gain, offset, groups, 1e-6).Data, 2e-4)
			}
		}
	})
}

// TestAttention compares with attention by its definition, and its gradient with
// differences.
func TestAttention(t *testing.T) {
	const n, side, c, heads, groups = 2, 2, 4, 2, 2
	const pixels, size = side * side, c / heads
	r := rand.New(rand.NewPCG(4, 4))
	x, gain, offset := random(r, n, side, side, c), random(r, c), random(r, c)
	qkv, qkvBias := random(r, 1, 1, c, 3*c), random(r, 3*c)
	out, outBias := random(r, 1, 1, c, c), random(r, c)
	h := naiveGroupNorm(x, gain, offset, groups, 1e-6)
	linear := func(row, kernel, bias []float32) []float64 {
		y := make([]float64, len(bias))
		for o := range y {
			y[o] = float64(bias[o])
			for i, v := range row {
				y[o] += float64(v) * float64(kernel[i*len(bias)+o])
			}
		}
		return y
	}
	want := NewArray(x.Shape...)
	for i := range n {
		var all [pixels][]float64
		for p := range pixels {
			all[p] = linear(h.Data[(i*pixels+p)*c:(i*pixels+p+1)*c], qkv.Data, qkvBias.Data)
		}
		for p := range pixels {
			mixed := make([]float32, c)
			for head := range heads {
				var share [pixels]float64
				var total float64
				for q := range pixels {
					var dot float64
					for k := range size {
						dot += all[p][head*size+k] * all[q][c+head*size+k]
					}
					share[q] = math.Exp(dot / math.Sqrt(size))
					total += share[q]
				}
				for q := range pixels {
					for k := range size {
						mixed[head*size+k] += float32(share[q] / total * all[q][2*c+head*size+k])
					}
				}
			}
			for k, v := range linear(mixed, out.Data, outBias.Data) {
				at := (i*pixels+p)*c + k
				want.Data[at] = x.Data[at] + float32(v)
			}
		}
	}
	params := Params{
		{"a.norm.weight", gain}, {"a.norm.bias", offset}, {"a.to_qkv.kernel", qkv}, {"a.to_qkv.bias", qkvBias}, {"a.to_out.kernel", out}, {"a.to_out.bias", outBias},
	}
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		found := runOnce(t, b, func(w Weights, in []*graph.Node) []*graph.Node {
			return []*graph.Node{Attention(w, "a", in[0], groups, heads)}
		}, params, x)
		near(t, "attention", found[0].Data, want.Data, 1e-4)
	})
}

func TestUpsampleAndSwish(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		x := Array{Shape: []int{1, 1, 2, 2}, Data: []float32{1, -1, 2, 3}}
		out := runOnce(t, b, func(_ Weights, in []*graph.Node) []*graph.Node {
			up := Upsample(in[0], 2)
			grad := graph.Gradient(graph.ReduceAllSum(graph.Square(up)), in[0])[0]
			return []*graph.Node{up, grad, Swish(in[0])}
		}, Params{{"unused", NewArray(1)}}, x)
		near(t, "upsampled", out[0].Data, []float32{1, -1, 1, -1, 2, 3, 2, 3, 1, -1, 1, -1, 2, 3, 2, 3}, 0)
		near(t, "gradient", out[1].Data, []float32{8, -8, 16, 24}, 1e-5)
		swish := func(v float64) float32 { return float32(v / (1 + math.Exp(-v))) }
		near(t, "swish", out[2].Data, []float32{swish(1), swish(-1), swish(2), swish(3)}, 1e-6)
	})
}

func TestSinusoidal(t *testing.T) {
	for length, want := range map[int][]float64{
		6: {math.Sin(3), math.Sin(0.03), math.Sin(3e-4), math.Cos(3), math.Cos(0.03), math.Cos(3e-4)},
		5: {math.Sin(3), math.Sin(3e-4), math.Cos(3), math.Cos(3e-4), 0},
		2: {math.Sin(3), math.Cos(3)},
	} {
		found := make([]float32, length)
		found[length-1] = 7
		Sinusoidal(3, found)
		for i, v := range want {
			if math.Abs(float64(found[i])-v) > 1e-6 {
				t.Errorf("length %d: found %v, want %v", length, found, want)
				break
			}
		}
	}
}

// TestInitOfTheOlderSpectralNorm: its u and v belong to weight_orig.
func TestInitOfTheOlderSpectralNorm(t *testing.T) {
	p := Init([]Spec{
		{Name: "c.weight_orig", Shape: []int{4, 6}, Role: Weight, Bound: 1},
		{Name: "c.weight_u", Shape: []int{4}, Role: Left},
		{Name: "c.weight_v", Shape: []int{6}, Role: Right},
	}, rand.New(rand.NewPCG(1, 1)))
	m := p.Map()
	sigma := SpectralSigma(m["c.weight_orig"], m["c.weight_u"].Data, m["c.weight_v"].Data)
	u, v := m["c.weight_u"].Data, m["c.weight_v"].Data
	for range 1000 {
		powerIteration(m["c.weight_orig"].Data, u, v)
	}
	if end := SpectralSigma(m["c.weight_orig"], u, v); math.Abs(sigma-end) > 0.05*end {
		t.Errorf("sigma %g after Init, %g in the end", sigma, end)
	}
}
