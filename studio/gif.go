package studio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
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

// IsAPNG tells an animated PNG, which loses no colours, from a GIF by its name.
func IsAPNG(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".apng" || ext == ".png"
}

// SaveGIF writes the recorded frames as an animation that loops and holds its
// last frame: as a GIF, or where the name ends so as an animated PNG (see IsAPNG), whose
// last frame is as short as the others, or as a video (see IsY4M), which does not loop. The
// file appears whole or not at all.
func SaveGIF(path string, rec *Recording, o GIFOptions) error {
	if IsY4M(path) {
		o, frames, err := o.paintings(rec)
		if err != nil {
			return fmt.Errorf("save %q: %w", path, err)
		}
		return streamFile(path, func(w io.Writer) error { return writeY4M(w, frames, o.Delay, o.Hold) })
	}
	encode := encodeGIF
	if IsAPNG(path) {
		encode = encodeFrames
	}
	data, err := encode(rec, o)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

// encodeFrames is an animation in full colours.
func encodeFrames(rec *Recording, o GIFOptions) ([]byte, error) {
	o, frames, err := o.paintings(rec)
	if err != nil {
		return nil, err
	}
	return encodeAPNG(slices.Collect(frames), o.Delay)
}

// paintings are the frames in full colours, each painted when it is its turn, and the
// completed options.
func (o GIFOptions) paintings(rec *Recording) (GIFOptions, iter.Seq[*image.RGBA], error) {
	o, layout, frames, bounds, err := o.animate(rec)
	if err != nil {
		return o, nil, err
	}
	size := rec.c * rec.h * rec.w
	return o, func(yield func(*image.RGBA) bool) {
		for _, f := range frames {
			m := image.NewRGBA(bounds)
			draw.Draw(m, bounds, image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
			for i, chain := range o.Chains {
				paste(m, layout.place(i, rec.w, rec.h), native(f.pixels[chain*size:(chain+1)*size], rec.c, rec.h, rec.w), layout.Scale)
			}
			if !yield(m) {
				return
			}
		}
	}, nil
}

// animate completes the options and picks the frames.
func (o GIFOptions) animate(rec *Recording) (GIFOptions, Layout, []frame, image.Rectangle, error) {
	o, layout, err := o.complete(rec)
	if err != nil {
		return o, layout, nil, image.Rectangle{}, err
	}
	frames := rec.pick(o.Frames)
	if len(frames) == 0 {
		return o, layout, nil, image.Rectangle{}, errors.New("the recording has no frames yet")
	}
	bounds := layout.bounds(len(o.Chains), rec.w, rec.h)
	if int64(bounds.Dx())*int64(bounds.Dy())*int64(len(frames)) > maxGIFPixels {
		return o, layout, nil, bounds, fmt.Errorf("animation of %d frames of %dx%d pixels is too large, want fewer frames, chains or a smaller scale",
			len(frames), bounds.Dx(), bounds.Dy())
	}
	return o, layout, frames, bounds, nil
}

func encodeGIF(rec *Recording, o GIFOptions) ([]byte, error) {
	o, layout, frames, bounds, err := o.animate(rec)
	if err != nil {
		return nil, err
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
		return r.whole(r.frames)
	}
	if n == 1 {
		return r.whole(r.frames[len(r.frames)-1:])
	}
	picked := make([]frame, n)
	for i := range picked {
		picked[i] = r.frames[i*(len(r.frames)-1)/(n-1)]
	}
	return r.whole(picked)
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
