package widgets

import (
	"image"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// someMap has a valley, contours around it, two chains and a way between two marks.
func someMap() *EnergyMap {
	palette := []color.RGBA{{0x10, 0x13, 0x1c, 255}, {0x1f, 0x96, 0x8b, 255}, {0xf6, 0xe3, 0x4a, 255}}
	m := NewEnergyMap("Energy E(x)", "Choose three pictures")
	heat := image.NewRGBA(image.Rect(0, 0, 90, 90))
	for i := range 90 * 90 {
		r := math.Hypot(float64(i%90)-40, float64(i/90)-50) / 70
		heat.SetRGBA(i%90, i/90, ramp3(palette, 1-min(1, r)))
		if i%90 > 70 && i/90 < 20 {
			heat.SetRGBA(i%90, i/90, color.RGBA{0x66, 0x66, 0x6a, 255})
		}
	}
	m.SetPicture(heat)
	m.SetRange("-4.0", "15.4", "14.9", "-4.4")
	m.SetBar(palette, "0.0227", "0.0030")
	m.SetReadout("E 0.0096")
	m.SetMarks([]MapMark{{X: 0.2, Y: 0.8, Name: "A"}, {X: 0.75, Y: 0.7, Name: "B"}, {X: 0.4, Y: 0.2, Name: "C"}, {X: 1.4, Y: 0, Name: "D"}})
	m.SetCut([2]float64{-1, 0.95}, [2]float64{2, 0.55}, true)
	m.SetCursor(0.6, 0.45, true)
	return m
}

func ramp3(p []color.RGBA, t float64) color.RGBA {
	return Ramp([]float32{float32(t)}, 1, 1, p).RGBAAt(0, 0)
}

func someLayer(f MapFrame) *image.RGBA {
	l := MapLayer{Selected: 1, Route: []Dot{{0.2, 0.8}, {0.35, 0.62}, {0.6, 0.6}, {0.75, 0.7}}}
	for _, radius := range []float64{0.12, 0.24, 0.36} {
		at := func(i int) Dot {
			a := float64(i) / 48 * 2 * math.Pi
			return Dot{0.44 + radius*math.Cos(a), 0.55 + radius*math.Sin(a)}
		}
		for i := range 48 {
			l.Contours = append(l.Contours, [2]Dot{at(i), at(i + 1)})
		}
	}
	l.Paths = [][]Dot{{{0.1, 0.1}, {0.2, 0.15}, {0.25, 0.3}}, {{0.9, 0.9}, {0.8, 0.85}, {0.7, 0.5}, {0.62, 0.5}}, {{9, 9}, {8, 8}}}
	l.Arrows = [][2]Dot{{{0.5, 0.1}, {0.55, 0.16}}, {{0.6, 0.1}, {0.63, 0.18}}}
	return DrawMapLayer(f, l)
}

func TestEnergyMapGoldens(t *testing.T) {
	size := fyne.NewSize(420, 370)
	golden(t, "energymap", size, func() fyne.CanvasObject {
		m := someMap()
		m.OnResize = func() { m.SetLayer(someLayer(m.Frame())) }
		return m
	})
	golden(t, "energymap-empty", size, func() fyne.CanvasObject { return NewEnergyMap("Energy E(x)", "Choose three pictures") })
}

func TestEnergyMapByHand(t *testing.T) {
	test.NewTempApp(t)
	m := someMap()
	w := test.NewTempWindow(t, m)
	w.Resize(fyne.NewSize(420, 370))
	var hovered, picked, moved, panned [2]float64
	var zoomed float64
	ended, keys := 0, 0
	m.OnHover = func(x, y float64) { hovered = [2]float64{x, y} }
	m.OnPick = func(x, y float64) { picked = [2]float64{x, y} }
	m.OnMark = func(i int, x, y float64, done bool) {
		moved = [2]float64{x, y}
		if done && i == 1 {
			ended++
		}
	}
	m.OnPan = func(dx, dy float64, done bool) {
		panned = [2]float64{dx, dy}
		if done {
			ended += 10
		}
	}
	m.OnZoom = func(_, _, factor float64) { zoomed = factor }
	m.OnKey = func(*fyne.KeyEvent) { keys++ }
	like := func(what string, got, want [2]float64) {
		t.Helper()
		if math.Hypot(got[0]-want[0], got[1]-want[1]) > 0.01 {
			t.Errorf("%s: found %v, want %v", what, got, want)
		}
	}
	event := func(x, y float64) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: m.PlaceOf(x, y)}, Button: desktop.MouseButtonPrimary}
	}
	drag := func(from, to [2]float64) {
		m.MouseDown(event(from[0], from[1]))
		m.Dragged(&fyne.DragEvent{PointEvent: event((from[0]+to[0])/2, (from[1]+to[1])/2).PointEvent})
		m.Dragged(&fyne.DragEvent{PointEvent: event(to[0], to[1]).PointEvent})
		m.DragEnd()
		m.MouseUp(event(to[0], to[1]))
	}
	m.MouseMoved(event(0.3, 0.6))
	like("hover", hovered, [2]float64{0.3, 0.6})
	m.MouseMoved(event(1.2, 0.6))
	like("beside the map", hovered, [2]float64{0.3, 0.6})
	m.Tapped(&event(0.5, 0.9).PointEvent)
	like("click", picked, [2]float64{0.5, 0.9})
	m.Tapped(&event(0.2, 0.8).PointEvent)
	like("click at a mark", picked, [2]float64{0.5, 0.9})
	drag([2]float64{0.75, 0.7}, [2]float64{0.6, 1.3})
	like("a dragged mark", moved, [2]float64{0.6, 1})
	drag([2]float64{0.5, 0.5}, [2]float64{0.4, 0.7})
	like("a dragged map", panned, [2]float64{-0.1, 0.2})
	if ended != 11 {
		t.Errorf("the ends of drags add up to %d, want one of a mark and one of the map", ended)
	}
	m.Scrolled(&fyne.ScrollEvent{PointEvent: event(0.5, 0.5).PointEvent, Scrolled: fyne.Delta{DY: 20}})
	if math.Abs(zoomed-math.Sqrt2) > 1e-6 {
		t.Errorf("the wheel zooms by %g", zoomed)
	}
	m.SetPicture(image.NewRGBA(image.Rect(0, 0, 4, 4)))
	w.Canvas().Focus(m)
	m.SetCursor(0.5, 0.5, true)
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	like("an arrow key", hovered, [2]float64{0.5 - cutStep, 0.5})
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	like("enter", picked, hovered)
	m.TypedRune('-')
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyS})
	if zoomed >= 1 || keys != 1 {
		t.Errorf("minus zooms by %g, %d other keys", zoomed, keys)
	}
	m.SetPicture(nil)
	m.MouseIn(event(0.7, 0.2))
	m.SetPicture(image.NewRGBA(image.Rect(0, 0, 4, 4)))
	like("a map that comes under the pointer", hovered, [2]float64{0.7, 0.2})
	m.MouseOut()
	m.SetPicture(nil)
	picked = [2]float64{}
	m.Tapped(&event(0.5, 0.9).PointEvent)
	if !m.Empty() || picked != [2]float64{} {
		t.Error("an empty map was clicked")
	}
}
