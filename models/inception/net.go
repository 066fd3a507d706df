// Package inception is the InceptionV3 whose last pool the Fréchet inception distance is
// measured on: the network of 2015-12-05, as pytorch-fid has it (Heusel et al., 2017;
// its file is pt_inception-2015-12-05-6726825d.pth). It differs from the ImageNet
// classifiers of the same name in its weights and pools. No weights are bundled. It gives
// features of pictures; it has no energy and no chains.
package inception

import (
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
)

// side is the number of rows and of columns that pictures are resized to.
const side = 299

// features is the length of a feature vector.
const features = 2048

// Kinds of layers.
const (
	convolution = iota // and batch norm and rectifier
	average            // of 3x3 pixels at stride 1; what lies beyond the border does not count
	highest            // of 3x3 pixels at stride 1
	reduction          // the highest of 3x3 pixels at stride 2, without a border
)

// layer is one step of a branch. Convolutions of stride 1 keep the size where same is
// true; those of stride 2 have no border.
type layer struct {
	kind                       int
	name                       string
	out, height, width, stride int
	same                       bool
}

// branch is layers one after the other; where there is a fork, its layers each take the
// last one's output, and their outputs lie side by side as channels.
type branch struct{ layers, fork []layer }

// stage is branches of one input, whose outputs lie side by side as channels.
type stage struct {
	name     string // of a block: before the names of its layers
	branches []branch
}

func conv(name string, out, height, width int) layer {
	return layer{name: name, out: out, height: height, width: width, stride: 1, same: true}
}

func point(name string, out int) layer { return conv(name, out, 1, 1) }

// valid is a convolution of 3x3 without a border.
func valid(name string, out, stride int) layer {
	return layer{name: name, out: out, height: 3, width: 3, stride: stride}
}

func row(layers ...layer) branch { return branch{layers: layers} }

// pooled is the last branch of a block that keeps the size.
func pooled(kind, out int) branch { return row(layer{kind: kind}, point("branch_pool", out)) }

// alone is a stage of one layer with a name of its own.
func alone(l layer) stage { return stage{branches: []branch{row(l)}} }

// stages are the network's, in order (Szegedy et al., "Rethinking the Inception
// Architecture", 2015, Table 1 and Figures 5 to 7 and 10).
func stages() []stage {
	return []stage{
		alone(valid("Conv2d_1a_3x3", 32, 2)),
		alone(valid("Conv2d_2a_3x3", 32, 1)),
		alone(conv("Conv2d_2b_3x3", 64, 3, 3)),
		alone(layer{kind: reduction}),
		alone(point("Conv2d_3b_1x1", 80)),
		alone(valid("Conv2d_4a_3x3", 192, 1)),
		alone(layer{kind: reduction}),
		blockA("Mixed_5b", 32), blockA("Mixed_5c", 64), blockA("Mixed_5d", 64),
		{"Mixed_6a", []branch{
			row(valid("branch3x3", 384, 2)),
			row(point("branch3x3dbl_1", 64), conv("branch3x3dbl_2", 96, 3, 3), valid("branch3x3dbl_3", 96, 2)),
			row(layer{kind: reduction}),
		}},
		blockC("Mixed_6b", 128), blockC("Mixed_6c", 160), blockC("Mixed_6d", 160), blockC("Mixed_6e", 192),
		{"Mixed_7a", []branch{
			row(point("branch3x3_1", 192), valid("branch3x3_2", 320, 2)),
			row(point("branch7x7x3_1", 192), conv("branch7x7x3_2", 192, 1, 7), conv("branch7x7x3_3", 192, 7, 1), valid("branch7x7x3_4", 192, 2)),
			row(layer{kind: reduction}),
		}},
		blockE("Mixed_7b", average), blockE("Mixed_7c", highest),
	}
}

func blockA(name string, pool int) stage {
	return stage{name, []branch{
		row(point("branch1x1", 64)),
		row(point("branch5x5_1", 48), conv("branch5x5_2", 64, 5, 5)),
		row(point("branch3x3dbl_1", 64), conv("branch3x3dbl_2", 96, 3, 3), conv("branch3x3dbl_3", 96, 3, 3)),
		pooled(average, pool),
	}}
}

func blockC(name string, inner int) stage {
	return stage{name, []branch{
		row(point("branch1x1", 192)),
		row(point("branch7x7_1", inner), conv("branch7x7_2", inner, 1, 7), conv("branch7x7_3", 192, 7, 1)),
		row(point("branch7x7dbl_1", inner), conv("branch7x7dbl_2", inner, 7, 1), conv("branch7x7dbl_3", inner, 1, 7),
			conv("branch7x7dbl_4", inner, 7, 1), conv("branch7x7dbl_5", 192, 1, 7)),
		pooled(average, 192),
	}}
}

// blockE takes the pool's kind: the last block of the network that FID is of has the
// highest where others have the average.
func blockE(name string, pool int) stage {
	fork := func(name string) []layer {
		return []layer{conv(name+"a", 384, 1, 3), conv(name+"b", 384, 3, 1)}
	}
	return stage{name, []branch{
		row(point("branch1x1", 320)),
		{[]layer{point("branch3x3_1", 384)}, fork("branch3x3_2")},
		{[]layer{point("branch3x3dbl_1", 448), conv("branch3x3dbl_2", 384, 3, 3)}, fork("branch3x3dbl_3")},
		pooled(pool, 192),
	}}
}

// prefix of the names of a stage's arrays in the file.
func (s stage) prefix() string {
	if s.name == "" {
		return ""
	}
	return s.name + "."
}

// eachConv calls do for every convolution with its full name and the number of its input
// channels.
func eachConv(do func(name string, in int, l layer)) {
	channels := 3
	for _, s := range stages() {
		sum := 0
		for _, b := range s.branches {
			in := channels
			visit := func(l layer) int {
				if l.kind != convolution {
					return in
				}
				do(s.prefix()+l.name, in, l)
				return l.out
			}
			for _, l := range b.layers {
				in = visit(l)
			}
			if len(b.fork) > 0 {
				wide := 0
				for _, l := range b.fork {
					wide += visit(l)
				}
				in = wide
			}
			sum += in
		}
		channels = sum
	}
}

// forward turns pictures [batch, channels, height, width] in 0..1, of 1 or 3 channels,
// into the outputs of every stage [batch, height, width, channels] and the features
// [batch, 2048]. Grey pictures are repeated to three channels, all are resized to
// 299x299 and brought to -1..1.
func forward(w nn.Weights, x *graph.Node) (outputs []*graph.Node, pool *graph.Node) {
	y := nn.ChannelsLast(x)
	if y.Shape().Dimensions[3] == 1 {
		y = graph.Concatenate([]*graph.Node{y, y, y}, 3)
	}
	y = graph.AddScalar(graph.MulScalar(resize(y, side, side), 2), -1)
	for _, s := range stages() {
		y = s.forward(w, y)
		outputs = append(outputs, y)
	}
	return outputs, nn.GlobalAvgPool(y)
}

func (s stage) forward(w nn.Weights, x *graph.Node) *graph.Node {
	var all []*graph.Node
	for _, b := range s.branches {
		y := x
		for _, l := range b.layers {
			y = l.forward(w, s.prefix(), y)
		}
		if len(b.fork) == 0 {
			all = append(all, y)
		}
		for _, l := range b.fork {
			all = append(all, l.forward(w, s.prefix(), y))
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return graph.Concatenate(all, 3)
}

func (l layer) forward(w nn.Weights, prefix string, x *graph.Node) *graph.Node {
	switch l.kind {
	case average:
		return averages(x)
	case highest:
		return maxima(x, 1, 1)
	case reduction:
		return maxima(x, 2, 0)
	}
	name := prefix + l.name
	c := graph.Convolve(x, w.Get(name+kernelName)).Strides(l.stride)
	if l.same {
		c = c.PaddingPerDim([][2]int{{l.height / 2, l.height / 2}, {l.width / 2, l.width / 2}})
	}
	return nn.ReLU(graph.Add(c.Done(), graph.Reshape(w.Get(name+biasName), 1, 1, 1, -1)))
}
