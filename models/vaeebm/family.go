// Package vaeebm is the family of energy-based models learned with a variational
// auto-encoder as amortised sampler by variational MCMC teaching (Xie, Zheng and Li,
// AAAI 2021, arXiv 2012.14936): an energy network, a generator that begins its
// Langevin chains from a latent, and an encoder that infers latents. The conditional
// kind completes a masked picture.
//
// [EnergyNet], [Decoder], [UNet], [ConvEncoder] and [ResidualEncoder] describe the
// networks as plain values; [Fold] and [Effective] turn their stored arrays into those
// that a forward pass takes.
package vaeebm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
)

// Name is the family's name.
const Name = "vaeebm"

// Family is the entry of this family in the list of models/zoo.
func Family() models.Family {
	return models.Family{
		Name:  Name,
		Title: "VAE-EBM: energy-based models with a variational auto-encoder as sampler",
		Knows: Knows,
		Open:  Open,
		Learn: Learn, Settings: settings,
	}
}

// Knows reports whether a file looks like one of this family: ours by its metadata,
// others by an energy network and a generator side by side.
func Knows(f *checkpoint.File) bool {
	if family, ours := f.Metadata[keyFamily]; ours {
		return family == Name
	}
	for _, l := range []layout{torchLayout, paddleLayout, averagedLayout} {
		if holds(f, l.ebm+"conv.") && holds(f, l.generator) {
			return true
		}
	}
	return false
}

// Open builds the model of a checkpoint: a flat state dict of PyTorch, or a
// .pdparams of PaddlePaddle, with config.json beside it. Options.Net replaces what
// config.json tells. Everything missing, unused, misshapen or not finite is named in
// one error.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	c, err := read(f, o)
	if err == nil {
		var p *placed
		if p, err = c.place(b); err == nil {
			return p.model, nil
		}
	}
	if strings.HasPrefix(err.Error(), "load ") {
		return nil, err
	}
	return nil, fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
}

// contents is what a checkpoint holds, on the host.
type contents struct {
	parts
	name, weights, iterations                    string
	steps                                        int     // of training's chains; 0: not said
	delta                                        float64 // of training; 0: not said
	noise                                        float64 // share of Eq. 6's noise
	energyParams, generatorParams, encoderParams nn.Params
}

// read takes a file apart and checks it; nothing is placed on a device yet.
func read(f *checkpoint.File, o models.Options) (*contents, error) {
	l, weights, err := chosen(f, o.Weights)
	if err != nil {
		return nil, err
	}
	config, err := readConfig(f)
	if err != nil && len(o.Net) == 0 {
		return nil, err
	}
	g, err := readGeometry(config, o.Net)
	if err != nil {
		return nil, err
	}
	p, absent, err := readParts(f, l, g)
	if err != nil {
		return nil, err
	}
	loading := nn.Load(f)
	if len(absent) > 0 {
		loading.Missing(absent...)
		return nil, loading.Err(Name)
	}
	if p.height == 0 {
		return nil, absentConfig(f, "the size of the pictures", "--net size=32")
	}
	if err := config.contradicts(p); err != nil {
		return nil, err
	}
	if err := p.fits(); err != nil {
		return nil, err
	}
	c := &contents{parts: *p, name: f.Metadata[keyName], steps: g.steps, delta: g.delta, noise: g.noise, weights: weights, iterations: f.Metadata[keyIterations]}
	c.energyParams = l.read(loading, l.ebm, p.energy)
	c.generatorParams = l.read(loading, l.generator, p.generator)
	if p.encoder != nil {
		c.encoderParams = l.read(loading, l.encoder, p.encoder)
	}
	return c, loading.Err(Name)
}

// chosen is the layout of the weights that were asked for: averaged ones where the
// file has them and nobody asked for raw ones.
func chosen(f *checkpoint.File, weights string) (l layout, found string, err error) {
	averaged := holds(f, averagedLayout.ebm)
	switch weights {
	case "":
		if averaged {
			return averagedLayout, "ema", nil
		}
	case "ema":
		if !averaged {
			return l, "", errors.New("the file holds no averaged (ema) weights, only raw ones\nhint: open it with --weights raw")
		}
		return averagedLayout, "ema", nil
	case "raw":
	default:
		return l, "", fmt.Errorf("weights: found %q, want ema or raw", weights)
	}
	if !holds(f, torchLayout.ebm) && holds(f, paddleLayout.ebm) {
		return paddleLayout, "raw", nil
	}
	return torchLayout, "raw", nil
}

// facts are what a person may want to read about the model.
func (c *contents) facts() []models.Fact {
	kind, generator := unconditional, "none"
	switch g := c.generator.(type) {
	case Decoder:
		generator = fmt.Sprintf("%d transposed convolutions", len(g.Layers))
	case UNet:
		kind = "completion of a masked picture"
		generator = fmt.Sprintf("U-Net, widths %s", spaced(g.Widths))
	}
	encoder, encoderSize := "none", 0
	switch e := c.encoder.(type) {
	case ConvEncoder:
		encoder = "convolutions, widths " + spaced(e.Widths)
	case ResidualEncoder:
		encoder = fmt.Sprintf("residual, widths %s, head of %d", spaced(e.Widths), e.Hidden)
	}
	if c.encoder != nil {
		encoderSize = nn.Trainable(specsOf(c.encoder))
	}
	list := []models.Fact{
		{Name: "weights", Value: c.weights},
		{Name: "kind", Value: kind},
		{Name: "energy U", Value: fmt.Sprintf("widths %s, %d parameters", spaced(c.energy.Widths), nn.Trainable(c.energy.Specs()))},
		{Name: "generator g", Value: fmt.Sprintf("%s, %d parameters", generator, nn.Trainable(specsOf(c.generator)))},
		{Name: "encoder q", Value: fmt.Sprintf("%s, %d parameters", encoder, encoderSize)},
		{Name: "latent z", Value: strconv.Itoa(c.latent) + " numbers"},
	}
	if c.iterations != "" {
		list = append(list, models.Fact{Name: "trained", Value: c.iterations + " iterations"})
	}
	return list
}

func spaced(widths []int) string { return strings.Trim(fmt.Sprint(widths), "[]") }
