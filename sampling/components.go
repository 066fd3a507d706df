package sampling

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Bounds of the search for principal components.
const (
	componentsKept = 10   // directions that are followed, so that close variances do not slow the two that are wanted
	componentsMost = 60   // rounds
	componentsEven = 1e-8 // the change of the two variances, as a share of all, that ends it
)

// Components are the places of rows of one length along their first two principal
// components, and the share of the variance that each holds, 0 to 1. The leading
// eigenvectors of the covariance come from orthogonal iteration with Rayleigh-Ritz steps
// (Golub and Van Loan, Matrix Computations, section 8.2.4), which needs no covariance
// matrix: thousands of pictures of thousands of pixels take seconds. The row farthest out
// lies on the positive side. Rows that do not vary lie at 0; none are no error. An ended
// ctx ends it between two rounds.
func Components(ctx context.Context, rows [][]float32) (at [][2]float64, share [2]float64, err error) {
	at = make([][2]float64, len(rows))
	if len(rows) == 0 {
		return at, share, nil
	}
	x, total, err := lessMean(rows)
	if err != nil || total == 0 {
		return at, share, err
	}
	q := randomBasis(componentsKept, len(rows[0]))
	var values [2]float64
	for range componentsMost {
		if err := ctx.Err(); err != nil {
			return nil, share, err
		}
		y := projected(x, q)
		ritz, turn := eigen(gramOf(y))
		first, second := leading(ritz)
		before := values
		values = [2]float64{max(ritz[first], 0), max(ritz[second], 0)}
		for i := range at {
			at[i] = [2]float64{}
			for k, v := range y[i] {
				at[i][0] += turn[k][first] * v
				at[i][1] += turn[k][second] * v
			}
		}
		if math.Abs(values[0]-before[0])+math.Abs(values[1]-before[1]) <= componentsEven*total {
			break
		}
		q = nextBasis(x, y)
	}
	for k := range share {
		share[k] = values[k] / total
		outward(at, k)
	}
	return at, share, nil
}

// lessMean are the rows less their mean, and the sum of their squares.
func lessMean(rows [][]float32) (x [][]float64, total float64, err error) {
	mean := make([]float64, len(rows[0]))
	for i, row := range rows {
		if len(row) != len(mean) {
			return nil, 0, fmt.Errorf("principal components: row %d has %d numbers, want %d as the first", i+1, len(row), len(mean))
		}
		for j, v := range row {
			mean[j] += float64(v) / float64(len(rows))
		}
	}
	x = make([][]float64, len(rows))
	for i, row := range rows {
		x[i] = make([]float64, len(row))
		for j, v := range row {
			x[i][j] = float64(v) - mean[j]
		}
		total += dot64(x[i], x[i])
		if math.IsNaN(total) || math.IsInf(total, 0) {
			return nil, 0, fmt.Errorf("principal components: row %d or one before it has a number that is not finite", i+1)
		}
	}
	// Equal rows differ from their mean by its rounding alone.
	if scale := float64(len(rows)) * dot64(mean, mean); total <= 1e-24*scale {
		total = 0
	}
	return x, total, nil
}

// randomBasis are orthonormal directions, the same at every call; those that are more
// than the space has are zero.
func randomBasis(n, size int) [][]float64 {
	r := rand.New(rand.NewPCG(1, 2))
	q := make([][]float64, n)
	for k := range q {
		q[k] = make([]float64, size)
		for j := range q[k] {
			q[k][j] = r.NormFloat64()
		}
	}
	return orthonormal(q)
}

// projected are the rows of x in the coordinates of a basis.
func projected(x, q [][]float64) [][]float64 {
	y := make([][]float64, len(x))
	for i, row := range x {
		y[i] = make([]float64, len(q))
		for k, direction := range q {
			y[i][k] = dot64(row, direction)
		}
	}
	return y
}

// gramOf is y^T y.
func gramOf(y [][]float64) [][]float64 {
	n := len(y[0])
	g := make([][]float64, n)
	for k := range g {
		g[k] = make([]float64, n)
	}
	for _, row := range y {
		for k, v := range row {
			for l, w := range row {
				g[k][l] += v * w
			}
		}
	}
	return g
}

// nextBasis spans what the covariance makes of the basis that y are the coordinates in.
func nextBasis(x, y [][]float64) [][]float64 {
	q := make([][]float64, len(y[0]))
	for k := range q {
		q[k] = make([]float64, len(x[0]))
	}
	for i, row := range x {
		for k, w := range y[i] {
			direction := q[k][:len(row)]
			for j, v := range row {
				direction[j] += w * v
			}
		}
	}
	return orthonormal(q)
}

// orthonormal makes directions so, in place and in order (Gram-Schmidt, twice); one that
// those before it span becomes zero.
func orthonormal(q [][]float64) [][]float64 {
	for k, direction := range q {
		length := length64(direction)
		for range 2 {
			for _, before := range q[:k] {
				remove(direction, before)
			}
		}
		if length64(direction) <= 1e-12*length {
			clear(direction)
			continue
		}
		normalise(direction)
	}
	return q
}

// outward turns a coordinate so that the place farthest out is positive.
func outward(at [][2]float64, k int) {
	far := 0.0
	for _, p := range at {
		if math.Abs(p[k]) > math.Abs(far) {
			far = p[k]
		}
	}
	if far < 0 {
		for i := range at {
			at[i][k] = -at[i][k]
		}
	}
}
