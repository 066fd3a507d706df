package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// join writes what two runs, saved as files, have both measured, line beside line, and
// how far their ratios are apart by kind of figure.
func join(first, second string, out io.Writer) error {
	a, err := readRows(first)
	if err != nil {
		return err
	}
	b, err := readRows(second)
	if err != nil {
		return err
	}
	again := map[string]row{}
	for _, r := range b {
		again[r.key()] = r
	}
	fmt.Fprintln(out, "| figure | first run | peer | ratio | second run | peer | ratio | wanted | both |")
	fmt.Fprintln(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |")
	apart := map[string][]float64{}
	for _, x := range a {
		y, ok := again[x.key()]
		if !ok || x.ratio == "" {
			continue
		}
		both := x.verdict
		if y.verdict != both {
			both += ", then " + y.verdict
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", x.figure, x.here, x.peer, x.ratio, y.here, y.peer, y.ratio, x.wanted, both)
		if was, is := leading(x.ratio), leading(y.ratio); was > 0 && is > 0 {
			kind, _, _ := strings.Cut(x.figure, ",")
			apart[kind] = append(apart[kind], is/was)
		}
	}
	fmt.Fprintln(out, "\nThe second run's ratio over the first's:")
	fmt.Fprintln(out)
	for _, kind := range slices.Sorted(maps.Keys(apart)) {
		fmt.Fprintf(out, "- %s: %.2f to %.2f\n", kind, slices.Min(apart[kind]), slices.Max(apart[kind]))
	}
	return nil
}

// key tells the figures of a run apart: several peers may have one.
func (r row) key() string {
	_, peer, _ := strings.Cut(r.peer, "(")
	peer, _, _ = strings.Cut(peer, ",") // without its layout
	return r.figure + "|" + peer
}

// leading is the number that a ratio such as "1.20x as fast" or "92 %" begins with; 0: none.
func leading(ratio string) float64 {
	end := strings.IndexFunc(ratio, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
	if end < 0 {
		end = len(ratio)
	}
	v, err := strconv.ParseFloat(ratio[:end], 64)
	if err != nil {
		return 0
	}
	return v
}

// readRows reads the figures of a run from its output.
func readRows(path string) ([]row, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a run: %w", err)
	}
	var list []row
	for line := range strings.Lines(string(data)) {
		c := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(c) != 6 || !strings.HasPrefix(line, "|") {
			continue
		}
		for i := range c {
			c[i] = strings.TrimSpace(c[i])
		}
		if c[0] == "figure" || c[0] == "---" {
			continue // the table's head
		}
		list = append(list, row{c[0], c[1], c[2], c[3], c[4], c[5]})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("read a run %q: %w", path, errors.New("found no line of a bench's table"))
	}
	return list, nil
}
