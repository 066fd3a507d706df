package studio

import (
	"errors"
	"image"
	"image/color"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// ramp is a grey picture whose pixels are 0, 1, 2, ...
func ramp(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i)
	}
	return m
}

// half is a mask whose left half is kept.
func half(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		if i%w >= w/2 {
			m.Pix[i] = 255
		}
	}
	return m
}

// TestKnownToTheBit: every level of 8 bits that is known is saved as it was, in both
// ranges that models have, in grey and in colours.
func TestKnownToTheBit(t *testing.T) {
	for _, m := range []*models.Model{
		{C: 1, H: 16, W: 16, Lo: 0, Hi: 1}, {C: 1, H: 16, W: 16, Lo: -1, Hi: 1}, {C: 3, H: 16, W: 16, Lo: -1, Hi: 1},
	} {
		picture := ramp(16, 16)
		data, err := embedPicture(m, "p", picture, false)
		if err != nil {
			t.Fatal(err)
		}
		x, err := inRange(m, "p", data)
		if err != nil {
			t.Fatal(err)
		}
		if got := quantise(x.Data[:256], m.Lo, m.Hi); !slices.Equal(got, picture.Pix) {
			t.Errorf("%d channels, %g to %g: found %v", m.C, m.Lo, m.Hi, got)
		}
	}
}

func TestKnownRuns(t *testing.T) {
	s, o := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	known, err := NewKnown(o.Model, "p.png", ramp(8, 8), half(8, 8), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, sampler := range Samplers() {
		r := recipe(o, 3, sampling.Settings{"steps": 5})
		r.Known, r.Sampler = known, sampler
		parsed, err := ParseRecipe(r.JSON())
		if err != nil {
			t.Fatal(err)
		}
		first := result(t, run(t, s, o, r))
		again := result(t, run(t, s, o, parsed))
		if !slices.Equal(first.Pictures.Data, again.Pictures.Data) {
			t.Errorf("%s: the recipe as text makes other pictures", sampler)
		}
		for i := range 3 {
			got := first.Picture(i).(*image.Gray)
			for y := range 8 {
				for x := range 4 {
					if want := uint8(8*y + x); got.GrayAt(x, y).Y != want {
						t.Fatalf("%s: chain %d at %d,%d: found %d, want %d", sampler, i, x, y, got.GrayAt(x, y).Y, want)
					}
				}
			}
		}
	}
}

func result(t *testing.T, j *Job) Result {
	t.Helper()
	r, err := j.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestInitial: chains without a ladder begin with the picture itself.
func TestInitial(t *testing.T) {
	s, o := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	initial, err := NewInitial(o.Model, "p.png", ramp(8, 8), false)
	if err != nil {
		t.Fatal(err)
	}
	r := recipe(o, 2, sampling.Settings{"steps": 1, "step_size": 0, "step_noise": 0})
	r.Initial = initial
	got := result(t, run(t, s, o, r))
	if pix := got.Picture(1).(*image.Gray).Pix; !slices.Equal(pix, ramp(8, 8).Pix) {
		t.Errorf("found %v", pix)
	}
}

func TestKnownErrors(t *testing.T) {
	_, o := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	m := o.Model
	_, err := NewKnown(m, "p.png", ramp(8, 8), half(16, 16), false)
	var size *SizeError
	if !errors.As(err, &size) || size.What != "mask" || size.Found != image.Pt(16, 16) || !strings.Contains(err.Error(), "--scale") {
		t.Errorf("found %v, want the mask's size", err)
	}
	known, err := NewKnown(m, "p.png", ramp(16, 16), half(16, 16), true)
	if err != nil {
		t.Fatal(err)
	}
	if mask, err := known.pixels(m); err != nil || mask.M[0] != 0 || mask.M[7] != 1 || slices.ContainsFunc(mask.M, func(v float32) bool { return v != 0 && v != 1 }) {
		t.Errorf("a scaled mask of black and white: found %v, %v", mask, err)
	}
	for name, c := range map[string]struct {
		model         models.Model
		picture, mask image.Image
		want          string
	}{
		"no mask":      {*m, ramp(8, 8), nil, "mask: found none"},
		"proportions":  {*m, ramp(16, 16), half(16, 8), "want one proportion"},
		"points":       {models.Model{C: 2, H: 1, W: 1}, ramp(1, 1), half(1, 1), "points or pictures of 2 channels"},
		"its own hole": {models.Model{C: 1, H: 8, W: 8, Hole: func(x sampling.Images) *sampling.Mask { return nil }}, ramp(8, 8), half(8, 8), "want none"},
	} {
		if _, err := NewKnown(&c.model, "p.png", c.picture, c.mask, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, want %q", name, err, c.want)
		}
	}
	grey := half(8, 8)
	grey.SetGray(0, 0, color.Gray{Y: 9})
	r := DefaultRecipe(o)
	if r.Known, err = NewKnown(m, "p.png", ramp(8, 8), grey, false); err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(m); err != nil {
		t.Error(err)
	}
	for _, sampler := range []string{SamplerMALA, SamplerHMC} {
		r.Sampler = sampler
		if err := r.Validate(m); err == nil || !strings.Contains(err.Error(), "want black and white") {
			t.Errorf("grey with %s: found %v", sampler, err)
		}
	}
	r.Sampler, r.Known = SamplerFamily, &Known{Picture: []byte("GIF89a"), Mask: known.Mask}
	if err := r.Validate(m); err == nil || !strings.Contains(err.Error(), "known picture") {
		t.Errorf("no picture: found %v", err)
	}
}

// TestAny: a disjunction goes to the nearer of its centres, a conjunction between.
func TestAny(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	for text, want := range map[string]func(v float32) bool{
		"low OR high":  func(v float32) bool { return v < 0.1 || v > 0.9 },
		"low AND high": func(v float32) bool { return v > 0.4 && v < 0.6 },
	} {
		r := recipe(o, 6, sampling.Settings{"steps": 300, "step_noise": 0})
		if err := r.Ask(o.Model, text); err != nil {
			t.Fatal(err)
		}
		parsed, err := ParseRecipe(r.JSON())
		if err != nil {
			t.Fatal(err)
		}
		parsed.Terms = nil // an expression says enough
		got := result(t, run(t, s, o, parsed)).Pictures.Data
		if i := slices.IndexFunc(got, func(v float32) bool { return !want(v) }); i >= 0 {
			t.Errorf("%s: found %v", text, got)
		}
	}
}

// TestLadderSamplers: a model with a ladder keeps its stages under other kernels.
func TestLadderSamplers(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	m := *o.Model
	m.Diffuse = func(_ sampling.Key, x sampling.Images, _ sampling.Settings) (sampling.Images, error) { return x, nil }
	plan := m.Plan
	m.Plan = func(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
		p, err := plan(terms, s)
		p[0].Tether, p[0].Noising = 2, &sampling.Noising{Deviation: 0.5}
		return p, err
	}
	mala := sampling.MALA{Delta: 0.05, Lo: 0, Hi: 1, Adapt: sampling.Adapt{Target: targetMALA}}
	for sampler, want := range map[string]sampling.Kernel{
		SamplerPreconditioned: sampling.Preconditioned{Delta: 0.05, Lo: 0, Hi: 1, Learn: 5},
		SamplerMALA:           mala, SamplerHMC: sampling.HMC{Delta: 0.05, Leaps: 5, Lo: 0, Hi: 1, Adapt: sampling.Adapt{Target: targetHMC}},
		SamplerGibbs:   sampling.DiffusiveGibbs{Deviations: []float64{0.5}, Moves: 4, Kernel: mala, Tied: true, Lo: 0, Hi: 1},
		SamplerDescent: sampling.Descent{StepSize: 0.1, Lo: 0, Hi: 1},
	} {
		r := recipe(o, 1, nil)
		r.Sampler = sampler
		p, err := planOf(&m, r)
		if err != nil || p[0].Name != "bowl" || !reflect.DeepEqual(p[0].Kernel, want) || (p[0].Tether == 0) != (sampler == SamplerGibbs) {
			t.Errorf("%s: found %+v, %v, want %+v", sampler, p, err, want)
		}
	}
}
