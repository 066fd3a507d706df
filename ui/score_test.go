package ui

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// shades writes n grey pictures, brighter from one to the next, and as many files that are
// no pictures.
func shades(t *testing.T, n, damaged int, lo, hi float64) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		m := image.NewGray(image.Rect(0, 0, 8, 8))
		for k := range m.Pix {
			m.Pix[k] = color.Gray{uint8(255 * (lo + (hi-lo)*float64(i)/float64(n)))}.Y
		}
		savePNG(t, filepath.Join(dir, fmt.Sprintf("shade-%03d.png", i)), m)
	}
	for i := range damaged {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("bad-%04d.png", i)), []byte("no picture"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestScoreThroughTheWindow scores a folder against another that is dropped, with a
// thousand damaged files in it, under two open models; moves the threshold by both plots
// and saves the table.
func TestScoreThroughTheWindow(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.openModel("b.safetensors")
	r.win.Resize(fyne.NewSize(1320, 860))
	r.tasks.to(taskScore)
	v := r.scoring
	v.in.chosen = ""
	if !v.hint.Visible() || v.work.Visible() || r.transport.box.Visible() {
		t.Fatal("before anything is scored the view does not say what to do")
	}
	v.begin()
	if v.cancel != nil || !strings.Contains(r.banner.title.Text, "used to") {
		t.Fatalf("nothing chosen: %q", r.banner.title.Text)
	}
	dark, bright := shades(t, 40, 0, 0, 0.5), shades(t, 30, 1000, 0.4, 1)
	r.drop(dark, bright)
	if v.in.chosen != dark || v.out.chosen != bright || len(r.opening) > 0 {
		t.Fatalf("two folders were dropped: known are %q, others %q", v.in.chosen, v.out.chosen)
	}
	v.all.SetChecked(true)
	r.click(v.start)
	r.until("the report is shown", func() bool { return v.work.Visible() || r.problem != "" })
	if r.problem != "" || v.rows() != 4 || v.cancel != nil {
		t.Fatalf("%d scores, error %q", v.rows(), r.problem)
	}
	if !strings.HasPrefix(v.left.Text, "1000 of 1030 pictures cannot be read") || !v.faults.Visible() || strings.Contains(v.left.Text, "\n") {
		t.Errorf("damaged files: %q", v.left.Text)
	}
	v.moveTo(v.atPlace(0))
	if wrong, right := v.score().At(0, v.report.threshold); wrong.Value() < 0.9 || right.Value() < 0.9 {
		t.Errorf("the threshold at the left calls %v and %v outliers", wrong, right)
	}
	low := v.report.threshold
	v.bars.OnPick(900)
	if v.report.threshold <= low || v.threshold.Value != 900 || !strings.Contains(v.verdict.Text, "TPR") {
		t.Errorf("a click at the right: threshold %v, slider %v, %q", v.report.threshold, v.threshold.Value, v.verdict.Text)
	}
	v.roc.OnPick(100)
	if wrong, _ := v.score().At(0, v.report.threshold); wrong.Value() > 0.1 {
		t.Errorf("a click at FPR 0.1 gives %v", wrong.Value())
	}
	if v.near.Len() != borderPictures {
		t.Fatalf("%d borderline pictures", v.near.Len())
	}
	v.tell(0)
	if !strings.Contains(v.about.Text, "shade-") || !strings.Contains(v.about.Text, "score") {
		t.Errorf("a borderline picture says %q", v.about.Text)
	}
	v.which.SetSelected(v.which.Options[1])
	v.tell(0)
	if strings.Count(v.about.Text, "under") != 2 {
		t.Errorf("a picture the models disagree about says %q", v.about.Text)
	}
	r.key(fyne.KeyDown)
	if v.report.score != 1 || !strings.Contains(v.roc.Readout(), "AUROC") {
		t.Errorf("the down key looks at score %d", v.report.score)
	}
	path := filepath.Join(t.TempDir(), "scores.csv")
	if err := v.report.SaveScores(path); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || strings.Count(string(data), "\n") != 71 {
		t.Errorf("the table has %d lines (%v)", strings.Count(string(data), "\n"), err)
	}
	v.showFaults()
	r.tasks.to(taskSample)
	r.tasks.to(taskScore)
	if !v.work.Visible() || v.report.score != 1 {
		t.Error("the report is lost by going to another task")
	}
}

// TestScoringThatCannotBe: errors are told in place, and what was there stays.
func TestScoringThatCannotBe(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.tasks.to(taskScore)
	v := r.scoring
	v.in.put(shades(t, 4, 0, 0, 1))
	v.out.put(shades(t, 0, 3, 0, 1))
	v.begin()
	r.until("the error is shown", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, "none that can be read") || v.work.Visible() || v.start.Disabled() {
		t.Errorf("nothing but damaged files: %q", r.problem)
	}
	v.out.put(v.in.chosen)
	v.begin()
	if !strings.Contains(r.banner.title.Text, "the same") || v.cancel != nil {
		t.Errorf("a set against itself: %q", r.banner.title.Text)
	}
	v.out.put(studio.MadeSets()[3])
	r.key(fyne.KeySpace)
	r.until("noise is scored", func() bool { return v.work.Visible() })
	v.end() // nothing is under way
}
