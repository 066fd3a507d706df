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
//
// With S_a = F_a^T F_a and S_b = F_b^T F_b the last trace is the sum of the singular
// values of F_a F_b^T, for any such factors: the fewer rows they have, the less there is
// to do, and covariances of fewer vectors than numbers need no other care.
func FD(a, b [][]float32) (float64, error) {
	if err := vectors("fréchet distance", a, b, 2); err != nil {
		return 0, err
	}
	meanA, f := factor(a)
	meanB, g := factor(b)
	distance := squares(f) + squares(g)
	for i := range meanA {
		d := meanA[i] - meanB[i]
		distance += d * d
	}
	if math.IsNaN(distance) || math.IsInf(distance, 0) {
		return 0, errors.New("fréchet distance: found features that are not finite")
	}
	return max(distance-2*singularSum(f, g), 0), nil
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

// factor is the mean of vectors, and rows F with F^T F their covariance, of divisor N-1:
// the centred vectors themselves, or a Cholesky factor where that has fewer rows.
func factor(rows [][]float32) (mean []float64, f [][]float64) {
	d, n := len(rows[0]), len(rows)
	mean = make([]float64, d)
	for _, row := range rows {
		for i, v := range row {
			mean[i] += float64(v) / float64(n)
		}
	}
	f = matrix(n, d)
	root := math.Sqrt(float64(n - 1))
	for k, row := range rows {
		for i, v := range row {
			f[k][i] = (float64(v) - mean[i]) / root
		}
	}
	if n <= d {
		return mean, f
	}
	return mean, transposed(cholesky(gram(transposed(f))))
}

// cholesky is the lower triangle L with L L^T a covariance, in whose place it is put
// (Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2.8: of a matrix
// that is only semidefinite, pivots that rounding alone made are taken for 0).
func cholesky(s [][]float64) [][]float64 {
	var largest float64
	for i := range s {
		largest = max(largest, s[i][i])
	}
	least := float64(len(s)) * 0x1p-52 * largest
	for j, row := range s {
		pivot := row[j] - dot(row[:j], row[:j])
		if !(pivot > least) {
			pivot = 0
		}
		root := math.Sqrt(pivot)
		across(len(s)-j-1, func(k int) {
			below := s[j+1+k]
			if root == 0 {
				below[j] = 0
				return
			}
			below[j] = (below[j] - dot(below[:j], row[:j])) / root
		})
		row[j] = root
		clear(row[j+1:])
	}
	return s
}

// singularSum is the sum of the singular values of f g^T, roots of the eigenvalues of
// the smaller of its products with itself.
func singularSum(f, g [][]float64) (sum float64) {
	if len(f) > len(g) {
		f, g = g, f
	}
	m := products(f, g)
	for _, v := range eigenvalues(gram(m)) {
		sum += math.Sqrt(max(v, 0)) // there is none below 0 but by rounding
	}
	return sum
}

func squares(m [][]float64) (sum float64) {
	for _, row := range m {
		sum += dot(row, row)
	}
	return sum
}
