package cdrl

import (
	"fmt"
	"math"
	"strconv"

	"ebmstudio/models"
)

// LearnConfig is everything that a training depends on besides its data. The paper's
// values are given where they differ from the defaults.
type LearnConfig struct {
	Seed       uint64
	Iterations int // length of the schedules; the paper: 400,000
	Batch      int
	PerImage   bool // a noise level for every picture; false: one for the whole batch

	Conditional bool    // learn the data's classes, where it has any
	Dropout     float64 // part of the pictures, or of each attribute, that is shown without its class
	InitDropout float64 // part of the rest whose class the energy is told but not the initializer
	Together    bool    // of attributes, all classes of a picture are told at once; false: one of them at random, as in the paper

	Levels        int
	Min, Max      float64 // log-SNR of the noise end and of the clean end
	Steps         int     // K: Langevin steps an iteration (Table 10 b)
	SharedNoise   bool    // variance reduction, Eq. 9 (Table 9)
	Initializer   bool    // false: chains start from the noisier picture (Table 9)
	ProposalNoise float64 // share of the noise that is added to proposals
	InitData      float64 // part of the data in the initializer's targets; the paper: 0, all revised samples (Table 9: 1)

	Width, Blocks int
	Patch         int   // see Net.Patch
	Multiples     []int // of the width, one a scale
	Embedding     int   // of points; of pictures it is the width
	Spectral      bool
	Activation    string // "lrelu" or "swish"
	AddQ          bool

	InitWidth, InitBlocks int
	InitPatch             int
	InitMultiples         []int
	InitAttend            []int // sides of the pictures at which the U-Net attends; the coarsest always does
	InitGroups            int   // the paper: 32

	Rate, InitRate float64 // of Adam
	FinalRate      float64 // the rates fall along a cosine to this part; 1: constant, as in the paper
	WarmUp         int     // iterations
	GradNorm       float64 // largest norm of the whole gradient; 0: no limit
	EMA            float64 // the paper: 0.9999
	DataNoise      float64 // standard deviation of the noise on real pictures, which are in 0..1
	FlipData       bool
}

// DefaultLearnConfig suits a CPU: points of the plane take minutes, 16x16 pictures
// about an hour of one core. The energy's first scale is narrow and has the full
// resolution: energies on patches of 2x2 pixels drew stripes.
func DefaultLearnConfig(points bool) LearnConfig {
	c := LearnConfig{
		Seed: 1, Iterations: 8000, Batch: 64, PerImage: true,
		Conditional: true, Dropout: 0.15, InitDropout: 0.5, Together: true,
		Levels: defaultLevels, Min: defaultMin, Max: defaultMax, Steps: 10,
		SharedNoise: true, Initializer: true, ProposalNoise: 1, InitData: 0.5,
		Width: 16, Blocks: 1, Patch: 1, Multiples: []int{1, 4, 6}, Spectral: true, Activation: "lrelu", Embedding: 64,
		InitWidth: 32, InitBlocks: 1, InitPatch: 2, InitMultiples: []int{1, 2}, InitAttend: nil, InitGroups: 8,
		Rate: 1e-3, InitRate: 1e-3, FinalRate: 0.05, WarmUp: 100, GradNorm: 1, EMA: 0.998,
	}
	if points {
		c.Iterations, c.Batch, c.PerImage = 3000, 256, false
		c.Patch, c.InitPatch, c.Steps = 1, 1, trainedSteps
		c.Width, c.Blocks, c.Multiples, c.Spectral, c.Activation = 64, 2, []int{1}, false, "swish"
		c.InitWidth, c.InitBlocks, c.InitMultiples = 64, 2, []int{1}
	}
	return c
}

// fields are the settings by the names of the command line.
func (c *LearnConfig) fields() models.TrainingSettings {
	return models.TrainingSettings{
		"seed":           models.SeedSetting(&c.Seed),
		"iterations":     models.WholeSetting(&c.Iterations),
		"batch":          models.WholeSetting(&c.Batch),
		"level-each":     models.TruthSetting(&c.PerImage),
		"conditional":    models.TruthSetting(&c.Conditional),
		"label-dropout":  models.RealSetting(&c.Dropout),
		"init-dropout":   models.RealSetting(&c.InitDropout),
		"together":       models.TruthSetting(&c.Together),
		"levels":         models.WholeSetting(&c.Levels),
		"logsnr-min":     models.RealSetting(&c.Min),
		"logsnr-max":     models.RealSetting(&c.Max),
		"langevin-steps": models.WholeSetting(&c.Steps),
		"shared-noise":   models.TruthSetting(&c.SharedNoise),
		"initializer":    models.TruthSetting(&c.Initializer),
		"proposal-noise": models.RealSetting(&c.ProposalNoise),
		"init-data":      models.RealSetting(&c.InitData),
		"width":          models.WholeSetting(&c.Width),
		"blocks":         models.WholeSetting(&c.Blocks),
		"patch":          models.WholeSetting(&c.Patch),
		"multiples":      models.WholesSetting(&c.Multiples),
		"embedding":      models.WholeSetting(&c.Embedding),
		"spectral":       models.TruthSetting(&c.Spectral),
		"activation":     models.TextSetting(&c.Activation),
		"add-q":          models.TruthSetting(&c.AddQ),
		"init-width":     models.WholeSetting(&c.InitWidth),
		"init-blocks":    models.WholeSetting(&c.InitBlocks),
		"init-patch":     models.WholeSetting(&c.InitPatch),
		"init-multiples": models.WholesSetting(&c.InitMultiples),
		"init-attend":    models.WholesSetting(&c.InitAttend),
		"init-groups":    models.WholeSetting(&c.InitGroups),
		"lr":             models.RealSetting(&c.Rate),
		"init-lr":        models.RealSetting(&c.InitRate),
		"lr-final":       models.RealSetting(&c.FinalRate),
		"warm-up":        models.WholeSetting(&c.WarmUp),
		"grad-norm":      models.RealSetting(&c.GradNorm),
		"ema":            models.RealSetting(&c.EMA),
		"data-noise":     models.RealSetting(&c.DataNoise),
		"flip-data":      models.TruthSetting(&c.FlipData),
	}
}

// ParseLearnConfig reads settings by name over the defaults for points or for
// pictures. An unknown name, an unreadable value or one out of range is an error that
// names it.
func ParseLearnConfig(settings map[string]string, points bool) (LearnConfig, error) {
	c := DefaultLearnConfig(points)
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
		from("levels", float64(c.Levels), 1, 1000),
		from("langevin-steps", float64(c.Steps), 1, most),
		from("width", float64(c.Width), 1, maxWidth),
		from("blocks", float64(c.Blocks), 1, maxUnits),
		from("embedding", float64(c.Embedding), 2, maxWidth),
		from("init-width", float64(c.InitWidth), 1, maxWidth),
		from("patch", float64(c.Patch), 1, 16),
		from("init-patch", float64(c.InitPatch), 1, 16),
		from("init-blocks", float64(c.InitBlocks), 1, maxUnits),
		from("init-groups", float64(c.InitGroups), 1, maxWidth),
		from("warm-up", float64(c.WarmUp), 0, most),
		from("label-dropout", c.Dropout, 0, 1),
		from("init-dropout", c.InitDropout, 0, 1),
		from("proposal-noise", c.ProposalNoise, 0, 1),
		from("init-data", c.InitData, 0, 1),
		above("lr", c.Rate, 0, 1),
		above("init-lr", c.InitRate, 0, 1),
		above("lr-final", c.FinalRate, 0, 1),
		from("grad-norm", c.GradNorm, 0, math.MaxFloat32),
		from("ema", c.EMA, 0, 0.999999),
		from("data-noise", c.DataNoise, 0, 1),
	}
	for _, m := range c.Multiples {
		list = append(list, from("multiples", float64(m), 1, maxUnits))
	}
	for _, m := range c.InitMultiples {
		list = append(list, from("init-multiples", float64(m), 1, maxUnits))
	}
	if err := models.Within(list...); err != nil {
		return err
	}
	switch {
	case len(c.Multiples) == 0 || len(c.InitMultiples) == 0:
		return fmt.Errorf("training settings %q and %q: want a multiple of the width for each scale, such as 1,2,2", "multiples", "init-multiples")
	case c.Activation != "lrelu" && c.Activation != "swish":
		return fmt.Errorf("training setting %q: found %q, want lrelu or swish", "activation", c.Activation)
	case c.InitWidth%c.InitGroups != 0:
		return fmt.Errorf("training setting %q: found %d, want a divisor of the initializer's width of %d", "init-groups", c.InitGroups, c.InitWidth)
	}
	for _, m := range c.InitMultiples {
		if w := m * c.InitWidth; w%c.InitGroups != 0 {
			return fmt.Errorf("training setting %q: found %d, want a divisor of the initializer's widths, such as %d", "init-groups", c.InitGroups, w)
		}
	}
	if _, err := NewSchedule(c.Levels, c.Min, c.Max, false); err != nil {
		return fmt.Errorf(`training settings "levels", "logsnr-min" and "logsnr-max": %w`, err)
	}
	return nil
}

// isPoints reports whether data is points of the plane.
func isPoints(d models.Data) bool { return d.C == 2 && d.H == 1 && d.W == 1 }

// networks are those that a configuration describes for the data; an error names a
// size that the data does not allow.
func (c LearnConfig) networks(d models.Data) (Net, Initializer, error) {
	classes := 0
	if c.Conditional && d.Labelled != nil {
		classes = len(d.Labels)
	}
	var net Net
	var init Initializer
	if isPoints(d) {
		net = NewPointNet(c.Width, c.Multiples, c.Blocks)
		net.Embedding = c.Embedding
		init = NewPointInitializer(c.Embedding, c.InitWidth, c.InitBlocks, c.InitGroups)
		classes = 0
	} else {
		multiple := max(c.Patch<<(len(c.Multiples)-1), c.InitPatch<<(len(c.InitMultiples)-1))
		if d.H != d.W || d.H%multiple != 0 {
			return net, init, fmt.Errorf("found pictures of %dx%d pixels, want squares whose side is a multiple of %d, as the patches and the multiples of the widths ask", d.H, d.W, multiple)
		}
		net = NewNet(d.C, classes, c.Width, c.Multiples, c.Blocks)
		init = NewInitializer(d.C, classes, c.InitWidth, c.InitMultiples, c.InitBlocks, d.H/c.InitPatch, c.InitAttend, c.InitGroups)
	}
	net.Patch, init.Patch = c.Patch, c.InitPatch
	net.Spectral, net.Swish, net.AddQ = c.Spectral, c.Activation == "swish", c.AddQ
	return net, init, nil
}

// options are the metadata that the networks' tensors do not tell.
func (c LearnConfig) options(d models.Data) map[string]string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	m := map[string]string{
		optionActivation: c.Activation, optionAddQ: strconv.FormatBool(c.AddQ),
		optionMin: number(c.Min), optionMax: number(c.Max), optionLevels: strconv.Itoa(c.Levels),
		optionHeads: "1", optionGroups: strconv.Itoa(c.InitGroups),
	}
	if !isPoints(d) {
		m[optionSize] = strconv.Itoa(d.H)
		m[optionPatch], m[optionInitPatch] = strconv.Itoa(c.Patch), strconv.Itoa(c.InitPatch)
	}
	return m
}
