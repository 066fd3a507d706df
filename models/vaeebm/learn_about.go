package vaeebm

import "ebmstudio/models"

// settings is [models.Family.Settings].
func settings(_ models.Data, asked map[string]string) ([]models.SettingField, error) {
	parsed, err := ParseLearnConfig(asked)
	c := DefaultLearnConfig(parsed.Completion, parsed.Variational)
	return c.fields().Form(about()), err
}

// about tells people of the settings, in the order of the command line and of the window.
func about() []models.SettingAbout {
	return []models.SettingAbout{
		{Name: "iterations", Group: "Training", Help: "Length of the run and of its schedules (default 5000)."},
		{Name: "seed", Group: "Training", Help: "Seed of everything random (default 1)."},
		{Name: "batch", Group: "Training", Help: "Real pictures, and chains, an iteration (default 64)."},
		{Name: "lr", Group: "Training", Help: "Rate of Adam for the energy."},
		{Name: "vae-lr", Group: "Training", Help: "Rate of Adam for the auto-encoder."},
		{Name: "lr-final", Group: "Training", Help: "The rates fall along a cosine to this part (1: constant)."},
		{Name: "warm-up", Group: "Training", Help: "Iterations of the rates' linear warm-up."},
		{Name: "grad-norm", Group: "Training", Help: "Largest norm of the energy's gradient (0: no limit)."},
		{Name: "alpha", Group: "Training", Help: "Weight of the squared energies."},
		{Name: "ema", Group: "Training", Help: "Decay of the averaged weights an iteration."},
		{Name: "data-noise", Group: "Training", Help: "Standard deviation of the noise on real pictures."},
		{Name: "flip-data", Group: "Training", Help: "true: mirror half of the real pictures."},

		{Name: "completion", Group: "Teaching", Help: "true: learn to fill the masked centre of pictures."},
		{Name: "variational", Group: "Teaching", Help: "false: no inference network; the generator learns from the latents it used (CoopNets)."},
		{Name: "latent", Group: "Teaching", Help: "Length of the latents."},
		{Name: "kl", Group: "Teaching", Help: "Weight of the KL term."},
		{Name: "residual", Group: "Teaching", Help: "Standard deviation of the generator's residual, in a range of 2."},
		{Name: "vae-data", Group: "Teaching", Help: "Part of the data in the auto-encoder's targets; 0: revised samples only, as in the paper."},
		{Name: "vae-first", Group: "Teaching", Help: "Iterations in which the auto-encoder alone learns, from data."},

		{Name: "langevin-steps", Group: "Chains", Help: "Langevin steps an iteration."},
		{Name: "delta", Group: "Chains", Help: "Step size: half its square times the gradient is the move, itself the noise."},
		{Name: "noise", Group: "Chains", Help: "Share of the noise that is added in a step; the paper: 1."},

		{Name: "energy-widths", Group: "Networks", Help: "Of the energy's halving convolutions, such as 32,64,128."},
		{Name: "generator-widths", Group: "Networks", Help: "Of the generator's layers from the coarsest on; with --completion of the U-Net's way down."},
		{Name: "encoder-widths", Group: "Networks", Help: "Of the encoder's convolutions; with --completion of its residual blocks."},
		{Name: "encoder-stem", Group: "Networks", Help: "Of the first layer of a completion's encoder."},
		{Name: "encoder-hidden", Group: "Networks", Help: "Inner width of a completion's encoder's head."},
	}
}
