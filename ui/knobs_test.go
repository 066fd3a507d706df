package ui

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

func TestAChangedKnobOffersARestart(t *testing.T) {
	r := newRig(t, studiotest.Options{Delay: 5 * time.Millisecond})
	r.openModel("a.safetensors")
	r.startRun()
	first := r.now.job
	r.until("it runs", func() bool { return r.now.progress.Step > 1 })
	k := r.controls.knobs["steps"]
	k.Slider.SetValue(k.Slider.Max / 4)
	if !strings.HasPrefix(r.transport.start.Text, "Restart") || r.transport.start.Disabled() {
		t.Errorf("the button says %q", r.transport.start.Text)
	}
	test.Tap(r.transport.start)
	if r.now.job == first || !first.Progress().Phase.Final() && first.Progress().Phase != studio.Stopping {
		t.Error("the old run goes on")
	}
	r.until("the new run moves", func() bool { return r.stage.last.job == r.now.job && r.stage.last.step > 0 })
}

func TestKnobsResetAndRefuse(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	k := r.controls.knobs["step_size"]
	if !k.Reset.Disabled() || !r.controls.all.Disabled() {
		t.Error("a reset is offered where nothing has changed")
	}
	k.Entry.SetText("0.5")
	if got := r.now.recipe.Settings["step_size"]; got != 0.5 || k.Reset.Disabled() || r.controls.all.Disabled() {
		t.Errorf("after typing 0.5 the recipe has %g, reset offered: %v", got, !k.Reset.Disabled())
	}
	k.Entry.SetText("-3")
	if r.now.recipe.Settings["step_size"] != 0.5 || k.Problem() == "" {
		t.Errorf("a value out of range was taken: %v, message %q", r.now.recipe.Settings, k.Problem())
	}
	r.startRun()
	if r.now.job != nil || r.problem == "" {
		t.Error("a run was started with a value that cannot be used")
	}
	test.Tap(k.Reset)
	if _, kept := r.now.recipe.Settings["step_size"]; kept || !k.Reset.Disabled() || k.Problem() != "" || k.Entry.Text != "0.03" {
		t.Errorf("after reset: %v, entry %q", r.now.recipe.Settings, k.Entry.Text)
	}
	r.controls.chains.Entry.SetText("4")
	r.controls.knobs["noise"].Entry.SetText("0.1")
	test.Tap(r.controls.all)
	if len(r.now.recipe.Settings) != 0 || r.now.recipe.Chains != 16 {
		t.Errorf("after reset all: %+v", r.now.recipe)
	}
}

func TestSamplersHaveTheirKnobs(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.controls.knobs["noise"].Entry.SetText("0.1")
	r.controls.sampler.SetSelected(samplerNames()[studio.SamplerMALA])
	if r.now.recipe.Sampler != studio.SamplerMALA || r.controls.knobs["noise"] != nil || len(r.now.recipe.Settings) != 0 {
		t.Errorf("MALA has knobs %v and settings %v", r.controls.knobs, r.now.recipe.Settings)
	}
	r.controls.knobs["steps"].Entry.SetText("12")
	r.ran()
	if !strings.Contains(r.stage.caption.Text, "accepted") {
		t.Errorf("the caption does not tell the acceptance: %q", r.stage.caption.Text)
	}
}

func TestSeeds(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.controls.knobs["steps"].Entry.SetText("5")
	r.ran()
	first, picture := r.now.ran.Seed, pixels(r.stage.grid.Image(3))
	r.ran()
	if r.now.ran.Seed == first {
		t.Error("an unlocked seed was used twice")
	}
	r.controls.seed.SetText("1")
	if !r.now.locked {
		t.Error("a typed seed is not kept")
	}
	for range 2 {
		r.ran()
		if r.now.ran.Seed != first || pixels(r.stage.grid.Image(3)) != picture {
			t.Error("the same seed gives another picture")
		}
	}
	r.controls.seed.SetText("minus one")
	if r.controls.problem.Hidden || r.now.recipe.Seed != 1 {
		t.Error("a seed that is no number was taken")
	}
	test.Tap(r.controls.dice)
	if r.controls.invalid() != "" {
		t.Error("a new seed does not replace the bad entry")
	}
	r.controls.next.SetSelectedIndex(seedCounted)
	r.ran()
	before := r.now.ran.Seed
	r.ran()
	if r.now.locked || r.now.ran.Seed != before+1 || r.controls.seed.Text != strconv.FormatUint(before+1, 10) {
		t.Errorf("counting on from seed %d: found %d", before, r.now.ran.Seed)
	}
	r.controls.next.SetSelectedIndex(seedKept)
	r.ran()
	if r.now.ran.Seed != before+1 {
		t.Errorf("the kept seed %d became %d", before+1, r.now.ran.Seed)
	}
}
