package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ebmstudio/studio"
)

type sampleCmd struct {
	Checkpoint []string `arg:"" optional:"" help:"A checkpoint file; the bundled model where it is left out. Several with --replay and --op."`
	Seed       uint64   `help:"The seed: same seed, same pictures." default:"1"`
	Chains     int      `help:"How many chains, one picture each." default:"16"`
	Sampler    string   `help:"family (the model's own), mala (Metropolis-adjusted Langevin) or descent (no noise)." enum:"family,mala,descent" default:"family"`
	Label      []string `help:"A class, by name or number, that the samples should belong to; give it again to compose." sep:"none"`
	Like       []string `help:"Pictures (or arrays with z or x) whose aggregated latent the samples should be like; give it again to compose." sep:"none"`
	Recipe     string   `help:"Run the recipe of this JSON file; other flags of the sampler are then refused."`
	Out        string   `help:"Folder for the gallery, out where it is left out; with --from nothing is saved without it."`
	GIF        bool     `help:"Save the chains as an animation too." name:"gif"`
	From       string   `help:"Make a saved picture again and compare."`
	Replay     string   `help:"Arrays with start and noise (.npz, .safetensors) to use instead of a seed."`
	Trace      string   `help:"With --replay: the file for the states and energies."`
	JSON       bool     `help:"Answer in JSON."`
	joinFlags
	modelFlags
	settingFlags
}

func (sampleCmd) Help() string {
	return `Runs chains and saves a gallery: a PNG per chain, sheet.png with all of them, and with --gif the way there.
Every picture carries the recipe that makes it again. Ctrl-C stops between two steps and saves what exists.

Examples:
  ebm sample --seed 7 --chains 64 --gif --out out
  ebm sample last.ckpt --set steps=600 --set step_noise=0.001
  ebm sample --label bag --set beta=0.005
  ebm sample last.ckpt --like shirts/ --like stripes.png     pictures like both
  ebm sample --from out/007.png                              the same picture again, compared
  ebm sample last.ckpt --replay noise.npz --trace states.npz recorded noise, see docs/arrays.md`
}

// Run chooses between the three ways to sample.
func (c *sampleCmd) Run(a *app) error {
	switch {
	case (c.Replay == "") != (c.Trace == ""):
		return badInput(errors.New("--replay and --trace go together: the noise to use, and the file for the states"))
	case c.Replay != "" && c.From != "":
		return badInput(errors.New("--from and --replay exclude each other"))
	case c.Replay != "":
		if len(c.Checkpoint) == 0 {
			return badInput(errors.New("--replay: found no checkpoint, want one"))
		}
		return a.exchange(c.Checkpoint, c.joinFlags, c.modelFlags, c.settingFlags, c.Replay, c.Trace, c.JSON,
			func(s *studio.Studio, o *studio.Opened, in studio.Arrays, set map[string]float64) (studio.Arrays, error) {
				return s.Replay(a.ctx, o, in, set)
			})
	case len(c.Checkpoint) > 1 || c.Op != "":
		return badInput(errors.New("several checkpoints: found no --replay, want one: chains of joined models take their start and noise from arrays"))
	case len(c.Compose) > 0:
		return badInput(errors.New("--compose goes with --replay\nhint: without recorded noise, name the classes: --label sneaker --label bag"))
	case c.From != "":
		return c.reproduce(a)
	}
	return c.gallery(a)
}

// gallery runs chains and saves their pictures.
func (c *sampleCmd) gallery(a *app) error {
	if c.Out == "" {
		c.Out = "out"
	}
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	o, err := a.open(strings.Join(c.Checkpoint, ""), c.modelFlags) // at most one
	if err != nil {
		return err
	}
	r, err := c.recipe(a, o)
	if err != nil {
		return badInput(err)
	}
	if err := r.Validate(o.Model); err != nil {
		return badInput(err)
	}
	return a.runGallery(o, r, c.Out, c.GIF, c.JSON)
}

// recipe is what the flags ask for.
func (c *sampleCmd) recipe(a *app, o *studio.Opened) (studio.Recipe, error) {
	if c.Recipe != "" {
		text, err := os.ReadFile(c.Recipe)
		if err != nil {
			return studio.Recipe{}, err
		}
		if len(c.Set)+len(c.Like)+len(c.Label) > 0 {
			return studio.Recipe{}, errors.New("--recipe: found --set, --like or --label beside it, want them in the recipe")
		}
		return studio.ParseRecipe(text)
	}
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains, r.Sampler = c.Seed, c.Chains, c.Sampler
	set, err := c.settings()
	if err != nil {
		return r, err
	}
	if len(set) > 0 {
		r.Settings = set
	}
	conditions, err := c.conditions(a, o)
	if len(conditions) > 0 {
		r.Terms = studio.Compose(conditions)
	}
	return r, err
}

// conditions are the terms of --label and --like.
func (c *sampleCmd) conditions(a *app, o *studio.Opened) ([]studio.Term, error) {
	var terms []studio.Term
	for _, class := range c.Label {
		t, err := studio.ClassTerm(o.Model, class)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	for _, path := range c.Like {
		z, err := a.latentLike(o, path)
		if err != nil {
			return nil, err
		}
		terms = append(terms, studio.Term{Weight: 1, Name: path, Latents: [][]float32{z}})
	}
	return terms, nil
}

// made is what a gallery run answers a script.
type made struct {
	Pictures []string      `json:"pictures"`
	GIF      string        `json:"gif,omitempty"`
	Steps    int           `json:"steps"`
	Complete bool          `json:"complete"` // false where Ctrl-C stopped it
	Energies []number      `json:"energies"`
	Diverged map[int]int   `json:"diverged,omitempty"` // chain: step
	Seconds  seconds       `json:"seconds"`
	Recipe   studio.Recipe `json:"recipe"`
}

type seconds struct {
	Compile float64 `json:"compile"`
	PerStep float64 `json:"per_step"`
}

// runGallery runs a recipe and saves what it made, also where it was stopped.
func (a *app) runGallery(o *studio.Opened, r studio.Recipe, folder string, withGIF, inJSON bool) error {
	job := a.studio().Sample(o, r, nil)
	runErr := a.follow(job)
	res, err := job.Result()
	if err != nil {
		return errors.Join(runErr, err)
	}
	if runErr != nil && !errors.Is(runErr, errInterrupted) && res.Steps == 0 {
		return runErr
	}
	paths, err := studio.SaveGallery(folder, res)
	if err != nil {
		return errors.Join(runErr, err)
	}
	p := job.Progress()
	m := made{
		Pictures: paths, Steps: res.Steps, Complete: runErr == nil, Energies: numbers(res.Energies), Diverged: res.Diverged,
		Seconds: seconds{p.Compile.Seconds(), p.PerStep.Seconds()}, Recipe: res.Recipe,
	}
	if withGIF {
		m.GIF = filepath.Join(folder, "chains.gif")
		if err := studio.SaveGIF(m.GIF, job.Recording(), studio.GIFOptions{}); err != nil {
			return errors.Join(runErr, err)
		}
	}
	for chain, step := range m.Diverged {
		a.note("chain %d diverged at step %d: its numbers are no longer finite", chain+1, step)
	}
	if inJSON {
		return errors.Join(runErr, a.json(m))
	}
	a.say("%s: %d chains, %d of %d steps on %s; compiled in %.1f s, then %.3f s a step", o.Name, r.Chains, res.Steps, p.Steps, res.Recipe.Engine,
		m.Seconds.Compile, m.Seconds.PerStep)
	for _, path := range shorten(paths) {
		a.say("wrote %s", path)
	}
	if m.GIF != "" {
		a.say("wrote %s", m.GIF)
	}
	return runErr
}

// shorten leaves a long list's first two and last two, with a word between.
func shorten(paths []string) []string {
	if len(paths) <= 6 {
		return paths
	}
	short := append([]string{}, paths[:2]...)
	short = append(short, fmt.Sprintf("%d more", len(paths)-4))
	return append(short, paths[len(paths)-2:]...)
}
