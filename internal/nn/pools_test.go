package nn

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
)

// reflected is the pixel that stands for one beyond the border, -1 or n.
func reflected(j, n int) int {
	if j < 0 {
		return -j
	}
	if j >= n {
		return 2*(n-1) - j
	}
	return j
}

// TestHalving compares the pools with their definitions on even and odd sizes, and
// the second derivative of a cubic of them with that of its formula.
func TestHalving(t *testing.T) {
	const n, h, w, c = 2, 5, 4, 3
	x := NewArray(n, h, w, c)
	for i := range x.Data {
		x.Data[i] = float32(math.Sin(1.3 * float64(i)))
	}
	at := func(i, y, z, k int) float64 { return float64(x.Data[((i*h+y)*w+z)*c+k]) }
	pools := map[string]struct {
		of     func(*graph.Node) *graph.Node
		weight [3]float64
		pixel  func(j, n int) (int, bool)
	}{
		"overlap": {OverlapPool, [3]float64{1. / 3, 1. / 3, 1. / 3}, func(j, n int) (int, bool) { return j, j >= 0 && j < n }},
		"blur":    {Blur, [3]float64{0.25, 0.5, 0.25}, func(j, n int) (int, bool) { return reflected(j, n), true }},
	}
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		device, err := Place(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, pool := range pools {
			exec := NewExec(name, device, func(_ Weights, in []*graph.Node) []*graph.Node {
				y := pool.of(in[0])
				first := graph.Gradient(graph.ReduceAllSum(graph.Mul(y, graph.Square(y))), in[0])[0]
				second := graph.Gradient(graph.ReduceAllSum(graph.Square(first)), in[0])[0]
				return []*graph.Node{y, first, second}
			})
			out, err := exec.Call(x)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			oh, ow := (h+1)/2, (w+1)/2
			pooled := func(i, y, z, k int) (sum float64, share map[int]float64) {
				share = map[int]float64{}
				for dy := range 3 {
					for dz := range 3 {
						py, insideY := pool.pixel(2*y+dy-1, h)
						pz, insideZ := pool.pixel(2*z+dz-1, w)
						if insideY && insideZ {
							v := pool.weight[dy] * pool.weight[dz]
							sum += v * at(i, py, pz, k)
							share[((i*h+py)*w+pz)*c+k] += v
						}
					}
				}
				return sum, share
			}
			first, second := make([]float64, len(x.Data)), make([]float64, len(x.Data))
			each := func(f func(at int, sum float64, share map[int]float64)) {
				for i := range n {
					for y := range oh {
						for z := range ow {
							for k := range c {
								sum, share := pooled(i, y, z, k)
								f(((i*oh+y)*ow+z)*c+k, sum, share)
							}
						}
					}
				}
			}
			each(func(at int, sum float64, share map[int]float64) {
				if got := float64(out[0].Data[at]); math.Abs(got-sum) > 1e-6 {
					t.Errorf("%s: output %d is %v, want %v", name, at, got, sum)
				}
				for j, v := range share {
					first[j] += 3 * sum * sum * v
				}
			})
			// With G = sum y^3: d/dx |dG/dx|^2 = 2 H dG/dx, H = A^T diag(6y) A.
			each(func(_ int, sum float64, share map[int]float64) {
				var along float64
				for j, v := range share {
					along += v * first[j]
				}
				for j, v := range share {
					second[j] += 2 * 6 * sum * along * v
				}
			})
			for j := range x.Data {
				if math.Abs(float64(out[1].Data[j])-first[j]) > 1e-5 || math.Abs(float64(out[2].Data[j])-second[j]) > 1e-5 {
					t.Errorf("%s: derivatives at %d are %v and %v, want %v and %v", name, j, out[1].Data[j], out[2].Data[j], first[j], second[j])
				}
			}
		}
	})
}
