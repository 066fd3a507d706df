package icd

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// gumbel is the energy of a skewed distribution with known moments, that of the largest
// of many: E(x) = u + exp(-u), u = (x - mode) / width. A sign error anywhere between an
// energy and its samples turns its skewness round.
type gumbel struct{ mode, width float64 }

func (e gumbel) Value(x sampling.Images) ([]float32, error) {
	v, _, err := e.Eval(x)
	return v, err
}

func (e gumbel) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	v, g := make([]float32, x.N), x.Clone()
	for i, p := range x.Data {
		u := (float64(p) - e.mode) / e.width
		v[i] = float32(u + math.Exp(-u))
		g.Data[i] = float32((1 - math.Exp(-u)) / e.width)
	}
	return v, g, nil
}

// moments are the mean, the standard deviation and the skewness.
func moments(v []float32) (mean, deviation, skewness float64) {
	for _, x := range v {
		mean += float64(x) / float64(len(v))
	}
	var second, third float64
	for _, x := range v {
		d := float64(x) - mean
		second += d * d / float64(len(v))
		third += d * d * d / float64(len(v))
	}
	deviation = math.Sqrt(second)
	return mean, deviation, third / (second * deviation)
}

// TestSkewedChains: long chains of the family's kernel, at the step size that fits their
// noise, have the moments of the distribution: mean mode + 0.5772 width, deviation
// pi/sqrt(6) width, skewness 1.14.
func TestSkewedChains(t *testing.T) {
	e := gumbel{mode: 0.4, width: 0.06}
	noise := 0.3 * e.width
	x := sampling.NewImages(2000, 1, 1, 1)
	for i := range x.Data {
		x.Data[i] = 0.5
	}
	p := sampling.Plan{{Energy: e, Kernel: langevin(noise*noise/2, noise, false, 400), Steps: 400}}
	var last sampling.State
	for s, err := range sampling.Run(context.Background(), sampling.NewKey(1), x, p) {
		if err != nil {
			t.Fatal(err)
		}
		last = s
	}
	mean, deviation, skewness := moments(last.X.Data)
	// Standard errors of 2000 chains are 0.0017, 0.0018 and about 0.15; the finite step adds its own error.
	if want := e.mode + 0.5772*e.width; math.Abs(mean-want) > 0.006 {
		t.Errorf("mean %.4f, want %.4f", mean, want)
	}
	if want := math.Pi / math.Sqrt(6) * e.width; math.Abs(deviation-want) > 0.008 {
		t.Errorf("deviation %.4f, want %.4f", deviation, want)
	}
	if math.Abs(skewness-1.14) > 0.45 {
		t.Errorf("skewness %.2f, want 1.14", skewness)
	}
}

// TestSkewedDivergence: the training's own loss and optimiser fit
//
//	E(x) = a p + b (3 p^2 - 1) / 2, p = 2x - 1 in -1..1
//
// to data of a known a and b, far to one side, when the samples are exact. The slope of
// the loss is the data's moments less the samples'; with either sign turned the model
// leaves for the other side.
func TestSkewedDivergence(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		const count, steps, rate = 200, 200, 0.3
		r, err := nn.NewRoutine(b, "skewed", 5, nil, func(in []*graph.Node, _ []nn.Weights) []*graph.Node {
			w, v := in[2], in[3]
			energy := func(x *graph.Node) *graph.Node {
				p := graph.AddScalar(graph.MulScalar(x, 2), -1)
				second := graph.AddScalar(graph.MulScalar(graph.Square(p), 1.5), -0.5)
				return graph.Add(graph.Mul(p, scalar(w, 0)), graph.Mul(second, scalar(w, 1)))
			}
			g := graph.Gradient(divergence(energy(in[0]), energy(in[1]), 0), w)[0]
			numbers := in[4]
			next, nextV := adam(w, g, v, scalar(numbers, 0), scalar(numbers, 1))
			return []*graph.Node{graph.Concatenate([]*graph.Node{g, next, nextV}, 0)}
		})
		if err != nil {
			t.Fatal(err)
		}
		truth := []float32{3, -0.5}
		data := quantiles(truth, count)
		w, v := []float32{0, 0}, []float32{0, 0}
		for step := range steps {
			samples := quantiles(w, count)
			in := []*tensors.Tensor{
				tensors.FromFlatDataAndDimensions(data, count), tensors.FromFlatDataAndDimensions(samples, count),
				tensors.FromFlatDataAndDimensions(w, 2), tensors.FromFlatDataAndDimensions(v, 2),
				tensors.FromFlatDataAndDimensions([]float32{rate * (1 - float32(step)/steps), float32(1 - math.Pow(adamBeta2, float64(step+1)))}, 2),
			}
			out := values(t, r, in)
			if step == 0 {
				real, _, _ := moments(data)
				drawn, _, _ := moments(samples)
				if want := 2 * (real - drawn); math.Abs(float64(out[0])-want) > 1e-5 || want > -0.6 {
					t.Fatalf("slope by a: %v, want %v, the data's mean less the samples'", out[0], want)
				}
			}
			w, v = append([]float32(nil), out[2:4]...), append([]float32(nil), out[4:6]...)
		}
		mean, deviation, skewness := moments(quantiles(w, count))
		wantMean, wantDeviation, wantSkewness := moments(data)
		if math.Abs(mean-wantMean) > 0.01 || math.Abs(deviation-wantDeviation) > 0.01 || math.Abs(skewness-wantSkewness) > 0.1 || wantSkewness < 1 {
			t.Errorf("with a, b = %v: mean %.3f, deviation %.3f, skewness %.2f, want %.3f, %.3f, %.2f", w, mean, deviation, skewness, wantMean, wantDeviation, wantSkewness)
		}
	})
}

// quantiles are n exact samples of exp(-E) on 0..1, evenly spaced in
// probability.
func quantiles(w []float32, n int) []float32 {
	const cells = 4000
	var mass [cells]float64
	var total float64
	for i := range mass {
		p := 2*(float64(i)+0.5)/cells - 1
		mass[i] = math.Exp(-float64(w[0])*p - float64(w[1])*(1.5*p*p-0.5))
		total += mass[i]
	}
	all, at, below := make([]float32, n), 0, 0.0
	for k := range all {
		want := (float64(k) + 0.5) / float64(n) * total
		for below+mass[at] < want {
			below += mass[at]
			at++
		}
		all[k] = float32((float64(at) + (want-below)/mass[at]) / cells)
	}
	return all
}

// TestEnginesTrainAlike: a few iterations with either kind of norm measure the same on
// every engine. (TestKLGradient and TestResume run the KL term on every engine.)
func TestEnginesTrainAlike(t *testing.T) {
	for name, more := range map[string][]string{
		"norms, no KL":         {"norm", "true", "kl", "0", "entropy", "0", "multiscale", "false", "width", "4,4"},
		"spectral norm, no KL": {"spectral", "true", "kl", "0", "entropy", "0", "multiscale", "false", "width", "4,4"},
	} {
		t.Run(name, func(t *testing.T) {
			var first map[string]float64
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				l := begin(t, b, brightness(), tinySettings(more...))
				var m map[string]float64
				for i := range 3 {
					var err error
					if m, err = l.Step(context.Background(), i); err != nil {
						t.Fatal(err)
					}
				}
				if first == nil {
					first = m
					return
				}
				for _, what := range []string{"energy_data", "energy_samples", "cd_gradient_norm", "kl_gradient_norm", "log_neighbour"} {
					if found, want := m[what], first[what]; math.Abs(found-want) > 0.02*math.Abs(want)+1e-3 {
						t.Errorf("%s: %v, on the first engine %v", what, found, want)
					}
				}
			})
		})
	}
}
