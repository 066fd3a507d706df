package main

import (
	"strings"

	"ebmstudio/studio"
)

type densityCmd struct {
	Checkpoint string `arg:"" help:"A checkpoint of points of the plane, or the name of a bundled model."`
	Out        string `help:"The picture, a PNG." default:"out/density.png" type:"path"`
	Data       string `help:"The true distribution: checkerboard, rings, spirals or moons. Left out: the one that the model is named after." placeholder:"DATA"`
	Cells      int    `help:"Cells along each side." default:"160"`
	modelFlags
	settingFlags
}

func (densityCmd) Help() string {
	return `Draws the density of a model of points of the plane on every noise level, from the noisiest to the cleanest, below the
true one, and prints how far they overlap.

Example:
  ebm density checkerboard --out density.png`
}

// Run computes and draws the densities.
func (c *densityCmd) Run(a *app) error {
	if err := checkFiles("--out", []string{c.Out}, ".png"); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	set, err := c.settings()
	if err != nil {
		return badInput(err)
	}
	r := studio.DefaultRecipe(o)
	r.Settings = set
	data := c.Data
	if data == "" {
		data = studio.PointSetOf(o)
	}
	d, err := a.studio().Density(a.ctx, o, r, studio.DensityOptions{Size: c.Cells, Data: data}, nil)
	if err != nil {
		return badInput(err)
	}
	if err := d.SaveSheet(c.Out); err != nil {
		return err
	}
	a.say("%s", strings.Join([]string{"stage", "steps", "overlap with " + orNone(data)}, "\t"))
	for _, s := range d.Stages {
		a.say("%s\t%d to %d\t%.3f", s.Name, s.First, s.Last, s.Overlap())
	}
	a.say("wrote %s", c.Out)
	return nil
}

func orNone(data string) string {
	if data == "" {
		return "nothing: the data are not known"
	}
	return data
}
