package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Scrubber walks through recorded frames: play and pause, a slider, one frame
// back or on, and a button that follows the newest frame.
type Scrubber struct {
	widget.BaseWidget
	// OnSeek is called with the frame a person goes to, OnPlay and OnFollow when the
	// buttons are tapped. The scrubber shows nothing by itself: the owner answers
	// with Set.
	OnSeek                            func(frame int)
	OnPlay, OnFollow, OnSpeed, OnLoop func()

	Play, Back, Next, Follow *ttwidget.Button
	Speed, Loop              *ttwidget.Button
	Slider                   *Slider

	label         *widget.Label
	box           *fyne.Container
	frame, frames int
}

// ScrubState is what a scrubber shows.
type ScrubState struct {
	Frame, Frames      int
	Label              string // such as "step 120 of 600"
	Playing, Following bool
	Looping            bool   // at its end the recording is played from its beginning
	Speed              string // of playing, such as "2×"
}

// ScrubberTips are the tooltips of a scrubber.
type ScrubberTips struct{ Play, Back, Next, Follow, Slider, Speed, Loop string }

// NewScrubber returns a scrubber with no frames; live is the text of the button
// that follows the newest frame.
func NewScrubber(live string, tips ScrubberTips) *Scrubber {
	s := &Scrubber{Slider: NewSlider(0, 1, 1), label: widget.NewLabel("")}
	button := func(text string, icon fyne.Resource, tip string, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon(text, icon, do)
		b.Importance = widget.LowImportance
		b.SetToolTip(tip)
		return b
	}
	s.Play = button("", theme.MediaPlayIcon(), tips.Play, func() { call(s.OnPlay) })
	s.Back = button("", theme.NavigateBackIcon(), tips.Back, func() { s.seek(s.frame - 1) })
	s.Next = button("", theme.NavigateNextIcon(), tips.Next, func() { s.seek(s.frame + 1) })
	s.Follow = button(live, nil, tips.Follow, func() { call(s.OnFollow) })
	s.Speed = button("1×", nil, tips.Speed, func() { call(s.OnSpeed) })
	s.Loop = button("", theme.MediaReplayIcon(), tips.Loop, func() { call(s.OnLoop) })
	s.Slider.SetToolTip(tips.Slider)
	s.Slider.OnChanged = func(v float64) { s.seek(int(v)) }
	s.label.Alignment = fyne.TextAlignTrailing
	wide := canvas.NewRectangle(color.Transparent)
	wide.SetMinSize(fyne.NewSize(118, 1))
	left := container.NewHBox(s.Play, s.Back, s.Next, s.Loop, s.Speed)
	right := container.NewHBox(container.NewStack(wide, s.label), s.Follow)
	s.box = container.New(scrubRow{s}, left, s.Slider, right)
	s.ExtendBaseWidget(s)
	s.Set(ScrubState{})
	return s
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func (s *Scrubber) seek(frame int) {
	frame = max(0, min(frame, s.frames-1))
	if s.frames > 0 && s.OnSeek != nil {
		s.OnSeek(frame)
	}
}

// Frame is the frame shown.
func (s *Scrubber) Frame() int { return s.frame }

// Frames is the number of frames that can be gone to.
func (s *Scrubber) Frames() int { return s.frames }

// Label is the text beside the slider.
func (s *Scrubber) Label() string { return s.label.Text }

// Set shows a state without telling the callbacks.
func (s *Scrubber) Set(t ScrubState) {
	s.frame, s.frames = t.Frame, t.Frames
	if m := float64(max(1, t.Frames-1)); s.Slider.Max != m || int(s.Slider.Value) != t.Frame {
		s.Slider.Max = m
		s.Slider.Put(float64(t.Frame))
	}
	if s.label.Text != t.Label {
		s.label.SetText(t.Label)
	}
	icon := theme.MediaPlayIcon()
	if t.Playing {
		icon = theme.MediaPauseIcon()
	}
	if s.Play.Icon.Name() != icon.Name() {
		s.Play.SetIcon(icon)
	}
	light(s.Follow, t.Following)
	light(s.Loop, t.Looping)
	if t.Speed != "" && s.Speed.Text != t.Speed {
		s.Speed.SetText(t.Speed)
	}
	enable(s.Play, t.Frames > 1)
	enable(s.Follow, t.Frames > 0)
	enable(s.Back, t.Frame > 0)
	enable(s.Next, t.Frame < t.Frames-1)
	enable(s.Slider, t.Frames > 1)
}

// light makes a button bright where it is on.
func light(b *ttwidget.Button, on bool) {
	importance := widget.LowImportance
	if on {
		importance = widget.HighImportance
	}
	if b.Importance != importance {
		b.Importance = importance
		b.Refresh()
	}
}

func enable(w fyne.Disableable, yes bool) {
	switch {
	case yes && w.Disabled():
		w.Enable()
	case !yes && !w.Disabled():
		w.Disable()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Scrubber) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.box) }

// scrubRow has buttons at both ends and the slider between them. Where the slider would be
// short the buttons of a single step give way, whose work the arrow keys do.
type scrubRow struct{ s *Scrubber }

// sliderLeast is the length below which a slider is too short to find a step with.
const sliderLeast = 160

// steps is the width of the buttons of a single step.
func (r scrubRow) steps() float32 {
	return r.s.Back.MinSize().Width + r.s.Next.MinSize().Width + 2*theme.Padding()
}

// bare is the width of what lies beside the slider without them.
func (r scrubRow) bare(objects []fyne.CanvasObject) float32 {
	width := objects[0].MinSize().Width + objects[2].MinSize().Width
	if r.s.Back.Visible() {
		width -= r.steps()
	}
	return width
}

// MinSize implements fyne.Layout.
func (r scrubRow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(r.bare(objects)+2*theme.Padding(), 0)
	for _, o := range objects {
		size.Height = max(size.Height, o.MinSize().Height)
	}
	return size.AddWidthHeight(objects[1].MinSize().Width, 0)
}

// Layout implements fyne.Layout.
func (r scrubRow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	room := size.Width - r.bare(objects) - 2*theme.Padding()
	for _, b := range []fyne.CanvasObject{r.s.Back, r.s.Next} {
		if fits := room-r.steps() >= sliderLeast; fits != b.Visible() {
			if fits {
				b.Show()
			} else {
				b.Hide()
			}
		}
	}
	left, right := objects[0].MinSize().Width, objects[2].MinSize().Width
	x := float32(0)
	for i, width := range []float32{left, size.Width - left - right - 2*theme.Padding(), right} {
		objects[i].Move(fyne.NewPos(x, 0))
		objects[i].Resize(fyne.NewSize(max(0, width), size.Height))
		x += width + theme.Padding()
	}
}
