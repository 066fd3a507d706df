package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"ebmstudio/studio"
)

// outlierLine is a row of the answer for a script.
type outlierLine struct {
	Set       string `json:"set"`
	Pictures  int    `json:"pictures"`
	Model     number `json:"model"`
	Gaussian  number `json:"gaussian"`
	Variation number `json:"variation"`
}

// outliers prints how well scores tell sets of pictures from held-out ones.
func (c *scoreCmd) outliers(a *app, o *studio.Opened, set map[string]float64) error {
	data, err := namedData(c.AUROC)
	if err != nil {
		return err
	}
	r := studio.OutlierRequest{Model: o, Data: data, Channels: o.Model.C, Size: o.Model.H, Count: c.Count, Seed: c.Seed, Settings: set}
	for _, path := range c.Pictures {
		other, err := c.outlierSet(a, o, path)
		if err != nil {
			return err
		}
		r.Others = append(r.Others, other)
	}
	rows, err := a.studio().Outliers(a.ctx, r)
	if err != nil {
		if a.ctx.Err() != nil {
			return errInterrupted
		}
		return badInput(err)
	}
	var lines []outlierLine
	for _, row := range rows {
		lines = append(lines, outlierLine{row.Set, row.Count, number(row.Model), number(row.Gaussian), number(row.Variation)})
	}
	switch {
	case c.JSON:
		return a.json(lines)
	case c.CSV:
		w := csv.NewWriter(a.out)
		_ = w.Write([]string{"set", "pictures", "model", "gaussian", "variation"}) // errors stay in w until Flush
		text := func(v number) string { return strconv.FormatFloat(float64(v), 'f', 4, 64) }
		for _, l := range lines {
			_ = w.Write([]string{l.Set, strconv.Itoa(l.Pictures), text(l.Model), text(l.Gaussian), text(l.Variation)})
		}
		w.Flush()
		return w.Error()
	}
	wide := len("AUROC against")
	for _, l := range lines {
		wide = max(wide, len(l.Set))
	}
	a.say("%-*s  %8s  %8s  %8s  %9s", wide, "AUROC against", "pictures", "model", "gaussian", "variation")
	for _, l := range lines {
		a.say("%-*s  %8d  %8.3f  %8.3f  %9.3f", wide, l.Set, l.Pictures, float64(l.Model), float64(l.Gaussian), float64(l.Variation))
	}
	return nil
}

// outlierSet is data by name or in MNIST's layout, or pictures as everywhere.
func (c *scoreCmd) outlierSet(a *app, o *studio.Opened, path string) (studio.OutlierSet, error) {
	idx, _ := filepath.Glob(filepath.Join(path, "*-ubyte*"))
	_, absent := os.Stat(path)
	if absent != nil && (path == "fashion" || slices.Contains(studio.NamedData(), path)) || len(idx) > 0 {
		data, err := namedData(path)
		if err != nil {
			return studio.OutlierSet{}, err
		}
		set, err := studio.OutlierData(o, path, data, o.Model.C, c.Count)
		return set, badInput(err)
	}
	x, _, err := a.pictures(o, []string{path})
	return studio.OutlierSet{Name: path, Pictures: x}, err
}
