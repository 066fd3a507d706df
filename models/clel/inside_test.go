package clel

import (
	"strconv"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// insideFunction returns activations of the network, in PyTorch's layout, and puts their
// names as the fixtures have them into names: "stem", "stage0", "pooled", and "scale1"
// for the last stage of a multi-scale network's first scale.
func insideFunction(n Net, names *[]string) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		inside := n.Forward(w, in[0]).Inside
		var out []*graph.Node
		*names = nil
		take := func(name, layer string) { *names, out = append(*names, name), append(out, inside.Output(layer)) }
		for i, s := range n.Scales {
			if i == 0 {
				take("stem", s.Stem+".1")
			}
			for j, stage := range s.Blocks {
				name := "stage" + strconv.Itoa(j)
				if len(n.Scales) > 1 {
					if j < len(s.Blocks)-1 {
						continue // the fixtures have the last stage of every scale
					}
					name = "scale" + strconv.Itoa(i+1)
				}
				take(name, stage[len(stage)-1].Name)
			}
		}
		take("pooled", "pooled")
		return out
	}
}
