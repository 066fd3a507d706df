package main

import (
	"fmt"
	"strings"

	"ebmstudio/studio"
)

type samplersCmd struct {
	Checkpoint []string `arg:"" help:"A model with noise levels (CDRL): a file or the name of a bundled model; several of points of the plane are multiplied."`
	Compose    string   `help:"What pictures are asked for: classes joined by AND and NOT. Several models of points: their product where it is left out." placeholder:"EXPRESSION"`
	Judge      string   `help:"A judge's checkpoint. Default: the bundled one for the model's size and classes." type:"path" placeholder:"FILE"`
	Chains     int      `help:"Chains a run; 0: 64, of points 4096." default:"0"`
	Seed       uint64   `help:"The first seed." default:"1"`
	Seeds      int      `help:"How many seeds, one after the other." default:"3"`
	Steps      int      `help:"Gradient evaluations of a chain on every noise level." default:"15"`
	LastSteps  int      `help:"On the cleanest level; 0: as on the others, of points 75." default:"0"`
	JSON       bool     `help:"Answer in JSON."`
	modelFlags
	settingFlags
}

func (samplersCmd) Help() string {
	return `Runs every sampler on the same model from the same seeds with the same number of gradient evaluations a chain, counts
those, and prints means and standard deviations over the seeds. Points of the plane are compared with the exact masses of the
model's own density on 34x34 cells, beside the floor that as many exact draws have. Pictures are judged: all that was asked is
there; coverage is the share of 500 real pictures of that kind that have a sample nearby. Unless --set says otherwise the
initializer is told no class, so that the energy steers.

Examples:
  ebm samplers checkerboard
  ebm samplers checkerboard rings
  ebm samplers cdrl-faces-16 --compose "hat AND glasses" --set guidance=0
  ebm samplers cdrl-faces-16 --compose "hat AND glasses" --set product=1`
}

// Run compares the samplers and prints a row as it is complete.
func (c *samplersCmd) Run(a *app) error {
	t, err := c.table(a)
	if err != nil {
		return err
	}
	rows, err := a.studio().CompareSamplers(a.ctx, t, nil)
	if a.ctx.Err() != nil {
		err = errInterrupted
	}
	if c.JSON && err == nil {
		return a.json(rows)
	}
	if len(rows) == 0 {
		return empty(err)
	}
	a.say("%s", strings.TrimRight(studio.SamplerMarkdown(rows), "\n"))
	return err
}

// table is what the flags ask for.
func (c *samplersCmd) table(a *app) (studio.SamplerTable, error) {
	if c.Seeds < 1 {
		return studio.SamplerTable{}, badInput(fmt.Errorf("--seeds: found %d, want 1 or more", c.Seeds))
	}
	set, err := c.settings()
	if err != nil {
		return studio.SamplerTable{}, err
	}
	t := studio.SamplerTable{Expression: c.Compose, Settings: set, Chains: c.Chains, Steps: c.Steps, LastSteps: c.LastSteps}
	if len(c.Checkpoint) == 1 {
		t.Model, err = a.open(c.Checkpoint[0], c.modelFlags)
	} else if t.Model, err = a.openMixture(c.Checkpoint, c.modelFlags); err == nil && t.Expression == "" {
		t.Expression = strings.Join(t.Model.Model.Labels, " AND ")
	}
	if err != nil {
		return t, err
	}
	if t.Chains == 0 {
		t.Chains = 64
	}
	if t.Model.Plane() {
		if c.Chains == 0 {
			t.Chains = 4096
		}
		if t.LastSteps == 0 {
			t.LastSteps = 75
		}
	} else if t.Judge, err = (&evalCmd{Judge: c.Judge}).judge(a, t.Model); err != nil {
		return t, err
	}
	for i := range c.Seeds {
		t.Seeds = append(t.Seeds, c.Seed+uint64(i))
	}
	t.Notify = func(done, of int, now string) { a.note("run %d of %d: %s", done+1, of, now) }
	return t, nil
}
