package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"ebmstudio/studio"
)

type completeCmd struct {
	Checkpoint string   `arg:"" help:"A checkpoint file or the name of a bundled model: one that fills the hole of a picture."`
	Pictures   []string `arg:"" help:"Whole pictures, folders of pictures, or arrays with x: the model is shown them with their centre masked."`
	Chains     int      `help:"How many completions of every hole." default:"4"`
	Seed       uint64   `help:"The seed: same seed, same pictures." default:"1"`
	Out        string   `help:"Folder for the table and the pictures." default:"out"`
	JSON       bool     `help:"Answer in JSON."`
	modelFlags
	settingFlags
}

func (completeCmd) Help() string {
	return `Masks the centre of whole pictures, fills it in several times over, and compares the answers with the
originals: PSNR and SSIM within the hole, beside filling with the mean of the known pixels and beside
the generator alone, without Langevin steps; and of the one prediction from the latent 0 without noise.
complete.png has a row a picture: masked, filled with the mean, the generator's first answer, the
refined answers, the prediction, the original.

Examples:
  ebm complete hole.safetensors shirts/
  ebm complete hole.safetensors face.png --chains 8 --set steps=30`
}

// Run completes pictures and measures.
func (c *completeCmd) Run(a *app) error {
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	x, names, err := a.pictures(o, c.Pictures)
	if err != nil {
		return err
	}
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains = c.Seed, c.Chains
	if err := c.turn(&r); err != nil {
		return badInput(err)
	}
	if err := r.Validate(o.Model); err != nil {
		return badInput(err)
	}
	all, runErr := a.studio().Complete(a.ctx, o, x, names, r, nil)
	if a.ctx.Err() != nil {
		runErr = errInterrupted
	}
	if len(all) == 0 {
		return empty(runErr)
	}
	return errors.Join(runErr, c.save(a, o, all))
}

// save writes the table, a gallery a picture, and tells of the measurements.
func (c *completeCmd) save(a *app, o *studio.Opened, all []studio.Completion) error {
	table := filepath.Join(c.Out, "complete.png")
	if err := studio.SaveCompletions(table, o.Model, all); err != nil {
		return err
	}
	for i, one := range all {
		if _, err := studio.SaveGallery(filepath.Join(c.Out, fmt.Sprintf("%03d", i)), one.Result); err != nil {
			return err
		}
	}
	mean := studio.MeanCompletion(all)
	if c.JSON {
		return a.json(map[string]any{"table": table, "pictures": all, "mean": mean})
	}
	a.say("wrote %s", table)
	for _, one := range append(all, mean) {
		a.say("%s: PSNR %.2f dB, SSIM %.3f; generator alone %.2f, %.3f; prediction %.2f, %.3f; mean fill %.2f, %.3f; spread %.3f",
			one.Name, one.Chains.PSNR, one.Chains.SSIM, one.VAE.PSNR, one.VAE.SSIM, one.Predict.PSNR, one.Predict.SSIM, one.Mean.PSNR, one.Mean.SSIM, one.Spread)
	}
	return nil
}
