package main

import (
	"ebmstudio/studio"
)

type encodeCmd struct {
	Checkpoint string   `arg:"" help:"A checkpoint file or the name of a bundled model: one that has an encoder."`
	Pictures   []string `arg:"" help:"Pictures, folders of pictures, or arrays with x (.npz, .safetensors)."`
	Out        string   `required:"" help:"File for the latents z [N,D], .npz or .safetensors." placeholder:"FILE"`
	Aggregate  bool     `help:"Write one latent for all: their normalised sum."`
	JSON       bool     `help:"Answer in JSON."`
	modelFlags
}

func (encodeCmd) Help() string {
	return `Writes the unit latents of pictures, one row a picture, for ebm energy, ebm sample --like and numpy.
Pictures of another size are scaled to the model's.

Examples:
  ebm encode last.ckpt a.png b.png --out z.npz
  ebm encode last.ckpt shirts/ --aggregate --out shirt.npz
  ebm sample last.ckpt --like shirt.npz`
}

// Run encodes pictures.
func (c *encodeCmd) Run(a *app) error {
	if err := studio.CheckArrayFile(c.Out); err != nil {
		return badInput(err)
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	x, _, err := a.pictures(o, c.Pictures)
	if err != nil {
		return err
	}
	z, err := a.studio().Encode(a.ctx, o, x)
	if err != nil {
		return err
	}
	if c.Aggregate {
		one, err := studio.Aggregate(z)
		if err != nil {
			return err
		}
		z = [][]float32{one}
	}
	arrays := studio.LatentArrays(z)
	if err := studio.WriteArrays(c.Out, arrays); err != nil {
		return err
	}
	return a.listArrays(c.Out, arrays, c.JSON)
}
