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
	Clel   trainClelCmd   `cmd:"" help:"Train a CLEL model (or, with --latent=false, an ordinary EBM) on Fashion-MNIST or a folder of pictures."`
	Cdrl   trainCdrlCmd   `cmd:"" help:"Train a CDRL model, energy and initializer together, on Fashion-MNIST, a folder of pictures or points of the plane."`
	VaeEbm trainVaeEbmCmd `cmd:"" name:"vae-ebm" aliases:"vaeebm" help:"Train a VAE-EBM by variational MCMC teaching, on pictures or to complete them."`
	Judge  trainJudgeCmd  `cmd:"" help:"Train a judge, the classifier that ebm eval measures samples with, on data with classes or attributes."`
	Icd    trainIcdCmd    `cmd:"" help:"Train an ICD model, by contrastive divergence with its KL term, on Fashion-MNIST or a folder of pictures."`
}

// trainRun is what a training of any family is told besides its settings.
type trainRun struct {
	Size        int            `help:"Pixels, for a folder of pictures." default:"0"`
	Channels    int            `help:"Channels, for a folder of pictures: 1 or 3." default:"3"`
	Only        string         `help:"Train on the pictures of one class or attribute alone, by its name: an expert for a product of several." placeholder:"LABEL"`
	For         *time.Duration `help:"Stop after this long (such as 90m), save, and print the command that resumes. 0s: train nothing, write the model, sheets and plots anew from the training state in the folder."`
	Resume      bool           `help:"Go on from the training state in the folder; settings are those it was started with. --iterations, --lr, --lr-final and --ema may change: to train longer, or to a lower rate."`
	SaveEvery   time.Duration  `help:"Time between saves." default:"5m"`
	SheetsEvery int            `help:"Iterations between sample sheets; 0: only at the end." default:"500"`
}

// trainClelCmd holds the settings as text, so that one that was not given keeps
// the default, or with --resume the value that the run was started with.
type trainClelCmd struct {
	Out  string `help:"Folder of the run: model, training state, curves, sample sheets." default:"out/train-clel" type:"path"`
	Data string `help:"fashion (Debian's dataset-fashion-mnist), faces or faces-all (pixel faces with attributes, without and with the held-out combinations), or a folder with idx files in MNIST's layout or with pictures." default:"fashion"`
	trainRun

	Iterations string `help:"Length of the run and of its schedules (default 10000)." group:"Training"`
	Seed       string `help:"Seed of everything random (default 1)." group:"Training"`
	Batch      string `help:"Real pictures, and chains, an iteration (default 64)." group:"Training"`
	Lr         string `help:"Rate of Adam for the energy network." group:"Training"`
	LrFinal    string `help:"The rate falls along a cosine to this part of it (1: constant)." group:"Training"`
	WarmUp     string `help:"Iterations of the rate's linear warm-up." group:"Training"`
	Alpha      string `help:"Weight of the squared energies." group:"Training"`
	GradNorm   string `help:"Largest norm of the gradient by the weights (0: no limit)." group:"Training"`
	DataNoise  string `help:"Standard deviation of the noise on real pictures." group:"Training"`
	FlipData   string `help:"true: mirror half of the real pictures." group:"Training"`
	Ema        string `help:"Decay of the averaged weights an iteration." group:"Training"`

	Width      string `help:"Widths of the stages, such as 64,64,128,128." group:"Network"`
	Patch      string `help:"Side of the squares of pixels that become channels before the stem (1: none)." group:"Network"`
	Blocks     string `help:"Residual blocks a stage." group:"Network"`
	Hidden     string `help:"Inner width of the head and of the projector." group:"Network"`
	Features   string `help:"Length of f and of the latents." group:"Network"`
	Projection string `help:"none, linear or mlp." group:"Network"`

	Latent        string `help:"false: an ordinary EBM, no encoder." group:"Latents"`
	Beta          string `help:"Weight of the similarity of f's direction and the latent." group:"Latents"`
	Negatives     string `help:"false: samples' latents are no negatives of the encoder." group:"Latents"`
	Temperature   string `help:"Temperature of the contrastive loss." group:"Latents"`
	EncoderWidth  string `help:"Planes of the encoder, such as 64,128,256,512." group:"Latents"`
	EncoderBlocks string `help:"Residual blocks a plane." group:"Latents"`
	EncoderHidden string `help:"Inner width of the encoder's head." group:"Latents"`
	EncoderLr     string `help:"Rate of SGD for the encoder." group:"Latents"`

	LangevinSteps string `help:"Steps of the chains an iteration." group:"Chains"`
	StepSize      string `help:"Factor of the gradient." group:"Chains"`
	StepNoise     string `help:"Standard deviation of the noise." group:"Chains"`
	Clip          string `help:"Limit of every entry of the gradient." group:"Chains"`
	Buffer        string `help:"Chains that are kept." group:"Chains"`
	Reinit        string `help:"Part of the chains that starts anew from noise." group:"Chains"`
	Move          string `help:"Change of chains between iterations: none, flip, weak or strong." group:"Chains"`
}

// settings are those that were given, by the names that package clel knows.
func (c *trainClelCmd) settings() map[string]string {
	given := map[string]string{}
	for name, v := range map[string]string{
		"iterations": c.Iterations, "seed": c.Seed, "batch": c.Batch, "lr": c.Lr, "lr-final": c.LrFinal, "warm-up": c.WarmUp,
		"alpha": c.Alpha, "grad-norm": c.GradNorm, "data-noise": c.DataNoise, "flip-data": c.FlipData, "ema": c.Ema,
		"width": c.Width, "patch": c.Patch, "blocks": c.Blocks, "hidden": c.Hidden, "features": c.Features, "projection": c.Projection,
		"latent": c.Latent, "beta": c.Beta, "negatives": c.Negatives, "temperature": c.Temperature,
		"encoder-width": c.EncoderWidth, "encoder-blocks": c.EncoderBlocks, "encoder-hidden": c.EncoderHidden, "encoder-lr": c.EncoderLr,
		"langevin-steps": c.LangevinSteps, "step-size": c.StepSize, "step-noise": c.StepNoise, "clip": c.Clip,
		"buffer": c.Buffer, "reinit": c.Reinit, "move": c.Move,
	} {
		if v != "" {
			given[name] = v
		}
	}
	return given
}

// Run trains a CLEL model.
func (c *trainClelCmd) Run(a *app) error {
	data, err := namedData(c.Data)
	if err != nil {
		return err
	}
	return c.train(a, "clel", c.Out, data, c.settings())
}

// train runs a training until the iterations are done, the time is up or Ctrl-C.
func (c *trainRun) train(a *app, family, out, data string, settings map[string]string) error {
	if c.limit() < 0 {
		return badInput(fmt.Errorf("--for: found %s, want a time from 0s", c.limit()))
	}
	shown := &trainingLine{terminal: a.terminal}
	result, err := a.studio().Train(a.ctx, studio.TrainRequest{
		Family: family, Settings: settings, Data: data, Only: c.Only, Channels: c.Channels, Size: c.Size,
		Options: studio.TrainOptions{
			Dir: out, For: c.limit(), Resume: c.Resume, Rewrite: c.For != nil && *c.For == 0,
			SaveEvery: c.SaveEvery, SheetsEvery: c.SheetsEvery, Notify: shown.show,
		},
	})
	shown.clear()
	if refused := (studio.TrainRefused{}); errors.As(err, &refused) {
		return badInput(err)
	}
	if err != nil {
		return err
	}
	a.say("%s", filepath.Join(out, studio.TrainModelFile))
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
