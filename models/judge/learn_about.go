package judge

import "ebmstudio/models"

// settings is [models.Family.Settings].
func settings(d models.Data, asked map[string]string) ([]models.SettingField, error) {
	attributes := len(d.Attributes) > 0
	_, err := ParseLearnConfig(asked, attributes)
	c := DefaultLearnConfig(attributes)
	return c.fields().Form(about()), err
}

// about tells people of the settings, in the order of the command line and of the window.
func about() []models.SettingAbout {
	return []models.SettingAbout{
		{Name: "iterations", Group: "Training", Help: "Length of the run and of its schedule (default 12000; of attributes 4000)."},
		{Name: "seed", Group: "Training", Help: "Seed of everything random (default 1)."},
		{Name: "batch", Group: "Training", Help: "Pictures an iteration (default 64)."},
		{Name: "lr", Group: "Training", Help: "Rate of Adam."},
		{Name: "lr-final", Group: "Training", Help: "The rate falls along a cosine to this part of it (1: constant)."},
		{Name: "warm-up", Group: "Training", Help: "Iterations of the rate's linear warm-up."},
		{Name: "ema", Group: "Training", Help: "Decay of the averaged weights an iteration; these are the ones that judge."},
		{Name: "view", Group: "Training", Help: "Random changes of the pictures: none, flip, weak or strong.", Choices: []string{"none", "flip", "weak", "strong"}},
		{Name: "data-noise", Group: "Training", Help: "Standard deviation of the noise on pictures."},
		{Name: "tested", Group: "Training", Help: "Most test pictures that the accuracy is measured on (default 10000)."},

		{Name: "width", Group: "Network", Help: "Channels of the stages, each of which halves the picture, such as 16,32,64."},
		{Name: "blocks", Group: "Network", Help: "Convolutions a stage."},
		{Name: "hidden", Group: "Network", Help: "Features: outputs of the hidden layer."},
	}
}
