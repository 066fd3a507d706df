package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// escape presses Escape as the toolkit does: the control with the focus has it, else the
// window.
func (r *rig) escape() {
	e := &fyne.KeyEvent{Name: fyne.KeyEscape}
	if focused := r.win.Canvas().Focused(); focused != nil {
		focused.TypedKey(e)
		return
	}
	r.typedKey(e)
}

// TestEscapeAnswersQuestions: also where one of their buttons has the focus, as after Tab.
func TestEscapeAnswersQuestions(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("eight.safetensors")
	r.ran()
	for _, c := range []struct {
		name string
		open func()
	}{
		{"preferences", r.showPreferences},
		{"save the project", r.saveProject},
		{"snapshots", r.showSnapshots},
		{"performance", r.readout.open},
		{"a picture of another size", func() {
			r.askScale(r.now, "large.png", &studio.SizeError{What: "picture"}, func() { t.Error("Escape scales") })
		}},
		{"help", r.showKeys},
		{"a grid", r.showGrid},
	} {
		c.open()
		if !r.covered() {
			t.Fatalf("%s: nothing is asked", c.name)
		}
		r.win.Canvas().Focus(find[*reply](t, r, func(*reply) bool { return true }))
		r.escape()
		if r.covered() || r.win.Canvas().Overlays().Top() != nil {
			t.Errorf("%s: Escape leaves it open", c.name)
		}
	}
}

// TestQuestionsKeepKeys: what is pressed while a question is shown does nothing behind it.
func TestQuestionsKeepKeys(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("eight.safetensors")
	scaled := false
	r.askScale(r.now, "large.png", &studio.SizeError{What: "picture"}, func() { scaled = true })
	r.key(fyne.KeySpace)
	if r.now.job != nil {
		t.Error("the space bar starts a run behind the question")
	}
	there := 0
	pressed := r.uncovered(func() { there++ }) // as every key with Ctrl is bound
	if pressed(nil); there != 0 {
		t.Error("a key with Ctrl works behind the question")
	}
	r.win.Canvas().Focus(find[*reply](t, r, func(b *reply) bool { return b.Text == "Scale" }))
	r.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !scaled || r.covered() {
		t.Errorf("Scale: done %v, still asked %v", scaled, r.covered())
	}
	if pressed(nil); there != 1 {
		t.Error("a key with Ctrl does nothing after the question")
	}
}

// TestButtonsOfMessagesLieSideBySide: of a second message with the button of the first too.
func TestButtonsOfMessagesLieSideBySide(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.win.Resize(fyne.NewSize(1320, 860))
	for range 3 {
		r.showDone("Kept in the gallery", "a.png")
		r.banner.offer("Show", func() {})
		action, cross := r.banner.action, r.banner.close
		if end := action.Position().X + action.Size().Width; action.Size().Width <= 0 || end > cross.Position().X {
			t.Errorf("the button ends at %g, the cross begins at %g", end, cross.Position().X)
		}
	}
}
