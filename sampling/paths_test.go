package sampling

import (
	"math"
	"testing"
)

func TestPathsBeginAndEndExactly(t *testing.T) {
	a, b := noise(t, 1, 1, 1, 1, 128).Data, noise(t, 2, 1, 1, 1, 128).Data
	for name, between := range map[string]Between{"linear": Linear, "spherical": Spherical} {
		points, err := Path(5, a, b, between)
		if err != nil {
			t.Fatal(err)
		}
		if !sameBits(points[0], a) || !sameBits(points[4], b) || len(points) != 5 {
			t.Errorf("%s: the ends are not exact", name)
		}
	}
}

func TestSphericalStaysOnTheSphere(t *testing.T) {
	a, b := []float32{0.6, 0.8, 0}, []float32{0, -0.28, 0.96}
	whole := math.Acos(-0.8 * 0.28)
	points, err := Path(9, a, b, Spherical)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		near(t, "length", math.Sqrt(squaredNorm(p)), 1, 1e-6)
		dot := 0.6*float64(p[0]) + 0.8*float64(p[1])
		near(t, "cosine with the beginning", dot, math.Cos(whole*float64(i)/8), 1e-6)
	}
	// Half a radian apart, where a straight line is shorter than the arc by 3 %.
	close := []float32{0.6, 0.8, float32(math.Tan(0.5))}
	p, err := Spherical(a, close, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	want := math.Sin(0.25) / math.Sin(0.5) * (1 + 1)
	near(t, "the middle of a short arc", 0.6*float64(p[0])+0.8*float64(p[1]), want, 1e-6)
	same, err := Spherical(a, a, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	for j, v := range same {
		near(t, "a path that stays", float64(v), float64(a[j]), 1e-7)
	}
}

func TestArc(t *testing.T) {
	p, err := Arc([]float32{1, 0}, []float32{0, 2}, 0.6)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "first", float64(p[0]), 0.6, 1e-7)
	near(t, "second", float64(p[1]), 1.6, 1e-6)
}

func TestImagePath(t *testing.T) {
	x, err := ImagePath(3, filled(1, 1), filled(1, 2), Linear)
	if err != nil || x.N != 3 || x.Data[1] != 1.5 {
		t.Errorf("found %v, %v, want 1, 1.5, 2", x, err)
	}
}

func TestPathErrors(t *testing.T) {
	two, three := []float32{1, 0}, []float32{1, 0, 0}
	for name, call := range map[string]func() error{
		"lengths, linear":    func() error { _, err := Linear(two, three, 0); return err },
		"lengths, spherical": func() error { _, err := Spherical(two, three, 0); return err },
		"lengths, arc":       func() error { _, err := Arc(two, three, 0); return err },
		"rho":                func() error { _, err := Arc(two, two, 1.5); return err },
		"no direction":       func() error { _, err := Spherical(two, []float32{0, 0}, 0.5); return err },
		"opposite":           func() error { _, err := Spherical(two, []float32{-2, 0}, 0.5); return err },
		"one point":          func() error { _, err := Path(1, two, two, Linear); return err },
		"two pictures":       func() error { _, err := ImagePath(3, filled(2, 0), filled(1, 0), Linear); return err },
		"shapes":             func() error { _, err := ImagePath(3, filled(1, 0), NewImages(1, 1, 1, 2), Linear); return err },
	} {
		if call() == nil {
			t.Errorf("%s: found no error", name)
		}
	}
}
