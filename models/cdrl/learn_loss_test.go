package cdrl

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training/trainingtest"
)

// hostImages copies pictures from the device, of the shape of others.
func hostImages(t *tensors.Tensor, like sampling.Images) (sampling.Images, error) {
	v, err := tensors.CopyFlatData[float32](t)
	like.Data = v
	return like, err
}

// numbersOf calls a function of single tensors and copies its outputs.
func numbersOf(t *testing.T, f func(x []*graph.Node) []*graph.Node, in ...*tensors.Tensor) [][]float32 {
	t.Helper()
	r := must[*nn.Routine](t)(nn.NewRoutine(enginetest.Open(t, "go"), t.Name(), len(in), nil, func(x []*graph.Node, _ []nn.Weights) []*graph.Node { return f(x) }))
	var values [][]float32
	for _, o := range must[[]*tensors.Tensor](t)(r.Call(in)) {
		values = append(values, must[[]float32](t)(tensors.CopyFlatData[float32](o)))
	}
	return values
}

func row(v ...float64) *tensors.Tensor {
	r := make([]float32, len(v))
	for i := range v {
		r[i] = float32(v[i])
	}
	return tensors.FromFlatDataAndDimensions(r, len(r))
}

func within(t *testing.T, what string, found float32, want, tolerance float64) {
	t.Helper()
	if d := math.Abs(float64(found) - want); !(d <= tolerance) {
		t.Errorf("%s: found %v, want %v", what, found, want)
	}
}

// TestRegression: by hand, and its two ends.
func TestRegression(t *testing.T) {
	out := numbersOf(t, func(x []*graph.Node) []*graph.Node {
		return []*graph.Node{regression(x[0], x[1], x[2], 0.25), regression(x[0], x[1], x[2], 0), regression(x[0], x[1], x[2], 1)}
	}, row(1, 2), row(2, 4), row(1, 5))
	within(t, "a quarter of data", out[0][0], 0.75*2.5+0.25*4.5, 1e-6)
	within(t, "revised samples", out[1][0], 2.5, 1e-6)
	within(t, "data", out[2][0], 4.5, 1e-6)
}

// TestRecovery: the loss is the difference of the two mean outputs that sampling
// computes, and its gradient by the weights that of finite differences; the level is
// the lower one's.
func TestRecovery(t *testing.T) {
	b := enginetest.Open(t, "go")
	for name, data := range map[string]models.Data{"pictures": brightness(), "points": board()} {
		l := tinyLearner(t, b, data, tinySettings("label-dropout", "0.5", "level-each", "true", "activation", "swish")) // no kinks
		p := must[pairs](t)(l.pairs(0))
		d := l.place(p)
		other := pictures(must[pairs](t)(l.pairs(1)).clean)
		specs := l.net.Specs()
		all, some := nn.Names(specs, nn.Every), nn.Names(specs, nn.Trained)
		singles := d.energyGiven(d.clean, other)
		routine := must[*nn.Routine](t)(nn.NewRoutine(b, name, len(singles), [][]string{all}, func(x []*graph.Node, banks []nn.Weights) []*graph.Node {
			x, c := conditioned(x, l.net.Classes)
			effective, _ := l.net.Effective(banks[0], 0)
			loss, clean, revised := recovery(l.net, effective, x[0], x[1], c)
			return append([]*graph.Node{loss, clean, revised}, graph.Gradient(loss, banks[0].In(some)...)...)
		}))
		loss := func(w nn.Params) []*tensors.Tensor {
			return must[[]*tensors.Tensor](t)(routine.Call(singles, nn.NewBank(w)))
		}
		scalarOf := func(v *tensors.Tensor) float64 {
			return float64(must[[]float32](t)(tensors.CopyFlatData[float32](v))[0])
		}
		w := must[nn.Params](t)(l.energy.weights.Params())
		out := loss(w)
		// What the opened network says of every picture at its own level and class.
		list, about, err := l.model(0)
		if err != nil {
			t.Fatal(err)
		}
		n := must[*network](t)(must[*contents](t)(read(trainingtest.File(list, about), models.Options{Weights: "raw"})).place(b))
		mean := func(x sampling.Images) (sum float64) {
			for i := range x.N {
				var of labels
				if p.labels != nil {
					of = labels{p.labels.of(i)}
				}
				f := must[[][]nn.Array](t)(n.ask(n.value, x.Slice(i, i+1), []query{{1, p.levels[i].Below, of}}))
				sum += float64(f[0][0].Data[0]) / float64(x.N)
			}
			return sum
		}
		clean, revised := mean(p.clean), mean(must[sampling.Images](t)(hostImages(other, p.clean)))
		size := math.Abs(clean) + math.Abs(revised)
		within(t, name+", of data", float32(scalarOf(out[1])), clean, 1e-5*size)
		within(t, name+", of samples", float32(scalarOf(out[2])), revised, 1e-5*size)
		within(t, name+", loss", float32(scalarOf(out[0])), revised-clean, 1e-5*size)

		for try := range 3 { // a third of the arrays each, along their gradient
			up, down := w.Clone(), w.Clone()
			var slope, square float64
			for i, name := range some {
				if i%3 != try {
					continue
				}
				g := must[[]float32](t)(tensors.CopyFlatData[float32](out[3+i]))
				at := slices.IndexFunc(w, func(q nn.Param) bool { return q.Name == name })
				for j := range g {
					up[at].Data[j] += 0.02 * g[j]
					down[at].Data[j] -= 0.02 * g[j]
					slope += float64(g[j]) * float64(up[at].Data[j]-down[at].Data[j])
					square += float64(g[j]) * float64(g[j])
				}
			}
			found := scalarOf(loss(up)[0]) - scalarOf(loss(down)[0])
			if square == 0 || math.Abs(found-slope) > 0.02*slope {
				t.Errorf("%s, arrays %d: the loss changes by %g, its gradient says %g", name, try, found, slope)
			}
		}
	}
}

// TestPairs: the two levels of a pair are marginally those of the schedule, share one
// noise or do not, and only dropped classes are missing.
func TestPairs(t *testing.T) {
	b := enginetest.Open(t, "go")
	data := brightness()
	data.Count = 1 << 20
	for _, shared := range []string{"true", "false"} {
		l := tinyLearner(t, b, data, tinySettings("batch", "512", "shared-noise", shared, "label-dropout", "0.25"))
		p := must[pairs](t)(l.pairs(2))
		x, classes, err := data.Labelled(l.key, 2, 512, 0, false)
		if err != nil {
			t.Fatal(err)
		}
		dropped, square, count, apart := 0, 0.0, 0, 0.0
		seen := map[int]int{}
		for i := range x.N {
			v := p.level(i)
			seen[v.I]++
			if len(p.labels[i]) == 0 {
				dropped++
			} else if p.labels[i][0] != classes[i][0] {
				t.Fatalf("picture %d has class %d, want %d", i, p.labels[i], classes[i])
			}
			for j, pixel := range x.Image(i) {
				signal := 2*float64(pixel) - 1
				below := (float64(p.clean.Image(i)[j])/math.Sqrt(v.Shrink) - math.Sqrt(v.AlphaBarBelow)*signal) / math.Sqrt(1-v.AlphaBarBelow)
				above := (float64(p.noisy.Image(i)[j]) - math.Sqrt(v.AlphaBar)*signal) / math.Sqrt(1-v.AlphaBar)
				square += above * above
				count++
				apart = math.Max(apart, math.Abs(above-below))
			}
		}
		within(t, "variance of the noise", float32(square/float64(count)), 1, 0.03)
		// The cleanest noise is divided by 0.007 here: float32 leaves 4 digits.
		if same := apart < 1e-3; same != (shared == "true") {
			t.Errorf("shared %s: the noises of a pair differ by up to %g", shared, apart)
		}
		if dropped < 90 || dropped > 170 || len(seen) != 3 || min(seen[1], seen[2], seen[3]) < 120 {
			t.Errorf("found %d of 512 classes dropped, want about 128; levels %v, want 171 each", dropped, seen)
		}
	}
}
