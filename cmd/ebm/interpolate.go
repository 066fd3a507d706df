package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"ebmstudio/studio"
)

type interpolateCmd struct {
	Checkpoint string   `arg:"" help:"A checkpoint file or the name of a bundled model: one with latents."`
	Anchor     []string `help:"A latent to visit, in order: a seed (the latent that ebm sample begins its first chain from), a picture (encoded), or arrays with z; give it at least twice. Default: seeds 1 and 2." sep:"none" placeholder:"SEED|PICTURE|ARRAYS"`
	Path       string   `help:"Between anchors: linear, spherical or paper (rho z0 + sqrt(1-rho^2) z1)." enum:"linear,spherical,paper" default:"spherical"`
	Frames     int      `help:"Pictures from one anchor to the next, both included." default:"10"`
	Refine     bool     `help:"--refine=false leaves the generator's pictures as they are." default:"true" negatable:""`
	APNG       bool     `help:"The animation as path.apng, without loss of colours, instead of path.gif." name:"apng" xor:"film"`
	Y4M        bool     `help:"The animation as path.y4m, a video without compression, instead of path.gif." name:"y4m" xor:"film"`
	OwnNoise   bool     `help:"Give every frame's chain noise of its own. Otherwise all have the same, and neighbouring frames differ by their latents alone."`
	Complete   string   `help:"For a model that fills a hole: the picture whose hole is filled." placeholder:"PICTURE"`
	Scale      bool     `help:"With --complete: scale a picture of another size to the model's."`
	Seed       uint64   `help:"The seed of the chains' noise." default:"1"`
	Out        string   `help:"Folder for the strip, the animation and a picture a point." default:"out"`
	JSON       bool     `help:"Answer in JSON."`
	modelFlags
	settingFlags
}

func (interpolateCmd) Help() string {
	return `Walks from latent to latent and draws every point: strip.png has a row a leg, the generator's pictures
above the refined ones, path.gif walks along with both side by side, and each point's picture carries
the recipe that makes it again. Energies along the way are printed.

Examples:
  ebm interpolate vae.safetensors --anchor 1 --anchor 7 --anchor 12 --frames 9
  ebm interpolate vae.safetensors --anchor shirt.png --anchor bag.png --path paper
  ebm interpolate clel.safetensors --anchor shirt.png --anchor bag.png`
}

// point is one point of a walk for a script.
type point struct {
	Picture string  `json:"picture"`
	Before  *number `json:"energy_unrefined,omitempty"`
	Energy  *number `json:"energy,omitempty"`
}

// interpolated is a walk for a script.
type interpolated struct {
	Strip  string        `json:"strip"`
	GIF    string        `json:"gif"`
	Points []point       `json:"points"`
	Recipe studio.Recipe `json:"recipe"`
}

// Run walks and saves.
func (c *interpolateCmd) Run(a *app) error {
	if err := checkFolder(c.Out); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	r := studio.DefaultRecipe(o)
	r.Seed = c.Seed
	if err := c.turn(&r); err != nil {
		return badInput(err)
	}
	if c.Complete != "" {
		if r.Known, err = studio.ReadKnown(o.Model, c.Complete, "", c.Scale); err != nil {
			return badInput(err)
		}
	}
	anchors, err := c.anchors(a, o)
	if err != nil {
		return badInput(err)
	}
	job, err := a.studio().Interpolate(o, r, studio.Interpolation{Anchors: anchors, Path: c.Path, Frames: c.Frames, Refine: c.Refine, OwnNoise: c.OwnNoise}, nil)
	if err != nil {
		return badInput(err)
	}
	runErr := a.follow(job)
	if runErr != nil && !errors.Is(runErr, errInterrupted) {
		return runErr
	}
	return errors.Join(runErr, c.save(a, job))
}

// save writes what the walk made and tells of it.
func (c *interpolateCmd) save(a *app, job *studio.Job) error {
	res, err := job.Result()
	if err != nil {
		return err
	}
	paths, err := studio.SaveGallery(c.Out, res)
	if err != nil {
		return err
	}
	m := interpolated{Strip: filepath.Join(c.Out, "strip.png"), GIF: filepath.Join(c.Out, c.film()), Recipe: res.Recipe}
	if err := job.SaveStrip(m.Strip, c.Frames); err != nil {
		return err
	}
	along, err := job.Along()
	if err != nil {
		return err
	}
	if err := studio.SaveGIF(m.GIF, along, studio.GIFOptions{}); err != nil {
		return err
	}
	first, last := job.Energies()
	for i := range res.Pictures.N {
		m.Points = append(m.Points, point{Picture: paths[i], Before: at(first, i), Energy: at(last, i)})
	}
	if c.JSON {
		return a.json(m)
	}
	a.say("wrote %s and %s", m.Strip, m.GIF)
	for _, p := range m.Points {
		text := p.Picture
		if p.Before != nil {
			text += fmt.Sprintf("  unrefined %.6g", float64(*p.Before))
		}
		if p.Energy != nil {
			text += fmt.Sprintf("  energy %.6g", float64(*p.Energy))
		}
		a.say("%s", text)
	}
	return nil
}

// film is the name of the animation.
func (c *interpolateCmd) film() string {
	switch {
	case c.APNG:
		return "path.apng"
	case c.Y4M:
		return "path.y4m"
	}
	return "path.gif"
}

// at is value i, nil where there is none.
func at(v []float32, i int) *number {
	if i >= len(v) {
		return nil
	}
	n := number(v[i])
	return &n
}

// anchors are the latents that the flags name.
func (c *interpolateCmd) anchors(a *app, o *studio.Opened) ([][]float32, error) {
	given := c.Anchor
	if len(given) == 0 {
		given = []string{"1", "2"}
	}
	var all [][]float32
	for _, text := range given {
		if seed, err := strconv.ParseUint(text, 10, 64); err == nil {
			z, err := studio.SeedLatent(o.Model, seed)
			if err != nil {
				return nil, fmt.Errorf("--anchor %s: %w", text, err)
			}
			all = append(all, z)
			continue
		}
		rows, err := a.latentsOf(o, text)
		if err != nil {
			return nil, fmt.Errorf("--anchor %s: %w", text, err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

// latentsOf are the latents of arrays with z, or those that the encoder finds for
// pictures.
func (a *app) latentsOf(o *studio.Opened, path string) ([][]float32, error) {
	if isArrays(path) {
		arrays, err := studio.ReadArrays(path)
		if err != nil {
			return nil, err
		}
		if _, ok := arrays["z"]; ok {
			return o.Latents(arrays)
		}
	}
	x, _, err := a.pictures(o, []string{path})
	if err != nil {
		return nil, err
	}
	return a.studio().Encode(a.ctx, o, x)
}
