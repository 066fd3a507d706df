package evaluation

import (
	"errors"
	"fmt"
	"math"
)

// FD is the Fréchet distance of two sets of feature vectors taken for normal
// distributions (Dowson and Landau, 1982; Heusel et al., 2017, Eq. 6):
//
//	|m_a - m_b|^2 + Tr(S_a + S_b - 2 (S_a^(1/2) S_b S_a^(1/2))^(1/2))
//
// with the covariances S of divisor N-1. It is 0 or more, and biased upwards by an
// amount that depends on N and on the model (Chong and Forsyth, arXiv 1911.07023), so
// only values of the same features and the same N compare. Of the features of one
// particular network it is known as FID; of others it is not.
func FD(a, b [][]float32) (float64, error) {
	if err := vectors("fréchet distance", a, b, 2); err != nil {
		return 0, err
	}
	meanA, s := moments(a)
	meanB, t := moments(b)
	var distance float64
	for i := range meanA {
		d := meanA[i] - meanB[i]
		distance += d*d + s[i][i] + t[i][i]
	}
	for _, v := range symmetricEigen(sandwich(root(s), t), nil) {
		distance -= 2 * math.Sqrt(max(v, 0)) // a covariance has none below 0 but by rounding
	}
	if math.IsNaN(distance) || math.IsInf(distance, 0) {
		return 0, errors.New("fréchet distance: found features that are not finite")
	}
	return max(distance, 0), nil
}

// vectors is an error where two sets have fewer than least vectors, or vectors of
// different lengths.
func vectors(what string, a, b [][]float32, least int) error {
	if len(a) < least || len(b) < least {
		return fmt.Errorf("%s: found %d and %d vectors, want at least %d each", what, len(a), len(b), least)
	}
	d := len(a[0])
	for _, set := range [][][]float32{a, b} {
		for _, v := range set {
			if len(v) != d || d == 0 {
				return fmt.Errorf("%s: found vectors of different lengths, or empty ones", what)
			}
		}
	}
	return nil
}

// moments are the mean and the covariance, of divisor N-1, of vectors.
func moments(rows [][]float32) (mean []float64, covariance [][]float64) {
	d, n := len(rows[0]), float64(len(rows))
	mean, covariance = make([]float64, d), square(d)
	for _, row := range rows {
		for i, v := range row {
			mean[i] += float64(v) / n
		}
	}
	away := make([]float64, d)
	for _, row := range rows {
		for i, v := range row {
			away[i] = float64(v) - mean[i]
		}
		for i, v := range away {
			for j := range i + 1 {
				covariance[i][j] += v * away[j] / (n - 1)
			}
		}
	}
	for i := range d {
		for j := range i {
			covariance[j][i] = covariance[i][j]
		}
	}
	return mean, covariance
}

// root is the symmetric square root of a covariance.
func root(s [][]float64) [][]float64 {
	d := len(s)
	columns := square(d)
	values := symmetricEigen(s, columns)
	out := square(d)
	for k, v := range values {
		r := math.Sqrt(max(v, 0))
		for i := range d {
			for j := range d {
				out[i][j] += r * columns[i][k] * columns[j][k]
			}
		}
	}
	return out
}

// sandwich is r m r.
func sandwich(r, m [][]float64) [][]float64 { return multiply(multiply(r, m), r) }

func multiply(a, b [][]float64) [][]float64 {
	out := square(len(a))
	for i := range a {
		for k, v := range a[i] {
			for j, w := range b[k] {
				out[i][j] += v * w
			}
		}
	}
	return out
}

func square(d int) [][]float64 {
	m := make([][]float64, d)
	for i := range m {
		m[i] = make([]float64, d)
	}
	return m
}

// sweeps is enough of Jacobi's for any size: they converge quadratically, in six to ten.
const sweeps = 60

// symmetricEigen are the eigenvalues of a symmetric matrix, in no order, by Jacobi's
// cyclic rotations (Golub and Van Loan, "Matrix Computations", 4th edition, Algorithm
// 8.5.3). Columns, where not nil, gets the eigenvectors. The matrix stays as it is.
func symmetricEigen(matrix, columns [][]float64) []float64 {
	d := len(matrix)
	m := square(d)
	var norm float64
	for i := range d {
		copy(m[i], matrix[i])
		for _, v := range m[i] {
			norm += v * v
		}
		if columns != nil {
			columns[i][i] = 1
		}
	}
	for range sweeps {
		var off float64
		for i := range d {
			for j := range i {
				off += m[i][j] * m[i][j]
			}
		}
		if !(off > 1e-30*norm) {
			break
		}
		for p := range d {
			for q := p + 1; q < d; q++ {
				rotate(m, columns, p, q)
			}
		}
	}
	values := make([]float64, d)
	for i := range values {
		values[i] = m[i][i]
	}
	return values
}

// rotate makes element (p, q) of a symmetric matrix 0.
func rotate(m, columns [][]float64, p, q int) {
	if m[p][q] == 0 {
		return
	}
	tau := (m[q][q] - m[p][p]) / (2 * m[p][q])
	t := 1 / (math.Abs(tau) + math.Hypot(1, tau))
	if tau < 0 {
		t = -t
	}
	c := 1 / math.Hypot(1, t)
	s := t * c
	for k := range m {
		a, b := m[k][p], m[k][q]
		m[k][p], m[k][q] = c*a-s*b, s*a+c*b
	}
	rowP, rowQ := m[p], m[q]
	for k, a := range rowP {
		b := rowQ[k]
		rowP[k], rowQ[k] = c*a-s*b, s*a+c*b
	}
	for _, row := range columns {
		a, b := row[p], row[q]
		row[p], row[q] = c*a-s*b, s*a+c*b
	}
}
