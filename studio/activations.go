package studio

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Activation is what a layer of an energy network makes of one picture: a feature map a
// channel.
type Activation struct {
	Layer   string
	C, H, W int       // H and W are 1 where the layer has no pixels
	Values  []float32 // channel by channel, row by row
}

// Activations are the outputs of all layers of the networks behind a recipe's energy for
// one picture of the model's size and range, in the order in which they run. On models
// with noise levels it is that of the cleanest one; see Opened.AtLevel.
func (s *Studio) Activations(ctx context.Context, o *Opened, r Recipe, x sampling.Images) ([]Activation, error) {
	if err := chainable(o.Model); err != nil {
		return nil, err
	}
	if err := r.Validate(o.Model); err != nil {
		return nil, err
	}
	layers, err := inLane(ctx, s, "activations of "+o.Name, urgencyView, func() ([]checkpoint.Named, error) {
		if err := x.Check(o.Model.C, o.Model.H, o.Model.W); err != nil {
			return nil, err
		}
		terms, _, err := ledgerTerms(o.Model, r)
		if err != nil {
			return nil, err
		}
		return models.Activations(sampling.Sum(terms), x)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	all := make([]Activation, len(layers))
	for i, l := range layers {
		if all[i], err = activationOf(l); err != nil {
			return nil, fmt.Errorf("%s: layer %q: %w", o.Name, l.Name, err)
		}
	}
	return all, nil
}

func activationOf(l checkpoint.Named) (Activation, error) {
	a := Activation{Layer: l.Name, H: 1, W: 1}
	switch len(l.Shape) {
	case 3:
		a.C, a.H, a.W = l.Shape[0], l.Shape[1], l.Shape[2]
	case 1:
		a.C = l.Shape[0]
	default:
		return a, fmt.Errorf("found shape %v, want channels, or channels, height and width", l.Shape)
	}
	var err error
	a.Values, err = l.Float32s()
	return a, err
}

// Channel is one feature map, row by row.
func (a Activation) Channel(i int) []float32 {
	n := a.H * a.W
	return a.Values[i*n : (i+1)*n]
}

// spanOf are the least and the greatest finite value, both 0 without one, the mean of
// the finite values' sizes and how many are not finite.
func spanOf(values []float32) (least, greatest, strength float64, notFinite int) {
	least, greatest = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		x := float64(v)
		if !finite(x) {
			notFinite++
			continue
		}
		least, greatest, strength = min(least, x), max(greatest, x), strength+math.Abs(x)
	}
	if notFinite == len(values) {
		return 0, 0, 0, notFinite
	}
	return least, greatest, strength / float64(len(values)-notFinite), notFinite
}

// Range are the least and the greatest finite value of all channels, both 0 without one,
// the mean of |a| and how many values are not finite.
func (a Activation) Range() (least, greatest, strength float64, notFinite int) {
	return spanOf(a.Values)
}

// RangeOf is Range of one channel.
func (a Activation) RangeOf(channel int) (least, greatest, strength float64, notFinite int) {
	return spanOf(a.Channel(channel))
}

// Order lists the channels as they are numbered, or those with the largest mean |a|
// first.
func (a Activation) Order(byStrength bool) []int {
	order, strengths := make([]int, a.C), make([]float64, a.C)
	for i := range order {
		order[i] = i
		_, _, strengths[i], _ = a.RangeOf(i)
	}
	if byStrength {
		slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(strengths[k], strengths[i]) })
	}
	return order
}

// Shades colour numbers: Low in the first colour, High in the last.
type Shades struct {
	Low, High float64
	Colours   []color.RGBA
}

// The ways to colour activations.
const (
	ShadesDiverging  = "diverging"  // 0 in the middle, as far up as down
	ShadesSequential = "sequential" // from the least value to the greatest
)

// Shades are those of a way, over all channels of the layer; "": diverging where there
// are values on both sides of 0. The colours are those of the way.
func (a Activation) Shades(way string, diverging, sequential []color.RGBA) Shades {
	least, greatest, _, _ := a.Range()
	if way == ShadesDiverging || way == "" && least < 0 && greatest > 0 {
		far := max(-least, greatest)
		return Shades{-far, far, diverging}
	}
	return Shades{least, greatest, sequential}
}

// Of is the colour of a number that is finite.
func (s Shades) Of(v float64) color.RGBA {
	if s.High <= s.Low {
		return shadeOf(s.Colours, 0.5)
	}
	return shadeOf(s.Colours, (v-s.Low)/(s.High-s.Low))
}

// Tile paints one channel; what is not finite is hatched in grey.
func (a Activation) Tile(channel int, s Shades) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, a.W, a.H))
	for i, v := range a.Channel(channel) {
		x, y := i%a.W, i/a.W
		c := hatch(x + y)
		if finite(float64(v)) {
			c = s.Of(float64(v))
		}
		m.SetRGBA(x, y, c)
	}
	return m
}
