package main

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/studio"
)

// TestGalleryByMouseAndKeys keeps the pictures of a run, stars two of them that are
// selected with the mouse, looks at them compared, and removes one.
func TestGalleryByMouseAndKeys(t *testing.T) {
	t.Setenv("EBMSTUDIO_LIBRARY", filepath.Join(t.TempDir(), "library"))
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "cdrl-faces-16.safetensors"))
	empty := d.screen()
	d.do("key", "space")
	d.until("the run is done", func(m *image.RGBA) bool { return changed(m, empty, middleArea, 0.2) && d.canStart(m) })
	d.do("key", "shift+k")
	folder := os.Getenv("EBMSTUDIO_LIBRARY")
	files := func() int {
		all, err := filepath.Glob(filepath.Join(folder, "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	d.until("the pictures are kept", func(*image.RGBA) bool { return files() == 16 })

	before := d.screen()
	d.do("key", "ctrl+5")
	d.until("the wall is seen", func(m *image.RGBA) bool {
		return changed(m, before, middleArea, 0.2) && count(m, galleryButton, primary) > 1000
	})
	d.do("key", "Escape") // the message
	ring := func(m *image.RGBA) int { return count(m, middleArea, selected) }
	d.move(340, 200)
	d.until("a picture is selected", func(m *image.RGBA) bool {
		if ring(m) == 0 {
			d.do("click", "1")
		}
		return ring(m) > 300
	})
	one := ring(d.screen())
	d.move(630, 200)
	d.do("keydown", "ctrl", "click", "1", "keyup", "ctrl")
	d.until("two are selected", func(m *image.RGBA) bool { return ring(m) > one*3/2 })
	d.do("key", "f")
	d.until("both have a star in their files", func(*image.RGBA) bool { return d.stars(folder) == 2 })
	d.keep("gallery")

	wall := d.screen()
	d.do("key", "c")
	d.until("they are compared", func(m *image.RGBA) bool { return changed(m, wall, middleArea, 0.3) })
	slider := d.screen()
	d.do("key", "4")
	d.until("their difference is seen", func(m *image.RGBA) bool { return changed(m, slider, middleArea, 0.1) })
	d.keep("compare")
	d.do("key", "Escape")
	d.until("the wall is back", func(m *image.RGBA) bool { return ring(m) > one*3/2 })
	d.do("key", "Delete")
	d.until("they are in the trash", func(*image.RGBA) bool { return files() == 14 })
	if n := d.stars(folder); n != 0 {
		t.Errorf("%d pictures with a star are left, want none", n)
	}
}

// galleryButton is the button of the task.
var galleryButton = image.Rect(660, 5, 740, 45)

// stars is how many pictures of a library have one.
func (d *desk) stars(folder string) int {
	d.Helper()
	l, err := studio.OpenLibrary(d.Context(), folder, func(line string) {
		if !strings.Contains(line, "rebuilt") {
			d.Error(line)
		}
	})
	if err != nil {
		d.Fatal(err)
	}
	defer l.Close()
	p, err := l.Page(d.Context(), studio.LibraryQuery{Favourite: true})
	if err != nil {
		d.Fatal(err)
	}
	return p.Total
}
