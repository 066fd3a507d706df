package main

import (
	"image"
	"path/filepath"
	"testing"
	"time"
)

// TestLandscapeByMouseAndKeys draws chains, looks at the map that they span, points at places
// of it and lets chains begin where it clicks.
func TestLandscapeByMouseAndKeys(t *testing.T) {
	t.Setenv("EBMSTUDIO_LIBRARY", filepath.Join(t.TempDir(), "library"))
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "fashion-28.safetensors"))
	empty := d.screen()
	d.do("key", "space")
	d.until("the run is done", func(m *image.RGBA) bool { return changed(m, empty, middleArea, 0.2) && d.canStart(m) })
	before := d.screen()
	began := time.Now()
	d.goTo(keyLandscape)
	d.until("a map is seen", func(m *image.RGBA) bool { return changed(m, before, mapArea, 0.8) && shades(m, mapArea) > 500 })
	t.Logf("the map was seen %s after the key", time.Since(began).Round(10*time.Millisecond))
	plain := d.screen()
	d.move(mapArea.Min.X+60, mapArea.Min.Y+60)
	d.until("the place under the pointer is shown", func(m *image.RGBA) bool { return changed(m, plain, lookArea, 0.3) })
	first := d.screen()
	at := image.Pt((mapArea.Min.X+mapArea.Max.X)/2, (mapArea.Min.Y+mapArea.Max.Y)/2)
	d.move(at.X, at.Y)
	d.until("another place is shown", func(m *image.RGBA) bool { return changed(m, first, lookArea, 0.05) })
	map1 := d.screen()
	d.do("click", "1")
	d.until("chains have begun there", func(m *image.RGBA) bool { return !d.canStart(m) })
	d.until("the run is done", d.canStart)
	d.until("the paths on the map are others", func(m *image.RGBA) bool { return changed(m, map1, mapArea, 0.002) })
	d.keep("landscape")
}

// Places of the task Landscape: within the map, and the picture beside it.
var (
	mapArea  = image.Rect(400, 140, 700, 440)
	lookArea = image.Rect(800, 100, 1000, 290)
)

// shades is the number of colours in an area.
func shades(m *image.RGBA, area image.Rectangle) int {
	seen := map[[4]uint8]bool{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := m.RGBAAt(x, y)
			seen[[4]uint8{c.R, c.G, c.B, c.A}] = true
		}
	}
	return len(seen)
}
