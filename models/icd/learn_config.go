package icd

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"ebmstudio/models"
)

// LearnConfig is everything that a training depends on besides its data. The paper's
// values are given where they differ from the defaults.
type LearnConfig struct {
	Seed       uint64
	Iterations int // length of the schedules
	Batch      int // real pictures, and chains, an iteration; the authors: 128

	Widths      []int // of the blocks
	Patch       int   // side of the squares of pixels that become channels; the paper: 1
	Multiscale  bool  // energies of the halved and the quartered picture too (section 2.4)
	Attention   bool  // self-attention after the second block
	Norm        bool  // instance and group norms, with standardised weights
	Spectral    bool  // spectral norm
	Conditional bool  // learn the data's classes or attributes, where it has any
	Dropout     float64

	Steps     int     // Langevin steps an iteration; the paper: 40
	StepSize  float64 // the paper: 100 (CIFAR-10), 1000 (CelebA)
	StepNoise float64 // the paper: 0.001
	Buffer    int     // past samples kept; the paper: 10,000
	Reservoir bool    // all past samples are kept alike (section 2.5); false: the newest are
	Reinit    float64 // part of the chains that begins with noise; the paper: 0.05
	Jump      string  // augmentations of the pictures that chains begin with (section 2.3)
	JumpSize  float64 // the paper: 1
	JumpEvery int     // steps between further ones inside a chain; 0: none, as in the paper

	KL              float64 // weight of L_opt, Eq. 6; the paper: 1, at which small pictures saturate
	KLSteps         string  // "last" or "all": the Langevin steps that L_opt goes through (A.4)
	Entropy         float64 // weight of L_ent, Eq. 7; the authors' program: 0.3
	EntropyPictures int     // past samples that neighbours are sought among; the paper: 1000

	Alpha     float64 // weight of the squared energies
	Rate      float64 // of Adam; the authors: 2e-4
	FinalRate float64 // the rate falls along a cosine to this part of it; 1: constant
	WarmUp    int     // iterations
	GradNorm  float64 // largest norm of the whole gradient; 0: no limit; the authors: 0.5
	DataNoise float64 // standard deviation of the noise on real pictures
	FlipData  bool    // mirror half of the real pictures
	EMA       float64 // decay of the averaged weights an iteration
}

// DefaultLearnConfig suits small pictures on a CPU: few channels at full resolution,
// since patches of pixels leave their grid in samples. Jumps of colour are for three channels,
// and mirrored ones are left to a person, who knows the data.
func DefaultLearnConfig(channels int) LearnConfig {
	c := LearnConfig{
		Seed: 1, Iterations: 2000, Batch: 32,
		Widths: []int{8, 24, 48}, Patch: 1, Multiscale: true, Conditional: false, Dropout: 0.1,
		Steps: 10, StepSize: 100, StepNoise: 0.003, Buffer: 3000, Reservoir: true, Reinit: 0.05,
		Jump: "crop,blur", JumpSize: 0.3,
		KL: 0.1, KLSteps: "last", Entropy: 0.01, EntropyPictures: 200,
		Alpha: 1, Rate: 1e-3, FinalRate: 0.02, WarmUp: 50, DataNoise: 0.01, EMA: 0.99,
	}
	if channels == 3 {
		c.Jump = "crop,blur,colour"
	}
	return c
}

// fields are the settings by the names of the command line.
func (c *LearnConfig) fields() models.TrainingSettings {
	return models.TrainingSettings{
		"seed":             models.SeedSetting(&c.Seed),
		"iterations":       models.WholeSetting(&c.Iterations),
		"batch":            models.WholeSetting(&c.Batch),
		"width":            models.WholesSetting(&c.Widths),
		"patch":            models.WholeSetting(&c.Patch),
		"multiscale":       models.TruthSetting(&c.Multiscale),
		"attention":        models.TruthSetting(&c.Attention),
		"norm":             models.TruthSetting(&c.Norm),
		"spectral":         models.TruthSetting(&c.Spectral),
		"conditional":      models.TruthSetting(&c.Conditional),
		"label-dropout":    models.RealSetting(&c.Dropout),
		"langevin-steps":   models.WholeSetting(&c.Steps),
		"step-size":        models.RealSetting(&c.StepSize),
		"step-noise":       models.RealSetting(&c.StepNoise),
		"buffer":           models.WholeSetting(&c.Buffer),
		"reservoir":        models.TruthSetting(&c.Reservoir),
		"reinit":           models.RealSetting(&c.Reinit),
		"jump":             models.TextSetting(&c.Jump),
		"jump-size":        models.RealSetting(&c.JumpSize),
		"jump-every":       models.WholeSetting(&c.JumpEvery),
		"kl":               models.RealSetting(&c.KL),
		"kl-steps":         models.TextSetting(&c.KLSteps),
		"entropy":          models.RealSetting(&c.Entropy),
		"entropy-pictures": models.WholeSetting(&c.EntropyPictures),
		"alpha":            models.RealSetting(&c.Alpha),
		"lr":               models.RealSetting(&c.Rate),
		"lr-final":         models.RealSetting(&c.FinalRate),
		"warm-up":          models.WholeSetting(&c.WarmUp),
		"grad-norm":        models.RealSetting(&c.GradNorm),
		"data-noise":       models.RealSetting(&c.DataNoise),
		"flip-data":        models.TruthSetting(&c.FlipData),
		"ema":              models.RealSetting(&c.EMA),
	}
}

// ParseLearnConfig reads settings by name over the defaults for pictures of so many
// channels. An unknown name, an unreadable value or one out of range is an error that
// names it.
func ParseLearnConfig(settings map[string]string, channels int) (LearnConfig, error) {
	c := DefaultLearnConfig(channels)
	if err := c.fields().Parse(settings); err != nil {
		return c, err
	}
	return c, c.check()
}

// Settings lists every setting by name.
func (c LearnConfig) Settings() map[string]string { return c.fields().Values() }

func (c LearnConfig) check() error {
	const most = 1 << 24
	from, above := models.LimitFrom, models.LimitAbove
	list := []models.Limits{
		from("iterations", float64(c.Iterations), 1, math.MaxInt32),
		from("batch", float64(c.Batch), 1, most),
		from("patch", float64(c.Patch), 1, 16),
		from("langevin-steps", float64(c.Steps), 1, 10000),
		above("step-size", c.StepSize, 0, 1e6),
		from("step-noise", c.StepNoise, 0, 1),
		from("buffer", float64(c.Buffer), float64(c.Batch+c.EntropyPictures), most),
		from("reinit", c.Reinit, 0, 1),
		from("jump-size", c.JumpSize, 0, 1),
		from("jump-every", float64(c.JumpEvery), 0, most),
		from("kl", c.KL, 0, 1e6),
		from("entropy", c.Entropy, 0, 1e6),
		from("entropy-pictures", float64(c.EntropyPictures), 1, 1<<16),
		from("label-dropout", c.Dropout, 0, 1),
		from("alpha", c.Alpha, 0, 1e6),
		above("lr", c.Rate, 0, 1),
		above("lr-final", c.FinalRate, 0, 1),
		from("warm-up", float64(c.WarmUp), 0, most),
		from("grad-norm", c.GradNorm, 0, math.MaxFloat32),
		from("data-noise", c.DataNoise, 0, 1),
		from("ema", c.EMA, 0, 0.999999),
	}
	for _, w := range c.Widths {
		list = append(list, from("width", float64(w), 1, maxFilters))
	}
	if err := models.Within(list...); err != nil {
		return err
	}
	switch {
	case len(c.Widths) == 0:
		return errors.New(`training setting "width": want a width a block, such as 16,32,64`)
	case c.Norm && c.Spectral:
		return errors.New(`training settings "norm" and "spectral": found both, want at most one of them`)
	case c.KLSteps != "last" && c.KLSteps != "all":
		return fmt.Errorf("training setting %q: found %q, want last or all", "kl-steps", c.KLSteps)
	case c.KLSteps == "all" && c.JumpEvery > 0:
		return errors.New(`training settings "kl-steps" and "jump-every": found all with jumps inside the chains, want one or the other`)
	}
	if _, err := parseJump(c.Jump, c.JumpSize); err != nil {
		return fmt.Errorf("training setting %q: %w", "jump", err)
	}
	return nil
}

// withKL tells whether the loss has the KL term, and how many Langevin steps it goes
// through.
func (c LearnConfig) withKL() (steps int, yes bool) {
	steps = 1
	if c.KLSteps == "all" {
		steps = c.Steps
	}
	return steps, c.KL > 0 || c.Entropy > 0
}

// flags are what a file says of the network and of its sampler.
func (c LearnConfig) flags(d models.Data) (Flags, error) {
	f := Flags{
		Dataset: "small", FilterDim: c.Widths[0], Multiscale: c.Multiscale, SelfAttn: c.Attention, SpecNorm: c.Spectral, Norm: c.Norm,
		Channels: d.C, Widths: c.Widths, StepLR: c.StepSize, NumSteps: c.Steps, StepNoise: c.StepNoise, Jump: c.Jump, JumpSize: c.JumpSize,
	}
	if c.Conditional && d.Labelled != nil {
		f.Cond, f.Classes = true, len(d.Labels)
	}
	var err error
	f.Patches, err = smallPatches(d.H, d.W, c.Patch, c.Multiscale)
	return f, err
}

// metadata writes the flags as readFlags reads them.
func (f Flags) metadata() map[string]string {
	list := func(v []int) string { return strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ",") }
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return map[string]string{
		"dataset": f.Dataset, "filter_dim": strconv.Itoa(f.FilterDim),
		"multiscale": strconv.FormatBool(f.Multiscale), "self_attn": strconv.FormatBool(f.SelfAttn), "cond": strconv.FormatBool(f.Cond),
		"spec_norm": strconv.FormatBool(f.SpecNorm), "norm": strconv.FormatBool(f.Norm), "alias": strconv.FormatBool(f.Alias),
		"square_energy": strconv.FormatBool(f.SquareEnergy), "sigmoid": strconv.FormatBool(f.Sigmoid),
		"channels": strconv.Itoa(f.Channels), "classes": strconv.Itoa(f.Classes), "widths": list(f.Widths), "patches": list(f.Patches),
		"step_lr": number(f.StepLR), "num_steps": strconv.Itoa(f.NumSteps), "step_noise": number(f.StepNoise), "steps": strconv.Itoa(f.Steps),
		"jump": f.Jump, "jump_size": number(f.JumpSize),
	}
}
