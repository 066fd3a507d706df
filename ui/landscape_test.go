package ui

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// mapping is a rig that looks at the landscape of a model.
func mapping(t *testing.T, o studiotest.Options) (*rig, *landscape) {
	t.Helper()
	r := newRig(t, o)
	r.openModel("a.safetensors")
	r.win.Resize(fyne.NewSize(1320, 860))
	r.tasks.to(taskLandscape)
	return r, r.landscape
}

// mapped waits until the map is there as fine as asked for.
func (r *rig) mapped() *terrain {
	r.Helper()
	r.until("the map is there", func() bool {
		g := r.now.terrain
		return g != nil && g.seen && g.land.Cells == g.cells && g.job.Progress().Phase.Final() && !r.landscape.heat.Empty() && !r.landscape.drawing.busy
	})
	return r.now.terrain
}

// TestLandscapeOfChains: without pictures the task says what to do; chains that it draws span
// the map; the place under the pointer is shown; a click lets chains begin there.
func TestLandscapeOfChains(t *testing.T) {
	r, l := mapping(t, studiotest.Options{})
	if !l.hint.Visible() || l.work.Visible() || l.hintDo.Text != "Draw chains" || !r.transport.box.Visible() {
		t.Fatalf("without pictures: hint %v, work %v, button %q", l.hint.Visible(), l.work.Visible(), l.hintDo.Text)
	}
	l.hintDo.OnTapped()
	g := r.mapped()
	if l.hint.Visible() || g.chosen() != 3 || len(g.view.Marks) != 3 || len(l.side.rows.Objects) != 3 {
		t.Errorf("the chains span no map: hint %v, %d pictures", l.hint.Visible(), g.chosen())
	}
	if l.facts.Text == "" || l.picture.Image.Bounds().Dx() != 1 {
		t.Error("before the pointer is there, a picture is shown")
	}
	l.heat.OnHover(0.25, 0.6)
	first := pixels(l.picture.Image)
	if !strings.Contains(l.facts.Text, "Energy") || l.picture.Image.Bounds().Dx() != studiotest.Size {
		t.Errorf("the place looked at: %q", l.facts.Text)
	}
	x, y := g.view.Frame.Share([2]float64{
		(g.view.Marks[0].At[0] + g.view.Marks[1].At[0] + g.view.Marks[2].At[0]) / 3, // between the pictures, so that no pixel is clipped
		(g.view.Marks[0].At[1] + g.view.Marks[1].At[1] + g.view.Marks[2].At[1]) / 3,
	})
	l.heat.OnHover(x, y)
	if pixels(l.picture.Image) == first {
		t.Error("another place has the same picture")
	}
	at := g.at
	l.heat.OnPick(x, y)
	r.until("chains begin at the place", func() bool {
		return r.now.progress.Phase.Final() && r.stage.last.job == r.now.job && !l.drawing.busy
	})
	if r.now.recipe.Initial == nil || !l.side.noise.Visible() {
		t.Fatal("the recipe does not say where the chains began")
	}
	_, walk := r.now.job.Recording().Walk(0, 0)
	places, off, err := g.view.Plane.Project(walk)
	if err != nil || math.Hypot(places[0][0]-at[0], places[0][1]-at[1]) > 0.05 || off[0] > 0.1 {
		t.Errorf("a chain begins at %v, %v off the plane, error %v; want %v", places[0], off[0], err, at)
	}
	if layer, _ := l.lines(r.now, g)(g.land); len(layer.Paths) != 16 || len(layer.Contours) == 0 || layer.Selected < 0 {
		t.Errorf("%d paths, %d pieces of contours", len(layer.Paths), len(layer.Contours))
	}
	l.side.paths.SetChecked(false)
	if layer, _ := l.lines(r.now, g)(g.land); len(layer.Paths) != 0 {
		t.Error("paths are drawn that nobody wants to see")
	}
	l.side.noise.OnTapped()
	if r.now.recipe.Initial != nil {
		t.Error("the chains do not begin with noise again")
	}
	// Another task and back: nothing is lost and nothing computed again.
	job := g.job
	r.tasks.to(taskSample)
	r.tasks.to(taskLandscape)
	if r.now.terrain.job != job || l.heat.Empty() {
		t.Error("a map is computed again for nothing")
	}
	// Another model: its own map.
	r.openModel("b.safetensors")
	if !l.hint.Visible() {
		t.Error("another model shows the map of the first")
	}
	r.switchTo(r.sessions[0])
	r.until("the first map is shown again", func() bool { return !l.heat.Empty() && !l.drawing.busy })
}

// TestLandscapeByHand: zoom, pan, marks, cuts, barriers, forces, files.
func TestLandscapeByHand(t *testing.T) {
	r, l := mapping(t, studiotest.Options{})
	l.hintDo.OnTapped()
	g := r.mapped()

	before := g.view.Frame
	l.heat.OnZoom(0.5, 0.5, 2)
	r.mapped()
	if f := g.view.Frame; math.Abs((f.U1-f.U0)*2-(before.U1-before.U0)) > 1e-9 || g.land.Frame != f {
		t.Errorf("twice as close the frame is %v, before %v", f, before)
	}
	l.heat.OnPan(0.5, 0, false)
	if g.view.Frame.U0 == before.U0 {
		t.Error("the map moves before it is let go")
	}
	half := g.view.Frame
	l.heat.OnPan(0.5, 0, true)
	r.mapped()
	if got := g.view.Frame.U0 - half.U0; math.Abs(got+(half.U1-half.U0)/2) > 1e-9 {
		t.Errorf("moved by half its width the map begins %g further", got)
	}
	l.whole()
	r.mapped()
	if g.view.Frame != before {
		t.Errorf("the whole is %v, want %v", g.view.Frame, before)
	}

	l.heat.OnMark(1, 0.9, 0.9, true)
	if want := before.Place(0.9, 0.9); g.view.Marks[1].At != want || !strings.HasPrefix(g.corners[1].name, "place") {
		t.Errorf("a mark let go at %v is at %v", want, g.view.Marks[1].At)
	}
	r.until("there is a cut", func() bool { return len(g.cut.Energy) == cutPlaces && !l.asking[0].busy })
	l.side.line.SetSelectedIndex(2)
	r.until("the cut goes from A to B", func() bool { return g.cut.To == g.view.Marks[1].At && !l.asking[0].busy })
	l.cut.OnPick(0)
	if g.at != g.view.Marks[0].At || l.cut.Empty() {
		t.Errorf("the start of the cut is %v, want %v", g.at, g.view.Marks[0].At)
	}

	l.side.pair.SetSelectedIndex(1)
	l.side.climb.OnTapped()
	r.until("the barrier is found", func() bool { return g.climb.found.Relaxed.Path.N > 0 && !g.climb.climbing() && l.film.Len() == 17 })
	r.settle(20e6)
	if !strings.Contains(l.side.told.Text, "Straight:") || l.barrier.Empty() || !l.reel.Visible() {
		t.Errorf("the barrier says %q", l.side.told.Text)
	}
	l.film.OnSelect(8)
	if !strings.Contains(l.title.Text, "50 %") {
		t.Errorf("the middle of the lowest path is %q", l.title.Text)
	}

	l.force.SetSelectedIndex(1)
	r.until("the force is there", func() bool { return g.shownForce() != nil && !l.asking[1].busy })
	l.lookAt(g.view.Marks[0].At)
	r.until("the force of the place is there", func() bool { return !l.asking[1].busy })
	if l.picture.Image.Bounds().Dx() != studiotest.Size*forceScale || !strings.Contains(l.facts.Text, "|force|") {
		t.Errorf("the force is %v wide, %q", l.picture.Image.Bounds(), l.facts.Text)
	}

	dir := t.TempDir()
	r.asked.path, r.asked.err = dir, nil
	l.saveMenu()
	menu := r.win.Canvas().Overlays().Top()
	if menu == nil {
		t.Fatal("nothing offers to save")
	}
	r.win.Canvas().Overlays().Remove(menu)
	r.save(func() (string, error) { return r.chooser.Save("", "map.csv") }, func(path string) (string, error) {
		return path, g.land.Save(path, studio.MapExtras{Palette: r.densities})
	})
	r.until("the map is saved", func() bool { _, err := os.Stat(filepath.Join(dir, "map.csv")); return err == nil })

	r.now.selected = 3
	l.side.kind.SetSelectedIndex(1)
	g = r.mapped()
	if !g.principal || g.chain != 3 || len(g.view.Marks) != 2 || !l.side.share.Visible() || l.side.rows.Visible() {
		t.Errorf("a chain's plane: %v of chain %d, %d marks, %q", g.principal, g.chain, len(g.view.Marks), l.side.share.Text)
	}
	l.side.kind.SetSelectedIndex(0)
	if r.mapped(); g.principal || len(g.view.Marks) != 3 {
		t.Error("the plane through pictures does not come back")
	}
}

// TestLandscapeOfFiles: dropped pictures span the map, damaged ones and such that lie on a
// line are told.
func TestLandscapeOfFiles(t *testing.T) {
	r, l := mapping(t, studiotest.Options{})
	dir := t.TempDir()
	paths := make([]string, 3)
	for i := range paths {
		m := image.NewGray(image.Rect(0, 0, studiotest.Size, studiotest.Size))
		for k := range m.Pix {
			m.Pix[k] = uint8(k * (i*i + 1))
		}
		paths[i] = filepath.Join(dir, string(rune('a'+i))+".png")
		savePNG(t, paths[i], m)
	}
	damaged := filepath.Join(dir, "damaged.png")
	if err := os.WriteFile(damaged, []byte("\x89PNG\r\n\x1a\nno more"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.drop(damaged)
	r.until("a damaged picture is told", func() bool { return strings.Contains(r.problem, "damaged.png") })
	for i, p := range paths[:2] {
		r.drop(p)
		r.until("a dropped picture is taken", func() bool { return r.now.terrain.chosen() == i+1 })
	}
	if !l.hint.Visible() || !strings.Contains(l.hintTitle.Text, "2 of three") {
		t.Errorf("two of three: %q", l.hintTitle.Text)
	}
	r.drop(paths[0])
	r.until("pictures that span nothing are told", func() bool { return strings.Contains(r.problem, "one line") })
	r.landscape.cornerOfFile(2, paths[2])
	if g := r.mapped(); g.corners[0].name != "a.png" {
		t.Errorf("the first picture is %q", g.corners[0].name)
	}
}

// TestLandscapeWithACliff: energies that are not finite are told and hatched; an energy that
// fails leaves a message, and the window goes on.
func TestLandscapeWithACliff(t *testing.T) {
	r, l := mapping(t, studiotest.Options{})
	r.ran()
	studiotest.Cliff(r.now.opened, 150)
	l.show()
	g := r.mapped()
	if n := g.land.Broken(); n == 0 || n == len(g.land.Energy) {
		t.Fatalf("%d of %d points are broken", n, len(g.land.Energy))
	}
	if got := l.state(g); !strings.Contains(got, "not finite") {
		t.Errorf("the map says %q", got)
	}
	r.now.recipe.Settings = map[string]float64{"wings": 2}
	l.heat.OnZoom(0.5, 0.5, 2)
	if !strings.Contains(r.problem, "wings") || g.land.Cells == 0 {
		t.Errorf("terms that cannot be meant: %q", r.problem)
	}
}

// TestLandscapeOfPoints: the classroom. Energy with arrows, fitted and true density, chains
// on all of them, begun where a person clicks.
func TestLandscapeOfPoints(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("moons.safetensors")
	r.win.Resize(fyne.NewSize(1320, 860))
	studiotest.Plane(r.now.opened)
	r.now.recipe = defaultRecipe(r.now.opened)
	r.switchTo(r.now)
	r.tasks.to(taskLandscape)
	l := r.landscape
	g := r.mapped()
	r.until("the densities are there", func() bool { return !l.fitted.Empty() && !l.truth.Empty() })
	if !l.densities.Visible() || l.look.Visible() || l.side.plane.Visible() || l.hint.Visible() {
		t.Error("points are shown as pictures")
	}
	if at, _, _ := g.land.Lowest(); math.Hypot(at[0]-studiotest.Centre, at[1]-studiotest.Centre) > 0.3 {
		t.Errorf("the lowest place is %v, want (4, 4)", at)
	}
	layer, _ := l.lines(r.now, g)(g.land)
	for _, a := range layer.Arrows {
		place := g.view.Frame.Place(a[0].X, a[0].Y)
		if way := (studiotest.Centre-place[0])*(a[1].X-a[0].X) - (studiotest.Centre-place[1])*(a[1].Y-a[0].Y); way < 0 {
			t.Fatalf("the arrow at %v points away from the lowest place", place)
		}
	}
	if len(layer.Arrows) < 100 {
		t.Errorf("found %d arrows", len(layer.Arrows))
	}
	l.heat.OnPick(0.1, 0.9)
	r.until("chains begin there", func() bool {
		return r.now.progress.Phase.Final() && len(r.stage.last.places) == planeChains && r.stage.last.progress.Phase.Final()
	})
	if start := r.now.job.Recording().Points(0)[5]; math.Hypot(float64(start[0])+6.4, float64(start[1])+6.4) > 0.05 {
		t.Errorf("a chain begins at %v, want (-6.4, -6.4)", start)
	}
	if layer, _ := l.lines(r.now, g)(g.land); len(layer.Paths) < 100 || len(layer.Paths[0]) < 2 || len(layer.Paths[60]) != 1 {
		t.Errorf("%d chains are on the map, want all of them, few with their paths", len(layer.Paths))
	}
	l.side.climb.OnTapped()
	r.until("the barrier between A and B is found", func() bool { return g.climb.found.Relaxed.Path.N > 0 && !g.climb.climbing() })
	if l.reel.Visible() {
		t.Error("points have a film")
	}
	l.side.data.SetSelectedIndex(0)
	r.until("the data are not known any more", func() bool { return l.truth.Empty() })
}

// TestLandscapeOfANoiseLevel: the map, its title and what depends on it follow the level.
func TestLandscapeOfANoiseLevel(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Levels(r.now.opened)
	r.tasks.to(taskLandscape)
	l := r.landscape
	l.hintDo.OnTapped()
	g := r.mapped()
	clean := g.land
	if !l.side.levels.Visible() || len(l.side.level.Options) != 3 || l.side.level.SelectedIndex() != 0 {
		t.Fatalf("the levels offered: %v", l.side.level.Options)
	}
	l.side.level.SetSelectedIndex(2)
	r.until("the noisy map is there", func() bool { return len(g.cut.Energy) > 0 && len(g.land.Energy) == len(clean.Energy) })
	r.mapped()
	if a, b := clean.Energy[40], g.land.Energy[40]; math.Abs(float64(b/a-3)) > 1e-4 || g.level != 3 {
		t.Errorf("found the energy %g on level %d, want 3 times %g", b, g.level, a)
	}
	if got := mapTitle(r.now.opened, g.level); !strings.Contains(got, "level 3 of 3, log-SNR -3.0") {
		t.Errorf("the title is %q", got)
	}
}
