package main

// trainVaeEbmCmd holds the settings as text, as [trainClelCmd] does. Defaults differ
// with --completion.
type trainVaeEbmCmd struct {
	Out  string `help:"Folder of the run: model, training state, curves, sample sheets." default:"out/train-vae-ebm" type:"path"`
	Data string `help:"fashion (Debian's dataset-fashion-mnist), faces or faces-all (pixel faces with attributes, without and with the held-out combinations), or a folder with idx files in MNIST's layout or with pictures." default:"fashion"`
	trainRun

	Iterations string `help:"Length of the run and of its schedules (default 5000)." group:"Training"`
	Seed       string `help:"Seed of everything random (default 1)." group:"Training"`
	Batch      string `help:"Real pictures, and chains, an iteration (default 64)." group:"Training"`
	Lr         string `help:"Rate of Adam for the energy." group:"Training"`
	VaeLr      string `help:"Rate of Adam for the auto-encoder." group:"Training"`
	LrFinal    string `help:"The rates fall along a cosine to this part (1: constant)." group:"Training"`
	WarmUp     string `help:"Iterations of the rates' linear warm-up." group:"Training"`
	GradNorm   string `help:"Largest norm of the energy's gradient (0: no limit)." group:"Training"`
	Alpha      string `help:"Weight of the squared energies." group:"Training"`
	Ema        string `help:"Decay of the averaged weights an iteration." group:"Training"`
	DataNoise  string `help:"Standard deviation of the noise on real pictures." group:"Training"`
	FlipData   string `help:"true: mirror half of the real pictures." group:"Training"`

	Completion  string `help:"true: learn to fill the masked centre of pictures." group:"Teaching"`
	Variational string `help:"false: no inference network; the generator learns from the latents it used (CoopNets)." group:"Teaching"`
	Latent      string `help:"Length of the latents." group:"Teaching"`
	Kl          string `help:"Weight of the KL term." group:"Teaching"`
	Residual    string `help:"Standard deviation of the generator's residual, in a range of 2." group:"Teaching"`
	VaeData     string `help:"Part of the data in the auto-encoder's targets; 0: revised samples only, as in the paper." group:"Teaching"`
	VaeFirst    string `help:"Iterations in which the auto-encoder alone learns, from data." group:"Teaching"`

	LangevinSteps string `help:"Langevin steps an iteration." group:"Chains"`
	Delta         string `help:"Step size: half its square times the gradient is the move, itself the noise." group:"Chains"`
	Noise         string `help:"Share of the noise that is added in a step; the paper: 1." group:"Chains"`

	EnergyWidths    string `help:"Of the energy's halving convolutions, such as 32,64,128." group:"Networks"`
	GeneratorWidths string `help:"Of the generator's layers from the coarsest on; with --completion of the U-Net's way down." group:"Networks"`
	EncoderWidths   string `help:"Of the encoder's convolutions; with --completion of its residual blocks." group:"Networks"`
	EncoderStem     string `help:"Of the first layer of a completion's encoder." group:"Networks"`
	EncoderHidden   string `help:"Inner width of a completion's encoder's head." group:"Networks"`
}

// settings are those that were given, by the names that package vaeebm knows.
func (c *trainVaeEbmCmd) settings() map[string]string {
	given := map[string]string{}
	for name, v := range map[string]string{
		"iterations": c.Iterations, "seed": c.Seed, "batch": c.Batch, "lr": c.Lr, "vae-lr": c.VaeLr, "lr-final": c.LrFinal,
		"warm-up": c.WarmUp, "grad-norm": c.GradNorm, "alpha": c.Alpha, "ema": c.Ema, "data-noise": c.DataNoise, "flip-data": c.FlipData,
		"completion": c.Completion, "variational": c.Variational, "latent": c.Latent, "kl": c.Kl, "residual": c.Residual, "vae-data": c.VaeData, "vae-first": c.VaeFirst,
		"langevin-steps": c.LangevinSteps, "delta": c.Delta, "noise": c.Noise,
		"energy-widths": c.EnergyWidths, "generator-widths": c.GeneratorWidths, "encoder-widths": c.EncoderWidths,
		"encoder-stem": c.EncoderStem, "encoder-hidden": c.EncoderHidden,
	} {
		if v != "" {
			given[name] = v
		}
	}
	return given
}

// Run trains a VAE-EBM.
func (c *trainVaeEbmCmd) Run(a *app) error {
	data, err := namedData(c.Data)
	if err != nil {
		return err
	}
	return c.train(a, "vaeebm", c.Out, data, c.settings())
}
