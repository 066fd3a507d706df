package vaeebm

import (
	"fmt"
	"math"

	"ebmstudio/models"
)

// LearnConfig is everything that a training depends on besides its data. The paper's
// values are given where they differ from the defaults.
type LearnConfig struct {
	Seed       uint64
	Iterations int // length of the schedules
	Batch      int

	Completion  bool    // learn to fill the centre of masked pictures (section 6.2)
	Variational bool    // false: no inference network, the generator learns from the latents it used (CoopNets)
	Latent      int     // length of the latents (Table 5)
	KL          float64 // weight of the KL term, Eq. 9 (Table 6: 2)
	Residual    float64 // standard deviation of the generator's residual, Eq. 3
	VAEData     float64 // part of the data in the VAE's targets; the paper: 0, all revised samples
	VAEFirst    int     // iterations in which the auto-encoder alone learns, from data; the paper: 0

	Steps int     // Langevin steps (Table 4)
	Delta float64 // their size, Eq. 6 (Table 4: 0.002)
	Noise float64 // share of Eq. 6's noise in a step; the paper: 1

	EnergyWidths    []int // of the halving convolutions
	GeneratorWidths []int // of the transposed convolutions from the coarsest on; with Completion of the U-Net's way down
	EncoderWidths   []int
	EncoderStem     int // of completion
	EncoderHidden   int // of completion

	Rate, VAERate float64 // of Adam
	FinalRate     float64 // the rates fall along a cosine to this part; 1: constant
	WarmUp        int     // iterations
	GradNorm      float64 // largest norm of the energy's gradient; 0: no limit
	Alpha         float64 // weight of the squared energies
	EMA           float64
	DataNoise     float64 // standard deviation of the noise on real pictures, which are in 0..1
	FlipData      bool
}

// DefaultLearnConfig suits grey pictures of 28x28 pixels on a CPU. The auto-encoder
// learns first, and most of its targets are data: chains begin near data then, and the
// energy's textures stay out of the generator. Without the variational step no latents of
// data are known. With little noise and long steps energies are of the order of 10,
// where the paper's step size makes them a million.
func DefaultLearnConfig(completion, variational bool) LearnConfig {
	c := LearnConfig{
		Seed: 1, Iterations: 5000, Batch: 64,
		Completion: completion, Variational: variational, Latent: 16, KL: 1, Residual: 0.6, VAEData: 0.9,
		Steps: 15, Delta: 0.2, Noise: 0.02, VAEFirst: 1000,
		EnergyWidths: []int{32, 64, 128}, GeneratorWidths: []int{96, 48, 24}, EncoderWidths: []int{32, 64}, EncoderStem: 12, EncoderHidden: 64,
		Rate: 1e-4, VAERate: 1e-3, FinalRate: 0.05, WarmUp: 100, GradNorm: 100, Alpha: 0.004, EMA: 0.99, DataNoise: 0.01,
	}
	if !variational {
		c.VAEData, c.VAEFirst = 0, 0
	}
	if completion {
		c.Latent, c.GeneratorWidths, c.EncoderWidths = 8, []int{32, 64, 64, 64}, []int{16, 32, 64, 64}
	}
	return c
}

// fields are the settings by the names of the command line.
func (c *LearnConfig) fields() models.TrainingSettings {
	return models.TrainingSettings{
		"seed":             models.SeedSetting(&c.Seed),
		"iterations":       models.WholeSetting(&c.Iterations),
		"batch":            models.WholeSetting(&c.Batch),
		"completion":       models.TruthSetting(&c.Completion),
		"variational":      models.TruthSetting(&c.Variational),
		"latent":           models.WholeSetting(&c.Latent),
		"kl":               models.RealSetting(&c.KL),
		"residual":         models.RealSetting(&c.Residual),
		"vae-data":         models.RealSetting(&c.VAEData),
		"vae-first":        models.WholeSetting(&c.VAEFirst),
		"langevin-steps":   models.WholeSetting(&c.Steps),
		"delta":            models.RealSetting(&c.Delta),
		"noise":            models.RealSetting(&c.Noise),
		"energy-widths":    models.WholesSetting(&c.EnergyWidths),
		"generator-widths": models.WholesSetting(&c.GeneratorWidths),
		"encoder-widths":   models.WholesSetting(&c.EncoderWidths),
		"encoder-stem":     models.WholeSetting(&c.EncoderStem),
		"encoder-hidden":   models.WholeSetting(&c.EncoderHidden),
		"lr":               models.RealSetting(&c.Rate),
		"vae-lr":           models.RealSetting(&c.VAERate),
		"lr-final":         models.RealSetting(&c.FinalRate),
		"warm-up":          models.WholeSetting(&c.WarmUp),
		"grad-norm":        models.RealSetting(&c.GradNorm),
		"alpha":            models.RealSetting(&c.Alpha),
		"ema":              models.RealSetting(&c.EMA),
		"data-noise":       models.RealSetting(&c.DataNoise),
		"flip-data":        models.TruthSetting(&c.FlipData),
	}
}

// ParseLearnConfig reads settings by name over the defaults, which are others where
// they ask for completion. An unknown name, an unreadable value or one out of range
// is an error that names it.
func ParseLearnConfig(settings map[string]string) (LearnConfig, error) {
	asked := LearnConfig{Variational: true}
	if err := asked.fields().Parse(settings); err != nil {
		return asked, err
	}
	c := DefaultLearnConfig(asked.Completion, asked.Variational)
	if err := c.fields().Parse(settings); err != nil {
		return c, err
	}
	return c, c.check()
}

// Settings lists every setting by name.
func (c LearnConfig) Settings() map[string]string { return c.fields().Values() }

func (c LearnConfig) check() error {
	from, above := models.LimitFrom, models.LimitAbove
	list := []models.Limits{
		from("iterations", float64(c.Iterations), 1, math.MaxInt32),
		from("batch", float64(c.Batch), 1, 1<<16),
		from("latent", float64(c.Latent), 1, maxWidth),
		from("kl", c.KL, 0, 1e6),
		above("residual", c.Residual, 0, 100),
		from("vae-data", c.VAEData, 0, 1),
		from("langevin-steps", float64(c.Steps), 1, mostSteps),
		above("delta", c.Delta, 0, mostDelta),
		from("noise", c.Noise, 0, 1),
		from("vae-first", float64(c.VAEFirst), 0, math.MaxInt32),
		from("encoder-stem", float64(c.EncoderStem), 1, maxWidth),
		from("encoder-hidden", float64(c.EncoderHidden), 1, maxWidth),
		above("lr", c.Rate, 0, 1),
		above("vae-lr", c.VAERate, 0, 1),
		above("lr-final", c.FinalRate, 0, 1),
		from("warm-up", float64(c.WarmUp), 0, math.MaxInt32),
		from("grad-norm", c.GradNorm, 0, math.MaxFloat32),
		from("alpha", c.Alpha, 0, 100),
		from("ema", c.EMA, 0, 0.999999),
		from("data-noise", c.DataNoise, 0, 1),
	}
	for _, w := range []struct {
		name   string
		widths []int
	}{{"energy-widths", c.EnergyWidths}, {"generator-widths", c.GeneratorWidths}, {"encoder-widths", c.EncoderWidths}} {
		list = append(list, from(w.name+", how many", float64(len(w.widths)), 1, maxLayers/2))
		for _, v := range w.widths {
			list = append(list, from(w.name, float64(v), 1, maxWidth))
		}
	}
	if err := models.Within(list...); err != nil {
		return err
	}
	for name, v := range map[string]float64{"vae-data": c.VAEData, "vae-first": float64(c.VAEFirst)} {
		if !c.Variational && v > 0 {
			return fmt.Errorf("training setting %q: found %v, want 0 where %q is false: no latents are known of real pictures", name, v, "variational")
		}
	}
	return nil
}

// networks are those that a configuration describes for the data; an error names a
// size that the data does not allow.
func (c LearnConfig) networks(d models.Data) (parts, error) {
	p := parts{channels: d.C, height: d.H, width: d.W, latent: c.Latent}
	p.energy = EnergyNet{Channels: d.C, Widths: c.EnergyWidths, Height: d.H, Width: d.W}
	if c.Completion {
		p.energy.Channels *= 2
		p.generator = UNet{Channels: d.C, Widths: c.GeneratorWidths, Latent: c.Latent}
		p.encoder = ResidualEncoder{Channels: 2 * d.C, Stem: c.EncoderStem, Widths: c.EncoderWidths, Hidden: c.EncoderHidden, Latent: c.Latent}
	} else {
		g, err := newDecoder(d, c.Latent, c.GeneratorWidths)
		if err != nil {
			return p, err
		}
		p.generator = g
		p.encoder = ConvEncoder{Channels: d.C, Widths: c.EncoderWidths, Height: d.H, Width: d.W, Latent: c.Latent}
	}
	if !c.Variational {
		p.encoder = nil
	}
	return p, p.fits()
}

// newDecoder is a generator of the data's pictures: from one pixel to the coarsest
// picture at once, doublings, and a 3x3 convolution to the channels.
func newDecoder(d models.Data, latent int, widths []int) (Decoder, error) {
	doublings := len(widths) - 1
	side := d.H >> doublings
	if d.H != d.W || side<<doublings != d.H || side < 1 {
		return Decoder{}, fmt.Errorf("found pictures of %dx%d pixels, want squares whose side can be halved %d times, as generator-widths ask", d.H, d.W, doublings)
	}
	g := Decoder{Layers: []Transposed{{In: latent, Out: widths[0], Size: side, Stride: 1}}}
	for i := range doublings {
		g.Layers = append(g.Layers, Transposed{In: widths[i], Out: widths[i+1], Size: 4, Stride: 2, Padding: 1})
	}
	g.Layers = append(g.Layers, Transposed{In: widths[doublings], Out: d.C, Size: 3, Stride: 1, Padding: 1})
	return g, nil
}

// described is the config.json of the networks and of the chains they were trained
// with.
func (c LearnConfig) described(p parts) Config {
	d := Config{Kind: unconditional, Image: []int{p.channels, p.height, p.width}, LatentDim: p.latent, LangevinSteps: c.Steps, Delta: c.Delta, Noise: &c.Noise}
	d.EBM.Width = p.energy.Widths[0]
	switch g := p.generator.(type) {
	case Decoder:
		for _, t := range g.Layers {
			d.Generator.Layers = append(d.Generator.Layers, []int{t.In, t.Out, t.Size, t.Stride, t.Padding})
		}
	case UNet:
		d.Kind = conditional
		d.Generator.Width, d.Generator.Levels = g.Widths[0], len(g.Widths)
	}
	switch e := p.encoder.(type) {
	case ConvEncoder:
		d.Encoder.Channels = e.Widths
	case ResidualEncoder:
		d.Encoder.Width, d.Encoder.Hidden = e.Stem, e.Hidden
	}
	return d
}

// pace is what the rates are multiplied by: a linear warm-up, then a cosine down to
// FinalRate.
func (c LearnConfig) pace(i int) float64 {
	return models.WarmUp(i, c.WarmUp) * models.CosineFall(i, c.Iterations, c.FinalRate)
}
