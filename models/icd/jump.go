package icd

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/sampling"
)

// Jump is a data augmentation transition (section 2.3 of the paper): a random change of
// pictures in 0..1 after which they are still the same things, so that a chain gets from
// one mode to another. It is always taken.
type Jump struct {
	Kinds []string // of jumpKinds, in their order; empty: nothing changes
	Size  float64  // 1: as strong as the paper's changes of CIFAR-10
}

// The kinds of changes.
const (
	jumpFlip   = "flip"   // mirrors half of the pictures
	jumpCrop   = "crop"   // moves and scales, up to a side of sqrt(0.3) at size 1
	jumpBlur   = "blur"   // half of the pictures, by up to [1 2 1] along both axes
	jumpColour = "colour" // brightness and contrast; of three channels saturation too
)

var jumpKinds = []string{jumpFlip, jumpCrop, jumpBlur, jumpColour}

// parseJump reads kinds with commas between, or "none".
func parseJump(text string, size float64) (Jump, error) {
	j := Jump{Size: size}
	if text == "" || text == "none" {
		return j, nil
	}
	for kind := range strings.SplitSeq(text, ",") {
		if kind = strings.TrimSpace(kind); !slices.Contains(jumpKinds, kind) {
			return j, fmt.Errorf("found %q, want none, or some of %s with commas between", kind, strings.Join(jumpKinds, ", "))
		}
		j.Kinds = append(j.Kinds, kind)
	}
	return j, nil
}

func (j Jump) has(kind string) bool { return slices.Contains(j.Kinds, kind) }

// String is what parseJump reads.
func (j Jump) String() string {
	if len(j.Kinds) == 0 {
		return "none"
	}
	return strings.Join(j.Kinds, ",")
}

// streamJump is the stream of a run's key that jumps use.
const streamJump = sampling.StreamUser + 0x10

// What is drawn for a picture's jump, in this order.
const (
	drawFlip = iota
	drawZoom
	drawAspect
	drawRow
	drawColumn
	drawBlurred
	drawBlur
	drawBrightness
	drawContrast
	drawSaturation
	jumpDraws
)

// Apply returns changed copies; the change of picture i depends on (key, i, step).
func (j Jump) Apply(k sampling.Key, step int, x sampling.Images) (sampling.Images, error) {
	out := x.Clone()
	if len(j.Kinds) == 0 {
		return out, nil
	}
	var u [jumpDraws]float32
	for i := range x.N {
		if err := k.Uniform(streamJump, i, step, u[:]); err != nil {
			return x, err
		}
		j.one(u, x.Slice(i, i+1), out.Slice(i, i+1))
	}
	return out, nil
}

// between is -size..size for a draw of 0..1.
func between(u float32, size float64) float64 { return size * (2*float64(u) - 1) }

func (j Jump) one(u [jumpDraws]float32, x, out sampling.Images) {
	mirrored := j.has(jumpFlip) && u[drawFlip] < 0.5
	if mirrored || j.has(jumpCrop) {
		size := j.Size
		if !j.has(jumpCrop) {
			size = 0
		}
		// The paper's smallest crop has 0.3 of the area: 0.55 of the sides, exp(-0.6).
		zoom, aspect := math.Exp(between(u[drawZoom], 0.6*size)), math.Exp(between(u[drawAspect], 0.14*size))
		view := view{
			height: zoom * aspect, width: zoom / aspect,
			row: between(u[drawRow], 0.2*size*float64(x.H)), column: between(u[drawColumn], 0.2*size*float64(x.W)),
		}
		if mirrored {
			view.width = -view.width
		}
		view.resample(x, out)
	}
	if j.has(jumpBlur) && u[drawBlurred] < 0.5 {
		blur(out, float32(math.Min(j.Size, 1))*u[drawBlur])
	}
	if j.has(jumpColour) {
		colour(out, 1+between(u[drawBrightness], 0.8*j.Size), 1+between(u[drawContrast], 0.8*j.Size), 1+between(u[drawSaturation], 0.8*j.Size))
	}
}

// view is a rectangle of a picture around its centre: sides as parts of the picture's,
// a negative width mirrors; moved by rows and columns of pixels.
type view struct{ height, width, row, column float64 }

// resample reads the view bilinearly, the border repeated outside.
func (v view) resample(x, out sampling.Images) {
	at := func(i, n int, side, move float64) (from, to int, part float32) {
		p := (float64(i)+0.5-float64(n)/2)*side + float64(n)/2 - 0.5 + move
		p = min(max(p, 0), float64(n-1))
		from = int(p)
		return from, min(from+1, n-1), float32(p - float64(from))
	}
	for row := range x.H {
		top, bottom, down := at(row, x.H, v.height, v.row)
		for column := range x.W {
			left, right, across := at(column, x.W, v.width, v.column)
			for c := range x.C {
				plane := x.Data[c*x.H*x.W:]
				upper := (1-across)*plane[top*x.W+left] + across*plane[top*x.W+right]
				lower := (1-across)*plane[bottom*x.W+left] + across*plane[bottom*x.W+right]
				out.Data[(c*x.H+row)*x.W+column] = (1-down)*upper + down*lower
			}
		}
	}
}

// blur mixes a picture with itself under the filter [1 2 1]/4 along both axes.
func blur(x sampling.Images, share float32) {
	for c := range x.C {
		plane := x.Data[c*x.H*x.W : (c+1)*x.H*x.W]
		for row := range x.H {
			blurLine(plane[row*x.W:], x.W, 1, share)
		}
		for column := range x.W {
			blurLine(plane[column:], x.H, x.W, share)
		}
	}
}

func blurLine(v []float32, n, stride int, share float32) {
	before := v[0]
	for i := range n {
		here := v[i*stride]
		after := v[min(i+1, n-1)*stride]
		v[i*stride] = (1-share)*here + share*(before+2*here+after)/4
		before = here
	}
}

// colour multiplies brightness, contrast and, of three channels, saturation.
func colour(x sampling.Images, brightness, contrast, saturation float64) {
	var mean float32
	for i, v := range x.Data {
		x.Data[i] = float32(brightness) * v
		mean += x.Data[i]
	}
	mean /= float32(len(x.Data))
	plane := x.H * x.W
	for i := range plane {
		if x.C == 3 {
			luma := 0.299*x.Data[i] + 0.587*x.Data[plane+i] + 0.114*x.Data[2*plane+i] // ITU-R BT.601
			for c := range 3 {
				x.Data[c*plane+i] = luma + float32(saturation)*(x.Data[c*plane+i]-luma)
			}
		}
		for c := range x.C {
			v := &x.Data[c*plane+i]
			*v = min(max(mean+float32(contrast)*(*v-mean), 0), 1)
		}
	}
}
