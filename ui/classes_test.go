package ui

import (
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// asking is a rig whose model knows classes, and attributes where pairs are given.
func asking(t *testing.T, pairs ...[2]int) *rig {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	m := r.now.opened.Model
	m.Labels, m.Attributes = []string{"hat", "no hat", "smile", "no smile"}, pairs
	r.controls.show(r.now)
	return r
}

func term(label int, weight float64) studio.Term {
	return studio.Term{Weight: weight, Labels: []int{label}, Name: []string{"hat", "no hat", "smile", "no smile"}[label]}
}

func TestAttributesAreSignedSliders(t *testing.T) {
	r := asking(t, [2]int{0, 1}, [2]int{2, 3})
	c := r.controls.classes
	if c.choose.Visible() || len(c.knobs) != 2 || r.now.recipe.Terms != nil {
		t.Fatalf("found %d sliders, choice shown: %v, terms %v", len(c.knobs), c.choose.Visible(), r.now.recipe.Terms)
	}
	c.knobs["hat"].Entry.SetText("-2")
	c.knobs["smile"].Entry.SetText("1.5")
	want := studio.Compose([]studio.Term{term(1, 2), term(2, 1.5)})
	if !reflect.DeepEqual(r.now.recipe.Terms, want) {
		t.Errorf("found terms %+v, want %+v", r.now.recipe.Terms, want)
	}
	if !strings.Contains(c.text.Text, "no hat") {
		t.Errorf("the expression says %q", c.text.Text)
	}
	test.Tap(c.knobs["hat"].Reset)
	test.Tap(c.knobs["smile"].Reset)
	if r.now.recipe.Terms != nil || c.text.Text != "" {
		t.Errorf("with everything open: terms %v, expression %q", r.now.recipe.Terms, c.text.Text)
	}
}

func TestExpressionsMoveTheSliders(t *testing.T) {
	r := asking(t, [2]int{0, 1}, [2]int{2, 3})
	c := r.controls.classes
	c.text.SetText("smile AND NOT hat")
	if c.knobs["smile"].Value() != 1 || c.knobs["hat"].Value() != -1 || r.now.recipe.Expression == "" {
		t.Errorf("smile %v, hat %v, expression %q", c.knobs["smile"].Value(), c.knobs["hat"].Value(), r.now.recipe.Expression)
	}
	if err := r.now.recipe.Validate(r.now.opened.Model); err != nil {
		t.Error(err)
	}
	kept := r.now.recipe.Clone()
	c.text.SetText("smile AND NOT hut")
	if c.bad == "" || !reflect.DeepEqual(r.now.recipe, kept) {
		t.Error("an unknown class was taken")
	}
	r.startRun()
	if r.now.job != nil || r.problem == "" {
		t.Error("a run was started with an expression that cannot be read")
	}
	c.text.OnLeave()
	if c.bad != "" || c.text.Text != "smile AND NOT hat" {
		t.Errorf("after leaving the entry: %q, problem %q", c.text.Text, c.bad)
	}
	// A class that is pushed away has no place on a slider and is kept beside them.
	c.text.SetText("-0.5*hat")
	c.knobs["smile"].Entry.SetText("1")
	want := studio.Compose([]studio.Term{term(0, -0.5), term(2, 1)})
	if !reflect.DeepEqual(r.now.recipe.Terms, want) {
		t.Errorf("found terms %+v, want %+v", r.now.recipe.Terms, want)
	}
}

func TestClassesAreAddedAndTakenAway(t *testing.T) {
	r := asking(t)
	c := r.controls.classes
	if !c.choose.Visible() || c.choice.SelectedIndex() != 0 {
		t.Error("no class can be chosen, or one is")
	}
	c.choice.SetSelected("smile")
	if !reflect.DeepEqual(r.now.recipe.Terms, []studio.Term{term(2, 1)}) || len(c.rows.Objects) != 0 {
		t.Errorf("found terms %+v and %d sliders", r.now.recipe.Terms, len(c.rows.Objects))
	}
	c.addClass(0)
	if len(c.rows.Objects) != 2 || c.choice.SelectedIndex() >= 0 {
		t.Fatalf("found %d sliders", len(c.rows.Objects))
	}
	c.knobs["hat"].Entry.SetText("-1")
	want := studio.Compose([]studio.Term{term(2, 1), term(0, -1)})
	if !reflect.DeepEqual(r.now.recipe.Terms, want) {
		t.Errorf("found terms %+v, want %+v", r.now.recipe.Terms, want)
	}
	c.choice.SetSelectedIndex(0)
	if r.now.recipe.Terms != nil || len(c.rows.Objects) != 0 {
		t.Errorf("any class: terms %+v, %d sliders", r.now.recipe.Terms, len(c.rows.Objects))
	}
}

func TestKnobsOfLevelsAreFoldedAway(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	m := r.now.opened.Model
	one := m.Knobs[0]
	for _, name := range []string{"steps_1", "steps_2"} {
		one.Name = name
		m.Knobs = append(m.Knobs, one)
	}
	r.controls.show(r.now)
	if r.controls.levels == nil || r.controls.levels.Items[0].Open {
		t.Fatal("the knobs of levels are not folded away")
	}
	r.now.recipe.Settings = map[string]float64{"steps_2": 7}
	r.controls.show(r.now)
	if !r.controls.levels.Items[0].Open || r.controls.knobs["steps_2"].Value() != 7 {
		t.Error("a changed knob of a level is not seen")
	}
}

func TestAJudgeIsNeverSampled(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("judge.safetensors")
	r.now.opened.Model.At = nil
	r.switchTo(r.now)
	r.startRun()
	r.toggleRun()
	if r.now.job != nil || !r.transport.start.Disabled() || !r.controls.sampler.Disabled() {
		t.Error("a judge can be sampled")
	}
	if !strings.Contains(r.stage.hintTitle.Text, "judge") {
		t.Errorf("the window says %q", r.stage.hintTitle.Text)
	}
}
