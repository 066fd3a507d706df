package sampling

import "math"

// A Segment is a piece of a contour: two places on a grid, in columns from the left and
// rows from the top, 0 to one less than their number.
type Segment [2][2]float64

// Contour are the lines of equal value on a grid of columns by rows values, row by row,
// by marching squares: each square of four values is crossed by none, one or two
// segments. Squares with a value that is not finite have none. A square whose corners
// alternate is cut as the mean of the four says.
func Contour(values []float32, columns int, level float64) []Segment {
	if columns < 2 {
		return nil
	}
	var all []Segment
	for row := 0; (row+2)*columns <= len(values); row++ {
		for column := range columns - 1 {
			i := row*columns + column
			square := [4]float64{ // around, from the top left
				float64(values[i]), float64(values[i+1]), float64(values[i+columns+1]), float64(values[i+columns]),
			}
			for _, s := range cutSquare(square, level) {
				for k := range s {
					s[k][0] += float64(column)
					s[k][1] += float64(row)
				}
				all = append(all, s)
			}
		}
	}
	return all
}

// cutSquare are the segments in one square of side 1.
func cutSquare(v [4]float64, level float64) []Segment {
	sum := v[0] + v[1] + v[2] + v[3]
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil
	}
	corners := [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}} // in the order of v
	var cuts [][2]float64                                    // on the edges that change sides, in order around
	for k := range v {
		a, b := v[k], v[(k+1)%4]
		if (a >= level) == (b >= level) {
			continue
		}
		t := (level - a) / (b - a)
		p, q := corners[k], corners[(k+1)%4]
		cuts = append(cuts, [2]float64{p[0] + t*(q[0]-p[0]), p[1] + t*(q[1]-p[1])})
	}
	switch len(cuts) {
	case 2:
		return []Segment{{cuts[0], cuts[1]}}
	case 4: // cuts[k] lies between corner k and corner k+1
		if (sum/4 >= level) == (v[0] >= level) { // corners 0 and 2 hang together
			return []Segment{{cuts[0], cuts[1]}, {cuts[2], cuts[3]}}
		}
		return []Segment{{cuts[3], cuts[0]}, {cuts[1], cuts[2]}}
	}
	return nil
}
