package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

func TestFloatingGolden(t *testing.T) {
	golden(t, "floating", fyne.NewSize(220, 70), func() fyne.CanvasObject {
		return container.NewStack(widget.NewLabel("what is below"), NewFloating(8, widget.NewLabel("over it")))
	})
}

// What the mouse does on a floating panel does not reach the button below.
func TestFloatingKeepsTheMouse(t *testing.T) {
	taps := 0
	below := widget.NewButton("below", func() { taps++ })
	over := NewFloating(8, widget.NewLabel("over"))
	w := test.NewTempWindow(t, container.NewStack(below, over))
	w.Resize(fyne.NewSize(200, 100))
	middle := fyne.NewPos(100, 80)
	test.TapCanvas(w.Canvas(), middle)
	if taps != 0 {
		t.Error("a tap on the panel reaches the button below")
	}
	over.Hide()
	test.TapCanvas(w.Canvas(), middle)
	if taps != 1 {
		t.Errorf("without the panel the button is tapped %d times", taps)
	}
}
