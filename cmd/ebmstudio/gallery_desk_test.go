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
	d.goTo(keyGallery)
	d.until("the wall is seen", func(m *image.RGBA) bool { d.nudge(); return changed(m, before, middleArea, 0.2) })
	d.do("key", "Escape") // the message
	d.until("the message has given its room back", func(m *image.RGBA) bool { d.nudge(); return written(m, firstCaption) })
	plain := d.screen()
	lit := func(m *image.RGBA, caption image.Rectangle) bool { return changed(plain, m, caption, 0.5) }
	d.until("a picture is selected", func(m *image.RGBA) bool {
		if !lit(m, firstCaption) {
			d.move(340, 200)
			d.do("click", "1")
		}
		d.nudge()
		return lit(m, firstCaption)
	})
	d.move(630, 200)
	d.do("keydown", "ctrl", "click", "1", "keyup", "ctrl")
	d.until("two are selected", func(m *image.RGBA) bool { d.nudge(); return lit(m, firstCaption) && lit(m, thirdCaption) })
	d.do("key", "f")
	d.until("both have a star in their files", func(*image.RGBA) bool { return d.stars(folder) == 2 })
	d.keep("gallery")

	wall := d.screen()
	d.do("key", "c")
	d.until("they are compared", func(m *image.RGBA) bool { d.nudge(); return changed(m, wall, middleArea, 0.3) })
	slider := d.screen()
	d.do("key", "4")
	d.until("their difference is seen", func(m *image.RGBA) bool { d.nudge(); return changed(m, slider, middleArea, 0.1) })
	d.keep("compare")
	d.do("key", "Escape")
	d.until("the wall is back", func(m *image.RGBA) bool { d.nudge(); return lit(m, firstCaption) && lit(m, thirdCaption) })
	d.do("key", "Delete")
	d.until("they are in the trash", func(*image.RGBA) bool { return files() == 14 })
	if n := d.stars(folder); n != 0 {
		t.Errorf("%d pictures with a star are left, want none", n)
	}
}

// The button of the task, and the lines below the first and the third picture of the wall.
var (
	firstCaption = image.Rect(288, 256, 394, 270)
	thirdCaption = image.Rect(580, 256, 686, 270)
)

// written reports whether an area has letters on a dark ground, whatever the painter makes
// of their edges.
func written(m *image.RGBA, area image.Rectangle) bool {
	dark, light := 0, 0
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			switch c := m.RGBAAt(x, y); {
			case c.R < 40 && c.B < 50:
				dark++
			case c.R > 90:
				light++
			}
		}
	}
	return 2*dark > area.Dx()*area.Dy() && light > 20
}

// nudge moves the mouse over a button and away, so that the window is painted again: this
// display shows the newest picture only with the one after it.
func (d *desk) nudge() {
	d.Helper()
	d.move(1200, 25)
	d.move(1250, 25)
	d.move(1180, 840)
}

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
