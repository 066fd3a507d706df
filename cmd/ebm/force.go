package main

import (
	"fmt"
	"path/filepath"

	"ebmstudio/studio"
)

type forceCmd struct {
	Checkpoint string `arg:"" help:"A checkpoint, or the name of a bundled model."`
	Picture    string `arg:"" help:"The picture; arrays with x for points of the plane."`
	Out        string `help:"The force: .png or .svg over the picture, blue where a pixel is pulled darker and red where brighter, with arrows that show how it would move; .csv pixel by pixel. With several terms, a file each besides." default:"out/force.png" type:"path" placeholder:"FILE"`
	JSON       bool   `help:"Answer in JSON."`
	levelFlag
	conditionFlags
	holeFlags
	modelFlags
	settingFlags
}

func (forceCmd) Help() string {
	return `Draws minus the gradient of the energy at a picture: what a Langevin step pulls at every pixel. With several terms
(--compose, --label) their forces are drawn one by one too: what each concept wants to change.

Examples:
  ebm force fashion-28 shirt.png
  ebm force cdrl-faces-16 face.png --compose "smile AND NOT hat" --out force.svg`
}

// forceLine is a term's force for a script.
type forceLine struct {
	Term   string `json:"term"`
	Energy number `json:"energy"` // weighted
	Norm   number `json:"norm"`
	File   string `json:"file"`
}

// Run draws the forces.
func (c *forceCmd) Run(a *app) error {
	if err := checkFiles("--out", []string{c.Out}, ".png", ".svg", ".csv"); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	r, err := a.mapRecipe(o, 1, 1, c.conditionFlags, c.holeFlags, c.settingFlags)
	if err != nil {
		return badInput(err)
	}
	at, err := o.AtLevel(c.Level)
	if err != nil {
		return badInput(err)
	}
	x, _, err := a.pictures(o, []string{c.Picture})
	if err != nil {
		return err
	}
	if x.N != 1 {
		return badInput(fmt.Errorf("%s: found %d pictures, want 1", c.Picture, x.N))
	}
	forces, err := a.studio().Forces(a.ctx, at, r, x)
	if err != nil {
		return badInput(err)
	}
	var lines []forceLine
	for i, f := range forces {
		path := c.Out
		if i > 0 {
			extension := filepath.Ext(path)
			path = fmt.Sprintf("%s-term%d%s", path[:len(path)-len(extension)], i, extension)
		}
		if err := studio.SaveForce(path, f, x, o.Model.Lo, o.Model.Hi); err != nil {
			return badInput(err)
		}
		lines = append(lines, forceLine{f.Name, number(f.Energy), number(f.Norm()), path})
	}
	if c.JSON {
		return a.json(lines)
	}
	for _, l := range lines {
		a.say("%s: energy %.6g, |force| %.6g, wrote %s", l.Term, float64(l.Energy), float64(l.Norm), l.File)
	}
	return nil
}
