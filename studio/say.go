package studio

import (
	"cmp"
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

// TaskCommand is a grid, a training or an export of the queue as a line for a shell, ""
// for a recipe, which Command says.
func TaskCommand(t Task) string {
	switch t := t.(type) {
	case GridTask:
		data, err := t.Grid.JSON()
		if err != nil {
			return "" // numbers can always be written
		}
		words := []string{"ebm", "grid"}
		if t.Model.Path != "" {
			words = append(words, quoted(t.Model.Path))
		}
		return strings.Join(append(words, "--job", "/dev/stdin", "--out", quoted(cmp.Or(t.Into, "out"))), " ") + " <<'GRID'\n" + string(data) + "GRID\n"
	case TrainTask:
		return strings.Join(trainWords(t.Request), " ") + "\n"
	case ExportTask:
		words := []string{"ebm", "library", "export", quoted(t.To), "--as", string(t.As)}
		if t.Title != "" {
			words = append(words, quoted("--title="+t.Title))
		}
		for _, path := range t.Paths {
			words = append(words, "--picture", quoted(path))
		}
		return strings.Join(words, " ") + "\n"
	}
	return ""
}

// trainWords are a training as the words of a command line.
func trainWords(r TrainRequest) []string {
	words := []string{"ebm", "train", r.Family, "--out", quoted(r.Options.Dir)}
	switch {
	case r.Data == "":
	case slices.Contains(NamedData(), r.Data):
		words = append(words, "--data", r.Data)
	default:
		words = append(words, "--data", quoted(r.Data), "--size", strconv.Itoa(r.Size), "--channels", strconv.Itoa(r.Channels))
	}
	if r.Only != "" {
		words = append(words, quoted("--only="+r.Only))
	}
	if r.Options.For > 0 {
		words = append(words, "--for", r.Options.For.String())
	}
	if r.Options.SaveEvery > 0 {
		words = append(words, "--save-every", r.Options.SaveEvery.String())
	}
	if r.Options.Keep > 0 {
		words = append(words, "--keep", strconv.Itoa(r.Options.Keep))
	}
	if r.Options.SheetsEvery > 0 {
		words = append(words, "--sheets-every", strconv.Itoa(r.Options.SheetsEvery))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		words = append(words, quoted("--"+name+"="+r.Settings[name]))
	}
	return words
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
	if r.Fused != 0 {
		flags = append(flags, "--fused", strconv.Itoa(r.Fused))
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
		Fused: r.Fused, Expression: r.Expression, Terms: r.Terms, Engine: r.Engine,
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
