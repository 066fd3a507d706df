package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// negative is a number, or a list of numbers, that begins with a minus sign.
var negative = regexp.MustCompile(`^-[0-9.][0-9.,eE+-]*$`)

// arguments are a person's words as the parser takes them: "help grid" is "grid --help", and
// a negative number after a flag, as in --max-energy -3, is that flag's.
func arguments(args []string) []string {
	if len(args) > 0 && args[0] == "help" {
		return append(slices.Clone(args[1:]), "--help")
	}
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if last := len(out) - 1; last >= 0 && negative.MatchString(arg) && strings.HasPrefix(out[last], "--") && !strings.Contains(out[last], "=") {
			out[last] += "=" + arg
			continue
		}
		out = append(out, arg)
	}
	return out
}

// usage is the error of a command line that cannot be understood, with the help that would
// have told: that of the verb, of train, library and project that of what they are to do.
func usage(err error, args []string) error {
	help := "ebm"
	for i, word := range args[:min(len(args), 2)] {
		group := i == 0 || slices.Contains([]string{"train", "library", "project"}, args[0])
		if !group || strings.HasPrefix(word, "-") || strings.Contains(err.Error(), "unexpected argument "+word) {
			break
		}
		help += " " + word
	}
	return badInput(fmt.Errorf("%w\nhint: %s --help", err, help))
}
