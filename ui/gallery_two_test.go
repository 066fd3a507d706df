package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/studio/studiotest"
)

// another is a second window of the same program.
func (r *rig) another() *rig {
	r.Helper()
	w, err := newWindow(r.app, Options{Studio: studiotest.New(r, studiotest.Options{}), Version: "test"}, func(f func()) { r.queue <- f })
	if err != nil {
		r.Fatal(err)
	}
	w.chooser = r.asked
	w.win.Show()
	r.Cleanup(func() {
		w.close()
		w.busy.Wait()
		w.win.Close()
	})
	return &rig{T: r.T, Window: w, queue: r.queue, asked: r.asked}
}

// What one window does to a library, the other sees; what both do at once is all done.
func TestTwoWindowsOnOneLibrary(t *testing.T) {
	a := filled(t)
	b := a.another()
	b.gallery.library.watched = true // it looks at the folder only when told to
	b.tasks.to(taskGallery)
	b.seen(16)
	name := func(i int) string { return a.gallery.items[i].Name }
	has := func(r *rig, i int, star bool, tags ...string) bool {
		it := r.gallery.items[i]
		return it.Favourite == star && slices.Equal(it.Tags, tags)
	}
	a.pick(0, 1)
	b.pick(0, 1, 2)
	a.key(fyne.KeyF)
	b.gallery.addTag("both")
	for _, r := range []*rig{a, b} {
		r.until("star and tag are seen in both windows", func() bool {
			r.gallery.rescan()
			return has(r, 0, true, "both") && has(r, 1, true, "both") && has(r, 2, false, "both")
		})
	}
	// One removes what the other has selected and does not know of yet: nothing of what
	// came before may be under way, or the other would hear of it.
	a.seen(16)
	b.seen(16)
	gone, stays := name(5), name(6)
	b.pick(5, 6)
	b.until("it has read the picture", func() bool { return b.gallery.details.settings != "" })
	a.pick(5)
	a.key(fyne.KeyDelete)
	a.seen(15)
	b.key(fyne.KeyF)
	b.until("what vanished is named", func() bool { return strings.Contains(b.problem, gone) })
	b.seen(15)
	if it := b.gallery.looked(); it == nil || it.Name != stays || !it.Favourite {
		t.Errorf("the other window looks at %+v, want %s with a star", it, stays)
	}
	test.Tap(a.banner.action)
	a.seen(16)
	b.gallery.rescan()
	b.seen(16)
}
