package sampling

import (
	"fmt"
	"math"
)

// principalMost is the largest number of pictures a principal plane is found from: of
// more, so many evenly spaced ones are taken.
const principalMost = 96

// PrincipalPlane is the plane that holds most of how pictures vary, such as the frames of
// a chain: through their mean, along the two leading eigenvectors of their covariance.
// These are found from the Gram matrix of the centred pictures, which is small where the
// pictures are few (Turk and Pentland, 1991). share is the part of the variance that
// each axis holds. U points from the first picture to the last.
func PrincipalPlane(x Images) (p Plane, share [2]float64, err error) {
	if x.N < 3 {
		return p, share, fmt.Errorf("principal plane: found %d pictures, want at least 3", x.N)
	}
	rows, mean := centred(thinned(x, principalMost))
	n := len(rows)
	gram := make([][]float64, n)
	total := 0.0
	for i := range gram {
		gram[i] = make([]float64, n)
		for k := range i + 1 {
			gram[i][k] = dot64(rows[i], rows[k])
			gram[k][i] = gram[i][k]
		}
		total += gram[i][i]
	}
	values, vectors := eigen(gram)
	first, second := leading(values)
	if !(values[second] > 1e-9*total) {
		return p, share, fmt.Errorf("principal plane: the pictures lie on one line, want some that span a plane")
	}
	axis := func(k int) []float64 {
		a := make([]float64, len(rows[0]))
		for i, row := range rows {
			for j, v := range row {
				a[j] += vectors[i][k] * v
			}
		}
		normalise(a)
		return a
	}
	p = Plane{Origin: mean, U: axis(first), V: axis(second)}
	remove(p.V, p.U) // what rounding has left
	normalise(p.V)
	if dot64(rows[n-1], p.U) < dot64(rows[0], p.U) {
		for j := range p.U {
			p.U[j] = -p.U[j]
		}
	}
	return p, [2]float64{values[first] / total, values[second] / total}, nil
}

// thinned are at most n of the pictures, evenly spaced, the first and the last among them.
func thinned(x Images, n int) Images {
	if x.N <= n {
		return x
	}
	few := NewImages(n, x.C, x.H, x.W)
	for i := range n {
		copy(few.Image(i), x.Image(i*(x.N-1)/(n-1)))
	}
	return few
}

// centred are the pictures less their mean.
func centred(x Images) (rows [][]float64, mean Images) {
	mean = NewImages(1, x.C, x.H, x.W)
	for j := range mean.Data {
		sum := 0.0
		for i := range x.N {
			sum += float64(x.Image(i)[j])
		}
		mean.Data[j] = float32(sum / float64(x.N))
	}
	for i := range x.N {
		rows = append(rows, difference(x.Image(i), mean.Data))
	}
	return rows, mean
}

// leading are the places of the two largest values.
func leading(values []float64) (first, second int) {
	second = 1
	for i, v := range values {
		switch {
		case v > values[first]:
			first, second = i, first
		case i != first && (second == first || v > values[second]):
			second = i
		}
	}
	return first, second
}

// eigen are the eigenvalues of a symmetric matrix, which it changes, and the
// eigenvectors as columns, by Jacobi's rotations in cyclic order (Golub and Van Loan,
// Matrix Computations, section 8.5).
func eigen(a [][]float64) (values []float64, vectors [][]float64) {
	n := len(a)
	vectors = make([][]float64, n)
	for i := range vectors {
		vectors[i] = make([]float64, n)
		vectors[i][i] = 1
	}
	for range 40 {
		off, diagonal := 0.0, 0.0
		for i := range n {
			diagonal += a[i][i] * a[i][i]
			for k := range i {
				off += a[i][k] * a[i][k]
			}
		}
		if off <= 1e-26*diagonal {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, vectors, p, q)
			}
		}
	}
	for i := range n {
		values = append(values, a[i][i])
	}
	return values, vectors
}

// rotate makes the element (p, q) zero.
func rotate(a, vectors [][]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	tau := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := 1 / (math.Abs(tau) + math.Sqrt(1+tau*tau))
	if tau < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(1+t*t)
	s := t * c
	for k := range a {
		akp, akq := a[k][p], a[k][q]
		a[k][p], a[k][q] = c*akp-s*akq, s*akp+c*akq
		vkp, vkq := vectors[k][p], vectors[k][q]
		vectors[k][p], vectors[k][q] = c*vkp-s*vkq, s*vkp+c*vkq
	}
	for k := range a {
		apk, aqk := a[p][k], a[q][k]
		a[p][k], a[q][k] = c*apk-s*aqk, s*apk+c*aqk
	}
}
