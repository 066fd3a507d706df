package widgets

import (
	"fyne.io/fyne/v2"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Slider is a slider with a tooltip that leaves the keyboard to the window once
// the pointer lets go of it: while a Fyne widget has the focus the window sees no
// key. Reached by Tab it keeps the focus, so that arrows move it, and hands on
// every other key.
type Slider struct {
	ttwidget.Slider
	// OnKey gets the keys that mean nothing to a slider.
	OnKey func(*fyne.KeyEvent)
}

// NewSlider returns a slider from lo to hi that moves by step.
func NewSlider(lo, hi, step float64) *Slider {
	s := &Slider{}
	s.Min, s.Max, s.Step = lo, hi, step
	s.Value = lo
	s.ExtendBaseWidget(s)
	return s
}

// Put shows a value without telling OnChanged.
func (s *Slider) Put(v float64) {
	s.Value = v
	s.Refresh()
}

// Tapped moves the slider and gives the focus back.
func (s *Slider) Tapped(e *fyne.PointEvent) {
	s.Slider.Tapped(e)
	unfocus(s)
}

// DragEnd ends a drag and gives the focus back.
func (s *Slider) DragEnd() {
	s.Slider.DragEnd()
	unfocus(s)
}

// TypedKey implements fyne.Focusable.
func (s *Slider) TypedKey(e *fyne.KeyEvent) {
	if s.OnKey != nil && e.Name != fyne.KeyLeft && e.Name != fyne.KeyRight {
		s.OnKey(e)
		return
	}
	s.Slider.TypedKey(e)
}

func unfocus(o fyne.CanvasObject) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Unfocus()
	}
}
