package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/docs"
	"ebmstudio/resources"
	"ebmstudio/studio/studiotest"
	"ebmstudio/ui/widgets"
)

func TestHelpOpensWhereItIsNeeded(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	for task := range taskCount {
		if !slices.ContainsFunc(sections(docs.Guide), func(s section) bool { return s.title == helpOf(task) }) {
			t.Errorf("the guide has no section %q for task %d", helpOf(task), task)
		}
	}
	r.tasks.to(taskInpaint)
	r.key(fyne.KeyF1)
	if r.help == nil || r.help.title(r.help.selected) != "Paint what is to change" {
		t.Fatalf("F1 while a mask is painted does not open its part of the guide: %+v", r.help)
	}
	r.key(fyne.KeyDown)
	if got := r.help.title(r.help.selected); got != "Points of the plane" {
		t.Errorf("the key down goes to %q", got)
	}
	r.key(fyne.KeyEscape)
	if r.help != nil || r.win.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close the help")
	}
	r.typedRune('?')
	if r.help == nil || r.help.title(r.help.selected) != "Keys" {
		t.Error("? does not open the keys")
	}
}

func TestHelpIsSearched(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.showKeys()
	for _, letter := range "ledger" {
		r.typedRune(letter) // a letter begins to search
	}
	if r.help.search.Text != "ledger" || r.help.keys || len(r.help.shown) != 1 || r.help.shown[0].title != "Compose" {
		t.Errorf("searching the ledger finds keys %v and %+v", r.help.keys, r.help.shown)
	}
	r.help.search.SetText("lasso")
	if found := r.help.findKeys("lasso"); !r.help.keys || len(found) != 1 || !strings.Contains(found[0].does, "lasso") {
		t.Errorf("searching the lasso finds keys %v, %+v", r.help.keys, found)
	}
	r.help.search.SetText("zebra")
	if l, ok := r.help.text.Content.(*widget.Label); !ok || !strings.Contains(l.Text, "zebra") {
		t.Error("a search in vain does not say so")
	}
	r.help.list.Select(0) // must do nothing
}

func TestTheGuideHasNoWaysOut(t *testing.T) {
	for _, s := range sections(docs.Guide) {
		if strings.Contains(s.text, "](") || strings.Contains(s.text, "images/") {
			t.Errorf("%q has a link or a picture: %s", s.title, s.text)
		}
	}
}

func TestTheTourGoesThroughTheWindow(t *testing.T) {
	data, err := studiotest.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, studiotest.Options{}, resources.Bundled{Name: "patterns", Data: data})
	r.offerTour()
	if len(r.offer.Objects) != 1 {
		t.Fatal("the tour is not offered")
	}
	r.showDone("Saved", "")
	if r.offer.Visible() {
		t.Error("the offer and a message lie on one another")
	}
	r.hideBanner()
	if !r.offer.Visible() {
		t.Error("the offer does not come back after the message")
	}
	r.startTour()
	if len(r.offer.Objects) != 0 {
		t.Error("the offer stays")
	}
	r.until("the bundled model is open", func() bool { return r.now != nil })
	seen := map[task]bool{}
	for i := range r.tour.stops {
		seen[r.tasks.now] = true
		s := r.tour.stops[i]
		if _, size := r.tour.around(s.place()); size.Width < 20 || size.Height < 20 {
			t.Errorf("stop %q lights a place of %v", s.title, size)
		}
		if i < len(r.tour.stops)-1 {
			r.key(fyne.KeyRight)
		}
	}
	if !seen[taskSample] || !seen[taskCompose] || !seen[taskInpaint] {
		t.Errorf("the tour went to the tasks %v", seen)
	}
	r.win.Resize(fyne.NewSize(1500, 900))
	if got := r.tour.light.Size(); got != r.win.Canvas().Size() {
		r.tour.light.Resize(r.win.Canvas().Size()) // the windowless canvas leaves overlays as they are
	}
	r.key(fyne.KeyLeft)
	r.key(fyne.KeyRight)
	r.key(fyne.KeyReturn)
	if r.tour != nil || r.win.Canvas().Overlays().Top() != nil || r.tasks.now != taskSample {
		t.Error("the tour does not end after its last stop")
	}
	r.dismissOffer()
	r.offerTour()
	if len(r.offer.Objects) != 0 {
		t.Error("the tour is offered twice")
	}
}

func TestTheTourCanBeLeft(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.tasks.to(taskCompose)
	r.startTour()
	r.key(fyne.KeyRight)
	if r.tasks.now == taskCompose {
		t.Error("the tour went nowhere")
	}
	r.key(fyne.KeyEscape)
	if r.tour != nil || r.tasks.now != taskCompose {
		t.Errorf("left, the window is at task %d", r.tasks.now)
	}
	r.key(fyne.KeyF1)
	if r.help == nil {
		t.Error("after the tour the keys do nothing")
	}
}

// TestEveryControlSaysWhatItDoes walks through all of the window. A plain button has
// words on it and stands below a sentence that explains it: in empty states, messages
// and the offer of the tour.
func TestEveryControlSaysWhatItDoes(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	seen, silent := 0, map[string]bool{}
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
			return
		case *widget.Button:
			if o.Text == "" && o.Icon != nil && o.Icon != theme.CancelIcon() {
				silent["a button without words"] = true
			}
			return
		case *widget.Entry, *widget.Slider, *widget.Check, *widget.Select:
			silent[fmt.Sprintf("%T", o)] = true
			return
		}
		_, control := o.(fyne.Focusable)
		if tipped, ok := o.(interface{ ToolTip() string }); ok && control {
			b, button := o.(*ttwidget.Button)
			unused := button && b.Text == "" && b.Icon == nil // it gets words and a tooltip with its first use
			if seen++; tipped.ToolTip() == "" && !unused {
				silent[controlName(o)] = true
			}
			return
		}
		if w, ok := o.(fyne.Widget); ok && !control {
			for _, c := range test.WidgetRenderer(w).Objects() {
				walk(c)
			}
		}
	}
	walk(r.win.Content())
	if seen < 60 {
		t.Errorf("only %d controls were found", seen)
	}
	for name := range silent {
		t.Errorf("no tooltip: %s", name)
	}
}

// controlName names a control in a failure.
func controlName(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *ttwidget.Button:
		return fmt.Sprintf("button %q", o.Text)
	case *ttwidget.Check:
		return fmt.Sprintf("check %q", o.Text)
	case *ttwidget.Select:
		return fmt.Sprintf("choice of %q", o.Options)
	case *widgets.Entry:
		return fmt.Sprintf("entry %q (%s)", o.PlaceHolder, o.Text)
	}
	return fmt.Sprintf("%T", o)
}
