package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

// modelFlags are what every verb takes that opens a checkpoint.
type modelFlags struct {
	Weights string            `help:"Which weights of the file: ema (averaged over training), raw, or auto (ema where the file has them)." enum:"auto,ema,raw" default:"auto"`
	Net     map[string]string `help:"What the file does not tell about its network, as option=value; may be repeated." mapsep:"none" placeholder:"OPTION=VALUE"`
	Model   string            `help:"Which model of a file that holds several, counted from 0." placeholder:"N"`
}

// joinFlags are what the verbs take that join several models into one.
type joinFlags struct {
	Op string `help:"How several checkpoints are joined: and, not (pushes the last away), or, or mix (--compose joins them by their names, as ebm compose does)." enum:",and,not,or,mix" default:""`
}

// settingFlags are the sampler's knobs.
type settingFlags struct {
	Set map[string]string `help:"A knob, as knob=value; may be repeated. ebm inspect lists them." mapsep:"none" placeholder:"KNOB=VALUE"`
}

// open opens a checkpoint: a file, a bundled model by its name where there is no such
// file, or the first bundled model where path is empty.
func (a *app) open(path string, f modelFlags) (*studio.Opened, error) {
	options := studio.Options{Weights: f.Weights, Net: f.Net}
	if f.Model != "" {
		options.Net = maps.Clone(f.Net)
		if options.Net == nil {
			options.Net = map[string]string{}
		}
		options.Net["model"] = f.Model
	}
	if f.Weights == "auto" {
		options.Weights = ""
	}
	b, ours, err := bundled(path)
	if err != nil {
		return nil, err
	}
	if ours {
		return a.studio().OpenBytes(a.ctx, b.Name, b.Data, options)
	}
	o, err := a.studio().Open(a.ctx, path, options)
	if err != nil {
		if _, ok := errors.AsType[engineError](err); ok {
			return nil, err
		}
		return nil, badInput(absent(path, err))
	}
	return o, nil
}

// absent adds to the error of a file that there is not which bundled model may be meant.
func absent(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) || filepath.Base(name) != name || filepath.Ext(name) != "" {
		return err
	}
	var names []string
	for _, b := range resources.Models() {
		names = append(names, b.Name)
	}
	near := strings.TrimPrefix(studio.DidYouMean(name, names), ", ")
	return fmt.Errorf("%w\nhint: %s", err, cmp.Or(near, "the bundled models are "+strings.Join(names, ", ")))
}

// openGiven opens the checkpoints given: the bundled model where there are none, several
// as one model.
func (a *app) openGiven(paths []string, jf joinFlags, mf modelFlags) (*studio.Opened, error) {
	if len(paths) == 0 && jf.Op == "" {
		return a.open("", mf)
	}
	return a.openJoined(paths, jf, mf)
}

// openJoined opens one checkpoint, or several as one model.
func (a *app) openJoined(paths []string, jf joinFlags, mf modelFlags) (*studio.Opened, error) {
	switch {
	case len(paths) > 1 && jf.Op == "":
		return nil, badInput(fmt.Errorf("found %d checkpoints and no --op, want --op and, not, or or mix", len(paths)))
	case len(paths) < 2 && jf.Op != "":
		return nil, badInput(fmt.Errorf("--op %s: found %d checkpoint, want at least 2", jf.Op, len(paths)))
	}
	if jf.Op == "mix" {
		return a.openMixture(paths, mf)
	}
	all := make([]*studio.Opened, len(paths))
	for i, path := range paths {
		var err error
		if all[i], err = a.open(path, mf); err != nil {
			return nil, err
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	o, err := a.studio().Join(jf.Op, all)
	if err != nil {
		return nil, badInput(err)
	}
	return o, nil
}

// bundled is the model of this name that the program carries, the first one where it
// is empty; ours is false where it is a file or names none.
func bundled(name string) (b resources.Bundled, ours bool, err error) {
	all := resources.Models()
	if name == "" {
		if len(all) == 0 {
			return b, false, errors.New("this build carries no model\nhint: name a checkpoint: ebm sample last.ckpt")
		}
		return all[0], true, nil
	}
	i := slices.IndexFunc(all, func(b resources.Bundled) bool { return b.Name == name })
	if _, err := os.Stat(name); err == nil || i < 0 {
		return b, false, nil
	}
	return all[i], true, nil
}

// settings reads knob=value pairs; whether the model has such a knob is checked
// where it is used.
func (f settingFlags) settings() (map[string]float64, error) {
	s := map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(f.Set)) {
		text := strings.TrimSpace(f.Set[name])
		if on, isSwitch := map[string]float64{"true": 1, "false": 0}[text]; isSwitch {
			s[name] = on
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, badInput(fmt.Errorf("--set %s: found %q, want a number", name, f.Set[name]))
		}
		s[name] = v
	}
	return s, nil
}

// turn sets the recipe's knobs; whether the model has them is checked with the rest.
func (f settingFlags) turn(r *studio.Recipe) error {
	set, err := f.settings()
	if len(set) > 0 {
		r.Settings = set
	}
	return err
}
