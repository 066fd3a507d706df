package clel

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// divergence is the EBM's loss without the similarity, Eq. 12:
//
//	mean(E+ - E-) + alpha mean(E+^2 + E-^2)
//
// with the energies of real pictures E+ and of samples E-, both [batch].
func divergence(real, samples, alpha *graph.Node) *graph.Node {
	gap := graph.ReduceAllMean(graph.Sub(real, samples))
	size := graph.ReduceAllMean(graph.Add(graph.Square(real), graph.Square(samples)))
	return graph.Add(gap, graph.Mul(alpha, size))
}

// contrast is SimCLR's loss NT-Xent (Chen et al., 2020) with further negatives,
// Eq. 13, averaged over the 2n rows of views, [2n, d]. Rows i and i+n are two views
// of one picture. For every row
//
//	-log( exp(cos(z_i, z_j)/tau) / sum_k exp(cos(z_i, z_k)/tau) )
//
// where j is its partner and k runs over all other rows and over the negatives
// [m, d] (nil: none), which carry no gradient.
func contrast(views, negatives *graph.Node, temperature float64) *graph.Node {
	rows := views.Shape().Dimensions[0]
	z := nn.Unit(views)
	against := z
	if negatives != nil {
		against = graph.Concatenate([]*graph.Node{z, graph.StopGradient(nn.Unit(negatives))}, 0)
	}
	logits := graph.DivScalar(graph.DotGeneral(z, []int{1}, nil, against, []int{1}, nil), temperature) // [2n, 2n+m]
	logits = graph.Add(logits, graph.Const(z.Graph(), notItself(rows, against.Shape().Dimensions[0])))
	n := rows / 2
	half := func(from, to int) *graph.Node { return graph.Slice(z, graph.AxisRange(from, to)) }
	partner := graph.Concatenate([]*graph.Node{half(n, rows), half(0, n)}, 0)
	positive := graph.DivScalar(graph.ReduceSum(graph.Mul(z, partner), -1), temperature)
	return graph.ReduceAllMean(graph.Sub(logSumExp(logits), positive))
}

// notItself is 0 but for a number on the diagonal that takes a row's similarity
// with itself out of every sum.
func notItself(rows, columns int) [][]float32 {
	m := make([][]float32, rows)
	for i := range m {
		m[i] = make([]float32, columns)
		m[i][i] = -1e9
	}
	return m
}

// logSumExp is log sum exp over the last axis, [rows].
func logSumExp(x *graph.Node) *graph.Node {
	top := graph.StopGradient(graph.ReduceAndKeep(x, graph.ReduceMax, -1))
	sum := graph.ReduceSum(graph.Exp(graph.Sub(x, top)), -1)
	return graph.Add(graph.Log(sum), graph.Squeeze(top, -1))
}

// adam is one step of Adam (Kingma and Ba, 2015) with beta1 = 0 and beta2 = 0.999,
// the authors' setting: the gradient itself over the root of its averaged square v.
// correction is 1 - beta2^t.
func adam(w, g, v, rate, correction *graph.Node) (newW, newV *graph.Node) {
	v = graph.Add(graph.MulScalar(v, adamBeta2), graph.MulScalar(graph.Square(g), 1-adamBeta2))
	root := graph.AddScalar(graph.Sqrt(graph.Div(v, correction)), 1e-8)
	return graph.Sub(w, graph.Mul(rate, graph.Div(g, root))), v
}

const adamBeta2 = 0.999

// momentum is one step of SGD as PyTorch defines it: b <- m b + g + decay w,
// w <- w - rate b.
func momentum(w, g, b, rate *graph.Node, m, decay float64) (newW, newB *graph.Node) {
	b = graph.Add(graph.MulScalar(b, m), graph.Add(g, graph.MulScalar(w, decay)))
	return graph.Sub(w, graph.Mul(rate, b)), b
}

// average is the moving average of weights: decay a + (1-decay) w.
func average(a, w, decay *graph.Node) *graph.Node {
	return graph.Add(graph.Mul(decay, a), graph.Mul(graph.OneMinus(decay), w))
}

// norm is the Euclidean norm of all gradients together.
func norm(gradients []*graph.Node) *graph.Node {
	sum := graph.ScalarZero(gradients[0].Graph(), gradients[0].DType())
	for _, g := range gradients {
		sum = graph.Add(sum, graph.ReduceAllSum(graph.Square(g)))
	}
	return graph.Sqrt(sum)
}
