package clel

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"ebmstudio/models"
)

// LearnConfig is everything that a training depends on besides its data. The paper's
// values are given where they differ from the defaults, which suit 28x28 pictures
// on a CPU.
type LearnConfig struct {
	Seed       uint64
	Iterations int // length of the schedules; the paper: 100,000
	Batch      int // real pictures, and chains, an iteration

	Widths     []int  // of the stages; the paper's small net: 64 64 128 128
	Patch      int    // side of the squares of pixels that become channels before the stem; the paper: 1
	Blocks     int    // residual blocks a stage
	Hidden     int    // width of the head's inner layer; the paper: 2048
	Features   int    // length of f; the paper: 128
	Projection string // "none", "linear" or "mlp" (the paper; Table 7 d, e, c)

	Latent          bool    // learn p(x, z) with an encoder; off: an ordinary EBM (Table 7 a)
	Beta            float64 // weight of the similarity, Eq. 10
	Negatives       bool    // samples' latents as further negatives of the encoder (Table 7 c against b)
	Temperature     float64 // tau of the contrastive loss
	EncoderPlanes   []int   // the paper: 64 128 256 512
	EncoderBlocks   int     // the paper: 2
	EncoderHidden   int     // the paper: 2048
	EncoderRate     float64 // of SGD
	EncoderDecay    float64 // weight decay
	EncoderMomentum float64

	Steps     int     // K: Langevin steps an iteration; the paper: 60
	StepSize  float64 // the paper: 100
	StepNoise float64
	Clip      float64 // of every entry of the gradient; the authors' code: the step size
	Buffer    int     // chains kept; the paper: 10,000
	Reinit    float64 // part of the batch that starts anew from noise; the paper: 0.001
	Move      string  // what happens to chains between iterations: "none", "flip", "weak", "strong" (the paper)

	Alpha     float64 // weight of the squared energies, Eq. 12
	Rate      float64 // of Adam
	FinalRate float64 // the rate falls along a cosine to this part of it; 1: constant, as in the paper
	WarmUp    int     // iterations; the paper: 2,000
	GradNorm  float64 // largest norm of the whole gradient; 0: no limit, as in the paper
	DataNoise float64 // standard deviation of the noise on real pictures
	FlipData  bool    // mirror half of the real pictures
	EMA       float64 // decay of the averaged weights an iteration
}

// DefaultLearnConfig suits 28x28 grey pictures and an hour or two on two CPU cores.
func DefaultLearnConfig() LearnConfig {
	return LearnConfig{
		Seed: 1, Iterations: 10000, Batch: 64,
		Patch: 2, Widths: []int{32, 64, 128}, Blocks: 1, Hidden: 256, Features: 64, Projection: "mlp",
		Latent: true, Beta: 0.01, Negatives: true, Temperature: 0.2,
		EncoderPlanes: []int{16, 32, 64}, EncoderBlocks: 1, EncoderHidden: 256,
		EncoderRate: 0.03, EncoderDecay: 5e-4, EncoderMomentum: 0.9,
		Steps: 30, StepSize: 100, StepNoise: 0.003, Clip: 100, Buffer: 10000, Reinit: 0.05, Move: "none",
		Alpha: 1, Rate: 5e-4, FinalRate: 0.1, WarmUp: 50, DataNoise: 0.01, EMA: 0.999,
	}
}

// fields are the settings by the names of the command line.
func (c *LearnConfig) fields() models.TrainingSettings {
	return models.TrainingSettings{
		"seed":             models.SeedSetting(&c.Seed),
		"iterations":       models.WholeSetting(&c.Iterations),
		"batch":            models.WholeSetting(&c.Batch),
		"width":            models.WholesSetting(&c.Widths),
		"patch":            models.WholeSetting(&c.Patch),
		"blocks":           models.WholeSetting(&c.Blocks),
		"hidden":           models.WholeSetting(&c.Hidden),
		"features":         models.WholeSetting(&c.Features),
		"projection":       models.TextSetting(&c.Projection),
		"latent":           models.TruthSetting(&c.Latent),
		"beta":             models.RealSetting(&c.Beta),
		"negatives":        models.TruthSetting(&c.Negatives),
		"temperature":      models.RealSetting(&c.Temperature),
		"encoder-width":    models.WholesSetting(&c.EncoderPlanes),
		"encoder-blocks":   models.WholeSetting(&c.EncoderBlocks),
		"encoder-hidden":   models.WholeSetting(&c.EncoderHidden),
		"encoder-lr":       models.RealSetting(&c.EncoderRate),
		"encoder-decay":    models.RealSetting(&c.EncoderDecay),
		"encoder-momentum": models.RealSetting(&c.EncoderMomentum),
		"langevin-steps":   models.WholeSetting(&c.Steps),
		"step-size":        models.RealSetting(&c.StepSize),
		"step-noise":       models.RealSetting(&c.StepNoise),
		"clip":             models.RealSetting(&c.Clip),
		"buffer":           models.WholeSetting(&c.Buffer),
		"reinit":           models.RealSetting(&c.Reinit),
		"move":             models.TextSetting(&c.Move),
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

// ParseLearnConfig reads settings by name over the defaults. An unknown name, an
// unreadable value or one out of range is an error that names it.
func ParseLearnConfig(settings map[string]string) (LearnConfig, error) {
	c := DefaultLearnConfig()
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
		from("patch", float64(c.Patch), 1, most),
		from("blocks", float64(c.Blocks), 1, most),
		from("hidden", float64(c.Hidden), 1, most),
		from("features", float64(c.Features), 1, most),
		from("encoder-blocks", float64(c.EncoderBlocks), 1, most),
		from("encoder-hidden", float64(c.EncoderHidden), 1, most),
		from("langevin-steps", float64(c.Steps), 1, most),
		from("buffer", float64(c.Buffer), 1, most),
		above("temperature", c.Temperature, 0, math.MaxFloat32),
		above("step-size", c.StepSize, 0, math.MaxFloat32),
		above("clip", c.Clip, 0, math.MaxFloat32),
		from("step-noise", c.StepNoise, 0, math.MaxFloat32),
		from("reinit", c.Reinit, 0, 1),
		above("lr", c.Rate, 0, math.MaxFloat32),
		above("encoder-lr", c.EncoderRate, 0, math.MaxFloat32),
		above("lr-final", c.FinalRate, 0, 1),
		from("ema", c.EMA, 0, 0.999999),
	}
	for _, w := range c.Widths {
		list = append(list, from("width", float64(w), 1, most))
	}
	for _, w := range c.EncoderPlanes {
		list = append(list, from("encoder-width", float64(w), 1, most))
	}
	if err := models.Within(list...); err != nil {
		return err
	}
	switch {
	case len(c.Widths) == 0 || len(c.EncoderPlanes) == 0:
		return errors.New(`training settings "width" and "encoder-width": want a width a stage, such as 32,64,128`)
	case !slices.Contains([]string{"none", "linear", "mlp"}, c.Projection):
		return fmt.Errorf("training setting %q: found %q, want none, linear or mlp", "projection", c.Projection)
	case !slices.Contains([]string{"none", "flip", "weak", "strong"}, c.Move):
		return fmt.Errorf("training setting %q: found %q, want none, flip, weak or strong", "move", c.Move)
	case c.Buffer < c.Batch:
		return fmt.Errorf("training setting %q: found %d, want at least the batch of %d", "buffer", c.Buffer, c.Batch)
	}
	return nil
}

// net and encoder are the networks that a configuration describes.
func (c LearnConfig) net(channels int) Net {
	var projection []int
	switch c.Projection {
	case "linear":
		projection = []int{c.Features}
	case "mlp":
		projection = []int{c.Hidden, c.Features}
	}
	n := NewNet(channels, c.Widths, c.Blocks, c.Hidden, c.Features, projection, false)
	n.Scales[0].Patch = c.Patch
	return n
}

func (c LearnConfig) encoder(channels, height, width int) Encoder {
	stem := 7
	if height == 32 && width == 32 {
		stem = 3
	}
	return NewEncoder(channels, stem, c.EncoderPlanes, c.EncoderBlocks, c.EncoderHidden, c.net(channels).LatentSize())
}
