package studio

import (
	"image"
	"math"

	"ebmstudio/sampling"
)

// quantise maps values of the range lo..hi to bytes, rounding to the nearest;
// what lies outside is clipped and what is no number is 0.
func quantise(v []float32, lo, hi float32) []uint8 {
	out := make([]uint8, len(v))
	scale := 255 / (hi - lo)
	for i, x := range v {
		y := (x-lo)*scale + 0.5
		switch {
		case y >= 255:
			out[i] = 255
		case y >= 1:
			out[i] = uint8(y)
		}
	}
	return out
}

// rgba paints one picture of c channels by h by w bytes: three channels are
// colours, of any other number the first is grey.
func rgba(pixels []uint8, c, h, w int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	n := h * w
	g, b := pixels[:n], pixels[:n]
	if c == 3 {
		g, b = pixels[n:2*n], pixels[2*n:]
	}
	for i := range n {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = pixels[i], g[i], b[i], 255
	}
	return m
}

// native is the picture as a file stores it: grey where it has one channel.
func native(pixels []uint8, c, h, w int) image.Image {
	if c == 3 {
		return rgba(pixels, c, h, w)
	}
	return &image.Gray{Pix: append([]uint8(nil), pixels[:h*w]...), Stride: w, Rect: image.Rect(0, 0, w, h)}
}

func allFinite(v []float32) bool {
	const exponent = 0x7f800000
	for _, x := range v {
		if math.Float32bits(x)&exponent == exponent {
			return false
		}
	}
	return true
}

// PictureOf is picture i of a batch for the screen, its values from lo to hi as black to
// white; what lies outside is clipped.
func PictureOf(x sampling.Images, i int, lo, hi float32) *image.RGBA {
	return rgba(quantise(x.Image(i), lo, hi), x.C, x.H, x.W)
}
