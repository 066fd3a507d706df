package cdrl

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// Leap makes several Langevin steps at once on the device (sampling.Fused). What tells the
// levels apart are numbers and what the network is told, so that all share one program; the
// noisiest, which has no tether, is tied by a spring of no strength. Steps of points are made
// one by one on XLA, which takes many minutes to compile eight of them: without convolutions
// between them it puts what is done to points together, over and over.
func (e *energy) Leap(l sampling.Leap) (made sampling.Leapt, ok bool, err error) {
	if e.net.net.Points && !e.net.leap.PureGo() {
		return made, false, nil
	}
	queries := e.mix.queries(e.level.Below, e.scale)
	if err := e.net.check(l.X, queries); err != nil {
		return made, false, err
	}
	told, err := e.net.toldOf(l.X.N, queries)
	if err != nil {
		return made, false, err
	}
	if l.Tether.To.N == 0 {
		l.Tether = sampling.Tether{To: l.X}
	}
	return e.net.leap.Leap(l, byPicture(told, len(queries)), e.numbers(l.X.N))
}

// byPicture lays rows of one query after the other side by side, [pictures, queries, width].
func byPicture(rows nn.Array, queries int) nn.Array {
	count, width := rows.Shape[0]/queries, rows.Shape[1]
	all := nn.NewArray(count, queries, width)
	for q := range queries {
		for i := range count {
			copy(all.Data[(i*queries+q)*width:(i*queries+q+1)*width], rows.Data[(q*count+i)*width:])
		}
	}
	return all
}

// A mixture's weight is told as three numbers of float32 that add up to it in float64, in
// which mixture.sum adds up.
const numberParts = 3

// numbers are the scale, and of every part of the mixture the weight of its F in the energy
// and that of its gradient, the same for every picture.
func (e *energy) numbers(count int) nn.Array {
	row := []float32{float32(e.scale)}
	for _, factor := range []float64{-1 / e.level.S2, -e.scale / e.level.S2} {
		for _, p := range e.mix {
			rest := factor * p.weight
			for range numberParts {
				row = append(row, float32(rest))
				rest -= float64(float32(rest))
			}
		}
	}
	all := nn.NewArray(count, len(row))
	for i := range count {
		copy(all.Data[i*len(row):], row)
	}
	return all
}

// mixed builds the energy of a mixture and its gradient: of pictures, what is told
// [batch, parts, width], and the numbers. As many parts as make a batch are evaluated at
// once, so that few networks are compiled.
func (n *network) mixed(w nn.Weights, in []*graph.Node) []*graph.Node {
	x, told, numbers := in[0], in[1], in[2]
	batch, parts := x.Shape().Dimensions[0], told.Shape().Dimensions[1]
	together := min(parts, max(1, nn.MaxTile/batch))
	if nn.PureGo(x.Graph().Backend()) && rows(parts*batch) != parts*batch {
		together = 1 // as ask has it: how that engine adds up depends on the rows of a product
	}
	scale := graph.Reshape(graph.SliceAxis(numbers, 1, graph.AxisRange(0, 1)), batch, 1, 1, 1)
	x = graph.Mul(x, graph.BroadcastToDims(scale, x.Shape().Dimensions...))
	density := n.density(true)
	var energy, gradient *graph.Node
	for from := 0; from < parts; from += together {
		count := min(together, parts-from)
		pictures, rows := make([]*graph.Node, count), make([]*graph.Node, count)
		for i := range count {
			pictures[i] = x
			rows[i] = graph.Squeeze(graph.SliceAxis(told, 1, graph.AxisRange(from+i, from+i+1)), 1)
		}
		out := density(w, []*graph.Node{stacked(pictures), stacked(rows)})
		for i := range count {
			mine := graph.AxisRange(i*batch, (i+1)*batch)
			energy = added(energy, graph.SliceAxis(out[0], 0, mine), weightOf(numbers, from+i))
			gradient = added(gradient, graph.SliceAxis(out[1], 0, mine), weightOf(numbers, parts+from+i))
		}
	}
	return []*graph.Node{graph.ConvertDType(energy, dtypes.Float32), graph.ConvertDType(gradient, dtypes.Float32)}
}

// stacked lays arrays one after the other along the batch.
func stacked(parts []*graph.Node) *graph.Node {
	if len(parts) == 1 {
		return parts[0]
	}
	return graph.Concatenate(parts, 0)
}

// weightOf is a weight among the numbers, [batch] in float64.
func weightOf(numbers *graph.Node, number int) *graph.Node {
	at := 1 + number*numberParts
	var sum *graph.Node
	for i := range numberParts {
		part := graph.ConvertDType(graph.Squeeze(graph.SliceAxis(numbers, 1, graph.AxisRange(at+i, at+i+1)), 1), dtypes.Float64)
		if sum == nil {
			sum = part
		} else {
			sum = graph.Add(sum, part)
		}
	}
	return sum
}

// added is sum, which may be nil for 0, plus the weighted values in float64.
func added(sum, values, weight *graph.Node) *graph.Node {
	dims := values.Shape().Dimensions
	column := make([]int, len(dims))
	for i := range column {
		column[i] = 1
	}
	column[0] = dims[0]
	weight = graph.BroadcastToDims(graph.Reshape(weight, column...), dims...)
	weighted := graph.Mul(weight, graph.ConvertDType(values, dtypes.Float64))
	if sum == nil {
		return weighted
	}
	return graph.Add(sum, weighted)
}
