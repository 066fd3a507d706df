package main

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Places of the task Train.
var (
	familyAt   = image.Pt(1160, 108)
	dataAt     = image.Pt(1160, 178)
	folderAt   = image.Pt(1120, 287)
	trainPlots = image.Rect(275, 110, 1010, 480)
	trainText  = image.Rect(1025, 705, 1300, 732)
)

// choose opens a choice at a place and takes the option that so many presses of the down
// key lead to.
func (d *desk) choose(at image.Point, downs int) {
	d.Helper()
	menu := image.Rect(at.X-100, at.Y+20, at.X+60, at.Y+100)
	open := func(m *image.RGBA) bool { return count(m, menu, menuBack) > menu.Dx()*menu.Dy()/2 }
	d.move(at.X, at.Y)
	d.do("click", "1")
	d.until("the choice is open", open)
	for range downs {
		d.do("key", "Down")
	}
	d.do("key", "Return")
	d.until("it is made", func(m *image.RGBA) bool { return !open(m) })
}

// menuBack is behind the options of a choice.
var menuBack = color.RGBA{0x24, 0x29, 0x32, 255}

// TestTrainByMouseAndKeys trains a CDRL model of points by the form's defaults, pauses it,
// lets it go on, and stops it, which keeps it.
func TestTrainByMouseAndKeys(t *testing.T) {
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "moons.safetensors"))
	d.goTo(keyTrain)
	d.choose(familyAt, 2)
	d.choose(dataAt, 7)
	run := filepath.Join(d.dir, "run")
	d.move(folderAt.X, folderAt.Y)
	d.do("click", "1")
	d.do("key", "ctrl+a")
	d.do("type", run)
	d.do("key", "Escape")
	d.move(640, 650)
	d.do("key", "space")
	d.until("there are curves", func(m *image.RGBA) bool { return near(m, trainPlots, selected) > 300 })
	running := d.screen()
	d.do("key", "space")
	d.until("it says that it is paused", func(m *image.RGBA) bool { return changed(m, running, trainText, 0.02) && same(d, trainText) })
	paused := d.screen()
	d.do("key", "space")
	d.until("it goes on", func(m *image.RGBA) bool {
		return changed(m, paused, trainText, 0.02) && changed(m, paused, trainPlots, 0.002)
	})
	d.do("key", "s")
	d.until("it is kept", func(m *image.RGBA) bool {
		_, err := os.Stat(filepath.Join(run, "model.safetensors"))
		return err == nil && d.canStart(m)
	})
	d.keep("train")
}

// same reports whether an area stays as it is for longer than a training takes to tell of
// another iteration.
func same(d *desk, area image.Rectangle) bool {
	before := d.screen()
	time.Sleep(700 * time.Millisecond)
	return !changed(d.screen(), before, area, 0)
}
