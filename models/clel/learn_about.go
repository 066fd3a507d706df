package clel

import (
	"slices"

	"ebmstudio/models"
)

// settings is [models.Family.Settings].
func settings(_ models.Data, asked map[string]string) ([]models.SettingField, error) {
	_, err := ParseLearnConfig(asked)
	c := DefaultLearnConfig()
	return c.fields().Form(about()), err
}

// about tells people of the settings, in the order of the command line and of the window.
func about() []models.SettingAbout {
	return slices.Concat([]models.SettingAbout{
		{Name: "iterations", Group: "Training", Help: "Length of the run and of its schedules (default 10000)."},
		{Name: "seed", Group: "Training", Help: "Seed of everything random (default 1)."},
		{Name: "batch", Group: "Training", Help: "Real pictures, and chains, an iteration (default 64)."},
		{Name: "lr", Group: "Training", Help: "Rate of Adam for the energy network."},
	}, models.AboutOneRate(), []models.SettingAbout{
		{Name: "width", Group: "Network", Help: "Widths of the stages, such as 64,64,128,128."},
		{Name: "patch", Group: "Network", Help: "Side of the squares of pixels that become channels before the stem (1: none)."},
		{Name: "blocks", Group: "Network", Help: "Residual blocks a stage."},
		{Name: "hidden", Group: "Network", Help: "Inner width of the head and of the projector."},
		{Name: "features", Group: "Network", Help: "Length of f and of the latents."},
		{Name: "projection", Group: "Network", Help: "none, linear or mlp.", Choices: []string{"none", "linear", "mlp"}},

		{Name: "latent", Group: "Latents", Help: "false: an ordinary EBM, no encoder."},
		{Name: "beta", Group: "Latents", Help: "Weight of the similarity of f's direction and the latent."},
		{Name: "negatives", Group: "Latents", Help: "false: samples' latents are no negatives of the encoder."},
		{Name: "temperature", Group: "Latents", Help: "Temperature of the contrastive loss."},
		{Name: "encoder-width", Group: "Latents", Help: "Planes of the encoder, such as 64,128,256,512."},
		{Name: "encoder-blocks", Group: "Latents", Help: "Residual blocks a plane."},
		{Name: "encoder-hidden", Group: "Latents", Help: "Inner width of the encoder's head."},
		{Name: "encoder-lr", Group: "Latents", Help: "Rate of SGD for the encoder."},
		{Name: "encoder-decay", Group: "Latents", Help: "Weight decay of the encoder."},
		{Name: "encoder-momentum", Group: "Latents", Help: "Momentum of SGD for the encoder."},

		{Name: "langevin-steps", Group: "Chains", Help: "Steps of the chains an iteration."},
		{Name: "step-size", Group: "Chains", Help: "Factor of the gradient."},
		{Name: "step-noise", Group: "Chains", Help: "Standard deviation of the noise."},
		{Name: "clip", Group: "Chains", Help: "Limit of every entry of the gradient."},
		{Name: "buffer", Group: "Chains", Help: "Chains that are kept."},
		{Name: "reinit", Group: "Chains", Help: "Part of the chains that starts anew from noise."},
		{Name: "move", Group: "Chains", Help: "Change of chains between iterations: none, flip, weak or strong.", Choices: []string{"none", "flip", "weak", "strong"}},
	})
}
