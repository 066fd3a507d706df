package main

import (
	"image"
	"image/color"
	"path/filepath"
	"testing"
)

// Places of the task Score.
var (
	scorePlots  = image.Rect(275, 85, 1010, 360)
	nearArea    = image.Rect(640, 560, 1010, 820)
	scoreTable  = image.Rect(275, 560, 600, 820)
	histogramAt = image.Pt(500, 250)
)

// near counts the pixels of about a colour.
func near(m *image.RGBA, area image.Rectangle, c color.RGBA) (n int) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if alike(m.RGBAAt(x, y), c) {
				n++
			}
		}
	}
	return n
}

// TestScoreByMouseAndKeys scores averages of two faces against faces, moves the threshold
// by a click in the histogram and looks at another score.
func TestScoreByMouseAndKeys(t *testing.T) {
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "cdrl-faces-16.safetensors"))
	d.goTo(keyScore)
	d.do("key", "space")
	d.until("the report is drawn", func(m *image.RGBA) bool { return count(m, scorePlots, selected) > 300 && d.canStart(m) })
	d.until("there are borderline pictures", func(m *image.RGBA) bool { return near(m, nearArea, selected) > 40 })
	d.keep("score")
	before := d.screen()
	d.move(histogramAt.X, histogramAt.Y)
	d.do("click", "1")
	d.until("other pictures are at the threshold", func(m *image.RGBA) bool { return changed(m, before, nearArea, 0.1) })
	before = d.screen()
	d.do("key", "Down")
	d.until("another score is looked at", func(m *image.RGBA) bool {
		return changed(m, before, scorePlots, 0.05) && changed(m, before, scoreTable, 0.05)
	})
	d.do("key", "t")
	d.until("the window is light", func(m *image.RGBA) bool { return m.RGBAAt(1000, 60).R > 200 })
	d.keep("score-light")
}
