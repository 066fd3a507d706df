package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

type scoreCmd struct {
	Checkpoint string   `arg:"" help:"A checkpoint file or the name of a bundled model."`
	Pictures   []string `arg:"" help:"Pictures, folders of pictures, or arrays with x (.npz, .safetensors)."`
	CSV        bool     `help:"Answer in CSV." name:"csv" xor:"form"`
	JSON       bool     `help:"Answer in JSON." xor:"form"`
	modelFlags
	settingFlags
}

func (scoreCmd) Help() string {
	return `Prints a score for every picture, higher for what the model was not trained on, and the terms the
score is the sum of. A CLEL model's score is its energy minus beta times the cosine between the
picture's latent and the energy network's direction (beta 0.1; --set beta=...). A CDRL model's is its
energy without classes on the cleanest noise level, or on another: --set level=2.

Examples:
  ebm score last.ckpt holiday.png
  ebm score last.ckpt in/ out/ --csv > scores.csv
  ebm score last.ckpt x.npz --json | jq '.[].score'`
}

// scored is one picture's line.
type scored struct {
	Picture string            `json:"picture"`
	Score   number            `json:"score"`
	Terms   map[string]number `json:"terms"`
}

// Run scores pictures.
func (c *scoreCmd) Run(a *app) error {
	set, err := c.settings()
	if err != nil {
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
	s, err := a.studio().Score(a.ctx, o, x, set)
	if err != nil {
		return err
	}
	terms := slices.Sorted(maps.Keys(s.Terms))
	lines := make([]scored, x.N)
	for i := range lines {
		lines[i] = scored{Picture: names[i], Score: number(s.Score[i]), Terms: map[string]number{}}
		for _, t := range terms {
			lines[i].Terms[t] = number(s.Terms[t][i])
		}
	}
	switch {
	case c.JSON:
		return a.json(lines)
	case c.CSV:
		return a.scoreCSV(lines, terms)
	}
	for _, l := range lines {
		text := fmt.Sprintf("%12.6g  %s", l.Score, l.Picture)
		for _, t := range terms {
			text += fmt.Sprintf("  %s %.6g", t, l.Terms[t])
		}
		a.say("%s", text)
	}
	return nil
}

func (a *app) scoreCSV(lines []scored, terms []string) error {
	w := csv.NewWriter(a.out)
	_ = w.Write(append([]string{"picture", "score"}, terms...)) // errors stay in w until Flush
	text := func(v number) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
	for _, l := range lines {
		row := []string{l.Picture, text(l.Score)}
		for _, t := range terms {
			row = append(row, text(l.Terms[t]))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return w.Error()
}
