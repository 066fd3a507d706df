package cdrl

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// TestConditionsAreToldOnce: energies under what was remembered of levels and classes, one
// set for all pictures or one a picture, are those of the whole network.
func TestConditionsAreToldOnce(t *testing.T) {
	b := enginetest.Open(t, engine.Go)
	for name, file := range map[string]*checkpoint.File{"pictures": ownFile(t), "points": pointFile(t)} {
		c := must[*contents](t)(read(file, models.Options{}))
		whole := nn.NewExec(name, must[*nn.Device](t)(nn.Place(b, c.net.Fold(c.netParams))), func(w nn.Weights, in []*graph.Node) []*graph.Node {
			return []*graph.Node{c.net.Forward(w, in[0], conditionOf(in[1:]), nil)}
		})
		n := must[*network](t)(c.place(b))
		x := sampling.NewImages(3, c.net.Channels, c.height, c.width)
		if err := sampling.NewKey(1).Normals(sampling.StreamStart, 0, x); err != nil {
			t.Fatal(err)
		}
		queries := []query{{1, 0.7, nil}, {0.5, -1, nil}}
		rows := 2
		if c.net.Classes > 1 {
			queries = append(queries, query{1, 0.7, labels{{0}, nil, {0, 1}}})
			rows = 4 // no class is one of the first
		}
		for range 2 {
			got := must[[][]nn.Array](t)(n.ask(n.value, x, queries))
			for i, q := range queries {
				want := must[[]nn.Array](t)(whole.Call(n.inputs(c.net.Embedding, x, []query{q})...))[0].Data
				close32(t, name+", energy", got[i][0].Data, want, 1e-5)
			}
			if len(n.told.rows) != rows {
				t.Errorf("%s: %d rows are remembered, want %d", name, len(n.told.rows), rows)
			}
		}
	}
}
