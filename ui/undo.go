package ui

import (
	"maps"
	"reflect"
	"slices"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/paint"
)

// wish is what the mixer says of a recipe: its conditions, and the knobs that say how
// they go together.
type wish struct {
	expression string
	terms      []studio.Term
	knobs      sampling.Settings
}

func wishOf(r studio.Recipe) wish {
	c := r.Clone()
	a := wish{expression: c.Expression, knobs: sampling.Settings{}}
	if len(c.Terms) > 0 {
		a.terms = c.Terms
	}
	for name, v := range c.Settings {
		if composing(name) {
			a.knobs[name] = v
		}
	}
	return a
}

// mixed is a step of the history: something else was asked for.
type mixed struct {
	of            *session
	before, after wish
}

// Undo implements paint.Step.
func (m *mixed) Undo() { m.of.put(m.before) }

// Redo implements paint.Step.
func (m *mixed) Redo() { m.of.put(m.after) }

// put makes a recipe ask for something; a copy, since steps are gone through again.
func (s *session) put(a wish) {
	r := &s.chains.recipe
	asked := studio.Recipe{Terms: a.terms}.Clone()
	r.Expression, r.Terms = a.expression, asked.Terms
	r.Settings = maps.Clone(r.Settings)
	maps.DeleteFunc(r.Settings, func(name string, _ float64) bool { return composing(name) })
	if r.Settings == nil {
		r.Settings = sampling.Settings{}
	}
	maps.Copy(r.Settings, a.knobs)
	s.noted = a
}

// note makes what is asked for a step of the history where it differs from what was asked
// for at the last step. It is called when a slider is let go, not while it is dragged.
func (s *session) note() {
	if now := wishOf(s.chains.recipe); !reflect.DeepEqual(now, s.noted) {
		s.history.Add(&mixed{s, s.noted, now})
		s.noted = now
	}
}

// undo takes the newest step back, redo does it again: strokes, pictures, accepted and
// discarded answers, and what the mixer asks for are one history of a model.
func (w *Window) undo() { w.retrace((*paint.History).Undo) }
func (w *Window) redo() { w.retrace((*paint.History).Redo) }

func (w *Window) retrace(step func(*paint.History) bool) {
	h, v := w.now, w.stage.inpaint
	if h == nil || v.wet != nil || !slices.Contains([]task{taskSample, taskCompose, taskInpaint}, w.tasks.now) {
		return
	}
	h.note()
	before := h.noted
	if !step(&h.history) {
		return
	}
	v.preview = false
	if h.paint != nil {
		v.changed()
		v.show()
	}
	if !reflect.DeepEqual(before, h.noted) {
		w.controls.show(h)
		if w.tasks.now == taskCompose {
			w.mixer.show()
			w.mixer.settled()
		}
	}
	w.showRun()
}
