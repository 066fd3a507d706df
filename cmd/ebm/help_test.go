package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// TestHelpFitsATerminal asks every verb for help: whole, in 100 columns, and with an example
// where a verb has no verbs of its own.
func TestHelpFitsATerminal(t *testing.T) {
	var c cli
	c.Train.describe()
	parser, err := kong.New(&c, kong.Name("ebm"), kong.Vars{"version": "", "out": ""})
	if err != nil {
		t.Fatal(err)
	}
	verbs := 0
	var ask func(of *kong.Node, path []string)
	ask = func(of *kong.Node, path []string) {
		for _, n := range of.Children {
			verb := append(path[:len(path):len(path)], n.Name)
			ask(n, verb)
			verbs++
			var out, failed bytes.Buffer
			if code := run(context.Background(), append([]string{"help"}, verb...), &out, &failed); code != 0 || failed.Len() > 0 {
				t.Fatalf("ebm help %s: code %d, %s", strings.Join(verb, " "), code, failed.String())
			}
			for line := range strings.Lines(out.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
					t.Errorf("ebm help %s: a line of %d columns: %s", strings.Join(verb, " "), n, line)
				}
			}
			if strings.Contains(out.String(), "=STRING") || strings.Contains(out.String(), "KEY=VALUE") {
				t.Errorf("ebm help %s: a flag does not say what it takes:\n%s", strings.Join(verb, " "), out.String())
			}
		}
	}
	ask(parser.Model.Node, nil)
	if verbs < 40 {
		t.Errorf("found %d verbs, want all", verbs)
	}
}

// TestPlacesAreTidy prints a zero that rounding has left something of.
func TestPlacesAreTidy(t *testing.T) {
	for place, want := range map[float64]string{-2.583e-14: "0", 1.129e-14: "0", 15.54: "15.54", -0.25: "-0.25"} {
		if found := fmt.Sprintf("%.4g", tidy(place)); found != want {
			t.Errorf("%g: found %s, want %s", place, found, want)
		}
	}
}
