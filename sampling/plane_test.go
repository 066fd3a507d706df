package sampling

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

// drawn are n pictures of normal numbers.
func drawn(t *testing.T, n, c, h, w int) Images {
	t.Helper()
	x := NewImages(n, c, h, w)
	if err := NewKey(5).Normals(StreamStart, 0, x); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestPlaneThroughThreePictures(t *testing.T) {
	x := drawn(t, 4, 3, 8, 8)
	p, err := PlaneThrough(x.Slice(0, 1), x.Slice(1, 2), x.Slice(2, 3))
	if err != nil {
		t.Fatal(err)
	}
	if d := math.Abs(dot64(p.U, p.V)) + math.Abs(length64(p.U)-1) + math.Abs(length64(p.V)-1); d > 1e-12 {
		t.Errorf("the axes are not orthonormal, by %g", d)
	}
	places, off, err := p.Project(x)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if off[i] > 1e-5 {
			t.Errorf("picture %d lies %g off the plane that goes through it", i, off[i])
		}
		if back := p.At(places[i]); squaredDistance(back.Data, x.Image(i)) > 1e-9 {
			t.Errorf("picture %d at its place is another, by %g", i, squaredDistance(back.Data, x.Image(i)))
		}
	}
	want := math.Sqrt(squaredDistance(x.Image(1), x.Image(2)))
	if got := math.Hypot(places[1][0]-places[2][0], places[1][1]-places[2][1]); math.Abs(got-want) > 1e-5 {
		t.Errorf("a distance on the plane is %g, between the pictures %g", got, want)
	}
	// The fourth: its distance to the origin is that on the plane and that off it together.
	if got, want := math.Hypot(math.Hypot(places[3][0], places[3][1]), off[3]), math.Sqrt(squaredDistance(x.Image(3), x.Image(0))); math.Abs(got-want) > 1e-5 {
		t.Errorf("on and off the plane make %g, want %g", got, want)
	}

	a, b := x.Slice(0, 1), x.Slice(1, 2)
	middle, err := ImagePath(3, a, b, Linear)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		three [3]Images
		want  string
	}{
		"same":  {[3]Images{a, a, b}, "first two pictures are the same"},
		"line":  {[3]Images{a, b, middle.Slice(1, 2)}, "lie on one line"},
		"again": {[3]Images{a, b, a}, "lie on one line"},
		"size":  {[3]Images{a, NewImages(1, 1, 8, 8), b}, "picture 2: pictures: found 1x8x8"},
		"many":  {[3]Images{a, b, x}, "picture 3: found 4 pictures, want 1"},
	} {
		if _, err := PlaneThrough(c.three[0], c.three[1], c.three[2]); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestSpreadPicksFarPictures(t *testing.T) {
	x := NewImages(5, 2, 1, 1)
	copy(x.Data, []float32{0, 0, 1, 0, 6, 0, 2, 1, 3, -4})
	if three, err := Spread(x, 0); err != nil || three != [3]int{0, 2, 4} {
		t.Errorf("found %v, error %v, want 0, 2 and 4", three, err)
	}
	if _, err := Spread(x.Slice(0, 2), 0); err == nil {
		t.Error("three of two pictures were found")
	}
}

// TestPrincipalPlane: an ellipse in 192 dimensions, whose axes are known.
func TestPrincipalPlane(t *testing.T) {
	axes := drawn(t, 3, 3, 8, 8)
	known, err := PlaneThrough(axes.Slice(0, 1), axes.Slice(1, 2), axes.Slice(2, 3))
	if err != nil {
		t.Fatal(err)
	}
	var places [][2]float64
	const n = 300 // more than are taken
	for i := range n + 1 {
		angle := math.Pi * (0.5 + float64(i)/n) // half an ellipse, from one end of the long axis to the other
		places = append(places, [2]float64{-10 * math.Sin(angle), 3 * math.Cos(angle)})
	}
	p, share, err := PrincipalPlane(known.At(places...))
	if err != nil {
		t.Fatal(err)
	}
	if u, v := math.Abs(dot64(p.U, known.U)), math.Abs(dot64(p.V, known.V)); u < 0.9999 || v < 0.9999 {
		t.Errorf("the axes are those of the ellipse by cosines %g and %g", u, v)
	}
	if share[0] < share[1] || math.Abs(share[0]+share[1]-1) > 1e-6 {
		t.Errorf("the axes hold %v of the variance, want all together", share)
	}
	_, off, err := p.Project(known.At(places...))
	if err != nil || slices.Max(off) > 1e-4 {
		t.Errorf("pictures lie %g off their plane, error %v", slices.Max(off), err)
	}
	ends, _, _ := p.Project(known.At(places[0], places[n]))
	if ends[1][0] <= ends[0][0] {
		t.Error("U does not point from the first picture to the last")
	}
	if _, _, err := PrincipalPlane(known.At([2]float64{0, 0}, [2]float64{1, 1}, [2]float64{2, 2})); err == nil || !strings.Contains(err.Error(), "one line") {
		t.Errorf("pictures on a line: error %v", err)
	}
}

// TestContourOfACone: every place of a contour of the distance to a centre lies at that
// distance, and the pieces add up to the circle; broken values leave a gap.
func TestContourOfACone(t *testing.T) {
	const n, radius = 81, 25.3
	values := make([]float32, n*n)
	for i := range values {
		values[i] = float32(math.Hypot(float64(i%n)-40, float64(i/n)-40))
	}
	around := func() (length float64) {
		for _, s := range Contour(values, n, radius) {
			length += math.Hypot(s[0][0]-s[1][0], s[0][1]-s[1][1])
			for _, at := range s {
				if r := math.Hypot(at[0]-40, at[1]-40); math.Abs(r-radius) > 0.02 {
					t.Fatalf("a contour goes through %v, %g from the centre, want %g", at, r, radius)
				}
			}
		}
		return length
	}
	if got, want := around(), 2*math.Pi*radius; math.Abs(got-want) > 0.005*want {
		t.Errorf("the contour is %g long, want %g", got, want)
	}
	for i := range values {
		if i%n < 40 && i/n < 40 {
			values[i] = float32(math.NaN())
		}
	}
	values[n*n-1] = float32(math.Inf(1))
	if got, want := around(), 1.5*math.Pi*radius; math.Abs(got-want) > 0.02*want {
		t.Errorf("without a quarter the contour is %g long, want %g", got, want)
	}
	// A saddle is cut twice, on the sides that its mean says.
	for _, c := range []struct {
		values []float32
		joined float64 // which of the coordinates' sums, 1 or not, the pieces keep to
	}{{[]float32{1, 0.4, 0.4, 1}, -1}, {[]float32{1, -1, -1, 1}, 1}} {
		pieces := Contour(c.values, 2, 0.5)
		if len(pieces) != 2 {
			t.Fatalf("a saddle %v has %d pieces, want 2", c.values, len(pieces))
		}
		for _, s := range pieces { // the high corners are 0 and 3: apart, each piece rounds one of them
			slope := (s[1][1] - s[0][1]) * (s[1][0] - s[0][0])
			if (slope < 0) != (c.joined > 0) {
				t.Errorf("a saddle %v is cut by %v", c.values, s)
			}
		}
	}
}

// landscape is an energy of points, by its value and gradient.
type landscape func(x, y float64) (e, dx, dy float64)

func (l landscape) Value(x Images) ([]float32, error) {
	e, _, err := l.Eval(x)
	return e, err
}

func (l landscape) Eval(x Images) ([]float32, Images, error) {
	e, g := make([]float32, x.N), NewImages(x.N, 2, 1, 1)
	for i := range x.N {
		v, dx, dy := l(float64(x.Data[2*i]), float64(x.Data[2*i+1]))
		e[i], g.Data[2*i], g.Data[2*i+1] = float32(v), float32(dx), float32(dy)
	}
	return e, g, nil
}

// curvedWell is (x²-1)² + 4 (y - a(1-x²))²: minima of 0 at (-1,0) and (1,0), a saddle of
// 1 at (0,a); the straight path goes over 1 + 4a² at (0,0).
func curvedWell(a float64) landscape {
	return func(x, y float64) (e, dx, dy float64) {
		w, s := x*x-1, y-a*(1-x*x)
		return w*w + 4*s*s, 4*x*w + 16*a*x*s, 8 * s
	}
}

// muller is the surface of Müller and Brown (Theoretica Chimica Acta 53, 1979), a
// hundredth of it. Its saddle between the first two minima on the way is known.
func muller(x, y float64) (e, dx, dy float64) {
	height, a, b, c := [4]float64{-200, -100, -170, 15}, [4]float64{-1, -1, -6.5, 0.7}, [4]float64{0, 0, 11, 0.6}, [4]float64{-10, -10, -6.5, 0.7}
	x0, y0 := [4]float64{1, 0, -0.5, -1}, [4]float64{0, 0.5, 1.5, 1}
	for k := range 4 {
		p, q := x-x0[k], y-y0[k]
		v := height[k] / 100 * math.Exp(a[k]*p*p+b[k]*p*q+c[k]*q*q)
		e, dx, dy = e+v, dx+v*(2*a[k]*p+b[k]*q), dy+v*(b[k]*p+2*c[k]*q)
	}
	return e, dx, dy
}

// relaxed is the last path of a relaxation between two points.
func relaxed(t *testing.T, l landscape, n int, from, to [2]float32, o Relaxation) (Relaxed, float64) {
	t.Helper()
	ends := NewImages(2, 2, 1, 1)
	copy(ends.Data, []float32{from[0], from[1], to[0], to[1]})
	path, err := ImagePath(n, ends.Slice(0, 1), ends.Slice(1, 2), Linear)
	if err != nil {
		t.Fatal(err)
	}
	var last Relaxed
	for s, err := range Relax(context.Background(), l, path, o) {
		if err != nil {
			t.Fatal(err)
		}
		last = s
	}
	if !slices.Equal(last.Path.Image(0), ends.Image(0)) || !slices.Equal(last.Path.Image(n-1), ends.Image(1)) {
		t.Error("the ends have moved")
	}
	fine, err := l.Value(AlongPath(last.Path, 1001))
	if err != nil {
		t.Fatal(err)
	}
	return last, float64(slices.Max(fine))
}

func TestRelaxedPathGoesOverTheSaddle(t *testing.T) {
	for _, a := range []float64{0.3, 0.7, 1.2} {
		last, top := relaxed(t, curvedWell(a), 33, [2]float32{-1, 0}, [2]float32{1, 0}, Relaxation{Steps: 2000, Tolerance: 1e-5})
		middle := last.Path.Image(16)
		t.Logf("valley bent by %.1f: %d steps, barrier %.4f (straight %.4f), top at (%.4f, %.4f)", a, last.Step, top, 1+4*a*a, middle[0], middle[1])
		if math.Abs(top-1) > 0.01 || math.Hypot(float64(middle[0]), float64(middle[1])-a) > 0.02 {
			t.Errorf("bent by %g: the barrier is %g at %v, want 1 at (0, %g)", a, top, middle, a)
		}
	}
	last, top := relaxed(t, muller, 41, [2]float32{-0.558, 1.442}, [2]float32{0.623, 0.028}, Relaxation{Steps: 4000, Tolerance: 1e-6})
	t.Logf("Müller and Brown: %d steps, top %.4f", last.Step, top)
	if math.Abs(top+0.4066) > 0.003 {
		t.Errorf("Müller and Brown: the highest saddle is %g, want -0.4066", top)
	}
}

func TestRelaxStaysInRangeAndStops(t *testing.T) {
	last, _ := relaxed(t, curvedWell(0.7), 17, [2]float32{-1, 0}, [2]float32{1, 0}, Relaxation{Steps: 300, Lo: -1, Hi: 0.5})
	for i := 1; i < last.Path.N-1; i++ {
		if y := last.Path.Image(i)[1]; y > 0.5 || y < -1 {
			t.Errorf("a pixel is %g, want -1 to 0.5", y)
		}
	}
	broken := landscape(func(x, y float64) (float64, float64, float64) {
		if x > 0.3 {
			return math.NaN(), math.NaN(), math.NaN()
		}
		return curvedWell(0.7)(x, y)
	})
	last = Relaxed{}
	path := NewImages(9, 2, 1, 1)
	for i := range path.N {
		path.Data[2*i] = float32(i)/4 - 1
	}
	for s, err := range Relax(context.Background(), broken, path, Relaxation{Steps: 20}) {
		if err != nil {
			t.Fatal(err)
		}
		last = s
	}
	for _, v := range last.Path.Data {
		if math.IsNaN(float64(v)) {
			t.Fatal("a gradient that is no number has moved the path to none")
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	steps := 0
	for _, err := range Relax(ctx, curvedWell(0.7), path, Relaxation{Steps: 1000}) {
		if steps++; steps == 5 {
			cancel()
		}
		if steps == 6 && err == nil {
			t.Error("the path is relaxed on though nobody waits")
		}
	}
	if steps != 6 {
		t.Errorf("it ended after %d paths, want 6", steps)
	}
	for _, err := range Relax(context.Background(), curvedWell(0.7), path.Slice(0, 2), Relaxation{Steps: 1}) {
		if err == nil {
			t.Error("a path of two pictures was relaxed")
		}
	}
}
