package icd

import (
	"slices"

	"ebmstudio/models"
)

// settings is [models.Family.Settings].
func settings(d models.Data, asked map[string]string) ([]models.SettingField, error) {
	_, err := ParseLearnConfig(asked, d.C)
	c := DefaultLearnConfig(d.C)
	return c.fields().Form(about()), err
}

// about tells people of the settings, in the order of the command line and of the window.
func about() []models.SettingAbout {
	return slices.Concat([]models.SettingAbout{
		{Name: "iterations", Group: "Training", Help: "Length of the run and of its schedules (default 2000)."},
		{Name: "seed", Group: "Training", Help: "Seed of everything random (default 1)."},
		{Name: "batch", Group: "Training", Help: "Real pictures, and chains, an iteration (default 32)."},
		{Name: "lr", Group: "Training", Help: "Rate of Adam."},
	}, models.AboutOneRate(), []models.SettingAbout{
		{Name: "kl", Group: "KL term", Help: "Weight of L_opt, the energy of the samples through the Langevin steps (0: without)."},
		{Name: "kl-steps", Group: "KL term", Help: "Langevin steps that L_opt goes through: last or all."},
		{Name: "entropy", Group: "KL term", Help: "Weight of L_ent, the samples' distance from their nearest neighbours (0: without)."},
		{Name: "entropy-pictures", Group: "KL term", Help: "Past samples that the neighbours are sought among."},

		{Name: "width", Group: "Network", Help: "Widths of the blocks, such as 16,32,64; every block but the last halves the picture."},
		{Name: "patch", Group: "Network", Help: "Side of the squares of pixels that become channels first (1: none)."},
		{Name: "multiscale", Group: "Network", Help: "false: no energies of the halved and of the quartered picture."},
		{Name: "attention", Group: "Network", Help: "true: self-attention after the second block."},
		{Name: "norm", Group: "Network", Help: "true: instance and group norms with standardised weights."},
		{Name: "spectral", Group: "Network", Help: "true: spectral norm."},
		{Name: "conditional", Group: "Network", Help: "true: learn the data's classes or attributes."},
		{Name: "label-dropout", Group: "Network", Help: "Part of the pictures that are shown without their class."},

		{Name: "langevin-steps", Group: "Chains", Help: "Steps of the chains an iteration."},
		{Name: "step-size", Group: "Chains", Help: "Factor of the gradient."},
		{Name: "step-noise", Group: "Chains", Help: "Standard deviation of the noise."},
		{Name: "buffer", Group: "Chains", Help: "Past samples that are kept."},
		{Name: "reservoir", Group: "Chains", Help: "false: keep the newest samples, not all past ones alike."},
		{Name: "reinit", Group: "Chains", Help: "Part of the chains that begins with noise."},
		{Name: "jump", Group: "Chains", Help: "Changes of the pictures that chains begin with: none, or some of flip, crop, blur, colour with commas between."},
		{Name: "jump-size", Group: "Chains", Help: "Strength of the changes, 0 to 1 (the paper's)."},
		{Name: "jump-every", Group: "Chains", Help: "Steps between further changes inside a chain (0: none)."},
	})
}
