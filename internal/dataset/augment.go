package dataset

import (
	"fmt"
	"math"

	"ebmstudio/sampling"
)

// Augmentation says which random changes a view of a picture gets, in the order of
// the fields (SimCLR; Chen et al., 2020). The zero value changes nothing.
type Augmentation struct {
	// Crop, where below 1, cuts a rectangle of a random area in Crop..1 (of the
	// picture's) and an aspect in 3/4..4/3, and scales it back to the whole picture.
	// 0 is no crop.
	Crop float64
	// Jitter changes brightness, contrast and (three channels only) saturation by
	// factors in 1-Jitter..1+Jitter, in 80 % of the pictures.
	Jitter float64
	// Gray is the probability of dropping the colour (three channels only).
	Gray float64
	// Flip mirrors half of the pictures from left to right.
	Flip bool
}

// Strength returns an augmentation by name: "flip"; "weak", small crops; "strong",
// SimCLR's without its smallest crops, which hold nothing at 28 pixels.
func Strength(name string) (Augmentation, error) {
	switch name {
	case "flip":
		return Augmentation{Flip: true}, nil
	case "weak":
		return Augmentation{Crop: 0.85}, nil
	case "strong":
		return Augmentation{Crop: 0.25, Jitter: 0.4, Gray: 0.2, Flip: true}, nil
	}
	return Augmentation{}, fmt.Errorf("augmentation %q: want flip, weak or strong", name)
}

// Streams within the augmentation of one picture: the first uniform numbers of
// (key, picture, step) in this order.
const (
	drawArea = iota
	drawAspect
	drawX
	drawY
	drawJitter
	drawBrightness
	drawContrast
	drawSaturation
	drawGray
	drawFlip
	draws
)

// Apply returns augmented copies of x, in 0..1. Picture i of step s always gets the
// same change under a key; use different keys for the two views of a pair.
func (a Augmentation) Apply(k sampling.Key, step int, x sampling.Images) (sampling.Images, error) {
	out := x.Clone()
	var u [draws]float32
	for i := range x.N {
		if err := k.Uniform(StreamAugment, i, step, u[:]); err != nil {
			return sampling.Images{}, err
		}
		a.one(u, x.Slice(i, i+1), out.Image(i))
	}
	return out, nil
}

func (a Augmentation) one(u [draws]float32, x sampling.Images, dst []float32) {
	if a.Crop > 0 && a.Crop < 1 {
		crop(a.Crop, u, x, dst)
	}
	if a.Jitter > 0 && u[drawJitter] < 0.8 {
		jitter(a.Jitter, u, x.C, dst)
	}
	if x.C == 3 && float64(u[drawGray]) < a.Gray {
		desaturate(dst, 0)
	}
	if a.Flip && u[drawFlip] < 0.5 {
		flip(dst, x.C*x.H, x.W)
	}
}

// crop is torchvision's RandomResizedCrop with bilinear interpolation.
func crop(least float64, u [draws]float32, x sampling.Images, dst []float32) {
	area := least + (1-least)*float64(u[drawArea])
	aspect := math.Exp((2*float64(u[drawAspect]) - 1) * math.Log(4.0/3))
	h := math.Min(math.Sqrt(area/aspect), 1) * float64(x.H)
	w := math.Min(math.Sqrt(area*aspect), 1) * float64(x.W)
	top, left := float64(u[drawY])*(float64(x.H)-h), float64(u[drawX])*(float64(x.W)-w)
	for c := range x.C {
		plane := x.Data[c*x.H*x.W : (c+1)*x.H*x.W]
		for row := range x.H {
			for col := range x.W {
				y := top + (float64(row)+0.5)*h/float64(x.H) - 0.5
				z := left + (float64(col)+0.5)*w/float64(x.W) - 0.5
				dst[(c*x.H+row)*x.W+col] = bilinear(plane, x.H, x.W, y, z)
			}
		}
	}
}

// bilinear reads a plane of h by w values at (y, x), the border repeated outside.
func bilinear(plane []float32, h, w int, y, x float64) float32 {
	y, x = min(max(y, 0), float64(h-1)), min(max(x, 0), float64(w-1))
	y0, x0 := int(y), int(x)
	y1, x1 := min(y0+1, h-1), min(x0+1, w-1)
	fy, fx := float32(y-float64(y0)), float32(x-float64(x0))
	top := (1-fx)*plane[y0*w+x0] + fx*plane[y0*w+x1]
	bottom := (1-fx)*plane[y1*w+x0] + fx*plane[y1*w+x1]
	return (1-fy)*top + fy*bottom
}

func jitter(strength float64, u [draws]float32, channels int, dst []float32) {
	factor := func(draw int) float32 { return float32(1 + strength*(2*float64(u[draw])-1)) }
	brightness, contrast := factor(drawBrightness), factor(drawContrast)
	var mean float32
	for j := range dst {
		dst[j] = min(max(brightness*dst[j], 0), 1)
		mean += dst[j]
	}
	mean /= float32(len(dst))
	for j := range dst {
		dst[j] = min(max(mean+contrast*(dst[j]-mean), 0), 1)
	}
	if channels == 3 {
		desaturate(dst, factor(drawSaturation))
	}
}

// desaturate moves three planes to their luma (ITU-R BT.601): all the way with keep
// 0, not at all with 1, away from it above 1.
func desaturate(dst []float32, keep float32) {
	n := len(dst) / 3
	for j := range n {
		luma := 0.299*dst[j] + 0.587*dst[n+j] + 0.114*dst[2*n+j]
		for c := range 3 {
			v := &dst[c*n+j]
			*v = min(max(luma+keep*(*v-luma), 0), 1)
		}
	}
}

func flip(dst []float32, rows, w int) {
	for r := range rows {
		row := dst[r*w : (r+1)*w]
		for a, b := 0, w-1; a < b; a, b = a+1, b-1 {
			row[a], row[b] = row[b], row[a]
		}
	}
}

// FlipSome mirrors pictures in place, each with probability p.
func FlipSome(k sampling.Key, step int, p float64, x sampling.Images) error {
	var u [draws]float32
	for i := range x.N {
		if err := k.Uniform(StreamAugment, i, step, u[:]); err != nil {
			return err
		}
		if float64(u[drawFlip]) < p {
			flip(x.Image(i), x.C*x.H, x.W)
		}
	}
	return nil
}
