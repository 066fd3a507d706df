package evaluation

import "math"

// Grid is a square of the plane, from -Half to Half on both axes, cut into Cells by
// Cells cells; cell (row, column) is number row*Cells+column, rows along the second
// coordinate.
type Grid struct {
	Half  float64
	Cells int
}

// Size is the side of a cell.
func (g Grid) Size() float64 { return 2 * g.Half / float64(g.Cells) }

// Cell is the number of the cell that holds a point, -1 outside.
func (g Grid) Cell(x, y float64) int {
	column, row := math.Floor((x+g.Half)/g.Size()), math.Floor((y+g.Half)/g.Size())
	n := float64(g.Cells)
	if !(column >= 0 && column < n && row >= 0 && row < n) {
		return -1
	}
	return int(row)*g.Cells + int(column)
}

// Centre is the middle of a cell.
func (g Grid) Centre(cell int) (x, y float64) {
	at := func(i int) float64 { return (float64(i)+0.5)*g.Size() - g.Half }
	return at(cell % g.Cells), at(cell / g.Cells)
}

// Shares are the parts of points, x and y in turn, that lie in each cell. Those outside
// the grid are in none, so that the shares may add up to less than 1.
func (g Grid) Shares(points []float32) []float64 {
	shares := make([]float64, g.Cells*g.Cells)
	n := len(points) / 2
	for i := range n {
		if cell := g.Cell(float64(points[2*i]), float64(points[2*i+1])); cell >= 0 {
			shares[cell] += 1 / float64(n)
		}
	}
	return shares
}

// TotalVariation is half the sum of the differences of two distributions over cells;
// what either leaves to 1 is a cell of its own.
func TotalVariation(p, q []float64) float64 {
	var sum, restP, restQ float64
	for i := range p {
		sum += math.Abs(p[i] - q[i])
		restP, restQ = restP+p[i], restQ+q[i]
	}
	return (sum + math.Abs(restP-restQ)) / 2
}

// supportLevel is the part of the highest mass of a cell from which on a cell belongs to
// the support: all cells of a uniform distribution, and of one with tails the part that
// one sees.
const supportLevel = 0.01

// InSupport is the part of a distribution that lies on the support of another.
func InSupport(shares, exact []float64) float64 {
	var highest, sum float64
	for _, m := range exact {
		highest = max(highest, m)
	}
	for i, m := range exact {
		if m >= supportLevel*highest {
			sum += shares[i]
		}
	}
	return sum
}

// LogPartition is log Z, the integral of exp(-E) over the grid by its cells' centres,
// from the energy of each cell.
func (g Grid) LogPartition(energies []float32) float64 {
	lowest := math.Inf(1)
	for _, e := range energies {
		lowest = min(lowest, float64(e))
	}
	var sum float64
	for _, e := range energies {
		sum += math.Exp(lowest - float64(e))
	}
	return math.Log(sum) - lowest + 2*math.Log(g.Size())
}

// LogLikelihood is the mean of -E - log Z over the energies of data, in nats.
func LogLikelihood(ofData []float32, logPartition float64) float64 {
	var sum float64
	for _, e := range ofData {
		sum -= float64(e)
	}
	return sum/float64(len(ofData)) - logPartition
}

// NegativeEntropy is the log-likelihood that the exact distribution has itself, from its
// masses of the grid's cells.
func (g Grid) NegativeEntropy(exact []float64) float64 {
	var sum, total float64
	for _, m := range exact {
		total += m
	}
	for _, m := range exact {
		if m > 0 {
			sum += m / total * math.Log(m/total)
		}
	}
	return sum - 2*math.Log(g.Size())
}
