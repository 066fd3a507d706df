package cdrl

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// twoNetworks are two small models on one ladder.
func twoNetworks(t *testing.T) (a, b *models.Model) {
	t.Helper()
	engine := enginetest.Open(t, "go")
	file := ownFile(t)
	file.Tensors = map[string]checkpoint.Tensor{}
	for name, v := range ownFile(t).Tensors {
		file.Tensors[name] = v
	}
	for i, name := range file.Names { // other weights, so that the two differ
		if i%3 == 0 {
			v := must[[]float32](t)(file.Tensors[name].Float32s())
			v = slices.Clone(v)
			for k := range v {
				v[k] *= 0.7
			}
			file.Tensors[name] = checkpoint.Float32Tensor(file.Tensors[name].Shape, v)
		}
	}
	return openOwn(t, engine), must[*models.Model](t)(Open(engine, file, models.Options{}))
}

// TestAsked: what each network is asked, in the terms of the formula.
func TestAsked(t *testing.T) {
	one, two := twoNetworks(t)
	at := func(m *models.Model, label ...int) sampling.Energy {
		return must[sampling.Energy](t)(m.At(models.Given{Label: label}))
	}
	n := at(one).(*energy).net
	or := sampling.Any{Beta: 1, Terms: []sampling.Term{{Weight: 1, Energy: at(one, 0)}, {Weight: 1, Energy: sampling.Sum{{Weight: 1, Energy: at(two, 1)}}}}}
	for _, test := range []struct {
		name    string
		terms   []sampling.Term
		w       float64
		product bool
		want    string
	}{
		{"nothing", nil, 2, false, "A{[]:1}"},
		{"two models", []sampling.Term{{Weight: 1, Energy: at(one)}, {Weight: 0.5, Energy: at(two)}}, 2, false, "A{[]:1} B{[]:0.5}"},
		{"all of a mixture", []sampling.Term{{Weight: 1, Energy: sampling.Sum{{Weight: 1, Energy: at(one)}, {Weight: 1, Energy: at(two)}}}}, 0, false, "A{[]:1} B{[]:1}"},
		{"a class of each", []sampling.Term{{Weight: 1, Energy: at(one, 0)}, {Weight: 1, Energy: at(two, 1)}}, 0, false, "A{[0]:1} B{[1]:1 []:-1}"},
		{"guided", []sampling.Term{{Weight: 1, Energy: at(one, 0)}, {Weight: 1, Energy: at(two, 1)}}, 1, false, "A{[0]:2 []:-1} B{[1]:2 []:-2}"},
		{"without the negative term", []sampling.Term{{Weight: 1, Energy: at(one, 0)}, {Weight: 1, Energy: at(two, 1)}}, 1, true, "A{[0]:2} B{[1]:2}"},
		{"not", []sampling.Term{{Weight: 1, Energy: at(one)}, {Weight: -1, Energy: at(two, 1)}}, 0, false, "A{[]:1} B{[1]:-1 []:1}"},
		{"not of one model", []sampling.Term{{Weight: -1, Energy: at(one, 1)}}, 0, false, "A{[1]:-1 []:2}"},
		{"or", []sampling.Term{{Weight: 1, Energy: or}}, 0, false, "A{[]:0} B{[]:0} 1*any"},
		{"or and a class", []sampling.Term{{Weight: 1, Energy: or}, {Weight: 1, Energy: at(one, 1)}}, 0.5, false, "A{[1]:1.5 []:-2} B{[]:0} 1.5*any"},
	} {
		a, err := n.read(test.terms)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for i, m := range a.mixes(test.w, test.product) {
			var list []string
			for _, p := range m {
				list = append(list, fmt.Sprintf("%v:%.3g", slices.Concat(p.labels...), p.weight+0))
			}
			name := "A"
			if a.shares[i].net != n {
				name = "B"
			}
			found = append(found, name+"{"+strings.Join(list, " ")+"}")
		}
		for _, d := range a.either {
			found = append(found, fmt.Sprintf("%.3g*any", (1+test.w)*d.weight))
		}
		if found := strings.Join(found, " "); found != test.want {
			t.Errorf("%s: found %s, want %s", test.name, found, test.want)
		}
		var total float64
		for _, m := range a.proposals(test.w) {
			for _, p := range m {
				total += p.weight
			}
		}
		for _, d := range a.either {
			total += (1 + test.w) * d.weight
		}
		if math.Abs(total-1) > 1e-12 {
			t.Errorf("%s: the weights of the proposals add up to %g, want 1", test.name, total)
		}
	}
}

// TestLevelsAreSummed: on every level the energy of a mixture is the weighted sum of what
// the networks say at that level, a disjunction their soft minimum; and chains walk it.
func TestLevelsAreSummed(t *testing.T) {
	one, two := twoNetworks(t)
	given := func(m *models.Model, level int, label ...int) sampling.Energy {
		return must[sampling.Energy](t)(m.At(models.Given{Level: level, Label: label}))
	}
	or := func(level int) sampling.Energy {
		return sampling.Any{Beta: 1, Terms: []sampling.Term{{Weight: 1, Energy: given(one, level, 0)}, {Weight: 1, Energy: given(two, level, 1)}}}
	}
	x := startOf(one, 3)
	for name, test := range map[string]struct {
		asked []sampling.Term
		want  func(level int) sampling.Sum
	}{
		"and not": {
			[]sampling.Term{{Weight: 1, Energy: given(one, 0, 0)}, {Weight: -0.5, Energy: given(two, 0, 1)}},
			func(l int) sampling.Sum {
				return sampling.Sum{{Weight: 1, Energy: given(one, l, 0)}, {Weight: -0.5, Energy: given(two, l, 1)}, {Weight: 0.5, Energy: given(two, l)}}
			},
		},
		"or": {[]sampling.Term{{Weight: 1, Energy: or(0)}}, func(l int) sampling.Sum { return sampling.Sum{{Weight: 1, Energy: or(l)}} }},
	} {
		plan := must[sampling.Plan](t)(one.Plan(test.asked, sampling.Settings{"steps": 2, "guidance": 0}))
		for _, stage := range plan {
			l, ladder := levelOf(stage)
			if !ladder {
				t.Fatalf("%s: %s is no level of the ladder", name, stage.Name)
			}
			want := must[[]float32](t)(sampling.Affine{Of: test.want(l.I), Scale: 1 / math.Sqrt(l.Shrink)}.Value(x))
			got := must[[]float32](t)(stage.Energy.Value(x))
			for i := range got { // energies of the cleanest level are tens of thousands
				if d := math.Abs(float64(got[i] - want[i])); d > 1e-5*math.Abs(float64(want[i]))+1e-3 {
					t.Errorf("%s, level %d: found %g, want %g", name, l.I, got[i], want[i])
				}
			}
		}
		state, _ := run(t, sampling.NewKey(1), x, plan)
		if len(state.Diverged) > 0 {
			t.Errorf("%s: chains diverged: %v", name, state.Diverged)
		}
		again, _ := run(t, sampling.NewKey(1).From(1), x.Slice(1, 2), plan)
		close32(t, name+": a chain alone", again.X.Data, state.X.Image(1), 1e-3)
	}
}

// TestGuidanceSchedule: each level is guided by its own factor of the strength.
func TestGuidanceSchedule(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	hat := []sampling.Term{{Weight: 1, Energy: must[sampling.Energy](t)(m.At(models.Given{Label: []int{0}}))}}
	plan := must[sampling.Plan](t)(m.Plan(hat, sampling.Settings{"guidance": 2, "guidance_1": 0.25, "guidance_2": 0, "guidance_3": 1.5}))
	x := startOf(m, 2)
	for i, want := range []float64{3, 0, 0.5} { // the noisiest level first
		own := plan[i].Energy.(*energy)
		cond, uncond := *own, *own
		cond.mix, uncond.mix = mixture{{classesEach(0), 1}}, mixture{{nil, 1}}
		c, u := must[[]float32](t)(cond.Value(x)), must[[]float32](t)(uncond.Value(x))
		got := must[[]float32](t)(own.Value(x))
		for k := range got {
			guided := (1+want)*float64(c[k]) - want*float64(u[k])
			if math.Abs(guided-float64(got[k])) > 1e-4*math.Abs(guided)+1e-3 {
				t.Errorf("level %d: found %g, want %g (Eq. 11, w = %g)", own.level.I, got[k], guided, want)
			}
		}
	}
	if _, err := m.Plan(hat, sampling.Settings{"guidance_1": -1}); err == nil || !strings.Contains(err.Error(), "found -1, want a number from 0") {
		t.Errorf("found error %v", err)
	}
}

// TestOtherLaddersAreRefused in plain words.
func TestOtherLaddersAreRefused(t *testing.T) {
	one, _ := twoNetworks(t)
	file := ownFile(t)
	other, err := Open(enginetest.Open(t, "go"), file, models.Options{Net: map[string]string{optionMax: "9"}})
	if err != nil {
		t.Fatal(err)
	}
	e := must[sampling.Energy](t)(other.At(models.Given{}))
	want := "term 1: found 3 noise levels of log-SNR 9 to -4, want 3 of 6 to -4: energies are added level by level, at the same log-SNR"
	if _, err := one.Plan([]sampling.Term{{Weight: 1, Energy: e}}, nil); err == nil || err.Error() != want {
		t.Errorf("found error %v, want %s", err, want)
	}
}
