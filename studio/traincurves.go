package studio

import (
	"maps"
	"math"
	"slices"
)

// curvePoints is how many points a curve of a training keeps: more than a plot has
// pixels. When there are more, neighbours are averaged.
const curvePoints = 1024

// Curves are the measurements of a training over its iterations.
type Curves struct {
	Iterations []int
	Values     map[string][]float32 // by measurement; NaN where it was not taken

	each   int // iterations that a point is the mean of
	summed int // of the point that is not complete
	sums   map[string]float64
}

// add takes the measurements of an iteration.
func (c *Curves) add(iteration int, m map[string]float64) {
	if c.Values == nil {
		c.Values, c.sums, c.each = map[string][]float32{}, map[string]float64{}, 1
	}
	for name, v := range m {
		c.sums[name] += v
	}
	if c.summed++; c.summed < c.each {
		return
	}
	for name := range c.sums {
		if _, ok := c.Values[name]; !ok { // a measurement that came late has gaps before
			c.Values[name] = slices.Repeat([]float32{float32(math.NaN())}, len(c.Iterations))
		}
	}
	c.Iterations = append(c.Iterations, iteration)
	for name, v := range c.Values {
		mean := float32(math.NaN())
		if sum, ok := c.sums[name]; ok {
			mean = float32(sum / float64(c.summed))
		}
		c.Values[name] = append(v, mean)
	}
	c.summed, c.sums = 0, map[string]float64{}
	if len(c.Iterations) >= curvePoints {
		c.halve()
	}
}

// halve averages neighbours.
func (c *Curves) halve() {
	n := len(c.Iterations) / 2
	for i := range n {
		c.Iterations[i] = c.Iterations[2*i+1]
		for _, v := range c.Values {
			v[i] = (v[2*i] + v[2*i+1]) / 2
		}
	}
	c.Iterations = c.Iterations[:n]
	for name, v := range c.Values {
		c.Values[name] = v[:n]
	}
	c.each *= 2
}

func (c *Curves) clone() Curves {
	d := Curves{Iterations: slices.Clone(c.Iterations), Values: maps.Clone(c.Values)}
	for name, v := range d.Values {
		d.Values[name] = slices.Clone(v)
	}
	return d
}
