// Package faces draws 16x16 pixel faces with known attributes without end: hat,
// glasses, long hair, smile, each on or off. It stands in for CelebA's attributes, which
// may not be handed on: the parts are DiceBear's pixel-art faces (CC0; see NOTICE.md),
// drawn once by tools/faces into an atlas and put together here exactly as the library
// does.
//
// Two pairs of attributes are meant to be left out of training, so that a model that
// combines them has not seen them together: see [Attributes.HeldOut].
package faces

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ebmstudio/internal/dataset"
	"ebmstudio/sampling"
)

// The attributes, as indices of [Attributes].
const (
	Hat = iota
	Glasses
	LongHair
	Smile
	count
)

// Attributes says which a face has.
type Attributes [count]bool

// Names lists the classes: of every attribute on, then off. Attribute a on is class
// 2a, off is class 2a+1.
func Names() []string {
	return []string{"hat", "no hat", "glasses", "no glasses", "long hair", "short hair", "smile", "no smile"}
}

// Pairs lists the classes of which a face has one each.
func Pairs() [][2]int {
	pairs := make([][2]int, count)
	for a := range pairs {
		pairs[a] = [2]int{2 * a, 2*a + 1}
	}
	return pairs
}

// Classes are the face's classes, one of each of [Pairs].
func (a Attributes) Classes() []int {
	classes := make([]int, count)
	for i, on := range a {
		classes[i] = 2 * i
		if !on {
			classes[i]++
		}
	}
	return classes
}

// Has reports whether a class is one of the face's.
func (a Attributes) Has(class int) bool {
	return class >= 0 && class < 2*count && a[class/2] == (class%2 == 0)
}

// HeldOut reports whether a face has a pair of attributes that training leaves out: a
// hat and glasses, or long hair and a smile.
func (a Attributes) HeldOut() bool { return a[Hat] && a[Glasses] || a[LongHair] && a[Smile] }

// String names the attributes that are on: "hat, smile"; "plain" where none is.
func (a Attributes) String() string {
	var on []string
	for i, has := range a {
		if has {
			on = append(on, Names()[2*i])
		}
	}
	if on == nil {
		return "plain"
	}
	return strings.Join(on, ", ")
}

// All lists the 16 combinations.
func All() []Attributes {
	all := make([]Attributes, 1<<count)
	for i := range all {
		for a := range count {
			all[i][a] = i>>a&1 == 1
		}
	}
	return all
}

// Set is an endless set of faces with some of the combinations, all equally likely. It
// may be used from several goroutines.
type Set struct {
	combinations []Attributes
	groups       []choice
	skin, dress  int // of the groups
	blank        canvas
	test         bool // the faces that are held back
}

// choice is how a face gets its part of a group.
type choice struct {
	group
	attribute   int     // that decides, or -1
	on, off     []int   // parts where the attribute is on and off; empty: none is drawn
	probability float64 // of a part, where no attribute decides
}

// Open returns the faces of all 16 combinations.
func Open() (*Set, error) {
	a, err := openAtlas()
	if err != nil {
		return nil, err
	}
	s := &Set{combinations: All(), blank: a.blank()}
	for _, g := range a.groups {
		s.groups = append(s.groups, choose(g))
	}
	if s.skin, err = a.find("skin"); err != nil {
		return nil, err
	}
	s.dress, err = a.find("clothing")
	return s, err
}

// choose says by which attribute a group's parts are chosen.
func choose(g group) choice {
	parts := func(prefix string) (found []int) {
		for i, name := range g.parts {
			if strings.HasPrefix(name, prefix) {
				found = append(found, i)
			}
		}
		return found
	}
	switch g.name {
	case "hat":
		return choice{group: g, attribute: Hat, on: parts("")}
	case "glasses":
		return choice{group: g, attribute: Glasses, on: parts("")}
	case "hair":
		// Two buns on top; under a hat nobody can tell them from short hair.
		long := slices.DeleteFunc(parts("long"), func(part int) bool { return g.parts[part] == "long14" })
		return choice{group: g, attribute: LongHair, on: long, off: parts("short")}
	case "mouth":
		return choice{group: g, attribute: Smile, on: parts("happy"), off: parts("sad")}
	case "accessories": // the library's own probability
		return choice{group: g, attribute: -1, on: parts(""), probability: 0.1}
	}
	return choice{group: g, attribute: -1, on: parts(""), probability: 1}
}

// Only returns the part of the set whose combinations are kept.
func (s *Set) Only(keep func(Attributes) bool) *Set {
	part := *s
	part.combinations = nil
	for _, a := range s.combinations {
		if keep(a) {
			part.combinations = append(part.combinations, a)
		}
	}
	return &part
}

// Training is the set without the held-out combinations: 9 of the 16.
func (s *Set) Training() *Set { return s.Only(func(a Attributes) bool { return !a.HeldOut() }) }

// Test is the part of the set that it otherwise holds back: faces with a pair of skin
// and dress colours, one of 12, that no others have.
func (s *Set) Test() *Set {
	part := *s
	part.test = true
	return &part
}

// At draws the n faces of a step in 0..1 and tells the classes of each. Face i depends
// on the set's combinations and on (key, i, step) alone.
func (s *Set) At(k sampling.Key, step, n int) (sampling.Images, [][]int, error) {
	if len(s.combinations) == 0 {
		return sampling.Images{}, nil, errors.New("draw faces: no combination of attributes is left")
	}
	if n < 0 {
		return sampling.Images{}, nil, fmt.Errorf("draw faces: found a batch of %d, want 0 or more", n)
	}
	x, classes := sampling.NewImages(n, 3, Size, Size), make([][]int, n)
	for i := range n {
		u := make([]float32, 1+3*len(s.groups))
		if err := k.Uniform(dataset.StreamFace, i, step, u); err != nil {
			return x, nil, err
		}
		a := s.combinations[at(u[0], len(s.combinations))]
		s.face(a, u[1:], x.Image(i))
		classes[i] = a.Classes()
	}
	return x, classes, nil
}

// face draws one face; every group uses three of the random numbers.
func (s *Set) face(a Attributes, u []float32, dst []float32) {
	chosen := make([]int, len(s.groups))
	for g := range s.groups {
		chosen[g] = s.groups[g].layer(a, [3]float32(u[3*g:]))
	}
	s.keepApart(chosen)
	c := s.blank
	for g, l := range chosen {
		if l >= 0 {
			c.draw(s.groups[g].layers[l])
		}
	}
	for j, level := range c {
		dst[j] = float32(level) / 255
	}
}

// keepApart changes the colour of the dress to one that goes with the skin: with every
// skin one colour is for the faces that are held back, the others are for the rest.
func (s *Set) keepApart(chosen []int) {
	colours := len(s.groups[s.dress].colours)
	kept := 5 * chosen[s.skin] % colours
	part, colour := chosen[s.dress]/colours, chosen[s.dress]%colours
	switch {
	case s.test:
		colour = kept
	case colour == kept:
		colour = (colour + 1) % colours
	}
	chosen[s.dress] = part*colours + colour
}

// layer is the number of the layer that the attributes and three random numbers
// choose, -1 where there is none.
func (g *choice) layer(a Attributes, u [3]float32) int {
	parts := g.on
	if g.attribute < 0 && float64(u[0]) >= g.probability {
		parts = nil
	}
	if g.attribute >= 0 && !a[g.attribute] {
		parts = g.off
	}
	if len(parts) == 0 {
		return -1
	}
	return parts[at(u[1], len(parts))]*len(g.colours) + at(u[2], len(g.colours))
}

// at is the index below n of a uniform number.
func at(u float32, n int) int { return min(int(u*float32(n)), n-1) }
