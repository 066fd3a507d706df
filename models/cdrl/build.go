package cdrl

import (
	"slices"
	"strconv"
)

// NewNet describes an energy network by its sizes, as the authors build them: the
// first layer's width, which is the embedding's too, the multiples of it on every
// scale, and the blocks of a scale. Scales after the first begin with an average
// over 2x2 pixels.
func NewNet(channels, classes, width int, multiples []int, blocks int) Net {
	n := Net{Channels: channels, Classes: classes, Embedding: width, Hidden: 4 * width, Width: width, Spectral: true}
	n.Blocks = netBlocks(width, multiples, blocks, true)
	return n
}

// NewPointNet describes an energy network of 2-D points.
func NewPointNet(width int, multiples []int, blocks int) Net {
	n := Net{Channels: 2, Points: true, Embedding: width, Hidden: 4 * width, Width: width, Spectral: true}
	n.Blocks = netBlocks(width, multiples, blocks, false)
	return n
}

func netBlocks(width int, multiples []int, blocks int, pools bool) []Block {
	var list []Block
	index, in := 1, width
	for scale, multiple := range multiples {
		if pools && scale > 0 {
			index++ // the average has an index of its own
		}
		for b := range blocks {
			name := "module_list." + strconv.Itoa(index)
			list = append(list, Block{Name: name, In: in, Out: multiple * width, Pool: pools && scale > 0 && b == 0})
			in = multiple * width
			index++
		}
	}
	return list
}

// NewInitializer describes a U-Net by its sizes, as the authors build them: width,
// multiples of it on every scale, blocks of a scale, the side of the pictures and
// the sides at which it attends; groups of the group norms must divide the widths.
func NewInitializer(channels, classes, width int, multiples []int, blocks, side int, attend []int, groups int) Initializer {
	n := Initializer{Channels: channels, Classes: classes, Embedding: width, Hidden: 4 * width, Width: width, Groups: groups, Heads: 1}
	h, left := width, []int{width}
	for scale, multiple := range multiples {
		l := level{way: "downs", number: scale, attend: slices.Contains(attend, side)}
		for range blocks {
			l.block(Unit{In: h, Out: multiple * width})
			h = multiple * width
			left = append(left, h)
		}
		if scale < len(multiples)-1 {
			l.add(Unit{In: h, Out: h, Down: true})
			left = append(left, h)
			side /= 2
		}
		n.Downs = append(n.Downs, l.units)
	}
	n.Middle = []Unit{{Name: "mid_block1", In: h, Out: h}, {Name: "mid_attn", Attention: true, In: h, Out: h, Hidden: h}, {Name: "mid_block2", In: h, Out: h}}
	for scale, multiple := range slices.Backward(multiples) {
		l := level{way: "ups", number: len(n.Ups), attend: slices.Contains(attend, side)}
		for range blocks + 1 {
			skip := left[len(left)-1]
			left = left[:len(left)-1]
			l.block(Unit{In: h + skip, Out: multiple * width, Skip: true})
			h = multiple * width
		}
		if scale > 0 {
			l.add(Unit{In: h, Out: h, Up: true})
			side *= 2
		}
		n.Ups = append(n.Ups, l.units)
	}
	return n
}

// level is a scale of a U-Net being listed.
type level struct {
	way    string
	number int
	attend bool
	units  []Unit
}

func (l *level) add(u Unit) {
	u.Name = l.way + "." + strconv.Itoa(l.number) + "." + strconv.Itoa(len(l.units))
	l.units = append(l.units, u)
}

// block adds a residual block and the attention behind it.
func (l *level) block(u Unit) {
	l.add(u)
	if l.attend {
		l.add(Unit{Attention: true, In: u.Out, Out: u.Out, Hidden: u.Out})
	}
}

// NewPointInitializer describes the initializer of 2-D points.
func NewPointInitializer(embedding, width, blocks, groups int) Initializer {
	n := Initializer{Channels: 2, Points: true, Embedding: embedding, Hidden: embedding, Width: width, Groups: groups, Heads: 1}
	for i := range blocks {
		n.Middle = append(n.Middle, Unit{Name: "module_list." + strconv.Itoa(i), In: width, Out: width})
	}
	return n
}
