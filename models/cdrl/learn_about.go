package cdrl

import "ebmstudio/models"

// settings is [models.Family.Settings].
func settings(d models.Data, asked map[string]string) ([]models.SettingField, error) {
	points := d.H*d.W == 1
	_, err := ParseLearnConfig(asked, points)
	c := DefaultLearnConfig(points)
	return c.fields().Form(about()), err
}

// about tells people of the settings, in the order of the command line and of the window.
func about() []models.SettingAbout {
	return []models.SettingAbout{
		{Name: "iterations", Group: "Training", Help: "Length of the run and of its schedules (default 8000; points 3000)."},
		{Name: "seed", Group: "Training", Help: "Seed of everything random (default 1)."},
		{Name: "batch", Group: "Training", Help: "Pictures an iteration (default 64; points 256)."},
		{Name: "lr", Group: "Training", Help: "Rate of Adam for the energy."},
		{Name: "init-lr", Group: "Training", Help: "Rate of Adam for the initializer."},
		{Name: "lr-final", Group: "Training", Help: "The rates fall along a cosine to this part (1: constant)."},
		{Name: "warm-up", Group: "Training", Help: "Iterations of the rates' linear warm-up."},
		{Name: "grad-norm", Group: "Training", Help: "Largest norm of each network's gradient (0: no limit)."},
		{Name: "ema", Group: "Training", Help: "Decay of the averaged weights an iteration."},
		{Name: "data-noise", Group: "Training", Help: "Standard deviation of the noise on real pictures."},
		{Name: "flip-data", Group: "Training", Help: "true: mirror half of the real pictures."},

		{Name: "conditional", Group: "Classes", Help: "false: no classes, though the data has some."},
		{Name: "label-dropout", Group: "Classes", Help: "Part of the pictures, or of each attribute, that is shown without its class."},
		{Name: "init-dropout", Group: "Classes", Help: "Part of the rest whose class the energy is told but not the initializer, so that the energy learns to steer by itself."},
		{Name: "together", Group: "Classes", Help: "Of attributes: true: all of a picture's are told at once; false: one of them at random, as in the paper."},

		{Name: "levels", Group: "Cooperation", Help: "Noise levels."},
		{Name: "logsnr-min", Group: "Cooperation", Help: "Log-SNR of the noise end."},
		{Name: "logsnr-max", Group: "Cooperation", Help: "Log-SNR of the clean end."},
		{Name: "level-each", Group: "Cooperation", Help: "true: a level for every picture; false: one a batch."},
		{Name: "langevin-steps", Group: "Cooperation", Help: "Langevin steps an iteration."},
		{Name: "shared-noise", Group: "Cooperation", Help: "false: no variance reduction, a noise of its own for each level."},
		{Name: "initializer", Group: "Cooperation", Help: "false: none; chains start from the noisier picture."},
		{Name: "proposal-noise", Group: "Cooperation", Help: "Share of the noise added to proposals."},
		{Name: "init-data", Group: "Cooperation", Help: "Part of the data in the initializer's targets; 0: revised samples only, as in the paper, which wants --init-lr 3e-4."},

		{Name: "width", Group: "Networks", Help: "Of the energy's first layer."},
		{Name: "patch", Group: "Networks", Help: "Side of the squares of pixels that become channels before the energy's first layer (1: none)."},
		{Name: "multiples", Group: "Networks", Help: "Of the width, one a scale, such as 1,2,2."},
		{Name: "blocks", Group: "Networks", Help: "Residual blocks a scale of the energy."},
		{Name: "embedding", Group: "Networks", Help: "Length of the level's embedding, of points."},
		{Name: "spectral", Group: "Networks", Help: "true: spectral norm in the energy."},
		{Name: "activation", Group: "Networks", Help: "Of the energy: lrelu or swish."},
		{Name: "add-q", Group: "Networks", Help: "true: the energy has the term |x|^2/2."},
		{Name: "init-width", Group: "Networks", Help: "Of the initializer's first layer."},
		{Name: "init-patch", Group: "Networks", Help: "As --patch, of the initializer."},
		{Name: "init-multiples", Group: "Networks", Help: "Of its width, one a scale."},
		{Name: "init-blocks", Group: "Networks", Help: "Residual blocks a scale of the initializer."},
		{Name: "init-attend", Group: "Networks", Help: "Sides of the pictures at which the initializer attends, such as 16,8; none: at the coarsest only."},
		{Name: "init-groups", Group: "Networks", Help: "Groups of its group norms."},
	}
}
