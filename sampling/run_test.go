package sampling

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// The chain of the recorded noise, against the recursion written out.
func TestRecordedNoiseReplaysExactly(t *testing.T) {
	var steps []Images
	for n := range 5 {
		steps = append(steps, noise(t, uint64(n), 3, 1, 2, 2))
	}
	x := noise(t, 99, 3, 1, 2, 2)
	kernel := Langevin{StepSize: 0.25, Noise: 0.5, Lo: -1, Hi: 1}
	plan := Plan{{Energy: gaussian(0, 1), Kernel: kernel, Steps: 2}, {Energy: gaussian(0, 1), Kernel: kernel, Steps: 3}}
	want := x.Clone()
	for s, err := range Run(t.Context(), Recorded(steps), x, plan) {
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range want.Data {
			want.Data[j] = clamp(v-float32(0.25*v)+float32(0.5*steps[s.Step-1].Data[j]), -1, 1)
		}
		if !sameBits(s.X.Data, want.Data) {
			t.Fatalf("step %d: found %v, want %v", s.Step, s.X.Data, want.Data)
		}
	}
	plan[1].Steps = 4
	var made []State
	var failed error
	for s, err := range Run(t.Context(), Recorded(steps), x, plan) {
		made, failed = append(made, s), err
	}
	if failed == nil || !strings.Contains(failed.Error(), "stage 1, step 6: langevin: recorded noise: found 5 steps, want step 5") {
		t.Errorf("asked for too much noise: found error %v", failed)
	}
	if n := len(made); n != 6 || made[5].Step != 5 || !sameBits(made[5].X.Data, want.Data) {
		t.Errorf("found %d states, want 5 and the last one again with the error", n)
	}
}

// Every kernel, with every part of a plan: one batch of 8 equals 8 batches of 1.
func TestBatchIndependence(t *testing.T) {
	const n, c, h, w = 8, 3, 40, 40 // large enough to be shared among processors
	x := noise(t, 5, n, c, h, w)
	known := noise(t, 6, 1, c, h, w)
	propose := func(k Key, step int, x Images) (Images, error) {
		y := NewImages(x.N, x.C, x.H, x.W)
		if err := k.Normals(StreamPropose, step, y); err != nil {
			return y, err
		}
		for j := range y.Data {
			y.Data[j] = x.Data[j] + 0.1*y.Data[j]
		}
		return y, nil
	}
	e := Sum{{1, quartic}, {0.3, Any{[]Term{{1, pointwise(gumbel)}, {1, gaussian(1, 2)}}, 1}}}
	plan := Plan{
		{Energy: e, Kernel: Langevin{StepSize: 0.01, Noise: 0.05, Clip: 0.5, Lo: -2, Hi: 2}, Steps: 3, Keep: NewMask(known).Fill(0, 0, 20, 40, 1)},
		{Energy: e, Kernel: MALA{Delta: 0.05}, Steps: 4, Start: propose, Tether: 0.2},
		{Energy: e, Kernel: Langevin{StepSize: 0.01, Noise: 0.05, NoiseFirst: true}, Steps: 2, Finish: propose},
		{Energy: e, Kernel: Descent{StepSize: 0.01}, Steps: 2},
	}
	whole, _ := last(t, NewKey(77), x, plan)
	for i := range n {
		one, _ := last(t, NewKey(77).From(i), x.Slice(i, i+1), plan)
		if !sameBits(one.X.Data, whole.X.Image(i)) || one.Energy[0] != whole.Energy[i] || one.GradNorm[0] != whole.GradNorm[i] {
			t.Errorf("image %d: the chain alone differs from the one in the batch", i)
		}
	}
	again, _ := last(t, NewKey(77), x, plan)
	if !sameBits(again.X.Data, whole.X.Data) {
		t.Error("the same run again differs")
	}
}

func TestCancelBetweenEvaluations(t *testing.T) {
	reason := errors.New("the person pressed stop")
	for name, kernel := range map[string]Kernel{"langevin": ULA(0.1), "mala": MALA{Delta: 0.1}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			evals := 0
			stopping := counting{pointwise(func(v float64) (float64, float64) {
				if evals == 3 {
					cancel(reason)
				}
				return v * v / 2, v
			}), &evals}
			var states []State
			var failed error
			for s, err := range Run(ctx, NewKey(1), noise(t, 1, 2, 1, 1, 2), Plan{{Name: "walk", Energy: stopping, Kernel: kernel, Steps: 10}}) {
				if failed = err; err == nil {
					states = append(states, s)
				}
			}
			if !errors.Is(failed, reason) || !strings.HasPrefix(failed.Error(), "stage 0 (walk), step ") {
				t.Errorf("found error %v, want the cause of the cancellation", failed)
			}
			if evals != 3 {
				t.Errorf("found %d evaluations, want 3", evals)
			}
			if want := map[string]int{"langevin": 3, "mala": 2}[name]; len(states) != want {
				t.Errorf("found %d states, want the %d that were complete", len(states), want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range Run(ctx, NewKey(1), filled(1, 0), Plan{{Energy: broken{}, Kernel: ULA(1), Steps: 1}}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the start: found %v", err)
		}
	}
}

func TestLeavingTheLoopStops(t *testing.T) {
	evals := 0
	for s, err := range Run(t.Context(), NewKey(1), filled(1, 0), Plan{{Energy: counting{gaussian(0, 1), &evals}, Kernel: ULA(1), Steps: 10}}) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Step == 2 {
			break
		}
	}
	if evals != 2 {
		t.Errorf("found %d evaluations, want 2", evals)
	}
}

func TestKeepIsExact(t *testing.T) {
	known := noise(t, 2, 2, 3, 4, 4)
	mask := NewMask(known).Fill(1, 1, 3, 4, 1).Fill(3, 0, 4, 1, 0.25)
	x := noise(t, 3, 2, 3, 4, 4)
	kernel := Langevin{StepSize: 0.1, Noise: 0.3}
	free, _ := last(t, NewKey(4), mustApply(t, mask, x), Plan{{Energy: gaussian(0, 1), Kernel: kernel, Steps: 1}})
	steps := 0
	for s, err := range Run(t.Context(), NewKey(4), x, Plan{{Energy: gaussian(0, 1), Kernel: kernel, Steps: 6, Keep: mask}}) {
		if err != nil {
			t.Fatal(err)
		}
		steps++
		for j, v := range s.X.Data {
			switch mask.M[j%16] {
			case 0:
				if math.Float32bits(v) != math.Float32bits(known.Data[j]) {
					t.Fatalf("step %d: known pixel %d is %v, want %v", s.Step, j, v, known.Data[j])
				}
			case 1:
				if steps == 1 && math.Float32bits(v) != math.Float32bits(free.X.Data[j]) {
					t.Fatalf("free pixel %d is %v, want %v as without a mask", j, v, free.X.Data[j])
				}
			default:
				if steps == 1 {
					near(t, "stiff pixel", float64(v), 0.25*float64(free.X.Data[j])+0.75*float64(known.Data[j]), 1e-6)
				}
			}
		}
	}
}

func mustApply(t *testing.T, m *Mask, x Images) Images {
	t.Helper()
	out, err := m.Apply(x)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTetherHoldsToWhereTheStageWasEntered(t *testing.T) {
	away := func(_ Key, step int, x Images) (Images, error) {
		y := x.Clone()
		for j := range y.Data {
			y.Data[j] += 10 + float32(step)
		}
		return y, nil
	}
	level := pointwise(func(float64) (float64, float64) { return 0, 0 })
	half := func(_ Key, _ int, x Images) (Images, error) {
		y := x.Clone()
		for j := range y.Data {
			y.Data[j] /= 2
		}
		return y, nil
	}
	plan := Plan{
		{Name: "only a start", Start: away},
		{Energy: level, Kernel: Descent{StepSize: 0.25}, Steps: 40, Start: away, Tether: 1},
		{Energy: level, Kernel: Descent{StepSize: 0.25}, Steps: 2, Finish: half},
		{Name: "nothing"},
	}
	s, count := last(t, NewKey(1), filled(2, 3), plan)
	if count != 1+40+2 || s.Step != 42 || s.Stage != 2 {
		t.Errorf("found %d states, the last of stage %d, step %d, want 43, stage 2, step 42", count, s.Stage, s.Step)
	}
	near(t, "pixel", float64(s.X.Data[0]), 13./2, 1e-5)
	for s := range Run(t.Context(), NewKey(1), filled(2, 3), plan) {
		if s.X.Data[0] != 13 || s.Energy != nil || s.Step != 0 {
			t.Errorf("found %v, energies %v, step %d, want the proposal alone", s.X.Data, s.Energy, s.Step)
		}
		break
	}
}

// cliff is a normal energy that is not a number beyond 4.
var cliff = pointwise(func(v float64) (float64, float64) {
	if math.Abs(v) > 4 {
		return math.NaN(), math.NaN()
	}
	return v * v / 2, v
})

func TestDivergingChainIsFrozen(t *testing.T) {
	x := Images{N: 3, C: 1, H: 1, W: 1, Data: []float32{0.1, 3.9, -0.2}}
	// Uphill: the middle chain leaves the cliff in its first step.
	push := Plan{{Energy: Sum{{-1, cliff}}, Kernel: Descent{StepSize: 0.1}, Steps: 4}, {Energy: cliff, Kernel: ULA(0.2), Steps: 3}}
	var s State
	for state, err := range Run(t.Context(), NewKey(1), x, push) {
		if err != nil {
			t.Fatal(err)
		}
		if s = state; s.Step == 1 && s.Diverged != nil {
			t.Errorf("step 1: found %v, want nothing diverged yet", s.Diverged)
		}
	}
	if !slices.Equal(s.Diverged, []int{0, 2, 0}) || s.Step != 7 {
		t.Errorf("found diverged %v after %d steps, want chain 1 in step 2, and all 7 steps", s.Diverged, s.Step)
	}
	near(t, "the frozen picture", float64(s.X.Data[1]), 3.9*1.1, 1e-5)
	var found *DivergedError
	if err := s.Divergence(); !errors.As(err, &found) || found.Step != 2 || found.Image != 1 || !math.IsNaN(float64(found.Energy)) {
		t.Errorf("found %v", err)
	}
	if want := "chain 1 diverged in step 2: found energy NaN"; !strings.HasPrefix(found.Error(), want) {
		t.Errorf("found %q, want %q", found, want)
	}
	alone, _ := last(t, NewKey(1), x.Slice(0, 1), push)
	if !sameBits(alone.X.Data, s.X.Image(0)) || alone.Diverged != nil {
		t.Error("the chain beside the diverged one differs from the same chain alone")
	}
}

func TestRunEndsWhenAllDiverged(t *testing.T) {
	infinite := pointwise(func(v float64) (float64, float64) { return -math.Exp(v * 30), -30 * math.Exp(v*30) })
	var failed error
	var s State
	states := 0
	for state, err := range Run(t.Context(), NewKey(1), filled(2, 1), Plan{{Energy: infinite, Kernel: Descent{StepSize: 1}, Steps: 50}}) {
		if s, failed = state, err; err == nil {
			states++
		}
	}
	var found *DivergedError
	if !errors.As(failed, &found) || found.Step != s.Step || !strings.HasPrefix(failed.Error(), "all 2 chains diverged: chain 0 ") {
		t.Errorf("found error %v", failed)
	}
	if states == 0 || states == 50 || states != s.Step {
		t.Errorf("found %d states, the last of step %d", states, s.Step)
	}
	for _, v := range s.X.Data {
		if !finite(v) {
			t.Errorf("found %v, want the last finite picture", v)
		}
	}
}

func TestPlansAreChecked(t *testing.T) {
	good := Stage{Energy: gaussian(0, 1), Kernel: ULA(0.1), Steps: 1}
	with := func(change func(*Stage)) Plan {
		s := good
		change(&s)
		return Plan{good, s}
	}
	bad := filled(2, 0)
	bad.Data[1] = float32(math.NaN())
	fails := func(Key, int, Images) (Images, error) { return Images{}, errBroken }
	fewer := func(_ Key, _ int, x Images) (Images, error) { return x.Slice(0, 1), nil }
	x := filled(2, 0)
	for want, c := range map[string]struct {
		x Images
		p Plan
	}{
		"plan: found no stages":                                {x, nil},
		"plan: found 0 pictures":                               {filled(0, 0), Plan{good}},
		"plan: pictures: found 1 values, want 2":               {Images{N: 2, C: 1, H: 1, W: 1, Data: []float32{0}}, Plan{good}},
		"plan: picture 1: found a value that is not finite":    {bad, Plan{good}},
		"plan: stage 1: found no energy for 1 steps":           {x, with(func(s *Stage) { s.Energy = nil })},
		"plan: stage 1: found no kernel for 1 steps":           {x, with(func(s *Stage) { s.Kernel = nil })},
		"plan: stage 1 (last): found -1 steps":                 {x, with(func(s *Stage) { s.Steps, s.Name = -1, "last" })},
		"plan: stage 1: found tether -1":                       {x, with(func(s *Stage) { s.Tether = -1 })},
		"plan: stage 1: langevin: found step size -1":          {x, with(func(s *Stage) { s.Kernel = Langevin{StepSize: -1} })},
		"plan: stage 1: mask: found 2 rows of 3, want 1 rows":  {x, with(func(s *Stage) { s.Keep = NewMask(NewImages(1, 1, 2, 3)) })},
		"stage 1, step 2: langevin: the network is broken":     {x, with(func(s *Stage) { s.Energy = broken{} })},
		"stage 1, step 2: start: the network is broken":        {x, with(func(s *Stage) { s.Start = fails })},
		"stage 1, step 2: finish: found 1 pictures, want 2":    {x, with(func(s *Stage) { s.Finish = fewer })},
		"stage 1, step 2: langevin: sum: term 0: the network ": {x, with(func(s *Stage) { s.Energy, s.Tether = broken{}, 1 })},
	} {
		var failed error
		for _, err := range Run(t.Context(), NewKey(1), c.x, c.p) {
			failed = err
		}
		if failed == nil || !strings.HasPrefix(failed.Error(), want) {
			t.Errorf("found error %v, want %q", failed, want)
		}
	}
	if n := (Plan{good, {}, good}).Steps(); n != 2 {
		t.Errorf("found %d steps, want 2", n)
	}
}
