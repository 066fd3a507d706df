package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"ebmstudio/internal/engine"
	"ebmstudio/resources"
	"ebmstudio/studio"
)

// errDiffers ends a reproduction that is not exact, as diff does.
var errDiffers = errors.New("the picture made again differs from the saved one")

// reproduce runs the recipe inside a picture again and compares.
func (c *sampleCmd) reproduce(a *app) error {
	if c.shaped() || c.Recipe != "" {
		return badInput(errors.New("--from: found knobs, conditions, pictures or --recipe beside it, want the picture's own recipe"))
	}
	r, _, _, err := studio.ReadPicture(c.From)
	if err != nil {
		return badInput(err)
	}
	if c.Out != "" {
		if err := checkFolder(c.Out); err != nil {
			return err
		}
	}
	a.preferEngineOf(r)
	o, err := a.openFor(r, c.Checkpoint, c.joinFlags)
	if err != nil {
		return err
	}
	b := a.newBar()
	cmp, err := a.studio().Reproduce(a.ctx, c.From, o, b.show)
	b.clear()
	if err != nil {
		return err
	}
	var paths []string
	if c.Out != "" {
		if paths, err = studio.SaveGallery(c.Out, cmp.Result); err != nil {
			return err
		}
	}
	if c.JSON {
		err = a.json(struct {
			Exact         bool     `json:"exact"`
			MaxDifference int      `json:"max_difference"` // of 255
			FirstStep     int      `json:"first_step"`     // that differs; -1: none
			Steps         int      `json:"steps"`
			Engine        string   `json:"engine"`
			EngineNow     string   `json:"engine_now"`
			Pictures      []string `json:"pictures,omitempty"`
		}{cmp.Exact, cmp.MaxDifference, cmp.FirstStep, cmp.Steps, cmp.Engine, cmp.EngineNow, paths})
	} else {
		a.say("%s: %s", c.From, cmp)
		for _, p := range shorten(paths) {
			a.say("wrote %s", p)
		}
	}
	if err == nil && !cmp.Exact {
		return errDiffers
	}
	return err
}

// preferEngineOf takes the engine that made a picture where none was asked for
// and that one works here: only the same engine gives the same pixels.
func (a *app) preferEngineOf(r studio.Recipe) {
	name, _, _ := strings.Cut(r.Engine, " ")
	if a.engineName != engine.Auto || name == "" {
		return
	}
	if e, err := engine.Open(a.ctx, engine.Options{Name: name, Precision: a.precision, Devices: a.devices}); err == nil {
		a.engineName, a.engine = name, e
	}
}

// openFor opens the checkpoint a recipe is for: the file named, several joined, or a
// bundled model with the recipe's hash.
func (a *app) openFor(r studio.Recipe, paths []string, jf joinFlags) (*studio.Opened, error) {
	ref := r.Checkpoint
	if len(ref.Parts) > 0 && jf.Op == "" {
		return a.assemble(ref, paths)
	}
	flags := modelFlags{Weights: ref.Weights, Net: ref.Net}
	if ref.Weights == "ema" {
		flags.Weights = "auto" // the default, which is ema where the file has them
	}
	if len(paths) == 0 && jf.Op == "" {
		paths = carried(ref.SHA256)
	}
	o, err := a.openGiven(paths, jf, flags)
	if err != nil {
		return nil, err
	}
	if o.SHA256 == ref.SHA256 {
		return o, nil
	}
	err = fmt.Errorf("another checkpoint: found %s with SHA-256 %.12s, want %q with %.12s", o.Name, o.SHA256, ref.Name, ref.SHA256)
	if len(paths) == 0 && jf.Op == "" {
		err = fmt.Errorf("%w\nhint: name the checkpoint, as in ebm sample %s", err, ref.Name)
	}
	return nil, badInput(err)
}

// openRecipe is openGiven, but of a recipe the models that it is for, where it is for several
// or no other is named.
func (a *app) openRecipe(path string, paths []string, jf joinFlags, mf modelFlags) (*studio.Opened, error) {
	if path != "" && jf.Op == "" {
		text, err := a.recipeText(path)
		if err != nil {
			return nil, badInput(err)
		}
		r, err := studio.ParseRecipe(text)
		switch {
		case err != nil: // which is said by whoever reads it for the run
		case len(r.Checkpoint.Parts) > 0:
			return a.assemble(r.Checkpoint, paths)
		case len(paths) == 0 && r.Checkpoint.SHA256 != "":
			return a.openFor(r, nil, jf)
		}
	}
	return a.openGiven(paths, jf, mf)
}

// recipeText is a recipe's file, or standard input where it is called -, which is read once.
func (a *app) recipeText(path string) ([]byte, error) {
	if path != "-" {
		return os.ReadFile(path)
	}
	if a.recipe == nil {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return nil, fmt.Errorf("recipe from standard input: %w", err)
		}
		a.recipe = text
	}
	return a.recipe, nil
}

// assemble opens the parts of several models as one, among the files given, the
// bundled models and the files of the parts' names here.
func (a *app) assemble(ref studio.CheckpointRef, paths []string) (*studio.Opened, error) {
	return a.studio().Assemble(ref, func(part studio.CheckpointRef) (*studio.Opened, error) {
		flags := modelFlags{Weights: part.Weights, Net: part.Net}
		if flags.Weights == "ema" || flags.Weights == "" {
			flags.Weights = "auto"
		}
		tried := append(append(slices.Clone(paths), carried(part.SHA256)...), part.Name)
		for _, path := range tried {
			if !isModel(path) {
				continue
			}
			o, err := a.open(path, flags)
			if err == nil && o.SHA256 == part.SHA256 {
				return o, nil
			}
		}
		return nil, badInput(fmt.Errorf("found no file with the SHA-256 %.12s of %q\nhint: name it: ebm sample %s --from PICTURE", part.SHA256, part.Name, part.Name))
	})
}

// carried is the name of the bundled model with a hash; none where there is no such
// model.
func carried(sha string) []string {
	for _, b := range resources.Models() {
		if fmt.Sprintf("%x", sha256.Sum256(b.Data)) == sha {
			return []string{b.Name}
		}
	}
	return nil
}
