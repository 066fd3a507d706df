package main

import (
	"path/filepath"
	"slices"

	"ebmstudio/studio"
)

// trainCdrlCmd holds the settings as text, as [trainClelCmd] does. Defaults differ
// between pictures and points.
type trainCdrlCmd struct {
	Out  string `help:"Folder of the run: model, training state, curves, sample sheets." default:"out/train-cdrl" type:"path"`
	Data string `help:"fashion (Debian's dataset-fashion-mnist), points of the plane (checkerboard, rings, spirals, moons), pixel faces with attributes (faces: held-out pairs left out; faces-all), or a folder with idx files in MNIST's layout or with pictures; ./moons is a folder." default:"fashion"`
	trainRun

	Iterations string `help:"Length of the run and of its schedules (default 8000; points 3000)." group:"Training"`
	Seed       string `help:"Seed of everything random (default 1)." group:"Training"`
	Batch      string `help:"Pictures an iteration (default 64; points 256)." group:"Training"`
	Lr         string `help:"Rate of Adam for the energy." group:"Training"`
	InitLr     string `help:"Rate of Adam for the initializer." group:"Training"`
	LrFinal    string `help:"The rates fall along a cosine to this part (1: constant)." group:"Training"`
	WarmUp     string `help:"Iterations of the rates' linear warm-up." group:"Training"`
	GradNorm   string `help:"Largest norm of each network's gradient (0: no limit)." group:"Training"`
	Ema        string `help:"Decay of the averaged weights an iteration." group:"Training"`
	DataNoise  string `help:"Standard deviation of the noise on real pictures." group:"Training"`
	FlipData   string `help:"true: mirror half of the real pictures." group:"Training"`

	Conditional  string `help:"false: no classes, though the data has some." group:"Classes"`
	LabelDropout string `help:"Part of the pictures, or of each attribute, that is shown without its class." group:"Classes"`
	InitDropout  string `help:"Part of the rest whose class the energy is told but not the initializer, so that the energy learns to steer by itself." group:"Classes"`
	Together     string `help:"Of attributes: true: all of a picture's are told at once; false: one of them at random, as in the paper." group:"Classes"`

	Levels        string `help:"Noise levels." group:"Cooperation"`
	LogsnrMin     string `help:"Log-SNR of the noise end." group:"Cooperation"`
	LogsnrMax     string `help:"Log-SNR of the clean end." group:"Cooperation"`
	LevelEach     string `help:"true: a level for every picture; false: one a batch." group:"Cooperation"`
	LangevinSteps string `help:"Langevin steps an iteration." group:"Cooperation"`
	SharedNoise   string `help:"false: no variance reduction, a noise of its own for each level." group:"Cooperation"`
	Initializer   string `help:"false: none; chains start from the noisier picture." group:"Cooperation"`
	ProposalNoise string `help:"Share of the noise added to proposals." group:"Cooperation"`
	InitData      string `help:"Part of the data in the initializer's targets; 0: revised samples only, as in the paper, which wants --init-lr 3e-4." group:"Cooperation"`

	Width      string `help:"Of the energy's first layer." group:"Networks"`
	Patch      string `help:"Side of the squares of pixels that become channels before the energy's first layer (1: none)." group:"Networks"`
	Multiples  string `help:"Of the width, one a scale, such as 1,2,2." group:"Networks"`
	Blocks     string `help:"Residual blocks a scale of the energy." group:"Networks"`
	Embedding  string `help:"Length of the level's embedding, of points." group:"Networks"`
	Spectral   string `help:"true: spectral norm in the energy." group:"Networks"`
	Activation string `help:"Of the energy: lrelu or swish." group:"Networks"`
	AddQ       string `help:"true: the energy has the term |x|^2/2." group:"Networks"`

	InitWidth     string `help:"Of the initializer's first layer." group:"Networks"`
	InitPatch     string `help:"As --patch, of the initializer." group:"Networks"`
	InitMultiples string `help:"Of its width, one a scale." group:"Networks"`
	InitBlocks    string `help:"Residual blocks a scale of the initializer." group:"Networks"`
	InitAttend    string `help:"Sides of the pictures at which the initializer attends, such as 16,8; none: at the coarsest only." group:"Networks"`
	InitGroups    string `help:"Groups of its group norms." group:"Networks"`
}

// settings are those that were given, by the names that package cdrl knows.
func (c *trainCdrlCmd) settings() map[string]string {
	given := map[string]string{}
	for name, v := range map[string]string{
		"iterations": c.Iterations, "seed": c.Seed, "batch": c.Batch, "lr": c.Lr, "init-lr": c.InitLr, "lr-final": c.LrFinal,
		"warm-up": c.WarmUp, "grad-norm": c.GradNorm, "ema": c.Ema, "data-noise": c.DataNoise, "flip-data": c.FlipData,
		"conditional": c.Conditional, "label-dropout": c.LabelDropout,
		"init-dropout": c.InitDropout, "together": c.Together, "patch": c.Patch, "init-patch": c.InitPatch,
		"levels": c.Levels, "logsnr-min": c.LogsnrMin, "logsnr-max": c.LogsnrMax, "level-each": c.LevelEach,
		"langevin-steps": c.LangevinSteps, "shared-noise": c.SharedNoise, "initializer": c.Initializer,
		"proposal-noise": c.ProposalNoise, "init-data": c.InitData,
		"width": c.Width, "multiples": c.Multiples, "blocks": c.Blocks, "embedding": c.Embedding,
		"spectral": c.Spectral, "activation": c.Activation, "add-q": c.AddQ,
		"init-width": c.InitWidth, "init-multiples": c.InitMultiples, "init-blocks": c.InitBlocks,
		"init-attend": c.InitAttend, "init-groups": c.InitGroups,
	} {
		if v != "" {
			given[name] = v
		}
	}
	return given
}

// Run trains a CDRL model.
func (c *trainCdrlCmd) Run(a *app) error {
	data := c.Data
	switch {
	case data == "fashion":
		data = ""
	case !slices.Contains(studio.NamedData(), data):
		var err error
		if data, err = filepath.Abs(data); err != nil {
			return err
		}
	}
	return c.train(a, "cdrl", c.Out, data, c.settings())
}
