package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// TestReadout runs chains and reads their pace, opens the details by a press, and hides the
// line.
func TestReadout(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	began := time.Now()
	r.readout.look(r.studio.Performance(), began)
	if text := r.readout.line.Text; !strings.HasSuffix(text, "MB") || strings.Contains(text, "step") {
		t.Errorf("before a run: found %q, want the memory alone", text)
	}
	r.openModel("a.safetensors")
	r.ran()
	r.readout.look(r.studio.Performance(), began.Add(time.Second))
	for _, want := range []string{"last ", "a step", "steps/s", "frames/s", "MB"} {
		if !strings.Contains(r.readout.line.Text, want) {
			t.Errorf("after a run: found %q, want %q in it", r.readout.line.Text, want)
		}
	}
	r.readout.line.OnTapped()
	if r.asking == nil || r.readout.details == nil {
		t.Fatal("a press does not open the details")
	}
	values := r.readout.details.values
	if !strings.HasPrefix(values[0].Text, "sample a.safetensors") || !strings.Contains(values[5].Text, "as many as are needed") {
		t.Errorf("the details say %q and %q", values[0].Text, values[5].Text)
	}
	p := r.studio.Performance()
	p.Job.PerStep, p.Chains, p.Moves = 4*time.Millisecond, 16, true
	r.readout.look(p, began.Add(2*time.Second))
	if values[1].Text != "4 ms" || values[2].Text != "250" || values[3].Text != "4000" || values[5].Text != "0, as many as are needed" {
		t.Errorf("they do not follow: %q, %q, %q, %q", values[1].Text, values[2].Text, values[3].Text, values[5].Text)
	}
	r.key(fyne.KeyEscape)
	if r.asking != nil || r.readout.details != nil {
		t.Error("Escape does not close the details")
	}
	r.readout.reveal(false)
	if r.readout.line.Visible() || !r.app.Preferences().Bool(hideReadoutKey) {
		t.Error("the line cannot be hidden")
	}
	r.readout.reveal(true)
	if !r.readout.line.Visible() {
		t.Error("the line does not come back")
	}
}

func TestReadoutLine(t *testing.T) {
	for _, c := range []struct {
		p      studio.Performance
		frames float64
		memory uint64
		want   string
	}{
		{studio.Performance{}, 0, 0, ""},
		{studio.Performance{}, 0, 3e6, "3.0 MB"},
		{studio.Performance{Moves: true, Job: studio.Progress{PerStep: 80 * time.Millisecond}}, 23.8, 80e6, "80 ms a step  ·  12.5 steps/s  ·  24 frames/s  ·  80.0 MB"},
		{studio.Performance{Job: studio.Progress{PerStep: 2 * time.Second}}, 0.2, 2e6, "last 2.0 s a step  ·  0.50 steps/s  ·  2.0 MB"},
	} {
		if got := readoutLine(c.p, c.frames, c.memory); got != c.want {
			t.Errorf("found %q, want %q", got, c.want)
		}
	}
}

// TestFramesAreCapped lets chains run under a cap of five frames a second.
func TestFramesAreCapped(t *testing.T) {
	r := newRig(t, studiotest.Options{Delay: 4 * time.Millisecond})
	r.openModel("a.safetensors")
	r.now.recipe.Settings = map[string]float64{"steps": 500}
	r.feed.atMost(5)
	r.startRun()
	r.until("it runs", func() bool { return r.now.progress.Step > 0 })
	before := r.feed.frames.Load()
	r.settle(time.Second)
	if n := r.feed.frames.Load() - before; n < 2 || n > 6 {
		t.Errorf("found %d frames in a second, want 5", n)
	}
	r.feed.atMost(0)
	before = r.feed.frames.Load()
	r.settle(time.Second)
	if n := r.feed.frames.Load() - before; n < 7 {
		t.Errorf("without a cap: found %d frames in a second, want more than 5", n)
	}
}
