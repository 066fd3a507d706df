package cdrl

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// network is an opened checkpoint on a device: compiled functions over its
// pictures. All its energies point to it.
type network struct {
	contents
	schedule *Schedule
	sampler  sampler

	told        told     // level, class -> what the energy network makes of them
	value, eval *nn.Exec // x, what was told -> F; and dF/dx
	propose     *nn.Exec // x, level, class -> proposal
	layers      *nn.Tapped
	leap        *nn.Leaper // the energy's steps, of a mixture
}

// place puts the folded weights on a device.
func (c *contents) place(b compute.Backend) (*network, error) {
	schedule, err := NewSchedule(c.options.levels, c.options.min, c.options.max, c.net.Points)
	if err != nil {
		return nil, err
	}
	net, err := nn.Place(b, c.net.Fold(c.netParams))
	if err != nil {
		return nil, err
	}
	init, err := nn.Place(b, c.init.Fold(c.initParams))
	if err != nil {
		return nil, err
	}
	c.netParams, c.initParams = nil, nil // the device has its own
	n := &network{contents: *c, schedule: schedule}
	n.sampler = n.newSampler()
	n.told.exec = nn.NewExec("cdrl conditions", net, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		return []*graph.Node{joined(n.net.told(w, conditionOf(in), nil))}
	})
	n.value = nn.NewExec("cdrl energy", net, n.density(false))
	n.eval = nn.NewExec("cdrl energy and gradient", net, n.density(true))
	n.leap = nn.NewLeaper("cdrl steps", net, n.mixed)
	n.layers = nn.NewTapped("cdrl layers", net, func(w nn.Weights, in []*graph.Node, t *nn.Tap) { n.net.Forward(w, in[0], conditionOf(in[1:]), t) })
	n.propose = nn.NewExec("cdrl initializer", init, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		return []*graph.Node{n.init.Forward(w, in[0], conditionOf(in[1:]), nil)}
	})
	return n, nil
}

// density builds F of pictures under what was told, and its gradient.
func (n *network) density(grad bool) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		f := n.net.under(w, in[0], parted(in[1], n.net.toldWidths()), nil)
		if !grad {
			return []*graph.Node{f}
		}
		return []*graph.Node{f, graph.Gradient(graph.ReduceAllSum(f), in[0])[0]}
	}
}

// conditionOf names the inputs that are no pictures.
func conditionOf(in []*graph.Node) Condition {
	c := Condition{Level: in[0]}
	if len(in) > 1 {
		c.Class = in[1]
	}
	return c
}

// query is what a network is asked about all pictures of a batch: at which noise
// level, under which classes, and what the pixels are multiplied by first.
type query struct {
	scale  float64
	logSNR float64
	labels labels
}

// same reports whether another query is this one.
func (q query) same(other query) bool {
	return q.scale == other.scale && q.logSNR == other.logSNR && (q.labels == nil) == (other.labels == nil) && slices.EqualFunc(q.labels, other.labels, slices.Equal[[]int])
}

// labels are the classes of a batch, counted from 0: nil for no class, one set for
// all pictures or one a picture. An empty set is no class; several classes of a set
// are told at once, which networks understand that learned attributes together.
type labels [][]int

// classesEach gives every picture one class; -1 is none.
func classesEach(classes ...int) labels {
	l := make(labels, len(classes))
	for i, class := range classes {
		if class >= 0 {
			l[i] = []int{class}
		}
	}
	return l
}

func (l labels) of(picture int) []int {
	switch len(l) {
	case 0:
		return nil
	case 1:
		return l[0]
	}
	return l[picture]
}

// and are the classes of both, picture by picture.
func (l labels) and(more labels) labels {
	sum := make(labels, max(len(l), len(more)))
	for i := range sum {
		sum[i] = append(slices.Clone(l.of(i)), more.of(i)...)
		slices.Sort(sum[i])
		sum[i] = slices.Compact(sum[i])
	}
	return sum
}

// tell writes the classes of a picture into its row of the networks' input: a number
// a class behind that of no class.
func (l labels) tell(picture int, row []float32) {
	set := l.of(picture)
	if len(set) == 0 {
		row[0] = 1
	}
	for _, class := range set {
		row[1+class] = 1
	}
}

// ask runs a compiled function on every query's copy of the pictures: as one batch
// where that runs at no more rows than one query after the other. It returns the
// outputs of each query.
func (n *network) ask(e *nn.Exec, x sampling.Images, queries []query) ([][]nn.Array, error) {
	if err := n.check(x, queries); err != nil {
		return nil, err
	}
	if together := len(queries) * x.N; len(queries) > 1 && rows(together) <= len(queries)*rows(x.N) {
		out, err := n.call(e, x, queries)
		if err != nil {
			return nil, err
		}
		return divided(out, len(queries)), nil
	}
	all := make([][]nn.Array, len(queries))
	for i := range queries {
		var err error
		if all[i], err = n.call(e, x, queries[i:i+1]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// check reports pictures of another shape, and classes for another number of them.
func (n *network) check(x sampling.Images, queries []query) error {
	if err := x.Check(n.net.Channels, n.height, n.width); err != nil {
		return err
	}
	for _, q := range queries {
		if len(q.labels) > 1 && len(q.labels) != x.N {
			return fmt.Errorf("condition: found labels for %d pictures, want one or one for each of %d", len(q.labels), x.N)
		}
	}
	return nil
}

// call runs a compiled function: the initializer is told levels and classes, the energy
// what it made of them before.
func (n *network) call(e *nn.Exec, x sampling.Images, queries []query) ([]nn.Array, error) {
	if e == n.propose {
		return e.Call(n.inputs(n.init.Embedding, x, queries)...)
	}
	told, err := n.toldOf(x.N, queries)
	if err != nil {
		return nil, err
	}
	return e.Call(scaled(x, queries), told)
}

// rows is how many rows a batch of count runs at.
func rows(count int) int {
	tile := nn.Tile(count)
	return (count + tile - 1) / tile * tile
}

// divided cuts outputs along the batch into one set a query.
func divided(out []nn.Array, queries int) [][]nn.Array {
	all := make([][]nn.Array, queries)
	for _, a := range out {
		count, size := a.Shape[0]/queries, len(a.Data)/queries
		shape := append([]int{count}, a.Shape[1:]...)
		for i := range all {
			all[i] = append(all[i], nn.Array{Shape: shape, Data: a.Data[i*size : (i+1)*size : (i+1)*size]})
		}
	}
	return all
}

// inputs are the pictures and their conditions.
func (n *network) inputs(embedding int, x sampling.Images, queries []query) []nn.Array {
	return append([]nn.Array{scaled(x, queries)}, n.conditions(embedding, x.N, queries)...)
}

// scaled are the pictures as each query wants them.
func scaled(x sampling.Images, queries []query) nn.Array {
	pictures := nn.Array{Shape: []int{len(queries) * x.N, x.C, x.H, x.W}, Data: x.Data}
	if len(queries) > 1 || queries[0].scale != 1 {
		pictures.Data = make([]float32, 0, len(queries)*x.N*x.Size())
		for _, q := range queries {
			scale := float32(q.scale)
			for _, v := range x.Data {
				pictures.Data = append(pictures.Data, scale*v)
			}
		}
	}
	return pictures
}

// conditions are the embedded levels and the one-hot classes of count pictures a query.
func (n *network) conditions(embedding, count int, queries []query) []nn.Array {
	total, classes := len(queries)*count, n.net.Classes+1
	in := []nn.Array{nn.NewArray(total, embedding)}
	if n.net.Classes > 0 {
		in = append(in, nn.NewArray(total, classes))
	}
	for i, q := range queries {
		row := make([]float32, embedding)
		nn.Sinusoidal(1000*embedded(q.logSNR), row)
		for j := range count {
			at := i*count + j
			copy(in[0].Data[at*embedding:], row)
			if n.net.Classes > 0 {
				q.labels.tell(j, in[1].Data[at*classes:(at+1)*classes])
			}
		}
	}
	return in
}

// warm compiles ahead what so many queries on count pictures need.
func (n *network) warm(e *nn.Exec, count, queries int) (time.Duration, error) {
	if together := queries * count; queries > 1 && rows(together) <= queries*rows(count) {
		count = together
	}
	pictures := []int{n.net.Channels, n.height, n.width}
	if e == n.propose {
		return e.Warm(count, append([][]int{pictures}, n.conditionShapes(n.init.Embedding)...)...)
	}
	took, err := n.told.exec.Warm(1, n.conditionShapes(n.net.Embedding)...)
	if err != nil {
		return took, err
	}
	more, err := e.Warm(count, pictures, []int{n.net.toldWidth()})
	return took + more, err
}

// conditionShapes are those of a row of conditions.
func (n *network) conditionShapes(embedding int) [][]int {
	shapes := [][]int{{embedding}}
	if n.net.Classes > 0 {
		shapes = append(shapes, []int{n.net.Classes + 1})
	}
	return shapes
}

// compiled sums up the compilations of all functions.
func (n *network) compiled() (programs int, spent time.Duration) {
	return nn.Compiled(n.told.exec, n.value, n.eval, n.propose, n.layers, n.leap)
}

// model is the network as the rest of the program sees it.
func (n *network) model() *models.Model {
	name := n.header.Name
	if name == "" {
		name = n.architecture()
	}
	m := &models.Model{
		Family: Name, Name: name,
		C: n.net.Channels, H: n.height, W: n.width, Lo: -1, Hi: 1,
		Labels: n.labels, Attributes: n.header.Attributes, Parameters: nn.Trainable(n.net.Specs()), TrainedSteps: n.options.levels * cmp.Or(n.header.Steps, trainedSteps),
		Facts: n.facts(), Knobs: n.sampler.knobs(),
		At: n.at, Plan: n.plan, Start: n.start, Score: n.score,
		Keep: n.keep, Diffuse: n.diffuse,
		Arrays: n.arrays, Replay: n.replay, Compiled: n.compiled,
	}
	for _, l := range n.schedule.Levels {
		m.Levels = append(m.Levels, l.Below)
	}
	if n.net.Points {
		m.Lo, m.Hi = -pointRange, pointRange
	}
	return m
}

// pointRange bounds the coordinates of the authors' 2-D data.
const pointRange = 8.5

// architecture describes the network in a word.
func (n *network) architecture() string {
	switch {
	case n.net.Points:
		return "points"
	case n.net.Classes > 0:
		return fmt.Sprintf("conditional %d", n.height)
	}
	return fmt.Sprintf("unconditional %d", n.height)
}
