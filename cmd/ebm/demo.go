package main

import (
	"ebmstudio/studio"
)

type demoCmd struct {
	Out  string `help:"Folder for the gallery." default:"out"`
	JSON bool   `help:"Answer in JSON."`
}

func (demoCmd) Help() string {
	return `Runs the recipe that the window opens with: chains of the bundled model from noise to pictures.
Writes a PNG per chain, sheet.png with all of them, and chains.gif with the way there.

Examples:
  ebm demo
  ebm demo --engine go --out mine`
}

// Run walks the bundled model's chains.
func (c *demoCmd) Run(a *app) error {
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	o, err := a.open("", modelFlags{})
	if err != nil {
		return err
	}
	return a.runGallery(o, studio.DefaultRecipe(o), gallery{folder: c.Out, filmFlags: filmFlags{GIF: true}, json: c.JSON})
}
