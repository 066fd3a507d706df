package main

import (
	"errors"
	"fmt"

	"ebmstudio/studio"
)

type barrierCmd struct {
	Checkpoint string   `arg:"" help:"A checkpoint, or the name of a bundled model."`
	From       string   `arg:"" help:"The picture at one end; arrays with x for points of the plane."`
	To         string   `arg:"" help:"The picture at the other end."`
	Pictures   int      `help:"Pictures of the path, both ends included." default:"17"`
	Steps      int      `help:"Most steps of relaxation; fewer are made where the path comes to rest." default:"150"`
	Out        []string `help:"The energies along both ways, as .png, .svg or .csv. May be repeated." default:"out/barrier.png" type:"path" placeholder:"FILE"`
	Film       string   `help:"The pictures of the straight way and, below them, of the relaxed one, as a PNG." type:"path" placeholder:"FILE"`
	JSON       bool     `help:"Answer in JSON."`
	levelFlag
	conditionFlags
	holeFlags
	modelFlags
	settingFlags
}

func (barrierCmd) Help() string {
	return `Says how high the energy is between two pictures: along the straight line, and along the path of least energy that
the string method (E, Ren and Vanden-Eijnden, 2002 and 2007) relaxes it to. The highest point of that path is a
saddle; its height over the start is what a chain has to climb. Ctrl-C keeps the best path so far.

Examples:
  ebm barrier fashion-28 shirt.png bag.png --film film.png
  ebm barrier cdrl-faces-16 a.png b.png --label smile --out barrier.svg --out barrier.csv`
}

// barrierOut is a barrier for a script.
type barrierOut struct {
	Files    []string    `json:"files"`
	Straight profileLine `json:"straight"`
	Relaxed  profileLine `json:"relaxed"`
	Steps    int         `json:"steps"`
	Settled  bool        `json:"settled"`
}

type profileLine struct {
	Height number   `json:"height"` // over the start; null where an energy is not finite
	At     number   `json:"at"`     // share of the way
	Length number   `json:"length"` // in pixel units of the model
	Energy []number `json:"energy"`
}

// Run finds the barrier.
func (c *barrierCmd) Run(a *app) error {
	if err := errors.Join(checkFiles("--out", c.Out, ".png", ".svg", ".csv"), checkFiles("--film", []string{c.Film}, ".png")); err != nil {
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
	var ends [2]studio.Images
	for i, path := range []string{c.From, c.To} {
		if ends[i], _, err = a.pictures(o, []string{path}); err != nil {
			return err
		}
		if ends[i].N != 1 {
			return badInput(fmt.Errorf("%s: found %d pictures, want 1 at an end", path, ends[i].N))
		}
	}
	job, err := a.studio().Barrier(at, r, ends[0], ends[1], studio.BarrierOptions{Pictures: c.Pictures, Steps: c.Steps}, nil)
	if err != nil {
		return badInput(err)
	}
	stopped := a.follow(job.Job)
	if stopped != nil && !errors.Is(stopped, errInterrupted) {
		return stopped
	}
	b := job.Latest()
	if len(b.Straight.Energy) == 0 {
		return empty(stopped)
	}
	return errors.Join(stopped, c.save(a, o, b))
}

func (c *barrierCmd) save(a *app, o *studio.Opened, b studio.Barrier) error {
	out := barrierOut{Straight: profileForm(b.Straight), Relaxed: profileForm(b.Relaxed), Steps: b.Steps, Settled: b.Settled}
	for _, path := range c.Out {
		if err := b.Save(path); err != nil {
			return err
		}
		out.Files = append(out.Files, path)
	}
	if c.Film != "" {
		if err := b.SaveFilm(c.Film, o.Model.Lo, o.Model.Hi); err != nil {
			return err
		}
		out.Files = append(out.Files, c.Film)
	}
	if c.JSON {
		return a.json(out)
	}
	for _, p := range []struct {
		name string
		of   profileLine
	}{{"straight", out.Straight}, {"relaxed", out.Relaxed}} {
		a.say("%-8s  barrier %.6g at %.0f %% of the way, %.4g long", p.name, float64(p.of.Height), 100*float64(p.of.At), float64(p.of.Length))
	}
	rest := "it has come to rest"
	if !b.Settled {
		rest = "still moving: more --steps may lower it"
	}
	a.say("%d steps of relaxation, %s", b.Steps, rest)
	for _, file := range out.Files {
		a.say("wrote %s", file)
	}
	return nil
}

func profileForm(p studio.Profile) profileLine {
	height, at := p.Height()
	return profileLine{Height: number(height), At: number(at), Length: number(p.Length), Energy: numbers(p.Energy)}
}
