package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ebmstudio/studio"
)

type scoreCmd struct {
	Checkpoint string   `arg:"" help:"A checkpoint file or the name of a bundled model."`
	Pictures   []string `arg:"" optional:"" help:"Pictures, folders of pictures, or arrays with x (.npz, .safetensors). With --auroc: sets of outliers; also data as in ebm train."`
	Damaged    string   `help:"Write the files that cannot be read, with reasons, to this file." type:"path" placeholder:"FILE"`
	CSV        bool     `help:"Answer in CSV." name:"csv" xor:"form"`
	JSON       bool     `help:"Answer in JSON." xor:"form"`
	outlierFlags
	modelFlags
	settingFlags
}

func (scoreCmd) Help() string {
	return `Prints a score for every picture, higher for what the model was not trained on, and the terms the
score is the sum of. A CLEL model's score is its energy minus beta times the cosine between the
picture's latent and the energy network's direction (beta 0.1; --set beta=...). A CDRL model's is its
energy without classes on noise level 2, or on another: --set level=1 is the cleanest, the paper's,
which tells little far from data. Files that cannot be read are left out, which is said in one line.

--auroc prints the area under the ROC curve, with its 95 % interval: 1 where the score is always higher
for the other pictures, 0.5 for chance, less where they look likelier than what the model was trained on.
Sets made from the held-out pictures come by themselves (but with --only): means of two, upside down,
permuted pixels, noise, one colour; their names can be given too. A score that is a sum is followed by its
terms, then come those of the models of --with.
Beside the model stand two scores that know nothing: a Gaussian of independent pixels fitted to the
training data, and the total variation. Where they are as good, a set proves nothing.

Examples:
  ebm score last.ckpt holiday.png
  ebm score fashion-28 --auroc fashion digits/ textures/ --count 1000
  ebm score last.ckpt in/ out/ --csv > scores.csv
  ebm score last.ckpt --auroc in/ out/ --only --with other.ckpt --threshold 95% --scores s.csv
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
	if c.AUROC == "" && len(c.Pictures) == 0 {
		return badInput(errors.New("score: found no pictures, want some, or --auroc DATA"))
	}
	if c.AUROC == "" && (c.Only || len(c.With) > 0 || c.Threshold != "" || c.Scores != "" || c.Roc != "") {
		return badInput(errors.New("--only, --with, --threshold, --scores, --roc: found no --auroc, want the held-out pictures that the others are told from\nhint: --auroc fashion"))
	}
	if err := checkFiles("--damaged, --scores, --roc", []string{c.Damaged, c.Scores, c.Roc}); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	if c.AUROC != "" {
		return c.outliers(a, o, set)
	}
	x, names, err := c.usable(a, o)
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

// usable reads the pictures and says which files are none.
func (c *scoreCmd) usable(a *app, o *studio.Opened) (studio.Images, []string, error) {
	if len(c.Pictures) == 1 && isArrays(c.Pictures[0]) {
		return a.pictures(o, c.Pictures)
	}
	x, names, faults, err := o.ReadUsablePictures(c.Pictures...)
	if err != nil {
		return x, nil, badInput(err)
	}
	if line := studio.FaultLine(faults, len(faults)+x.N); line != "" {
		a.note("%s", line)
	}
	if c.Damaged != "" {
		err = studio.SaveFaults(c.Damaged, faults)
	}
	return x, names, err
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
