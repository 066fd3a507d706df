package studio

import (
	"context"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// threePictures are corners of a triangle of sides 1 in the model's pixels.
func threePictures(o *Opened) sampling.Images {
	m := o.Model
	x := sampling.NewImages(3, m.C, m.H, m.W)
	for j := range x.Data {
		x.Data[j] = 0.5
	}
	x.Image(1)[0], x.Image(2)[7] = 1.5, 1.5
	return x
}

func planeOf(t *testing.T, x sampling.Images) sampling.Plane {
	t.Helper()
	p, err := sampling.PlaneThrough(x.Slice(0, 1), x.Slice(1, 2), x.Slice(2, 3))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func done(t *testing.T, j *Job) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := j.Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestLandscapeComesCoarseToFine: the energy on the plane is that of its pictures, every
// level is there before the next, and each point is evaluated once.
func TestLandscapeComesCoarseToFine(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 0)
	p := planeOf(t, threePictures(o))
	frame := FrameAround([][2]float64{{0, 0}, {1, 0}, {0, 1}}, 0.25)
	var levels []int
	var job *LandscapeJob
	begun := make(chan bool)
	job, err := s.Landscape(o, DefaultRecipe(o), p, frame, LandscapeOptions{Cells: 32}, func() {
		<-begun
		if c := job.Latest().Cells; c > 0 && (len(levels) == 0 || levels[len(levels)-1] != c) {
			levels = append(levels, c)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	close(begun)
	done(t, job.Job)
	if len(levels) != 3 || levels[0] != 8 || levels[2] != 32 {
		t.Errorf("the levels were %v, want 8, 16 and 32", levels)
	}
	if got, want := int(f.calls.Load()), mapSteps(32); got != want || job.Progress().Step != want {
		t.Errorf("%d evaluations and step %d, want %d of %d points each: none twice", got, job.Progress().Step, want, mapBatch)
	}
	l := job.Latest()
	for i, e := range l.Energy {
		at := frame.Place(float64(i%33)/32, float64(i/33)/32)
		want, err := valuesOf(bowl{centre: 0.5, k: 1, calls: &f.calls}, p.At(at))
		if err != nil || math.Abs(float64(e-want[0])) > 1e-4 {
			t.Fatalf("the energy at %v is %g, that of its picture %g, error %v", at, e, want[0], err)
		}
	}
	if at, _, ok := l.Lowest(); !ok || math.Hypot(at[0], at[1]) > 0.04 {
		t.Errorf("the lowest place is %v, want near (0, 0)", at)
	}
	if got := l.At([2]float64{0.3, 0.4}); math.Abs(got-0.125) > 1e-3 || !math.IsNaN(l.At([2]float64{9, 0})) {
		t.Errorf("between points the energy is %g, want 0.125; outside %g", got, l.At([2]float64{9, 0}))
	}
	c, err := s.Cut(context.Background(), o, DefaultRecipe(o), p, [2]float64{-0.25, 0}, [2]float64{1, 0}, 51)
	if err != nil || len(c.Energy) != 51 || math.Abs(float64(c.Energy[50]-c.Energy[0])-(1-0.0625)/2) > 1e-3 {
		t.Errorf("a cut has %d values from %g to %g, error %v", len(c.Energy), c.Energy[0], c.Energy[50], err)
	}
}

// TestLandscapeWithBrokenEnergies: what is not finite is hatched, counted and left out of
// ranges and contours.
func TestLandscapeWithBrokenEnergies(t *testing.T) {
	f := &fake{spoil: func(_ int, e []float32) {
		for i := range e {
			if e[i] > 1.2 {
				e[i] = float32(math.NaN())
			} else if e[i] > 1 {
				e[i] = float32(math.Inf(1))
			}
		}
	}}
	s, o := f.open(t, 0)
	job, err := s.Landscape(o, DefaultRecipe(o), planeOf(t, threePictures(o)), Frame{-1, 2, -1, 2}, LandscapeOptions{Cells: 16}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done(t, job.Job)
	l := job.Latest()
	lo, hi, ok := l.Range()
	if n := l.Broken(); n == 0 || n == len(l.Energy) || !ok || hi > 1 || lo < 0 {
		t.Errorf("%d of %d points are broken, the range %g to %g", n, len(l.Energy), lo, hi)
	}
	palette := []color.RGBA{{0, 0, 0, 255}, {255, 255, 0, 255}}
	m := l.Picture(64, palette)
	if c := m.RGBAAt(63, 0); c != hatch(0) && c != hatch(1) {
		t.Errorf("a broken corner is painted %v", c)
	}
	if len(l.Contours(6)) == 0 {
		t.Error("there are no contours")
	}
	path := filepath.Join(t.TempDir(), "map.csv")
	if err := l.Save(path, MapExtras{Palette: palette}); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); !strings.Contains(string(data), "NaN") || !strings.Contains(string(data), "+Inf") || strings.Count(string(data), "\n") != 1+17*17 {
		t.Errorf("the table has %d lines or tells of no NaN", strings.Count(string(data), "\n"))
	}
	all := Landscape{Frame: l.Frame, Cells: 8, Energy: make([]float32, 81)}
	for i := range all.Energy {
		all.Energy[i] = float32(math.NaN())
	}
	if _, _, ok := all.Range(); ok || len(all.Contours(5)) > 0 || all.Picture(8, palette).RGBAAt(0, 0) != hatch(0) {
		t.Error("a landscape without any energy has a range")
	}
	if _, _, ok := all.Lowest(); ok {
		t.Error("a landscape without any energy has a lowest place")
	}
}

func TestLandscapeIsStopped(t *testing.T) {
	f := &fake{before: func(int) { time.Sleep(2 * time.Millisecond) }}
	s, o := f.open(t, 0)
	first := make(chan bool, 100)
	job, err := s.Landscape(o, DefaultRecipe(o), planeOf(t, threePictures(o)), Frame{-1, 2, -1, 2}, LandscapeOptions{Cells: 256}, func() {
		select {
		case first <- true:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for job.Latest().Cells == 0 {
		<-first
	}
	job.Stop()
	done(t, job.Job)
	if c := job.Latest().Cells; c == 0 || c == 256 || job.Progress().Phase != Stopped {
		t.Errorf("a stopped landscape has %d cells and is %s", c, job.Progress().Phase)
	}
}

// TestChainsGoBeforeAFinerMap: once there is a coarse map, a run begun later is done first.
func TestChainsGoBeforeAFinerMap(t *testing.T) {
	f := &fake{before: func(int) { time.Sleep(time.Millisecond) }}
	s, o := f.open(t, 0)
	coarse := make(chan bool, 100)
	var job *LandscapeJob
	begun := make(chan bool)
	job, err := s.Landscape(o, DefaultRecipe(o), planeOf(t, threePictures(o)), Frame{-1, 2, -1, 2}, LandscapeOptions{Cells: 128}, func() {
		<-begun
		if job.Latest().Cells > 0 {
			select {
			case coarse <- true:
			default:
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	close(begun)
	<-coarse
	done(t, s.Sample(o, DefaultRecipe(o), nil))
	if c := job.Latest().Cells; c >= 128 {
		t.Errorf("the run waited for a map of %d cells", c)
	}
	done(t, job.Job)
}

func TestLandscapeSaysWhatIsWrong(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 0)
	p := planeOf(t, threePictures(o))
	ok := Frame{0, 1, 0, 1}
	for want, ask := range map[string]func() error{
		"found 12 cells a side": func() error {
			_, err := s.Landscape(o, DefaultRecipe(o), p, ok, LandscapeOptions{Cells: 12}, nil)
			return err
		},
		"want ends that rise": func() error {
			_, err := s.Landscape(o, DefaultRecipe(o), p, Frame{1, 0, 0, 1}, LandscapeOptions{Cells: 8}, nil)
			return err
		},
		"plane: pictures: found 2x1x1": func() error {
			_, err := s.Landscape(o, DefaultRecipe(o), sampling.PointPlane(), ok, LandscapeOptions{Cells: 8}, nil)
			return err
		},
		"want two places": func() error {
			_, err := s.Cut(context.Background(), o, DefaultRecipe(o), p, [2]float64{1, 1}, [2]float64{1, 1}, 9)
			return err
		},
		"found 3 pictures on the path": func() error {
			x := threePictures(o)
			_, err := s.Barrier(o, DefaultRecipe(o), x.Slice(0, 1), x.Slice(1, 2), BarrierOptions{Pictures: 3, Steps: 5}, nil)
			return err
		},
		"want .png, .svg or .csv": func() error { return Cut{Energy: []float32{1, 2}}.Save("x.pdf") },
		"begin at a picture": func() error {
			_, _, err := BeginAt(o, DefaultRecipe(o), threePictures(o))
			return err
		},
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// wells is (x²-1)² + 4 (y - 0.7(1-x²))² of points: two minima, a saddle of 1.
type wells struct{}

func (wells) Value(x sampling.Images) ([]float32, error) {
	e, _, err := wells{}.Eval(x)
	return e, err
}

func (wells) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	e, g := make([]float32, x.N), x.Clone()
	for i := range e {
		p, q := float64(x.Data[2*i]), float64(x.Data[2*i+1])
		w, s := p*p-1, q-0.7*(1-p*p)
		e[i] = float32(w*w + 4*s*s)
		g.Data[2*i], g.Data[2*i+1] = float32(4*p*w+11.2*p*s), float32(8*s)
	}
	return e, g, nil
}

func TestBarrierBetweenTwoWells(t *testing.T) {
	f := &fake{c: 2, h: 1, w: 1}
	s, o := f.open(t, 0)
	o.Model.At = func(models.Given) (sampling.Energy, error) { return wells{}, nil }
	ends := sampling.NewImages(2, 2, 1, 1)
	ends.Data = []float32{-1, 0, 1, 0}
	job, err := s.Barrier(o, DefaultRecipe(o), ends.Slice(0, 1), ends.Slice(1, 2), BarrierOptions{Pictures: 25, Steps: 400}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done(t, job.Job)
	b := job.Latest()
	straight, at := b.Straight.Height()
	relaxed, along := b.Relaxed.Height()
	t.Logf("straight %.4f at %.2f, relaxed %.4f at %.2f after %d steps", straight, at, relaxed, along, b.Steps)
	if math.Abs(straight-2.96) > 1e-3 || math.Abs(relaxed-1) > 0.01 || !b.Settled || math.Abs(along-0.5) > 0.05 || b.Relaxed.Length <= b.Straight.Length {
		t.Errorf("the barrier is %g straight and %g relaxed, want 2.96 and 1; settled %v", straight, relaxed, b.Settled)
	}
	if p := job.Progress(); p.Step != p.Steps || p.Phase != Done {
		t.Errorf("the job stands at %d of %d, %s", p.Step, p.Steps, p.Phase)
	}
	dir := t.TempDir()
	for _, name := range []string{"b.png", "b.svg", "b.csv"} {
		if err := b.Save(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if err := b.SaveFilm(filepath.Join(dir, "film.png"), -1, 1); err == nil {
		t.Error("points were saved as pictures")
	}
	table, _ := os.ReadFile(filepath.Join(dir, "b.csv"))
	if n := strings.Count(string(table), "relaxed,"); n != 97 {
		t.Errorf("the table has %d places of the relaxed path, want 97", n)
	}
}

// TestForceMovesTheBlob: the force that turns a blob into one beside it has arrows that
// point there, whatever stands still has none.
func TestForceMovesTheBlob(t *testing.T) {
	blob := func(cx, cy float64) sampling.Images {
		x := sampling.NewImages(1, 1, 24, 24)
		for i := range x.Data {
			dx, dy := float64(i%24)-cx, float64(i/24)-cy
			x.Data[i] = float32(math.Exp(-(dx*dx + dy*dy) / 18))
		}
		return x
	}
	from, to := blob(11, 12), blob(12, 11.5)
	f := Force{Name: "move", Pull: to.Clone()}
	for j := range f.Pull.Data {
		f.Pull.Data[j] -= from.Data[j]
	}
	for _, a := range f.Flow(from, 6) {
		if math.Hypot(a.X-12, a.Y-12) < 6 && (math.Abs(a.DX-1) > 0.25 || math.Abs(a.DY+0.5) > 0.25) {
			t.Errorf("the arrow at (%g, %g) is (%.2f, %.2f), want (1, -0.5)", a.X, a.Y, a.DX, a.DY)
		}
	}
	if n := len(f.Arrows(from)); n < 4 || n > 40 {
		t.Errorf("%d arrows are shown", n)
	}
	if f.Signed()[12*24+14] <= 0 || f.Signed()[12*24+8] >= 0 {
		t.Error("the side towards which the blob moves does not become brighter")
	}
	f.Pull.Data[0] = float32(math.NaN())
	m := f.Overlay(f.Strongest())
	if m.RGBAAt(0, 0) != hatch(0) || m.RGBAAt(14, 12).R <= m.RGBAAt(14, 12).B {
		t.Errorf("painted %v and %v", m.RGBAAt(0, 0), m.RGBAAt(14, 12))
	}
	dir := t.TempDir()
	for _, name := range []string{"force.png", "force.svg", "force.csv"} {
		if err := SaveForce(filepath.Join(dir, name), f, from, 0, 1); err != nil {
			t.Error(err)
		}
	}
	file, err := os.Open(filepath.Join(dir, "force.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if m, err := png.Decode(file); err != nil || m.Bounds().Dx() < 400 {
		t.Errorf("the drawing is not one: %v", err)
	}
}

// TestForcesOfTerms: the force of all terms is the sum of theirs, each with its weight.
func TestForcesOfTerms(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	r := DefaultRecipe(o)
	r.Terms = []Term{{Weight: 1, Labels: []int{0}}, {Weight: -0.5, Labels: []int{1}}}
	x := threePictures(o).Slice(0, 1) // 0.5 everywhere: pulled to 0 by 0.5, pushed from 1 by 0.25
	all, err := s.Forces(context.Background(), o, r, x)
	if err != nil || len(all) != 3 {
		t.Fatalf("found %d forces, error %v", len(all), err)
	}
	for i, want := range []float32{-0.75, -0.5, -0.25} {
		if got := all[i].Pull.Data[3]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("%s pulls by %g, want %g", all[i].Name, got, want)
		}
	}
	if all[0].Term != -1 || math.Abs(all[0].Norm()-0.75*math.Sqrt(20)) > 1e-4 {
		t.Errorf("all terms together: term %d, norm %g", all[0].Term, all[0].Norm())
	}
}

// TestBeginAtAPlace: chains begin at a picture, told by the recipe where it can be.
func TestBeginAtAPlace(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	x := threePictures(o).Slice(0, 1)
	r, ok, err := BeginAt(o, DefaultRecipe(o), x)
	if err != nil || !ok || r.Initial == nil {
		t.Fatalf("ok %v, error %v", ok, err)
	}
	job := s.Sample(o, r, nil)
	done(t, job)
	steps, walk := job.Recording().Walk(3, 5)
	if len(steps) != 5 || steps[0] != 0 || steps[4] != 10 || math.Abs(float64(walk.Image(0)[0])-0.5) > 0.003 {
		t.Errorf("the walk is at steps %v and begins at %g", steps, walk.Image(0)[0])
	}
	_, off, err := planeOf(t, threePictures(o)).Project(walk)
	if err != nil || off[0] > 0.02 || off[4] < 0.05 {
		t.Errorf("the walk lies %v off the plane, error %v", off, err)
	}
	o.Model.Decode = func([][]float32, models.Given) (sampling.Images, error) { return x, nil }
	if _, ok, err := BeginAt(o, DefaultRecipe(o), x); ok || err != nil {
		t.Errorf("a generator's chains begin elsewhere: ok %v, error %v", ok, err)
	}
	draft, err := s.SampleAt(o, DefaultRecipe(o), x, nil)
	if err != nil {
		t.Fatal(err)
	}
	done(t, draft)
	if _, err := draft.Result(); err == nil || draft.Recording().Frame(0, 7).Pix[0] != 128 {
		t.Errorf("a draft: error %v, first pixel %d", err, draft.Recording().Frame(0, 7).Pix[0])
	}
}
