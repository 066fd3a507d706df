package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// forked goes to a step, forks there and waits for the end of the fork.
func (r *rig) forked(step int, fork func()) {
	r.Helper()
	r.seekStep(step)
	r.until("the step is shown", func() bool { return r.stage.last.step == step && r.stage.last.job == r.now.job })
	parent := r.now.job
	fork()
	if r.problem != "" {
		r.Fatalf("the fork failed: %s", r.problem)
	}
	r.until("the fork is done", func() bool {
		return r.now.job != parent && r.stage.last.job == r.now.job && r.stage.last.progress.Phase.Final() && r.stage.last.frame == r.now.frames-1
	})
}

func TestForksGrowATree(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.stage.times.to(sightForks)
	if !r.stage.times.forks.hint.Visible() || !strings.Contains(r.stage.times.forks.empty.Text, "Start one") {
		t.Error("the empty tree does not say what to do")
	}
	r.key(fyne.KeyF) // nothing to fork yet
	r.ran()
	first := r.now.job
	r.forked(40, func() { r.key(fyne.KeyF) })
	rec := r.now.job.Recording()
	if rec.StepOf(0) != 40 || r.now.recipe.Seed == first.Recipe().Seed {
		t.Errorf("the fork begins at step %d with seed %d, want 40 and another seed", rec.StepOf(0), r.now.recipe.Seed)
	}
	if a, b := rec.Frame(0, 3).Pix, first.Recording().Frame(40, 3).Pix; !slices.Equal(a, b) {
		t.Error("the fork does not begin with the run's pictures")
	}
	if slices.Equal(rec.Frame(rec.Frames()-1, 3).Pix, first.Recording().Frame(120, 3).Pix) {
		t.Error("another seed makes the same picture")
	}
	r.now.locked = true // nothing changed, and the seed kept: the same to the bit
	r.forked(80, func() { r.forkHere(studio.EveryChain) })
	same := r.now.job.Recording()
	if !slices.Equal(same.Frame(same.Frames()-1, 3).Pix, rec.Frame(rec.Frames()-1, 3).Pix) {
		t.Error("a fork that changes nothing ends otherwise")
	}
	tree := r.stage.times.forks.tree
	if tree.Len() != 3 || tree.Selected() != 2 || r.now.runs[2].title != "nothing changed" || r.now.runs[2].parent != r.now.runs[1].job {
		t.Errorf("the tree has %d runs, %d selected, %q", tree.Len(), tree.Selected(), r.now.runs[2].title)
	}
	r.goToRun(0)
	r.until("the first run is looked at", func() bool { return r.stage.last.job == first && r.stage.last.frame == 120 })
	if r.now.recipe.Seed != first.Recipe().Seed || tree.Selected() != 0 {
		t.Errorf("the controls show seed %d, row %d, want those of the first run", r.now.recipe.Seed, tree.Selected())
	}
	r.now.selected = 5
	r.forked(60, r.forkSelected)
	if f := r.now.job.Recipe().Fork; f == nil || f.Chain != 5 || f.Step != 60 {
		t.Errorf("found fork %+v, want one of chain 5 at step 60", f)
	}
	r.seekFrame(r.now.frames - 1)
	r.until("the end is shown", func() bool { return r.stage.last.frame == r.now.frames-1 })
	before := r.now.job
	r.forkHere(studio.EveryChain)
	if r.now.job != before || !strings.Contains(r.problem, "nothing is left to walk there: fork at an earlier step") {
		t.Errorf("a fork at the end: found %q", r.problem)
	}
}

func TestWhatIsDoneToAChain(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.ran()
	r.selectChain(4)
	r.forked(30, func() { r.key(fyne.KeyH) })
	rec := r.now.job.Recording()
	if !rec.Held(4) || !slices.Equal(rec.Frame(0, 4).Pix, rec.Frame(rec.Frames()-1, 4).Pix) || !r.stage.grid.Ringed(4) {
		t.Error("the frozen chain has moved, or has no ring")
	}
	if !strings.Contains(r.stage.caption.Text, "frozen") {
		t.Errorf("the caption does not say frozen: %q", r.stage.caption.Text)
	}
	r.selectChain(2)
	r.forked(50, func() { r.key(fyne.KeyX) })
	if step, yes := r.now.job.Recording().Killed(2); !yes || step != 50 || !strings.Contains(r.stage.caption.Text, "killed at step 50") {
		t.Errorf("killed %v at %d; the caption says %q", yes, step, r.stage.caption.Text)
	}
	r.seekStep(100)
	r.until("step 100 is shown", func() bool { return r.stage.last.step == 100 })
	r.forkSelected()
	if !strings.Contains(r.problem, "chain 3 was killed at step 50, want that step or an earlier one") {
		t.Errorf("a fork of a killed chain: found %q", r.problem)
	}
	r.hideBanner()
	r.problem = ""
	r.selectChain(6)
	r.forked(70, func() { r.key(fyne.KeyN) })
	if acts := r.now.job.Recipe().Acts; len(acts) == 0 || acts[len(acts)-1] != (studio.Act{Step: 70, Chain: 6, Do: studio.Noise, Amount: renoise}) {
		t.Errorf("found acts %v, want noise on chain 6 at step 70", acts)
	}
}

func TestTheMixingReportIsShown(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.stage.times.to(sightMixing)
	if !r.stage.times.mixing.hint.Visible() {
		t.Error("without a run there is no word about what to do")
	}
	r.ran()
	p := r.stage.times.mixing
	r.until("the report is shown", func() bool { return p.report.Visible() && p.job == r.now.job && p.step == 120 })
	if p.verdict.Text == "" || p.figures[0].Text == "–" || !strings.Contains(p.words.Text, "R-hat") {
		t.Errorf("the report says %q, %q, %q", p.verdict.Text, p.figures[0].Text, p.words.Text)
	}
	r.stage.times.next()
	if r.stage.times.now != sightChains {
		t.Error("after the report of a model without noise levels come not its chains")
	}
}

func TestPlayingRoundAndRound(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.ran()
	r.toggleLoop()
	for r.stage.speedText() != "16×" {
		r.nextSpeed()
	}
	r.seekFrame(0)
	r.togglePlay()
	seen, back := 0, false
	r.until("the recording begins again", func() bool {
		back = back || r.now.frame < seen
		seen = r.now.frame
		return back
	})
	if r.stage.play == nil {
		t.Error("it has stopped at its end")
	}
	r.stopPlay()
	if r.nextCurve(); r.stage.second != curveStep || !strings.Contains(r.stage.gradient.Title(), "Step") {
		t.Errorf("the second plot shows %q", r.stage.gradient.Title())
	}
	r.until("its curve is drawn", func() bool {
		return !r.stage.gradient.Empty() && len(r.stage.last.seconds) > 0 && r.stage.last.seconds[0] > 0
	})
}
