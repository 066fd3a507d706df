package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio/studiotest"
)

// TestAGridInTheWindow makes a grid of two edges, refuses what cannot be read, and
// saves the sheet and the cells.
func TestAGridInTheWindow(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	g := r.newGrid(r.now)
	g.show()
	g.edges[1].entry.SetText("temperature=1,2")
	if !g.start.Disabled() || !strings.Contains(g.edges[1].problem.Text, "step_size") || g.edges[1].problem.Hidden {
		t.Errorf("an unknown knob is answered by %q", g.edges[1].problem.Text)
	}
	g.edges[0].entry.SetText("seed=1..3")
	g.edges[1].entry.SetText("steps=2,4")
	g.chains.Entry.SetText("1")
	if !strings.Contains(g.note.Text, "3 × 2 cells of 1") {
		t.Errorf("before the grid is made it says %q", g.note.Text)
	}
	test.Tap(g.swap)
	if !strings.Contains(g.note.Text, "2 × 3 cells") || g.edges[1].entry.Text != "seed=1..3" {
		t.Errorf("swapped it says %q, rows %q", g.note.Text, g.edges[1].entry.Text)
	}
	test.Tap(g.swap)
	test.Tap(g.start)
	r.until("the grid is made", func() bool { return g.shown == 6 && !g.save.Disabled() })
	if g.sheet.Image == nil || g.empty.Visible() {
		t.Error("the sheet is not shown")
	}
	dir := t.TempDir()
	*r.asked = answers{path: dir}
	test.Tap(g.save)
	r.until("it is saved", func() bool { return strings.HasPrefix(r.banner.title.Text, "Saved ") || r.problem != "" })
	saved := filepath.Join(dir, fileName(r.now)+"-grid")
	for _, name := range []string{"grid.png", "grid.json", "r1c2.png"} {
		if _, err := os.Stat(filepath.Join(saved, name)); err != nil || r.problem != "" {
			t.Errorf("saved nothing: %v, error shown %q", err, r.problem)
		}
	}
}
