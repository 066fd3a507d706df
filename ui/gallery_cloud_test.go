package ui

import (
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
)

// The pictures of the wall are laid out when that is asked for; what is selected in one is
// selected in the other, and the keys of the gallery work on it.
func TestTheCloudOfTheGallery(t *testing.T) {
	r := filled(t)
	g, c := r.gallery, r.gallery.cloud
	r.key(fyne.KeyL)
	if !c.box.Visible() || g.grid.Visible() || c.view.Visible() || c.first.Text != "Lay 16 pictures out" || !strings.Contains(c.text.Text, "Alike") {
		t.Errorf("cloud %v, wall %v; it offers %q and says %q", c.box.Visible(), g.grid.Visible(), c.first.Text, c.text.Text)
	}
	test.Tap(c.first)
	if c.do.Text != "Stop" || !strings.HasPrefix(g.status.Text, "Laying out") {
		t.Errorf("at work: %q, status %q", c.do.Text, g.status.Text)
	}
	r.until("it is laid out", func() bool { return len(c.names) == 16 && c.cancel == nil })
	if !c.view.Visible() || strings.HasPrefix(g.status.Text, "Laying") || c.note.Text != "" {
		t.Errorf("view %v, status %q, note %q", c.view.Visible(), g.status.Text, c.note.Text)
	}
	if title := c.named(studio.CloudFirst, "→"); !strings.HasPrefix(title, "first principal component of pixels, ") || !strings.HasSuffix(title, " % of the variance →") {
		t.Errorf("the axis is %q", title)
	}
	r.key(fyne.KeyRight)
	one := g.looked()
	if one == nil || len(g.chosen()) != 1 || c.names[c.view.Cursor()] != one.Name {
		t.Fatalf("looked at %v, %d selected", one, len(g.chosen()))
	}
	r.key(fyne.KeyF)
	r.until("it has a star", func() bool { it := g.looked(); return it != nil && it.Favourite })
	r.key(fyne.KeyReturn)
	r.until("it is large", func() bool { return g.compare.box.Visible() && !c.box.Visible() })
	r.key(fyne.KeyEscape)
	if !c.box.Visible() || g.grid.Visible() {
		t.Error("Escape does not go back to the cloud")
	}
	g.selectAll()
	if len(g.chosen()) != 16 || len(c.view.Selected()) != 16 {
		t.Errorf("%d on the wall and %d in the cloud are selected, want all", len(g.chosen()), len(c.view.Selected()))
	}
	r.pick(2, 5)
	if at := c.view.Selected(); len(at) != 2 || c.do.Text != "Lay 2 pictures out" {
		t.Errorf("%v are selected in the cloud, want two; it offers %q", at, c.do.Text)
	}
	// What the filter leaves out has no place; it comes back with the filter.
	r.pick()
	test.Tap(g.filter.stars)
	r.seen(1)
	if len(c.wall) != 1 || c.missing != 0 {
		t.Errorf("%d are on the wall, %d of them not laid out", len(c.wall), c.missing)
	}
	g.filter.clear()
	r.seen(16)
	r.key(fyne.KeyL)
	if c.box.Visible() || !g.grid.Visible() || g.sized.Hidden {
		t.Error("the same key does not go back to the wall")
	}
	r.key(fyne.KeyL)
	g.reopen() // as for another library
	r.seen(16)
	if len(c.names) != 0 || c.view.Visible() || !c.hint.Visible() || c.first.Text != "Lay 16 pictures out" {
		t.Errorf("of another library: %d pictures, it offers %q", len(c.names), c.first.Text)
	}
}

// An axis may be a number of the recipes, and others may tell the pictures apart.
func TestTheCloudsAxes(t *testing.T) {
	r := filled(t)
	g, c := r.gallery, r.gallery.cloud
	g.toggleCloud()
	c.layOut()
	r.until("it is laid out", func() bool { return len(c.names) == 16 && c.cancel == nil })
	i := slices.Index(c.axes, "energy")
	if i < 0 || c.along[1].Options[i] != "energy" {
		t.Fatalf("the axes are %v, %v", c.axes, c.along[1].Options)
	}
	c.along[1].SetSelectedIndex(i)
	lowest, highest := float64(*g.items[0].Energy), float64(*g.items[0].Energy)
	for _, it := range g.items {
		lowest, highest = min(lowest, float64(*it.Energy)), max(highest, float64(*it.Energy))
	}
	if got, want := c.view.Ends(1, 1), studio.CloudNumber("energy", lowest); got != want {
		t.Errorf("the foot of the axis is %q, want %q", got, want)
	}
	if got, want := c.view.Ends(1, 0), studio.CloudNumber("energy", highest); got != want {
		t.Errorf("the head of the axis is %q, want %q", got, want)
	}
	side := g.grid.Side()
	g.rune('+')
	g.rune('0')
	if g.grid.Side() != side || len(c.by.Options) == 0 || c.by.Options[0] != "pixels" {
		t.Errorf("it is told apart by %v", c.by.Options)
	}
}

// A picture that has been damaged is named, the others are laid out; work can be stopped.
func TestTheCloudOfDamagedPictures(t *testing.T) {
	r := filled(t)
	g, c := r.gallery, r.gallery.cloud
	g.toggleCloud()
	c.layOut()
	c.toggleWork() // stops it
	r.until("it has stopped", func() bool { return c.cancel == nil })
	if len(c.names) != 0 || !c.hint.Visible() || r.problem != "" || c.do.Text != "Lay 16 pictures out" {
		t.Errorf("stopped: %d pictures, problem %q, it offers %q", len(c.names), r.problem, c.do.Text)
	}
	if err := os.WriteFile(g.library.open().Path(g.items[3].Name), []byte("\x89PNG"), 0o644); err != nil {
		t.Fatal(err)
	}
	name := g.items[3].Name
	c.layOut()
	r.until("the others are laid out", func() bool { return len(c.names) == 15 && c.cancel == nil })
	if !strings.Contains(r.banner.title.Text, "1 picture is left out") || !strings.Contains(r.banner.text.Text, name) {
		t.Errorf("it says %q, %q", r.banner.title.Text, r.banner.text.Text)
	}
}
