package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// tourStep lights a place of 150 by 200 units.
func tourStep() SpotStep {
	return SpotStep{
		Title: "Turn knobs", Text: "What stands here is what the next start runs. Let the pointer rest on a control to read what it does.",
		Count: "2 of 7", Next: "Next",
		Place: func() (fyne.Position, fyne.Size) { return fyne.NewPos(20, 20), fyne.NewSize(150, 200) },
	}
}

func TestGoldenSpotlight(t *testing.T) {
	golden(t, "spotlight", fyne.NewSize(620, 280), func() fyne.CanvasObject {
		s := NewSpotlight("Back", "Leave")
		s.SetStep(tourStep())
		below := widget.NewLabel("What lies below is seen in the light and through the dark.\nA picture\nA knob\nA curve")
		return container.NewStack(below, s)
	})
}

func TestTheSpotlightsCardKeepsClear(t *testing.T) {
	window, card := fyne.NewSize(1000, 700), fyne.NewSize(380, 200)
	places := map[string][4]float32{
		"left": {0, 50, 250, 690}, "right": {700, 50, 1000, 690}, "top": {300, 0, 900, 50}, "bottom": {0, 600, 1000, 700}, "corner": {940, 4, 990, 40},
	}
	for name, p := range places {
		at := cardPlace(window, card, p[0], p[1], p[2], p[3])
		if at.X < 0 || at.Y < 0 || at.X+card.Width > window.Width || at.Y+card.Height > window.Height {
			t.Errorf("%s: the card at %v leaves the window", name, at)
		}
		if at.X < p[2] && at.X+card.Width > p[0] && at.Y < p[3] && at.Y+card.Height > p[1] {
			t.Errorf("%s: the card at %v covers what it explains", name, at)
		}
	}
	if at := cardPlace(window, card, 20, 20, 980, 680); at.X < 0 || at.Y+card.Height > window.Height {
		t.Errorf("beside a place of the whole window the card is at %v", at)
	}
}

func TestTheSpotlightsButtons(t *testing.T) {
	test.NewTempApp(t)
	var heard string
	s := NewSpotlight("Back", "Leave")
	s.OnNext, s.OnBack = func() { heard += "next " }, func() { heard += "back " }
	w := test.NewTempWindow(t, s)
	w.Resize(fyne.NewSize(700, 400))
	step := tourStep()
	step.First = true
	s.SetStep(step)
	test.Tap(s.back) // disabled: there is nothing before the first
	test.Tap(s.next)
	step.First = false
	s.SetStep(step)
	test.Tap(s.back)
	if heard != "next back " {
		t.Errorf("heard %q", heard)
	}
}
