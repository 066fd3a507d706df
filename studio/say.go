package studio

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Command is a line for a shell, or several, that make the pictures of a recipe with ebm:
// flags where flags can say all of it, else the recipe itself as the line's input. o is
// the recipe's model.
func Command(o *Opened, r Recipe) string {
	words := []string{"ebm", "sample"}
	if engine, _, _ := strings.Cut(r.Engine, " "); engine != "" { // another engine rounds otherwise
		words = append(words, "--engine", engine)
	}
	words = append(words, checkpointWords(o)...)
	flags, plain := recipeFlags(o, r)
	if !plain {
		return strings.Join(append(words, "--recipe", "-", "--out", "out"), " ") + " <<'RECIPE'\n" + string(r.JSON()) + "RECIPE\n"
	}
	return strings.Join(append(append(words, flags...), "--out", "out"), " ") + "\n"
}

// checkpointWords name the checkpoint, or all of several.
func checkpointWords(o *Opened) (words []string) {
	for _, p := range o.Parts {
		words = append(words, checkpointWords(p.Opened)...)
	}
	if len(words) > 0 {
		slices.Sort(words)
		return slices.Compact(words)
	}
	if o.Path == "" { // the program carries it
		return []string{quoted(strings.TrimSuffix(o.Name, filepath.Ext(o.Name)))}
	}
	return []string{quoted(o.Path)}
}

// recipeFlags are a recipe as flags of ebm sample; plain is false where they cannot say it.
func recipeFlags(o *Opened, r Recipe) (flags []string, plain bool) {
	flags = append(weightFlags(r.Checkpoint), "--seed", strconv.FormatUint(r.Seed, 10), "--chains", strconv.Itoa(r.Chains))
	if r.Sampler != SamplerFamily {
		flags = append(flags, "--sampler", r.Sampler)
	}
	for _, knob := range slices.Sorted(maps.Keys(r.Settings)) {
		flags = append(flags, "--set", quoted(knob+"="+strconv.FormatFloat(r.Settings[knob], 'g', -1, 64)))
	}
	if len(r.Terms) > 0 || r.Expression != "" {
		again := r.Clone()
		again.Terms, again.Expression = nil, ""
		if r.Expression == "" || again.Ask(o.Model, r.Expression) != nil || len(r.Terms) > 0 && !reflect.DeepEqual(again.Terms, r.Terms) {
			return nil, false
		}
		flags = append(flags, quoted("--compose="+r.Expression)) // it may begin with a minus
	}
	said := Recipe{
		Version: r.Version, Checkpoint: r.Checkpoint, Seed: r.Seed, Chains: r.Chains, Sampler: r.Sampler, Settings: r.Settings,
		Expression: r.Expression, Terms: r.Terms, Engine: r.Engine,
	}
	return flags, reflect.DeepEqual(said, r) && r.Checkpoint.Op == "" && len(o.Parts) == 0
}

func weightFlags(ref CheckpointRef) (flags []string) {
	if ref.Weights == "raw" {
		flags = append(flags, "--weights", ref.Weights)
	}
	for _, option := range slices.Sorted(maps.Keys(ref.Net)) {
		flags = append(flags, "--net", quoted(option+"="+ref.Net[option]))
	}
	return flags
}

// quoted is a word as a shell reads it back.
func quoted(word string) string {
	harmless := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./=+,:@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !harmless(r) }) {
		return word
	}
	return fmt.Sprintf("'%s'", strings.ReplaceAll(word, "'", `'\''`))
}
