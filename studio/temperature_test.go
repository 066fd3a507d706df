package studio

import (
	"errors"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

func TestTemperatureLevels(t *testing.T) {
	for level, want := range map[uint8]float64{0: 0, 64: 0.5, PlainLevel: 1, 255: MaxTemperature} {
		if got := TemperatureOf(level); got != want {
			t.Errorf("level %d: found temperature %g, want %g", level, got, want)
		}
	}
	for level := range 256 {
		if got := TemperatureLevel(TemperatureOf(uint8(level))); got != uint8(level) {
			t.Errorf("level %d: found %d there and back", level, got)
		}
	}
	if TemperatureLevel(-1) != 0 || TemperatureLevel(9) != 255 {
		t.Errorf("beyond the ends: found %d and %d", TemperatureLevel(-1), TemperatureLevel(9))
	}
}

// heatMap is 0 in the left half, temperature 1 in the right one but its last column, 2 there.
func heatMap(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		switch x := i % w; {
		case x == w-1:
			m.Pix[i] = 255
		case x >= w/2:
			m.Pix[i] = PlainLevel
		}
	}
	return m
}

// TestTemperatureRuns: what a recipe's map does to chains of the studio: variances of a
// Gaussian energy by pixel, the same numbers from the recipe as text, and the same chain
// whatever else is in the batch.
func TestTemperatureRuns(t *testing.T) {
	s, o := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	heat, err := NewTemperature(o.Model, "t.png", heatMap(8, 8), false)
	if err != nil {
		t.Fatal(err)
	}
	// E = (x - 0.5)^2 / 2, x <- x - 0.1 dE/dx + 0.02 sqrt(T) n: variance 0.02^2 T/(1 - 0.9^2),
	// far from the range's ends.
	r := recipe(o, 400, sampling.Settings{"steps": 90, "step_size": 0.1, "step_noise": 0.02})
	r.Temperature = heat
	parsed, err := ParseRecipe(r.JSON())
	if err != nil {
		t.Fatal(err)
	}
	got := result(t, run(t, s, o, parsed)).Pictures
	for _, c := range []struct {
		column      int
		temperature float64
	}{{1, 0}, {5, 1}, {7, 2}} {
		var square, n float64
		for i := range got.N {
			for y := range 8 {
				d := float64(got.Image(i)[8*y+c.column]) - 0.5
				square, n = square+d*d, n+1
			}
		}
		want := 0.02 * 0.02 * c.temperature / (1 - 0.9*0.9)
		if math.Abs(square/n-want) > 5*want*math.Sqrt(2/n)+1e-6 { // 1e-6: the start's rest, 0.9^180 of 1/12
			t.Errorf("temperature %g: found variance %.3g, want %.3g", c.temperature, square/n, want)
		}
	}
	r.Chains = 3
	if few := result(t, run(t, s, o, r)).Pictures; !slices.Equal(few.Data, got.Slice(0, 3).Data) {
		t.Error("three chains differ from the first three of 400")
	}
	plain := r.Clone()
	plain.Temperature = nil
	without := result(t, run(t, s, o, plain)).Pictures
	if without.Data[5] != got.Data[5] || without.Data[1] == got.Data[1] || without.Data[7] == got.Data[7] {
		t.Error("temperature 1 has changed a pixel, or another has not")
	}
}

// TestTemperatureAndMask: kept pixels come back to the bit under a map, and grey ones
// are drawn back to the picture after every tempered step.
func TestTemperatureAndMask(t *testing.T) {
	s, o := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	r := recipe(o, 2, sampling.Settings{"steps": 6})
	var err error
	if r.Known, err = NewKnown(o.Model, "p.png", ramp(8, 8), half(8, 8), false); err != nil {
		t.Fatal(err)
	}
	if r.Temperature, err = NewTemperature(o.Model, "t.png", heatMap(8, 8), false); err != nil {
		t.Fatal(err)
	}
	res := result(t, run(t, s, o, r))
	for i := range 64 {
		if x := i % 8; x < 4 && res.Picture(1).(*image.Gray).Pix[i] != uint8(i) {
			t.Fatalf("pixel %d is not the known one", i)
		}
	}
}

func TestTemperatureErrors(t *testing.T) {
	_, o := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	m := o.Model
	_, err := NewTemperature(m, "t.png", heatMap(16, 16), false)
	var size *SizeError
	if !errors.As(err, &size) || size.What != "temperature map" || size.Found != image.Pt(16, 16) {
		t.Errorf("found %v, want the map's size", err)
	}
	scaled, err := NewTemperature(m, "t.png", heatMap(16, 16), true)
	if err != nil {
		t.Fatal(err)
	}
	r := DefaultRecipe(o)
	r.Temperature = scaled
	if err := r.Validate(m); err != nil {
		t.Error(err)
	}
	for sampler, want := range map[string]string{SamplerMALA: "has one temperature, want the sampler family", SamplerHMC: "has one temperature", SamplerDescent: "adds no noise"} {
		r.Sampler = sampler
		if err := r.Validate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: found %v, want %q", sampler, err, want)
		}
	}
	r.Sampler = SamplerFamily
	r.Temperature = &Temperature{Map: []byte("GIF89a")}
	if err := r.Validate(m); err == nil || !strings.Contains(err.Error(), "temperature map") {
		t.Errorf("no picture: found %v", err)
	}
	r.Temperature = scaled
	if err := r.Validate(&models.Model{C: 2, H: 1, W: 1, Knobs: fakeKnobs, At: m.At, Plan: m.Plan, Start: m.Start}); err == nil || !strings.Contains(err.Error(), "2 channels") {
		t.Errorf("points: found %v", err)
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	clear.SetNRGBA(0, 0, color.NRGBA{255, 255, 255, 255})
	if _, err := NewTemperature(m, "t.png", clear, false); err != nil {
		t.Error(err)
	}
}

// TestOldRecipesAreRead: what version 3 wrote is read, and says what it said.
func TestOldRecipesAreRead(t *testing.T) {
	old := `{"version": 3, "checkpoint": {"name": "a.pt"}, "seed": 7, "chains": 2, "sampler": "family", "expression": "low AND high"}`
	r, err := ParseRecipe([]byte(old))
	if err != nil || r.Version != 3 || r.Temperature != nil || r.Expression != "low AND high" {
		t.Errorf("found %+v, %v", r, err)
	}
}
