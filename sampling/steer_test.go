package sampling

import (
	"math"
	"strings"
	"testing"
)

// ladder is a plan with everything that a state must remember to go on: stages with
// proposals, tethers, masks, results that are rescaled, and kernels with memory.
func ladder(t *testing.T) (Images, Plan) {
	const n, c, h, w = 3, 1, 4, 4
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
	rescale := func(_ Key, _ int, x Images) (Images, error) {
		y := x.Clone()
		for j := range y.Data {
			y.Data[j] /= 0.9
		}
		return y, nil
	}
	return x, Plan{
		{Name: "generator", Start: propose},
		{Energy: quartic, Kernel: Langevin{StepSize: 0.01, Noise: 0.05, Lo: -2, Hi: 2}, Steps: 3, Start: propose, Finish: rescale, Keep: NewMask(known).Fill(0, 0, 2, 4, 1)},
		{Energy: quartic, Kernel: MALA{Delta: 0.3}, Steps: 5, Start: propose, Tether: 0.2, Finish: rescale},
		{Energy: quartic, Kernel: Langevin{StepSize: 0.01, Noise: 0.05, NoiseFirst: true}, Steps: 4, Tether: 0.1},
		{Name: "known pixels", Keep: NewMask(known).Fill(0, 0, 2, 4, 1)},
	}
}

func states(t *testing.T, w Walk, from State) []State {
	t.Helper()
	var all []State
	for s, err := range w.From(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func TestAWalkGoesOnFromEveryStateToTheBit(t *testing.T) {
	x, plan := ladder(t)
	steer := func(k Key, s State) (State, error) {
		switch s.Step {
		case 2:
			return s.Renoise(k, 1, 0.3, -2, 2)
		case 3, 9: // one at the seam of two stages
			return s.Hold([]bool{s.Step == 3, false, false}), nil
		}
		return s, nil
	}
	w := Walk{Key: NewKey(7), Plan: plan, Steer: steer}
	whole := states(t, w, State{X: x})
	if n := len(whole); n != 1+3+5+4+1 {
		t.Fatalf("found %d states, want 14", n)
	}
	for i, from := range whole {
		rest := states(t, w, from.Resting())
		if len(rest) != len(whole)-i-1 {
			t.Fatalf("from state %d: found %d states more, want %d", i, len(rest), len(whole)-i-1)
		}
		for j, s := range rest {
			want := whole[i+1+j]
			if !sameBits(s.X.Data, want.X.Data) || s.Step != want.Step || s.Stage != want.Stage || s.Walked != want.Walked {
				t.Fatalf("from state %d: state %d differs from the run's own (step %d, stage %d; want step %d, stage %d)", i, j, s.Step, s.Stage, want.Step, want.Stage)
			}
		}
	}
}

func TestHeldPicturesStay(t *testing.T) {
	x, plan := ladder(t)
	hold := func(_ Key, s State) (State, error) { return s.Hold([]bool{false, true, false}), nil }
	free := states(t, Walk{Key: NewKey(7), Plan: plan}, State{X: x})
	held := states(t, Walk{Key: NewKey(7), Plan: plan, Steer: hold}, State{X: x})
	for i, s := range held[:len(held)-1] { // the last stage puts known pixels back
		if !sameBits(s.X.Image(1), x.Image(1)) {
			t.Fatalf("state %d: the held picture has moved", i)
		}
		if !sameBits(s.X.Image(0), free[i].X.Image(0)) || !sameBits(s.X.Image(2), free[i].X.Image(2)) {
			t.Fatalf("state %d: others are not what they are without it", i)
		}
		if s.Accepted != nil && s.Accepted[1] == s.Accepted[1] {
			t.Errorf("state %d: acceptance of the held picture is %v, want not a number", i, s.Accepted[1])
		}
	}
}

func TestRenoise(t *testing.T) {
	x := NewImages(2, 1, 100, 100)
	s, err := State{X: x, Step: 3}.Renoise(NewKey(1), 1, 0.2, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	mean, variance, _, _ := moments(s.X.Image(1))
	if math.Abs(mean) > 0.01 || math.Abs(math.Sqrt(variance)-0.2) > 0.005 {
		t.Errorf("found mean %v and deviation %v, want 0 and 0.2", mean, math.Sqrt(variance))
	}
	if !sameBits(s.X.Image(0), x.Image(0)) || x.Image(1)[0] != 0 {
		t.Error("another picture was changed")
	}
	if s, _ = (State{X: x}).Renoise(NewKey(1), 1, 5, -1, 1); s.X.Image(1)[0] < -1 || s.X.Image(1)[0] > 1 {
		t.Error("the noise leaves the range")
	}
	for _, bad := range []func() (State, error){
		func() (State, error) { return State{X: x}.Renoise(NewKey(1), 2, 1, 0, 0) },
		func() (State, error) { return State{X: x}.Renoise(NewKey(1), 0, math.NaN(), 0, 0) },
		func() (State, error) { return State{X: x}.Of([]int{2}) },
	} {
		if _, err := bad(); err == nil || !strings.Contains(err.Error(), "found") {
			t.Errorf("found error %v, want one that says what was found", err)
		}
	}
}

func TestStateOfSomePictures(t *testing.T) {
	x, plan := ladder(t)
	all := states(t, Walk{Key: NewKey(7), Plan: plan}, State{X: x})
	picked, err := all[6].Of([]int{2, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states(t, Walk{Key: NewKey(9), Plan: plan}, picked) {
		if s.X.N != 2 || len(s.Energy) != 2 && s.Energy != nil {
			t.Fatalf("step %d: found %d pictures, want 2", s.Step, s.X.N)
		}
	}
	if !sameBits(picked.X.Image(1), all[6].X.Image(2)) {
		t.Error("the state is not that of picture 2")
	}
}
