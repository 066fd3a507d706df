package studio

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// painted is a bowl whose chains begin with a generator's pictures.
type painted struct {
	bowl
	latents [][]float32
}

// generating makes the analytic model one with a generator, which paints a picture in
// the first number of its latent, and with a hole of the middle pixels.
func generating(t *testing.T) (*Studio, *Opened) {
	t.Helper()
	f := &fake{c: 1, h: 4, w: 4}
	s, o := f.open(t, 1<<20)
	m := o.Model
	m.Knobs = []sampling.Knob{
		{Name: "steps", Min: 0, Max: 10, Default: 3, Integer: true}, {Name: "step_size", Min: 0, Max: 1, Default: 0.5}, {Name: "noise", Min: 0, Max: 1},
	}
	m.At = func(g models.Given) (sampling.Energy, error) {
		return painted{bowl{centre: 0.5, k: 1, calls: &f.calls}, g.Latent}, nil
	}
	m.Decode = func(latents [][]float32, _ models.Given) (sampling.Images, error) {
		x := sampling.NewImages(len(latents), 1, 4, 4)
		for i, z := range latents {
			for j := range x.Image(i) {
				x.Image(i)[j] = z[0]
			}
		}
		return x, nil
	}
	m.Plan = func(terms []sampling.Term, set sampling.Settings) (sampling.Plan, error) {
		latents := terms[0].Energy.(painted).latents
		start := func(_ sampling.Key, _ int, x sampling.Images) (sampling.Images, error) {
			rows := make([][]float32, x.N)
			for i := range rows {
				rows[i] = []float32{0.25, 0}
				if len(latents) > 0 {
					rows[i] = latents[i%len(latents)]
				}
			}
			return m.Decode(rows, models.Given{})
		}
		kernel := sampling.Langevin{StepSize: set["step_size"], Noise: set["noise"], Lo: 0, Hi: 1}
		return sampling.Plan{
			{Name: "generator", Energy: terms[0].Energy, Start: start},
			{Name: "bowl", Energy: sampling.Sum(terms), Steps: int(set["steps"]), Kernel: kernel},
		}, nil
	}
	m.Hole = func(x sampling.Images) *sampling.Mask { return sampling.NewMask(x).Fill(1, 1, 3, 3, 1) }
	return s, o
}

func walked2(t *testing.T, refine bool) (*Job, [][]float32) {
	t.Helper()
	s, o := generating(t)
	anchors := [][]float32{{0, 1}, {1, 0}, {0, 1}}
	j, err := s.Interpolate(o, recipe(o, 1, nil), Interpolation{Anchors: anchors, Path: PathPaper, Frames: 3, Refine: refine}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	return j, anchors
}

// TestInterpolate: a chain a point, from the generator's pictures on the arc; the
// refined ones are what the chains make of them, three halvings of the way to 0.5.
func TestInterpolate(t *testing.T) {
	half := float32(math.Sqrt(0.75)) // sqrt(1 - rho^2) of rho = 1/2
	for refine, steps := range map[bool]float64{true: 3, false: 0} {
		j, _ := walked2(t, refine)
		res, err := j.Result()
		if err != nil {
			t.Fatal(err)
		}
		before, _, err := j.beforeAfter()
		if err != nil || (before.Data != nil) != refine {
			t.Fatalf("refine %v: found first pictures %v, error %v", refine, before.Data != nil, err)
		}
		// The way back goes over other points of the arc: rho weighs the anchor left.
		for i, z := range []float32{0, half, 1, 0.5, 0} {
			want := 0.5 + (float64(z)-0.5)*math.Pow(0.5, steps)
			if found := float64(res.Pictures.Image(i)[0]); math.Abs(found-want) > 1e-5 {
				t.Errorf("refine %v, point %d: found %v, want %v", refine, i, found, want)
			}
			if refine && math.Abs(float64(before.Image(i)[0]-z)) > 1.0/255 {
				t.Errorf("point %d before: found %v, want %v", i, before.Image(i)[0], z)
			}
		}
		first, last := j.Energies()
		if len(last) != 5 || first[0] < last[0] || math.Abs(float64(first[0])-2) > 1e-5 {
			t.Errorf("refine %v: found energies %v, then %v, want 2 at first", refine, first, last)
		}
		along, err := j.Along()
		if err != nil || along.Frames() != 5 || along.Chains() != map[bool]int{true: 2, false: 1}[refine] {
			t.Errorf("refine %v: found %d frames of %d pictures, error %v", refine, along.Frames(), along.Chains(), err)
		}
		path := filepath.Join(t.TempDir(), "strip.png")
		if err := j.SaveStrip(path, 3); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := decodePNG(file)
		if err != nil {
			t.Fatal(err)
		}
		layout := layoutFor(6, 4)
		layout.Columns = 3
		if want := layout.bounds(6*map[bool]int{true: 2, false: 1}[refine], 4, 4); m.Bounds() != want {
			t.Errorf("refine %v: found a strip of %v, want %v", refine, m.Bounds(), want)
		}
	}
}

func TestInterpolateRefuses(t *testing.T) {
	s, o := generating(t)
	two := [][]float32{{0, 1}, {1, 0}}
	for want, i := range map[string]Interpolation{
		"found 1 anchors, want at least 2":                  {two[:1], PathLinear, 3, true, false, nil},
		`unknown path "arc", want linear`:                   {two, "arc", 3, true, false, nil},
		"found 1 frames, want 2":                            {two, PathLinear, 1, true, false, nil},
		"anchor 2: found a latent of 1 numbers, want 2":     {[][]float32{{0, 1}, {1}}, PathLinear, 3, true, false, nil},
		"found opposite vectors":                            {[][]float32{{0, 1}, {0, -1}}, PathSpherical, 3, true, false, nil},
		"found 4097 points, want at most":                   {[][]float32{{0, 1}, {1, 0}, {0, 1}}, PathLinear, 2049, true, false, nil},
		"bowl has no generator whose pictures could be lef": {two, PathLinear, 3, false, false, nil},
	} {
		if strings.Contains(want, "generator") {
			o.Model.Decode, o.Model.Name = nil, "bowl"
		}
		if _, err := s.Interpolate(o, recipe(o, 1, nil), i, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
		_, o = generating(t)
	}
	if z, err := SeedLatent(o.Model, 3); err != nil || len(z) != 2 || z[0] == z[1] {
		t.Errorf("found the latent %v of a seed, error %v", z, err)
	}
}

// TestComplete: measurements by hand. The original is 0.75, its hole 0.5; the generator
// paints 0.25, a chain goes half of the way to 0.5 in each of three steps.
func TestComplete(t *testing.T) {
	s, o := generating(t)
	x := sampling.NewImages(1, 1, 4, 4)
	for j := range x.Data {
		x.Data[j] = 0.75
	}
	inside, err := o.Model.Hole(x).Apply(sampling.NewImages(1, 1, 4, 4))
	if err != nil {
		t.Fatal(err)
	}
	for j, v := range inside.Data {
		if v == 0 {
			x.Data[j] = 0.5
		}
	}
	all, err := s.Complete(deadline(t), o, x, []string{"one"}, recipe(o, 2, nil), nil)
	if err != nil || len(all) != 1 {
		t.Fatalf("found %d, error %v", len(all), err)
	}
	c := all[0]
	psnr := func(d float64) float64 { return -20 * math.Log10(d) }
	for _, q := range []struct {
		what        string
		found, want float64
	}{
		{"mean fill", c.Mean.PSNR, psnr(0.25)},
		{"generator", c.VAE.PSNR, psnr(0.25)},
		{"chains", c.Chains.PSNR, psnr(0.25 / 8)},
		{"prediction", c.Predict.PSNR, psnr(0.5 / 8)},
		{"spread", c.Spread, 0},
	} {
		if math.Abs(q.found-q.want) > 0.1 { // of 8 bits
			t.Errorf("%s: found %v, want %v", q.what, q.found, q.want)
		}
	}
	if c.Refined.Image(1)[0] != x.Data[0] && math.Abs(float64(c.Refined.Image(1)[0]-x.Data[0])) > 1.0/255 {
		t.Errorf("a known pixel is %v, want %v", c.Refined.Image(1)[0], x.Data[0])
	}
	mean := MeanCompletion(append(all, all...))
	if math.Abs(mean.Chains.PSNR-c.Chains.PSNR) > 1e-9 {
		t.Errorf("the mean of equal ones is %v, want %v", mean.Chains.PSNR, c.Chains.PSNR)
	}
	if err := SaveCompletions(filepath.Join(t.TempDir(), "table.png"), o.Model, all); err != nil {
		t.Error(err)
	}
	if _, err := s.Complete(context.Background(), o, sampling.NewImages(1, 1, 5, 5), []string{"one"}, recipe(o, 1, nil), nil); err == nil {
		t.Error("a picture of another size was completed")
	}
	o.Model.Hole = nil
	if _, err := s.Complete(context.Background(), o, x, []string{"one"}, recipe(o, 1, nil), nil); err == nil || !strings.Contains(err.Error(), "was not trained to fill a hole") {
		t.Errorf("found error %v", err)
	}
}

// TestFramesShareTheirNoise: two frames of almost equal latents differ by what three
// halvings leave of the latents' difference, not by noise, unless each is to have its own.
func TestFramesShareTheirNoise(t *testing.T) {
	s, o := generating(t)
	z := [][]float32{{0.5, 0}, {0.52, 0}}
	for own, most := range map[bool]float64{false: 0.02/8 + 1e-6, true: math.Inf(1)} {
		j, err := s.Interpolate(o, recipe(o, 1, sampling.Settings{"noise": 0.1}), Interpolation{Anchors: z, Path: PathLinear, Frames: 2, Refine: true, OwnNoise: own}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(deadline(t)); err != nil {
			t.Fatal(err)
		}
		res, err := j.Result()
		if err != nil || res.Recipe.SharedNoise == own {
			t.Fatalf("own noise %v: found shared noise %v in the recipe, error %v", own, res.Recipe.SharedNoise, err)
		}
		a, b := res.Pictures.Image(0), res.Pictures.Image(1)
		largest := 0.0
		for i := range a {
			largest = max(largest, math.Abs(float64(a[i]-b[i])))
		}
		if least := 0.02/8 - 1e-6; largest > most || largest < least || own && largest < 0.03 {
			t.Errorf("own noise %v: the frames differ by up to %v", own, largest)
		}
		saved := filepath.Join(t.TempDir(), "frame.png")
		if err := SavePicture(saved, res, 1); err != nil {
			t.Fatal(err)
		}
		if again, err := s.Reproduce(deadline(t), saved, o, nil); err != nil || !again.Exact {
			t.Errorf("own noise %v: made again: %v, error %v", own, again, err)
		}
	}
}
