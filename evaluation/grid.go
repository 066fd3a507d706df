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

// tiniest stands for the model's mass of a cell where it is 0, so that one point there
// costs much but not everything.
const tiniest = 1e-38

// LogLikelihood is the mean log-density, in nats, that a model gives data, both as
// masses of the grid's cells: sum_i data_i log(model_i / area), each made to add up to 1.
// Of the data itself it is the highest there can be.
func (g Grid) LogLikelihood(data, model []float64) float64 {
	var ofData, ofModel, sum float64
	for i := range data {
		ofData, ofModel = ofData+data[i], ofModel+model[i]
	}
	for i, m := range data {
		if m > 0 {
			sum += m / ofData * math.Log(max(model[i]/ofModel, tiniest))
		}
	}
	return sum - 2*math.Log(g.Size())
}
