package icd

import (
	"fmt"
	"strconv"
)

// newSmall describes a network of the class [Small]. The branches of the halved and
// quartered picture leave out the blocks before the size at which they begin, so that
// a block of a number sees as many pixels in every branch.
func newSmall(f Flags) (Net, error) {
	n := Net{
		Class: Small, Channels: f.Channels, Classes: f.Classes, Conditional: f.Cond,
		Square: f.SquareEnergy, Sigmoid: f.Sigmoid, Attend: f.SelfAttn,
	}
	columns := []string{"large"}
	if f.Multiscale {
		columns = []string{"small", "mid", "large"}
	}
	switch {
	case f.Channels < 1 || f.Channels > 16:
		return n, fmt.Errorf("FLAGS: channels %d: want 1 to 16", f.Channels)
	case f.Cond && f.Classes < 1:
		return n, fmt.Errorf("FLAGS: cond true with %d classes: want at least one", f.Classes)
	case len(f.Widths) == 0:
		return n, fmt.Errorf("FLAGS: widths: found none, want one a block, such as 16,32,64")
	case len(f.Patches) != len(columns):
		return n, fmt.Errorf("FLAGS: patches: found %d, want one for each of %d energies", len(f.Patches), len(columns))
	}
	for i, column := range columns {
		b, err := smallBranch(f, column, len(columns)-1-i, f.Patches[i], f.Patches[len(f.Patches)-1])
		if err != nil {
			return n, err
		}
		n.Branches = append(n.Branches, b)
	}
	return n, n.checkGroups()
}

// smallBranch is the branch of a picture halved so many times, whose squares of patch
// pixels become channels; full is the patch of the full-size branch.
func smallBranch(f Flags, column string, halved, patch, full int) (Branch, error) {
	b := Branch{Column: column, Halved: halved, Patch: patch}
	if column != "large" {
		b.Prefix = column + "_"
	}
	begin := halved
	for p := patch; p < full; p *= 2 {
		begin--
	}
	begin = min(max(begin, 0), len(f.Widths)-1)
	for i, width := range f.Widths[begin:] {
		block := Block{
			Name: b.Prefix + "res" + strconv.Itoa(begin+i+1), Width: width, Out: width, Labels: f.Classes,
			Norm: f.Norm, Spectral: f.SpecNorm, Plain: !f.Norm && !f.SpecNorm, Blur: f.Alias, Early: true, Centred: true,
		}
		if next := begin + i + 1; next < len(f.Widths) {
			block.Halves, block.Out = true, f.Widths[next]
		}
		b.Blocks = append(b.Blocks, block)
	}
	b.Width = b.Blocks[0].Width
	if f.SelfAttn && column == "large" {
		b.Attention = min(2, len(b.Blocks))
		if b.attentionWidth() < 8 {
			return b, fmt.Errorf("FLAGS: self_attn with %d channels: want at least 8", b.attentionWidth())
		}
	}
	return b, nil
}

// smallPatches are the patches of the columns of a network that cuts pictures of a
// size into squares of patch pixels: smaller squares where a halved picture does not
// divide.
func smallPatches(height, width, patch int, multiscale bool) ([]int, error) {
	if patch < 1 || patch&(patch-1) != 0 || height%patch != 0 || width%patch != 0 {
		return nil, fmt.Errorf("found patches of %d pixels, want 1 or a power of 2 that divides %dx%d", patch, height, width)
	}
	sides := []int{patch}
	for range 2 {
		if !multiscale {
			break
		}
		height, width = (height+1)/2, (width+1)/2
		p := patch
		for height%p != 0 || width%p != 0 {
			p /= 2
		}
		sides = append([]int{p}, sides...)
	}
	return sides, nil
}
