package studio

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

func TestDiffer(t *testing.T) {
	a, b := image.NewGray(image.Rect(2, 2, 5, 4)), image.NewRGBA(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		b.SetRGBA(i%3, i/3, color.RGBA{0, 0, 0, 255})
	}
	a.SetGray(3, 2, color.Gray{Y: 10}) // 10 in three colours
	b.SetRGBA(2, 1, color.RGBA{0, 40, 0, 255})
	d, err := Differ(a, b)
	if err != nil || d.Largest != 40 || d.Pixels != 2 || d.Mean != (30.0+40)/18 {
		t.Fatalf("found %+v, %v", d, err)
	}
	for at, want := range map[image.Point]color.RGBA{{}: {0, 0, 0, 255}, {2, 1}: {255, 255, 255, 255}, {1, 0}: {191, 0, 0, 255}} {
		if got := d.Picture.RGBAAt(at.X, at.Y); got != want {
			t.Errorf("at %v: found %v, want %v", at, got, want)
		}
	}
	if d, err := Differ(a, a); err != nil || d.Largest != 0 || d.Pixels != 0 || d.Picture.RGBAAt(1, 0) != (color.RGBA{A: 255}) {
		t.Errorf("a picture and itself: found %+v, %v", d, err)
	}
	if _, err := Differ(a, image.NewGray(image.Rect(0, 0, 3, 3))); err == nil || !strings.Contains(err.Error(), "3x2 and 3x3") {
		t.Errorf("another size: found %v", err)
	}
}
