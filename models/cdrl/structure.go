package cdrl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
)

// The sizes of both networks are read from their tensors' names and shapes. What
// no shape tells (activations, heads, the schedule) is published with the paper or
// said by a person. Where a tensor that would tell is absent the size is taken
// from a neighbour, so that the strict loading afterwards names what is missing.

// Bounds of what a file may ask for: far above every published network, far below
// what would exhaust memory on the way to the error.
const (
	maxUnits = 512
	maxWidth = 1 << 16
)

// shapes looks sizes up in a file under a prefix.
type shapes struct {
	file   *checkpoint.File
	prefix string
	absent []string // essential tensors that the file lacks
}

// dim returns an axis of the first of the tensors that the file holds, and notes
// the first as absent where it holds none of them.
func (s *shapes) dim(axis int, names ...string) int {
	for _, name := range names {
		t, ok := s.file.Tensors[s.prefix+name]
		if ok && axis < len(t.Shape) && t.Shape[axis] > 0 && t.Shape[axis] <= maxWidth {
			return t.Shape[axis]
		}
	}
	s.absent = append(s.absent, s.prefix+names[0])
	return 1
}

// weight is dim of a layer's weight, spectrally normalised or not.
func (s *shapes) weight(axis int, layer string) int {
	if s.holds(layer + plainWeight) {
		return s.dim(axis, layer+plainWeight)
	}
	return s.dim(axis, layer+originalWeight)
}

func (s *shapes) holds(name string) bool { _, ok := s.file.Tensors[s.prefix+name]; return ok }

// has reports whether any tensor's name begins with this.
func (s *shapes) has(start string) bool {
	return slices.ContainsFunc(s.file.Names, func(name string) bool { return strings.HasPrefix(name, s.prefix+start) })
}

// rank is that of a layer's weight: 2 where the network works on points.
func (s *shapes) rank(layer string) int {
	for _, name := range []string{layer + originalWeight, layer + plainWeight} {
		if t, ok := s.file.Tensors[s.prefix+name]; ok {
			return len(t.Shape)
		}
	}
	return 4
}

// last returns the largest number that follows start in the names; -1 for none.
func (s *shapes) last(start string) (int, error) {
	last := -1
	for _, name := range s.file.Names {
		rest, ok := strings.CutPrefix(name, s.prefix+start)
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= maxUnits {
			return 0, fmt.Errorf("tensor %q: want numbers from 0 to %d after %q", name, maxUnits-1, start)
		}
		last = max(last, i)
	}
	return last, nil
}

// readNet reads the energy network's structure. The names in absent are essential
// tensors that the file lacks.
func readNet(f *checkpoint.File, prefix string) (n Net, absent []string, err error) {
	const first = "module_list.0"
	s := &shapes{file: f, prefix: prefix}
	n.Points = s.rank(first) == 2
	n.Spectral = s.holds(first+originalWeight) || s.holds("temb_map1"+originalWeight)
	n.Channels, n.Width = s.weight(1, first), s.weight(0, first)
	n.Embedding, n.Hidden = s.weight(1, "temb_map1"), s.weight(0, "temb_map1")
	if s.has("y_map.") {
		n.Classes = s.weight(1, "y_map") - 1
	}
	last, err := s.last("module_list.")
	if err != nil {
		return Net{}, nil, err
	}
	in, pool := n.Width, false
	for i := 1; i <= last; i++ {
		name := "module_list." + strconv.Itoa(i)
		if !s.has(name + ".") { // an average has no tensors
			pool = true
			continue
		}
		out := s.dim(0, name+".conv1"+biasName, name+".conv2"+biasName, name+".conv1"+originalWeight, name+".conv1"+plainWeight)
		n.Blocks = append(n.Blocks, Block{Name: name, In: in, Out: out, Pool: pool})
		in, pool = out, false
	}
	if n.Points && slices.ContainsFunc(n.Blocks, func(b Block) bool { return b.Pool }) {
		return Net{}, nil, fmt.Errorf("the blocks %smodule_list of a network of points have gaps, want them in a row", prefix)
	}
	if n.Points && len(n.Blocks) == 0 {
		return Net{}, nil, fmt.Errorf("the network of points has no blocks %smodule_list.1 and on, want at least one", prefix)
	}
	return n, s.absent, nil
}

// readInitializer reads the initializer's structure.
func readInitializer(f *checkpoint.File, prefix string) (n Initializer, absent []string, err error) {
	s := &shapes{file: f, prefix: prefix}
	n.Points = s.has("h1.")
	name := n.names()
	n.Channels, n.Width = s.weight(1, name.first), s.weight(0, name.first)
	n.Embedding, n.Hidden = s.weight(1, name.time1), s.weight(0, name.time1)
	if s.has("y_mlp.") {
		n.Classes = s.weight(1, "y_mlp.0") - 1
	}
	read := s.readUNet
	if n.Points {
		read = s.readChain
	}
	if err := read(&n); err != nil {
		return Initializer{}, nil, err
	}
	return n, s.absent, nil
}

// readChain reads the blocks of the initializer of points.
func (s *shapes) readChain(n *Initializer) error {
	last, err := s.last("module_list.")
	if err != nil {
		return err
	}
	for i := range last + 1 {
		name := "module_list." + strconv.Itoa(i)
		n.Middle = append(n.Middle, Unit{Name: name, In: n.Width, Out: n.Width})
	}
	return nil
}

// readUNet reads the levels of the U-Net.
func (s *shapes) readUNet(n *Initializer) error {
	width := n.Width
	left := []int{width} // widths of the activations for the way up
	var err error
	n.Downs, err = s.readLevels("downs", func(u *Unit, lastOfLevel, lastLevel bool) {
		u.In = width
		if u.Attention {
			return
		}
		u.Down = lastOfLevel && !lastLevel
		width = u.Out
		left = append(left, width)
	})
	if err != nil {
		return err
	}
	for _, name := range []string{"mid_block1", "mid_attn", "mid_block2"} {
		u := s.unit(name)
		u.In = width
		n.Middle = append(n.Middle, u)
	}
	n.Ups, err = s.readLevels("ups", func(u *Unit, lastOfLevel, lastLevel bool) {
		u.In = width
		if u.Attention {
			return
		}
		if u.Up = lastOfLevel && !lastLevel; !u.Up && len(left) > 0 {
			u.Skip = true
			u.In, left = width+left[len(left)-1], left[:len(left)-1]
		}
		width = u.Out
	})
	if err == nil && len(left) > 0 && len(s.absent) == 0 {
		s.absent = append(s.absent, s.prefix+"ups."+strconv.Itoa(len(n.Downs)-1)+".*.conv1"+plainWeight)
	}
	return err
}

// readLevels reads the units of one way and hands them to see in order.
func (s *shapes) readLevels(way string, see func(u *Unit, lastOfLevel, lastLevel bool)) ([][]Unit, error) {
	last, err := s.last(way + ".")
	if err != nil {
		return nil, err
	}
	if last < 0 {
		s.absent = append(s.absent, s.prefix+way+".0.0.conv1"+plainWeight)
	}
	var levels [][]Unit
	for l := range last + 1 {
		start := way + "." + strconv.Itoa(l) + "."
		end, err := s.last(start)
		if err != nil {
			return nil, err
		}
		var units []Unit
		for i := range end + 1 {
			u := s.unit(start + strconv.Itoa(i))
			see(&u, i == end, l == last)
			units = append(units, u)
		}
		levels = append(levels, units)
	}
	return levels, nil
}

// unit reads what a unit is and how wide it makes its input.
func (s *shapes) unit(name string) Unit {
	if s.has(name+".to_qkv.") || s.has(name+".to_out.") {
		out := s.dim(0, name+".to_out"+plainWeight, name+".to_out"+biasName, name+".norm"+plainWeight)
		hidden := s.dim(1, name+".to_out"+plainWeight)
		return Unit{Name: name, Attention: true, Out: out, Hidden: hidden}
	}
	return Unit{Name: name, Out: s.dim(0, name+".conv1"+biasName, name+".conv2"+biasName, name+".conv1"+plainWeight)}
}

// side tells the side of the pictures from the levels that attend: the authors'
// networks do so at 16x16 and 8x8 pixels. 0 where that does not tell.
func (n Initializer) side() int {
	attends := func(level int) bool {
		return level < len(n.Downs) && slices.ContainsFunc(n.Downs[level], func(u Unit) bool { return u.Attention })
	}
	for level := range n.Downs {
		switch {
		case !attends(level):
		case level > 0:
			return 16 << level // had the level before been 16x16 it would attend
		case attends(1):
			return 16
		case len(n.Downs) > 1:
			return 8
		default:
			return 0
		}
	}
	return 0
}
