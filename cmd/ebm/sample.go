package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"ebmstudio/studio"
)

type sampleCmd struct {
	Checkpoint []string `arg:"" optional:"" help:"A checkpoint file or the name of a bundled model; fashion-28 where it is left out. Several with --op."`
	Seed       uint64   `help:"The seed: same seed, same pictures." default:"1"`
	Chains     int      `help:"How many chains, one picture each." default:"16"`
	Sampler    string   `help:"family (the model's own), preconditioned (scales from gradients), mala (Metropolis-adjusted Langevin), hmc (Hamiltonian Monte Carlo), gibbs (diffusive: noise up, walk down) or descent (no noise)." enum:"family,preconditioned,mala,hmc,gibbs,descent" default:"family"`
	Fused      int      `help:"Make so many Langevin steps at once on the engine's device, where the model offers it; the frames between are not seen." default:"0"`
	Mask       string   `help:"With --keep: white where the picture may change, black where it is kept, grey for stiff." placeholder:"PICTURE"`
	Keep       string   `help:"With --mask: the picture whose known part every chain keeps." placeholder:"PICTURE"`
	Recipe     string   `help:"Run the recipe of this JSON file, - for standard input; other flags of the sampler are then refused." placeholder:"FILE"`
	Out        string   `help:"Folder for the gallery, out where it is left out; with --from nothing is saved without it." placeholder:"FOLDER"`
	Library    bool     `help:"Save the pictures into the library (see ebm library); into the folder too only with --out, --gif or --y4m."`
	filmFlags
	Curves string `help:"Save the energy and the gradient's norm of every chain and step, and which steps a jump led from." placeholder:"FILE.csv" type:"path"`
	Points string `help:"Save the points of a model of the plane: chain, x, y and energy as .csv, [N,2] as .npy, both as .npz or .safetensors." placeholder:"FILE" type:"path"`
	From   string `help:"Make a saved picture again and compare." placeholder:"PICTURE"`
	Ledger bool   `help:"Print what the energy of the pictures is made of: every term, every scale (ICD), and whether terms pull together."`
	Report bool   `help:"Say how well the chains mix: R-hat, effective sample size, stuck chains."`
	Replay string `help:"Arrays with start and noise (.npz, .safetensors) to use instead of a seed." placeholder:"FILE"`
	Trace  string `help:"With --replay: the file for the states and energies." placeholder:"FILE"`
	JSON   bool   `help:"Answer in JSON."`
	conditionFlags
	initialFlags
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
  ebm sample faces.safetensors --compose "smile AND glasses AND NOT hat" --guidance 2
  ebm sample cdrl.pth.tar --keep face.png --mask hole.png    see ebm inpaint too
  ebm sample cdrl.pth.tar --init face.png --from-level 3     variations of a picture
  ebm sample last.ckpt --like shirts/ --like stripes.png     pictures like both
  ebm sample hat.safetensors smile.safetensors --op and      one model of each, joined
  ebm sample moons --chains 1000 --points moons.csv          points of the plane
  ebm sample --from out/007.png                              the same picture again, compared
  ebm sample last.ckpt --replay noise.npz --trace states.npz recorded noise, see docs/arrays.md`
}

// Run chooses between the three ways to sample.
func (c *sampleCmd) Run(a *app) error {
	switch {
	case (c.From != "" || c.Recipe != "") && (c.Seed != 1 || c.Chains != 16 || c.Sampler != "family" || c.Fused != 0):
		return badInput(fmt.Errorf("--%s: found --seed, --chains, --sampler or --fused beside it, want those of the recipe", map[bool]string{true: "from", false: "recipe"}[c.From != ""]))
	case (c.Replay == "") != (c.Trace == ""):
		return badInput(errors.New("--replay and --trace go together: the noise to use, and the file for the states"))
	case c.Replay != "" && c.From != "":
		return badInput(errors.New("--from and --replay exclude each other"))
	case c.Replay != "":
		if len(c.Checkpoint) == 0 {
			return badInput(errors.New("--replay: found no checkpoint, want one"))
		}
		if len(c.Label)+len(c.Like) > 0 || c.Guidance != nil || c.pictured() {
			return badInput(errors.New("--replay: found flags of the gallery beside it, want conditions in the arrays, --compose or --set"))
		}
		return a.exchange(c.Checkpoint, arrayFlags{c.joinFlags, c.modelFlags, c.settingFlags, c.Compose, c.Replay, c.Trace, c.JSON},
			func(s *studio.Studio, o *studio.Opened, in studio.Arrays, set map[string]float64) (studio.Arrays, error) {
				return s.Replay(a.ctx, o, in, set)
			})
	case c.From != "":
		return c.reproduce(a)
	}
	return c.gallery(a)
}

// pictured reports whether pictures are given to keep or to begin with.
func (c *sampleCmd) pictured() bool { return c.Mask != "" || c.Keep != "" || c.initialFlags.given() }

// shaped reports whether any flag shapes the recipe besides seed, chains and sampler.
func (c *sampleCmd) shaped() bool { return len(c.Set) > 0 || c.conditionFlags.given() || c.pictured() }

// gallery runs chains and saves their pictures.
func (c *sampleCmd) gallery(a *app) error {
	if c.Out == "" && (!c.Library || c.GIF || c.Y4M) {
		c.Out = "out"
	}
	if c.Out != "" {
		if err := checkFolder(c.Out); err != nil {
			return err
		}
	}
	if err := errors.Join(checkFiles("--curves", []string{c.Curves}), checkFiles("--points", []string{c.Points}, studio.PointFiles()...)); err != nil {
		return err
	}
	o, err := a.openRecipe(c.Recipe, c.Checkpoint, c.joinFlags, c.modelFlags)
	if err != nil {
		return err
	}
	r, err := c.recipe(a, o)
	if err != nil {
		return badInput(err)
	}
	if err := o.Check(r); err != nil {
		return badInput(err)
	}
	if c.Points != "" && !o.Plane() {
		return badInput(fmt.Errorf("--points: %s draws pictures, want a model of points of the plane", o.Name))
	}
	return a.runGallery(o, r, gallery{folder: c.Out, library: c.Library, filmFlags: c.filmFlags, json: c.JSON, curves: c.Curves, points: c.Points, ledger: c.Ledger, report: c.Report})
}

// recipe is what the flags ask for.
func (c *sampleCmd) recipe(a *app, o *studio.Opened) (studio.Recipe, error) {
	if c.Recipe != "" {
		text, err := a.recipeText(c.Recipe)
		if err != nil {
			return studio.Recipe{}, err
		}
		if c.shaped() {
			return studio.Recipe{}, errors.New("--recipe: found knobs, conditions or pictures beside it, want them in the recipe")
		}
		return studio.ParseRecipe(text)
	}
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains, r.Sampler, r.Fused = c.Seed, c.Chains, c.Sampler, c.Fused
	if err := c.turn(&r); err != nil {
		return r, err
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
	if err := c.initialFlags.ask(o, &r); err != nil {
		return r, err
	}
	return r, c.conditionFlags.ask(a, o, &r)
}

// made is what a gallery run answers a script.
type made struct {
	Pictures []string      `json:"pictures"`
	Chains   []int         `json:"chains,omitempty"` // of the pictures and energies, where they are sorted
	GIF      string        `json:"gif,omitempty"`
	Y4M      string        `json:"y4m,omitempty"`
	Points   string        `json:"points,omitempty"`
	Curves   string        `json:"curves,omitempty"`
	Jumps    []int         `json:"jumps,omitempty"` // steps after which the pictures were changed
	Ledger   *ledgerOut    `json:"ledger,omitempty"`
	Mixing   *mixingOut    `json:"mixing,omitempty"`
	Weighed  *weighedOut   `json:"weighed,omitempty"`
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

// filmFlags are the forms that a run's steps are saved in besides its pictures.
type filmFlags struct {
	GIF bool `help:"Save the chains as an animation too." name:"gif"`
	Y4M bool `help:"Save the chains as a video too, chains.y4m: without compression, for programs that edit or encode videos." name:"y4m"`
}

// films are the files in a folder, empty for a form that is not wanted.
func (f filmFlags) films(folder string) (gif, y4m string) {
	if f.GIF {
		gif = filepath.Join(folder, "chains.gif")
	}
	if f.Y4M {
		y4m = filepath.Join(folder, "chains.y4m")
	}
	return gif, y4m
}

// gallery says how pictures are saved and told.
type gallery struct {
	folder  string // none where it is empty
	library bool   // into the library, the one of EBMSTUDIO_LIBRARY or of the user
	filmFlags
	json   bool
	ranked bool   // sorted by energy, the lowest first
	points string // the points of the plane, none where it is empty
	curves string // CSV of the curves, none where it is empty
	ledger bool
	report bool // of how the chains mix
}

// runGallery runs a recipe and saves what it made, also where it was stopped.
func (a *app) runGallery(o *studio.Opened, r studio.Recipe, g gallery) error {
	job := a.studio().Sample(o, r, nil)
	runErr := a.follow(job)
	res, err := job.Result()
	if err != nil {
		return cmp.Or(empty(runErr), err)
	}
	if runErr != nil && !errors.Is(runErr, errInterrupted) && res.Steps == 0 {
		return runErr
	}
	save, order := studio.SaveGallery, []int(nil)
	if g.ranked {
		save, order = studio.SaveRanked, res.Ranking()
	}
	var paths []string
	if g.folder != "" {
		if paths, err = save(g.folder, res); err != nil {
			return errors.Join(runErr, err)
		}
	}
	if g.library {
		kept, err := a.keep(res)
		if err != nil {
			return errors.Join(runErr, err)
		}
		paths = append(paths, kept...)
	}
	p := job.Progress()
	m := made{
		Pictures: paths, Chains: order, Steps: res.Steps, Complete: runErr == nil, Energies: sorted(numbers(res.Energies), order), Diverged: res.Diverged,
		Seconds: seconds{p.Compile.Seconds(), p.PerStep.Seconds()}, Recipe: res.Recipe, Jumps: job.Recording().Jumps(),
	}
	m.Weighed = weighedForm(res)
	m.GIF, m.Y4M = g.films(g.folder)
	for _, film := range []string{m.GIF, m.Y4M} {
		if film != "" {
			if err := studio.SaveGIF(film, job.Recording(), studio.GIFOptions{}); err != nil {
				return errors.Join(runErr, err)
			}
		}
	}
	if m.Points = g.points; g.points != "" {
		if err := studio.SavePoints(g.points, res); err != nil {
			return errors.Join(runErr, err)
		}
	}
	if m.Curves = g.curves; g.curves != "" {
		if err := studio.SaveCurves(g.curves, job.Recording()); err != nil {
			return errors.Join(runErr, err)
		}
	}
	var ledger studio.Ledger
	if g.ledger && a.ctx.Err() == nil {
		if ledger, err = a.studio().Ledger(a.ctx, o, r, res.Pictures); err != nil {
			return errors.Join(runErr, err)
		}
		m.Ledger = ledgerForm(ledger)
	}
	var mixing studio.Mixing
	if g.report {
		mixing = job.Recording().Mixing()
		m.Mixing = mixingForm(mixing)
	}
	if job.Parted() {
		a.note("the run was made again with other rounding: the chains go on from pictures that differ from those of the saved fork")
	}
	if d, drifts := job.Recording().Drift(); drifts {
		a.note("%s", d.Words())
	}
	for chain, step := range m.Diverged {
		a.note("chain %d diverged at step %d: its numbers are no longer finite", chain+1, step)
	}
	if g.json {
		return errors.Join(runErr, a.json(m))
	}
	a.say("%s: %d chains, %d of %d steps on %s; compiled in %s, then %s a step", o.Name, r.Chains, res.Steps, p.Steps, res.Recipe.Engine,
		brief(m.Seconds.Compile), brief(m.Seconds.PerStep))
	if len(m.Jumps) > 0 {
		a.say("%s after %s", map[bool]string{true: "drawn anew", false: "jumps"}[m.Weighed != nil], sayJumps(m.Jumps))
	}
	if m.Weighed != nil {
		a.say("%s", m.Weighed.words())
	}
	if m.Ledger != nil {
		a.sayLedger(ledger, res.Pictures.N)
	}
	if m.Mixing != nil {
		a.say("%s", strings.Join(mixing.Words(), "\n"))
	}
	a.sayPaths(m)
	return runErr
}

// sayPaths lists what was written, with energies where the order is theirs.
func (a *app) sayPaths(m made) {
	if m.Chains == nil {
		for _, path := range shorten(m.Pictures) {
			a.say("wrote %s", path)
		}
	}
	for i, chain := range m.Chains {
		if i < len(m.Energies) {
			a.say("wrote %s  energy %.6g, chain %d", m.Pictures[i], m.Energies[i], chain+1)
		}
	}
	if m.Chains != nil {
		a.say("wrote %s", m.Pictures[len(m.Pictures)-1])
	}
	for _, path := range []string{m.GIF, m.Y4M, m.Points, m.Curves} {
		if path != "" {
			a.say("wrote %s", path)
		}
	}
}

// sayJumps is "step 20, 40 and 60", shortened where there are many.
func sayJumps(steps []int) string {
	text := fmt.Sprintf("step %d", steps[0])
	for i, step := range steps[1:] {
		switch {
		case len(steps) > 6 && i == 2:
			return fmt.Sprintf("%s, ... and %d (%d in all)", text, steps[len(steps)-1], len(steps))
		case i == len(steps)-2:
			text += fmt.Sprintf(" and %d", step)
		default:
			text += fmt.Sprintf(", %d", step)
		}
	}
	return text
}

// sorted puts values in an order; nil is theirs.
func sorted(v []number, order []int) []number {
	if order == nil || len(v) != len(order) {
		return v
	}
	all := make([]number, len(v))
	for i, k := range order {
		all[i] = v[k]
	}
	return all
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
