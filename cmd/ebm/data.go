package main

import (
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/studio"
)

type dataCmd struct {
	Data     string `arg:"" help:"fashion, faces, faces-all, or a folder, as in ebm train --data."`
	Out      string `help:"The contact sheet, a PNG." default:"out/data.png" type:"path"`
	Count    int    `help:"Pictures." default:"64"`
	Label    string `help:"Only pictures of this class."`
	Seed     uint64 `help:"Which pictures." default:"1"`
	Size     int    `help:"Pixels, for a folder of pictures." default:"0"`
	Channels int    `help:"Channels, for a folder of pictures: 1 or 3." default:"3"`
}

func (dataCmd) Help() string {
	return `Writes a contact sheet of what a training would see, and prints the classes of every picture, row by row.

Examples:
  ebm data faces --out faces.png
  ebm data faces-all --label hat --count 16`
}

// Run writes the sheet and prints the classes.
func (c *dataCmd) Run(a *app) error {
	data := c.Data
	switch {
	case data == "fashion":
		data = ""
	case !slices.Contains(studio.NamedData(), data):
		var err error
		if data, err = filepath.Abs(data); err != nil {
			return err
		}
	}
	classes, err := studio.SaveDataSheet(c.Out, studio.DataRequest{
		Data: data, Channels: c.Channels, Size: c.Size, Label: c.Label, Count: c.Count, Seed: c.Seed,
	})
	if err != nil {
		return badInput(err)
	}
	a.say("%s", c.Out)
	for _, of := range classes {
		a.say("%s", strings.Join(of, ", "))
	}
	return nil
}
