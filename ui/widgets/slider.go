package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
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

	signed bool
	origin float64 // where a signed slider is filled from
}

// NewSlider returns a slider from lo to hi that moves by step.
func NewSlider(lo, hi, step float64) *Slider {
	s := &Slider{}
	s.Min, s.Max, s.Step = lo, hi, step
	s.Value = lo
	s.ExtendBaseWidget(s)
	return s
}

// SetOrigin makes the slider signed: it is filled from that value on, to the right in
// the primary colour, to the left in that of errors, since what lies there is pushed
// away.
func (s *Slider) SetOrigin(v float64) {
	s.signed, s.origin = true, v
	s.Refresh()
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

// CreateRenderer implements fyne.Widget.
func (s *Slider) CreateRenderer() fyne.WidgetRenderer {
	r := &sliderRenderer{WidgetRenderer: s.Slider.CreateRenderer(), slider: s, tick: canvas.NewRectangle(nil)}
	objects := r.WidgetRenderer.Objects()
	if len(objects) > 2 { // Fyne's: track, filled part, thumb, focus
		r.track, _ = objects[0].(*canvas.Rectangle)
		r.filled, _ = objects[1].(*canvas.Rectangle)
		r.thumb, _ = objects[2].(*canvas.Circle)
	}
	r.objects = append([]fyne.CanvasObject{r.tick}, objects...)
	r.fill()
	return r
}

// sliderRenderer is Fyne's, with the filled part of a signed slider moved.
type sliderRenderer struct {
	fyne.WidgetRenderer
	slider        *Slider
	track, filled *canvas.Rectangle
	thumb         *canvas.Circle
	tick          *canvas.Rectangle // at the origin
	objects       []fyne.CanvasObject
}

func (r *sliderRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.fill()
}

func (r *sliderRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.fill()
}

func (r *sliderRenderer) Objects() []fyne.CanvasObject { return r.objects }

const tickWidth, tickHeight = 2, 10

func (r *sliderRenderer) fill() {
	s := r.slider
	r.tick.Hidden = !s.signed
	if !s.signed || r.track == nil || r.filled == nil || r.thumb == nil || s.Max <= s.Min {
		return
	}
	at, wide := r.track.Position(), r.track.Size()
	from := at.X + wide.Width*float32((s.origin-s.Min)/(s.Max-s.Min))
	to := r.thumb.Position().X + r.thumb.Size().Width/2
	name := theme.ColorNamePrimary
	if s.Value < s.origin {
		name = theme.ColorNameError
	}
	if s.Disabled() {
		name = theme.ColorNameDisabled
	}
	r.filled.FillColor = colorOf(s, name)
	r.filled.Move(fyne.NewPos(min(from, to), at.Y))
	r.filled.Resize(fyne.NewSize(max(from, to)-min(from, to), wide.Height))
	r.filled.Refresh()
	r.tick.FillColor = colorOf(s, theme.ColorNameDisabled)
	r.tick.CornerRadius = tickWidth / 2
	r.tick.Move(fyne.NewPos(from-tickWidth/2, at.Y+wide.Height/2-tickHeight/2))
	r.tick.Resize(fyne.NewSize(tickWidth, tickHeight))
	r.tick.Refresh()
}

func unfocus(o fyne.CanvasObject) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Unfocus()
	}
}
