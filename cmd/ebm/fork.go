package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/studio"
)

type forkCmd struct {
	Picture    string   `arg:"" help:"A picture that was saved here: its run is forked."`
	Checkpoint []string `arg:"" optional:"" help:"The checkpoint of the run, where it is not a bundled model."`
	At         *int     `help:"After which step of the run; after the picture's where it is left out." placeholder:"STEP"`
	Chain      *int     `help:"Let all chains go on from this one, counted from 1." placeholder:"N"`
	Seed       *uint64  `help:"Another seed from there on."`
	Sampler    string   `help:"Another sampler from there on: family (the model's own), preconditioned, mala, hmc, gibbs or descent." enum:",family,preconditioned,mala,hmc,gibbs,descent" default:""`
	Act        []string `help:"Do something to one chain after a step, such as \"freeze 3@40\", \"thaw 3@60\", \"kill 3@40\" or \"noise 0.2 3@40\" (chain 3, counted from 1; 0.2 of the pixel range)." sep:"none"`
	Mask       string   `help:"With --keep: white where the picture may change from there on." placeholder:"PICTURE"`
	Keep       string   `help:"With --mask: the picture whose known part is kept from there on." placeholder:"PICTURE"`
	Scale      bool     `help:"Scale pictures and masks of another size to the model's."`
	Out        string   `help:"Folder for the gallery; fork beside the picture where it is left out." placeholder:"FOLDER"`
	Library    bool     `help:"Save the pictures into the library too."`
	filmFlags
	Curves string `help:"Save the curves of every chain." placeholder:"FILE.csv" type:"path"`
	Report bool   `help:"Say how well the chains mix."`
	JSON   bool   `help:"Answer in JSON."`
	conditionFlags
	joinFlags
	settingFlags
}

func (forkCmd) Help() string {
	return `Makes a saved picture's run again up to a step and lets its chains go on from there, under what the flags change: another seed, mixture,
mask, sampler or knob. Where they change nothing the pictures are the run's own, to the bit. The recipe of a fork holds the run it
goes on from, so that its pictures can be made again and forked like any others.

Examples:
  ebm fork out/003.png --at 40 --seed 9            the same until step 40, then other noise
  ebm fork out/003.png --at 40 --chain 4           variations of chain 4 as it was after step 40
  ebm fork out/003.png --at 40 --compose "smile"   another mixture from step 40 on
  ebm fork out/003.png --at 0 --act "freeze 3@40" --act "noise 0.3 1@60"`
}

// Run makes the run again and forks it.
func (c *forkCmd) Run(a *app) error {
	of, info, _, err := studio.ReadPicture(c.Picture)
	if err != nil {
		return badInput(err)
	}
	if c.Out == "" { // not that of the run that is forked, whose pictures it would replace
		c.Out = filepath.Join(filepath.Dir(c.Picture), "fork")
	}
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	a.preferEngineOf(of)
	o, err := a.openFor(of, c.Checkpoint, c.joinFlags)
	if err != nil {
		return err
	}
	r, err := c.recipe(a, o, of, info.Steps)
	if err == nil {
		err = o.Check(r)
	}
	if err != nil {
		return badInput(err)
	}
	return a.runGallery(o, r, gallery{folder: c.Out, library: c.Library, filmFlags: c.filmFlags, json: c.JSON, curves: c.Curves, report: c.Report})
}

// recipe is the fork that the flags ask for.
func (c *forkCmd) recipe(a *app, o *studio.Opened, of studio.Recipe, at int) (studio.Recipe, error) {
	r := of.Clone()
	chain := studio.EveryChain
	if c.At != nil {
		at = *c.At
	}
	if c.Chain != nil {
		if chain = *c.Chain - 1; chain < 0 || chain >= of.Chains {
			return r, fmt.Errorf("--chain: found %d, want 1 to %d", *c.Chain, of.Chains)
		}
	}
	if c.Seed != nil {
		r.Seed = *c.Seed
	}
	if c.Sampler != "" && c.Sampler != r.Sampler {
		r.Sampler, r.Settings = c.Sampler, nil
	}
	if err := c.turnAll(o, &r); err != nil {
		return r, err
	}
	if c.conditionFlags.given() {
		if c.Compose != "" || len(c.Label)+len(c.Like) > 0 {
			r.Terms, r.Expression = nil, ""
		}
		if err := c.conditionFlags.ask(a, o, &r); err != nil {
			return r, err
		}
	}
	if (c.Mask == "") != (c.Keep == "") {
		return r, errors.New("--mask and --keep go together: where the picture may change, and the picture")
	}
	if c.Mask != "" {
		var err error
		if r.Known, err = studio.ReadKnown(o.Model, c.Keep, c.Mask, c.Scale); err != nil {
			return r, err
		}
	}
	r = r.ForkOf(of, at, chain)
	for _, text := range c.Act {
		act, err := parseAct(text)
		if err != nil {
			return r, err
		}
		if act.Step < at {
			return r, fmt.Errorf("--act %q: found step %d, want one from %d on, where the fork begins", text, act.Step, at)
		}
		r.Acts = append(r.Acts, act)
	}
	return r, nil
}

// turnAll sets the knobs of --set over those of the run.
func (c *forkCmd) turnAll(o *studio.Opened, r *studio.Recipe) error {
	set, err := c.settings()
	if err != nil {
		return err
	}
	for name, value := range set {
		if err := r.Turn(o.Model, name, value); err != nil {
			return err
		}
	}
	return nil
}

// parseAct reads "freeze 3@40" or "noise 0.2 3@40".
func parseAct(text string) (studio.Act, error) {
	words := strings.Fields(text)
	bad := func() (studio.Act, error) {
		return studio.Act{}, fmt.Errorf("--act: found %q, want \"freeze 3@40\", \"thaw 3@40\", \"kill 3@40\" or \"noise 0.2 3@40\": a deed, a chain counted from 1, a step", text)
	}
	if len(words) < 2 || len(words) > 3 {
		return bad()
	}
	a := studio.Act{Do: studio.Deed(words[0])}
	if !slices.Contains([]studio.Deed{studio.Freeze, studio.Thaw, studio.Kill, studio.Noise}, a.Do) {
		return bad()
	}
	if (a.Do == studio.Noise) != (len(words) == 3) {
		return bad()
	}
	if len(words) == 3 {
		amount, err := strconv.ParseFloat(words[1], 64)
		if err != nil {
			return bad()
		}
		a.Amount = amount
	}
	chain, step, found := strings.Cut(words[len(words)-1], "@")
	n, err := strconv.Atoi(chain)
	k, err2 := strconv.Atoi(step)
	if !found || err != nil || err2 != nil || n < 1 {
		return bad()
	}
	a.Chain, a.Step = n-1, k
	return a, nil
}
