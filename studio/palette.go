package studio

import (
	"cmp"
	"image/color"
	"slices"
)

// palette is up to 256 colours and the nearest of them for every colour asked.
type palette struct {
	colours color.Palette
	nearest map[uint32]uint8
}

// index is the place of the colour nearest to r, g, b.
func (p *palette) index(r, g, b uint8) uint8 {
	key := uint32(r)<<16 | uint32(g)<<8 | uint32(b)
	i, known := p.nearest[key]
	if !known {
		i = uint8(p.colours.Index(color.RGBA{r, g, b, 255}))
		p.nearest[key] = i
	}
	return i
}

// greys has every grey, so that grey pictures lose nothing.
func greys() *palette {
	p := &palette{nearest: map[uint32]uint8{}}
	for i := range 256 {
		p.colours = append(p.colours, color.RGBA{uint8(i), uint8(i), uint8(i), 255})
		p.nearest[uint32(i)*0x010101] = uint8(i)
	}
	return p
}

// palette is one palette for all frames, so that still regions do not flicker:
// all greys for grey pictures, else by median cut over a sample of the pixels
// (Heckbert, "Color image quantization for frame buffer display", 1982).
func (r *Recording) palette(frames []frame) *palette {
	if r.c != 3 {
		return greys()
	}
	sample, grey := r.sample(frames)
	if grey {
		return greys()
	}
	p := &palette{nearest: map[uint32]uint8{}, colours: color.Palette{color.RGBA{background, background, background, 255}}}
	for _, box := range medianCut(sample, 255) {
		p.colours = append(p.colours, mean(box))
	}
	return p
}

// sample is at most some 60,000 pixels of the frames, the last one whole, and
// whether all are grey.
func (r *Recording) sample(frames []frame) (pixels [][3]uint8, grey bool) {
	const want = 60_000
	n, size := r.h*r.w, r.c*r.h*r.w
	every := max(1, len(frames)*r.chains*n/want)
	grey = true
	count := 0
	for fi, f := range frames {
		for chain := range r.chains {
			px := f.pixels[chain*size : (chain+1)*size]
			for k := range n {
				c := [3]uint8{px[k], px[n+k], px[2*n+k]}
				grey = grey && c[0] == c[1] && c[1] == c[2]
				if count++; count%every == 0 || fi == len(frames)-1 && len(pixels) < 2*want {
					pixels = append(pixels, c)
				}
			}
		}
	}
	return pixels, grey
}

// medianCut splits the pixels into at most n boxes, always the one whose widest
// channel times its number of pixels is largest, at the median of that channel.
func medianCut(pixels [][3]uint8, n int) [][][3]uint8 {
	if len(pixels) == 0 {
		return nil
	}
	boxes := [][][3]uint8{pixels}
	for len(boxes) < n {
		best, channel, size := -1, 0, 0
		for i, b := range boxes {
			if c, width := widest(b); width*len(b) > size {
				best, channel, size = i, c, width*len(b)
			}
		}
		if best < 0 {
			break // every box is of one colour
		}
		b := boxes[best]
		slices.SortFunc(b, func(x, y [3]uint8) int { return cmp.Compare(x[channel], y[channel]) })
		cut := len(b) / 2
		for cut < len(b)-1 && b[cut][channel] == b[cut-1][channel] {
			cut++ // equal values stay together where possible
		}
		boxes[best] = b[:cut]
		boxes = append(boxes, b[cut:])
	}
	return boxes
}

// widest is the channel with the largest range in a box, and that range.
func widest(box [][3]uint8) (channel, width int) {
	if len(box) < 2 {
		return 0, 0
	}
	for c := range 3 {
		lo, hi := box[0][c], box[0][c]
		for _, p := range box {
			lo, hi = min(lo, p[c]), max(hi, p[c])
		}
		if w := int(hi) - int(lo); w > width {
			channel, width = c, w
		}
	}
	return channel, width
}

func mean(box [][3]uint8) color.RGBA {
	var sum [3]int
	for _, p := range box {
		for c := range 3 {
			sum[c] += int(p[c])
		}
	}
	n := len(box)
	return color.RGBA{uint8((sum[0] + n/2) / n), uint8((sum[1] + n/2) / n), uint8((sum[2] + n/2) / n), 255}
}
