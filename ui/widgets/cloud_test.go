package widgets

import (
	"image"
	"image/color"
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// cloudOf are n pictures in a spiral.
func cloudOf(n, side int) *Cloud {
	c := NewCloud()
	images := pictures(n, side, side)
	all, at := make([]CloudPicture, n), make([][2]float64, n)
	for i := range all {
		turn, far := float64(i)*2.4, 0.5*math.Sqrt(float64(i)/float64(n))
		all[i] = CloudPicture{images[i], "coat  ·  seed 7"}
		at[i] = [2]float64{0.5 + far*math.Cos(turn), 0.5 + far*math.Sin(turn)}
	}
	c.Ends = func(axis int, share float64) string {
		return []string{"low", "high", "low"}[axis+int(math.Round(min(max(share, 0), 1)))]
	}
	c.SetPictures(all, at)
	c.SetAxes("first principal component of pixels, 31 % of the variance →", "energy ↑")
	return c
}

func TestCloudGoldens(t *testing.T) {
	for name, build := range map[string]func() *Cloud{
		"cloud": func() *Cloud { c := cloudOf(40, 8); c.Select(11, 5, 7, 30); return c },
		"cloud-points": func() *Cloud {
			c := cloudOf(3000, 8)
			c.Select(100, 101)
			return c
		},
		"cloud-over": func() *Cloud {
			c := cloudOf(12, 16)
			c.Resize(fyne.NewSize(344, 264))
			c.hover(4, fyne.NewPos(120, 60))
			return c
		},
		"cloud-none": func() *Cloud { c := NewCloud(); c.SetAxes("energy →", "day ↑"); return c },
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, fyne.NewSize(360, 280), func() fyne.CanvasObject { return build() })
		})
	}
}

// cloudWindow shows a cloud of two rows: 0, 1, 2 above, 3, 4, 5 below.
func cloudWindow(t *testing.T, scale float32) (c *Cloud, at func(i int) fyne.Position) {
	t.Helper()
	test.NewTempApp(t)
	c = NewCloud()
	var all []CloudPicture
	var places [][2]float64
	for i, m := range pictures(6, 4, 4) {
		all = append(all, CloudPicture{Image: m})
		places = append(places, [2]float64{float64(i%3) / 2, float64(i / 3)})
	}
	c.SetPictures(all, places)
	w := test.NewTempWindow(t, c)
	w.Canvas().(software.WindowlessCanvas).SetScale(scale)
	w.Resize(fyne.NewSize(420, 320))
	w.Canvas().Capture()
	return c, func(i int) fyne.Position {
		x, y := c.view.share(c.at[i])
		return c.area.AddXY(float32(x)*c.size.Width, float32(y)*c.size.Height)
	}
}

func pointer(at fyne.Position, button desktop.MouseButton, held fyne.KeyModifier) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}, Button: button, Modifier: held}
}

func TestCloudSelects(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		c, at := cloudWindow(t, scale)
		told, opened := 0, -1
		c.OnSelect, c.OnOpen = func() { told++ }, func(i int) { opened = i }
		click := func(p fyne.Position, held fyne.KeyModifier) {
			c.MouseDown(pointer(p, desktop.MouseButtonPrimary, held))
			c.MouseUp(pointer(p, desktop.MouseButtonPrimary, held))
		}
		want := func(what string, cursor int, places ...int) {
			t.Helper()
			if !slices.Equal(c.Selected(), places) || c.Cursor() != cursor {
				t.Errorf("scale %g, %s: selected %v, cursor %d, want %v and %d", scale, what, c.Selected(), c.Cursor(), places, cursor)
			}
		}
		click(at(4), 0)
		want("a click", 4, 4)
		click(at(2), fyne.KeyModifierShift)
		want("shift and a click", 2, 2, 4)
		click(at(4), fyne.KeyModifierControl)
		want("control and a click on a selected one", 4, 2)
		from, to := at(0).SubtractXY(3, 3), at(3).AddXY(3, 3)
		c.MouseDown(pointer(from, desktop.MouseButtonPrimary, 0))
		c.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
		c.DragEnd()
		c.MouseUp(pointer(to, desktop.MouseButtonPrimary, 0))
		want("a band", 3, 0, 2, 3)
		click(at(1).AddXY(40, 60), 0)
		want("a click on nothing", -1)
		click(at(1), 0)
		click(at(1), 0)
		if c.DoubleTapped(&fyne.PointEvent{Position: at(1)}); opened != 1 {
			t.Errorf("scale %g: two clicks open %d, want 1", scale, opened)
		}
		c.MouseDown(pointer(at(5), desktop.MouseButtonSecondary, 0))
		c.MouseUp(pointer(at(5), desktop.MouseButtonSecondary, 0))
		want("the right button", 5, 5)
		if told != 8 {
			t.Errorf("scale %g: told %d times of a new selection, want 8", scale, told)
		}
	}
}

func TestCloudStepsByKeys(t *testing.T) {
	c, _ := cloudWindow(t, 1)
	for _, s := range []struct {
		dx, dy int
		extend bool
		want   []int
		cursor int
	}{
		{1, 0, false, []int{1}, 1}, // from nowhere: the one nearest to the middle
		{1, 0, false, []int{2}, 2},
		{1, 0, false, []int{2}, 2}, // there is none to the right
		{0, 1, true, []int{2, 5}, 5},
		{-1, 0, false, []int{4}, 4},
	} {
		c.Step(s.dx, s.dy, s.extend)
		if !slices.Equal(c.Selected(), s.want) || c.Cursor() != s.cursor {
			t.Errorf("a step by %d, %d: selected %v, cursor %d, want %v", s.dx, s.dy, c.Selected(), c.Cursor(), s.want)
		}
	}
	c.SetPlaces([][2]float64{{math.NaN(), 0}, {math.NaN(), 0}, {math.NaN(), 0}, {0, 1}, {1, 1}, {math.NaN(), 1}})
	if c.Step(0, -1, false); c.Cursor() != 4 {
		t.Errorf("it goes to picture %d, which has no place", c.Cursor())
	}
}

// The place under the pointer stays there; what was moved or magnified can be fitted again.
func TestCloudZoomsAtThePointer(t *testing.T) {
	c, at := cloudWindow(t, 2)
	before, zoom := at(4), c.view.zoom
	c.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: before}, Scrolled: fyne.NewDelta(0, 30)})
	if d := at(4).Subtract(before); math.Hypot(float64(d.X), float64(d.Y)) > 0.01 || c.view.zoom < 1.5*zoom {
		t.Errorf("it moved by %v at zoom %g", d, c.view.zoom)
	}
	c.MouseDown(pointer(before, desktop.MouseButtonTertiary, 0))
	c.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: before.AddXY(12, -7)}})
	c.DragEnd()
	if d := at(4).Subtract(before); math.Abs(float64(d.X)-12)+math.Abs(float64(d.Y)+7) > 0.01 {
		t.Errorf("a drag by 12, -7 moves it by %v", d)
	}
	if len(c.Selected()) != 0 {
		t.Error("moving the view selects")
	}
	for range 100 {
		c.Zoom(2)
		c.Zoom(0.1)
	}
	if c.view.zoom < cloudOut || math.IsNaN(c.view.from[0]) {
		t.Errorf("the zoom is %g", c.view.zoom)
	}
	if c.Fit(); at(4) != before {
		t.Errorf("fitted, it is at %v, want %v", at(4), before)
	}
}

// A picture is shown in whole pixels, smaller ones as the mean of what they stand for.
func TestCloudDrawsWholePixels(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		src.SetRGBA(i%8, i/8, color.RGBA{uint8(4 * i), 0, 0, 255})
	}
	c := NewCloud()
	c.SetPictures([]CloudPicture{{Image: src}}, [][2]float64{{0.5, 0.5}})
	for _, s := range []struct{ side, size, factor int }{{3, 0, 0}, {4, 4, 1}, {7, 4, 1}, {8, 8, 1}, {15, 8, 1}, {16, 8, 2}, {30, 8, 3}} {
		m, factor := c.sized(0, s.side)
		size := 0
		if m != nil {
			size = m.Rect.Dx()
		}
		if size != s.size || factor != s.factor {
			t.Errorf("within %d: %d pixels times %d, want %d times %d", s.side, size, factor, s.size, s.factor)
		}
	}
	if got, want := c.small[0][1].RGBAAt(0, 0).R, uint8((0+4+32+36)/4); got != want {
		t.Errorf("the mean of four pixels is %d, want %d", got, want)
	}
	dst := image.NewRGBA(image.Rect(0, 0, 20, 20))
	blit(dst, image.Pt(-5, 3), src, 3) // cut off on the left
	for _, p := range []image.Point{{0, 3}, {1, 5}, {4, 9}, {18, 19}} {
		if got, want := dst.RGBAAt(p.X, p.Y), src.RGBAAt((p.X+5)/3, (p.Y-3)/3); got != want {
			t.Errorf("at %v: found %v, want %v", p, got, want)
		}
	}
	if dst.RGBAAt(19, 3).A != 0 || dst.RGBAAt(0, 2).A != 0 {
		t.Error("it draws beside the picture")
	}
}

// BenchmarkCloudFrame draws 2,000 pictures of 28x28 pixels on a raster of a large window,
// as it is moved and magnified.
func BenchmarkCloudFrame(b *testing.B) {
	test.NewTempApp(b)
	for name, scale := range map[string]int{"scale 1": 1, "scale 2": 2} {
		b.Run(name, func(b *testing.B) {
			c := cloudOf(2000, 28)
			c.Resize(fyne.NewSize(1000, 700))
			test.WidgetRenderer(c).Layout(c.Size())
			for i := 0; b.Loop(); i++ {
				c.view.zoom, c.stale = 0.9+float64(i%5)/4, true
				c.draw(984*scale, 656*scale)
			}
		})
	}
	b.Run("hover", func(b *testing.B) {
		c := cloudOf(2000, 28)
		c.Resize(fyne.NewSize(1000, 700))
		test.WidgetRenderer(c).Layout(c.Size())
		c.draw(984, 656)
		for i := 0; b.Loop(); i++ {
			c.pictureAt(fyne.NewPos(float32(100+i%800), 300))
		}
	})
}
