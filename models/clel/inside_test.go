package clel

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// insideFunction returns every intermediate activation of the network, in PyTorch's
// layout, and puts their names as the fixtures have them into names: "stem",
// "stage0", "pooled", and "scale1" for the last stage of a multi-scale network's
// first scale.
func insideFunction(n Net, names *[]string) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		inside := n.Forward(w, in[0]).Inside
		var out []*graph.Node
		*names = nil
		for _, key := range slices.Sorted(maps.Keys(inside)) {
			name := strings.Replace(key, "stages.", "stage", 1)
			for i, s := range n.Scales {
				if len(n.Scales) > 1 && key == s.Stages+"."+strconv.Itoa(len(s.Blocks)-1) {
					name = "scale" + strconv.Itoa(i+1)
				}
			}
			node := inside[key]
			if node.Rank() == 4 {
				node = nn.ChannelsFirst(node)
			}
			*names, out = append(*names, name), append(out, node)
		}
		return out
	}
}
