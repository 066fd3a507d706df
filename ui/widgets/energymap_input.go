package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// share is a place of the widget as shares of the map; on says whether it lies on it.
func (m *EnergyMap) share(at fyne.Position) (x, y float64, on bool) {
	if m.side <= 0 {
		return 0, 0, false
	}
	x, y = float64((at.X-m.area.X)/m.side), float64((at.Y-m.area.Y)/m.side)
	return x, y, x >= 0 && x <= 1 && y >= 0 && y <= 1 && !m.Empty()
}

// markAt is the mark under a place of the widget, the uppermost first; -1 for none.
func (m *EnergyMap) markAt(at fyne.Position) int {
	for i := len(m.marks) - 1; i >= 0; i-- {
		k := m.marks[i].of
		p := m.PlaceOf(k.X, k.Y)
		if !k.Held && !m.marks[i].disc.Hidden && math.Hypot(float64(p.X-at.X), float64(p.Y-at.Y)) <= markSize/2+2 {
			return i
		}
	}
	return holdsNothing
}

// MouseIn implements desktop.Hoverable. The tool tip belongs to the border: over the map
// it would cover what is looked at.
func (m *EnergyMap) MouseIn(e *desktop.MouseEvent) { m.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (m *EnergyMap) MouseMoved(e *desktop.MouseEvent) {
	m.pointer = e
	x, y, on := m.share(e.Position)
	switch {
	case on && m.tipped:
		m.ToolTipWidget.MouseOut()
	case !on && !m.tipped:
		m.ToolTipWidget.MouseIn(e)
	case !on:
		m.ToolTipWidget.MouseMoved(e)
	}
	m.tipped = !on
	if on && m.OnHover != nil {
		m.OnHover(x, y)
	}
}

// MouseOut implements desktop.Hoverable.
func (m *EnergyMap) MouseOut() {
	m.pointer, m.tipped = nil, false
	m.ToolTipWidget.MouseOut()
}

// Tapped picks the place under the pointer.
func (m *EnergyMap) Tapped(e *fyne.PointEvent) {
	m.focus()
	if x, y, on := m.share(e.Position); on && m.OnPick != nil && m.markAt(e.Position) < 0 {
		m.OnPick(x, y)
	}
}

func (m *EnergyMap) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		c.Focus(m)
	}
}

// MouseDown implements desktop.Mouseable: it says what a drag takes along.
func (m *EnergyMap) MouseDown(e *desktop.MouseEvent) {
	m.held = holdsNothing
	if _, _, on := m.share(e.Position); !on || e.Button == desktop.MouseButtonSecondary {
		return
	}
	m.from = e.Position
	if m.held = m.markAt(e.Position); m.held < 0 {
		m.held = holdsMap
	}
}

// MouseUp implements desktop.Mouseable.
func (m *EnergyMap) MouseUp(*desktop.MouseEvent) {}

// Dragged moves a mark or the map.
func (m *EnergyMap) Dragged(e *fyne.DragEvent) { m.drag(e.Position, false) }

// DragEnd implements fyne.Draggable.
func (m *EnergyMap) DragEnd() {
	switch {
	case m.held >= 0:
		k := m.marks[m.held].of
		held := m.held
		m.held = holdsNothing
		if m.OnMark != nil {
			m.OnMark(held, k.X, k.Y, true)
		}
	case m.held == holdsMap:
		m.held = holdsNothing
		if m.OnPan != nil && m.side > 0 {
			m.OnPan(float64(m.shift.X/m.side), float64(m.shift.Y/m.side), true)
		}
	}
}

func (m *EnergyMap) drag(at fyne.Position, done bool) {
	switch x, y, _ := m.share(at); {
	case m.held >= 0:
		k := &m.marks[m.held].of
		k.X, k.Y = min(max(x, 0), 1), min(max(y, 0), 1)
		m.Refresh()
		if m.OnMark != nil {
			m.OnMark(m.held, k.X, k.Y, done)
		}
	case m.held == holdsMap && m.OnPan != nil:
		m.shift = at.Subtract(m.from)
		m.Refresh()
		m.OnPan(float64(m.shift.X/m.side), float64(m.shift.Y/m.side), done)
	}
}

// Scrolled zooms about the place under the pointer.
func (m *EnergyMap) Scrolled(e *fyne.ScrollEvent) {
	if x, y, on := m.share(e.Position); on && m.OnZoom != nil && e.Scrolled.DY != 0 {
		m.OnZoom(x, y, math.Exp2(min(max(float64(e.Scrolled.DY)/40, -1), 1)))
	}
}

// Cursor implements desktop.Cursorable.
func (m *EnergyMap) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// FocusGained implements fyne.Focusable.
func (m *EnergyMap) FocusGained() {
	m.ring.Show()
	if !m.at {
		m.SetCursor(0.5, 0.5, true)
	}
	m.Refresh()
}

// FocusLost implements fyne.Focusable.
func (m *EnergyMap) FocusLost() { m.ring.Hide(); m.Refresh() }

// TypedRune zooms by + and -.
func (m *EnergyMap) TypedRune(r rune) {
	factor := map[rune]float64{'+': math.Sqrt2, '=': math.Sqrt2, '-': 1 / math.Sqrt2}[r]
	if factor != 0 && m.OnZoom != nil && !m.Empty() {
		m.OnZoom(m.cursor[0], m.cursor[1], factor)
	}
}

// TypedKey moves the cursor by the arrow keys and picks by Enter.
func (m *EnergyMap) TypedKey(e *fyne.KeyEvent) {
	step := map[fyne.KeyName][2]float64{fyne.KeyLeft: {-cutStep, 0}, fyne.KeyRight: {cutStep, 0}, fyne.KeyUp: {0, -cutStep}, fyne.KeyDown: {0, cutStep}}
	by, known := step[e.Name]
	switch {
	case known && !m.Empty():
		m.SetCursor(min(max(m.cursor[0]+by[0], 0), 1), min(max(m.cursor[1]+by[1], 0), 1), true)
		if m.OnHover != nil {
			m.OnHover(m.cursor[0], m.cursor[1])
		}
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && !m.Empty() && m.OnPick != nil:
		m.OnPick(m.cursor[0], m.cursor[1])
	case m.OnKey != nil:
		m.OnKey(e)
	}
}
