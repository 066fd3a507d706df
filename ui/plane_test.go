package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/studio/studiotest"
)

func TestPointsWalkOnTheirDensity(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("moons.safetensors")
	studiotest.Plane(r.now.opened)
	r.now.recipe = defaultRecipe(r.now.opened)
	r.switchTo(r.now)
	p := r.stage.plane
	r.until("the density is there", func() bool { return len(r.now.density.levels) == 2 && r.now.density.levels[0].model != nil })
	if !p.box.Visible() || r.stage.hint.Visible() || p.model.Empty() || p.truth.Empty() || p.name.Text != "Level 1" {
		t.Errorf("before a run: map shown %v, hint %v, level %q", p.box.Visible(), r.stage.hint.Visible(), p.name.Text)
	}
	r.ran()
	if len(r.stage.last.places) != planeChains || r.stage.last.dots == nil || r.stage.last.stage != 1 {
		t.Fatalf("found %d chains on the map, stage %d", len(r.stage.last.places), r.stage.last.stage)
	}
	if at := r.stage.last.places[7]; at[0] < studiotest.Centre-0.5 || at[0] > studiotest.Centre+0.5 {
		t.Errorf("a chain is at %v, want about 4", at)
	}
	r.seekFrame(4)
	r.until("the first level is shown", func() bool { return r.stage.last.step == 4 })
	if p.name.Text != "Level 2" {
		t.Errorf("step 4 shows %q", p.name.Text)
	}
	p.level.SetValue(1)
	if p.name.Text != "Level 1" || r.now.density.follow || p.follow.Checked {
		t.Error("a chosen level is not shown, or is not kept")
	}
	p.pick(4, 4)
	r.saveGallery()
	if r.problem == "" {
		t.Error("points were saved as pictures")
	}
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.savePicture()
	var lines []byte
	r.until("the points are saved", func() bool {
		var err error
		lines, err = os.ReadFile(filepath.Join(r.asked.path, "moons-seed1.csv"))
		return err == nil
	})
	if n := strings.Count(string(lines), "\n"); n != 1+planeChains || !r.points.Visible() || r.exports[0].Visible() {
		t.Errorf("found %d lines, want a head and %d chains; button shown: %v, those of pictures: %v", n, planeChains, r.points.Visible(), r.exports[0].Visible())
	}
}
