package widgets

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

const starPicture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#ffc62e" d="M4 0 L8 8 L0 8 Z"/></svg>`

// someThumbs are tiles of small pictures of several shapes.
func someThumbs() func(i int) Thumb {
	small, wide, large := pictures(4, 8, 8), pictures(1, 16, 8)[0], pictures(1, 200, 160)[0]
	return func(i int) Thumb {
		t := Thumb{Caption: fmt.Sprintf("E %.2f", -3-float64(i)/7), Image: small[i%len(small)], Star: i == 1, Dim: i == 6}
		switch i {
		case 2:
			t.Image = nil
		case 3:
			t.Image = wide
		case 5:
			t.Image, t.Caption = large, "a long caption that does not fit below its picture"
		}
		return t
	}
}

func thumbGrid(n int) *ThumbGrid {
	g := NewThumbGrid(someThumbs())
	g.Star = fyne.NewStaticResource("tri.svg", []byte(starPicture))
	g.SetLen(n)
	return g
}

func TestThumbGoldens(t *testing.T) {
	golden(t, "thumbgrid", fyne.NewSize(420, 330), func() fyne.CanvasObject {
		g := thumbGrid(40)
		g.Select(4, 1)
		return g
	})
	golden(t, "compare-slider", fyne.NewSize(240, 240), func() fyne.CanvasObject { return comparing(CompareSlider) })
	golden(t, "compare-beside", fyne.NewSize(330, 180), func() fyne.CanvasObject { return comparing(CompareBeside) })
	golden(t, "compare-difference", fyne.NewSize(240, 240), func() fyne.CanvasObject { return comparing(CompareDifference) })
}

func comparing(m CompareMode) *Compare {
	c := NewCompare()
	p := pictures(3, 16, 16)
	c.SetPictures(p[0], p[2], p[1])
	c.SetNames("first", "second", "difference")
	c.SetMode(m)
	c.SetSplit(0.4)
	return c
}

// shownGrid is a grid of n tiles in a window.
func shownGrid(t *testing.T, n int) *ThumbGrid {
	t.Helper()
	test.NewTempApp(t)
	g := thumbGrid(n)
	w := test.NewTempWindow(t, g)
	w.Resize(fyne.NewSize(800, 600))
	return g
}

// press is a click as the driver gives it to the wall.
func press(g *ThumbGrid, i int, mod fyne.KeyModifier) {
	at := g.wall.place.position(i).AddXY(10, 10)
	g.wall.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}, Button: desktop.MouseButtonPrimary, Modifier: mod})
}

func TestSelectingThumbs(t *testing.T) {
	g := shownGrid(t, 100)
	told := 0
	g.OnSelect = func() { told++ }
	check := func(what string, want ...int) {
		t.Helper()
		if got := g.Selected(); !slices.Equal(got, want) {
			t.Errorf("%s: selected %v, want %v", what, got, want)
		}
	}
	press(g, 3, 0)
	check("a click", 3)
	press(g, 6, fyne.KeyModifierShift)
	check("shift", 3, 4, 5, 6)
	press(g, 4, fyne.KeyModifierControl)
	check("control", 3, 5, 6)
	press(g, 9, fyne.KeyModifierControl|fyne.KeyModifierShift)
	check("both", 3, 4, 5, 6, 7, 8, 9)
	g.MoveCursor(1, false)
	check("an arrow", 10)
	g.MoveCursor(2, true)
	check("shift and an arrow", 10, 11, 12)
	g.MoveCursor(-1000, false)
	check("the beginning", 0)
	if told != 7 {
		t.Errorf("told %d times, want 7", told)
	}
	g.SelectAll()
	g.SetLen(2)
	check("fewer tiles", 0, 1)
	press(g, 0, 0)
	g.wall.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(790, 500)}, Button: desktop.MouseButtonPrimary})
	check("beside the tiles")
}

// Two clicks open a tile only where both were on it and asked for nothing else: on a fast
// machine a click on one picture and one with control on another come as quickly.
func TestTwoClicksOpenAThumb(t *testing.T) {
	const control, shift = fyne.KeyModifierControl, fyne.KeyModifierShift
	for name, c := range map[string]struct {
		tiles [2]int
		mods  [2]fyne.KeyModifier
		want  []int
	}{
		"two on one":              {tiles: [2]int{3, 3}, want: []int{3}},
		"on two":                  {tiles: [2]int{3, 4}},
		"the second with control": {tiles: [2]int{3, 4}, mods: [2]fyne.KeyModifier{0, control}},
		"on and off":              {tiles: [2]int{3, 3}, mods: [2]fyne.KeyModifier{control, control}},
		"added, then clicked":     {tiles: [2]int{3, 3}, mods: [2]fyne.KeyModifier{control, 0}},
		"a range":                 {tiles: [2]int{3, 3}, mods: [2]fyne.KeyModifier{0, shift}},
	} {
		t.Run(name, func(t *testing.T) {
			g := shownGrid(t, 100)
			var opened []int
			g.OnOpen = func(i int) { opened = append(opened, i) }
			for k, i := range c.tiles {
				press(g, i, c.mods[k])
			}
			g.wall.DoubleTapped(&fyne.PointEvent{Position: g.wall.place.position(c.tiles[1]).AddXY(10, 10)})
			if !slices.Equal(opened, c.want) {
				t.Errorf("opened %v, want %v", opened, c.want)
			}
		})
	}
}

// A band selects what it touches; with control it adds to what was there.
func TestBandOfThumbs(t *testing.T) {
	g := shownGrid(t, 100)
	cols := g.Columns()
	drag := func(from, to fyne.Position, mod fyne.KeyModifier) {
		g.wall.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}, Button: desktop.MouseButtonPrimary, Modifier: mod})
		g.wall.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
		g.wall.DragEnd()
	}
	corner := g.wall.place.position(cols + 2)
	drag(fyne.NewPos(1, 1), corner.AddXY(5, 5), 0)
	want := []int{0, 1, 2, cols, cols + 1, cols + 2}
	if got := g.Selected(); !slices.Equal(got, want) || g.wall.band.Visible() {
		t.Errorf("selected %v, want %v; the band is seen: %v", got, want, g.wall.band.Visible())
	}
	far := g.wall.place.position(3 * cols)
	drag(far.SubtractXY(2, 2), far.AddXY(20, 20), fyne.KeyModifierControl)
	if got := g.Selected(); !slices.Equal(got, append(want, 3*cols)) {
		t.Errorf("with control: selected %v", got)
	}
	drag(fyne.NewPos(1, 1), fyne.NewPos(30, 900), 0) // below the view: it scrolls
	if g.scroll.Offset.Y < 250 {
		t.Errorf("scrolled to %g", g.scroll.Offset.Y)
	}
}

// Only tiles in view exist, and what they show follows the scroll.
func TestThumbsInView(t *testing.T) {
	g := shownGrid(t, 10_000)
	asked := map[int]bool{}
	item := g.Item
	g.Item = func(i int) Thumb { asked[i] = true; return item(i) }
	var first, end int
	g.OnView = func(a, b int) { first, end = a, b }
	g.ScrollTo(5_000)
	if at := 5_000 / g.Columns() * g.Columns(); first != at || end < at+30 || end > at+80 {
		t.Errorf("in view are %d to %d, want from %d", first, end, at)
	}
	if len(asked) > 80 {
		t.Errorf("%d tiles were asked for, want those in view", len(asked))
	}
	g.Reveal(9_999)
	if first > 9_999 || end != 10_000 {
		t.Errorf("the last is not in view: %d to %d", first, end)
	}
	visible := 0
	for _, tile := range g.wall.tiles {
		if tile.index >= 0 {
			visible++
			if tile.index < first || tile.index >= end || tile.caption.Text != item(tile.index).Caption {
				t.Errorf("tile %d says %q", tile.index, tile.caption.Text)
			}
		}
	}
	if visible != end-first {
		t.Errorf("%d tiles are seen, want %d", visible, end-first)
	}
	g.SetSide(ThumbSmall)
	if a, b := g.View(); b != 10_000 || a >= 9_999 {
		t.Errorf("after another size %d to %d are in view", a, b)
	}
}

func TestThumbsAreWholeDevicePixels(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		for _, w := range []int{8, 28, 32, 64, 112} {
			size, _ := thumbSize(w, w, ThumbUsual, scale)
			if zoom := float64(size.Width*scale) / float64(w); math.Abs(zoom-math.Round(zoom)) > 1e-3 || size.Width > ThumbUsual {
				t.Errorf("scale %g, %d pixels: zoom %g", scale, w, zoom)
			}
		}
		if size, _ := thumbSize(640, 320, ThumbUsual, scale); size.Width > ThumbUsual+0.1 || math.Abs(float64(size.Width/size.Height-2)) > 1e-3 {
			t.Errorf("scale %g: a large picture is drawn as %v", scale, size)
		}
	}
}

func TestComparing(t *testing.T) {
	test.NewTempApp(t)
	c := comparing(CompareSlider)
	w := test.NewTempWindow(t, c)
	w.Resize(fyne.NewSize(300, 300))
	test.TapAt(c, c.box.AddXY(c.size.Width/4, 20))
	if math.Abs(float64(c.Split()-0.25)) > 0.01 {
		t.Errorf("after a tap the line is at %g", c.Split())
	}
	c.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: c.box.AddXY(3*c.size.Width, 30)}})
	c.DragEnd()
	if c.Split() != 1 || !c.clip.Hidden {
		t.Errorf("dragged over the edge: the line is at %g", c.Split())
	}
	c.SetMode(CompareFlicker)
	if !c.images[0].Visible() || c.clip.Visible() {
		t.Error("flicker does not begin with the first")
	}
	test.Tap(c)
	if c.images[0].Visible() || !c.clip.Visible() {
		t.Error("a tap does not show the second")
	}
	c.SetPictures(pictures(1, 8, 8)[0], pictures(1, 16, 16)[0], nil)
	c.SetMode(CompareDifference)
	if !c.images[0].Visible() || !c.clip.Visible() {
		t.Error("pictures of two sizes are not beside each other")
	}
	c.SetPictures(nil, nil, nil)
	c.SetPictures(image.NewRGBA(image.Rect(0, 0, 3, 3)), nil, nil)
	if c.clip.Visible() || c.line.Visible() {
		t.Error("one picture alone has a line")
	}
}

// BenchmarkThumbGrid scrolls through 10,000 pictures, each of its own pixels: what is ours
// of a frame.
func BenchmarkThumbGrid(b *testing.B) {
	test.NewTempApp(b)
	all := make([]*image.RGBA, 10_000)
	for i := range all {
		all[i] = image.NewRGBA(image.Rect(0, 0, 28, 28))
		all[i].Set(3, 3, color.White)
	}
	g := NewThumbGrid(func(i int) Thumb { return Thumb{Image: all[i], Caption: fmt.Sprint(i), Star: i%9 == 0} })
	w := test.NewTempWindow(b, g)
	w.Resize(fyne.NewSize(1100, 800))
	g.SetLen(len(all))
	for name, by := range map[string]float32{"line": 20, "page": 700, "far": 33_000} {
		b.Run(name, func(b *testing.B) {
			worst := time.Duration(0)
			offset := float32(0)
			for b.Loop() {
				began := time.Now()
				g.scrollTo(offset)
				worst = max(worst, time.Since(began))
				if offset += by; offset > g.wall.MinSize().Height-900 {
					offset = 0
				}
			}
			b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
		})
	}
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			g.Update()
		}
	})
}
