package icd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// values runs a routine and returns its first output.
func values(t *testing.T, r *nn.Routine, singles []*tensors.Tensor, banks ...*nn.Bank) []float32 {
	t.Helper()
	out, err := r.Call(singles, banks...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNeighbours: the nearest of (0,0) is 2 away, that of (3,4) 1; the mean of ln 2 and
// ln 1. A picture that has been there before has no infinite logarithm.
func TestNeighbours(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		r, err := nn.NewRoutine(b, "neighbours", 2, nil, func(x []*graph.Node, _ []nn.Weights) []*graph.Node {
			d := neighbours(x[0], x[1])
			return []*graph.Node{graph.Concatenate([]*graph.Node{graph.Reshape(d, 1), graph.Reshape(graph.Gradient(d, x[0])[0], -1)}, 0)}
		})
		if err != nil {
			t.Fatal(err)
		}
		x := tensors.FromFlatDataAndDimensions([]float32{0, 0, 3, 4}, 2, 2)
		got := values(t, r, []*tensors.Tensor{x, tensors.FromFlatDataAndDimensions([]float32{0, 2, 3, 3, -5, 0}, 3, 2)})
		// d/dx of ln|x - y| / 2 pictures is (x - y) / |x - y|^2 / 2: away from the neighbour.
		for i, want := range []float64{math.Ln2 / 2, 0, -0.25, 0, 0.5} {
			if math.Abs(float64(got[i])-want) > 1e-6 {
				t.Errorf("value %d is %v, want %v", i, got[i], want)
			}
		}
		same := values(t, r, []*tensors.Tensor{x, tensors.FromFlatDataAndDimensions([]float32{0, 0, 3, 4, 0, 1}, 3, 2)})
		for i, v := range same {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("beside itself: value %d is %v", i, v)
			}
		}
	})
}

// lossNets are networks with every layer that a loss is differentiated through twice.
var lossNets = map[string]struct {
	steps int
	size  float32 // of the steps: long ones, so that the second order counts, short of the range's ends
	h     float64 // of the differences: norms of standardised weights curve so much that theirs is shorter
	set   []string
}{
	"plain, multiscale":          {1, 2, 4e-3, []string{"width", "4,6,8"}},
	"norm, attention, one scale": {1, 0.02, 5e-4, []string{"norm", "true", "attention", "true", "multiscale", "false", "width", "8,8"}},
	"spectral, all steps":        {3, 2, 4e-3, []string{"spectral", "true", "kl-steps", "all", "width", "4,6"}},
}

// TestKLGradient: the gradient of L_KL by the weights, which act through the Langevin
// steps alone (Eq. 6 and 7), against central differences along random directions.
func TestKLGradient(t *testing.T) {
	for name, test := range lossNets {
		t.Run(name, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, b compute.Backend) {
				c, err := ParseLearnConfig(tinySettings(test.set...), 1)
				if err != nil {
					t.Fatal(err)
				}
				checkKLGradient(t, b, c, test.steps, test.size, test.h)
			})
		})
	}
}

func checkKLGradient(t *testing.T, b compute.Backend, c LearnConfig, steps int, size float32, h float64) {
	l := tinyLearner(t, b, brightness(), c)
	names, trained := nn.Names(l.net.Specs(), nn.Every), nn.Names(l.net.Specs(), nn.Trained)
	const side, entropy = 8, 0.3
	inputs := make([]*tensors.Tensor, updateInputs)
	r := rand.New(rand.NewPCG(5, 0))
	fill := func(dims ...int) *tensors.Tensor {
		v := make([]float32, nn.Size(dims))
		for i := range v {
			v[i] = float32(0.3 + 0.4*r.Float64())
		}
		return tensors.FromFlatDataAndDimensions(v, dims...)
	}
	inputs[updateReal], inputs[updateFrom], inputs[updateNoise] = fill(2, 1, side, side), fill(2, 1, side, side), fill(steps, 2, 1, side, side)
	inputs[updateOthers] = fill(3, 1, side, side)
	inputs[updateWalk] = tensors.FromFlatDataAndDimensions([]float32{size, 0.001}, walkNumbers)
	inputs[updateNumbers] = tensors.FromFlatDataAndDimensions([]float32{0, 1, 0, entropy}, updateCount)

	routine := func(name string, banks [][]string, f func([]*graph.Node, []nn.Weights) []*graph.Node) *nn.Routine {
		made, err := nn.NewRoutine(b, name, updateInputs, banks, f)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	slope := routine("slope", [][]string{names}, func(in []*graph.Node, w []nn.Weights) []*graph.Node {
		effective, _ := l.net.Effective(w[0], 0)
		x, _ := walked(l.net, effective, in, nil)
		loss, _ := klGraph(l.net, c, effective, x, in[updateOthers], nil, scalar(in[updateNumbers], updateEntropy))
		var flat []*graph.Node
		for _, g := range graph.Gradient(loss, w[0].In(trained)...) {
			flat = append(flat, graph.Reshape(g, -1))
		}
		return []*graph.Node{graph.Concatenate(flat, 0)}
	})
	// The same loss with the energy's own weights held apart from those of the steps.
	value := routine("value", [][]string{names, names}, func(in []*graph.Node, w []nn.Weights) []*graph.Node {
		moving, _ := l.net.Effective(w[0], 0)
		still, _ := l.net.Effective(w[1], 0)
		x, _ := walked(l.net, moving, in, nil)
		loss, _ := klGraph(l.net, c, still, x, in[updateOthers], nil, scalar(in[updateNumbers], updateEntropy))
		return []*graph.Node{graph.Reshape(loss, 1)}
	})
	g := values(t, slope, inputs, l.weights)
	p, err := l.weights.Params()
	if err != nil {
		t.Fatal(err)
	}
	for trial := range 3 {
		up, down, want := p.Clone(), p.Clone(), 0.0
		at := 0
		for i, s := range l.net.Specs() {
			if !s.Role.Trainable() {
				continue
			}
			for j := range p[i].Data {
				d := r.NormFloat64()
				want += d * float64(g[at])
				up[i].Data[j] += float32(h * d)
				down[i].Data[j] -= float32(h * d)
				at++
			}
		}
		differences := float64(values(t, value, inputs, nn.NewBank(up), l.weights)[0]-values(t, value, inputs, nn.NewBank(down), l.weights)[0]) / (2 * h)
		// Central differences in float32 over a curved loss are themselves off by a percent.
		if math.Abs(differences-want) > 0.03*math.Max(math.Abs(want), 0.05) {
			t.Errorf("direction %d: slope %g, by differences %g", trial, want, differences)
		}
		if want == 0 {
			t.Error("the slope is 0: the loss does not depend on the steps")
		}
	}
}

// TestEffective: weights made in a graph equal those folded on the host.
func TestEffective(t *testing.T) {
	b := enginetest.Open(t, "go")
	for name, test := range lossNets {
		t.Run(name, func(t *testing.T) {
			c, err := ParseLearnConfig(tinySettings(test.set...), 1)
			if err != nil {
				t.Fatal(err)
			}
			l := tinyLearner(t, b, brightness(), c)
			if err := l.refold(l.weights, &l.effective); err != nil {
				t.Fatal(err)
			}
			p, err := l.weights.Params()
			if err != nil {
				t.Fatal(err)
			}
			host := l.net.Fold(p)
			if len(host) != len(l.effectiveNames) {
				t.Fatalf("found %d arrays in the graph, %d on the host", len(l.effectiveNames), len(host))
			}
			graphs, err := l.effective.Params()
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range graphs {
				want, ok := host.Find(q.Name)
				if !ok || fmt.Sprint(want.Shape) != fmt.Sprint(q.Shape) {
					t.Fatalf("%s: found shape %v, want %v", q.Name, q.Shape, want.Shape)
				}
				for i, v := range q.Data {
					if math.Abs(float64(v-want.Data[i])) > 1e-5*math.Max(1, math.Abs(float64(want.Data[i]))) {
						t.Fatalf("%s: value %d is %v, on the host %v", q.Name, i, v, want.Data[i])
					}
				}
			}
		})
	}
}

// TestReservoir: every one of 4000 samples is kept with the same probability; without
// reservoir sampling the newest are.
func TestReservoir(t *testing.T) {
	const size, batch, rounds = 50, 10, 400
	for _, all := range []bool{true, false} {
		early, kept := 0, 0
		for seed := range uint64(20) {
			k := sampling.NewKey(seed)
			r, err := newReservoir(k, size, 1, 1, 1, 0, all)
			if err != nil {
				t.Fatal(err)
			}
			x, age := sampling.NewImages(batch, 1, 1, 1), make([]int, batch)
			for step := range rounds {
				for i := range age {
					age[i] = step*batch + i
				}
				if err := r.put(k, step, step*batch, x, make([]int, batch), age); err != nil {
					t.Fatal(err)
				}
			}
			for slot := range size {
				kept++
				if r.age[slot] < rounds*batch/2 {
					early++
				}
				if !all && r.age[slot] < (rounds*batch-size) {
					t.Fatalf("sample %d is kept among the newest %d of %d", r.age[slot], size, rounds*batch)
				}
			}
		}
		share := float64(early) / float64(kept)
		// 1000 kept samples: five deviations are 0.08.
		if all && math.Abs(share-0.5) > 0.08 {
			t.Errorf("%.2f of the kept samples are of the first half, want 0.5", share)
		}
	}
}

// TestReservoirDraw: until enough is kept all chains begin with noise; then no start is
// among the others.
func TestReservoirDraw(t *testing.T) {
	k := sampling.NewKey(3)
	r, err := newReservoir(k, 30, 1, 1, 1, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.draw(k, 0, 8, 8, 15)
	if err != nil || s.others.N != 0 || !s.fresh[7] {
		t.Fatalf("found %d others, fresh %v, error %v", s.others.N, s.fresh, err)
	}
	x := sampling.NewImages(30, 1, 1, 1)
	for i := range x.Data {
		x.Data[i] = float32(i) / 255
	}
	if err := r.put(k, 0, 0, x, make([]int, 30), make([]int, 30)); err != nil {
		t.Fatal(err)
	}
	if s, err = r.draw(k, 1, 10, 20, 30); err != nil {
		t.Fatal(err)
	}
	seen := map[float32]bool{}
	for _, v := range append(s.x.Data, s.others.Data...) {
		seen[v] = true
	}
	if len(seen) != 30 {
		t.Errorf("found %d different pictures among 10 starts and 20 others of 30", len(seen))
	}
}
