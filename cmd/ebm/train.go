package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"ebmstudio/studio"
)

// trainCmd trains a model of a family.
type trainCmd struct {
	Clel   trainFamilyCmd `cmd:"" set:"out=out/train-clel" help:"Train a CLEL model (or, with --latent=false, an ordinary EBM) on Fashion-MNIST or a folder of pictures."`
	Cdrl   trainFamilyCmd `cmd:"" set:"out=out/train-cdrl" help:"Train a CDRL model, energy and initializer together, on Fashion-MNIST, a folder of pictures or points of the plane."`
	VaeEbm trainFamilyCmd `cmd:"" set:"out=out/train-vae-ebm" name:"vae-ebm" aliases:"vaeebm" help:"Train a VAE-EBM by variational MCMC teaching, on pictures or to complete them."`
	Judge  trainFamilyCmd `cmd:"" set:"out=out/train-judge" help:"Train a judge, the classifier that ebm eval measures samples with, on data with classes or attributes."`
	Icd    trainFamilyCmd `cmd:"" set:"out=out/train-icd" help:"Train an ICD model, by contrastive divergence with its KL term, on Fashion-MNIST or a folder of pictures."`
}

// describe gives every family's command the flags of its settings.
func (c *trainCmd) describe() {
	for family, cmd := range map[string]*trainFamilyCmd{"clel": &c.Clel, "cdrl": &c.Cdrl, "vaeebm": &c.VaeEbm, "judge": &c.Judge, "icd": &c.Icd} {
		cmd.describe(family)
	}
}

// trainRun is what a training of any family is told besides its settings.
type trainRun struct {
	Size        int            `help:"Pixels, for a folder of pictures." default:"0"`
	Channels    int            `help:"Channels, for a folder of pictures: 1 or 3." default:"3"`
	Only        string         `help:"Train on the pictures of one class or attribute alone, by its name: an expert for a product of several." placeholder:"LABEL"`
	For         *time.Duration `help:"Stop after this long (such as 90m), save, and print the command that resumes. 0s: train nothing, write the model, sheets and plots anew from the training state in the folder."`
	Resume      bool           `help:"Go on from the training state in the folder; settings are those it was started with. --iterations, --lr, --lr-final and --ema may change: to train longer, or to a lower rate."`
	OtherData   bool           `help:"With --resume: go on though the data is not the one that the run was started on."`
	FromSave    int            `help:"Go on from the kept save after so many iterations instead of the newest one: --resume with an earlier state. A number that there is not lists those that there are." placeholder:"N"`
	SaveEvery   time.Duration  `help:"Time between saves." default:"5m"`
	Keep        int            `help:"How many saves are kept, the newest included; the disk holds at most so many states and models." default:"3" placeholder:"N"`
	SheetsEvery int            `help:"Iterations between sample sheets; 0: only at the end." default:"500"`
	queueFlag
}

// train runs a training until the iterations are done, the time is up or Ctrl-C.
func (c *trainRun) train(a *app, family, out, data string, settings map[string]string) error {
	if c.limit() < 0 {
		return badInput(fmt.Errorf("--for: found %s, want a time from 0s", c.limit()))
	}
	if c.Keep < 0 || c.FromSave < 0 || c.SaveEvery < 0 {
		return badInput(fmt.Errorf("--keep, --from-save, --save-every: found %d, %d and %s, want none below 0", c.Keep, c.FromSave, c.SaveEvery))
	}
	shown := &trainingLine{terminal: a.terminal}
	request := studio.TrainRequest{
		Family: family, Settings: settings, Data: data, Only: c.Only, Channels: c.Channels, Size: c.Size,
		Options: studio.TrainOptions{
			Dir: out, For: c.limit(), Resume: c.Resume || c.FromSave > 0, From: c.FromSave, OtherData: c.OtherData, Rewrite: c.For != nil && *c.For == 0,
			SaveEvery: c.SaveEvery, Keep: c.Keep, SheetsEvery: c.SheetsEvery, Notify: shown.show,
		},
	}
	if c.Queue != "" {
		return c.enqueue(a, request)
	}
	result, err := a.studio().Train(a.ctx, request)
	shown.clear()
	if err != nil {
		return err
	}
	a.say("%s", filepath.Join(out, studio.TrainModelFile))
	if family == "judge" && a.ctx.Err() == nil {
		if err := c.accuracy(a, out); err != nil {
			return err
		}
	}
	if result.Skipped != nil {
		a.note("everything is saved but the last sample sheets, which took too long: %v; ebm train %s --for 0s --out %s%s draws them", result.Skipped, family, out, c.data(data))
	}
	if result.Reason == studio.TrainDone || result.Reason == studio.TrainWritten {
		return nil
	}
	a.note("saved after %d iterations; to go on: ebm train %s --resume --out %s%s", result.Iterations, family, out, c.again(data))
	if result.Reason == studio.TrainStopped {
		return errInterrupted
	}
	return nil
}

// enqueue puts the training into a queue, once its settings are known to be good.
func (c *trainRun) enqueue(a *app, r studio.TrainRequest) error {
	if c.OtherData || r.Options.Rewrite || c.FromSave > 0 {
		return badInput(errors.New("--queue: found --other-data, --from-save or --for 0s beside it, want a training"))
	}
	if _, err := a.studio().TrainingForm(r); err != nil {
		return badInput(err)
	}
	task := studio.TrainTask{Request: r}
	return c.put(a, studio.Work{Title: fmt.Sprintf("train %s in %s", r.Family, filepath.Base(r.Options.Dir)), Task: task, Steps: task.Iterations()})
}

// accuracy tells how often the judge in a folder is right.
func (c *trainRun) accuracy(a *app, out string) error {
	o, err := a.open(filepath.Join(out, studio.TrainModelFile), modelFlags{})
	if err != nil {
		return err
	}
	for _, f := range o.Model.Facts {
		if f.Name == "accuracy" {
			a.note("accuracy: %s", f.Value)
		}
	}
	return nil
}

// limit is the time limit, 0 where there is none.
func (c *trainRun) limit() time.Duration {
	if c.For == nil {
		return 0
	}
	return *c.For
}

// again repeats the flags that a resumption needs besides the folder.
func (c *trainRun) again(data string) string {
	if c.For == nil {
		return c.data(data)
	}
	return fmt.Sprintf("%s --for %s", c.data(data), *c.For)
}

// data repeats the flags that say what is trained on.
func (c *trainRun) data(data string) string {
	only := ""
	if c.Only != "" {
		only = " --only " + strconv.Quote(c.Only)
	}
	switch {
	case data == "":
		return only
	case slices.Contains(studio.NamedData(), data):
		return " --data " + data + only
	}
	return fmt.Sprintf(" --data %s --size %d --channels %d%s", strconv.Quote(data), c.Size, c.Channels, only)
}

// trainingLine shows a run: a bar on a terminal, a line every half minute elsewhere.
type trainingLine struct {
	*terminal
	bar  *progressbar.ProgressBar
	last time.Time
	told []string // beginnings of the warnings that were told
}

func (l *trainingLine) show(p studio.TrainProgress) {
	var parts []string
	for _, m := range [][2]string{ // a family has some of them
		{"data", "energy_data"},
		{"samples", "energy_samples"},
		{"latents", "latent_loss"},
		{"initializer", "initializer_loss"},
		{"loss", "loss"},
		{"accuracy", "accuracy"},
	} {
		if v, ok := p.Metrics[m[1]]; ok {
			parts = append(parts, fmt.Sprintf("%s %.4f", m[0], v))
		}
	}
	text := strings.Join(parts, " ")
	for _, worry := range []string{p.Concern, p.Health.Warning} {
		if worry != "" && !slices.Contains(l.told, worry[:min(len(worry), 24)]) {
			l.told = append(l.told, worry[:min(len(worry), 24)]) // its kind: once is enough
			l.note("iteration %d: %s", p.Iteration, worry)
			if worry == p.Health.Warning {
				l.note("hint: stop, and begin anew with %s", p.Health.Advice)
			}
		}
	}
	if !l.interactive() {
		if time.Since(l.last) >= 30*time.Second || p.Note != "" {
			l.last = time.Now()
			l.note("iteration %d of %d, %s each, %s left, %s %s", p.Iteration, p.Iterations, p.PerIteration.Round(time.Millisecond), p.Left.Round(time.Second), text, p.Note)
		}
		return
	}
	if l.bar == nil {
		l.bar = progressbar.NewOptions(p.Iterations, progressbar.OptionSetWriter(l.err), progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionThrottle(100*time.Millisecond))
	}
	l.bar.Describe(fmt.Sprintf("%s, %s left", text, p.Left.Round(time.Second)))
	_ = l.bar.Set(p.Iteration)
}

func (l *trainingLine) clear() {
	if l.bar != nil {
		_ = l.bar.Clear()
	}
}
