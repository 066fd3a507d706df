package models

import "fmt"

// Limits are the range of a number among a training's settings; see LimitFrom and
// LimitAbove.
type Limits struct {
	name      string
	v, lo, hi float64
	open      bool // lo itself is too low
}

// LimitFrom says that a setting's number is to be lo or more, at most hi.
func LimitFrom(name string, v, lo, hi float64) Limits { return Limits{name, v, lo, hi, false} }

// LimitAbove says that a setting's number is to be more than lo, at most hi.
func LimitAbove(name string, v, lo, hi float64) Limits { return Limits{name, v, lo, hi, true} }

// Within is an error that names the first number which is out of its range.
func Within(list ...Limits) error {
	for _, l := range list {
		if l.v >= l.lo && l.v <= l.hi && !(l.open && l.v == l.lo) {
			continue
		}
		from := "from"
		if l.open {
			from = "above"
		}
		return fmt.Errorf("training setting %q: found %v, want a number %s %v, at most %v", l.name, l.v, from, l.lo, l.hi)
	}
	return nil
}
