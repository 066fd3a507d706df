package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
)

// Of the pictures in a cloud, in units: the largest side, the side below which they are
// points, and that of a point.
const (
	cloudLarge  = 96
	cloudSmall  = 6
	cloudPoint  = 3
	cloudRing   = 2
	cloudFilled = 0.6 // of the view, by all pictures in it together
)

// smaller are a picture, and it at half the size, at a quarter, ... as long as there is
// something to see.
func smaller(m *image.RGBA) []*image.RGBA {
	all := []*image.RGBA{m}
	for m != nil && min(m.Rect.Dx(), m.Rect.Dy()) >= 8 {
		half := image.NewRGBA(image.Rect(0, 0, m.Rect.Dx()/2, m.Rect.Dy()/2))
		for y := range half.Rect.Dy() {
			for x := range half.Rect.Dx() {
				a, b := m.PixOffset(2*x, 2*y), m.PixOffset(2*x, 2*y+1)
				for k := range 4 {
					sum := uint(m.Pix[a+k]) + uint(m.Pix[a+4+k]) + uint(m.Pix[b+k]) + uint(m.Pix[b+4+k])
					half.Pix[half.PixOffset(x, y)+k] = uint8((sum + 2) / 4)
				}
			}
		}
		all = append(all, half)
		m = half
	}
	return all
}

// cloudRoom is the side that pictures have when n of them share a view of w by h device
// pixels; 0 where they are points.
func cloudRoom(n, w, h int, scale float64) int {
	side := min(math.Sqrt(cloudFilled*float64(w)*float64(h)/float64(max(n, 1))), cloudLarge*scale)
	if side < cloudSmall*scale {
		return 0
	}
	return int(side)
}

// sized is the version of picture i and the whole number of device pixels to one of it that
// come near a side; nil where it is a point.
func (c *Cloud) sized(i, side int) (m *image.RGBA, factor int) {
	for _, m := range c.small[i] {
		if m == nil || side == 0 {
			return nil, 0
		}
		if most := max(m.Rect.Dx(), m.Rect.Dy()); most <= side {
			return m, side / most
		}
	}
	return nil, 0
}

// inView are the pictures in view, or just outside of it.
func (c *Cloud) inView() (all []int) {
	const edge = 0.1
	for i, at := range c.at {
		if x, y := c.view.share(at); x > -edge && x < 1+edge && y > -edge && y < 1+edge {
			all = append(all, i)
		}
	}
	return all
}

// box is where picture i lies in a view of w by h device pixels.
func (c *Cloud) box(i, side, w, h int, scale float64) (r image.Rectangle, m *image.RGBA, factor int) {
	x, y := c.view.share(c.at[i])
	m, factor = c.sized(i, side)
	pw, ph := int(cloudPoint*scale), int(cloudPoint*scale)
	if m != nil {
		pw, ph = m.Rect.Dx()*factor, m.Rect.Dy()*factor
	}
	corner := image.Pt(int(math.Round(x*float64(w)))-pw/2, int(math.Round(y*float64(h)))-ph/2)
	return image.Rectangle{corner, corner.Add(image.Pt(pw, ph))}, m, factor
}

// draw draws what the raster shows, in device pixels.
func (c *Cloud) draw(w, h int) image.Image {
	if c.frame == nil || c.frame.Rect.Dx() != w || c.frame.Rect.Dy() != h {
		c.frame, c.stale = image.NewRGBA(image.Rect(0, 0, w, h)), true
	}
	if !c.stale || c.size.Width <= 0 {
		return c.frame
	}
	c.stale = false
	clear(c.frame.Pix)
	scale := float64(w) / float64(c.size.Width)
	all := c.inView()
	side := cloudRoom(len(all), w, h, scale)
	point, ring, cursor := colorOf(c, ColorCurve), colorOf(c, ColorCurveSelected), colorOf(c, ColorCursor)
	for rank := range 3 {
		for _, i := range all {
			if c.rank(i) != rank {
				continue
			}
			r, m, factor := c.box(i, side, w, h, scale)
			if rank == 2 {
				fillRect(c.frame, r.Inset(-int(2*cloudRing*scale)), cursor)
			}
			if rank > 0 {
				fillRect(c.frame, r.Inset(-int(cloudRing*scale)), ring)
			}
			if m != nil {
				blit(c.frame, r.Min, m, factor)
			} else if rank == 0 {
				fillRect(c.frame, r, point)
			}
		}
	}
	return c.frame
}

func fillRect(dst *image.RGBA, r image.Rectangle, c color.Color) {
	r = r.Intersect(dst.Rect)
	p := color.RGBAModel.Convert(c).(color.RGBA)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(r.Min.X, y):dst.PixOffset(r.Max.X, y)]
		for i := 0; i < len(row); i += 4 {
			row[i], row[i+1], row[i+2], row[i+3] = p.R, p.G, p.B, p.A
		}
	}
}

// blit copies a picture, every pixel as a square of factor device pixels.
func blit(dst *image.RGBA, at image.Point, src *image.RGBA, factor int) {
	whole := image.Rectangle{at, at.Add(src.Rect.Max.Mul(factor))}
	r := whole.Intersect(dst.Rect)
	if r.Empty() {
		return
	}
	var before []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(r.Min.X, y):dst.PixOffset(r.Max.X, y)]
		from := src.Pix[(y-at.Y)/factor*src.Stride:]
		switch {
		case factor == 1:
			copy(row, from[4*(r.Min.X-at.X):])
		case before != nil && (y-at.Y)%factor != 0:
			copy(row, before)
		default:
			for x := 0; x < len(row); x += 4 {
				copy(row[x:x+4], from[4*((r.Min.X-at.X+x/4)/factor):])
			}
		}
		before = row
	}
}

// pictureAt is the uppermost picture at a place of the widget, -1 for none.
func (c *Cloud) pictureAt(at fyne.Position) int {
	best := -1
	for _, i := range c.touched(at, at) {
		if best < 0 || c.rank(i) >= c.rank(best) {
			best = i
		}
	}
	return best
}

// rank orders pictures as they lie above each other: selected ones above the others, the
// one that was clicked last above all.
func (c *Cloud) rank(i int) int {
	switch {
	case !c.choice.set[i]:
		return 0
	case i != c.choice.cursor:
		return 1
	}
	return 2
}

// touched are the pictures that a band of the widget touches, in the order in which they
// are drawn.
func (c *Cloud) touched(a, b fyne.Position) (all []int) {
	if c.frame == nil || c.size.Width <= 0 {
		return nil
	}
	w, h := c.frame.Rect.Dx(), c.frame.Rect.Dy()
	scale := float64(w) / float64(c.size.Width)
	device := func(v float32) int { return int(math.Floor(float64(v) * scale)) }
	band := image.Rect(device(a.X-c.area.X), device(a.Y-c.area.Y), device(b.X-c.area.X), device(b.Y-c.area.Y))
	band.Max = band.Max.Add(image.Pt(1, 1))
	view := c.inView()
	side := cloudRoom(len(view), w, h, scale)
	for _, i := range view {
		if r, m, _ := c.box(i, side, w, h, scale); r.Overlaps(band) || m == nil && r.Inset(-int(cloudPoint*scale)).Overlaps(band) {
			all = append(all, i)
		}
	}
	return all
}
