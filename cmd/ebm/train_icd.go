package main

// trainIcdCmd holds the settings as text, as [trainClelCmd] does.
type trainIcdCmd struct {
	Out  string `help:"Folder of the run: model, training state, curves, sample sheets." default:"out/train-icd" type:"path"`
	Data string `help:"fashion (Debian's dataset-fashion-mnist), faces or faces-all (pixel faces with attributes, without and with the held-out combinations), or a folder with idx files in MNIST's layout or with pictures." default:"fashion"`
	trainRun

	Iterations string `help:"Length of the run and of its schedules (default 2000)." group:"Training"`
	Seed       string `help:"Seed of everything random (default 1)." group:"Training"`
	Batch      string `help:"Real pictures, and chains, an iteration (default 32)." group:"Training"`
	Lr         string `help:"Rate of Adam." group:"Training"`
	LrFinal    string `help:"The rate falls along a cosine to this part of it (1: constant)." group:"Training"`
	WarmUp     string `help:"Iterations of the rate's linear warm-up." group:"Training"`
	Alpha      string `help:"Weight of the squared energies." group:"Training"`
	GradNorm   string `help:"Largest norm of the gradient by the weights (0: no limit)." group:"Training"`
	DataNoise  string `help:"Standard deviation of the noise on real pictures." group:"Training"`
	FlipData   string `help:"true: mirror half of the real pictures." group:"Training"`
	Ema        string `help:"Decay of the averaged weights an iteration." group:"Training"`

	Kl              string `help:"Weight of L_opt, the energy of the samples through the Langevin steps (0: without)." group:"KL term"`
	KlSteps         string `help:"Langevin steps that L_opt goes through: last or all." group:"KL term"`
	Entropy         string `help:"Weight of L_ent, the samples' distance from their nearest neighbours (0: without)." group:"KL term"`
	EntropyPictures string `help:"Past samples that the neighbours are sought among." group:"KL term"`

	Width        string `help:"Widths of the blocks, such as 16,32,64; every block but the last halves the picture." group:"Network"`
	Patch        string `help:"Side of the squares of pixels that become channels first (1: none)." group:"Network"`
	Multiscale   string `help:"false: no energies of the halved and of the quartered picture." group:"Network"`
	Attention    string `help:"true: self-attention after the second block." group:"Network"`
	Norm         string `help:"true: instance and group norms with standardised weights." group:"Network"`
	Spectral     string `help:"true: spectral norm." group:"Network"`
	Conditional  string `help:"true: learn the data's classes or attributes." group:"Network"`
	LabelDropout string `help:"Part of the pictures that are shown without their class." group:"Network"`

	LangevinSteps string `help:"Steps of the chains an iteration." group:"Chains"`
	StepSize      string `help:"Factor of the gradient." group:"Chains"`
	StepNoise     string `help:"Standard deviation of the noise." group:"Chains"`
	Buffer        string `help:"Past samples that are kept." group:"Chains"`
	Reservoir     string `help:"false: keep the newest samples, not all past ones alike." group:"Chains"`
	Reinit        string `help:"Part of the chains that begins with noise." group:"Chains"`
	Jump          string `help:"Changes of the pictures that chains begin with: none, or some of flip, crop, blur, colour with commas between." group:"Chains"`
	JumpSize      string `help:"Strength of the changes, 0 to 1 (the paper's)." group:"Chains"`
	JumpEvery     string `help:"Steps between further changes inside a chain (0: none)." group:"Chains"`
}

// settings are those that were given, by the names that package icd knows.
func (c *trainIcdCmd) settings() map[string]string {
	given := map[string]string{}
	for name, v := range map[string]string{
		"iterations": c.Iterations, "seed": c.Seed, "batch": c.Batch, "lr": c.Lr, "lr-final": c.LrFinal, "warm-up": c.WarmUp,
		"alpha": c.Alpha, "grad-norm": c.GradNorm, "data-noise": c.DataNoise, "flip-data": c.FlipData, "ema": c.Ema,
		"kl": c.Kl, "kl-steps": c.KlSteps, "entropy": c.Entropy, "entropy-pictures": c.EntropyPictures,
		"width": c.Width, "patch": c.Patch, "multiscale": c.Multiscale, "attention": c.Attention, "norm": c.Norm, "spectral": c.Spectral,
		"conditional": c.Conditional, "label-dropout": c.LabelDropout,
		"langevin-steps": c.LangevinSteps, "step-size": c.StepSize, "step-noise": c.StepNoise, "buffer": c.Buffer, "reservoir": c.Reservoir,
		"reinit": c.Reinit, "jump": c.Jump, "jump-size": c.JumpSize, "jump-every": c.JumpEvery,
	} {
		if v != "" {
			given[name] = v
		}
	}
	return given
}

// Run trains an ICD model.
func (c *trainIcdCmd) Run(a *app) error {
	data, err := namedData(c.Data)
	if err != nil {
		return err
	}
	return c.train(a, "icd", c.Out, data, c.settings())
}
