package engine

import (
	"sync"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// registerGradients adds the gradients GoMLX lacks. Convolutions reverse their
// kernel in the backward pass, so without Reverse no convolution can be
// differentiated twice (ICD's KL term needs that).
var registerGradients = sync.OnceFunc(func() {
	graph.VJPRegistration[graph.NodeTypeReverse] = func(node *graph.Node, v []*graph.Node, _ shapes.Shape) []*graph.Node {
		return []*graph.Node{node.CloneWithInputs(v[0])} // reversing is its own transpose
	}
})
