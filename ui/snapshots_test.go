package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

func TestASnapshotIsGoneBackTo(t *testing.T) {
	r := worked(t)
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.saveProject()
	r.until("it is saved", func() bool { return r.project.path != "" })
	path := r.project.path
	r.showSnapshots()
	if r.asking == nil {
		t.Fatal("no dialog")
	}
	r.asking.Hide()
	r.takeSnapshot("as worked", func() {})
	r.until("it is taken", func() bool { return len(r.project.snapshots) == 1 })
	if !r.projectEdited() {
		t.Error("a snapshot more is no change")
	}
	r.now.chains.recipe.Seed = 7
	r.goBackTo("as worked")
	r.until("it is as it was", func() bool { return r.now.chains.recipe.Seed == 42 && r.banner.action.Visible() })
	if what := asWorked(r.Window); what != "" {
		t.Error(what)
	}
	if r.project.path != path || len(r.project.snapshots) != 2 || !strings.Contains(r.project.snapshots[1].Name, "before going back to as worked") {
		t.Errorf("found the file %q and %d snapshots", r.project.path, len(r.project.snapshots))
	}
	test.Tap(r.banner.action)
	if r.now.chains.recipe.Seed != 7 || len(r.jobs.queue.Works()) != 1 {
		t.Error("going back cannot be undone")
	}
	r.saveProject()
	r.until("it is saved", func() bool { return !r.projectEdited() })
	p, _, err := studio.ReadProject(path)
	if err != nil || len(p.Snapshots) != 1 || p.Snapshots[0].Name != "as worked" {
		t.Errorf("found the snapshots %v, %v", p.Snapshots, err)
	}
	r.goBackTo("nothing")
	r.until("an unknown name is told", func() bool { return strings.Contains(r.problem, `snapshot "nothing"`) })
}

// TestALandscapeIsSavedAndOpened: the map is there again without being computed.
func TestALandscapeIsSavedAndOpened(t *testing.T) {
	r, l := mapping(t, studiotest.Options{})
	l.hintDo.OnTapped()
	g := r.mapped()
	r.asked.path, r.asked.err = t.TempDir(), nil
	r.saveProject()
	test.Tap(find[*reply](t, r, func(b *reply) bool { return b.Text == "Choose the file…" })) // without frames
	r.until("it is saved", func() bool { return r.project.path != "" })

	again := newRig(t, studiotest.Options{})
	again.drop(r.project.path)
	again.until("it is open", func() bool { return again.project.clean != "" })
	again.tasks.to(taskLandscape)
	again.until("the map is shown", func() bool { return !again.landscape.heat.Empty() && len(again.now.terrain.cut.Energy) > 0 })
	found := again.now.terrain
	if found.job != nil || found.land.Cells != g.land.Cells || found.land.Energy[77] != g.land.Energy[77] || found.view.Frame != g.view.Frame {
		t.Errorf("the map is another, or computed again: %d cells, %v", found.land.Cells, found.view.Frame)
	}
	if found.chosen() != 3 || found.corners[1].name != g.corners[1].name || found.corners[1].x.Data[5] != g.corners[1].x.Data[5] {
		t.Error("the pictures that span it are others")
	}
	if again.projectEdited() {
		t.Error("right after it was opened it counts as changed")
	}
	again.now.chains.recipe.Settings = map[string]float64{"steps": 3}
	again.landscape.whole()
	again.until("another frame is computed", func() bool { return found.job != nil })
}

// TestViewsAreKeptAndGoneBackTo: a bookmark has the plane, the frame and the noise level, in
// the project too.
func TestViewsAreKeptAndGoneBackTo(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Levels(r.now.opened)
	r.tasks.to(taskLandscape)
	l := r.landscape
	l.hintDo.OnTapped()
	g := r.mapped()
	l.setLevel(2)
	l.zoom(0.3, 0.3, 2)
	r.mapped()
	frame, corner := g.view.Frame, g.corners[2].x.Data[9]
	l.keepBookmark(" the pass ")
	l.setLevel(1)
	l.whole()
	g.corners[2] = nil
	r.mapped()
	if g.view.Frame == frame || len(g.bookmarks) != 1 || g.bookmarks[0].name != "the pass" {
		t.Fatalf("found %d bookmarks", len(g.bookmarks))
	}
	l.goTo(g.bookmarks[0])
	r.mapped()
	if d := g.corners[2].x.Data[9] - corner; g.view.Frame != frame || g.level != 2 || g.principal || d > 1e-3 || d < -1e-3 {
		t.Errorf("found the frame %v on level %d, want %v on 2", g.view.Frame, g.level, frame)
	}
	p := r.snapshot()()
	if kept := p.Sessions[0].Landscape.Bookmarks; len(kept) != 1 || kept[0].Name != "the pass" || kept[0].Level != 2 || kept[0].Frame != frame {
		t.Errorf("the project has %+v", kept)
	}
	l.bookmarkMenu()
	if r.win.Canvas().Overlays().Top() == nil {
		t.Error("no menu")
	}
	l.dropBookmark("the pass")
	if len(g.bookmarks) != 0 {
		t.Error("it cannot be removed")
	}
}
