package widgets

import (
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

var padCorners = map[string][][2]float64{
	"three": {{0.5, 0}, {0, 1}, {1, 1}},
	"four":  {{0, 0}, {1, 0}, {0, 1}, {1, 1}},
}

func cornerPictures(n int) []image.Image {
	var all []image.Image
	for _, m := range pictures(n, 10, 10) {
		all = append(all, m)
	}
	return all
}

func TestLatentPadGoldens(t *testing.T) {
	for name, corners := range padCorners {
		t.Run(name, func(t *testing.T) {
			golden(t, "latentpad-"+name, fyne.NewSize(260, 260), func() fyne.CanvasObject {
				p := NewLatentPad()
				p.SetCorners(corners, cornerPictures(len(corners)))
				p.SetTrail([][2]float64{{0.5, 0.2}, {0.45, 0.4}, {0.5, 0.6}, {0.7, 0.7}})
				p.SetHandle(0.7, 0.7)
				return p
			})
		})
	}
}

// TestLatentPadFollowsTheHand presses, drags and lets go on screens of several scales,
// and moves by keys.
func TestLatentPadFollowsTheHand(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		test.NewTempApp(t)
		p := NewLatentPad()
		p.SetCorners(padCorners["four"], nil)
		var x, y float64
		moved, released := 0, 0
		p.OnMove = func(to, down float64) { x, y, moved = to, down, moved+1; p.SetHandle(x, y) }
		p.OnRelease = func() { released++ }
		w := test.NewTempWindow(t, p)
		w.Canvas().(software.WindowlessCanvas).SetScale(scale)
		w.Resize(fyne.NewSize(300, 280))
		at := func(x, y float64) fyne.PointEvent { return fyne.PointEvent{Position: p.PlaceOf(x, y)} }
		p.MouseDown(&desktop.MouseEvent{PointEvent: at(0.25, 0.5), Button: desktop.MouseButtonPrimary})
		if math.Abs(x-0.25)+math.Abs(y-0.5) > 0.01 {
			t.Errorf("scale %g: pressed at 0.25, 0.5, moved to %v, %v", scale, x, y)
		}
		p.Dragged(&fyne.DragEvent{PointEvent: at(0.75, 0.25)})
		p.DragEnd()
		p.MouseUp(&desktop.MouseEvent{PointEvent: at(0.75, 0.25)})
		if math.Abs(x-0.75)+math.Abs(y-0.25) > 0.01 || moved != 2 || released != 1 {
			t.Errorf("scale %g: dragged to %v, %v in %d moves, let go %d times", scale, x, y, moved, released)
		}
		w.Canvas().Focus(p)
		p.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
		if math.Abs(x-0.73) > 0.01 || released != 2 {
			t.Errorf("scale %g: the left arrow moves to %v, let go %d times", scale, x, released)
		}
		p.MouseDown(&desktop.MouseEvent{PointEvent: at(0.1, 0.1), Button: desktop.MouseButtonSecondary})
		if moved != 3 {
			t.Error("the right button drags")
		}
	}
}
