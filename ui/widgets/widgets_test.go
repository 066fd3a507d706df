package widgets

import (
	"image"
	"image/color"
	"math"
	"strconv"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestTilesAreWholeDevicePixels(t *testing.T) {
	for _, scale := range []float32{1, 1.25, 1.5, 2} {
		for _, n := range []int{1, 2, 5, 16, 64} {
			for _, side := range []int{2, 28, 32, 128, 600} {
				area := fyne.NewSize(733, 481)
				p := placeTiles(n, side, side, area, scale, 0, wholeZoom)
				zoom := float64(p.tile.Width*scale) / float64(side)
				if near := math.Round(math.Max(zoom, 1/zoom)); math.Abs(math.Max(zoom, 1/zoom)-near) > 1e-3 {
					t.Errorf("scale %g, %d pictures of %d: zoom %g is not whole", scale, n, side, zoom)
				}
				if x := float64(p.origin.X * scale); math.Abs(x-math.Round(x)) > 0.51 {
					t.Errorf("scale %g: the first tile begins at %g device pixels", scale, x)
				}
				for i := range n {
					pos := p.position(i)
					if at, ok := p.at(pos.AddXY(p.tile.Width/2, p.tile.Height/2), n); !ok || at != i {
						t.Errorf("scale %g, %d pictures of %d: the middle of tile %d is tile %d", scale, n, side, i, at)
					}
					if end := pos.Add(p.tile); n < 64 && side < 600 && (end.X > area.Width || end.Y > area.Height) {
						t.Errorf("scale %g, %d pictures of %d: tile %d ends at %v outside %v", scale, n, side, i, end, area)
					}
				}
			}
		}
	}
}

func TestGridCopiesPicturesThatAreNotTight(t *testing.T) {
	test.NewTempApp(t)
	whole := pictures(1, 8, 8)[0]
	part := whole.SubImage(image.Rect(2, 3, 6, 7)).(*image.RGBA)
	g := NewImageGrid(nil)
	g.SetImages([]*image.RGBA{part})
	got := g.Image(0).(*image.RGBA)
	if got.Stride != 16 || got.RGBAAt(0, 0) != whole.RGBAAt(2, 3) || got.RGBAAt(3, 3) != whole.RGBAAt(5, 6) {
		t.Errorf("the part is shown with stride %d and corners %v, %v", got.Stride, got.RGBAAt(0, 0), got.RGBAAt(3, 3))
	}
}

func TestTappingATileSelectsIt(t *testing.T) {
	test.NewTempApp(t)
	picked := -1
	g := NewImageGrid(func(i int) { picked = i })
	w := test.NewTempWindow(t, g)
	w.Resize(fyne.NewSize(400, 300))
	g.SetImages(pictures(6, 8, 8))
	at := g.place.position(4).AddXY(5, 5)
	test.TapAt(g, at)
	if picked != 4 || g.Selected() != 4 {
		t.Errorf("picked %d, selected %d, want 4", picked, g.Selected())
	}
	g.SetImages(pictures(2, 8, 8))
	if g.Selected() != -1 {
		t.Errorf("tile %d of 2 is selected", g.Selected())
	}
}

func TestRangeOfCurves(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	long := make([]float32, 100)
	for i := range long {
		long[i] = 1 + float32(i%10)/10
	}
	long[0], long[1] = 1e6, inf
	cases := []struct {
		name    string
		values  []float32
		lo, hi  float64 // bounds of the range that must hold
		outside int
		ok      bool
	}{
		{"none", nil, 0, 0, 0, false},
		{"no number", []float32{nan, inf}, 0, 0, 0, false},
		{"constant", []float32{3, 3, 3}, 2, 4, 0, true},
		{"some", []float32{-1, nan, 5}, -2, 6, 0, true},
		{"an extreme start", long, 0, 3, 1, true},
	}
	for _, c := range cases {
		lo, hi, outside, ok := valueRange([]Curve{{Values: c.values}})
		if ok != c.ok || outside != c.outside || ok && (lo < c.lo || hi > c.hi || lo >= hi) {
			t.Errorf("%s: range %g..%g, %d outside, %v", c.name, lo, hi, outside, ok)
		}
	}
}

func TestTicksAreRoundAndInside(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {-3.2, 117}, {1e-7, 3e-7}, {2e6, 9e6}, {0.0499, 0.0501}, {-1, -0.5}} {
		got := ticks(c[0], c[1], 3)
		if len(got) < 2 || len(got) > 14 {
			t.Errorf("%v: %d ticks", c, len(got))
		}
		for i, k := range got {
			v, err := strconv.ParseFloat(k.Text, 64)
			if err != nil {
				t.Errorf("%v: tick %q", c, k.Text)
			}
			if want := c[0] + k.At*(c[1]-c[0]); math.Abs(v-want) > 1e-3*(c[1]-c[0])+1e-6*math.Abs(want) {
				t.Errorf("%v: tick %q lies at %g", c, k.Text, want)
			}
			if k.At < -1e-9 || k.At > 1+1e-6 || i > 0 && k.Text == got[i-1].Text {
				t.Errorf("%v: ticks %v", c, got)
			}
		}
	}
}

func TestTheSelectedCurveIsOnTop(t *testing.T) {
	f := Frame{Width: 60, Height: 40, Scale: 1, Other: color.RGBA{0, 0, 255, 255}, Selected: color.RGBA{255, 0, 0, 255}, Grid: color.Transparent}
	flat := Curve{Steps: []int{0, 10}, Values: []float32{1, 1}}
	d := DrawCurves(f, []Curve{flat, flat, flat}, 1, 10)
	found := d.Image.RGBAAt(30, 20)
	if found.R < 200 || found.B > 60 {
		t.Errorf("where all curves lie the colour is %v, want the selected one's", found)
	}
	gap := Curve{Steps: []int{0, 5, 10}, Values: []float32{1, float32(math.NaN()), 1}}
	d = DrawCurves(f, []Curve{gap}, 0, 10)
	if c := d.Image.RGBAAt(30, 20); c.A != 0 {
		t.Errorf("a value that is no number is drawn: %v", c)
	}
	if d := DrawCurves(f, []Curve{{Steps: []int{0}, Values: []float32{float32(math.NaN())}}}, 0, 10); !d.Empty {
		t.Error("a plot without a number is not empty")
	}
}

func TestPickingAStepInThePlot(t *testing.T) {
	test.NewTempApp(t)
	p := NewPlot("E", "")
	w := test.NewTempWindow(t, p)
	w.Resize(fyne.NewSize(400, 200))
	picked := -1
	p.OnPick = func(step int) { picked = step }
	test.TapAt(p, fyne.NewPos(200, 100))
	if picked != -1 {
		t.Error("an empty plot picks a step")
	}
	p.SetDrawing(DrawCurves(p.Frame(), someCurves(2, 101), 0, 100))
	test.TapAt(p, p.area.AddXY(p.areaSize.Width*0.4, 10))
	if picked != 40 {
		t.Errorf("picked step %d, want 40", picked)
	}
	p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5000, 0)}})
	if picked != 100 {
		t.Errorf("beyond the end step %d is picked, want 100", picked)
	}
}

func TestKnobPlacesAndValues(t *testing.T) {
	test.NewTempApp(t)
	specs := []KnobSpec{
		{Min: 0, Max: 1, Default: 0.5},
		{Min: 0.0001, Max: 1000, Default: 1, Log: true},
		{Min: 0, Max: 10, Default: 1, Log: true},
		{Min: 1, Max: 64, Default: 16, Integer: true},
		{Min: 1, Max: 100000, Default: 60, Integer: true, Log: true},
		{Min: -2, Max: 2, Default: 0},
	}
	for _, s := range specs {
		k := NewKnob(s, "reset")
		if k.valueAt(0) != s.Min || math.Abs(k.valueAt(k.Slider.Max)-s.Max) > 1e-9*s.Max {
			t.Errorf("%+v: the slider goes from %g to %g", s, k.valueAt(0), k.valueAt(k.Slider.Max))
		}
		last := math.Inf(-1)
		for p := 0.0; p <= k.Slider.Max; p++ {
			v := k.valueAt(p)
			if v < last || v < s.Min || v > s.Max {
				t.Fatalf("%+v: place %g has value %g after %g", s, p, v, last)
			}
			if back := k.placeOf(v); math.Abs(back-p) > 3 {
				t.Errorf("%+v: value %g lies at %g, want %g", s, v, back, p)
			}
			last = v
		}
	}
}

func TestKnobTellsOnce(t *testing.T) {
	test.NewTempApp(t)
	k := NewKnob(KnobSpec{Title: "Noise", Min: 0, Max: 1, Default: 0.25}, "reset")
	var told []float64
	k.OnChanged = func(v float64) { told = append(told, v) }
	k.SetValue(0.5)
	k.Entry.SetText("0,75")
	k.Entry.SetText("0,75x")
	k.Entry.FocusLost()
	if k.Entry.Text != "0.75" || k.Problem() != "" {
		t.Errorf("after leaving a bad entry: %q, %q", k.Entry.Text, k.Problem())
	}
	test.Tap(k.Reset)
	if len(told) != 2 || told[0] != 0.75 || told[1] != 0.25 {
		t.Errorf("told %v, want 0.75 and 0.25", told)
	}
	if k.Slider.Value != 250 {
		t.Errorf("the slider stands at %g", k.Slider.Value)
	}
}

func TestSliderHandsKeysOn(t *testing.T) {
	test.NewTempApp(t)
	s := NewSlider(0, 10, 1)
	var got []fyne.KeyName
	s.OnKey = func(e *fyne.KeyEvent) { got = append(got, e.Name) }
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if s.Value != 1 || len(got) != 1 || got[0] != fyne.KeySpace {
		t.Errorf("value %g, keys handed on %v", s.Value, got)
	}
}

func TestScrubberButtons(t *testing.T) {
	test.NewTempApp(t)
	s := NewScrubber("Live", ScrubberTips{})
	sought := -1
	s.OnSeek = func(f int) { sought = f }
	if !s.Play.Disabled() || !s.Back.Disabled() {
		t.Error("an empty scrubber can be used")
	}
	s.Set(ScrubState{Frame: 4, Frames: 9, Label: "step 4"})
	test.Tap(s.Next)
	if sought != 5 {
		t.Errorf("next goes to %d, want 5", sought)
	}
	test.Tap(s.Back)
	if sought != 3 {
		t.Errorf("back goes to %d, want 3 (the scrubber shows what its owner says)", sought)
	}
	s.Set(ScrubState{Frame: 8, Frames: 9})
	if !s.Next.Disabled() || s.Back.Disabled() {
		t.Error("the last frame has a next one")
	}
}

// TestASwitchIsANumber: a knob of 0 and 1 is turned by its switch and its reset.
func TestASwitchIsANumber(t *testing.T) {
	test.NewTempApp(t)
	k := NewKnob(KnobSpec{Title: "Plain product", Max: 1, Integer: true}, "reset")
	var told []float64
	k.OnChanged = func(v float64) { told = append(told, v) }
	if !k.Switch.Visible() || k.Slider.Visible() || k.Entry.Visible() {
		t.Error("a number that is 0 or 1 shows a slider")
	}
	test.Tap(k.Switch)
	if k.Value() != 1 || k.Reset.Disabled() {
		t.Errorf("switched on the value is %v", k.Value())
	}
	test.Tap(k.Reset)
	if k.Value() != 0 || k.Switch.Checked || len(told) != 2 {
		t.Errorf("after the reset: value %v, switch %v, told %v", k.Value(), k.Switch.Checked, told)
	}
	k.SetDefault(1)
	if !k.Changed() {
		t.Error("with another default the value counts as the default still")
	}
}

// TestPickingAPlace: a tap tells the place in the plane's coordinates, y upwards.
func TestPickingAPlace(t *testing.T) {
	test.NewTempApp(t)
	m := NewDensityMap("map", "empty")
	m.SetRange(-8, 8)
	w := test.NewTempWindow(t, m)
	w.Resize(fyne.NewSize(400, 400))
	var x, y float64
	m.OnPick = func(a, b float64) { x, y = a, b }
	m.Tapped(&fyne.PointEvent{Position: m.area.AddXY(m.side*0.75, m.side*0.25)})
	if math.Abs(x-4) > 0.01 || math.Abs(y-4) > 0.01 {
		t.Errorf("found (%v, %v), want (4, 4)", x, y)
	}
	x, y = 0, 0
	m.Tapped(&fyne.PointEvent{Position: m.area.SubtractXY(3, 3)})
	if x != 0 || y != 0 {
		t.Error("a tap beside the square picks a place")
	}
}

// TestRamp: values between two colours are between them, too large ones the last,
// and what is no number is transparent.
func TestRamp(t *testing.T) {
	m := Ramp([]float32{0, 1, 9, float32(math.NaN())}, 2, 2, []color.RGBA{{0, 0, 0, 255}, {100, 200, 50, 255}})
	for i, want := range []color.RGBA{{0, 0, 0, 255}, {50, 100, 25, 255}, {100, 200, 50, 255}, {}} {
		if got := m.RGBAAt(i%2, i/2); got != want {
			t.Errorf("cell %d: found %v, want %v", i, got, want)
		}
	}
}
