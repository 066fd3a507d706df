package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"ebmstudio/studio"
)

// Places of the inpaint view: the canvas, the button that accepts.
var (
	canvasArea   = image.Rect(272, 96, 742, 520)
	acceptButton = image.Rect(752, 517, 870, 545)
)

// idleButton is the theme's colour of a button that does nothing now, dark.
var idleButton = color.RGBA{0x20, 0x25, 0x2d, 255}

// easel is the picture on the canvas: where it lies on the screen, and what it looks like
// without a mask.
type easel struct {
	*desk
	box   image.Rectangle
	side  int // pixels of the picture across
	plain *image.RGBA
}

// newEasel finds the picture, which is all that is not the ground around it.
func newEasel(d *desk, side int) *easel {
	d.Helper()
	e := &easel{desk: d, side: side}
	d.until("there is a picture to paint on", func(m *image.RGBA) bool {
		d.nudge()
		ground := m.RGBAAt(canvasArea.Min.X, canvasArea.Min.Y)
		e.box = image.Rectangle{}
		for y := canvasArea.Min.Y; y < canvasArea.Max.Y; y++ {
			for x := canvasArea.Min.X; x < canvasArea.Max.X; x++ {
				if m.RGBAAt(x, y) != ground {
					e.box = e.box.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		if e.box.Dx()%side == 2 { // a frame around it
			e.box = e.box.Inset(1)
		}
		e.plain = m
		return e.box.Dx() == e.box.Dy() && e.box.Dx() >= 8*side && e.box.Dx()%side == 0
	})
	return e
}

// at is the place of a pixel's middle on the screen.
func (e *easel) at(x, y int) image.Point {
	zoom := e.box.Dx() / e.side
	return e.box.Min.Add(image.Pt(x*zoom+zoom/2, y*zoom+zoom/2))
}

func (e *easel) colour(m *image.RGBA, x, y int) color.RGBA {
	p := e.at(x, y)
	return m.RGBAAt(p.X, p.Y)
}

// drag presses a button and moves through pixels.
func (e *easel) drag(button string, pixels ...image.Point) {
	e.Helper()
	for i, q := range pixels {
		p := e.at(q.X, q.Y)
		e.move(p.X, p.Y)
		time.Sleep(40 * time.Millisecond)
		if i == 0 {
			e.do("mousedown", button)
			time.Sleep(40 * time.Millisecond)
		}
	}
	e.do("mouseup", button)
}

// tinted reports whether a pixel looks as it did without a mask, under a tint of 55 %.
func (e *easel) tinted(m *image.RGBA, x, y int, tint color.RGBA) bool {
	const share = 140. / 255
	was, is := e.colour(e.plain, x, y), e.colour(m, x, y)
	near := func(is, was, tint uint8) bool {
		d := float64(is) - (float64(was)*(1-share) + float64(tint)*share)
		return d > -4 && d < 4
	}
	return near(is.R, was.R, tint.R) && near(is.G, was.G, tint.G) && near(is.B, was.B, tint.B)
}

func (e *easel) untouched(m *image.RGBA, x, y int) bool {
	return e.colour(m, x, y) == e.colour(e.plain, x, y)
}

func row(y, from, to int) (line []image.Point) {
	for x := from; x <= to; x++ {
		line = append(line, image.Pt(x, y))
	}
	return line
}

// levels are the values of a recipe's map.
func levels(t *testing.T, data []byte) *image.Gray {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	grey, ok := m.(*image.Gray)
	if !ok {
		t.Fatalf("found a map of %T, want grey", m)
	}
	return grey
}

// TestInpaintByMouseAndKeys takes a sample as the picture, paints a mask with brush and
// lasso, erases with the right button, undoes and redoes, looks at answers, keeps one as a
// file, accepts it, takes that back, and paints temperatures for another run.
func TestInpaintByMouseAndKeys(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "library")
	t.Setenv("EBMSTUDIO_LIBRARY", folder)
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "cdrl-faces-16.safetensors"))
	empty := d.screen()
	d.do("key", "space")
	d.until("the run is done", func(m *image.RGBA) bool { d.nudge(); return changed(m, empty, middleArea, 0.2) && d.canStart(m) })
	d.do("key", "e")
	d.until("the task has changed", func(m *image.RGBA) bool { d.nudge(); return count(m, acceptButton, idleButton) > 800 })
	e := newEasel(d, 16)
	seen := func(what string, holds func(m *image.RGBA) bool) {
		t.Helper()
		d.until(what, func(m *image.RGBA) bool { d.nudge(); return holds(m) })
	}
	red, amber := color.RGBA{255, 64, 64, 255}, color.RGBA{255, 170, 0, 255}

	for range 4 {
		d.do("key", "bracketleft") // a brush of one pixel
	}
	e.drag("1", row(5, 4, 11)...)
	seen("the stroke is seen, and nothing else", func(m *image.RGBA) bool {
		for x := range 16 {
			if on := x >= 4 && x <= 11; on != e.tinted(m, x, 5, red) || on == e.untouched(m, x, 5) || !e.untouched(m, x, 4) || !e.untouched(m, x, 6) {
				return false
			}
		}
		return true
	})
	e.drag("3", row(5, 6, 7)...)
	seen("the right button has erased", func(m *image.RGBA) bool {
		return e.untouched(m, 6, 5) && e.untouched(m, 7, 5) && e.tinted(m, 8, 5, red)
	})
	d.do("key", "ctrl+z")
	seen("undo has brought it back", func(m *image.RGBA) bool { return e.tinted(m, 6, 5, red) })
	d.do("key", "ctrl+shift+z")
	seen("redo has erased it again", func(m *image.RGBA) bool { return e.untouched(m, 6, 5) })
	d.do("key", "ctrl+z")
	d.do("key", "l")
	e.drag("1", image.Pt(3, 8), image.Pt(8, 8), image.Pt(8, 12), image.Pt(3, 12), image.Pt(3, 9))
	seen("the lasso has taken what it encloses", func(m *image.RGBA) bool {
		return e.tinted(m, 5, 10, red) && e.tinted(m, 6, 5, red) && e.untouched(m, 10, 10)
	})

	d.do("key", "space")
	accepts := func(m *image.RGBA) bool { return count(m, acceptButton, primary) > 800 && d.canStart(m) }
	seen("there are answers", func(m *image.RGBA) bool {
		return accepts(m) && e.untouched(m, 0, 0) && e.untouched(m, 10, 10) && !e.untouched(m, 5, 10)
	})
	first := d.screen()
	d.do("key", "n")
	seen("the next answer is seen", func(m *image.RGBA) bool { return e.colour(m, 5, 10) != e.colour(first, 5, 10) })
	answer := d.screen()
	d.do("key", "k")
	files := func() []string {
		all, err := filepath.Glob(filepath.Join(folder, "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		return all
	}
	seen("the answer is a file", func(*image.RGBA) bool { return len(files()) == 1 })
	saved := files()[0]
	recipe, _, picture, err := studio.ReadPicture(saved)
	if err != nil {
		t.Fatal(err)
	}
	mask := levels(t, recipe.Known.Mask)
	for _, c := range []struct{ x, y, want int }{{4, 5, 255}, {6, 5, 255}, {11, 5, 255}, {12, 5, 0}, {5, 10, 255}, {0, 0, 0}, {10, 10, 0}} {
		if got := mask.GrayAt(c.x, c.y).Y; int(got) != c.want {
			t.Errorf("the file's mask at %d,%d: found %d, want %d", c.x, c.y, got, c.want)
		}
	}
	for _, q := range []image.Point{{0, 0}, {5, 10}, {6, 5}} {
		if got := color.RGBAModel.Convert(picture.At(q.X, q.Y)); got != e.colour(answer, q.X, q.Y) {
			t.Errorf("the file at %v: found %v, want %v as on the screen", q, got, e.colour(answer, q.X, q.Y))
		}
	}

	d.do("key", "Return")
	original := e.plain
	e.plain = answer
	seen("the answer is the picture, under the mask", func(m *image.RGBA) bool {
		return count(m, acceptButton, primary) < 100 && e.tinted(m, 5, 10, red) && e.untouched(m, 0, 0)
	})
	d.do("key", "ctrl+z")
	e.plain = original
	seen("the picture before is back", func(m *image.RGBA) bool { return accepts(m) && e.tinted(m, 5, 10, red) })

	d.do("key", "h")
	d.do("key", "b")
	e.drag("1", row(13, 9, 12)...)
	seen("temperatures are seen in their colour", func(m *image.RGBA) bool {
		return e.tinted(m, 9, 13, amber) && e.tinted(m, 12, 13, amber) && e.untouched(m, 13, 13) && !e.tinted(m, 5, 10, red) && !e.untouched(m, 5, 10)
	})
	d.do("key", "1")
	seen("1 makes them faint", func(m *image.RGBA) bool { return !e.tinted(m, 9, 13, amber) && !e.untouched(m, 9, 13) })
	d.do("key", "space")
	seen("there are tempered answers", func(m *image.RGBA) bool { return accepts(m) && e.untouched(m, 9, 13) && !e.untouched(m, 5, 10) })
	d.do("key", "k")
	seen("one of them is a file", func(*image.RGBA) bool { return len(files()) == 2 })
	for _, path := range files() {
		if path == saved {
			continue
		}
		recipe, _, _, err := studio.ReadPicture(path)
		if err != nil || recipe.Temperature == nil {
			t.Fatalf("found no temperatures in %s: %v", strconv.Quote(path), err)
		}
		if heat := levels(t, recipe.Temperature.Map); heat.GrayAt(10, 13).Y != 255 || heat.GrayAt(5, 10).Y != studio.PlainLevel {
			t.Errorf("found temperatures %d and %d, want 255 and %d", heat.GrayAt(10, 13).Y, heat.GrayAt(5, 10).Y, studio.PlainLevel)
		}
	}
	d.keep("inpaint")
}
