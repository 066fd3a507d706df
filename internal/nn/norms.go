package nn

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gomlx/gomlx/core/graph"
)

// batchNormEps and batchNormMomentum are PyTorch's defaults.
const (
	batchNormEps      = 1e-5
	batchNormMomentum = 0.1
)

// BatchNorm is PyTorch's batch norm over every axis but the last, with the arrays
// name+".weight", ".bias", ".running_mean" and ".running_var".
//
// Where stats is nil it evaluates with the running statistics. Otherwise it
// normalises with the batch's own statistics and puts the new running mean and
// (unbiased) variance into stats under their names; they carry no gradient.
func BatchNorm(w Weights, name string, x *graph.Node, stats Weights) *graph.Node {
	gain, offset := w.Get(name+".weight"), w.Get(name+".bias")
	mean, variance := w.Get(name+".running_mean"), w.Get(name+".running_var")
	if stats == nil {
		// One product and one sum: gain/sqrt(var+eps) and what is left of the offset.
		scale := graph.Div(gain, graph.Sqrt(graph.AddScalar(variance, batchNormEps)))
		shift := graph.Sub(offset, graph.Mul(mean, scale))
		return graph.Add(graph.Mul(x, lastAxis(scale, x)), lastAxis(shift, x))
	}
	axes := make([]int, x.Rank()-1)
	count := 1
	for i := range axes {
		axes[i] = i
		count *= x.Shape().Dimensions[i]
	}
	batchMean := graph.ReduceMean(x, axes...)
	centred := graph.Sub(x, lastAxis(batchMean, x))
	batchVar := graph.ReduceMean(graph.Square(centred), axes...)
	unbiased := graph.MulScalar(batchVar, float64(count)/math.Max(float64(count-1), 1))
	stats[name+".running_mean"] = graph.StopGradient(running(mean, batchMean))
	stats[name+".running_var"] = graph.StopGradient(running(variance, unbiased))
	scale := graph.Div(gain, graph.Sqrt(graph.AddScalar(batchVar, batchNormEps)))
	return graph.Add(graph.Mul(centred, lastAxis(scale, x)), lastAxis(offset, x))
}

func running(old, now *graph.Node) *graph.Node {
	return graph.Add(graph.MulScalar(old, 1-batchNormMomentum), graph.MulScalar(now, batchNormMomentum))
}

// Sigma is the spectral norm's estimate u^T W v of the largest singular value of a
// convolution's or linear layer's weight, taken as the matrix [out, rest] (Miyato
// et al., 2018). It runs the given number of power iterations first (0 in
// evaluation, 1 a training step in PyTorch) and returns the u and v it used. u and
// v carry no gradient; sigma does, through W.
func Sigma(weight, u, v *graph.Node, iterations int) (sigma, newU, newV *graph.Node) {
	out := weight.Shape().Dimensions[0]
	matrix := graph.Reshape(weight, out, -1)
	frozen := graph.StopGradient(matrix)
	for range iterations {
		u = spectralUnit(graph.DotGeneral(frozen, []int{1}, nil, v, []int{0}, nil))
		v = spectralUnit(graph.DotGeneral(frozen, []int{0}, nil, u, []int{0}, nil))
	}
	u, v = graph.StopGradient(u), graph.StopGradient(v)
	product := graph.DotGeneral(matrix, []int{1}, nil, v, []int{0}, nil) // [out]
	return graph.ReduceAllSum(graph.Mul(u, product)), u, v
}

// spectralUnit is PyTorch's normalize with the spectral norm's eps of 1e-12.
func spectralUnit(v *graph.Node) *graph.Node {
	norm := graph.Sqrt(graph.ReduceAllSum(graph.Square(v)))
	return graph.Div(v, graph.MaxScalar(norm, 1e-12))
}

// SpectralSigma is u^T W v on the host, summed in float64.
func SpectralSigma(weight Array, u, v []float32) float64 {
	rest := len(v)
	var sigma float64
	for o, uo := range u {
		var dot float64
		for i, x := range weight.Data[o*rest : (o+1)*rest] {
			dot += float64(x) * float64(v[i])
		}
		sigma += float64(uo) * dot
	}
	return sigma
}

// FoldSpectral divides a weight of any rank by u^T W v on the host and leaves the
// weight as it is.
func FoldSpectral(weight Array, u, v []float32) Array {
	sigma := SpectralSigma(weight, u, v)
	folded := Array{Shape: weight.Shape, Data: make([]float32, len(weight.Data))}
	for i, x := range weight.Data {
		folded.Data[i] = float32(float64(x) / sigma)
	}
	return folded
}

// HostKernel turns a convolution's weight [out, in, height, width], divided by
// sigma (1: as it is), into the kernel [height, width, in, out] on the host.
func HostKernel(w Array, sigma float64) Array {
	out, in, h, k := w.Shape[0], w.Shape[1], w.Shape[2], w.Shape[3]
	kernel := NewArray(h, k, in, out)
	inverse := 1 / sigma
	// Input channels outside: what is read and what is written stay in the cache.
	for i := range in {
		for o := range out {
			for t, x := range w.Data[(o*in+i)*h*k : (o*in+i+1)*h*k] {
				kernel.Data[(t*in+i)*out+o] = float32(float64(x) * inverse)
			}
		}
	}
	return kernel
}

// Each calls f for 0..n-1 on every processor and returns when all are done.
func Each(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
