package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ebmstudio/studio"
)

func TestMinutes(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, " ": 0, "5": 5 * time.Minute, "5 min": 5 * time.Minute, "0.5": 30 * time.Second, "90s": 90 * time.Second, "1H 30m": 90 * time.Minute, "50ms": 50 * time.Millisecond} {
		if d, err := minutes(text); err != nil || d != want {
			t.Errorf("%q: found %s, %v; want %s", text, d, err, want)
		}
	}
	for _, text := range []string{"soon", "-5", "0", "0s", "1e300", "NaN", "Inf", "9000000h", "5 minutes"} {
		if d, err := minutes(text); err == nil {
			t.Errorf("%q: found %s, want an error", text, d)
		}
	}
}

// TestSavingInTheForm: fields that cannot be read are said below them and keep the training
// from beginning; the others are what it is told.
func TestSavingInTheForm(t *testing.T) {
	r := training(t)
	v, s := r.trainer, r.trainer.saving
	if o := v.request().Options; o.SaveEvery != 5*time.Minute || o.Keep != studio.TrainKeep || o.For != 0 {
		t.Errorf("as it comes it asks for %+v", o)
	}
	for e, bad := range map[interface{ SetText(string) }]string{s.every: "often", s.limit: "-1", s.keep: "0"} {
		e.SetText(bad)
		if !s.problem.Visible() || !strings.Contains(s.problem.Text, "found \""+bad+"\"") {
			t.Errorf("%q: it says %q", bad, s.problem.Text)
		}
		v.begin()
		if v.run != nil {
			t.Fatalf("it trains with %q", bad)
		}
		e.SetText("")
	}
	if s.problem.Visible() {
		t.Error("what is right again is still said to be wrong")
	}
	s.every.SetText("90s")
	s.limit.SetText("10")
	s.keep.SetText("7")
	if o := v.request().Options; o.SaveEvery != 90*time.Second || o.For != 10*time.Minute || o.Keep != 7 {
		t.Errorf("it asks for %+v", o)
	}
}

// TestRollBackToAnEarlierSave chooses among the saves of a training under way, goes on from
// the oldest at half the rates, and lets a time limit end it.
func TestRollBackToAnEarlierSave(t *testing.T) {
	r := training(t)
	v := r.trainer
	v.saving.every.SetText("60ms")
	v.saving.keep.SetText("4")
	v.begin()
	var saves []studio.TrainSave
	r.until("there are four saves", func() bool {
		var err error
		if saves, err = studio.TrainSaves(v.run.request.Options.Dir); err != nil {
			t.Fatal(err)
		}
		return len(saves) == 4 && v.canRollBack()
	})
	v.run.job.Pause()
	r.until("it is paused", func() bool { return v.run.progress.Phase == studio.Paused })
	r.click(v.back)
	if r.win.Canvas().Overlays().Top() == nil {
		t.Fatal("the saves are not offered")
	}
	r.win.Canvas().Overlays().Top().Hide()
	saves, err := studio.TrainSaves(v.run.request.Options.Dir)
	if err != nil {
		t.Fatal(err)
	}
	items := v.backItems(saves, time.Now())
	if len(items) != 4 || !strings.Contains(items[0].Label, "(the newest)") || !strings.Contains(items[3].Label, "kB") {
		t.Fatalf("offered are %q and %q", items[0].Label, items[3].Label)
	}
	first, rate := v.run, v.fields["lr"].value()
	items[3].Action()
	r.until("it goes on from the oldest", func() bool { return v.run != first && v.run.told.Iteration > 0 })
	next := v.run.request
	if next.Options.From != saves[3].Iterations || next.Settings["lr"] == rate || next.Settings["lr"] == "" {
		t.Errorf("it goes on from %d at %q, want %d at half of %s", next.Options.From, next.Settings["lr"], saves[3].Iterations, rate)
	}
	if at := v.run.made.Curves.Iterations; len(at) > 0 && slices.Max(at) > saves[0].Iterations+2000 {
		t.Errorf("the curves go on from iteration %d", slices.Max(at))
	}
	r.click(v.stop)
	r.until("it is stopped", func() bool { return !v.run.active() && v.resumes })
	v.saving.limit.SetText("300ms")
	v.begin()
	r.until("the time is up", func() bool { return !v.run.active() })
	if v.run.result.Reason != studio.TrainOutTime || !strings.Contains(v.text.Text, "The time is up") || !strings.Contains(r.banner.title.Text, "The time is up") {
		t.Errorf("it ended as %q: %q, %q", v.run.result.Reason, v.text.Text, r.banner.title.Text)
	}
}
