package vaeebm

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training/trainingtest"
)

// numbersOf calls a function of single tensors and copies its outputs.
func numbersOf(t *testing.T, b compute.Backend, f func(x []*graph.Node) []*graph.Node, in ...*tensors.Tensor) [][]float32 {
	t.Helper()
	r := must[*nn.Routine](t)(nn.NewRoutine(b, t.Name(), len(in), nil, func(x []*graph.Node, _ []nn.Weights) []*graph.Node { return f(x) }))
	var values [][]float32
	for _, o := range must[[]*tensors.Tensor](t)(r.Call(in)) {
		values = append(values, must[[]float32](t)(tensors.CopyFlatData[float32](o)))
	}
	return values
}

func array(shape []int, v ...float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(v, shape...)
}

func within(t *testing.T, what string, found float32, want, tolerance float64) {
	t.Helper()
	if d := math.Abs(float64(found) - want); !(d <= tolerance) {
		t.Errorf("%s: found %v, want %v", what, found, want)
	}
}

// TestTerms: KL, squared distance and the choice of targets by hand, on every engine.
func TestTerms(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		out := numbersOf(t, b, func(x []*graph.Node) []*graph.Node {
			return []*graph.Node{divergence(x[0], x[1])}
		}, array([]int{2, 2}, 0, 0, 1, -2), array([]int{2, 2}, 0, 0, float32(math.Log(4)), 0))
		within(t, "KL of the prior", out[0][0], 0, 1e-6)
		within(t, "KL", out[0][1], 0.5*(1+4-math.Log(4)-1)+0.5*4, 1e-5)

		samples := array([]int{4, 1, 1, 2}, 1, 2, 3, 4, 5, 6, 7, 8)
		data := array([]int{4, 1, 1, 2}, -1, -2, -3, -4, -5, -6, -7, -8)
		out = numbersOf(t, b, func(x []*graph.Node) []*graph.Node {
			return []*graph.Node{squares(x[0], x[1]), targets(x[0], x[1], 0), targets(x[0], x[1], 0.5), targets(x[0], x[1], 1)}
		}, samples, data)
		for i, want := range [][]float32{{20, 100, 244, 452}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, -5, -6, -7, -8}, {-1, -2, -3, -4, -5, -6, -7, -8}} {
			if !slices.Equal(out[i], want) {
				t.Errorf("found %v, want %v", out[i], want)
			}
		}
	})
}

// losses are those of a tiny training at its first batch, as functions of arrays
// whose gradients they return too.
func losses(t *testing.T, b compute.Backend, l *learner) map[string]struct {
	specs []nn.Spec
	start nn.Params
	of    func(nn.Params) []*tensors.Tensor // loss, terms, gradients
} {
	t.Helper()
	x, masks, err := l.batch(0)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := l.batch(1)
	if err != nil {
		t.Fatal(err)
	}
	for j := range other.Data {
		other.Data[j] *= -0.5
	}
	noise := must[*tensors.Tensor](t)(l.normals(streamInference, 0, l.latent, 1, 1))
	singles := append([]*tensors.Tensor{onDevice(x), onDevice(other), noise}, l.condition(masks)...)
	list := map[string]struct {
		specs []nn.Spec
		start nn.Params
		of    func(nn.Params) []*tensors.Tensor
	}{}
	add := func(name string, n network, start *nn.Bank, loss func(x []*graph.Node, c *graph.Node, w nn.Weights, rest []nn.Weights) []*graph.Node, rest ...*nn.Bank) {
		specs := specsOf(n)
		banks := [][]string{nn.Names(specs, nn.Every)}
		for _, r := range rest {
			banks = append(banks, r.Names)
		}
		r := must[*nn.Routine](t)(nn.NewRoutine(b, name, len(singles), banks, func(in []*graph.Node, w []nn.Weights) []*graph.Node {
			in, c := l.given(in)
			out := loss(in, c, Effective(n, w[0]), w[1:])
			return append(out[:3], graph.Gradient(out[0], w[0].In(nn.Names(specs, nn.Trained))...)...)
		}))
		list[name] = struct {
			specs []nn.Spec
			start nn.Params
			of    func(nn.Params) []*tensors.Tensor
		}{specs, must[nn.Params](t)(start.Params()), func(p nn.Params) []*tensors.Tensor {
			return must[[]*tensors.Tensor](t)(r.Call(singles, append([]*nn.Bank{nn.NewBank(p)}, rest...)...))
		}}
	}
	three := func(a, b, c *graph.Node) []*graph.Node { return []*graph.Node{a, b, c} }
	add("energy", l.energy, l.energyNow.weights, func(x []*graph.Node, c *graph.Node, w nn.Weights, _ []nn.Weights) []*graph.Node {
		return three(l.likelihood(w, x[0], x[1], c, 0.1))
	})
	add("generator", l.generator, l.generatorNow.weights, func(x []*graph.Node, c *graph.Node, w nn.Weights, rest []nn.Weights) []*graph.Node {
		return three(l.variational(l.config, w, Effective(l.encoder, rest[0]), x[0], x[2], c, nn.Weights{}))
	}, l.encoderNow.weights)
	add("encoder", l.encoder, l.encoderNow.weights, func(x []*graph.Node, c *graph.Node, w nn.Weights, rest []nn.Weights) []*graph.Node {
		return three(l.variational(l.config, Effective(l.generator, rest[0]), w, x[0], x[2], c, nn.Weights{}))
	}, l.generatorNow.weights)
	return list
}

// TestGradients: the losses' gradients by the weights are those of finite differences,
// and the energy's loss is what the opened model says of the same pictures.
func TestGradients(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for _, completion := range []string{"false", "true"} {
			l := tinyLearner(t, b, "completion", completion, "kl", "0.5")
			for name, q := range losses(t, b, l) {
				out := q.of(q.start)
				scalar := func(v *tensors.Tensor) float64 {
					return float64(must[[]float32](t)(tensors.CopyFlatData[float32](v))[0])
				}
				if name == "energy" {
					l.compareEnergies(t, b, scalar(out[1]), scalar(out[2]))
				} else if want := scalar(out[1])/(2*0.3*0.3) + 0.5*scalar(out[2]); math.Abs(scalar(out[0])-want) > 1e-4*want {
					t.Errorf("%s: found a loss of %v, want %v", name, scalar(out[0]), want)
				}
				var square float64
				gradients := map[string][]float32{}
				some := nn.Names(q.specs, nn.Trained)
				for i, array := range some {
					gradients[array] = must[[]float32](t)(tensors.CopyFlatData[float32](out[3+i]))
					for _, g := range gradients[array] {
						square += float64(g) * float64(g)
					}
				}
				// Steps along the gradient that change the loss by a few parts in ten thousand:
				// above float32's rounding, and few units of the networks cross 0.
				step := 3e-4 * math.Max(math.Abs(scalar(out[0])), 0.02) / square
				up, down := q.start.Clone(), q.start.Clone()
				for j := range up {
					for k, g := range gradients[up[j].Name] {
						up[j].Data[k] += float32(step * float64(g))
						down[j].Data[k] -= float32(step * float64(g))
					}
				}
				found := scalar(q.of(up)[0]) - scalar(q.of(down)[0])
				if want := 2 * step * square; square == 0 || math.Abs(found-want) > 0.03*want {
					t.Errorf("%s, completion %s: the loss changes by %g, its gradient says %g", name, completion, found, want)
				}
			}
		}
	})
}

// compareEnergies compares mean energies of the two batches of [losses] with those of
// the opened model.
func (l *learner) compareEnergies(t *testing.T, b compute.Backend, ofData, ofSamples float64) {
	t.Helper()
	list, about, err := l.checkpoint(0)
	if err != nil {
		t.Fatal(err)
	}
	m := must[*models.Model](t)(Open(b, trainingtest.File(list, about), models.Options{Weights: "raw"}))
	x, c, err := l.batch(0)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := l.batch(1)
	if err != nil {
		t.Fatal(err)
	}
	for j := range other.Data {
		other.Data[j] *= -0.5
	}
	e := must[sampling.Energy](t)(m.At(models.Given{Picture: c}))
	for what, pair := range map[string]struct {
		x     sampling.Images
		found float64
	}{"data": {x, ofData}, "samples": {other, ofSamples}} {
		var mean float64
		for _, v := range must[[]float32](t)(e.Value(pair.x)) {
			mean += float64(v) / float64(x.N)
		}
		within(t, "mean energy of "+what, float32(pair.found), mean, 1e-5)
	}
}

// TestDescend: two steps of one array against Adam's definition in float64, with the
// gradient cut and the average kept.
func TestDescend(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		specs := []nn.Spec{{Name: "w", Shape: []int{2}}, {Name: "s", Shape: []int{1}, Role: nn.Mean}}
		names := nn.LearnedNames(specs)
		r := must[*nn.Routine](t)(nn.NewRoutine(b, t.Name(), 1, names, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
			loss := graph.ReduceAllSum(graph.Mul(w[0].Get("w"), graph.Const(x[0].Graph(), []float32{3, -4}))) // gradient of length 5
			state := nn.Weights{"s": graph.AddScalar(w[0].Get("s"), 1)}
			out, length := nn.Descend(loss, x[0], 1, nn.Learned{Specs: specs, Weights: w[0], M: w[1], V: w[2], Mean: w[3], State: state})
			return append(out, nn.Vector(length))
		}))
		start := nn.Params{{Name: "w", Array: nn.Array{Shape: []int{2}, Data: []float32{1, 1}}}, {Name: "s", Array: nn.Array{Shape: []int{1}, Data: []float32{5}}}}
		banks := []*nn.Bank{nn.NewBank(start), nn.ZeroBank(specs), nn.ZeroBank(specs), nn.NewBank(start)}
		w, m, v, mean := []float64{1, 1}, make([]float64, 2), make([]float64, 2), []float64{1, 1}
		for i := range 2 {
			out := must[[]*tensors.Tensor](t)(r.Call([]*tensors.Tensor{nn.UpdateNumbers(i, 0.1, 0.75)}, banks...))
			out = must[[]*tensors.Tensor](t)(nn.Replace(out, banks...))
			within(t, "length", must[[]float32](t)(tensors.CopyFlatData[float32](out[0]))[0], 5, 1e-5)
			for j, g := range []float64{0.6, -0.8} {
				m[j], v[j] = 0.9*m[j]+0.1*g, 0.999*v[j]+0.001*g*g
				w[j] -= 0.1 * m[j] / (1 - math.Pow(0.9, float64(i+1))) / (math.Sqrt(v[j]/(1-math.Pow(0.999, float64(i+1)))) + 1e-8)
				mean[j] = 0.75*mean[j] + 0.25*w[j]
			}
		}
		found, average := must[nn.Params](t)(banks[0].Params()), must[nn.Params](t)(banks[3].Params())
		for j := range w {
			within(t, "weight", found[0].Data[j], w[j], 1e-5)
			within(t, "average", average[0].Data[j], mean[j], 1e-5)
		}
		within(t, "buffer", found[1].Data[0], 7, 0)
	})
}
