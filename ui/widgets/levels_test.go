package widgets

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

func TestLevelsGolden(t *testing.T) {
	golden(t, "levels", fyne.NewSize(280, 110), func() fyne.CanvasObject {
		l := NewLevels(2, []string{"-3.2", "-1.2", "0.6", "2.7", "5.5", "9.8"})
		l.SetValues([]float64{0, 0.5, 1, 1, 1.5, 2})
		l.FocusGained()
		l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
		return l
	})
}

// TestLevelsByHand presses, drags over several bars and turns one by keys.
func TestLevelsByHand(t *testing.T) {
	test.NewTempApp(t)
	l := NewLevels(2, []string{"a", "b", "c"})
	var last []float64
	ended, other := 0, 0
	l.OnChanged, l.OnChangeEnded, l.OnKey = func(v []float64) { last = v }, func() { ended++ }, func(*fyne.KeyEvent) { other++ }
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(300, 120))
	l.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: l.PlaceOf(0, 0.5)}, Button: desktop.MouseButtonPrimary})
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: l.PlaceOf(1, 1.5)}})
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: l.PlaceOf(2, 9)}})
	l.DragEnd()
	l.MouseUp(nil)
	if want := []float64{0.5, 1.5, 2}; !slices.Equal(last, want) || ended != 1 {
		t.Errorf("found %v, ended %d times, want %v, once", last, ended, want)
	}
	for _, name := range []fyne.KeyName{fyne.KeyLeft, fyne.KeyUp, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyDown, fyne.KeySpace} {
		l.TypedKey(&fyne.KeyEvent{Name: name})
	}
	if want := []float64{0.45, 1.55, 2}; !slices.Equal(l.Values(), want) || ended != 3 || other != 1 {
		t.Errorf("found %v, ended %d times, %d other keys, want %v", l.Values(), ended, other, want)
	}
	l.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonSecondary})
	if ended != 3 {
		t.Error("the other button did something")
	}
}
