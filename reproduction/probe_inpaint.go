package reproduction

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Masks of Inpaint.
const (
	square = "square" // the middle, half of the sides wide
	brush  = "brush"  // a stroke from corner to corner, a quarter of the side wide
)

// Inpaint fills a hole of test pictures several times over.
type Inpaint struct {
	Data     string
	Mask     string // square or brush
	Chains   int    // answers a picture
	Mean     bool   // fills with the mean of the known pixels instead: what chains are compared with
	Sampler  string
	Settings sampling.Settings
}

// Names of its measures.
const (
	psnr      = "PSNR, dB"
	ssim      = "SSIM"
	answers   = "spread"
	unchanged = "known pixels unchanged"
)

func (p Inpaint) recipe(o *studio.Opened) studio.Recipe { return recipeOf(o, p.Sampler, p.Settings) }

// Measure implements [Probe]. The count is of answers.
func (p Inpaint) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil
	}
	all, _, err := studio.TestPictures(p.Data, 10_000)
	if err != nil {
		return nil, err
	}
	x := chosen(all, max(1, b.Count/p.Chains), b.Seed)
	var sums fills
	for i := range x.N {
		if err := p.fill(ctx, b, x.Slice(i, i+1), i, &sums); err != nil {
			return nil, err
		}
		b.tell(fmt.Sprintf("picture %d of %d", i+1, x.N))
	}
	values := map[string]float64{psnr: sums.psnr / float64(x.N), ssim: sums.ssim / float64(x.N)}
	if !p.Mean {
		values[answers], values[unchanged] = sums.spread/float64(x.N), sums.kept.Value()
	}
	return values, nil
}

// fills are sums over pictures.
type fills struct {
	psnr, ssim, spread float64
	kept               evaluation.Rate
}

// fill fills the hole of one picture, in 0..1.
func (p Inpaint) fill(ctx context.Context, b *Bench, x sampling.Images, i int, sums *fills) error {
	mask := maskOf(p.Mask, x.W, x.H)
	hole := make([]float32, x.W*x.H)
	for at := range hole {
		if mask.Pix[at] > 0 {
			hole[at] = 1
		}
	}
	filled, chains := meanFilled(x, hole), 1
	if !p.Mean {
		var err error
		r := recipeOf(b.Model, p.Sampler, p.Settings)
		r.Chains, r.Seed, chains = p.Chains, b.Seed<<32+uint64(i), p.Chains
		if r.Known, err = studio.NewKnown(b.Model.Model, fmt.Sprintf("test picture %d", i), pictureOf(x), mask, false); err != nil {
			return err
		}
		if filled, err = b.sample(ctx, r); err != nil {
			return err
		}
	}
	for k := range chains {
		signal, err := evaluation.PSNR(x.Data, filled.Image(k), hole)
		if err != nil {
			return err
		}
		similar, err := evaluation.SSIM(x.Data, filled.Image(k), hole, x.W)
		if err != nil {
			return err
		}
		sums.psnr, sums.ssim = sums.psnr+signal/float64(chains), sums.ssim+similar/float64(chains)
		for at, v := range filled.Image(k) {
			if hole[at%len(hole)] == 0 {
				sums.kept.Add(math.Round(255*float64(v)) == math.Round(255*float64(x.Data[at])))
			}
		}
	}
	sums.spread += spreadOf(filled, hole)
	return nil
}

// maskOf is white where pictures are filled.
func maskOf(name string, w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			in := x >= w/4 && x < w/4+w/2 && y >= h/4 && y < h/4+h/2
			if name == brush {
				in = math.Abs(float64(x)-float64(y)*float64(w)/float64(h)) < float64(w)/8
			}
			if in {
				m.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return m
}

// pictureOf is a picture in 0..1 as an image.
func pictureOf(x sampling.Images) image.Image {
	level := func(c, at int) uint8 {
		return uint8(math.Round(255 * float64(x.Data[min(c, x.C-1)*x.H*x.W+at])))
	}
	m := image.NewNRGBA(image.Rect(0, 0, x.W, x.H))
	for at := range x.H * x.W {
		m.SetNRGBA(at%x.W, at/x.W, color.NRGBA{level(0, at), level(1, at), level(2, at), 255})
	}
	return m
}

// meanFilled has the mean of the known pixels of each channel in the hole.
func meanFilled(x sampling.Images, hole []float32) sampling.Images {
	y := x.Clone()
	for c := range x.C {
		plane := y.Data[c*len(hole) : (c+1)*len(hole)]
		var sum, n float32
		for at, v := range plane {
			sum, n = sum+v*(1-hole[at]), n+1-hole[at]
		}
		for at := range plane {
			if hole[at] == 1 {
				plane[at] = sum / n
			}
		}
	}
	return y
}

// spreadOf is the standard deviation of a hole's pixel over answers, root mean square.
func spreadOf(x sampling.Images, hole []float32) float64 {
	var sum, n float64
	for at := range x.C * len(hole) {
		if hole[at%len(hole)] == 0 {
			continue
		}
		var values []float64
		for k := range x.N {
			values = append(values, float64(x.Image(k)[at]))
		}
		_, deviation := spread(values)
		sum, n = sum+deviation*deviation, n+1
	}
	return math.Sqrt(sum / n)
}
