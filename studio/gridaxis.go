package studio

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Names of axes that are no knobs.
const (
	axisSeed    = "seed"
	axisStep    = "step"
	axisLabel   = "label"
	axisCompose = "compose"
	axisWeight  = "weight:" // and the name of a class
)

// Axis is an edge of a grid: what changes along it. Make one with ReadAxis.
type Axis struct {
	Name   string // a knob's, or seed, step, label, compose, weight:CLASS
	Values []AxisValue
	// Text is what it was read from, NAME=VALUES, so that it can be read again.
	Text string
}

// AxisValue is a place on an axis.
type AxisValue struct {
	Text string // as its caption says
	turn func(*Recipe) error
	step int // after which the picture is taken; allSteps where the axis is another
}

// ReadAxis reads what a person asks of an edge of a grid, NAME=VALUES:
//
//	guidance=0,1,2,4                    a knob's values, as a list
//	step_size=0.01..1:5                 five of them from 0.01 to 1, by equal factors where the knob is logarithmic
//	seed=1..4                           whole numbers need no count
//	seed=1-9 (+2)                       the same by a step: 1, 3, 5, 7, 9; see rangeBy
//	guidance=0-4 [5]                    five of them, as 0..4:5
//	step=0,30,60                        pictures on the way of one run
//	label=coat,bag                      classes, by name or number
//	compose=hat AND smile; NOT hat      expressions, see ReadExpression
//	weight:hat=-1,0,1                   the signed weight of a class that the base recipe composes
//
// Ranges are rounded to four digits, so that a caption says what was used. base is the
// recipe whose grid it will be; its sampler says which knobs there are.
func ReadAxis(m *models.Model, base Recipe, text string) (Axis, error) {
	name, spec, ok := strings.Cut(text, "=")
	name, spec = strings.TrimSpace(name), strings.TrimSpace(spec)
	if !ok || name == "" {
		return Axis{}, fmt.Errorf("axis %q: want NAME=VALUES, such as seed=1..4", text)
	}
	a := Axis{Name: name, Text: strings.TrimSpace(text)}
	var err error
	switch {
	case spec == "":
		err = errors.New("found no values, want some, such as 0,1,2 or 0..1:5")
	case name == axisSeed:
		err = a.read(spec, true, false, func(text string) (AxisValue, error) {
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return AxisValue{}, fmt.Errorf("found %q, want a whole number from 0", text)
			}
			return turning(func(r *Recipe) error { r.Seed = seed; return nil }), nil
		})
	case name == axisStep:
		err = a.read(spec, true, false, func(text string) (AxisValue, error) {
			step, err := strconv.Atoi(text)
			if err != nil || step < 0 {
				return AxisValue{}, fmt.Errorf("found %q, want a step from 0, the start", text)
			}
			return AxisValue{step: step, turn: func(*Recipe) error { return nil }}, nil
		})
	case name == axisLabel:
		for class := range strings.SplitSeq(spec, ",") {
			t, e := ClassTerm(m, strings.TrimSpace(class))
			err = errors.Join(err, e)
			a.add(t.Name, turning(func(r *Recipe) error { r.Terms = Composed(m, []Term{t}); return nil }))
		}
	case name == axisCompose:
		for expression := range strings.SplitSeq(spec, ";") {
			expression = strings.TrimSpace(expression)
			if expression == "" {
				err = errors.Join(err, errors.New("found an empty expression"))
				continue
			}
			a.add(expression, turning(func(r *Recipe) error { return r.Ask(m, expression) }))
		}
	case strings.HasPrefix(name, axisWeight):
		err = a.readWeights(m, base, strings.TrimPrefix(name, axisWeight), spec)
	default:
		err = a.readKnob(m, base, spec)
	}
	if err == nil {
		err = a.distinct()
	}
	if err != nil {
		return Axis{}, fmt.Errorf("axis %s: %w", name, err)
	}
	return a, nil
}

func turning(turn func(*Recipe) error) AxisValue { return AxisValue{turn: turn, step: allSteps} }

func (a *Axis) add(text string, v AxisValue) {
	v.Text = text
	a.Values = append(a.Values, v)
}

// read adds the values of a list of numbers and ranges.
func (a *Axis) read(spec string, whole, factors bool, value func(text string) (AxisValue, error)) error {
	texts, err := numbersIn(spec, whole, factors)
	if err != nil {
		return err
	}
	for _, text := range texts {
		v, err := value(text)
		if err != nil {
			return err
		}
		a.add(text, v)
	}
	return nil
}

func (a *Axis) readKnob(m *models.Model, base Recipe, spec string) error {
	knobs, err := knobsOf(m, base.Sampler)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(knobs, func(k sampling.Knob) bool { return k.Name == a.Name })
	if i < 0 {
		return fmt.Errorf("unknown knob%s, want one of %s; or seed, step, label, compose, weight:CLASS", nearKnob(a.Name, knobs, "seed", "step", "label", "compose"), knobNames(knobs))
	}
	return a.read(spec, knobs[i].Integer, knobs[i].Log, func(text string) (AxisValue, error) {
		v, err := axisNumber(text)
		if err != nil {
			return AxisValue{}, err
		}
		if err := checkSettings(sampling.Settings{a.Name: v}, knobs); err != nil {
			return AxisValue{}, err
		}
		return turning(func(r *Recipe) error { return r.Turn(m, a.Name, v) }), nil
	})
}

// readWeights adds weights of a class in a composition.
func (a *Axis) readWeights(m *models.Model, base Recipe, class, spec string) error {
	t, err := ClassTerm(m, class)
	if err != nil {
		return err
	}
	a.Name = axisWeight + t.Name
	return a.read(spec, false, false, func(text string) (AxisValue, error) {
		weight, err := axisNumber(text)
		if err != nil {
			return AxisValue{}, err
		}
		return turning(func(r *Recipe) error { return r.weigh(m, t, weight) }), nil
	})
}

// weigh gives a class of the recipe's composition another weight.
func (r *Recipe) weigh(m *models.Model, class Term, weight float64) error {
	conditions := conditionsOf(cloneTerms(r.Terms))
	i := slices.IndexFunc(conditions, func(t Term) bool { return t.Any == nil && slices.Equal(t.Labels, class.Labels) })
	if i < 0 {
		return fmt.Errorf("found no %s among what is composed, want it there to weigh it\nhint: --compose \"%s\", with AND and more", class.Name, quotedClass(m.Labels, class.Labels[0]))
	}
	conditions[i].Weight = weight
	r.Terms = Composed(m, conditions)
	if r.Expression == "" {
		return nil
	}
	var err error
	r.Expression, err = WriteExpression(m.Labels, conditions)
	return err
}

// distinct refuses values that are there twice: their cells would be the same.
func (a Axis) distinct() error {
	seen := map[string]bool{}
	for _, v := range a.Values {
		if seen[v.Text] {
			return fmt.Errorf("found %s twice", v.Text)
		}
		seen[v.Text] = true
	}
	return nil
}

// cost says how much changing the axis's value asks of the program: what the pictures
// show may need another program compiled for the device, a step needs no run of its own.
func (a Axis) cost() int {
	switch {
	case a.shapes():
		return 3
	case a.Name == "steps" || strings.HasPrefix(a.Name, axisWeight):
		return 2
	case a.Name == axisStep:
		return 0
	}
	return 1
}

// shapes reports whether the axis says what the pictures show.
func (a Axis) shapes() bool { return a.Name == axisLabel || a.Name == axisCompose }
