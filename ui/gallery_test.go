package ui

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// galleryRig is a window with a library of its own, and a run of 16 pictures.
func galleryRig(t *testing.T) *rig {
	t.Helper()
	t.Setenv(libraryEnv, filepath.Join(t.TempDir(), "library"))
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.now.recipe.Settings = map[string]float64{"steps": 6}
	r.controls.show(r.now)
	r.ran()
	return r
}

// filled is a galleryRig whose gallery is looked at and has all 16 pictures.
func filled(t *testing.T) *rig {
	t.Helper()
	r := galleryRig(t)
	r.keep(true)
	r.until("the pictures are kept", func() bool { return strings.Contains(r.banner.title.Text, "16 pictures") })
	r.tasks.to(taskGallery)
	r.seen(16)
	return r
}

// seen waits until so many pictures are on the wall, and no question is under way.
func (r *rig) seen(n int) {
	r.Helper()
	r.until("the pictures are on the wall", func() bool {
		g := r.gallery
		return g.total == n && len(g.items) == n && !g.library.asking && !g.library.looking && g.library.open() != nil
	})
}

func (r *rig) pick(places ...int) {
	r.gallery.grid.Select(places...)
	r.gallery.picked()
}

func TestKeepingPictures(t *testing.T) {
	r := galleryRig(t)
	r.selectChain(3)
	r.key(fyne.KeyK)
	r.until("it is kept", func() bool { return strings.HasPrefix(r.banner.title.Text, "Kept in the gallery") })
	r.hideBanner()
	r.key(fyne.KeyK)
	r.until("it is known", func() bool { return strings.HasPrefix(r.banner.title.Text, "It is in the gallery already") })
	r.hideBanner()
	r.key(fyne.KeyHome) // the picture that is seen there is another one
	r.until("the first step is shown", func() bool { return r.stage.last.frame == 0 })
	r.key(fyne.KeyK)
	r.until("it is kept too", func() bool { return strings.HasPrefix(r.banner.title.Text, "Kept in the gallery") })
	r.hideBanner()
	r.key(fyne.KeyEnd)
	r.key(fyne.KeyK)
	r.until("the end is known", func() bool { return strings.HasPrefix(r.banner.title.Text, "It is in the gallery already") })
	test.Tap(r.banner.action) // show it
	r.until("it is looked at", func() bool { it := r.gallery.looked(); return it != nil && it.Chain == 3 })
	if g := r.gallery; r.tasks.now != taskGallery || g.total != 2 || !strings.Contains(g.status.Text, "1 selected") || g.details.title.Text != "patterns" {
		t.Errorf("%d pictures, status %q, title %q", g.total, g.status.Text, g.details.title.Text)
	}
	r.until("the thumbnail is there", func() bool { return r.gallery.thumb(0).Image != nil })
	if got := r.gallery.thumb(0); got.Image.Rect.Dx() != studiotest.Size || !strings.HasPrefix(got.Caption, "E ") {
		t.Errorf("the tile shows %v, %q", got.Image.Rect, got.Caption)
	}
}

func TestAnEmptyGallerySaysWhatToDo(t *testing.T) {
	t.Setenv(libraryEnv, t.TempDir())
	r := newRig(t, studiotest.Options{})
	r.tasks.to(taskGallery)
	r.until("it is open", func() bool { return r.gallery.library.open() != nil && !r.gallery.library.asking })
	if h := r.gallery.hints; !r.gallery.hint.Visible() || !strings.Contains(h.text.Text, "Press K") || h.do.Hidden {
		t.Errorf("the empty gallery says %q", h.text.Text)
	}
	for _, k := range []fyne.KeyName{fyne.KeyDelete, fyne.KeyA, fyne.KeyV, fyne.KeyX, fyne.KeyF, fyne.KeyReturn, fyne.KeyDown, fyne.KeyEscape} {
		r.key(k) // must do nothing
	}
}

func TestSearchingTheGallery(t *testing.T) {
	r := filled(t)
	g := r.gallery
	low := float64(*g.items[0].Energy)
	r.pick(0, 1)
	r.key(fyne.KeyF)
	g.addTag("Good Ones, second")
	r.until("they are tagged", func() bool {
		return slices.Equal(g.items[0].Tags, []string{"good ones", "second"}) && g.items[1].Favourite
	})
	if len(g.details.tags.Objects) != 2 || !slices.Equal(g.grid.Selected(), []int{0, 1}) {
		t.Errorf("%d tags are shown, %v selected", len(g.details.tags.Objects), g.grid.Selected())
	}
	test.Tap(g.filter.stars)
	r.seen(2)
	if !g.filter.active() || !strings.HasPrefix(g.status.Text, "2 of 16") {
		t.Errorf("the status says %q", g.status.Text)
	}
	g.filter.clear()
	r.seen(16)
	g.filter.words.SetText("steps=6 second patterns")
	r.seen(2)
	g.filter.words.SetText("no such word")
	r.until("nothing fits", func() bool { return g.hint.Visible() && g.total == 0 })
	if g.hints.title.Text != "No picture fits" {
		t.Errorf("it says %q", g.hints.title.Text)
	}
	test.Tap(g.hints.do)
	r.seen(16)
	g.filter.tag.pick.SetSelectedIndex(1)
	r.seen(2)
	g.filter.clear()
	r.seen(16)
	g.filter.low.SetText("much")
	if !g.filter.problem.Visible() || !strings.Contains(g.filter.problem.Text, `"much"`) {
		t.Errorf("a word as energy: %q", g.filter.problem.Text)
	}
	g.filter.low.SetText(number(low - 1e-3))
	g.filter.high.SetText(number(low + 1e-3))
	r.until("some are left", func() bool { return g.total > 0 && g.total < 16 && len(g.items) == g.total })
	g.filter.clear()
	g.filter.order.SetSelectedIndex(1)
	r.seen(16)
	r.until("the lowest energy is first", func() bool {
		return slices.IsSortedFunc(g.items, func(a, b studio.LibraryItem) int { return lower(float64(*a.Energy), float64(*b.Energy)) })
	})
	g.filter.days.SetSelectedIndex(daysBetween)
	g.filter.to.SetText("2001-01-01")
	r.seen(0)
}

// What was recalled can be run again and gives the same picture; it can be taken back.
func TestRecallingFromTheGallery(t *testing.T) {
	r := filled(t)
	g := r.gallery
	saved := r.now.ran
	other := r.now.recipe.Clone()
	other.Seed, other.Settings = 77, map[string]float64{"steps": 9}
	set := func() { r.now.recipe, r.now.locked = other.Clone(), true }
	i := slices.IndexFunc(g.items, func(it studio.LibraryItem) bool { return it.Chain == 5 })
	r.pick(i)
	for _, c := range []struct {
		key   fyne.KeyName
		seed  uint64
		steps float64
	}{{fyne.KeyA, saved.Seed, 6}, {fyne.KeyR, 77, 6}, {fyne.KeyS, saved.Seed, 9}} {
		set()
		r.hideBanner()
		r.key(c.key)
		r.until("it is recalled", func() bool { return strings.Contains(r.banner.title.Text, "this picture") && r.banner.box.Visible() })
		if got := r.now.recipe; got.Seed != c.seed || got.Settings["steps"] != c.steps || r.now.selected != 5 {
			t.Errorf("%s: seed %d, settings %v, chain %d", c.key, got.Seed, got.Settings, r.now.selected)
		}
		test.Tap(r.banner.action)
		if got := r.now.recipe; got.Seed != 77 || got.Settings["steps"] != 9 {
			t.Errorf("%s, taken back: seed %d, settings %v", c.key, got.Seed, got.Settings)
		}
	}
}

func TestVerifyingAPicture(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.pick(2)
	r.key(fyne.KeyV)
	r.until("it is verified", func() bool { return strings.Contains(g.details.verdict.Text, "exact: all pixels agree after 6 steps") })
	// a picture whose recipe says another seed than it was made with
	path := g.library.open().Path(g.items[3].Name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := damagePixel(t, data)
	if err := os.WriteFile(path, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	r.pick(3)
	r.key(fyne.KeyV)
	r.until("it is not the same", func() bool { return strings.Contains(g.details.verdict.Text, "not exact") })
	if !g.compare.box.Visible() || !strings.Contains(g.details.verdict.Text, "was edited after it was saved") {
		t.Errorf("compared: %v, verdict %q", g.compare.box.Visible(), g.details.verdict.Text)
	}
	r.key(fyne.KeyEscape)
	if g.compare.box.Visible() || !g.grid.Visible() {
		t.Error("Escape does not go back to the pictures")
	}
}

func TestComparingPictures(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.pick(0)
	r.key(fyne.KeyC)
	if !strings.Contains(r.banner.title.Text, "Select two") {
		t.Errorf("one picture alone: %q", r.banner.title.Text)
	}
	r.pick(0, 4)
	r.key(fyne.KeyC)
	r.until("two are compared", func() bool { return g.compare.box.Visible() && g.compare.shown[1] != nil })
	if !strings.Contains(g.compare.text.Text, "largest difference") || !strings.Contains(g.compare.text.Text, "apart") {
		t.Errorf("it says %q", g.compare.text.Text)
	}
	r.key(fyne.Key4)
	r.key(fyne.KeyW)
	r.key(fyne.Key3)
	if g.compare.flicker == nil {
		t.Error("flicker does not")
	}
	r.key(fyne.KeyEscape)
	if g.compare.flicker != nil || g.compare.box.Visible() {
		t.Error("it goes on after Escape")
	}
	r.pick(1)
	r.key(fyne.KeyReturn)
	r.until("one is looked at", func() bool { return g.compare.box.Visible() && g.compare.shown[0] != nil && g.compare.shown[1] == nil })
	r.key(fyne.KeyRight)
	r.until("the next is looked at", func() bool { return g.compare.pair[0] == g.items[2].Name })
}

func TestRemovingAndBringingBack(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.pick(0, 1, 2)
	r.key(fyne.KeyDelete)
	r.seen(13)
	r.until("it is said", func() bool { return strings.Contains(r.banner.title.Text, "3 pictures are in the trash") })
	test.Tap(r.banner.action)
	r.seen(16)
	if len(g.chosen()) > 3 {
		t.Errorf("%d are selected", len(g.chosen()))
	}
}

// A picture may be gone before it is read to be shown large: that is no error, and what
// was said of the removal stays.
func TestLookingAtWhatIsGone(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.hideBanner()
	if err := os.Remove(g.library.open().Path(g.items[2].Name)); err != nil {
		t.Fatal(err)
	}
	r.pick(2)
	r.seen(15)
	r.pick(0, 2)
	if err := os.Remove(g.library.open().Path(g.items[2].Name)); err != nil {
		t.Fatal(err)
	}
	r.key(fyne.KeyC)
	r.seen(14)
	if r.problem != "" || r.banner.box.Visible() || g.compare.box.Visible() {
		t.Errorf("it says %q, %q; compared: %v", r.problem, r.banner.title.Text, g.compare.box.Visible())
	}
}

func TestExportingFromTheGallery(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.pick(0, 1)
	dir := t.TempDir()
	r.asked.path, r.asked.err = dir, nil
	for _, f := range exportForms() {
		r.hideBanner()
		g.export(f, g.write)
		r.until("it is written", func() bool {
			return strings.HasPrefix(r.banner.title.Text, "2 pictures are in") && r.banner.box.Visible()
		})
	}
	all, err := os.ReadDir(dir)
	if err != nil || len(all) != len(exportForms()) {
		t.Fatalf("found %v, %v, want %d entries", all, err, len(exportForms()))
	}
	z, err := zip.OpenReader(filepath.Join(dir, "pictures.zip"))
	if err != nil || len(z.File) != 4 {
		t.Errorf("the ZIP: %v", err)
	}
	if err := z.Close(); err != nil {
		t.Error(err)
	}
	// A damaged picture is left out and named; where all are damaged nothing is written.
	if err := os.WriteFile(g.library.open().Path(g.items[1].Name), []byte("\x89PNG"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.hideBanner()
	g.export(exportForms()[1], g.write)
	r.until("it is said", func() bool { return strings.Contains(r.banner.title.Text, ": 1 pictures, 1 left out") })
	if !strings.Contains(r.banner.text.Text, g.items[1].Name) {
		t.Errorf("the message says %q", r.banner.text.Text)
	}
}

func TestDroppingOnTheGallery(t *testing.T) {
	r := filled(t)
	g := r.gallery
	dir := t.TempDir()
	res, err := r.now.job.Result()
	if err != nil {
		t.Fatal(err)
	}
	res.Recipe.Seed++ // not the same picture
	path := filepath.Join(dir, "from elsewhere.png")
	if err := studio.SavePicture(path, res, 2); err != nil {
		t.Fatal(err)
	}
	r.drop(path)
	r.seen(17)
	r.until("its recipe is seen", func() bool { it := g.looked(); return it != nil && it.Seed == res.Recipe.Seed })
	alien := filepath.Join(dir, "cat.png")
	savePNG(t, alien, studiotest.Picture())
	r.drop(alien)
	r.until("an error is shown", func() bool { return strings.Contains(r.problem, "cat.png") })
	if !strings.Contains(r.problem, "no recipe inside") || g.total != 17 {
		t.Errorf("the error says %q", r.problem)
	}
}

// Pictures that are damaged, that vanish or that another program adds: said, and nothing
// else is lost.
func TestBadLuckWithTheLibrary(t *testing.T) {
	r := filled(t)
	g := r.gallery
	l := g.library.open()
	damaged, gone := l.Path(g.items[4].Name), l.Path(g.items[7].Name)
	if err := os.WriteFile(damaged, []byte("not a picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	g.rescan()
	r.seen(14)
	if !g.faults.Visible() || g.faults.Text != "1 file cannot be used" {
		t.Errorf("the button says %q", g.faults.Text)
	}
	test.Tap(g.faults)
	if !strings.Contains(r.banner.text.Text, filepath.Base(damaged)) {
		t.Errorf("the message says %q", r.banner.text.Text)
	}
	other, err := studio.OpenLibrary(context.Background(), l.Folder(), nil) // another window
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.SetFavourite(context.Background(), []string{g.items[0].Name}, true); err != nil {
		t.Fatal(err)
	}
	g.rescan()
	r.until("the other's star is seen", func() bool { return g.items[0].Favourite })
}

func TestALibraryThatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(libraryEnv, file)
	r := newRig(t, studiotest.Options{})
	r.tasks.to(taskGallery)
	r.until("it is said", func() bool { return r.gallery.hints.title.Text == "The library could not be opened" })
	if h := r.gallery.hints; !strings.Contains(h.text.Text, file) || h.do.Hidden || h.other.Hidden {
		t.Errorf("it says %q", h.text.Text)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	test.Tap(r.gallery.hints.do)
	r.seen(0)
}
