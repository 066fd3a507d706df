package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// TestStripPicksColumns clicks on the columns of a strip on screens of several scales.
func TestStripPicksColumns(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		test.NewTempApp(t)
		picked := -1
		s := NewStrip(40, func(column int) { picked = column })
		w := test.NewTempWindow(t, container.NewHScroll(s))
		w.Canvas().(software.WindowlessCanvas).SetScale(scale)
		all := pictures(12, 28, 28)
		s.SetRows(all[:6], all[6:])
		w.Resize(fyne.NewSize(400, 160))
		for column := range 6 {
			x, width := s.Place(column)
			test.TapAt(s, fyne.NewPos(x+width/2, 70))
			if picked != column || s.Selected() != column {
				t.Errorf("scale %g: a click on column %d picks %d", scale, column, picked)
			}
		}
		test.TapAt(s, fyne.NewPos(399, 20))
		if picked != 5 {
			t.Errorf("scale %g: a click beside the strip picks column %d", scale, picked)
		}
		s.SetRows(all[:3])
		if s.Selected() != -1 || s.Len() != 3 || s.Rows() != 1 {
			t.Errorf("with 3 columns in 1 row: selected %d, %d columns, %d rows", s.Selected(), s.Len(), s.Rows())
		}
	}
}

// TestSignedSliderIsFilledFromItsMiddle reads where the filled part of a slider lies.
func TestSignedSliderIsFilledFromItsMiddle(t *testing.T) {
	test.NewTempApp(t)
	k := NewKnob(KnobSpec{Title: "coat", Min: -3, Max: 3, Step: 0.05}, "")
	w := test.NewTempWindow(t, k)
	w.Resize(fyne.NewSize(260, 80))
	r := test.WidgetRenderer(k.Slider).(*sliderRenderer)
	middle := r.track.Position().X + r.track.Size().Width/2
	for _, v := range []float64{-3, -0.5, 0, 2} {
		k.SetValue(v)
		from, to := r.filled.Position().X, r.filled.Position().X+r.filled.Size().Width
		near := func(a, b float32) bool { return a-b < 0.5 && b-a < 0.5 }
		if v < 0 && !near(to, middle) || v >= 0 && !near(from, middle) {
			t.Errorf("at %g the slider is filled from %g to %g, its middle is %g", v, from, to, middle)
		}
	}
	k.Slider.SetValue(71) // a place of the slider
	if k.Value() != 0.55 {
		t.Errorf("place 71 of 120 is %v, want 0.55", k.Value())
	}
}

func TestCosinesInTwoLetters(t *testing.T) {
	for v, want := range map[float64]string{1: "1", 0.97: "1", -0.96: "−1", 0.84: ".8", -0.75: "−.8", 0.04: "0", -0.02: "0"} {
		if found := cosineText(v); found != want {
			t.Errorf("%g is written %q, want %q", v, found, want)
		}
	}
}
