package evaluation

import (
	"math"
	"strings"
	"testing"
)

func TestPSNR(t *testing.T) {
	a, b := []float32{0, 0.5, 1, 0, 0.2, 0.2}, []float32{0.1, 0.5, 0, 0, 0.5, 0.2}
	v, err := PSNR(a, b, []float32{1, 0, 0}) // pixels 0 of two channels
	if err != nil {
		t.Fatal(err)
	}
	near(t, "psnr", v, -10*math.Log10((0.01+0)/2), 1e-4)
	if v, err = PSNR(a, a, []float32{1, 1, 1}); err != nil || !math.IsInf(v, 1) {
		t.Errorf("equal pictures: found %v, error %v", v, err)
	}
	for _, hole := range [][]float32{{0, 0, 0}, {1, 1, 1, 1}, nil} {
		if _, err := PSNR(a, b, hole); err == nil || !strings.HasPrefix(err.Error(), "psnr: found") {
			t.Errorf("hole %v: found error %v", hole, err)
		}
	}
}

func TestSSIM(t *testing.T) {
	const side = 12
	hole, x, inverse, flat := make([]float32, side*side), make([]float32, side*side), make([]float32, side*side), make([]float32, side*side)
	for i := range x {
		hole[i] = 1
		x[i] = float32(i/side%2) * 0.8
		inverse[i] = 0.8 - x[i]
		flat[i] = 0.4
	}
	value := func(a, b []float32) float64 {
		v, err := SSIM(a, b, hole, side)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	near(t, "equal", value(x, x), 1, 1e-9)
	if v := value(x, inverse); v > -0.9 {
		t.Errorf("inverse stripes: found %v, want nearly -1", v)
	}
	if v := value(x, flat); v < 0 || v > 0.05 {
		t.Errorf("stripes and their mean: found %v, want nearly 0", v)
	}
	// Of constants only the means' factor is left.
	light := make([]float32, side*side)
	for i := range light {
		light[i] = 0.6
	}
	near(t, "constants", value(flat, light), (2*0.4*0.6+1e-4)/(0.16+0.36+1e-4), 1e-6)
	if _, err := SSIM(x, x, hole, 7); err == nil || !strings.Contains(err.Error(), "rows of 7") {
		t.Errorf("found error %v", err)
	}
}
