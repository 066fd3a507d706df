package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

// CreateRenderer implements fyne.Widget.
func (m *EnergyMap) CreateRenderer() fyne.WidgetRenderer {
	r := &energyMapRenderer{m}
	r.Refresh()
	return r
}

type energyMapRenderer struct{ m *EnergyMap }

const (
	energyLeft, energyTop, energyBottom, energyRight = 44, 24, 18, 66
	energyMinSide                                    = 124
)

func energyEdges() edges { return edges{energyLeft, energyTop, energyRight, energyBottom} }

// MinSize implements fyne.WidgetRenderer.
func (r *energyMapRenderer) MinSize() fyne.Size {
	return energyEdges().minSize(energyMinSide)
}

// Layout centres the largest square that fits.
func (r *energyMapRenderer) Layout(size fyne.Size) {
	m := r.m
	m.area, m.side = energyEdges().square(size)
	square := fyne.NewSquareSize(m.side)
	for _, o := range []fyne.CanvasObject{m.back, m.ring, m.clip} {
		o.Move(m.area)
		o.Resize(square)
	}
	for _, o := range []fyne.CanvasObject{m.picture, m.layer} {
		o.Move(m.shift)
		o.Resize(square)
	}
	m.mapWords.place(energyEdges(), m.area, m.side)
	for i, t := range m.ticks {
		s := t.MinSize()
		t.Resize(s)
		end := float32(i % 2)
		if i < 2 {
			t.Move(fyne.NewPos(m.area.X+end*(m.side-s.Width), m.area.Y+m.side+3))
		} else {
			t.Move(fyne.NewPos(m.area.X-s.Width-5, m.area.Y+end*(m.side-s.Height)))
		}
	}
	m.bar.Move(m.area.AddXY(m.side+8, 0))
	m.bar.Resize(fyne.NewSize(barWidth, m.side))
	for i, t := range m.barTexts {
		s := t.MinSize()
		t.Resize(s)
		t.Move(m.area.AddXY(m.side+8+barWidth+4, float32(i)*(m.side-s.Height)))
	}
	for _, k := range m.marks {
		at := m.PlaceOf(k.of.X, k.of.Y)
		k.disc.Move(at.SubtractXY(markSize/2, markSize/2))
		k.disc.Resize(fyne.NewSquareSize(markSize))
		s := k.text.MinSize()
		k.text.Move(at.SubtractXY(s.Width/2, s.Height/2))
		k.text.Resize(s)
		hidden := m.Empty() || k.of.X < -0.001 || k.of.X > 1.001 || k.of.Y < -0.001 || k.of.Y > 1.001
		k.disc.Hidden, k.text.Hidden = hidden, hidden
	}
	m.placeLines()
	if f := m.Frame(); f != m.seen && f.Side > 0 {
		m.seen = f
		if m.OnResize != nil {
			m.OnResize()
		}
	}
}

// Refresh implements fyne.WidgetRenderer.
func (r *energyMapRenderer) Refresh() {
	m := r.m
	low, small := m.colour(m.Theme())
	m.back.FillColor = colorOf(m, ColorPanel)
	m.ring.StrokeColor, m.ring.StrokeWidth = colorOf(m, theme.ColorNamePrimary), 2
	empty := m.Empty()
	m.picture.Hidden, m.note.Hidden, m.layer.Hidden, m.bar.Hidden = empty, !empty, m.layer.Image == nil || empty, m.bar.Image == nil || empty
	for _, t := range m.ticks {
		t.Color, t.TextSize, t.Hidden = low, small, empty
	}
	for _, t := range m.barTexts {
		t.Color, t.TextSize, t.Hidden = low, small, m.bar.Hidden
	}
	for _, k := range m.marks {
		k.disc.FillColor, k.disc.StrokeColor, k.disc.StrokeWidth = color.White, color.NRGBA{0, 0, 0, 200}, 1.5
		k.text.Color, k.text.TextSize, k.text.TextStyle.Bold = color.Black, small+1, true
	}
	m.cut.StrokeColor, m.cut.StrokeWidth = color.NRGBA{255, 255, 255, 170}, 1
	for _, l := range m.cross {
		l.StrokeColor, l.StrokeWidth = colorOf(m, ColorCurveSelected), 2
	}
	r.Layout(m.Size())
	canvas.Refresh(m)
}

// Objects implements fyne.WidgetRenderer.
func (r *energyMapRenderer) Objects() []fyne.CanvasObject {
	m := r.m
	objects := []fyne.CanvasObject{m.back, m.clip, m.note, m.cut}
	for _, k := range m.marks {
		objects = append(objects, k.disc, k.text)
	}
	objects = append(objects, m.cross[0], m.cross[1], m.ring, m.title, m.readout, m.bar, m.barTexts[0], m.barTexts[1])
	for _, t := range m.ticks {
		objects = append(objects, t)
	}
	return objects
}

// Destroy implements fyne.WidgetRenderer.
func (r *energyMapRenderer) Destroy() {}
