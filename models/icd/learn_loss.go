package icd

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// divergence is the loss of contrastive divergence (Eq. 4) and the squared energies that
// hold it near 0:
//
//	mean(E+ - E-) + alpha mean(E+^2 + E-^2)
//
// with the energies of real pictures E+ and of samples E-, both [batch].
func divergence(real, samples *graph.Node, alpha float64) *graph.Node {
	gap := graph.ReduceAllMean(graph.Sub(real, samples))
	size := graph.ReduceAllMean(graph.Add(graph.Square(real), graph.Square(samples)))
	return graph.Add(gap, graph.MulScalar(size, alpha))
}

// neighbours is the mean logarithm of the distances of pictures x [n, ...] from their
// nearest neighbours among others [m, ...] (Eq. 7): the entropy of x's distribution but
// for a factor and a constant (Beirlant et al., 1997). Others carry no gradient.
func neighbours(x, others *graph.Node) *graph.Node {
	const least = 1e-8 // of squared distances: a picture that has been there before
	flat := func(x *graph.Node) *graph.Node { return graph.Reshape(x, x.Shape().Dimensions[0], -1) }
	a, b := flat(x), graph.StopGradient(flat(others))
	products := graph.DotGeneral(a, []int{1}, nil, b, []int{1}, nil) // [n, m]
	// |a|^2 is the same for all others of a row, so that the nearest is the least here.
	squares := graph.Sub(graph.Reshape(nn.SquaredNorm(b), 1, -1), graph.MulScalar(products, 2))
	nearest := graph.Gather(b, graph.ExpandAxes(graph.ArgMin(graph.StopGradient(squares), 1), -1), false) // [n, values]
	// The distance itself is not a difference of large numbers, which would cancel.
	distances := nn.SquaredNorm(graph.Sub(a, nearest))
	return graph.MulScalar(graph.ReduceAllMean(graph.Log(graph.MaxScalar(distances, least))), 0.5)
}

// adam is one step of Adam (Kingma and Ba, 2015) with beta1 = 0, the authors' setting:
// the gradient itself over the root of its averaged square v. correction is 1 - beta2^t.
func adam(w, g, v, rate, correction *graph.Node) (newW, newV *graph.Node) {
	v = graph.Add(graph.MulScalar(v, adamBeta2), graph.MulScalar(graph.Square(g), 1-adamBeta2))
	root := graph.AddScalar(graph.Sqrt(graph.Div(v, correction)), 1e-8)
	return graph.Sub(w, graph.Mul(rate, graph.Div(g, root))), v
}

const adamBeta2 = 0.999

// norm is the Euclidean norm of all gradients together.
func norm(gradients []*graph.Node) *graph.Node {
	sum := graph.ScalarZero(gradients[0].Graph(), gradients[0].DType())
	for _, g := range gradients {
		sum = graph.Add(sum, graph.ReduceAllSum(graph.Square(g)))
	}
	return graph.Sqrt(sum)
}
