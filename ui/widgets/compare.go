package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CompareMode is how a Compare shows its two pictures.
type CompareMode int

// The modes.
const (
	CompareSlider     CompareMode = iota // the first left of a line that can be dragged, the second right of it
	CompareBeside                        // beside each other
	CompareFlicker                       // in turn, see Flip
	CompareDifference                    // the picture of their difference
)

// compareName is the height of the line with a picture's name.
const compareName = 18

// Compare shows two pictures so that they can be compared, or one alone.
type Compare struct {
	widget.BaseWidget
	mode     CompareMode
	split    float32 // 0 to 1: where the line is
	second   bool    // flicker shows the second
	pictures [3]*image.RGBA
	names    [3]string

	images [3]*canvas.Image
	texts  [2]*canvas.Text
	right  *fyne.Container // what of the second lies right of the line
	clip   *container.Clip
	line   *canvas.Rectangle
	grip   *canvas.Rectangle
	box    fyne.Position // corner of the first picture
	size   fyne.Size     // of the first picture
}

// NewCompare returns a Compare without pictures.
func NewCompare() *Compare {
	c := &Compare{split: 0.5, line: canvas.NewRectangle(color.Transparent), grip: canvas.NewRectangle(color.Transparent)}
	for i := range c.images {
		c.images[i] = &canvas.Image{FillMode: canvas.ImageFillStretch}
	}
	for i := range c.texts {
		c.texts[i] = canvas.NewText("", color.Transparent)
		c.texts[i].Alignment = fyne.TextAlignCenter
	}
	c.right = container.NewWithoutLayout(c.images[1])
	c.clip = container.NewClip(c.right)
	c.ExtendBaseWidget(c)
	return c
}

// SetPictures shows two pictures and their difference; b and the difference are nil for
// one alone. All must be tight (stride 4*width, origin 0,0).
func (c *Compare) SetPictures(a, b, difference *image.RGBA) {
	c.pictures = [3]*image.RGBA{a, b, difference}
	c.second = false
	c.Refresh()
}

// SetNames says what the pictures are called, and the difference.
func (c *Compare) SetNames(a, b, difference string) {
	c.names = [3]string{a, b, difference}
	c.Refresh()
}

// Names are what SetNames said.
func (c *Compare) Names() (a, b, difference string) { return c.names[0], c.names[1], c.names[2] }

// SetMode chooses how they are shown.
func (c *Compare) SetMode(m CompareMode) {
	c.mode, c.second = m, false
	c.Refresh()
}

// Mode is how they are shown.
func (c *Compare) Mode() CompareMode { return c.mode }

// Flip shows the other picture of flicker.
func (c *Compare) Flip() {
	c.second = !c.second
	c.Refresh()
}

// SetSplit moves the line: 0 is left, 1 right.
func (c *Compare) SetSplit(v float32) {
	c.split = min(max(v, 0), 1)
	c.arrange()
}

// Split is where the line is.
func (c *Compare) Split() float32 { return c.split }

// Dragged moves the line.
func (c *Compare) Dragged(e *fyne.DragEvent) { c.to(e.Position) }

// DragEnd implements fyne.Draggable.
func (c *Compare) DragEnd() {}

// Tapped moves the line; in flicker it shows the other picture.
func (c *Compare) Tapped(e *fyne.PointEvent) {
	if c.mode == CompareFlicker && c.pictures[1] != nil {
		c.Flip()
		return
	}
	c.to(e.Position)
}

func (c *Compare) to(pos fyne.Position) {
	if c.shown() == CompareSlider && c.pictures[1] != nil && c.size.Width > 0 {
		c.SetSplit((pos.X - c.box.X) / c.size.Width)
	}
}

// Cursor implements desktop.Cursorable.
func (c *Compare) Cursor() desktop.Cursor {
	if c.shown() == CompareSlider && c.pictures[1] != nil {
		return desktop.HResizeCursor
	}
	return desktop.DefaultCursor
}

// shown is the mode that can be shown: of pictures of two sizes there is no difference.
func (c *Compare) shown() CompareMode {
	if c.mode == CompareDifference && c.pictures[2] == nil {
		return CompareBeside
	}
	return c.mode
}

// MinSize implements fyne.Widget.
func (c *Compare) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

// CreateRenderer implements fyne.Widget.
func (c *Compare) CreateRenderer() fyne.WidgetRenderer {
	r := &compareRenderer{c}
	r.Refresh()
	return r
}

type compareRenderer struct{ c *Compare }

func (r *compareRenderer) Layout(fyne.Size)   { r.c.arrange() }
func (r *compareRenderer) MinSize() fyne.Size { return r.c.MinSize() }
func (r *compareRenderer) Destroy()           {}
func (r *compareRenderer) Objects() []fyne.CanvasObject {
	c := r.c
	return []fyne.CanvasObject{c.images[0], c.clip, c.images[2], c.line, c.grip, c.texts[0], c.texts[1]}
}

func (r *compareRenderer) Refresh() {
	c := r.c
	for i, m := range c.pictures {
		if c.images[i].Image != m || m == nil {
			c.images[i].Image = nil
			if m != nil {
				c.images[i].Image = m
			}
			c.images[i].Refresh()
		}
	}
	c.line.FillColor = colorOf(c, ColorCurveSelected)
	c.grip.FillColor, c.grip.CornerRadius = c.line.FillColor, 4
	for _, t := range c.texts {
		t.Color, t.TextSize = colorOf(c, theme.ColorNameForeground), c.Theme().Size(theme.SizeNameCaptionText)
	}
	c.arrange()
	canvas.Refresh(c)
}

// arrange places what the mode shows.
func (c *Compare) arrange() {
	area := c.Size().SubtractWidthHeight(0, compareName)
	if area.Width <= 0 || area.Height <= 0 {
		return
	}
	for _, o := range []fyne.CanvasObject{c.images[0], c.clip, c.images[2], c.line, c.grip, c.texts[0], c.texts[1]} {
		o.Hide()
	}
	whole := fyne.NewPos(0, 0)
	switch mode := c.shown(); {
	case c.pictures[0] == nil:
	case c.pictures[1] == nil:
		c.put(0, whole, area, 0)
	case mode == CompareSlider:
		c.arrangeSlider(area)
	case mode == CompareBeside:
		half := fyne.NewSize(area.Width/2-4, area.Height)
		c.put(0, whole, half, 0)
		c.put(1, fyne.NewPos(area.Width/2+4, 0), half, 1)
	case mode == CompareFlicker && !c.second:
		c.put(0, whole, area, 0)
	case mode == CompareFlicker:
		c.put(1, whole, area, 0)
	default:
		c.put(2, whole, area, 0)
	}
}

// put shows a picture in the middle of an area, its name below.
func (c *Compare) put(i int, at fyne.Position, area fyne.Size, text int) {
	size, corner := c.fit(i, at, area)
	if i == 0 {
		c.box, c.size = corner, size
	}
	c.images[i].Resize(size)
	if i == 1 {
		c.clip.Move(corner)
		c.clip.Resize(size)
		c.images[1].Move(fyne.NewPos(0, 0))
		c.clip.Show()
	} else {
		c.images[i].Move(corner)
		c.images[i].Show()
	}
	c.name(text, c.names[i], fyne.NewPos(at.X, corner.Y+size.Height+2), area.Width)
}

func (c *Compare) arrangeSlider(area fyne.Size) {
	c.put(0, fyne.NewPos(0, 0), area, 0)
	size, corner := c.fit(1, fyne.NewPos(0, 0), area)
	x := c.box.X + c.split*c.size.Width
	from := min(max(x, corner.X), corner.X+size.Width)
	c.images[1].Resize(size)
	c.images[1].Move(fyne.NewPos(corner.X-from, 0))
	c.clip.Move(fyne.NewPos(from, corner.Y))
	c.clip.Resize(fyne.NewSize(max(corner.X+size.Width-from, 1), size.Height))
	c.clip.Hidden = from >= corner.X+size.Width
	c.line.Move(fyne.NewPos(x-1, c.box.Y))
	c.line.Resize(fyne.NewSize(2, c.size.Height))
	c.line.Show()
	c.grip.Move(fyne.NewPos(x-4, c.box.Y+c.size.Height/2-14))
	c.grip.Resize(fyne.NewSize(8, 28))
	c.grip.Show()
	y := c.box.Y + c.size.Height + 2
	c.name(0, c.names[0], fyne.NewPos(0, y), area.Width/2)
	c.name(1, c.names[1], fyne.NewPos(area.Width/2, y), area.Width/2)
	canvas.Refresh(c)
}

func (c *Compare) name(i int, text string, at fyne.Position, width float32) {
	t := c.texts[i]
	if letters, fit := []rune(text), int(width/(0.55*t.TextSize)); t.TextSize > 0 && len(letters) > fit {
		text = string(letters[:max(0, fit-1)]) + "…"
	}
	t.Text = text
	t.Move(at)
	t.Resize(fyne.NewSize(width, compareName-2))
	t.Show()
	t.Refresh()
}

// fit is how large a picture is in an area and where.
func (c *Compare) fit(i int, at fyne.Position, area fyne.Size) (fyne.Size, fyne.Position) {
	scale := float32(1)
	if k := fyne.CurrentApp().Driver().CanvasForObject(c); k != nil {
		scale = k.Scale()
	}
	b := c.pictures[i].Rect
	zoom := wholeZoom(math.Min(float64(area.Width*scale/float32(b.Dx())), float64(area.Height*scale/float32(b.Dy()))))
	c.images[i].ScaleMode = canvas.ImageScalePixels
	if zoom < 1 {
		c.images[i].ScaleMode = canvas.ImageScaleFastest
	}
	size := fyne.NewSize(float32(float64(b.Dx())*zoom)/scale, float32(float64(b.Dy())*zoom)/scale)
	return size, at.AddXY(snap((area.Width-size.Width)/2, scale), snap((area.Height-size.Height)/2, scale))
}
