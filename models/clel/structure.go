package clel

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
)

// The sizes of a network are read from its tensors' names and shapes: a
// config.yaml does not hold them. Where a tensor that would tell is absent the
// size is taken from a neighbour, so that the strict loading afterwards can say
// exactly what is missing.

// Bounds of what a file may ask for: far above every published network, far below
// what would exhaust memory on the way to the error.
const (
	maxStages = 16
	maxBlocks = 64
	maxWidth  = 1 << 16
)

// shapes looks sizes up in a file under a prefix.
type shapes struct {
	file   *checkpoint.File
	prefix string
	absent []string // names that every network has and none of whose neighbours told the size
}

// dim returns a tensor's axis from the first of the candidates "name#axis" that
// the file holds, and notes the first as absent where it holds none.
func (s *shapes) dim(candidates ...string) int {
	if d := s.look(candidates...); d != 0 {
		return d
	}
	name, _, _ := strings.Cut(candidates[0], "#")
	s.absent = append(s.absent, s.prefix+name)
	return 1
}

// look is dim with 0 for none.
func (s *shapes) look(candidates ...string) int {
	for _, c := range candidates {
		name, axis, _ := strings.Cut(c, "#")
		i, _ := strconv.Atoi(axis)
		t, ok := s.file.Tensors[s.prefix+name]
		if ok && i < len(t.Shape) && t.Shape[i] > 0 && t.Shape[i] <= maxWidth {
			return t.Shape[i]
		}
	}
	return 0
}

// has reports whether any tensor's name begins with this.
func (s *shapes) has(start string) bool {
	for _, name := range s.file.Names {
		if strings.HasPrefix(name, s.prefix+start) {
			return true
		}
	}
	return false
}

// largest returns, for every first number that the pattern finds in the names, the
// largest second one: stages and their last block.
func (s *shapes) largest(pattern *regexp.Regexp) ([]int, error) {
	var last []int
	for _, name := range s.file.Names {
		rest, ours := strings.CutPrefix(name, s.prefix)
		if !ours {
			continue
		}
		m := pattern.FindStringSubmatch(rest)
		if m == nil {
			continue
		}
		outer, err1 := strconv.Atoi(m[1])
		inner, err2 := strconv.Atoi(m[2])
		if err1 != nil || err2 != nil || outer >= maxStages || inner >= maxBlocks {
			return nil, fmt.Errorf("tensor %q: want at most %d stages of %d blocks", name, maxStages, maxBlocks)
		}
		for len(last) <= outer {
			last = append(last, -1)
		}
		last[outer] = max(last[outer], inner)
	}
	return last, nil
}

// readNet reads the energy network's structure. The names in absent are essential
// tensors that the file lacks.
func readNet(f *checkpoint.File, prefix string) (n Net, absent []string, err error) {
	s := &shapes{file: f, prefix: prefix}
	suffixes := []string{""}
	if s.has("stem1.") || s.has("stages1.") {
		suffixes = []string{"1", "2", "3"}
	}
	for i, suffix := range suffixes {
		scale, err := s.scale(suffix, 1<<i)
		if err != nil {
			return Net{}, nil, err
		}
		n.Scales = append(n.Scales, scale)
	}
	stem := n.Scales[0].Stem
	n.Channels = s.dim(stem+".0.mean#0", stem+".0.std#0", stem+".1"+original+"#1")
	if err := n.readPatch(s.dim(stem+".1"+original+"#1", stem+".0.mean#0")); err != nil {
		return Net{}, nil, err
	}
	n.Hidden = s.dim("head.0.weight#0", "head.0.bias#0", "head.2.weight#1")
	n.Features = s.dim("head.2.weight#0", "head.2.bias#0", "projection.0.weight#1")
	// Layers are at even indices, LeakyReLUs without tensors between them.
	for i := 0; i < maxBlocks && (s.has("projection."+strconv.Itoa(i)+".") || s.has("projection."+strconv.Itoa(i+2)+".")); i += 2 {
		n.Projection = append(n.Projection, s.dim("projection."+strconv.Itoa(i)+".weight#0", "projection."+strconv.Itoa(i+2)+".weight#1"))
	}
	return n, s.absent, nil
}

var (
	stageKey = map[string]*regexp.Regexp{"": blockKey("stages"), "1": blockKey("stages1"), "2": blockKey("stages2"), "3": blockKey("stages3")}
	layerKey = regexp.MustCompile(`^layer([0-9]+)\.([0-9]+)\.`)
)

func blockKey(stages string) *regexp.Regexp {
	return regexp.MustCompile(`^` + stages + `\.([0-9]+)\.([0-9]+)\.`)
}

// scale reads one residual network.
func (s *shapes) scale(suffix string, pool int) (Scale, error) {
	scale := Scale{Stem: "stem" + suffix, Stages: "stages" + suffix, Pool: pool}
	scale.Width = s.dim(scale.Stem+".1"+original+"#0", scale.Stem+".1.bias#0", scale.Stem+".1"+leftU+"#0")
	last, err := s.largest(stageKey[suffix])
	if err != nil {
		return Scale{}, err
	}
	if len(last) == 0 {
		s.absent = append(s.absent, s.prefix+scale.Stages+".0.0.conv1"+original)
	}
	in := scale.Width
	for stage, end := range last {
		first := min(stage, 1) // index 0 of later stages is the pool
		var list []Block
		for b := first; b <= max(end, first); b++ {
			name := scale.Stages + "." + strconv.Itoa(stage) + "." + strconv.Itoa(b)
			out := s.look(name+".conv1"+original+"#0", name+".conv1.bias#0", name+".conv2"+original+"#0", name+".conv2.bias#0")
			if out == 0 {
				out = in // the strict loading names the whole block
			}
			list = append(list, Block{name, in, out})
			in = out
		}
		scale.Blocks = append(scale.Blocks, list)
	}
	return scale, nil
}

// readPatch finds the side of the squares of pixels that the stem takes as
// channels: inputs / channels is its square.
func (n *Net) readPatch(inputs int) error {
	for patch := 1; patch*patch*n.Channels <= inputs; patch++ {
		if patch*patch*n.Channels == inputs {
			for i := range n.Scales {
				n.Scales[i].Patch = patch
			}
			return nil
		}
	}
	return fmt.Errorf("the stem takes %d channels of a picture of %d, want as many or 4, 9, ... times as many", inputs, n.Channels)
}

// readEncoder reads the encoder's structure; ok is false where the file has none.
func readEncoder(f *checkpoint.File, prefix string) (e Encoder, ok bool, absent []string, err error) {
	s := &shapes{file: f, prefix: prefix}
	if !s.has("") {
		return Encoder{}, false, nil, nil
	}
	e.Channels = s.dim("conv1.1.weight#1", "conv1.0.mean#0", "conv1.0.std#0")
	e.Width = s.dim("conv1.1.weight#0", "bn1.weight#0")
	e.Stem = s.dim("conv1.1.weight#2")
	last, err := s.largest(layerKey)
	if err != nil {
		return Encoder{}, false, nil, err
	}
	for i := 1; i < len(last); i++ {
		name := "layer" + strconv.Itoa(i) + ".0"
		e.Planes = append(e.Planes, s.dim(name+".conv1.weight#0", name+".bn1.weight#0", name+".conv2.weight#0"))
		e.Blocks = append(e.Blocks, last[i]+1)
	}
	if len(e.Planes) == 0 {
		s.absent = append(s.absent, prefix+"layer1.0.conv1.weight")
	}
	e.Hidden = s.dim("fc.0.weight#0", "fc.1.weight#0", "fc.3.weight#1")
	e.Out = s.dim("fc.3.weight#0", "fc.3.bias#0")
	if len(s.absent) == 0 && e.Stem != 3 && e.Stem != 7 {
		return Encoder{}, false, nil, fmt.Errorf("tensor %q: found a kernel of %d pixels, want 3 or 7", prefix+"conv1.1.weight", e.Stem)
	}
	return e, true, s.absent, nil
}
