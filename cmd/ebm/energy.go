package main

import (
	"ebmstudio/studio"
)

type energyCmd struct {
	Checkpoint []string `arg:"" help:"A checkpoint file; several with --op."`
	In         string   `required:"" help:"Arrays to read, .npz or .safetensors."`
	Out        string   `required:"" help:"File to write, .npz or .safetensors."`
	JSON       bool     `help:"Print the names and shapes of what was written in JSON."`
	joinFlags
	modelFlags
	settingFlags
}

func (energyCmd) Help() string {
	return `Reads arrays by name and writes everything the model's family defines for them: energies, gradients,
features, latents. Always reads x: float32 pictures [N,C,H,W] in the model's own range. A CLEL model
may also read latents z [M,D], and then writes joint or composed energies; an ICD model labels y, and
several ICD models are joined with --op. docs/arrays.md has the tables.

Examples:
  ebm energy last.ckpt --in x.npz --out e.npz
  ebm energy last.ckpt --in xz.safetensors --out e.safetensors --set beta=0.1 --weights raw
  ebm energy male.pth old.pth --op and --in xy.npz --out e.npz

In Python:
  np.savez("x.npz", x=pictures.astype("float32"))
  e = np.load("e.npz")["energy"]`
}

// Run computes arrays from arrays.
func (c *energyCmd) Run(a *app) error {
	return a.exchange(c.Checkpoint, c.joinFlags, c.modelFlags, c.settingFlags, c.In, c.Out, c.JSON,
		func(s *studio.Studio, o *studio.Opened, in studio.Arrays, set map[string]float64) (studio.Arrays, error) {
			return s.Arrays(a.ctx, o, in, set)
		})
}

// exchange reads arrays, lets a model compute others from them, and writes those.
func (a *app) exchange(checkpoints []string, jf joinFlags, mf modelFlags, sf settingFlags, in, out string, inJSON bool,
	compute func(*studio.Studio, *studio.Opened, studio.Arrays, map[string]float64) (studio.Arrays, error),
) error {
	set, err := sf.settings()
	if err != nil {
		return err
	}
	if err := studio.CheckArrayFile(out); err != nil {
		return badInput(err)
	}
	arrays, err := studio.ReadArrays(in)
	if err != nil {
		return badInput(err)
	}
	if err := studio.AskClasses(arrays, jf.Compose); err != nil {
		return badInput(err)
	}
	o, err := a.openJoined(checkpoints, jf, mf)
	if err != nil {
		return err
	}
	result, err := compute(a.studio(), o, arrays, set)
	if err != nil {
		if a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		return badInput(err)
	}
	if err := studio.WriteArrays(out, result); err != nil {
		return err
	}
	return a.listArrays(out, result, inJSON)
}
