package ui

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio/studiotest"
	"ebmstudio/ui/widgets"
)

// mixing is a rig in the task Compose, whose model knows its patterns by name.
func mixing(t *testing.T) *rig {
	r := newRig(t, studiotest.Options{Delay: time.Millisecond})
	r.openModel("a.safetensors")
	studiotest.Concepts(r.now.opened)
	r.controls.seed.SetText("3")
	r.switchTo(r.now)
	r.win.Resize(fyne.NewSize(1320, 860))
	r.tasks.to(taskCompose)
	return r
}

// center is the middle of what is visible of an object, in the window.
func (r *rig) center(o fyne.CanvasObject) fyne.Position {
	r.Helper()
	size := o.Size()
	if size.Width < 2 || size.Height < 2 {
		r.Fatalf("found an object of size %v, want one that can be hit", size)
	}
	return r.app.Driver().AbsolutePositionForObject(o).AddXY(size.Width/2, size.Height/2)
}

// click clicks with the mouse where an object is in the window: what lies there is
// what is clicked.
func (r *rig) click(o fyne.CanvasObject) {
	r.Helper()
	test.TapCanvas(r.win.Canvas(), r.center(o))
}

// pull drags a knob's slider with the mouse to a share of its width, in several moves,
// and lets go.
func (r *rig) pull(k *widgets.Knob, share float32, during func()) {
	s := k.Slider
	at := func(share float32) fyne.PointEvent {
		return fyne.PointEvent{Position: fyne.NewPos(s.Size().Width*share, s.Size().Height/2)}
	}
	for i := range 4 {
		s.Dragged(&fyne.DragEvent{PointEvent: at(0.5 + (share-0.5)*float32(i+1)/4)})
		r.settle(draftGap + 40*time.Millisecond)
	}
	during()
	s.DragEnd()
}

// TestComposeThroughTheWindow mixes concepts with mouse and keys: the chains follow
// a slider while it is dragged and are drawn anew when it is let go, the expression
// says the same, and the ledger says what every term does.
func TestComposeThroughTheWindow(t *testing.T) {
	r := mixing(t)
	m := r.mixer
	r.click(r.model.known.chips.Objects[0]) // ring
	if r.tasks.now != taskCompose || m.classes.text.Text != "ring" || m.classes.knobs["ring"] == nil {
		t.Fatalf("a click on a concept gives the expression %q and the sliders %v", m.classes.text.Text, m.classes.knobs)
	}
	r.ran()
	first := r.now.job
	r.until("the ledger has a line", func() bool { return m.ledger.table.Rows() == 1 && m.ledger.step == 120 })

	r.click(r.model.known.chips.Objects[1]) // cross
	if len(r.now.recipe.Terms) != 3 || m.classes.text.Text != "ring AND cross" {
		t.Fatalf("two concepts: %d terms, %q", len(r.now.recipe.Terms), m.classes.text.Text)
	}
	r.until("the chains are drawn anew", func() bool { return r.now.job != first && r.now.progress.Phase.Final() && !r.now.draft })
	r.until("the ledger has all terms", func() bool { return m.ledger.table.Rows() == 4 && m.ledger.have && len(m.ledger.last.Cosine) == 3 })

	settled := r.now.job
	r.pull(m.classes.knobs["cross"], 0.25, func() {
		if !r.now.draft || r.now.job == settled || len(r.stage.last.images) != 16 {
			t.Error("the chains do not follow the slider while it is dragged")
		}
		if !r.exports[0].Disabled() {
			t.Error("a draft can be saved, but no recipe makes it again")
		}
	})
	r.until("the chains are drawn anew from their seed", func() bool { return !r.now.draft && r.now.progress.Phase.Final() })
	if w := m.classes.knobs["cross"].Value(); w >= 0 || w < -2 || math.Abs(math.Round(w*20)-w*20) > 1e-9 {
		t.Errorf("the slider is at %g, want a negative weight in steps of 0.05", w)
	}
	if want := fmt.Sprintf("ring AND %g*cross", m.classes.knobs["cross"].Value()); m.classes.text.Text != want || r.now.ran.Seed != 3 {
		t.Errorf("found the expression %q and seed %d", m.classes.text.Text, r.now.ran.Seed)
	}
	if r.exports[0].Disabled() {
		t.Error("what was drawn anew cannot be saved")
	}

	m.either.SetSelected("any of them (OR)")
	if !strings.Contains(m.classes.text.Text, " OR ") || len(r.now.recipe.Terms) != 1 {
		t.Errorf("OR: expression %q, %d terms", m.classes.text.Text, len(r.now.recipe.Terms))
	}
	m.classes.text.SetText("shirt AND NOT bars")
	if m.classes.knobs["shirt"] == nil || m.classes.knobs["bars"].Value() != -1 || m.classes.either {
		t.Errorf("the sliders %v do not follow the expression", m.classes.knobs)
	}
	m.classes.text.SetText("shirt AND")
	if m.classes.bad == "" || r.mixer.classes.problem.Hidden {
		t.Error("half an expression is not refused")
	}
	r.win.Canvas().Focus(m.classes.text)
	r.win.Canvas().Unfocus()
	if m.classes.bad != "" || !strings.HasPrefix(m.classes.text.Text, "shirt") {
		t.Errorf("leaving a bad expression leaves %q", m.classes.text.Text)
	}
}

// TestModelsAreMixed makes a product of two models, each with a weight.
func TestModelsAreMixed(t *testing.T) {
	r := mixing(t)
	a := r.now
	r.mixer.classes.mix(0)
	r.openModel("b.safetensors")
	b := r.now.opened
	r.switchTo(a)
	r.mixer.mixModel(b, "")
	h := r.now
	if h == a || h.opened.Op != "mix" || len(h.opened.Parts) != 2 || len(h.recipe.Terms) != 2 || r.problem != "" {
		t.Fatalf("found %d parts, terms %+v, error %q", len(h.opened.Parts), h.recipe.Terms, r.problem)
	}
	r.until("the mixture has run", func() bool { return h.progress.Phase.Final() })
	if h.progress.Err != nil || r.mixer.classes.knobs[h.opened.Model.Labels[1]] == nil {
		t.Errorf("the mixture ended with %v, sliders %v", h.progress.Err, r.mixer.classes.knobs)
	}
	r.until("the ledger is made", func() bool { return r.mixer.ledger.have && r.mixer.ledger.of == h.job })
	h.chains.recipe.Terms[1].Weight = 0.5
	r.startRun()
	r.until("the ledger follows", func() bool { return r.mixer.ledger.of == h.job && h.progress.Phase.Final() && !r.mixer.ledger.busy })
	r.mixer.balance()
	if w := h.recipe.Terms[1].Weight; w == 0.5 || w <= 0 || w > maxWeight {
		t.Errorf("balanced, the second model weighs %g", w)
	}
	if !r.tasks.buttons[taskTensors].Disabled() {
		t.Error("a mixture has no file, but its tensors can be looked at")
	}
	studiotest.Plane(b)
	r.mixer.mixModel(b, "")
	if r.problem == "" || r.now != h {
		t.Error("a model of points was mixed with one of pictures")
	}
}

// TestTasksKeepTheirPlace goes through all tasks by their buttons: the middle and the
// knobs change, the models and the buttons that run chains stay where they are.
func TestTasksKeepTheirPlace(t *testing.T) {
	r := mixing(t)
	r.ran()
	where := func(o fyne.CanvasObject) fyne.Position { return r.app.Driver().AbsolutePositionForObject(o) }
	models, start := where(r.model.box), where(r.transport.start)
	for i := range r.tasks.places {
		r.click(r.tasks.buttons[i])
		p := r.tasks.place()
		if p.needs != nil && !p.needs(r.now) {
			t.Errorf("the task %s means nothing to this model and was gone to", p.title)
		}
		if where(r.model.box) != models || !p.idle && where(r.transport.start) != start {
			t.Errorf("the task %s moves the models or the start button", p.title)
		}
		shown := 0
		for _, o := range append(append([]fyne.CanvasObject{}, r.tasks.middle.Objects...), r.tasks.side.Objects...) {
			if o.Visible() {
				shown++
			}
		}
		if shown != 2 {
			t.Errorf("the task %s shows %d things in two places", p.title, shown)
		}
	}
}
