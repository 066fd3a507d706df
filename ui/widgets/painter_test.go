package widgets

import (
	"image"
	"image/color"
	"math"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// checkered is a picture whose pixels can be told apart.
func checkered(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(40 + 200*((x/2+y/2)%2)), uint8(255 * x / w), uint8(255 * y / h), 255})
		}
	}
	return m
}

func halfMask(w, h int) []uint8 {
	mask := make([]uint8, w*h)
	for i := range mask {
		switch x := i % w; {
		case x > w/2:
			mask[i] = 255
		case x > w/3:
			mask[i] = 120
		}
	}
	return mask
}

func mouse(p *Painter, x, y float64, button desktop.MouseButton, mod fyne.KeyModifier) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: p.PositionOf(x, y)}, Button: button, Modifier: mod}
}

// strokeOn is what the driver sends for a drag through places on the picture.
func strokeOn(p *Painter, button desktop.MouseButton, places ...[2]float64) {
	p.MouseDown(mouse(p, places[0][0], places[0][1], button, 0))
	for _, at := range places[1:] {
		if e := mouse(p, at[0], at[1], button, 0); button == desktop.MouseButtonSecondary {
			p.MouseMoved(e)
		} else {
			p.Dragged(&fyne.DragEvent{PointEvent: e.PointEvent})
		}
	}
	if button != desktop.MouseButtonSecondary {
		p.DragEnd()
	}
	p.MouseUp(mouse(p, 0, 0, button, 0))
}

func newTestPainter(t *testing.T, w, h int) *Painter {
	t.Helper()
	test.NewTempApp(t)
	p := NewPainter()
	win := test.NewTempWindow(t, p)
	win.Resize(fyne.NewSize(360, 300))
	p.SetPicture(checkered(w, h))
	return p
}

func TestPainterTellsPixelsOfThePicture(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		p := newTestPainter(t, 28, 20)
		p.scaleTo(t, scale)
		var began, moved [][2]float64
		others, ends := 0, 0
		p.OnBegin = func(x, y float64, how Press) {
			began = append(began, [2]float64{x, y})
			if how.Right || how.Alt {
				others++
			}
		}
		p.OnMove = func(x, y float64) { moved = append(moved, [2]float64{x, y}) }
		p.OnEnd = func() { ends++ }
		near := func(got, want [2]float64) bool { return math.Abs(got[0]-want[0])+math.Abs(got[1]-want[1]) < 0.01 }
		strokeOn(p, desktop.MouseButtonPrimary, [2]float64{3.25, 4.5}, [2]float64{20, 10}, [2]float64{-2, 30})
		strokeOn(p, desktop.MouseButtonSecondary, [2]float64{8, 8}, [2]float64{9, 9})
		p.MouseDown(mouse(p, 5, 5, desktop.MouseButtonPrimary, fyne.KeyModifierAlt))
		p.MouseUp(mouse(p, 5, 5, desktop.MouseButtonPrimary, fyne.KeyModifierAlt))
		if len(began) != 3 || !near(began[0], [2]float64{3.25, 4.5}) || others != 2 || ends != 3 {
			t.Errorf("scale %g: found %d beginnings %v, %d with another button, %d ends; want 3, 2, 3", scale, len(began), began, others, ends)
		}
		if len(moved) != 3 || !near(moved[1], [2]float64{-2, 30}) || !near(moved[2], [2]float64{9, 9}) {
			t.Errorf("scale %g: found moves %v", scale, moved)
		}
	}
}

// scaleTo changes the scale of the test's canvas.
func (p *Painter) scaleTo(t *testing.T, scale float32) {
	t.Helper()
	c, ok := fyne.CurrentApp().Driver().CanvasForObject(p).(software.WindowlessCanvas)
	if !ok {
		t.Fatal("the test's canvas has no scale")
	}
	c.SetScale(scale)
	p.Refresh()
}

func TestPainterZoomsAtThePointer(t *testing.T) {
	p := newTestPainter(t, 28, 28)
	fitted := p.Zoom()
	if fitted != math.Trunc(fitted) || 28*fitted > 300 || 28*(fitted+1) < 290 {
		t.Errorf("found %g units a pixel, want the most whole ones that fit", fitted)
	}
	at := p.PositionOf(20, 6)
	for range 4 {
		p.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, 10)})
	}
	if x, y := p.PixelAt(at); math.Abs(x-20) > 0.01 || math.Abs(y-6) > 0.01 || p.Zoom() < 2*fitted {
		t.Errorf("found (%g, %g) under the pointer at zoom %g, want (20, 6)", x, y, p.Zoom())
	}
	for range 60 {
		p.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, -10)})
	}
	if p.Zoom() < 1 {
		t.Errorf("found %g units a pixel after zooming out, want at least 1", p.Zoom())
	}
	p.OneToOne()
	if p.Zoom() != 1 {
		t.Errorf("found %g units a pixel, want 1", p.Zoom())
	}
	p.Fit()
	if p.Zoom() != fitted {
		t.Errorf("found %g after fitting, want %g", p.Zoom(), fitted)
	}
}

func TestPainterPans(t *testing.T) {
	p := newTestPainter(t, 28, 28)
	painted, keys := 0, 0
	p.OnBegin = func(float64, float64, Press) { painted++ }
	p.OnKey = func(*fyne.KeyEvent) { keys++ }
	before := p.PositionOf(0, 0)
	drag := func(button desktop.MouseButton) {
		start := fyne.NewPos(100, 100)
		p.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: start}, Button: button})
		p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: start.AddXY(30, 20)}})
		p.DragEnd()
		p.MouseUp(&desktop.MouseEvent{})
	}
	drag(desktop.MouseButtonTertiary)
	if moved := p.PositionOf(0, 0).Subtract(before); moved != fyne.NewPos(30, 20) || painted != 0 {
		t.Errorf("the middle button moved by %v and painted %d times", moved, painted)
	}
	space := &fyne.KeyEvent{Name: fyne.KeySpace}
	p.KeyDown(space)
	drag(desktop.MouseButtonPrimary)
	p.KeyUp(space)
	if moved := p.PositionOf(0, 0).Subtract(before); moved != fyne.NewPos(60, 40) || painted != 0 || keys != 0 {
		t.Errorf("space and a drag moved by %v, painted %d times, sent %d keys", moved, painted, keys)
	}
	p.KeyDown(space)
	p.TypedKey(space)
	p.KeyUp(space)
	if keys != 1 {
		t.Errorf("a space bar alone sent %d keys, want 1", keys)
	}
	p.Fit()
	drag(desktop.MouseButtonPrimary)
	if painted != 1 {
		t.Error("without space the left button does not paint")
	}
}

// TestPainterRepaintsQuickly holds what a move of the brush does to the widget below
// a frame, on the largest canvas.
func TestPainterRepaintsQuickly(t *testing.T) {
	p := newTestPainter(t, 512, 512)
	mask := halfMask(512, 512)
	p.SetMask(mask)
	best := time.Hour
	for i := range 20 {
		began := time.Now()
		p.moved(fyne.NewPos(float32(100+i), 100))
		p.MaskChanged(image.Rect(100+i, 100, 160+i, 160))
		best = min(best, time.Since(began))
	}
	if best > 8*time.Millisecond {
		t.Errorf("a move took %s, want less than 8ms", best)
	}
}

func TestPainterWithoutAPicture(t *testing.T) {
	p := newTestPainter(t, 8, 8)
	p.SetMask(halfMask(8, 8))
	p.SetPicture(nil)
	p.OnBegin = func(float64, float64, Press) { t.Error("there is nothing to paint on") }
	strokeOn(p, desktop.MouseButtonPrimary, [2]float64{1, 1}, [2]float64{2, 2})
	p.SetMask(halfMask(9, 9)) // not of the picture's size
	p.MaskChanged(image.Rect(0, 0, 9, 9))
}

// heatMap is cold above and hot below, with nothing between.
func heatMap(w, h int) []uint8 {
	levels := make([]uint8, w*h)
	for i := range levels {
		levels[i] = uint8(min(255, max(0, 128+(i/w-h/2)*20)))
	}
	return levels
}

func TestPainterGoldens(t *testing.T) {
	painter := func(fill func(p *Painter)) func() fyne.CanvasObject {
		return func() fyne.CanvasObject {
			p := NewPainter()
			p.Resize(fyne.NewSize(284, 224))
			test.WidgetRenderer(p)
			fill(p)
			return p
		}
	}
	paint := func(p *Painter) {
		p.SetPicture(checkered(28, 28))
		p.SetMask(halfMask(28, 28))
		p.SetBrush(7)
		p.MouseMoved(mouse(p, 10, 12, 0, 0))
	}
	for name, fill := range map[string]func(p *Painter){
		"painter": paint,
		"painter-heat": func(p *Painter) {
			paint(p)
			p.SetTint(color.NRGBA{255, 64, 64, 60}, color.NRGBA{255, 64, 64, 60})
			p.SetHeat(heatMap(28, 28))
		},
		"painter-chess": func(p *Painter) {
			paint(p)
			p.SetTint(color.NRGBA{0, 0, 0, 160}, color.NRGBA{255, 255, 255, 160})
		},
		"painter-empty": func(*Painter) {},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, fyne.NewSize(300, 240), painter(fill)) })
	}
}

// TestAStrokeLandsUnderTheCursor paints the pixel that the painter tells for a place of
// the screen, on both layers, and looks for it at that place of the screen, on screens of
// 1, 1.5 and 2 device pixels a unit, at several zooms.
func TestAStrokeLandsUnderTheCursor(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		p := newTestPainter(t, 28, 20)
		p.scaleTo(t, scale)
		grey := image.NewRGBA(image.Rect(0, 0, 28, 20))
		for i := range grey.Pix {
			grey.Pix[i] = 255 - 128*uint8(min(1, 3-i%4))
		}
		p.SetPicture(grey)
		p.SetTint(color.NRGBA{255, 0, 0, 255}, color.NRGBA{255, 0, 0, 255})
		p.SetHeatTint(color.NRGBA{0, 0, 255, 255}, color.NRGBA{0, 255, 0, 255})
		screen := fyne.CurrentApp().Driver().CanvasForObject(p)
		for _, zoom := range []float64{p.Zoom(), 13.7} {
			p.ZoomTo(zoom)
			for _, pos := range []fyne.Position{fyne.NewPos(150, 130), fyne.NewPos(183.5, 99)} {
				mask, heat := make([]uint8, 28*20), make([]uint8, 28*20)
				p.OnBegin = func(x, y float64, _ Press) {
					mask[int(y)*28+int(x)], heat[int(y)*28+int(x)] = 255, 255
				}
				for i := range heat {
					heat[i] = max(heat[i], 128)
				}
				e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: pos}, Button: desktop.MouseButtonPrimary}
				p.MouseDown(e)
				p.MouseUp(e)
				at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p).Add(pos)
				look := func() (here, beside color.RGBA) {
					m := screen.Capture()
					x, y := int(at.X*scale), int(at.Y*scale)
					step := int(math.Ceil(p.Zoom() * float64(scale)))
					return color.RGBAModel.Convert(m.At(x, y)).(color.RGBA), color.RGBAModel.Convert(m.At(x+step, y)).(color.RGBA)
				}
				p.SetHeat(nil)
				p.SetMask(mask)
				if here, beside := look(); here.R < 200 || here.G > 60 || beside.G < 100 {
					t.Errorf("scale %g, zoom %g: found %v under the cursor and %v beside it, want red and grey", scale, p.Zoom(), here, beside)
				}
				p.SetMask(nil)
				p.SetHeat(heat)
				if here, beside := look(); here.G < 200 || here.R > 60 || beside.R < 100 {
					t.Errorf("scale %g, zoom %g: found %v under the cursor and %v beside it, want green and grey", scale, p.Zoom(), here, beside)
				}
			}
		}
	}
}
