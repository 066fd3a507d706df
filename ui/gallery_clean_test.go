package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestRejectingAndCleaningUp(t *testing.T) {
	r := filled(t)
	g := r.gallery
	marked := func() (places []int) {
		for i := range g.items {
			if rejected(&g.items[i]) {
				places = append(places, i)
			}
		}
		return places
	}
	r.pick(1, 2, 3)
	r.key(fyne.KeyD)
	r.until("three are rejected", func() bool { return slices.Equal(marked(), []int{1, 2, 3}) && !g.library.asking })
	if tile := g.thumb(2); !tile.Dim || !strings.HasPrefix(tile.Caption, "✗ ") {
		t.Errorf("a rejected picture looks like %+v", tile)
	}
	r.pick(3)
	r.key(fyne.KeyD)
	r.until("one no longer is", func() bool { return slices.Equal(marked(), []int{1, 2}) && !g.library.asking })
	r.pick(2, 5)
	r.key(fyne.KeyF) // and what follows does not wait for it to be written
	starred := []string{g.items[2].Name, g.items[5].Name}

	clean := g.cleanItems()
	if clean[0].Label != "Remove the rejected ones (1)" || clean[1].Label != "Remove all shown here without a star (14)" {
		t.Errorf("the menu offers %q and %q", clean[0].Label, clean[1].Label)
	}
	clean[0].Action()
	r.seen(15)
	g.cleanItems()[1].Action()
	r.seen(2)
	for _, it := range g.items {
		if !slices.Contains(starred, it.Name) {
			t.Errorf("%s stayed without a star", it.Name)
		}
	}
	if clean = g.cleanItems(); !clean[0].Disabled || !clean[1].Disabled {
		t.Error("there is nothing to clean up, and it can be chosen")
	}
	test.Tap(r.banner.action) // undo
	r.seen(15)
	clean[3].Action() // what was removed before that
	r.seen(16)
	clean[4].Action()
	r.until("the trash is empty", func() bool { return strings.Contains(r.banner.title.Text, "The trash is empty") })

	r.pick(0)
	r.key(fyne.KeyDelete)
	r.seen(15)
	clean[4].Action()
	r.until("it is asked", func() bool { return r.win.Canvas().Overlays().Top() != nil })
	if trash, err := g.library.open().Trash(); err != nil || len(trash) != 1 {
		t.Errorf("before it is answered the trash has %v, %v", trash, err)
	}
	g.deleteTrash(g.library.open())
	r.until("it is deleted", func() bool { return strings.Contains(r.banner.title.Text, "1 picture was deleted") })
}
