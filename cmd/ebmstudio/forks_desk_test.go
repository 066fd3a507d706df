package main

import (
	"image"
	"math"
	"path/filepath"
	"testing"
)

// Places of the window of 1320 by 860: the rail's second button, the tree of forks, and
// in it the steps from the first to the last; the scrubber's track.
var (
	forksButton = image.Rect(274, 92, 330, 122)
	mixingPlace = image.Pt(301, 143)
	treeArea    = image.Rect(340, 92, 1000, 260)
	treeFrom    = 347
	treeTo      = 940
	trackY      = 647
	trackFrom   = 474
	trackTo     = 824
)

// bar is the longest level line of the selected run's colour in the tree of forks.
func bar(m *image.RGBA) (from, to, y int) {
	for row := treeArea.Min.Y; row < treeArea.Max.Y; row++ {
		run := 0
		for x := treeArea.Min.X; x <= treeArea.Max.X; x++ {
			if x < treeArea.Max.X && m.RGBAAt(x, row) == selected {
				run++
				continue
			}
			if run > to-from {
				from, to, y = x-run, x, row
			}
			run = 0
		}
	}
	return from, to, y
}

// TestForkByMouseAndKeys runs chains, goes back by the scrubber, forks there with a key,
// sees the fork in the tree below its run, goes back to the run with a click, and looks
// at how the chains mix.
func TestForkByMouseAndKeys(t *testing.T) {
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "cdrl-faces-16.safetensors"))
	empty := d.screen()
	d.do("key", "space")
	d.until("the run is done", func(m *image.RGBA) bool { return changed(m, empty, middleArea, 0.2) && d.canStart(m) })
	end := d.screen()
	const at = 620
	d.move(at, trackY)
	d.do("click", "1")
	d.until("an earlier step is shown", func(m *image.RGBA) bool { return changed(m, end, middleArea, 0.1) })
	d.move(640, 460)
	d.do("key", "f")
	d.until("the forks are looked at", func(m *image.RGBA) bool { return count(m, forksButton, primary) > 800 })
	d.until("the fork is done", func(m *image.RGBA) bool {
		from, to, _ := bar(m)
		return d.canStart(m) && from > treeFrom+20 && to >= treeTo-4
	})
	from, _, row := bar(d.screen())
	found := float64(from-treeFrom) / float64(treeTo-treeFrom)
	if want := float64(at-trackFrom) / float64(trackTo-trackFrom); math.Abs(found-want) > 0.06 {
		t.Errorf("the fork begins at %.2f of the run in the tree, want %.2f, where the scrubber was", found, want)
	}
	d.keep("forks")
	d.move(700, row-48)
	d.do("click", "1")
	d.move(640, 460) // off the bar that is looked for
	d.until("the first run is looked at", func(m *image.RGBA) bool {
		from, to, y := bar(m)
		return from <= treeFrom+4 && to >= treeTo-4 && y < row
	})
	before := d.screen()
	d.move(mixingPlace.X, mixingPlace.Y)
	d.do("click", "1")
	d.until("the mixing report is shown", func(m *image.RGBA) bool {
		return changed(m, before, middleArea, 0.1) && count(m, forksButton, primary) == 0
	})
	d.keep("mixing")
}
