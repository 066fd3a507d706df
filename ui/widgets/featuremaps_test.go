package widgets

import (
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// shaded are n small pictures from dark to light.
func shaded(n, w, h int) []*image.RGBA {
	out := make([]*image.RGBA, n)
	for i := range out {
		out[i] = image.NewRGBA(image.Rect(0, 0, w, h))
		for j := range w * h {
			v := uint8((j*37 + i*11) % 256)
			out[i].SetRGBA(j%w, j/w, color.RGBA{v, uint8(i), 255 - v, 255})
		}
	}
	return out
}

func someMaps(n, w, h int) *FeatureMaps {
	m := NewFeatureMaps("Choose a picture to see what the layers make of it")
	m.SetTiles(shaded(n, w, h))
	if n > 0 {
		var colours []color.RGBA
		for i := range 65 {
			colours = append(colours, color.RGBA{uint8(4 * max(0, i-32)), 20, uint8(4 * max(0, 32-i)), 255})
		}
		m.SetScale(colours, "-1.14", "1.14")
	}
	return m
}

func TestFeatureMapGoldens(t *testing.T) {
	for name, build := range map[string]func() fyne.CanvasObject{
		"featuremaps":         func() fyne.CanvasObject { m := someMaps(24, 7, 7); m.Select(9); return m },
		"featuremaps-numbers": func() fyne.CanvasObject { return someMaps(60, 1, 1) },
		"featuremaps-empty":   func() fyne.CanvasObject { return someMaps(0, 1, 1) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, fyne.NewSize(360, 240), build) })
	}
}

// TestFeatureMapsPick: what is tapped is what is drawn there, at every scale.
func TestFeatureMapsPick(t *testing.T) {
	for _, c := range []struct{ n, w, h int }{{1, 28, 28}, {24, 7, 7}, {512, 32, 32}, {257, 1, 1}} {
		m := someMaps(c.n, c.w, c.h)
		w := test.NewTempWindow(t, m)
		w.Resize(fyne.NewSize(700, 460))
		picked := -1
		m.OnPick = func(i int) { picked = i }
		for i := range c.n {
			p := m.place
			middle := p.origin.AddXY((float32(i%p.columns)+0.4)*p.pitch.Width, (float32(i/p.columns)+0.4)*p.pitch.Height)
			if bottom := m.Size().Height - mapsBottom; middle.Y > bottom || middle.X > m.Size().Width {
				t.Fatalf("%d tiles of %dx%d: tile %d lies outside, at %v", c.n, c.w, c.h, i, middle)
			}
			if m.Tapped(&fyne.PointEvent{Position: middle}); picked != i || m.Selected() != i {
				t.Fatalf("%d tiles of %dx%d: tapped %d, picked %d", c.n, c.w, c.h, i, picked)
			}
		}
		sheet := m.sheet.Image.(*image.RGBA)
		last := m.tiles[c.n-1].RGBAAt(0, 0)
		p := m.place
		x, y := int((c.n-1)%p.columns*int(p.pitch.Width*p.scale+0.5)), (c.n-1)/p.columns*int(p.pitch.Height*p.scale+0.5)
		if found := sheet.RGBAAt(x, y); found != last {
			t.Errorf("%d tiles of %dx%d: the last tile begins with %v, want %v", c.n, c.w, c.h, found, last)
		}
		picked = -1
		m.Tapped(&fyne.PointEvent{Position: fyne.NewPos(0, 0)})
		m.Tapped(&fyne.PointEvent{Position: fyne.NewPos(m.Size().Width/2, m.Size().Height-2)})
		if picked != -1 {
			t.Errorf("%d tiles of %dx%d: the margin picks tile %d", c.n, c.w, c.h, picked)
		}
	}
}
