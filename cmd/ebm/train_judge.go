package main

import (
	"path/filepath"
	"slices"

	"ebmstudio/studio"
)

// trainJudgeCmd holds the settings as text, as [trainClelCmd] does.
type trainJudgeCmd struct {
	Out  string `help:"Folder of the run: model, training state, curves, test pictures that are judged wrongly." default:"out/train-judge" type:"path"`
	Data string `help:"fashion (Debian's dataset-fashion-mnist), faces or faces-all (pixel faces with attributes, without and with the held-out combinations), or a folder with idx files in MNIST's layout or with pictures, whose folders are classes." default:"fashion"`
	trainRun

	Iterations string `help:"Length of the run and of its schedule (default 12000; of attributes 4000)." group:"Training"`
	Seed       string `help:"Seed of everything random (default 1)." group:"Training"`
	Batch      string `help:"Pictures an iteration (default 64)." group:"Training"`
	Lr         string `help:"Rate of Adam." group:"Training"`
	LrFinal    string `help:"The rate falls along a cosine to this part of it (1: constant)." group:"Training"`
	WarmUp     string `help:"Iterations of the rate's linear warm-up." group:"Training"`
	Ema        string `help:"Decay of the averaged weights an iteration; these are the ones that judge." group:"Training"`
	View       string `help:"Random changes of the pictures: none, flip, weak or strong." group:"Training"`
	DataNoise  string `help:"Standard deviation of the noise on pictures." group:"Training"`
	Tested     string `help:"Most test pictures that the accuracy is measured on (default 10000)." group:"Training"`

	Width  string `help:"Channels of the stages, each of which halves the picture, such as 16,32,64." group:"Network"`
	Blocks string `help:"Convolutions a stage." group:"Network"`
	Hidden string `help:"Features: outputs of the hidden layer." group:"Network"`
}

// settings are those that were given, by the names that package judge knows.
func (c *trainJudgeCmd) settings() map[string]string {
	given := map[string]string{}
	for name, v := range map[string]string{
		"iterations": c.Iterations, "seed": c.Seed, "batch": c.Batch, "lr": c.Lr, "lr-final": c.LrFinal, "warm-up": c.WarmUp,
		"ema": c.Ema, "view": c.View, "data-noise": c.DataNoise, "tested": c.Tested,
		"width": c.Width, "blocks": c.Blocks, "hidden": c.Hidden,
	} {
		if v != "" {
			given[name] = v
		}
	}
	return given
}

// Run trains a judge.
func (c *trainJudgeCmd) Run(a *app) error {
	data, err := namedData(c.Data)
	if err != nil {
		return err
	}
	return c.train(a, "judge", c.Out, data, c.settings())
}

// namedData is what the studio calls the data that --data names: "" for fashion, the
// name of a set that is made here, or a folder's absolute path.
func namedData(data string) (string, error) {
	if data == "fashion" || data == "" {
		return "", nil
	}
	if slices.Contains(studio.NamedData(), data) {
		return data, nil
	}
	return filepath.Abs(data)
}
