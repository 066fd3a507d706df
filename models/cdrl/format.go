package cdrl

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Our own CDRL checkpoints are safetensors with the authors' tensor names after
// "ebm.", "ema_ebm.", "init." and "ema_init." (a file for sampling alone may leave
// out the raw or the averaged half; averaged energy networks bring their own u and
// v), and a [Header] as metadata. Tensors of other prefixes belong to the trainer.

// Prefixes of the tensors in our own files.
const (
	PrefixNet            = "ebm."
	PrefixNetEMA         = "ema_ebm."
	PrefixInitializer    = "init."
	PrefixInitializerEMA = "ema_init."
)

// Options of the networks and of the schedule that the authors' files do not hold:
// keys of models.Options.Net and of our own metadata.
const (
	optionActivation = "activation" // "lrelu" or "swish"
	optionAddQ       = "add_q"      // "true" or "false"
	optionMin        = "logsnr_min"
	optionMax        = "logsnr_max"
	optionLevels     = "levels"
	optionHeads      = "init_heads"  // of the initializer's attention
	optionGroups     = "init_groups" // of the initializer's group norms
	optionSize       = "size"        // of the pictures, "32"
	optionPatch      = "patch"       // see Net.Patch
	optionInitPatch  = "init_patch"
)

// Metadata keys of our own checkpoints besides the options.
const (
	keyFamily     = "family" // "cdrl"
	keyName       = "name"
	keyLabels     = "labels"     // JSON list of names
	keyAttributes = "attributes" // JSON list of pairs of numbers of labels: on, off
	keyTogether   = "together"   // "true": several classes were told at once
	keyIterations = "iterations"
	keyGuidance   = "guidance"       // the knob's default
	keySteps      = "langevin_steps" // of training, on each level
)

// Header is what a checkpoint of ours says besides its tensors. Zero means "not
// said": the published value.
type Header struct {
	Name       string
	Labels     []string
	Attributes [][2]int // pairs of labels that exclude each other: on, off
	Together   bool     // the networks learned several classes of a picture at once
	Iterations int
	Steps      int // Langevin steps that training took on each level
	Guidance   float64
	// Options holds any of the networks' options, as a person would give them.
	Options map[string]string
}

// Metadata writes the header as a safetensors file's metadata.
func (h Header) Metadata() map[string]string {
	m := map[string]string{keyFamily: Name}
	for _, option := range optionNames {
		if v := h.Options[option]; v != "" {
			m[option] = v
		}
	}
	if h.Name != "" {
		m[keyName] = h.Name
	}
	if len(h.Labels) > 0 {
		labels, _ := json.Marshal(h.Labels) // a list of strings always encodes
		m[keyLabels] = string(labels)
	}
	if len(h.Attributes) > 0 {
		pairs, _ := json.Marshal(h.Attributes) // a list of numbers always encodes
		m[keyAttributes] = string(pairs)
	}
	if h.Together {
		m[keyTogether] = "true"
	}
	if h.Iterations != 0 {
		m[keyIterations] = strconv.Itoa(h.Iterations)
	}
	if h.Steps != 0 {
		m[keySteps] = strconv.Itoa(h.Steps)
	}
	if h.Guidance != 0 {
		m[keyGuidance] = strconv.FormatFloat(h.Guidance, 'g', -1, 64)
	}
	return m
}

// ParseHeader reads the header from a file's metadata; files of others have none.
// Unknown keys belong to the trainer.
func ParseHeader(m map[string]string) (Header, error) {
	h := Header{Name: m[keyName], Options: map[string]string{}}
	for _, option := range optionNames {
		if v, ok := m[option]; ok {
			h.Options[option] = v
		}
	}
	if text, ok := m[keyLabels]; ok {
		if err := json.Unmarshal([]byte(text), &h.Labels); err != nil {
			return Header{}, fmt.Errorf("metadata %q: want a JSON list of names: %w", keyLabels, err)
		}
	}
	if text, ok := m[keyAttributes]; ok {
		if err := json.Unmarshal([]byte(text), &h.Attributes); err != nil {
			return Header{}, fmt.Errorf("metadata %q: want a JSON list of pairs of numbers: %w", keyAttributes, err)
		}
	}
	h.Together = m[keyTogether] == "true"
	if text, ok := m[keyIterations]; ok {
		var err error
		if h.Iterations, err = parseWhole(text, 0, math.MaxInt32); err != nil {
			return Header{}, fmt.Errorf("metadata %q: %w", keyIterations, err)
		}
	}
	if text, ok := m[keySteps]; ok {
		var err error
		if h.Steps, err = parseWhole(text, 0, math.MaxInt32); err != nil {
			return Header{}, fmt.Errorf("metadata %q: %w", keySteps, err)
		}
	}
	if text, ok := m[keyGuidance]; ok {
		var err error
		if h.Guidance, err = parseNumber(text); err != nil {
			return Header{}, fmt.Errorf("metadata %q: %w", keyGuidance, err)
		}
	}
	return h, nil
}

var optionNames = []string{
	optionActivation, optionAddQ, optionMin, optionMax, optionLevels, optionHeads, optionGroups, optionSize, optionPatch, optionInitPatch,
}

// options are the choices that no tensor's shape tells.
type options struct {
	swish, addQ   bool
	min, max      float64
	levels        int
	heads, groups int
	size          int // 0: not said
	patch         int // of the energy
	initPatch     int
}

// readOptions starts from the published values and takes those said by the file,
// then those said by the person.
func readOptions(file, said map[string]string) (options, error) {
	o := options{min: defaultMin, max: defaultMax, levels: defaultLevels, heads: 1, groups: 32, patch: 1, initPatch: 1}
	for name := range said {
		if !slices.Contains(optionNames, name) {
			return o, fmt.Errorf("network option %q: want one of %s", name, strings.Join(optionNames, ", "))
		}
	}
	for _, source := range []map[string]string{file, said} {
		for _, name := range optionNames {
			text, ok := source[name]
			if !ok {
				continue
			}
			if err := o.set(name, text); err != nil {
				return o, fmt.Errorf("network option %q: %w", name, err)
			}
		}
	}
	if _, err := NewSchedule(o.levels, o.min, o.max, false); err != nil {
		return o, fmt.Errorf("network options: %w", err)
	}
	return o, nil
}

func (o *options) set(name, text string) (err error) {
	switch name {
	case optionActivation:
		if text != "lrelu" && text != "swish" {
			return fmt.Errorf("found %q, want lrelu or swish", text)
		}
		o.swish = text == "swish"
	case optionAddQ:
		if o.addQ, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("found %q, want true or false", text)
		}
	case optionMin:
		o.min, err = parseNumber(text)
	case optionMax:
		o.max, err = parseNumber(text)
	case optionLevels:
		o.levels, err = parseWhole(text, 1, 1000)
	case optionHeads:
		o.heads, err = parseWhole(text, 1, maxWidth)
	case optionGroups:
		o.groups, err = parseWhole(text, 1, maxWidth)
	case optionPatch:
		o.patch, err = parseWhole(text, 1, 16)
	case optionInitPatch:
		o.initPatch, err = parseWhole(text, 1, 16)
	case optionSize:
		o.size, err = parseWhole(text, 1, 1024)
	}
	return err
}

func parseNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("found %q, want a finite number", text)
	}
	return v, nil
}

func parseWhole(text string, lo, hi int) (int, error) {
	v, err := strconv.Atoi(text)
	if err != nil || v < lo || v > hi {
		return 0, fmt.Errorf("found %q, want a whole number from %d to %d", text, lo, hi)
	}
	return v, nil
}
