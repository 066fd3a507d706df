package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

type evalCmd struct {
	Checkpoint []string `arg:"" optional:"" help:"A checkpoint file or the name of a bundled model; fashion-28 where it is left out. Several are experts of one class each (ebm train --only)."`
	Judge      string   `help:"A judge's checkpoint (ebm train judge). Default: the bundled one for the model's size and classes." type:"path" placeholder:"FILE"`
	Inception  string   `help:"The weights of the InceptionV3 that FID is measured on, pt_inception-2015-12-05-6726825d.pth of pytorch-fid, or the same as safetensors: FID and KID besides. None are bundled." type:"path" placeholder:"FILE"`
	Data       string   `help:"What is real: fashion, digits, faces-all, a folder as for ebm train; of points checkerboard, rings, spirals or moons. Default: by the model's classes or name." placeholder:"DATA"`
	Count      int      `help:"Samples a row and column; 0: 1000, of points 8000." default:"0"`
	Seed       uint64   `help:"The seed; each has samples of its own." default:"1"`
	Sampler    string   `help:"family (the model's own), preconditioned, mala, hmc, gibbs or descent." enum:"family,preconditioned,mala,hmc,gibbs,descent" default:"family"`
	Rows       []string `help:"What is asked: all, classes, singles, seen, held-out, not, minus, without; of experts singles, pairs, minus, without. Default: all that the model has."`
	Columns    []string `help:"Who steers: initializer (a generator's pictures, unrefined), energy, both. Default: all three with attributes, initializer and both with a generator, otherwise both."`
	NotWeight  float64  `help:"Of row minus: the weight that the unwanted attribute has with a minus sign." default:"0.5"`
	Batch      int      `help:"Chains at a time; 0: 64, of points 2048." default:"0"`
	Parts      []string `help:"What is measured: samples, memory (copies of training pictures), chains, outliers, inpainting. Default: all that the model has."`
	Training   []string `help:"The folder of a training run whose energies, pace, memory and end are looked at; may be repeated, for seeds of one recipe." placeholder:"DIR" type:"path"`
	Report     string   `help:"Folder for report.json, report.md, plots, and the samples and features, from which the same question goes on." default:"out/eval" aliases:"out" type:"path"`
	JSON       bool     `help:"Answer in JSON."`
	modelFlags
	settingFlags
}

func (evalCmd) Help() string {
	return `Measures samples: how often a judge finds what was asked, with a 95 % interval, beside how often it
does so on real test pictures; the unbiased kernel distance (KID) of the judge's features from real
pictures, beside that of real ones from real ones; the share of saturated pixels. Models of
attributes are asked single ones, pairs, held-out pairs and negations, by the initializer alone, the
energy alone and both. Of points of the plane it measures shares and likelihoods on a grid; of models
that fill holes PSNR and SSIM of their answers on test pictures. Several checkpoints are experts, which
are asked alone, in pairs, and one without another. Besides: Fréchet distance, precision, recall, density
and coverage of the judge's features; whether samples are copies of training pictures; R-hat, effective
sample size, gradients for each and acceptance of the chains; AUROC and FPR@95 against outliers; holes
filled; and of --training folders how it went. With --inception and the file of weights that FID is
measured on, FID, KID and the others of its features. Each measure is printed with its definition, features,
number and seed. Writes report.json, report.md and plots. Ctrl-C keeps what is made; the same again goes on.

Examples:
  ebm eval out/train-cdrl/model.safetensors --count 1000 --set guidance=1
  ebm eval faces.safetensors --rows singles,seen,held-out --columns energy,both
  ebm eval faces.safetensors --inception pt_inception-2015-12-05-6726825d.pth
  ebm eval hat.safetensors glasses.safetensors --data faces-all --not-weight 0.3
  ebm eval checkerboard.safetensors --count 8000`
}

// Counts where none is given.
const (
	evalPictures = 1000
	evalPoints   = 8000
)

// Run evaluates a model.
func (c *evalCmd) Run(a *app) error {
	if err := checkFolder(c.Report); err != nil {
		return err
	}
	set, err := c.settings()
	if err != nil {
		return err
	}
	o, judge, err := c.model(a)
	if err != nil {
		return err
	}
	r := studio.EvalRequest{
		Model: o, Judge: judge, Count: c.Count, Batch: c.Batch, Seed: c.Seed, Sampler: c.Sampler, Settings: set,
		Rows: c.Rows, Columns: c.Columns, NotWeight: c.NotWeight, Parts: c.Parts, Training: c.Training, Keep: studio.EvalKept(c.Report), Save: c.save,
	}
	if len(r.Parts) == 0 {
		r.Parts = studio.EvalParts()
	}
	if r.Count == 0 {
		r.Count = evalPictures
		if o.Plane() {
			r.Count = evalPoints
		}
	}
	if err := r.Model.Chains(); err != nil {
		return badInput(err)
	}
	if c.Inception != "" {
		if r.Inception, err = a.open(c.Inception, modelFlags{}); err != nil {
			return err
		}
	}
	if r.Data, err = c.data(o, r.Judge); err != nil {
		return err
	}
	shown := &evalLine{terminal: a.terminal}
	r.Notify = shown.show
	report, err := a.studio().Evaluate(a.ctx, r)
	shown.clear()
	if len(report.Figures()) == 0 {
		return evalError(a, err)
	}
	if saved := c.save(report); saved != nil {
		return saved
	}
	if c.JSON {
		return errors.Join(evalError(a, err), a.json(report))
	}
	a.say("%s", strings.TrimRight(report.Markdown(), "\n"))
	a.note("wrote report.json, report.md and plots into %s", c.Report)
	return evalError(a, err)
}

// model opens what is evaluated and its judge; several checkpoints become a mixture of
// experts.
func (c *evalCmd) model(a *app) (o, judge *studio.Opened, err error) {
	paths := c.Checkpoint
	if len(paths) == 0 {
		paths = []string{""}
	}
	var all []*studio.Opened
	for _, path := range paths {
		o, err := a.open(path, c.modelFlags)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, o)
	}
	if o = all[0]; !o.Plane() && o.Chains() == nil {
		if judge, err = c.judge(a, o); err != nil {
			return nil, nil, err
		}
	}
	if len(all) == 1 {
		return o, judge, nil
	}
	if judge == nil {
		return nil, nil, badInput(fmt.Errorf("found %d checkpoints and no pictures to judge, want experts of one class each", len(all)))
	}
	o, err = a.studio().Experts(all, judge.Model.Labels)
	if err != nil {
		return nil, nil, badInput(err)
	}
	return o, judge, nil
}

// evalError tells a stop from a failure.
func evalError(a *app, err error) error {
	switch {
	case err == nil:
		return nil
	case a.ctx.Err() != nil:
		return errInterrupted
	}
	if refused, ok := errors.AsType[studio.EvalRefused](err); ok {
		return badInput(refused)
	}
	return err
}

// judge opens the judge that was named, or the bundled one that fits.
func (c *evalCmd) judge(a *app, o *studio.Opened) (*studio.Opened, error) {
	if c.Judge != "" {
		return a.open(c.Judge, modelFlags{})
	}
	return a.bundledJudge(o)
}

// bundledJudge opens the bundled judge that fits a model of pictures.
func (a *app) bundledJudge(o *studio.Opened) (*studio.Opened, error) {
	m := o.Model
	for _, b := range resources.Judges() {
		j, err := a.studio().OpenBytes(a.ctx, b.Name, b.Data, studio.Options{})
		if err != nil {
			return nil, err
		}
		fits := j.Model.C == m.C && j.Model.H == m.H && j.Model.W == m.W
		if fits && (len(m.Labels) == 0 || slices.Equal(m.Labels, j.Model.Labels)) {
			return j, nil
		}
	}
	return nil, badInput(fmt.Errorf("no bundled judge is for pictures of %dx%dx%d (channels, height, width) with the classes %s\nhint: train one on data with these classes, ebm train judge, and name it with --judge",
		m.C, m.H, m.W, strings.Join(m.Labels, ", ")))
}

// data is what is compared with: what was named, or what the model or the judge was
// trained on.
func (c *evalCmd) data(o, judge *studio.Opened) (string, error) {
	if c.Data != "" {
		return namedData(c.Data)
	}
	if o.Plane() {
		if slices.Contains(studio.PointData(), o.Model.Name) {
			return o.Model.Name, nil
		}
		return "", badInput(fmt.Errorf("the model's name %q is no distribution of points: want --data and one of %s", o.Model.Name, strings.Join(studio.PointData(), ", ")))
	}
	if name, ok := studio.DataOf(judge.Model.Labels); ok {
		return name, nil
	}
	return "", badInput(errors.New("the judge's classes are those of no known data\nhint: name the folder with --data"))
}

// save writes the report so far.
func (c *evalCmd) save(r studio.EvalReport) error { return studio.SaveEvalFolder(c.Report, r) }

// evalLine shows how far an evaluation is: a bar on a terminal, a line every half
// minute elsewhere.
type evalLine struct {
	*terminal
	bar  *progressbar.ProgressBar
	at   studio.EvalProgress // what it shows
	last time.Time
}

func (l *evalLine) show(p studio.EvalProgress) {
	if !l.interactive() {
		if time.Since(l.last) >= 30*time.Second {
			l.last = time.Now()
			if p.Of == 0 {
				l.note("%s", p.Now)
			} else {
				l.note("%s: %d of %d %s%s", p.Now, p.Done, p.Of, p.Unit, left(p))
			}
		}
		return
	}
	if p.Of == 0 { // nothing is counted yet
		l.clear()
		l.at = p
		return
	}
	if p.Of != l.at.Of || p.Unit != l.at.Unit || p.Done < l.at.Done { // another step
		l.clear()
		l.bar = progressbar.NewOptions(p.Of, progressbar.OptionSetWriter(l.err), progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionThrottle(100*time.Millisecond))
	}
	l.at = p
	l.bar.Describe(p.Now + left(p))
	_ = l.bar.Set(p.Done)
}

// left is the time that is left, in words.
func left(p studio.EvalProgress) string {
	if p.Left < time.Second {
		return ""
	}
	return fmt.Sprintf(", %s left", p.Left.Round(time.Second))
}

func (l *evalLine) clear() {
	if l.bar != nil {
		_ = l.bar.Clear()
	}
}
