package cdrl

import (
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// told remembers what the energy network makes of a noise level and classes. No picture
// plays a part in it, so that a chain's steps on a level need it once.
type told struct {
	exec *nn.Exec
	lock sync.Mutex
	rows map[toldKey][]float32
}

// toldKey is a level and the classes told at once, as text; none is empty.
type toldKey struct {
	logSNR  float64
	classes string
}

// mostTold is how many are remembered; then all are forgotten.
const mostTold = 4096

// toldWidth is the length of a row of what is told.
func (n Net) toldWidth() int {
	sum := 0
	for _, width := range n.toldWidths() {
		sum += width
	}
	return sum
}

// joined lays arrays [batch, width] side by side.
func joined(parts []*graph.Node) *graph.Node {
	if len(parts) == 1 {
		return parts[0]
	}
	return graph.Concatenate(parts, 1)
}

// parted undoes joined.
func parted(x *graph.Node, widths []int) []*graph.Node {
	var parts []*graph.Node
	at := 0
	for _, width := range widths {
		parts = append(parts, graph.Slice(x, graph.AxisRange(), graph.AxisRange(at, at+width)))
		at += width
	}
	return parts
}

// toldOf are the rows of count pictures a query.
func (n *network) toldOf(count int, queries []query) (nn.Array, error) {
	width := n.net.toldWidth()
	all := nn.NewArray(len(queries)*count, width)
	for i, q := range queries {
		var row []float32
		for j := range count {
			if j == 0 || len(q.labels) > 1 {
				var err error
				if row, err = n.toldRow(q, j); err != nil {
					return nn.Array{}, err
				}
			}
			copy(all.Data[(i*count+j)*width:], row)
		}
	}
	return all, nil
}

// toldRow is the row of one picture.
func (n *network) toldRow(q query, picture int) ([]float32, error) {
	key, classes := toldKey{logSNR: q.logSNR}, q.labels.of(picture)
	if len(classes) > 0 {
		key.classes = fmt.Sprint(classes)
	}
	t := &n.told
	t.lock.Lock()
	row := t.rows[key]
	t.lock.Unlock()
	if row != nil {
		return row, nil
	}
	alone := query{logSNR: q.logSNR, labels: labels{classes}}
	out, err := t.exec.Call(n.conditions(n.net.Embedding, 1, []query{alone})...)
	if err != nil {
		return nil, err
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.rows == nil || len(t.rows) >= mostTold {
		t.rows = map[toldKey][]float32{}
	}
	t.rows[key] = out[0].Data
	return out[0].Data, nil
}
