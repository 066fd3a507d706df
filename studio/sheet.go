package studio

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
)

// Layout is how a contact sheet places the pictures of all chains, row by row.
type Layout struct {
	Columns int `json:"columns"`
	Scale   int `json:"scale"` // a pixel of a picture is a square of so many
	Gap     int `json:"gap"`   // between pictures and around them
	// Order are the chains in the order of their places; none: as they are numbered.
	Order []int `json:"order,omitempty"`
}

// background is the grey between the pictures of a sheet.
const background = 0x20

// layoutFor is a sheet as square as possible whose pictures are large enough to
// look at.
func layoutFor(n, width int) Layout {
	scale := max(1, min(4, 112/max(1, width)))
	return Layout{Columns: int(math.Ceil(math.Sqrt(float64(n)))), Scale: scale, Gap: 2 * scale}
}

// valid reports whether the layout can be drawn, of so many chains.
func (l Layout) valid(chains int) bool {
	places := slices.Sorted(slices.Values(l.Order))
	for i, chain := range places {
		if chain != i {
			return false
		}
	}
	return (len(places) == 0 || len(places) == chains) && l.Columns >= 1 && l.Columns <= MaxChains && l.Scale >= 1 && l.Scale <= 16 && l.Gap >= 0 && l.Gap <= 256
}

// bounds is the size of a sheet of n pictures of w by h.
func (l Layout) bounds(n, w, h int) image.Rectangle {
	rows := (n + l.Columns - 1) / l.Columns
	return image.Rect(0, 0, l.Gap+l.Columns*(w*l.Scale+l.Gap), l.Gap+rows*(h*l.Scale+l.Gap))
}

// place is the rectangle of picture i.
func (l Layout) place(i, w, h int) image.Rectangle {
	x := l.Gap + (i%l.Columns)*(w*l.Scale+l.Gap)
	y := l.Gap + (i/l.Columns)*(h*l.Scale+l.Gap)
	return image.Rect(x, y, x+w*l.Scale, y+h*l.Scale)
}

// Sheet is the contact sheet of all pictures: grey where they have one channel.
func (r Result) Sheet(l Layout) image.Image {
	x := r.Pictures
	bounds := l.bounds(x.N, x.W, x.H)
	var sheet draw.Image
	if x.C == 3 {
		sheet = image.NewRGBA(bounds)
	} else {
		sheet = image.NewGray(bounds)
	}
	draw.Draw(sheet, bounds, image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
	for i := range x.N {
		chain := i
		if len(l.Order) > 0 {
			chain = l.Order[i]
		}
		paste(sheet, l.place(i, x.W, x.H), r.Picture(chain), l.Scale)
	}
	return sheet
}

// paste draws a picture into a rectangle, every pixel as a square.
func paste(dst draw.Image, at image.Rectangle, src image.Image, scale int) {
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			dst.Set(x, y, src.At((x-at.Min.X)/scale, (y-at.Min.Y)/scale))
		}
	}
}
