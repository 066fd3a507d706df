package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// cloudHand is what the pointer does.
type cloudHand struct {
	from, last fyne.Position // where the button went down, and where the drag is
	pans       bool          // the drag moves the view
	dragged    bool
	base       []int // selected before the band
	press      [2]thumbPress
	over       int // picture under the pointer, -1 for none
}

// MouseDown implements desktop.Mouseable: it says what a drag would do.
func (c *Cloud) MouseDown(e *desktop.MouseEvent) {
	h := &c.hand
	h.from, h.last, h.dragged, h.base = e.Position, e.Position, false, c.choice.sorted()
	h.pans = e.Button == desktop.MouseButtonTertiary || e.Modifier&(fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0
	h.press = [2]thumbPress{h.press[1], {c.pictureAt(e.Position), e.Button == desktop.MouseButtonPrimary && e.Modifier == 0}}
	c.hover(-1, e.Position)
}

// MouseUp selects what was clicked; a drag is no click.
func (c *Cloud) MouseUp(e *desktop.MouseEvent) {
	if c.hand.dragged || e.Button == desktop.MouseButtonTertiary {
		return
	}
	i := c.pictureAt(e.Position)
	more := e.Modifier&(fyne.KeyModifierShift|fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0
	switch {
	case e.Button == desktop.MouseButtonSecondary && (i < 0 || c.choice.set[i]), i < 0 && more:
		return
	case more:
		c.choice.toggle(i)
	default:
		c.choice.only(i)
	}
	c.selected()
}

// TappedSecondary asks for a menu.
func (c *Cloud) TappedSecondary(e *fyne.PointEvent) {
	if i := c.pictureAt(e.Position); i >= 0 && c.OnMenu != nil {
		c.OnMenu(i, e.AbsolutePosition)
	}
}

// DoubleTapped opens a picture that was clicked twice.
func (c *Cloud) DoubleTapped(e *fyne.PointEvent) {
	if i := c.pictureAt(e.Position); i >= 0 && opens(c.hand.press, i) && c.OnOpen != nil {
		c.OnOpen(i)
	}
}

// Dragged moves the view, or draws a band; what it touches is selected besides what was.
func (c *Cloud) Dragged(e *fyne.DragEvent) {
	h := &c.hand
	h.dragged = true
	by := e.Position.Subtract(h.last)
	h.last = e.Position
	if h.pans {
		c.view.from[0] -= float64(by.X/c.size.Width) / c.view.zoom
		c.view.from[1] -= float64(by.Y/c.size.Height) / c.view.zoom
		c.view, c.fitted = c.view.held(), false
		c.redraw()
		return
	}
	a := fyne.NewPos(min(h.from.X, e.Position.X), min(h.from.Y, e.Position.Y))
	b := fyne.NewPos(max(h.from.X, e.Position.X), max(h.from.Y, e.Position.Y))
	c.band.Move(a.Subtract(c.area))
	c.band.Resize(fyne.NewSize(b.X-a.X, b.Y-a.Y))
	c.band.Show()
	c.band.Refresh()
	found := c.touched(a, b)
	c.choice.put(append(found, h.base...))
	if len(found) > 0 && !c.choice.set[c.choice.cursor] {
		c.choice.cursor = found[len(found)-1]
	}
	c.redraw()
}

// DragEnd takes the band away.
func (c *Cloud) DragEnd() {
	c.band.Hide()
	if !c.hand.pans {
		c.selected()
	}
}

// Scrolled zooms at the pointer.
func (c *Cloud) Scrolled(e *fyne.ScrollEvent) {
	if c.size.Width <= 0 || c.size.Height <= 0 || e.Scrolled.DY == 0 {
		return
	}
	x, y := float64((e.Position.X-c.area.X)/c.size.Width), float64((e.Position.Y-c.area.Y)/c.size.Height)
	c.zoomAt(math.Exp2(min(max(float64(e.Scrolled.DY)/40, -1), 1)), min(max(x, 0), 1), min(max(y, 0), 1))
	c.hover(c.pictureAt(e.Position), e.Position)
}

// MouseIn implements desktop.Hoverable.
func (c *Cloud) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved shows the picture under the pointer large.
func (c *Cloud) MouseMoved(e *desktop.MouseEvent) {
	if e.Button == 0 {
		c.hover(c.pictureAt(e.Position), e.Position)
	}
}

// MouseOut implements desktop.Hoverable.
func (c *Cloud) MouseOut() { c.hover(-1, fyne.Position{}) }

// hover shows a picture large beside the pointer; -1 takes it away.
func (c *Cloud) hover(i int, at fyne.Position) {
	if i < 0 || i >= len(c.pictures) || c.pictures[i].Image == nil {
		i = -1
	}
	if i == c.hand.over {
		return
	}
	c.hand.over = i
	c.over.show(c, i, at)
}

// cloudOver is a picture shown large.
type cloudOver struct {
	back    *canvas.Rectangle
	image   *canvas.Image
	caption *canvas.Text
}

// Of the picture shown large, in units.
const (
	overSide = 160
	overPad  = 6
	overAway = 18 // from the pointer
)

func newCloudOver() cloudOver {
	o := cloudOver{canvas.NewRectangle(nil), &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}, canvas.NewText("", nil)}
	o.back.StrokeWidth, o.back.CornerRadius = 1, 4
	o.setVisible(false)
	return o
}

func (o cloudOver) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{o.back, o.image, o.caption}
}

func (o cloudOver) setVisible(on bool) {
	for _, part := range o.objects() {
		if on {
			part.Show()
		} else {
			part.Hide()
		}
	}
}

func (o cloudOver) style(c *Cloud) {
	o.back.FillColor, o.back.StrokeColor = colorOf(c, theme.ColorNameOverlayBackground), colorOf(c, ColorPlotGrid)
	o.caption.Color, o.caption.TextSize = colorOf(c, theme.ColorNameForeground), c.Theme().Size(theme.SizeNameCaptionText)
}

// show places the picture beside the pointer, where there is room for it, in whole device
// pixels.
func (o cloudOver) show(c *Cloud, i int, at fyne.Position) {
	if i < 0 {
		o.setVisible(false)
		canvas.Refresh(c)
		return
	}
	scale := float32(1)
	if on := fyne.CurrentApp().Driver().CanvasForObject(c); on != nil {
		scale = on.Scale()
	}
	m := c.pictures[i].Image
	factor := float32(max(1, int(overSide*scale)/max(m.Rect.Dx(), m.Rect.Dy()))) / scale
	size := fyne.NewSize(float32(m.Rect.Dx())*factor, float32(m.Rect.Dy())*factor)
	o.caption.Text = within(c.pictures[i].Caption, max(c.Size().Width-2*overPad, 0), o.caption)
	text := o.caption.MinSize()
	whole := fyne.NewSize(max(size.Width, text.Width)+2*overPad, size.Height+text.Height+2*overPad+2)
	corner := at.AddXY(overAway, overAway)
	if corner.X+whole.Width > c.Size().Width {
		corner.X = at.X - overAway - whole.Width
	}
	if corner.Y+whole.Height > c.Size().Height {
		corner.Y = at.Y - overAway - whole.Height
	}
	corner = fyne.NewPos(max(0, min(corner.X, c.Size().Width-whole.Width)), max(0, corner.Y))
	corner = fyne.NewPos(wholePixel(corner.X, scale), wholePixel(corner.Y, scale))
	o.back.Move(corner)
	o.back.Resize(whole)
	o.image.Image = m
	o.image.Move(corner.AddXY(wholePixel((whole.Width-size.Width)/2, scale), overPad))
	o.image.Resize(size)
	o.caption.Move(corner.AddXY((whole.Width-text.Width)/2, overPad+2+size.Height))
	o.caption.Resize(text)
	o.setVisible(true)
	o.image.Refresh()
	canvas.Refresh(c)
}
