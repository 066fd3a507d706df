package main

import (
	"image"
	"image/color"
	"path/filepath"
	"testing"
)

// Places of the task Tensors.
var (
	histogramArea = image.Rect(400, 620, 1000, 800)
	mapsArea      = image.Rect(590, 95, 1000, 745)
	pairsArea     = image.Rect(365, 155, 1000, 800)
	weightsRow    = image.Pt(450, 210)
	activations   = image.Pt(307, 99)
	compareAt     = image.Pt(307, 135)
	layerRow      = image.Pt(430, 350)
	againstRaw    = image.Pt(570, 72)
)

// cold and warm are about the colours of numbers below and above 0.
var cold, warm = color.RGBA{0x2f, 0x6d, 0xb0, 255}, color.RGBA{0xb0, 0x48, 0x2c, 255}

// TestTensorsByMouse looks at the histogram of a tensor, at the activations of a chain, of
// one layer and of another, and compares averaged weights with raw ones.
func TestTensorsByMouse(t *testing.T) {
	d := openDesk(t, filepath.Join("..", "..", "resources", "models", "fashion-28.safetensors"))
	click := func(at image.Point) {
		d.move(at.X, at.Y)
		d.do("click", "1")
	}
	d.goTo("ctrl+9")
	d.until("a histogram is drawn", func(m *image.RGBA) bool { return count(m, histogramArea, selected) > 200 })
	before := d.screen()
	click(weightsRow)
	d.until("another tensor's histogram is drawn", func(m *image.RGBA) bool {
		return changed(m, before, histogramArea, 0.02) && count(m, histogramArea, selected) > 100
	})
	click(activations)
	click(image.Pt((startArea.Min.X+startArea.Max.X)/2, (startArea.Min.Y+startArea.Max.Y)/2)) // draws chains
	maps := func(m *image.RGBA) bool { return near(m, mapsArea, cold) > 2000 && near(m, mapsArea, warm) > 1000 }
	d.until("feature maps follow the chains", maps)
	d.move(layerRow.X, layerRow.Y) // Start has another colour below the mouse
	d.until("the chains have ended", d.canStart)
	before = d.screen()
	click(layerRow)
	d.until("another layer's maps are drawn", func(m *image.RGBA) bool { return changed(m, before, mapsArea, 0.1) && maps(m) })
	d.keep("activations")
	click(compareAt)
	d.until("what to do for a comparison is said", func(m *image.RGBA) bool { return !maps(m) })
	before = d.screen()
	click(againstRaw)
	d.until("the pairs are listed", func(m *image.RGBA) bool { return changed(m, before, pairsArea, 0.04) })
	d.keep("weights")
}
