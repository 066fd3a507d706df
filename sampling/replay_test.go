package sampling

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func newReplay(t *testing.T, reinit float64) *Replay {
	t.Helper()
	r, err := NewReplay(NewKey(1), 50, 1, 8, 8, -1, 1, reinit)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// train walks some steps as a training would: draw, walk the chains, put back.
func train(t *testing.T, r *Replay, from, to int) {
	t.Helper()
	k := NewKey(2)
	for step := from; step < to; step++ {
		slots, x, err := r.Draw(k, step, 16)
		if err != nil {
			t.Fatal(err)
		}
		s := State{Step: step, X: x}
		if s, err = (Langevin{StepSize: 0.1, Noise: 0.05, Lo: -1, Hi: 1}).Step(k, s, gaussian(0.3, 0.5)); err != nil {
			t.Fatal(err)
		}
		if err := r.Put(slots, s.X); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplayResumesExactly(t *testing.T) {
	whole := newReplay(t, 0.1)
	train(t, whole, 0, 12)

	first := newReplay(t, 0.1)
	train(t, first, 0, 5)
	resumed, err := NewReplay(NewKey(999), 50, 1, 8, 8, -1, 1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	if err := resumed.FromBytes(first.Bytes()); err != nil {
		t.Fatal(err)
	}
	train(t, resumed, 5, 12)
	if !bytes.Equal(resumed.Bytes(), whole.Bytes()) {
		t.Error("an interrupted and resumed training differs from an uninterrupted one")
	}
	if bytes.Equal(first.Bytes(), whole.Bytes()) {
		t.Error("seven more steps changed nothing")
	}
}

func TestReplayDraw(t *testing.T) {
	const reinit = 0.2
	r := newReplay(t, reinit)
	before := r.Bytes()
	fresh, total := 0.0, 0.0
	for step := range 1000 {
		slots, x, err := r.Draw(NewKey(3), step, 10)
		if err != nil {
			t.Fatal(err)
		}
		kept := r.At(slots)
		for i := range slots {
			total++
			if !sameBits(kept.Image(i), x.Image(i)) {
				fresh++
			}
		}
	}
	near(t, "share of fresh pictures", fresh/total, reinit, 5*math.Sqrt(reinit*(1-reinit)/total))
	if !bytes.Equal(before, r.Bytes()) {
		t.Error("drawing changed the buffer")
	}
	_, earlier, err := newReplay(t, 1).Draw(NewKey(3), 1, 50)
	if err != nil {
		t.Fatal(err)
	}
	all, x, err := newReplay(t, 1).Draw(NewKey(3), 0, 50)
	if sameBits(earlier.Data, x.Data) {
		t.Error("two steps drew the same fresh noise")
	}
	if err != nil || len(all) != 50 {
		t.Fatal(all, err)
	}
	mean, variance, _, _ := moments(x.Data)
	n := float64(len(x.Data))
	near(t, "mean of fresh noise in -1..1", mean, 0, 5*math.Sqrt(1./3/n))
	near(t, "variance of fresh noise", variance, 1./3, 5*math.Sqrt(4./45/n))
}

func TestReplayRoundsToTheNearestLevel(t *testing.T) {
	r := newReplay(t, 0)
	x := NewImages(2, 1, 8, 8)
	for j := range x.Data {
		x.Data[j] = -1.1 + 2.2*float32(j)/float32(len(x.Data)-1)
	}
	if err := r.Put([]int{7, 3}, x); err != nil {
		t.Fatal(err)
	}
	back := r.At([]int{7, 3})
	for j, v := range back.Data {
		near(t, "pixel", float64(v), float64(clamp(x.Data[j], -1, 1)), 1./255+1e-6)
	}
	if err := r.Put([]int{7, 3}, back); err != nil {
		t.Fatal(err)
	}
	if !sameBits(r.At([]int{7, 3}).Data, back.Data) {
		t.Error("levels do not survive a second rounding")
	}
	x.Data[5] = float32(math.NaN())
	if err := r.Put([]int{7, 3}, x); err != nil {
		t.Fatal(err)
	}
	if !sameBits(r.At([]int{7}).Data, back.Image(0)) {
		t.Error("a picture that is not finite was stored")
	}
}

func TestReplayErrors(t *testing.T) {
	r := newReplay(t, 0.1)
	_, sizeless := NewReplay(NewKey(1), 0, 1, 8, 8, 0, 1, 0)
	_, rangeless := NewReplay(NewKey(1), 1, 1, 8, 8, 1, 1, 0)
	_, unlikely := NewReplay(NewKey(1), 1, 1, 8, 8, 0, 1, 1.5)
	_, _, many := r.Draw(NewKey(1), 0, 51)
	for want, err := range map[string]error{
		"replay buffer: found 0 pictures of 1x8x8":                              sizeless,
		"replay buffer: found pixel range 1..1":                                 rangeless,
		"replay buffer: found probability of fresh noise 1.5":                   unlikely,
		"draw from the replay buffer: choose different numbers: found 51 ":      many,
		"put into the replay buffer: found 1 slots for 2 pictures":              r.Put([]int{1}, NewImages(2, 1, 8, 8)),
		"put into the replay buffer: found slot 50, want 0 to 49":               r.Put([]int{50}, NewImages(1, 1, 8, 8)),
		"put into the replay buffer: pictures: found 1x4x4":                     r.Put([]int{1}, NewImages(1, 1, 4, 4)),
		"restore the replay buffer: found 3 bytes, want 3200 (50 pictures of 1": r.FromBytes([]byte{1, 2, 3}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}
