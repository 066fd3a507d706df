package main

import (
	"ebmstudio/studio"
)

type inpaintCmd struct {
	Checkpoint string `arg:"" help:"A checkpoint file or the name of a bundled model."`
	Picture    string `arg:"" help:"The picture whose known part is kept."`
	Mask       string `arg:"" optional:"" help:"White where the picture may change, black where it is kept, grey for stiff; left out for a model that fills a hole of its own."`
	Seed       uint64 `help:"The seed: same seed, same pictures." default:"1"`
	Chains     int    `help:"How many answers." default:"16"`
	Sampler    string `help:"family (the model's own), preconditioned (scales from gradients), mala (Metropolis-adjusted Langevin), hmc (Hamiltonian Monte Carlo), gibbs (diffusive: noise up, walk down) or descent (no noise)." enum:"family,preconditioned,mala,hmc,gibbs,descent" default:"family"`
	Out        string `help:"Folder for the gallery." default:"out"`
	filmFlags
	JSON bool `help:"Answer in JSON."`
	conditionFlags
	initialFlags
	modelFlags
	settingFlags
}

func (inpaintCmd) Help() string {
	return `Fills the white part of the mask in, several times over, and saves the answers sorted by their energy:
000.png is the likeliest. Black pixels come back to the bit. A grey pixel is pulled back to the picture
after every step by as much as it is dark. Every saved picture holds the picture, the mask and the
settings: ebm sample CHECKPOINT --from out/000.png makes it again without the files.

Examples:
  ebm inpaint cdrl.pth.tar face.png hole.png
  ebm inpaint faces.safetensors face.png hole.png --compose "glasses AND NOT hat" --guidance 2
  ebm inpaint faces.safetensors photo.jpg mask.png --scale --chains 64 --out answers
  ebm inpaint faces.safetensors face.png hole.png --temperature calm.png  less noise where dark`
}

// Run walks chains that keep the known pixels.
func (c *inpaintCmd) Run(a *app) error {
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains, r.Sampler = c.Seed, c.Chains, c.Sampler
	if err := c.fill(a, o, &r); err != nil {
		return badInput(err)
	}
	return a.runGallery(o, r, gallery{folder: c.Out, filmFlags: c.filmFlags, json: c.JSON, ranked: true})
}

// fill puts what the flags ask for into the recipe.
func (c *inpaintCmd) fill(a *app, o *studio.Opened, r *studio.Recipe) error {
	if err := c.turn(r); err != nil {
		return err
	}
	var err error
	if r.Known, err = studio.ReadKnown(o.Model, c.Picture, c.Mask, c.Scale); err != nil {
		return err
	}
	if err := c.initialFlags.ask(o, r); err != nil {
		return err
	}
	if err := c.conditionFlags.ask(a, o, r); err != nil {
		return err
	}
	return o.Check(*r)
}
