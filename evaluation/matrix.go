package evaluation

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

func matrix(rows, columns int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

func transposed(m [][]float64) [][]float64 {
	t := matrix(len(m[0]), len(m))
	for i, row := range m {
		for j, v := range row {
			t[j][i] = v
		}
	}
	return t
}

// across calls do for 0..n-1 on every processor. Each call has its own place for what it
// finds, so that the outcome is the same on any number of them.
func across(n int, do func(i int)) {
	const few = 64 // are done sooner than others are asked
	if n < few {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for from := int(next.Add(few)) - few; from < n; from = int(next.Add(few)) - few {
				for i := from; i < min(from+few, n); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}

// dot is the scalar product, in four sums that a processor adds up side by side.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + (s2 + s3)
}

// products are a b^T: all scalar products of the rows of a with those of b.
func products(a, b [][]float64) [][]float64 {
	out := matrix(len(a), len(b))
	across(len(a), func(i int) { dots(out[i], a[i], b) })
	return out
}

// gram is a a^T.
func gram(a [][]float64) [][]float64 {
	out := matrix(len(a), len(a))
	across(len(a), func(i int) { dots(out[i][:i+1], a[i], a) })
	for i, row := range out {
		for j := range i {
			out[j][i] = row[j]
		}
	}
	return out
}

// dots are the scalar products of one vector with several, four at a time.
func dots(out, x []float64, with [][]float64) {
	j := 0
	for ; j+4 <= len(out); j += 4 {
		a, b, c, d := with[j][:len(x)], with[j+1][:len(x)], with[j+2][:len(x)], with[j+3][:len(x)]
		var s0, s1, s2, s3 float64
		for i, v := range x {
			s0 += v * a[i]
			s1 += v * b[i]
			s2 += v * c[i]
			s3 += v * d[i]
		}
		out[j], out[j+1], out[j+2], out[j+3] = s0, s1, s2, s3
	}
	for ; j < len(out); j++ {
		out[j] = dot(x, with[j])
	}
}

// eigenvalues of a symmetric matrix, in no order, by Householder's reflections to three
// diagonals and implicit QL steps on these (Golub and Van Loan, "Matrix Computations",
// 4th edition, sections 8.3.1 to 8.3.4). What is in the matrix is lost.
func eigenvalues(m [][]float64) []float64 {
	diagonal, off := tridiagonal(m)
	ql(diagonal, off)
	return diagonal
}

// tridiagonal reflects a symmetric matrix, from its last row to its first, to its
// diagonal and the numbers above it: off[i] couples i and i+1.
func tridiagonal(m [][]float64) (diagonal, off []float64) {
	n := len(m)
	diagonal, off = make([]float64, n), make([]float64, n)
	p := make([]float64, n)
	for i := n - 1; i > 0; i-- {
		v := m[i][:i] // I - beta v v^T takes the row to its last number alone
		off[i-1] = v[i-1]
		if dot(v[:i-1], v[:i-1]) == 0 {
			continue
		}
		off[i-1] = -math.Copysign(math.Sqrt(dot(v, v)), v[i-1])
		v[i-1] -= off[i-1]
		beta := 2 / dot(v, v)
		across(i, func(j int) { p[j] = beta * dot(m[j][:i], v) })
		half := beta / 2 * dot(p[:i], v)
		for j, w := range v {
			p[j] -= half * w
		}
		across(i, func(j int) {
			row, a, b := m[j][:i], v[j], p[j]
			for k, w := range v {
				row[k] -= a*p[k] + b*w
			}
		})
	}
	for i := range diagonal {
		diagonal[i] = m[i][i]
	}
	return diagonal, off
}

// ql turns the diagonal of a symmetric matrix of three diagonals into its eigenvalues.
func ql(diagonal, off []float64) {
	const most = 60 // steps for one eigenvalue, which takes two or three
	n := len(diagonal)
	for first := range n {
		for range most {
			last := first // of the block that begins here: nothing couples it with what follows
			for last < n-1 && math.Abs(off[last]) > 0x1p-52*(math.Abs(diagonal[last])+math.Abs(diagonal[last+1])) {
				last++
			}
			if last == first {
				break
			}
			chase(diagonal[first:last+1], off[first:last+1])
		}
	}
}

// chase is one implicit QL step with Wilkinson's shift on a block.
func chase(d, e []float64) {
	m := len(d) - 1
	g := (d[1] - d[0]) / (2 * e[0])
	g = d[m] - d[0] + e[0]/(g+math.Copysign(math.Hypot(g, 1), g))
	s, c, p := 1.0, 1.0, 0.0
	for i := m - 1; i >= 0; i-- {
		f, b := s*e[i], c*e[i]
		r := math.Hypot(f, g)
		e[i+1] = r
		if r == 0 { // the block falls apart here
			d[i+1] -= p
			e[m] = 0
			return
		}
		s, c = f/r, g/r
		g = d[i+1] - p
		r = (d[i]-g)*s + 2*c*b
		p = s * r
		d[i+1] = g + p
		g = c*r - b
	}
	d[0] -= p
	e[0], e[m] = g, 0
}
