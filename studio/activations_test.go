package studio_test

import (
	"errors"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// TestActivations: the layers of a picture of a run, whose distances are the energy.
func TestActivations(t *testing.T) {
	s := studiotest.New(t, studiotest.Options{})
	o, err := s.Open(t.Context(), studiotest.WriteCheckpoint(t, "a.safetensors"), studio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := sampling.NewImages(1, 1, studiotest.Size, studiotest.Size)
	layers, err := s.Activations(t.Context(), o, studio.DefaultRecipe(o), x)
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) != 2 || layers[0].ShapeText() != "4 channels of 28x28" || layers[1].ShapeText() != "4 channels" {
		t.Fatalf("found %+v", layers)
	}
	for k, distance := range layers[1].Values {
		var sum float64
		for _, v := range layers[0].Channel(k) {
			sum += float64(v) * float64(v)
		}
		if math.Abs(sum-float64(distance)) > 1e-4*sum {
			t.Errorf("pattern %d: %g from its map, %g found", k, sum, distance)
		}
	}
	if _, err := s.Activations(t.Context(), o, studio.DefaultRecipe(o), sampling.NewImages(1, 3, 8, 8)); err == nil || !strings.Contains(err.Error(), "a.safetensors") {
		t.Errorf("a picture of another size: found %v", err)
	}
	studiotest.Cliff(o, 1)
	if _, err := s.Activations(t.Context(), o, studio.DefaultRecipe(o), x); !errors.Is(err, models.ErrNoActivations) {
		t.Errorf("an energy without layers: found %v", err)
	}
}

var signed, plain = []color.RGBA{{0, 0, 255, 255}, {0, 0, 0, 255}, {255, 0, 0, 255}}, []color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}}

func TestActivationShades(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name      string
		values    []float32
		way       string
		low, high float64
		colours   []color.RGBA
		zero      color.RGBA
	}{
		{"both signs", []float32{-1, 0, 2, 1}, "", -2, 2, signed, color.RGBA{0, 0, 0, 255}},
		{"one sign", []float32{1, 1, 2, 3}, "", 1, 3, plain, color.RGBA{0, 0, 0, 255}},
		{"forced sequential", []float32{-1, 0, 2, 3}, studio.ShadesSequential, -1, 3, plain, color.RGBA{64, 64, 64, 255}},
		{"forced diverging", []float32{1, 1, 2, 3}, studio.ShadesDiverging, -3, 3, signed, color.RGBA{0, 0, 0, 255}},
		{"one value", []float32{0, 0, 0, 0}, "", 0, 0, plain, color.RGBA{128, 128, 128, 255}},
		{"damaged", []float32{nan, 0, 2, -4}, "", -4, 4, signed, color.RGBA{0, 0, 0, 255}},
		{"nothing finite", []float32{nan, nan, nan, nan}, "", 0, 0, plain, color.RGBA{128, 128, 128, 255}},
	} {
		a := studio.Activation{Layer: "conv", C: 2, H: 1, W: 2, Values: c.values}
		s := a.Shades(c.way, signed, plain)
		if s.Low != c.low || s.High != c.high || !slices.Equal(s.Colours, c.colours) || s.Of(0) != c.zero {
			t.Errorf("%s: found %+v, 0 is %v", c.name, s, s.Of(0))
		}
		if m := a.Tile(0, s); math.IsNaN(float64(c.values[0])) && m.RGBAAt(0, 0).R != m.RGBAAt(0, 0).G {
			t.Errorf("%s: what is not finite has the colour %v, want grey", c.name, m.RGBAAt(0, 0))
		}
	}
}

func TestActivationOrder(t *testing.T) {
	a := studio.Activation{Layer: "conv", C: 3, H: 1, W: 2, Values: []float32{1, -1, -4, 2, float32(math.Inf(1)), 2}}
	if found := a.Order(true); !slices.Equal(found, []int{1, 2, 0}) {
		t.Errorf("by mean size: found %v", found)
	}
	if found := a.Order(false); !slices.Equal(found, []int{0, 1, 2}) {
		t.Errorf("by number: found %v", found)
	}
	least, greatest, strength, notFinite := a.Range()
	if least != -4 || greatest != 2 || strength != 2 || notFinite != 1 {
		t.Errorf("found %v to %v, mean size %v, %d not finite", least, greatest, strength, notFinite)
	}
	m, err := a.Sheet(a.Order(true), a.Shades("", signed, plain))
	if err != nil {
		t.Fatal(err)
	}
	// The first tile is channel 1, whose first number is the least: the first colour.
	if r, g, b, _ := m.At(16, 64).RGBA(); r != 0 || g != 0 || b != 0xffff {
		t.Errorf("the first tile begins with %v", m.At(16, 64))
	}
}
