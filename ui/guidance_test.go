package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"ebmstudio/studio/studiotest"
)

// TestGuidanceOverTheLevels drags a bar of the curve: the recipe has the factor, the
// chains follow, and the reset takes it back.
func TestGuidanceOverTheLevels(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Concepts(r.now.opened)
	studiotest.Guided(r.now.opened)
	r.switchTo(r.now)
	r.win.Resize(fyne.NewSize(1320, 860))
	r.tasks.to(taskCompose)
	r.mixer.classes.mix(0)
	r.ran()
	first := r.now.job
	g := newGuidanceCurve(r.mixer, r.now)
	g.levels.Resize(fyne.NewSize(240, 100))
	if !g.reset.Disabled() || g.shape.Selected != "Constant" {
		t.Errorf("at first: reset enabled %v, shape %q", !g.reset.Disabled(), g.shape.Selected)
	}
	at := func(i int, v float64) fyne.PointEvent { return fyne.PointEvent{Position: g.levels.PlaceOf(i, v)} }
	g.levels.MouseDown(&desktop.MouseEvent{PointEvent: at(0, 0.5), Button: desktop.MouseButtonPrimary})
	g.levels.MouseUp(nil)
	if v := r.now.recipe.Settings["guidance_3"]; v != 0.5 || g.reset.Disabled() || g.shape.Selected != "" {
		t.Errorf("the noisiest level is at %g, reset enabled %v, shape %q", v, !g.reset.Disabled(), g.shape.Selected)
	}
	r.until("the chains are drawn anew", func() bool {
		return r.now.job != first && !r.now.draft && r.now.progress.Phase.Final() && r.now.ran.Settings["guidance_3"] == 0.5
	})
	g.shape.SetSelected("Rising to the clean end")
	if found := r.now.recipe.Guidance(r.now.opened.Model); !slices.Equal(found, []float64{1, 0.5, 0}) {
		t.Errorf("rising: found %v", found)
	}
	g.reset.OnTapped()
	if len(r.now.recipe.Settings) != 0 || g.shape.Selected != "Constant" {
		t.Errorf("after the reset: settings %v, shape %q", r.now.recipe.Settings, g.shape.Selected)
	}
}
