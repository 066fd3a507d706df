package judge

import (
	"fmt"
	"math"
	"slices"

	"ebmstudio/models"
)

// LearnConfig is everything that a training depends on besides its data.
type LearnConfig struct {
	Seed       uint64
	Iterations int // length of the run and of its schedule
	Batch      int

	Widths []int
	Blocks int
	Hidden int

	Rate      float64 // of Adam
	FinalRate float64 // the rate falls along a cosine to this part
	WarmUp    int     // iterations
	EMA       float64 // decay of the averaged weights, the ones that judge

	View      string  // random changes of pictures: "none", "flip", "weak" or "strong"; see models.Data
	DataNoise float64 // standard deviation of the noise on pictures, which are in 0..1
	Tested    int     // most test pictures that the accuracy is measured on
}

// DefaultLearnConfig suits pictures of 16 to 32 pixels: minutes on one core.
// Attributes are details of few pixels, which crops would blur and which want two
// convolutions before the first pool.
func DefaultLearnConfig(attributes bool) LearnConfig {
	c := LearnConfig{
		Seed: 1, Iterations: 12000, Batch: 64, Widths: []int{24, 48, 64}, Blocks: 1, Hidden: 96,
		Rate: 2e-3, FinalRate: 0.01, WarmUp: 100, EMA: 0.995, View: "flip", DataNoise: 0.02, Tested: 10000,
	}
	if attributes {
		c.Iterations, c.View = 4000, "none"
		c.Widths, c.Blocks = []int{24, 32, 48}, 2
	}
	return c
}

// views are what View may be.
var views = []string{"none", "flip", "weak", "strong"}

func (c *LearnConfig) fields() models.TrainingSettings {
	return models.TrainingSettings{
		"seed":       models.SeedSetting(&c.Seed),
		"iterations": models.WholeSetting(&c.Iterations),
		"batch":      models.WholeSetting(&c.Batch),
		"width":      models.WholesSetting(&c.Widths),
		"blocks":     models.WholeSetting(&c.Blocks),
		"hidden":     models.WholeSetting(&c.Hidden),
		"lr":         models.RealSetting(&c.Rate),
		"lr-final":   models.RealSetting(&c.FinalRate),
		"warm-up":    models.WholeSetting(&c.WarmUp),
		"ema":        models.RealSetting(&c.EMA),
		"view":       models.TextSetting(&c.View),
		"data-noise": models.RealSetting(&c.DataNoise),
		"tested":     models.WholeSetting(&c.Tested),
	}
}

// ParseLearnConfig reads settings by name over the defaults for
// classes or for attributes. An unknown name, an
// unreadable value or one out of range is an error that names it.
func ParseLearnConfig(settings map[string]string, attributes bool) (LearnConfig, error) {
	c := DefaultLearnConfig(attributes)
	if err := c.fields().Parse(settings); err != nil {
		return c, err
	}
	return c, c.check()
}

// Settings lists every setting by name.
func (c LearnConfig) Settings() map[string]string { return c.fields().Values() }

func (c LearnConfig) check() error {
	const most = 1 << 20
	from := models.LimitFrom
	err := models.Within(
		from("iterations", float64(c.Iterations), 1, math.MaxInt32),
		from("batch", float64(c.Batch), 1, most),
		from("lr", c.Rate, 0, 1),
		from("lr-final", c.FinalRate, 0, 1),
		from("warm-up", float64(c.WarmUp), 0, math.MaxInt32),
		from("ema", c.EMA, 0, 0.999999),
		from("data-noise", c.DataNoise, 0, 1),
		from("tested", float64(c.Tested), 1, most),
	)
	if err != nil {
		return err
	}
	if !slices.Contains(views, c.View) {
		return fmt.Errorf("training setting %q: found %q, want none, flip, weak or strong", "view", c.View)
	}
	return nil
}

// net is the network for data, or why there can be none.
func (c LearnConfig) net(d models.Data) (Net, error) {
	if d.Labelled == nil {
		return Net{}, fmt.Errorf("the data has no classes to be judged by")
	}
	if err := checkAttributes(d.Labels, d.Attributes); err != nil {
		return Net{}, err
	}
	if d.Count < c.Batch {
		return Net{}, fmt.Errorf("found %d pictures, want at least a batch of %d", d.Count, c.Batch)
	}
	n := Net{
		Channels: d.C, Height: d.H, Width: d.W,
		Widths: c.Widths, Blocks: c.Blocks, Hidden: c.Hidden, Outputs: outputs(d.Labels, d.Attributes),
	}
	return n, n.check()
}

// pace is what the rate is multiplied by: a linear warm-up, then a cosine down to
// FinalRate.
func (c LearnConfig) pace(i int) float64 {
	return models.WarmUp(i, c.WarmUp) * models.CosineFall(i, c.Iterations, c.FinalRate)
}
