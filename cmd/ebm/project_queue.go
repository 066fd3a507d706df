package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ebmstudio/studio"
)

// queueFlag puts work into the queue of a project instead of doing it.
type queueFlag struct {
	Queue string `help:"Do nothing now, but put it at the end of the queue of this project, which is made where there is none; ebm project run --queue and the window run it." placeholder:"PROJECT" type:"path"`
}

// put adds work to the project of the flag.
func (f queueFlag) put(a *app, w studio.Work) error {
	return a.changeProject(f.Queue, func(p *studio.Project) error { return addWork(p, w) })
}

// changeProject reads a project, or begins one, changes it and saves it.
func (a *app) changeProject(path string, change func(*studio.Project) error) error {
	return a.saveProject(path, func() (*studio.Project, string, error) {
		p, sum, err := studio.ReadProject(path)
		if errors.Is(err, fs.ErrNotExist) {
			p, err = &studio.Project{}, nil
		}
		if err == nil {
			err = change(p)
		}
		return p, sum, err
	})
}

// saveAttempts is how often a project is changed anew that others change meanwhile.
const saveAttempts = 20

// saveProject saves what read makes of a project's file, and again where somebody else has
// saved it in between.
func (a *app) saveProject(path string, read func() (p *studio.Project, sum string, err error)) error {
	for attempt := 1; ; attempt++ {
		p, sum, err := read()
		if err != nil {
			return badInput(err)
		}
		p.Program, p.Saved = "ebm "+version, time.Now()
		_, err = studio.SaveProject(path, *p, sum, false)
		if (errors.Is(err, studio.ErrProjectChanged) || errors.Is(err, fs.ErrExist)) && attempt < saveAttempts {
			continue
		}
		if err != nil {
			return err
		}
		a.say("wrote %s", path)
		return nil
	}
}

// addWork puts work at the end of a project's queue.
func addWork(p *studio.Project, w studio.Work) error {
	works, err := p.Works()
	if err != nil {
		return err
	}
	w.State = studio.QueueWaiting
	p.PutQueue(append(works, w))
	return nil
}

// jobs visits the jobs of a project that are not done.
func (f projectFile) jobs(a *app, do func(what string, w studio.Work) error) error {
	p, err := f.read()
	if err != nil {
		return err
	}
	works, err := p.Works()
	if err != nil {
		return badInput(err)
	}
	for i, w := range works {
		if w.State == studio.QueueDone {
			continue
		}
		if err := a.ctx.Err(); err != nil {
			return errInterrupted
		}
		what := fmt.Sprintf("job-%d", i+1)
		if err := do(what, w); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// taskLine is what a job does, in a line.
func taskLine(t studio.Task) string {
	switch t := t.(type) {
	case studio.SampleTask:
		return t.Model.Ref.Name + ": " + recipeLine(t.Recipe)
	case studio.GridTask:
		return fmt.Sprintf("%s: grid %s, %s", t.Model.Ref.Name, strings.TrimSpace(t.Grid.X+" "+t.Grid.Y), recipeLine(t.Grid.Recipe))
	case studio.TrainTask:
		return fmt.Sprintf("train %s in %s", t.Request.Family, t.Request.Options.Dir)
	case studio.ExportTask:
		return fmt.Sprintf("export %d pictures as %s to %s", len(t.Paths), t.As, t.To)
	}
	return ""
}

// runTask does a job of the queue. Pictures and grids without a folder go to out.
func (a *app) runTask(t studio.Task, out string) error {
	switch t := t.(type) {
	case studio.SampleTask:
		o, err := a.openOfProject(t.Model)
		if err != nil {
			return err
		}
		return a.runChecked(o, t.Recipe, cmp.Or(t.Into, out))
	case studio.GridTask:
		o, err := a.openOfProject(t.Model)
		if err != nil {
			return err
		}
		g, err := t.Grid.Grid(o)
		if err != nil {
			return badInput(err)
		}
		return (&gridCmd{Out: cmp.Or(t.Into, out)}).make(a, o, g)
	case studio.TrainTask:
		r := t.Request
		_, err := os.Stat(filepath.Join(r.Options.Dir, studio.TrainStateFile))
		c := trainRun{Size: r.Size, Channels: r.Channels, Only: r.Only, Resume: err == nil, SaveEvery: r.Options.SaveEvery, Keep: r.Options.Keep, SheetsEvery: r.Options.SheetsEvery}
		if r.Options.For > 0 {
			c.For = &r.Options.For
		}
		return c.train(a, r.Family, r.Options.Dir, r.Data, r.Settings)
	case studio.ExportTask:
		n, skipped, err := studio.ExportSelection(a.ctx, t.Paths, t.To, t.As, studio.SelectionOptions{Title: t.Title})
		a.skipped(skipped)
		if err == nil {
			a.say("wrote %s: %d pictures", t.To, n)
		}
		return err
	}
	return fmt.Errorf("found a job of no kind known here")
}

// taskCommand is a job as a line for a shell.
func (a *app) taskCommand(t studio.Task) (string, error) {
	sample, ok := t.(studio.SampleTask)
	if !ok {
		return studio.TaskCommand(t), nil
	}
	o, err := a.openOfProject(sample.Model)
	if err != nil {
		return "", err
	}
	return studio.Command(o, sample.Recipe), nil
}
