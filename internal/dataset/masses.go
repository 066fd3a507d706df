package dataset

import "math"

// Masses are the probabilities of the cells of a square from -half to half on both
// axes, cut into cells by cells; rows along the second coordinate. They are integrals
// over the numbers that a point is made of: exact for the checkerboard where 4 is a
// multiple of a cell, within a thousandth of the densest cell for the others.
func (p Points) Masses(half float64, cells int) []float64 {
	masses := make([]float64, cells*cells)
	size := 2 * half / float64(cells)
	weight := 1 / float64(p.grid[0]*p.grid[1]*p.grid[2])
	middle := func(i, axis int) float64 { return (float64(i) + 0.5) / float64(p.grid[axis]) }
	for i := range p.grid[0] {
		for j := range p.grid[1] {
			for k := range p.grid[2] {
				x, y := p.point([4]float64{middle(i, 0), middle(j, 1), middle(k, 2)}, [2]float64{})
				fromX, alongX := spread(x, p.noise, half, size, cells)
				fromY, alongY := spread(y, p.noise, half, size, cells)
				for r, my := range alongY {
					for c, mx := range alongX {
						masses[(fromY+r)*cells+fromX+c] += weight * mx * my
					}
				}
			}
		}
	}
	return masses
}

// reach is how many deviations of the noise are looked at.
const reach = 5

// spread is how a coordinate with noise is shared out among the cells of an axis: the
// first cell, and the parts of it and those after it.
func spread(at, deviation, half, size float64, cells int) (from int, parts []float64) {
	cell := func(v float64) int { return int(math.Floor((v + half) / size)) }
	first, last := max(cell(at-reach*deviation), 0), min(cell(at+reach*deviation), cells-1)
	below := func(edge int) float64 { // of the probability
		v := float64(edge)*size - half
		if deviation == 0 {
			if v <= at {
				return 0
			}
			return 1
		}
		return 0.5 * math.Erfc((at-v)/(deviation*math.Sqrt2))
	}
	for c := first; c <= last; c++ {
		parts = append(parts, below(c+1)-below(c))
	}
	return first, parts
}
