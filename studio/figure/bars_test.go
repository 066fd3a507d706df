package figure

import (
	"bytes"
	"image"
	_ "image/png"
	"math"
	"testing"
)

// TestBars: a bar stands where its value is, nothing stands for what is no number, and
// values that do not fit the groups are refused.
func TestBars(t *testing.T) {
	b := Bars{
		Title: "rates", Y: "share", Groups: []string{"one", "two"}, Highest: 1,
		Series: []Series{{Values: []float64{1, math.NaN()}, Low: []float64{0.8, math.NaN()}, High: []float64{1, math.NaN()}}},
	}
	data, err := b.Encode(".png")
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want := colour(0)
	var left, right int
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			r, g, bl, _ := m.At(x, y).RGBA()
			if uint8(r>>8) == want.R && uint8(g>>8) == want.G && uint8(bl>>8) == want.B {
				if x < m.Bounds().Dx()/2 {
					left++
				} else {
					right++
				}
			}
		}
	}
	if all := m.Bounds().Dx() * m.Bounds().Dy(); left < all/20 || right > all/100 {
		t.Errorf("found %d and %d coloured pixels of %d left and right, want a bar on the left alone", left, right, all)
	}
	if svg, err := b.Encode(".svg"); err != nil || !bytes.Contains(svg, []byte("<svg")) {
		t.Errorf("SVG: found %d bytes (%v)", len(svg), err)
	}
	b.Series[0].Values = []float64{1}
	if _, err := b.Encode(".png"); err == nil {
		t.Error("one value for two groups: want an error")
	}
}
