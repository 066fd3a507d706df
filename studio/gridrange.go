package studio

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// numbersIn is a list of numbers and ranges as the texts of its numbers.
func numbersIn(spec string, whole, factors bool) ([]string, error) {
	var all []string
	for item := range strings.SplitSeq(spec, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			return nil, fmt.Errorf("found an empty value in %q", spec)
		}
		some, err := itemOf(item, whole, factors)
		if err != nil {
			return nil, fmt.Errorf("range %q: %w", item, err)
		}
		if all = append(all, some...); len(all) > MaxGridCells {
			return nil, fmt.Errorf("found more than %d values", MaxGridCells)
		}
	}
	return all, nil
}

// minusRange is a range with a minus between its ends, with a step in parentheses or a
// count in brackets behind it, each of which may be left out.
var minusRange = regexp.MustCompile(`^(` + number + `)\s*-\s*(` + number + `)(?:\s*\(\s*([+-]` + unsigned + `)\s*\)|\s*\[\s*([0-9]+)\s*\])?$`)

const (
	unsigned = `(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?`
	number   = `[+-]?` + unsigned
)

// itemOf is a number alone or the numbers of a range.
func itemOf(item string, whole, factors bool) ([]string, error) {
	if from, rest, ok := strings.Cut(item, ".."); ok {
		return rangeOf(from, rest, whole, factors)
	}
	if _, err := axisNumber(item); err == nil {
		return []string{item}, nil
	}
	m := minusRange.FindStringSubmatch(item)
	switch {
	case m == nil:
		return []string{item}, nil
	case m[3] != "":
		return rangeBy(m[1], m[2], m[3], whole)
	case m[4] != "":
		return rangeOf(m[1], m[2]+":"+m[4], whole, factors)
	}
	return rangeOf(m[1], m[2], whole, factors)
}

// rangeBy is a range by equal steps, "1-5 (+2)": 1, 3, 5; the end is left out where the
// steps do not meet it.
func rangeBy(begin, end, by string, whole bool) ([]string, error) {
	var ends [3]float64
	for i, text := range []string{begin, end, by} {
		var err error
		if ends[i], err = axisNumber(text); err != nil {
			return nil, err
		}
	}
	from, to, step := ends[0], ends[1], ends[2]
	count := math.Floor((to-from)/step+1e-9) + 1
	switch {
	case step == 0 || count < 1:
		return nil, fmt.Errorf("found the step %s, which does not lead from %s to %s", by, begin, end)
	case count > MaxGridCells:
		return nil, fmt.Errorf("found more than %d values", MaxGridCells)
	}
	var texts []string
	for i := range int(count) {
		texts = append(texts, axisText(from+float64(i)*step, whole))
	}
	return texts, nil
}

// axisText writes a number of a range; of whole ones all digits, of others four.
func axisText(v float64, whole bool) string {
	if whole {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v+0, 'g', 4, 64)
}

// rangeOf is a range "from..to:count"; the count may be left out of whole numbers.
func rangeOf(begin, rest string, whole, factors bool) ([]string, error) {
	end, count, counted := strings.Cut(rest, ":")
	from, err := axisNumber(strings.TrimSpace(begin))
	if err != nil {
		return nil, err
	}
	to, err := axisNumber(strings.TrimSpace(end))
	if err != nil {
		return nil, err
	}
	var n int
	switch {
	case counted:
		if n, err = strconv.Atoi(strings.TrimSpace(count)); err != nil || n < 2 || n > MaxGridCells {
			return nil, fmt.Errorf("found the count %q, want a whole number from 2 to %d", count, MaxGridCells)
		}
	case !whole || from != math.Trunc(from) || to != math.Trunc(to):
		return nil, errors.New("found no count, want FROM..TO:COUNT")
	case math.Abs(to-from) >= MaxGridCells:
		return nil, fmt.Errorf("found more than %d values", MaxGridCells)
	default:
		n = int(math.Abs(to-from)) + 1
	}
	texts := make([]string, n)
	for i := range texts {
		t := float64(i) / float64(max(1, n-1))
		v := from + t*(to-from)
		switch {
		case factors && from > 0 && to > 0:
			v = from * math.Pow(to/from, t)
		case from == -to && 2*i == n-1:
			v = 0
		}
		texts[i] = axisText(v, whole)
	}
	return texts, nil
}

// axisNumber reads a finite number, or a switch.
func axisNumber(text string) (float64, error) {
	if on, isSwitch := map[string]float64{"true": 1, "false": 0}[text]; isSwitch {
		return on, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !finite(v) {
		return 0, fmt.Errorf("found %q, want a number", text)
	}
	return v + 0, nil // no minus zero
}
