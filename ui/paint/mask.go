// Package paint is the raster part of painting masks, without a window: strokes,
// shapes, fills, and the history that takes them back. Masks are small (the size of
// a model's pictures), so every edit compares the mask before and after, and keeps
// only what differs.
//
//	mask.go     the mask, edits and whole-mask operations
//	stroke.go   brush strokes and shapes
//	bucket.go   filling by the colour of a picture
//	history.go  undo and redo
package paint

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
)

// Kept and Free are the ends of a mask's values; between them is a pixel's stiffness:
// after every step x <- m x + (1-m) known, with m = value/255.
const (
	Kept uint8 = 0
	Free uint8 = 255
)

// Mask says for every pixel of a picture how free it is to change; or, as any map of a
// value a pixel, something else that is painted. Rows lie one after the other, without
// gaps.
type Mask struct {
	W, H int
	Pix  []uint8
	Rest uint8 // what is where nothing is painted, and what erasing leaves; of masks Kept
}

// NewMask returns a mask of w by h pixels that keeps everything.
func NewMask(w, h int) *Mask { return NewMap(w, h, Kept) }

// NewMap returns a map of w by h pixels on which nothing is painted.
func NewMap(w, h int, rest uint8) *Mask {
	m := &Mask{W: w, H: h, Pix: make([]uint8, w*h), Rest: rest}
	for i := range m.Pix {
		m.Pix[i] = rest
	}
	return m
}

// Bounds is the rectangle of all pixels.
func (m *Mask) Bounds() image.Rectangle { return image.Rect(0, 0, m.W, m.H) }

// At is the value at a pixel; outside of the mask nothing is painted.
func (m *Mask) At(x, y int) uint8 {
	if !(image.Point{X: x, Y: y}).In(m.Bounds()) {
		return m.Rest
	}
	return m.Pix[y*m.W+x]
}

// Empty reports whether nothing is painted: of a mask, whether no pixel is free to change.
func (m *Mask) Empty() bool {
	for _, v := range m.Pix {
		if v != m.Rest {
			return false
		}
	}
	return true
}

// Share is how much of the picture is free, 0 to 1; a half stiff pixel counts half.
func (m *Mask) Share() float64 {
	sum := 0
	for _, v := range m.Pix {
		sum += int(v)
	}
	return float64(sum) / float64(max(1, len(m.Pix))) / 255
}

// Soft reports whether a pixel is neither free nor kept.
func (m *Mask) Soft() bool {
	for _, v := range m.Pix {
		if v != Kept && v != Free {
			return true
		}
	}
	return false
}

// Image is a copy of the mask as a picture: white is free, black is kept.
func (m *Mask) Image() *image.Gray {
	return &image.Gray{Pix: append([]uint8(nil), m.Pix...), Stride: m.W, Rect: m.Bounds()}
}

// Write writes the mask as a PNG file.
func (m *Mask) Write(w io.Writer) error { return png.Encode(w, m.Image()) }

// FromImage is the mask of a picture: its brightness, transparent as black.
func FromImage(p image.Image) *Mask {
	b := p.Bounds()
	grey := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(grey, grey.Rect, image.NewUniform(color.Black), image.Point{}, draw.Src)
	draw.Draw(grey, grey.Rect, p, b.Min, draw.Over)
	return &Mask{W: b.Dx(), H: b.Dy(), Pix: grey.Pix}
}

// Read reads a mask of w by h pixels from a PNG file.
func Read(r io.Reader, w, h int) (*Mask, error) {
	p, err := png.Decode(r)
	if err != nil {
		return nil, fmt.Errorf("read mask: %w", err)
	}
	if b := p.Bounds(); b.Dx() != w || b.Dy() != h {
		return nil, fmt.Errorf("read mask: found %dx%d pixels, want %dx%d as the picture has", b.Dx(), b.Dy(), w, h)
	}
	return FromImage(p), nil
}

// Edit is a change of a mask under way. It can be done over until it is ended, so
// that a person sees what a drag would do.
type Edit struct {
	mask   *Mask
	before []uint8
}

// Edit begins a change.
func (m *Mask) Edit() *Edit { return &Edit{mask: m, before: append([]uint8(nil), m.Pix...)} }

// Again puts the mask back to what it was and changes it anew.
func (e *Edit) Again(change func(*Mask)) {
	copy(e.mask.Pix, e.before)
	change(e.mask)
}

// End is what the edit has changed; nil where nothing has.
func (e *Edit) End() *Delta { return difference(e.mask, e.before) }

// edited is a change at once.
func (m *Mask) edited(change func(*Mask)) *Delta {
	e := m.Edit()
	change(m)
	return e.End()
}

// Invert makes free what is kept, and the other way round.
func (m *Mask) Invert() *Delta {
	return m.edited(func(m *Mask) {
		for i, v := range m.Pix {
			m.Pix[i] = Free - v
		}
	})
}

// Fill gives every pixel the same value.
func (m *Mask) Fill(value uint8) *Delta {
	return m.edited(func(m *Mask) {
		for i := range m.Pix {
			m.Pix[i] = value
		}
	})
}

// Replace takes another mask's values. A mask of another size changes nothing.
func (m *Mask) Replace(other *Mask) *Delta {
	if other.W != m.W || other.H != m.H {
		return nil
	}
	return m.edited(func(m *Mask) { copy(m.Pix, other.Pix) })
}

// Feather softens the borders with a Gaussian of a standard deviation of half the
// radius, in pixels; beyond the edge of the picture the edge goes on.
func (m *Mask) Feather(radius float64) {
	if radius <= 0 {
		return
	}
	sigma := radius / 2
	reach := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float64, 2*reach+1), 0.0
	for i := range kernel {
		d := float64(i - reach)
		kernel[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	across, padded := make([]float64, len(m.Pix)), make([]float64, m.W+2*reach)
	for y := range m.H {
		for i := range padded {
			padded[i] = float64(m.Pix[y*m.W+clamp(i-reach, m.W)])
		}
		blend(across[y*m.W:(y+1)*m.W], kernel, func(k int) []float64 { return padded[k:] })
	}
	row := make([]float64, m.W)
	for y := range m.H {
		blend(row, kernel, func(k int) []float64 { return across[clamp(y+k-reach, m.H)*m.W:] })
		for x, v := range row {
			m.Pix[y*m.W+x] = uint8(math.Round(min(v, 255)))
		}
	}
}

// blend writes the weighted sum of lines.
func blend(to, weights []float64, line func(k int) []float64) {
	clear(to)
	for k, weight := range weights {
		from := line(k)[:len(to)]
		for x, v := range from {
			to[x] += weight * v
		}
	}
}

func clamp(i, n int) int { return min(max(i, 0), n-1) }
