package models

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// TrainingSetting is one setting of a training: what it holds, how to print it and how
// to read it.
type TrainingSetting struct {
	kind  SettingKind
	print func() string
	parse func(string) error
}

// SettingKind says what a setting holds.
type SettingKind string

// The kinds of settings.
const (
	SettingText   SettingKind = "text"
	SettingTruth  SettingKind = "truth" // true or false
	SettingWhole  SettingKind = "whole"
	SettingReal   SettingKind = "real"
	SettingWholes SettingKind = "wholes" // with commas between, or none
)

// SettingAbout tells people of a setting.
type SettingAbout struct {
	Name, Group, Help string
	Choices           []string // all values that there are; empty: any of its kind
}

// AboutOneRate tells of the settings that trainings of energies with one rate share, from
// the rate's course to the averaged weights.
func AboutOneRate() []SettingAbout {
	return []SettingAbout{
		{Name: "lr-final", Group: "Training", Help: "The rate falls along a cosine to this part of it (1: constant)."},
		{Name: "warm-up", Group: "Training", Help: "Iterations of the rate's linear warm-up."},
		{Name: "alpha", Group: "Training", Help: "Weight of the squared energies."},
		{Name: "grad-norm", Group: "Training", Help: "Largest norm of the gradient by the weights (0: no limit)."},
		{Name: "data-noise", Group: "Training", Help: "Standard deviation of the noise on real pictures."},
		{Name: "flip-data", Group: "Training", Help: "true: mirror half of the real pictures."},
		{Name: "ema", Group: "Training", Help: "Decay of the averaged weights an iteration."},
	}
}

// SettingField is a setting as a form or a command line offers it.
type SettingField struct {
	SettingAbout
	Kind    SettingKind
	Default string
}

// Form lists settings, whose variables hold the defaults, in the order in which people
// are told of them; those that nobody tells of come last.
func (t TrainingSettings) Form(about []SettingAbout) (form []SettingField) {
	rest := t.Values()
	for _, a := range about {
		form = append(form, SettingField{a, t[a.Name].kind, t[a.Name].print()})
		delete(rest, a.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		form = append(form, SettingField{SettingAbout{Name: name}, t[name].kind, rest[name]})
	}
	return form
}

// TrainingSettings are a training's settings by the names of the command line, each
// bound to the variable that holds it.
type TrainingSettings map[string]TrainingSetting

// Parse sets the variables that are named. An unknown name or an unreadable value
// is an error that names it; the variables before it in the alphabet are set then.
func (t TrainingSettings) Parse(settings map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		s, ok := t[name]
		if !ok {
			return fmt.Errorf("training setting %q: unknown, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(t)), ", "))
		}
		if err := s.parse(settings[name]); err != nil {
			return fmt.Errorf("training setting %q: found %q, want a value such as %s", name, settings[name], s.print())
		}
	}
	return nil
}

// Values are all settings as Parse reads them.
func (t TrainingSettings) Values() map[string]string {
	m := make(map[string]string, len(t))
	for name, s := range t {
		m[name] = s.print()
	}
	return m
}

// SeedSetting, and those below, bind a setting to a variable.
func SeedSetting(p *uint64) TrainingSetting {
	return bind(SettingWhole, p, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
}

// TextSetting takes any text.
func TextSetting(p *string) TrainingSetting {
	return bind(SettingText, p, func(s string) (string, error) { return s, nil })
}

// TruthSetting takes true or false.
func TruthSetting(p *bool) TrainingSetting { return bind(SettingTruth, p, strconv.ParseBool) }

// WholeSetting takes a whole number.
func WholeSetting(p *int) TrainingSetting { return bind(SettingWhole, p, strconv.Atoi) }

// RealSetting takes a finite number.
func RealSetting(p *float64) TrainingSetting {
	return bind(SettingReal, p, func(s string) (float64, error) {
		v, err := strconv.ParseFloat(s, 64)
		if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
			err = errors.New("not finite")
		}
		return v, err
	})
}

// WholesSetting takes whole numbers with commas between, or "none".
func WholesSetting(p *[]int) TrainingSetting {
	return TrainingSetting{
		kind: SettingWholes,
		print: func() string {
			if len(*p) == 0 {
				return "none"
			}
			return strings.ReplaceAll(strings.Trim(fmt.Sprint(*p), "[]"), " ", ",")
		},
		parse: func(s string) error {
			var list []int
			for part := range strings.SplitSeq(s, ",") {
				if s == "none" {
					break
				}
				v, err := strconv.Atoi(strings.TrimSpace(part))
				if err != nil {
					return err
				}
				list = append(list, v)
			}
			*p = list
			return nil
		},
	}
}

func bind[T any](kind SettingKind, p *T, parse func(string) (T, error)) TrainingSetting {
	return TrainingSetting{
		kind:  kind,
		print: func() string { return fmt.Sprint(*p) },
		parse: func(s string) error {
			v, err := parse(s)
			if err == nil {
				*p = v
			}
			return err
		},
	}
}
