package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// SpotStep is what a spotlight says about one place.
type SpotStep struct {
	Title, Text string
	Count       string // "2 of 7"
	Next        string // on the button that goes on
	First       bool   // there is nothing to go back to
	// Place is where the light falls, in units of the canvas; of no size: nowhere.
	Place func() (fyne.Position, fyne.Size)
}

// Spotlight darkens all of a window but one place, and explains that place on a card
// beside it. It is meant to be an overlay of the canvas: what lies below hears neither
// mouse nor keys.
type Spotlight struct {
	widget.BaseWidget
	// OnNext, OnBack and OnLeave are called by the card's buttons.
	OnNext, OnBack, OnLeave func()

	step        SpotStep
	title, text *widget.Label
	count       *widget.Label
	next, back  *widget.Button
	card        fyne.CanvasObject
}

// NewSpotlight returns one that says nothing yet; back and leave are the words on
// its buttons.
func NewSpotlight(back, leave string) *Spotlight {
	s := &Spotlight{title: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}), text: widget.NewLabel(""), count: widget.NewLabel("")}
	s.title.SizeName = theme.SizeNameSubHeadingText
	s.text.Wrapping = fyne.TextWrapWord
	s.count.SizeName, s.count.Importance = theme.SizeNameCaptionText, widget.LowImportance
	call := func(f *func()) func() {
		return func() {
			if *f != nil {
				(*f)()
			}
		}
	}
	s.next = widget.NewButton("", call(&s.OnNext))
	s.next.Importance = widget.HighImportance
	s.back = widget.NewButton(back, call(&s.OnBack))
	end := widget.NewButton(leave, call(&s.OnLeave))
	end.Importance, s.back.Importance = widget.LowImportance, widget.LowImportance
	foot := container.NewHBox(s.count, layout.NewSpacer(), end, s.back, s.next)
	s.card = NewPanel(theme.ColorNameOverlayBackground, 10, container.NewVBox(s.title, s.text, foot))
	s.ExtendBaseWidget(s)
	return s
}

// SetStep explains a place.
func (s *Spotlight) SetStep(step SpotStep) {
	s.step = step
	s.title.SetText(step.Title)
	s.text.SetText(step.Text)
	s.count.SetText(step.Count)
	s.next.SetText(step.Next)
	if step.First {
		s.back.Disable()
	} else {
		s.back.Enable()
	}
	s.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (s *Spotlight) CreateRenderer() fyne.WidgetRenderer {
	r := &spotlightRenderer{light: s, frame: canvas.NewRectangle(color.Transparent)}
	for i := range r.shade {
		r.shade[i] = canvas.NewRectangle(color.Transparent)
	}
	r.frame.StrokeWidth = spotFrame
	r.Refresh()
	return r
}

// spotlightRenderer draws the darkness as four rectangles around the light.
type spotlightRenderer struct {
	light *Spotlight
	shade [4]*canvas.Rectangle // above, below, left, right
	frame *canvas.Rectangle
}

const (
	spotFrame = 3
	spotGap   = 12 // between the light and the card
	spotCard  = 380
)

// darkness lies over what is not explained, light or dark the theme.
var darkness = color.NRGBA{A: 0x8c}

func (r *spotlightRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

func (r *spotlightRenderer) Layout(size fyne.Size) {
	var at fyne.Position
	var lit fyne.Size
	if r.light.step.Place != nil {
		at, lit = r.light.step.Place()
	}
	x0, y0 := max(0, at.X), max(0, at.Y)
	x1, y1 := min(size.Width, at.X+lit.Width), min(size.Height, at.Y+lit.Height)
	if x1 <= x0 || y1 <= y0 {
		x0, y0, x1, y1 = 0, 0, 0, 0
	}
	put := func(o fyne.CanvasObject, x0, y0, x1, y1 float32) {
		o.Move(fyne.NewPos(x0, y0))
		o.Resize(fyne.NewSize(max(0, x1-x0), max(0, y1-y0)))
	}
	put(r.shade[0], 0, 0, size.Width, y0)
	put(r.shade[1], 0, y1, size.Width, size.Height)
	put(r.shade[2], 0, y0, x0, y1)
	put(r.shade[3], x1, y0, size.Width, y1)
	put(r.frame, x0, y0, x1, y1)
	r.frame.Hidden = x1 == x0
	card := r.light.card
	card.Resize(fyne.NewSize(min(spotCard, size.Width), 1)) // its text wraps at that width
	want := fyne.NewSize(min(spotCard, size.Width), card.MinSize().Height)
	card.Resize(want)
	card.Move(cardPlace(size, want, x0, y0, x1, y1))
}

// cardPlace finds a place for a card beside a lit rectangle: right, left, below or above of
// it, wherever there is room, else at the window's right edge, where it covers least.
func cardPlace(window, card fyne.Size, x0, y0, x1, y1 float32) fyne.Position {
	within := func(v, limit float32) float32 { return max(spotGap, min(v, limit-spotGap)) }
	x, y := within(x0, window.Width-card.Width), within(y0+spotGap, window.Height-card.Height)
	switch {
	case x1 == x0:
		return fyne.NewPos((window.Width-card.Width)/2, (window.Height-card.Height)/2)
	case x1+card.Width+2*spotGap <= window.Width:
		return fyne.NewPos(x1+spotGap, y)
	case x0-card.Width-2*spotGap >= 0:
		return fyne.NewPos(x0-card.Width-spotGap, y)
	case y1+card.Height+2*spotGap <= window.Height:
		return fyne.NewPos(x, y1+spotGap)
	case y0-card.Height-2*spotGap >= 0:
		return fyne.NewPos(x, y0-card.Height-spotGap)
	}
	return fyne.NewPos(max(spotGap, window.Width-card.Width-spotGap), y)
}

func (r *spotlightRenderer) Refresh() {
	for _, s := range r.shade {
		s.FillColor = darkness
		s.Refresh()
	}
	r.frame.StrokeColor = colorOf(r.light, theme.ColorNamePrimary)
	r.frame.CornerRadius = r.light.Theme().Size(theme.SizeNameInputRadius)
	r.light.card.Refresh()
	r.Layout(r.light.Size())
	canvas.Refresh(r.light)
}

func (r *spotlightRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.shade[0], r.shade[1], r.shade[2], r.shade[3], r.frame, r.light.card}
}

func (r *spotlightRenderer) Destroy() {}
