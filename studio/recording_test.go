package studio

import (
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

func steps(r *Recording) []int {
	out := make([]int, r.Frames())
	for i := range out {
		out[i] = r.StepOf(i)
	}
	return out
}

func TestRecordingThins(t *testing.T) {
	const size = 2 * 1 * 3 * 4 // bytes of a frame
	r := newRecording(2, 1, 3, 4, 0, 1, 5*size)
	wants := map[int][]int{
		0: {0}, 4: {0, 1, 2, 3, 4}, 5: {0, 2, 4, 5}, 6: {0, 2, 4, 6}, 7: {0, 2, 4, 6, 7}, 8: {0, 2, 4, 6, 8},
		9: {0, 4, 8, 9}, 12: {0, 4, 8, 12}, 17: {0, 8, 16, 17}, 100: {0, 32, 64, 96, 100},
	}
	for step := range 101 {
		x := sampling.NewImages(2, 1, 3, 4)
		for i := range x.Data {
			x.Data[i] = float32(step) / 255
		}
		r.add(step, x)
		if want, ok := wants[step]; ok && !slices.Equal(steps(r), want) {
			t.Errorf("after step %d: found frames of steps %v, want %v", step, steps(r), want)
		}
		for i, s := range steps(r) {
			if got := r.Frame(i, 1).Pix[0]; int(got) != s {
				t.Fatalf("after step %d: frame of step %d shows %d", step, s, got)
			}
		}
	}
	if last, ok := r.Last(); !ok || last.Data[0] != float32(100)/255 {
		t.Error("Last is not the pictures after step 100")
	}
}

func TestRecordingOfOneFrameOverBudget(t *testing.T) {
	r := newRecording(1, 1, 8, 8, 0, 1, 1)
	for step := range 10 {
		r.add(step, sampling.NewImages(1, 1, 8, 8))
	}
	if got := steps(r); !slices.Equal(got, []int{0, 9}) {
		t.Errorf("found frames of steps %v, want the start and the last", got)
	}
}

func TestCurveThins(t *testing.T) {
	c := curve{stride: 1}
	for step := range 5 * maxPoints {
		c.add(step, []float32{float32(step), -float32(step)})
	}
	if len(c.steps) > maxPoints || len(c.values) != 2*len(c.steps) {
		t.Fatalf("found %d points with %d values, want at most %d", len(c.steps), len(c.values), maxPoints)
	}
	if c.steps[0] != 0 || c.steps[len(c.steps)-1] != 5*maxPoints-1 {
		t.Errorf("found points %d to %d, want all the way", c.steps[0], c.steps[len(c.steps)-1])
	}
	for i, s := range c.steps {
		if c.values[2*i] != float32(s) || c.values[2*i+1] != -float32(s) {
			t.Fatalf("point of step %d: found %v", s, c.values[2*i:2*i+2])
		}
	}
}

func TestHashesThin(t *testing.T) {
	h := hashes{Stride: 1}
	for step := range 3 * maxHashes {
		h.add(step, []uint8{uint8(step), uint8(step >> 8)}, 2)
	}
	if h.Stride != 4 || len(h.Sums) != 3*maxHashes/4 {
		t.Errorf("found stride %d with %d hashes, want 4 with %d", h.Stride, len(h.Sums), 3*maxHashes/4)
	}
}

func TestQuantise(t *testing.T) {
	inf := float32(math.Inf(1))
	got := quantise([]float32{-1, 1, 0, -2, 3, inf, -inf, float32(math.NaN()), -0.999}, -1, 1)
	if want := []uint8{0, 255, 128, 0, 255, 255, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	for i := range 256 {
		if q := quantise([]float32{float32(i) / 255}, 0, 1)[0]; int(q) != i {
			t.Errorf("byte %d comes back as %d", i, q)
		}
	}
}

func TestFrameColours(t *testing.T) {
	x := sampling.Images{N: 1, C: 3, H: 1, W: 2, Data: []float32{1, 0, 0, 1, 0, 0.2}}
	r := newRecording(1, 3, 1, 2, 0, 1, 1<<20)
	r.add(0, x)
	m := r.Frame(0, 0)
	if got := m.RGBAAt(0, 0); got != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("left pixel: found %v", got)
	}
	if got := m.RGBAAt(1, 0); got != (color.RGBA{0, 255, 51, 255}) {
		t.Errorf("right pixel: found %v", got)
	}
	if m.Stride != 8 || r.Frame(0, 1) != nil || r.Frame(99, 0) == nil {
		t.Error("want tight pictures, none of an unknown chain, and the nearest frame")
	}
}

func TestRunRecords(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	for _, c := range []struct {
		sampler  string
		set      sampling.Settings
		accepted bool
	}{
		{SamplerFamily, sampling.Settings{"steps": 7}, false},
		{SamplerDescent, sampling.Settings{"steps": 7, "step_size": 0.1}, false},
		{SamplerMALA, sampling.Settings{"steps": 7, "delta": 0.01}, true},
		{SamplerMALA, sampling.Settings{"steps": 7, "delta": 0.01, "adapt": 4, "scales": 1}, true},
		{SamplerHMC, sampling.Settings{"steps": 7, "delta": 0.01, "leaps": 2, "adapt": 3}, true},
	} {
		t.Run(c.sampler, func(t *testing.T) {
			r := recipe(o, 3, c.set)
			r.Sampler = c.sampler
			rec := run(t, s, o, r).Recording()
			if got := steps(rec); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
				t.Errorf("found frames of steps %v, want 0 to 7", got)
			}
			at, energy := rec.Curve("energy", 2)
			if !slices.Equal(at, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
				t.Fatalf("found energies after %v steps, want 0 to 7", at)
			}
			if c.sampler == SamplerDescent && !slices.IsSortedFunc(energy, func(a, b float32) int { return int(math.Copysign(1, float64(b-a))) }) {
				t.Errorf("energies do not fall: %v", energy)
			}
			last, _ := rec.Last()
			want, _ := bowlEnergy(o, last.Slice(2, 3))
			if energy[7] != want {
				t.Errorf("last energy: found %g, want %g", energy[7], want)
			}
			if at, _ := rec.Curve("gradient", 0); len(at) != 7 {
				t.Errorf("found %d gradient norms, want 7", len(at))
			}
			if at, _ := rec.Curve("accepted", 0); (len(at) > 0) != c.accepted {
				t.Errorf("found %d acceptances", len(at))
			}
		})
	}
}

func bowlEnergy(o *Opened, x sampling.Images) (float32, error) {
	terms, err := bind(o.Model, nil)
	if err != nil {
		return 0, err
	}
	e, err := terms[0].Energy.Value(x)
	return e[0], err
}

func TestDivergingChainIsMarked(t *testing.T) {
	nan := float32(math.NaN())
	s, o := (&fake{spoil: func(call int, e []float32) {
		if call >= 4 {
			e[1] = nan
		}
	}}).open(t, 0)
	j := run(t, s, o, recipe(o, 3, nil))
	if step, yes := j.Recording().Diverged(1); !yes || step != 4 {
		t.Errorf("chain 1: found %v at step %d, want diverged at 4", yes, step)
	}
	if _, yes := j.Recording().Diverged(0); yes {
		t.Error("chain 0 is marked as diverged")
	}
	if p := j.Progress(); p.Step != 10 {
		t.Errorf("the job ended at step %d, want 10", p.Step)
	}
	if res, _ := j.Result(); res.Diverged[1] != 4 || len(res.Diverged) != 1 {
		t.Errorf("result: found %v, want chain 1 at step 4", res.Diverged)
	}
}

func TestWeightsThatAreNotFinite(t *testing.T) {
	nan := float32(math.NaN())
	s, o := (&fake{spoil: func(_ int, e []float32) {
		for i := range e {
			e[i] = nan
		}
	}}).open(t, 0)
	o.File.Tensors["bowl.centre"].Data[3] = 0x7f
	o.File.Tensors["bowl.centre"].Data[2] = 0xff
	for _, err := range []error{
		s.Sample(o, recipe(o, 3, nil), nil).Wait(deadline(t)),
		func() error { _, err := s.Score(deadline(t), o, sampling.NewImages(2, 1, 4, 5), nil); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "1 tensors hold values that are not (bowl.centre)") {
			t.Errorf("found %v, want the tensor named", err)
		}
	}
}

// TestFrameMadeAnew: a stage of no steps, such as a generator's, makes the frame of
// its step anew, in the frames and in the hashes.
func TestFrameMadeAnew(t *testing.T) {
	picture := func(v float32) sampling.Images {
		return sampling.Images{N: 1, C: 1, H: 1, W: 1, Data: []float32{v}}
	}
	r := newRecording(1, 1, 1, 1, 0, 1, 1<<20)
	for _, f := range []struct {
		step  int
		value float32
	}{{0, 0}, {0, 1}, {1, 0.4}, {1, 0.6}} {
		r.add(f.step, picture(f.value))
	}
	if len(r.frames) != 2 || r.frames[0].pixels[0] != 255 || r.frames[1].pixels[0] != 153 {
		t.Errorf("found frames %v, want those of 1 and 0.6", r.frames)
	}
	want := hashes{Stride: 1}
	want.add(0, []uint8{255}, 1)
	want.add(1, []uint8{153}, 1)
	if len(r.hashes.Sums) != 2 || !slices.Equal(r.hashes.of(0), want.of(0)) {
		t.Errorf("found hashes %v, want %v", r.hashes.Sums, want.Sums)
	}
}
