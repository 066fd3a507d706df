package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Normals are sampling.Key's normals inside a graph: size numbers a row, of the generator's
// words k0 and k1 of every row and the step (each uint32 [batch, 1]), as float32
// [batch, size]. Words are the same to the bit; logarithm, sine and cosine are the same
// polynomials, which an engine may round differently in the last place.
func Normals(k0, k1, step *graph.Node, size int) *graph.Node {
	pairs := (size + 1) / 2
	index := graph.Reshape(graph.ConvertDType(graph.IotaFull(k0.Graph(), shapeOf(dtypes.Int32, pairs)), dtypes.Uint32), 1, pairs)
	w0, w1 := threefry(k0, k1, step, index)
	a, b := boxMuller(w0, w1)
	both := graph.Reshape(graph.Stack([]*graph.Node{a, b}, 2), a.Shape().Dimensions[0], 2*pairs)
	return graph.SliceAxis(both, 1, graph.AxisRange(0, size))
}

// threefry is Threefry-2x32-20 (Salmon et al., 2011) of counters c0, c1 under keys k0, k1.
func threefry(k0, k1, c0, c1 *graph.Node) (x0, x1 *graph.Node) {
	const parity = 0x1BD11BDA
	word := func(v uint32) *graph.Node { return graph.Scalar(k0.Graph(), dtypes.Uint32, v) }
	keys := [3]*graph.Node{k0, k1, graph.BitwiseXor(graph.BitwiseXor(k0, k1), word(parity))}
	dims := []int{k0.Shape().Dimensions[0], c1.Shape().Dimensions[1]}
	x0 = graph.BroadcastToDims(graph.Add(c0, keys[0]), dims...)
	x1 = graph.Add(graph.BroadcastToDims(c1, dims...), graph.BroadcastToDims(keys[1], dims...))
	rotations := [2][4]uint32{{13, 15, 26, 6}, {17, 29, 16, 24}}
	for group := range 5 {
		for _, by := range rotations[group%2] {
			x0 = graph.Add(x0, x1)
			x1 = graph.BitwiseXor(x0, graph.BitwiseOr(graph.BitwiseShiftLeft(x1, word(by)), graph.BitwiseShiftRightLogical(x1, word(32-by))))
		}
		x0 = graph.Add(x0, graph.BroadcastToDims(keys[(group+1)%3], dims...))
		x1 = graph.Add(x1, graph.BroadcastToDims(graph.Add(keys[(group+2)%3], word(uint32(group+1))), dims...))
	}
	return x0, x1
}

// boxMuller makes two normals of two words, by the polynomials of sampling's: Cephes' logf,
// sinf and cosf (S. L. Moshier, 1992).
func boxMuller(w0, w1 *graph.Node) (a, b *graph.Node) {
	g := w0.Graph()
	word := func(v uint32) *graph.Node { return graph.Scalar(g, dtypes.Uint32, v) }
	radius := graph.Sqrt(graph.MulScalar(lnFraction(graph.Add(graph.BitwiseShiftRightLogical(w0, word(8)), word(1))), -2))

	v := graph.BitwiseShiftRightLogical(w1, word(8))
	rest := graph.BitwiseShiftRightArithmeticScalar(graph.Bitcast(graph.BitwiseShiftLeft(v, word(10)), dtypes.Int32), int32(10))
	quadrant := graph.BitwiseShiftRightLogical(graph.Add(v, word(1<<21)), word(22))
	x := graph.MulScalar(graph.ConvertDType(rest, dtypes.Float32), float32(math.Pi/2*0x1p-22))
	z := graph.Mul(x, x)
	s := polynomial(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
	s = graph.Add(graph.Mul(graph.Mul(s, z), x), x)
	c := polynomial(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
	c = graph.AddScalar(graph.Sub(graph.Mul(graph.Mul(c, z), z), graph.MulScalar(z, 0.5)), 1)

	// Odd quadrants swap the two; the second and third negate the cosine, the third and
	// fourth the sine.
	one := word(1)
	odd := graph.Equal(graph.BitwiseAnd(quadrant, one), one)
	cos, sin := graph.Where(odd, s, c), graph.Where(odd, c, s)
	negative := func(v, q *graph.Node) *graph.Node {
		return graph.Where(graph.Equal(graph.BitwiseAnd(q, word(2)), word(2)), graph.Neg(v), v)
	}
	return graph.Mul(radius, negative(cos, graph.Add(quadrant, one))), graph.Mul(radius, negative(sin, quadrant))
}

// lnFraction is ln(m / 2^24) for m in 1..2^24.
func lnFraction(m *graph.Node) *graph.Node {
	const sqrtHalfBits = 0x3f3504f3 // float32 bits of sqrt(1/2)
	g := m.Graph()
	word := func(v uint32) *graph.Node { return graph.Scalar(g, dtypes.Uint32, v) }
	bits := graph.Sub(graph.Bitcast(graph.ConvertDType(m, dtypes.Float32), dtypes.Uint32), word(24<<23+sqrtHalfBits))
	exponent := graph.ConvertDType(graph.BitwiseShiftRightArithmeticScalar(graph.Bitcast(bits, dtypes.Int32), int32(23)), dtypes.Float32)
	mantissa := graph.Add(graph.BitwiseAnd(bits, word(0x7fffff)), word(sqrtHalfBits))
	f := graph.AddScalar(graph.Bitcast(mantissa, dtypes.Float32), -1)

	z := graph.Mul(f, f)
	p := polynomial(f, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
		-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
	y := graph.Mul(graph.Mul(f, z), p)
	y = graph.Add(y, graph.MulScalar(exponent, -2.12194440e-4))
	y = graph.Sub(y, graph.MulScalar(z, 0.5))
	return graph.Add(graph.Add(f, y), graph.MulScalar(exponent, 0.693359375))
}

// polynomial is c[0] x^n + ... + c[n], by Horner's rule.
func polynomial(x *graph.Node, c ...float32) *graph.Node {
	p := graph.MulScalar(x, c[0])
	for i, v := range c[1:] {
		p = graph.AddScalar(p, v)
		if i < len(c)-2 {
			p = graph.Mul(p, x)
		}
	}
	return p
}
