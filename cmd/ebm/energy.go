package main

import (
	"ebmstudio/studio"
)

type energyCmd struct {
	Checkpoint []string `arg:"" help:"A checkpoint file or the name of a bundled model; several with --op."`
	In         string   `required:"" help:"Arrays to read, .npz or .safetensors." placeholder:"FILE"`
	Out        string   `required:"" help:"File to write, .npz or .safetensors." placeholder:"FILE"`
	Compose    string   `help:"Classes that every picture is to have together (CDRL): numbers counted from 1, such as 1,3, or names, such as \"smile AND hat\"." placeholder:"CLASSES"`
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
	return a.exchange(c.Checkpoint, arrayFlags{c.joinFlags, c.modelFlags, c.settingFlags, c.Compose, c.In, c.Out, c.JSON},
		func(s *studio.Studio, o *studio.Opened, in studio.Arrays, set map[string]float64) (studio.Arrays, error) {
			return s.Arrays(a.ctx, o, in, set)
		})
}

// arrayFlags say which arrays are read and written, and how.
type arrayFlags struct {
	joinFlags
	modelFlags
	settingFlags
	compose string // classes that all pictures are to have together
	in, out string
	json    bool
}

// exchange reads arrays, lets a model compute others from them, and writes those.
func (a *app) exchange(checkpoints []string, e arrayFlags,
	compute func(*studio.Studio, *studio.Opened, studio.Arrays, map[string]float64) (studio.Arrays, error),
) error {
	set, err := e.settings()
	if err != nil {
		return err
	}
	if err := studio.CheckArrayFile(e.out); err != nil {
		return badInput(err)
	}
	arrays, err := studio.ReadArrays(e.in)
	if err != nil {
		return badInput(err)
	}
	o, err := a.openJoined(checkpoints, e.joinFlags, e.modelFlags)
	if err != nil {
		return err
	}
	if err := studio.AskClasses(o.Model, arrays, e.compose); err != nil {
		return badInput(err)
	}
	result, err := compute(a.studio(), o, arrays, set)
	if err != nil {
		if a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		return badInput(err)
	}
	if err := studio.WriteArrays(e.out, result); err != nil {
		return err
	}
	return a.listArrays(e.out, result, e.json)
}
