package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2/canvas"
)

// cover is a map of a value a pixel, shown as colours over a picture.
type cover struct {
	image  *canvas.Image
	pixels *image.RGBA
	levels []uint8
	w      int
	// table has the premultiplied colour of every level, of pixels whose column and row
	// add up to an even number and of the others.
	table [2][256]color.RGBA
}

func newCover() *cover {
	c := &cover{image: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}}
	c.image.Hide()
	return c
}

// set shows a map of w by h levels, which it keeps; one of another size shows none.
func (c *cover) set(levels []uint8, w, h int) {
	c.levels, c.w = levels, w
	if c.image.Hidden = len(levels) == 0 || len(levels) != w*h; c.image.Hidden {
		c.image.Refresh()
		return
	}
	if c.pixels == nil || c.pixels.Rect.Dx() != w || c.pixels.Rect.Dy() != h {
		c.pixels = image.NewRGBA(image.Rect(0, 0, w, h))
		c.image.Image = c.pixels
	}
	c.changed(c.pixels.Rect)
}

// changed shows what has changed inside of a rectangle.
func (c *cover) changed(area image.Rectangle) {
	if c.image.Hidden || c.pixels == nil {
		return
	}
	area = area.Intersect(c.pixels.Rect)
	if area.Empty() {
		return
	}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			at := c.pixels.Pix[c.pixels.PixOffset(x, y):]
			v := c.table[(x+y)&1][c.levels[y*c.w+x]]
			at[0], at[1], at[2], at[3] = v.R, v.G, v.B, v.A
		}
	}
	c.image.Refresh()
}

// colour changes the colours of the levels, of even and of odd pixels.
func (c *cover) colour(of func(level int) (even, odd color.NRGBA)) {
	for v := range c.table[0] {
		even, odd := of(v)
		c.table[0][v], c.table[1][v] = premultiplied(even), premultiplied(odd)
	}
	if c.pixels != nil {
		c.changed(c.pixels.Rect)
	}
}

// HeatTint is the colour of a level of temperatures, 0 to 255, of which 128 is nothing:
// towards 0 the cold colour, towards 255 the hot one.
func HeatTint(cold, hot color.NRGBA, level int) color.NRGBA {
	if level < 128 {
		return thinned(cold, 128-level, 128)
	}
	return thinned(hot, level-128, 127)
}

// thinned is a colour of part/whole of its alpha.
func thinned(c color.NRGBA, part, whole int) color.NRGBA {
	c.A = uint8(int(c.A) * part / whole)
	return c
}

func premultiplied(c color.NRGBA) color.RGBA {
	a := uint32(c.A)
	return color.RGBA{uint8(uint32(c.R) * a / 255), uint8(uint32(c.G) * a / 255), uint8(uint32(c.B) * a / 255), c.A}
}
