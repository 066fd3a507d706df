package main

import (
	"archive/zip"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/studio"
)

// TestGalleryByMouseAndKeys keeps the pictures of a run, stars two of them that are
// selected with the mouse, exports them by the desktop's own dialog, looks at them
// compared, and removes them.
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
	d.until("the first picture has its caption", func(m *image.RGBA) bool { d.nudge(); return written(m, firstCaption) })
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

	zipped := filepath.Join(t.TempDir(), "two.zip")
	d.do("key", "x")
	d.until("the forms are seen", func(m *image.RGBA) bool {
		d.move(300, 842) // away from the menu, where a form would be lit
		d.move(320, 842)
		return changed(plain, m, exportMenu, 0.1)
	})
	d.do("key", "--delay", "60", "Down", "Down", "Down", "Down", "Down", "Down", "Return") // ZIP with recipes
	d.saveAs(zipped)
	d.until("the archive is written", func(*image.RGBA) bool { _, err := os.Stat(zipped); return err == nil })
	if names := recipesIn(t, zipped); len(names) != 2 {
		t.Errorf("found recipes in %v of the archive, want those of the two pictures", names)
	}
	d.do("key", "Escape") // the message
	d.until("the wall is as it was", func(m *image.RGBA) bool { d.nudge(); return lit(m, firstCaption) && lit(m, thirdCaption) })

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

// The lines below the first and the third picture of the wall, and a part of the menu of
// forms.
var (
	exportMenu   = image.Rect(1060, 700, 1300, 840)
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

// saveAs answers the desktop's dialog, a window of its own, with a path. There is no window
// manager here that would give it the keys.
func (d *desk) saveAs(path string) {
	d.Helper()
	var windows []string
	d.until("the dialog is open", func(*image.RGBA) bool {
		windows = d.windows("^Save File$")
		return len(windows) > 0
	})
	d.do("windowfocus", "--sync", windows[0])
	d.do("key", "ctrl+a")
	d.do("type", "--delay", "20", path)
	d.do("key", "Return")
}

// windows are those on the display whose titles match.
func (d *desk) windows(title string) []string {
	d.Helper()
	c := exec.Command("xdotool", "search", "--onlyvisible", "--name", title)
	c.Env = append(os.Environ(), "DISPLAY="+d.display)
	out, err := c.Output()
	if err != nil {
		return nil // it fails where there is none
	}
	return strings.Fields(string(out))
}

// recipesIn are the files of an archive whose names end as recipes do.
func recipesIn(t *testing.T, path string) []string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".json") {
			names = append(names, f.Name)
		}
	}
	return names
}
