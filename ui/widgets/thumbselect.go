package widgets

import (
	"maps"
	"slices"
)

// choice is a set of places in a list that a person has selected, with the place that
// a range begins at and the one that the keyboard moves.
type choice struct {
	set    map[int]bool
	anchor int // where a range begins, -1 for none
	cursor int // where the keyboard is, -1 for none
}

func newChoice() choice { return choice{set: map[int]bool{}, anchor: -1, cursor: -1} }

// only selects one place; a negative one selects nothing.
func (c *choice) only(i int) {
	clear(c.set)
	c.anchor, c.cursor = i, i
	if i >= 0 {
		c.set[i] = true
	}
}

// toggle adds a place or takes it out.
func (c *choice) toggle(i int) {
	if c.set[i] {
		delete(c.set, i)
	} else {
		c.set[i] = true
	}
	c.anchor, c.cursor = i, i
}

// extend selects everything from the anchor to a place, and nothing else unless keep.
func (c *choice) extend(i int, keep bool) {
	if c.anchor < 0 {
		c.anchor = max(c.cursor, 0)
	}
	if !keep {
		clear(c.set)
	}
	for k := min(c.anchor, i); k <= max(c.anchor, i); k++ {
		c.set[k] = true
	}
	c.cursor = i
}

// put selects exactly these places.
func (c *choice) put(places []int) {
	clear(c.set)
	for _, i := range places {
		c.set[i] = true
	}
}

// all selects n places.
func (c *choice) all(n int) {
	for i := range n {
		c.set[i] = true
	}
}

// sorted are the places in order.
func (c *choice) sorted() []int { return slices.Sorted(maps.Keys(c.set)) }
