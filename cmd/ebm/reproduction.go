package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"ebmstudio/reproduction"
	"ebmstudio/studio"
)

// reproduceCmd makes the papers' tables again; a saved picture is made again by ebm
// sample --from.
type reproduceCmd struct {
	Experiments []string `arg:"" optional:"" help:"E1 to E15, one or several; --list shows them."`
	List        bool     `help:"List the experiments, what they cost and what they train."`
	Small       bool     `help:"The small preset, minutes (default)." xor:"preset"`
	Full        bool     `help:"The full preset: longer trainings, more seeds." xor:"preset"`
	Out         string   `help:"Work folder: trainings and results. Another run with it goes on from there." default:"out/reproduce" type:"path"`
	Seeds       int      `help:"Seeds, of samples and trainings; 0: as the preset says." default:"0"`
	Count       int      `help:"Samples of a measurement; 0: as the preset says." default:"0"`
	Iterations  int      `help:"Iterations of every training; 0: as the preset says." default:"0"`
	Report      string   `help:"Write a document of all results in the folder to this file, and run nothing." type:"path" placeholder:"FILE"`
	JSON        bool     `help:"Answer in JSON." name:"json"`
}

func (reproduceCmd) Help() string {
	return `Makes tables and figures of the papers again, on small data and networks: trains what has to be
trained (as ebm train does), samples, measures with several seeds, and prints the paper's table beside
ours, whether the order is the same (computed, with the spread over the seeds), and what each measure is.
The folder keeps everything: Ctrl-C loses nothing, the same command goes on; trainings that several
experiments want are done once. ebm sample --from makes a saved picture again.

Examples:
  ebm reproduce --list
  ebm reproduce E1 E2
  ebm reproduce E7 --full --out runs/reproduce
  ebm reproduce --report reproduction.md --out runs/reproduce`
}

// Run lists, reports or makes experiments.
func (c *reproduceCmd) Run(a *app) error {
	switch {
	case c.List:
		return c.list(a)
	case c.Report != "":
		return c.report(a)
	case len(c.Experiments) == 0:
		return badInput(errors.New("found no experiment, want one or several of E1 to E15\nhint: ebm reproduce --list"))
	case c.Seeds < 0 || c.Count < 0 || c.Iterations < 0:
		return badInput(errors.New("--seeds, --count, --iterations: found a negative number, want one from 0"))
	}
	var all []reproduction.Experiment
	for _, id := range c.Experiments {
		e, err := reproduction.Find(id)
		if err != nil {
			return badInput(err)
		}
		all = append(all, e)
	}
	shown := &reproductionLine{terminal: a.terminal}
	r := &reproduction.Runner{
		Studio: a.studio(), Dir: c.Out, Preset: c.preset(), Seeds: c.Seeds, Count: c.Count, Iterations: c.Iterations, Notify: shown.show,
		Open:  func(_ context.Context, name string) (*studio.Opened, error) { return a.open(name, modelFlags{}) },
		Judge: func(_ context.Context, o *studio.Opened) (*studio.Opened, error) { return a.bundledJudge(o) },
	}
	var results []reproduction.Result
	for _, e := range all {
		result, err := r.Run(a.ctx, e)
		shown.clear()
		switch {
		case a.ctx.Err() != nil:
			a.note("%d rows of %s are measured; the same command goes on", len(result.Units), e.ID)
			return errInterrupted
		case err != nil:
			return err
		}
		if results = append(results, result); !c.JSON {
			a.say("%s", reproduction.Section(e, result))
		}
	}
	if c.JSON {
		return a.json(results)
	}
	return nil
}

func (c *reproduceCmd) preset() string {
	if c.Full {
		return reproduction.Full
	}
	return reproduction.Small
}

// list prints the experiments.
func (c *reproduceCmd) list(a *app) error {
	all := reproduction.All()
	if c.JSON {
		type preset struct {
			Cost      string `json:"cost"`
			Seeds     int    `json:"seeds"`
			Rows      int    `json:"rows"`
			Trainings int    `json:"trainings"`
		}
		type entry struct {
			ID, Title, Source string
			Small, Full       preset
		}
		of := func(p reproduction.Preset) preset { return preset{p.Cost, p.Seeds, len(p.Rows), len(p.Trainings)} }
		var entries []entry
		for _, e := range all {
			entries = append(entries, entry{e.ID, e.Title, e.Source, of(e.Small), of(e.Full)})
		}
		return a.json(entries)
	}
	for _, e := range all {
		a.say("%-4s %s: %s", e.ID, e.Title, e.Source)
		for _, name := range []string{reproduction.Small, reproduction.Full} {
			p, err := e.Preset(name)
			if err != nil {
				return err
			}
			a.say("     %-5s  about %s on two cores: rows %d, seeds %d, trainings %d", name, p.Cost, len(p.Rows), p.Seeds, p.Runs())
		}
	}
	return nil
}

// report writes the document of a folder's results.
func (c *reproduceCmd) report(a *app) error {
	results, err := reproduction.Results(c.Out)
	if err != nil {
		return badInput(err)
	}
	text, err := reproduction.Document(results)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Report, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	a.note("wrote %s from %d results in %s", filepath.Base(c.Report), len(results), c.Out)
	return nil
}

// reproductionLine shows how far an experiment is: a bar on a terminal, a line every
// half minute elsewhere.
type reproductionLine struct {
	*terminal
	bar  *progressbar.ProgressBar
	last time.Time
}

func (l *reproductionLine) show(p reproduction.Progress) {
	text := p.Now
	if p.Part != "" {
		text += ", " + p.Part
	}
	if p.Left > 0 {
		text += fmt.Sprintf("; %s left in all", p.Left.Round(time.Second))
	}
	if !l.interactive() {
		if time.Since(l.last) >= 30*time.Second {
			l.last = time.Now()
			l.note("%d of %d rows measured, %s", p.Done, p.Of, text)
		}
		return
	}
	if l.bar == nil {
		l.bar = progressbar.NewOptions(p.Of, progressbar.OptionSetWriter(l.err), progressbar.OptionSetWidth(20), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionThrottle(100*time.Millisecond))
	}
	l.bar.Describe(text)
	_ = l.bar.Set(p.Done)
}

func (l *reproductionLine) clear() {
	if l.bar != nil {
		_ = l.bar.Clear()
		l.bar = nil
	}
}
