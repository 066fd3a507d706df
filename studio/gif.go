package studio

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"time"
)

// maxGIFPixels bounds the memory of an animation.
const maxGIFPixels = 1 << 28

// GIFOptions say how a recording becomes an animation; the zero value is a sheet
// of all chains.
type GIFOptions struct {
	Chains []int         // which chains, in this order; nil: all
	Scale  int           // a pixel as a square of so many; 0: chosen by the picture's width
	Frames int           // at most so many, evenly spaced, first and last included; 0: 120
	Delay  time.Duration // of a frame; 0: 60 ms. GIF counts in hundredths of a second
	Hold   time.Duration // of the last frame; 0: 2 s
	Once   bool          // do not loop
}

// SaveGIF writes the recorded frames as an animation that loops and holds its
// last frame. The file appears whole or not at all.
func SaveGIF(path string, rec *Recording, o GIFOptions) error {
	data, err := encodeGIF(rec, o)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

func encodeGIF(rec *Recording, o GIFOptions) ([]byte, error) {
	o, layout, err := o.complete(rec)
	if err != nil {
		return nil, err
	}
	frames := rec.pick(o.Frames)
	if len(frames) == 0 {
		return nil, fmt.Errorf("the recording has no frames yet")
	}
	bounds := layout.bounds(len(o.Chains), rec.w, rec.h)
	if int64(bounds.Dx())*int64(bounds.Dy())*int64(len(frames)) > maxGIFPixels {
		return nil, fmt.Errorf("animation of %d frames of %dx%d pixels is too large, want fewer frames, chains or a smaller scale",
			len(frames), bounds.Dx(), bounds.Dy())
	}
	colours := rec.palette(frames)
	g := &gif.GIF{}
	if o.Once {
		g.LoopCount = -1
	}
	for _, f := range frames {
		g.Image = append(g.Image, rec.paint(f, o.Chains, layout, bounds, colours))
		g.Delay = append(g.Delay, int(o.Delay/(10*time.Millisecond)))
	}
	g.Delay[len(g.Delay)-1] = int(o.Hold / (10 * time.Millisecond))
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (o GIFOptions) complete(rec *Recording) (GIFOptions, Layout, error) {
	if o.Chains == nil {
		for i := range rec.chains {
			o.Chains = append(o.Chains, i)
		}
	}
	for _, c := range o.Chains {
		if c < 0 || c >= rec.chains {
			return o, Layout{}, fmt.Errorf("found chain %d, want 0 to %d", c, rec.chains-1)
		}
	}
	layout := layoutFor(len(o.Chains), rec.w)
	if o.Scale != 0 {
		layout.Scale = o.Scale
	}
	if o.Frames == 0 {
		o.Frames = 120
	}
	if o.Delay == 0 {
		o.Delay = 60 * time.Millisecond
	}
	if o.Hold == 0 {
		o.Hold = 2 * time.Second
	}
	if len(o.Chains) == 0 || !layout.valid(len(o.Chains)) || o.Frames < 1 || o.Delay < 0 || o.Hold < 0 {
		return o, layout, fmt.Errorf("animation options out of range: %d chains, scale %d, %d frames, %s a frame, %s for the last",
			len(o.Chains), layout.Scale, o.Frames, o.Delay, o.Hold)
	}
	return o, layout, nil
}

// pick is at most n of the recorded frames, evenly spaced, the last included.
func (r *Recording) pick(n int) []frame {
	r.lock.Lock()
	defer r.lock.Unlock()
	if len(r.frames) <= n {
		return append([]frame(nil), r.frames...)
	}
	if n == 1 {
		return []frame{r.frames[len(r.frames)-1]}
	}
	picked := make([]frame, n)
	for i := range picked {
		picked[i] = r.frames[i*(len(r.frames)-1)/(n-1)]
	}
	return picked
}

// paint is one frame of the animation.
func (r *Recording) paint(f frame, chains []int, l Layout, bounds image.Rectangle, p *palette) *image.Paletted {
	m := image.NewPaletted(bounds, p.colours)
	gap := p.index(background, background, background)
	for i := range m.Pix {
		m.Pix[i] = gap
	}
	n, size := r.h*r.w, r.c*r.h*r.w
	for i, chain := range chains {
		at := l.place(i, r.w, r.h)
		pixels := f.pixels[chain*size : (chain+1)*size]
		for k := range n {
			v := p.index(pixels[k], pixels[k], pixels[k])
			if r.c == 3 {
				v = p.index(pixels[k], pixels[n+k], pixels[2*n+k])
			}
			x, y := at.Min.X+(k%r.w)*l.Scale, at.Min.Y+(k/r.w)*l.Scale
			for dy := range l.Scale {
				row := m.Pix[m.PixOffset(x, y+dy):]
				for dx := range l.Scale {
					row[dx] = v
				}
			}
		}
	}
	return m
}
