package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

// cloudFlags say how pictures are laid out.
type cloudFlags struct {
	By   string   `help:"What makes pictures alike: pixels, judge (features of the bundled judge for their size), or a checkpoint of a judge, of InceptionV3 or of a model with an encoder." default:"pixels"`
	X    string   `help:"To the right: first or second (principal component), energy, steps, seed, date, or a knob of the recipes." default:"first"`
	Y    string   `help:"Up: the same." default:"second"`
	Out  []string `help:"A file: .csv (the places along every axis), .png or .svg (the pictures at their places along --x and --y); may be repeated." default:"out/cloud.png" type:"path"`
	JSON bool     `help:"Answer in JSON."`
}

type cloudCmd struct {
	Pictures []string `arg:"" name:"picture" help:"Pictures, and folders of pictures."`
	cloudFlags
	modelFlags
}

func (cloudCmd) Help() string {
	return `Lays pictures out by the first two principal components of their pixels, of a judge's features or of an
encoder's latents, so that alike ones lie near each other. An axis may also be a number of the recipes
that are inside pictures: their energy, steps, seed, date, or a knob such as guidance.

Examples:
  ebm cloud out/ --out cloud.png --out cloud.csv
  ebm cloud shirts/ bags/ --by judge --out cloud.svg
  ebm cloud out/ --by fashion-28 --y energy --out energies.png
  ebm library cloud --tag "for the paper" --out cloud.png`
}

// Run lays pictures out.
func (c *cloudCmd) Run(a *app) error { return a.layOut(c.cloudFlags, c.modelFlags, c.Pictures, nil) }

type libraryCloudCmd struct {
	chosenFlags
	cloudFlags
}

func (libraryCloudCmd) Help() string {
	return `Lays pictures of the library out as ebm cloud does; their dates are those on which they came into it.`
}

// Run lays pictures of the library out.
func (c *libraryCloudCmd) Run(a *app, lib *libraryCmd) error {
	return lib.within(a, func(l *studio.Library) error {
		names, err := c.names(a, l)
		if err != nil {
			return err
		}
		page, err := l.Page(a.ctx, studio.LibraryQuery{Names: names})
		if err != nil {
			return err
		}
		var paths []string
		dates := map[string]time.Time{}
		for _, it := range page.Items {
			path := l.Path(it.Name)
			paths, dates[path] = append(paths, path), it.Added
		}
		return a.layOut(c.cloudFlags, modelFlags{}, paths, dates)
	})
}

// cloudPlace is a picture for a script.
type cloudPlace struct {
	Picture string             `json:"picture"`
	First   float64            `json:"first"`
	Second  float64            `json:"second"`
	Numbers map[string]float64 `json:"numbers"`
}

func (a *app) layOut(f cloudFlags, mf modelFlags, paths []string, dates map[string]time.Time) error {
	for _, path := range f.Out {
		if ext := strings.ToLower(filepath.Ext(path)); !slices.Contains(studio.CloudFiles(), ext) {
			return badInput(fmt.Errorf("--out %q: found extension %q, want one of %s", path, ext, strings.Join(studio.CloudFiles(), ", ")))
		}
		if err := checkFolder(filepath.Dir(path)); err != nil {
			return err
		}
	}
	r := studio.CloudRequest{Paths: paths, Dates: dates}
	var err error
	if f.By != "pixels" {
		if r.By, err = a.cloudModel(f.By, mf, paths); err != nil {
			return err
		}
	}
	bar := a.newBar()
	r.Notify = func(done, total int) {
		bar.show(studio.Progress{Title: "lay out", Step: done, Steps: total, Phase: studio.Running})
	}
	cloud, err := a.studio().Cloud(a.ctx, r)
	bar.clear()
	for _, fault := range cloud.Faults {
		a.note("left out: %v", fault.Err)
	}
	if err != nil {
		return badInput(err)
	}
	for _, axis := range []string{f.X, f.Y} {
		if err := cloud.CheckAxis(axis); err != nil {
			return badInput(err)
		}
	}
	for _, path := range f.Out {
		if err := cloud.Save(path, f.X, f.Y); err != nil {
			return err
		}
	}
	if f.JSON {
		answer := struct {
			By       string       `json:"by"`
			Share    [2]float64   `json:"share"`
			Pictures []cloudPlace `json:"pictures"`
			Files    []string     `json:"files"`
		}{cloud.By, cloud.Share, nil, f.Out}
		for _, p := range cloud.Pictures {
			answer.Pictures = append(answer.Pictures, cloudPlace{p.Path, p.At[0], p.At[1], p.Numbers})
		}
		return a.json(answer)
	}
	a.say("%d pictures by %s", len(cloud.Pictures), cloud.By)
	a.say("x: %s", cloud.Title(f.X))
	a.say("y: %s", cloud.Title(f.Y))
	for _, path := range f.Out {
		a.say("wrote %s", path)
	}
	return nil
}

// cloudModel opens what tells pictures apart: the model that is named, or the judge for the
// size of the first picture that can be read.
func (a *app) cloudModel(by string, mf modelFlags, paths []string) (*studio.Opened, error) {
	if by != "judge" {
		o, err := a.open(by, mf)
		if err == nil && studio.CloudBy(o) == "" {
			err = badInput(fmt.Errorf("--by %s: found neither an encoder nor a judge of pictures", by))
		}
		return o, err
	}
	w, h, err := studio.CloudSize(paths)
	if err != nil {
		return nil, badInput(err)
	}
	for _, b := range resources.Judges() {
		o, err := a.studio().OpenBytes(a.ctx, "judge "+b.Name, b.Data, studio.Options{})
		if err != nil {
			return nil, err
		}
		if o.Model.W == w && o.Model.H == h {
			return o, nil
		}
	}
	return nil, badInput(errors.Join(fmt.Errorf("--by judge: no bundled judge is for pictures of %dx%d pixels", w, h), errors.New("hint: train one, ebm train judge, and name its checkpoint")))
}
