package cdrl

import (
	"testing"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// What is weighed: everything that is asked, or the guidance beyond it; proposals are
// told what the base knows.
func TestResampleWeighs(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	at := func(label ...int) sampling.Energy { return must[sampling.Energy](t)(m.At(models.Given{Label: label})) }
	terms := []sampling.Term{{Weight: 1, Energy: at(0)}, {Weight: 1, Energy: at(1)}}
	x := startOf(m, 3)
	for _, test := range []struct {
		knob      float64
		base      sampling.Settings // a plan whose energy is the base
		terms     []sampling.Term
		initially float64 // the initializer's knob
	}{
		{1, sampling.Settings{"guidance": 0}, nil, initUnconditional},
		{2, sampling.Settings{"guidance": 0}, terms, initConditional},
	} {
		plan := must[sampling.Plan](t)(m.Plan(terms, sampling.Settings{"guidance": 2, "steps": 4, "resample": test.knob, "resample_to": 1}))
		plain := must[sampling.Plan](t)(m.Plan(terms, sampling.Settings{"guidance": 2, "steps": 4, "initializer": test.initially}))
		base := must[sampling.Plan](t)(m.Plan(test.terms, test.base))
		for i, stage := range plan {
			close32(t, "base", must[[]float32](t)(stage.Weighing.Base.Value(x)), must[[]float32](t)(base[i].Energy.Value(x)), 1e-5)
			close32(t, "target", must[[]float32](t)(stage.Energy.Value(x)), must[[]float32](t)(plain[i].Energy.Value(x)), 1e-5)
			key := sampling.NewKey(4)
			a, b := must[sampling.Images](t)(stage.Start(key, 0, x)), must[sampling.Images](t)(plain[i].Start(key, 0, x))
			close32(t, "proposal", a.Data, b.Data, 1e-5)
			if g := stage.Weighing; g.Ramp != 2 || g.Last != (i == len(plan)-1) {
				t.Errorf("stage %d: found a ramp of %d steps, last %v", i, g.Ramp, g.Last)
			}
		}
		end, _ := run(t, sampling.NewKey(5), startOf(m, 8), plan)
		if w := end.Weights; w.Surviving() <= 0 || w.Lowest < 1 || w.Lowest > 8 {
			t.Errorf("found %v of the chains surviving, effective size %v", w.Surviving(), w.Lowest)
		}
	}
	for i, stage := range must[sampling.Plan](t)(m.Plan(terms, sampling.Settings{"resample": 1, "resample_to": 2})) {
		if weighs := i < 2; (stage.Weighing != nil) != weighs || weighs && stage.Weighing.Last != (i == 1) {
			t.Errorf("stage %d of 3: found it weighed %v, want levels 3 and 2 to be", i, stage.Weighing != nil)
		}
	}
	if _, err := m.Plan(terms, sampling.Settings{"resample": 1, "steps": 0}); err != nil {
		t.Errorf("without steps: %v", err)
	}
}

// Where nothing is asked there is nothing to weigh: the pictures are those of a run
// without, whose proposals are told nothing.
func TestResampleNothing(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	key, x := sampling.NewKey(5), startOf(m, 4)
	weighed, _ := run(t, key, x, must[sampling.Plan](t)(m.Plan(nil, sampling.Settings{"steps": 3, "resample": 1})))
	plain, _ := run(t, key, x, must[sampling.Plan](t)(m.Plan(nil, sampling.Settings{"steps": 3, "initializer": 0})))
	close32(t, "pictures", weighed.X.Data, plain.X.Data, 1e-4)
	if weighed.Weights.Resamplings != 0 || weighed.Weights.Surviving() != 1 || weighed.Weights.LogConstant != 0 {
		t.Errorf("found %+v, want weights that stay as they were", weighed.Weights)
	}
}
