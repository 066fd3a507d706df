package vaeebm

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// errNoPicture is the answer of a completion model to a condition without a picture.
var errNoPicture = errors.New("condition: found no masked picture, want one (Given.Picture): this model completes pictures")

// energy is U(x), or U(x, c) of completion. It is a value bound to a checkpoint; it
// carries the latents that a plan on it begins from.
type energy struct {
	of      *placed
	picture *sampling.Images // c; nil where the model completes nothing
	latents [][]float32      // empty, one for all pictures or one a picture
	decodes bool             // in a plan that begins with the generator
}

// at binds a condition: the masked picture of completion, and the latents that a
// chain's first pictures are decoded from, on which the energy does not depend.
func (p *placed) at(g models.Given) (sampling.Energy, error) {
	if err := p.check(g); err != nil {
		return nil, err
	}
	return &energy{of: p, picture: g.Picture, latents: g.Latent}, nil
}

// check reports the first thing that this model cannot be asked for.
func (p *placed) check(g models.Given) error {
	switch {
	case g.Level != 0:
		return fmt.Errorf("condition: %s has no noise levels", Name)
	case len(g.Label) > 0:
		return fmt.Errorf("condition: %s has no classes", Name)
	case g.Beta != 0:
		return fmt.Errorf("condition: %s compares no latents, found beta %v", Name, g.Beta)
	case p.completes() && g.Picture == nil:
		return errNoPicture
	case !p.completes() && g.Picture != nil:
		return fmt.Errorf("condition: this model completes no masked picture")
	case len(g.Latent) > 1 && !g.PerImage:
		return fmt.Errorf("condition: found %d latents for every picture, want one, or one for each picture", len(g.Latent))
	}
	if c := g.Picture; c != nil {
		if err := c.Check(p.channels, p.height, p.width); err != nil {
			return fmt.Errorf("condition: masked %w", err)
		}
		if slices.ContainsFunc(c.Data, notFinite) {
			return errors.New("condition: the masked picture has values that are not finite")
		}
	}
	for i, z := range g.Latent {
		if len(z) != p.latent {
			return fmt.Errorf("condition: latent %d has %d numbers, want %d", i, len(z), p.latent)
		}
		if slices.ContainsFunc(z, notFinite) {
			return fmt.Errorf("condition: latent %d has numbers that are not finite", i)
		}
	}
	return nil
}

func notFinite(v float32) bool { return v-v != 0 }

// Value returns the energies of pictures.
func (e *energy) Value(x sampling.Images) ([]float32, error) {
	out, err := e.of.callPictures(e.of.value, x, e.picture)
	if err != nil {
		return nil, err
	}
	return out[0].Data, nil
}

// Eval returns the energies and their gradients.
func (e *energy) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	out, err := e.of.callPictures(e.of.eval, x, e.picture)
	if err != nil {
		return nil, sampling.Images{}, err
	}
	return out[0].Data, sampling.Images{N: x.N, C: x.C, H: x.H, W: x.W, Data: out[1].Data}, nil
}

// Activations are the outputs of the energy network's layers for one picture.
func (e *energy) Activations(x sampling.Images) ([]checkpoint.Named, error) {
	if err := x.Check(e.of.channels, e.of.height, e.of.width); err != nil {
		return nil, err
	}
	in, err := e.of.inputs(nn.Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}, e.picture)
	if err != nil {
		return nil, err
	}
	return e.of.layers.Call(in...)
}

// Warm compiles what n pictures need, the generator too where the plan begins with it.
func (e *energy) Warm(n int, grad bool) (time.Duration, error) {
	f := e.of.value
	if grad {
		f = e.of.eval
	}
	took, err := e.of.warm(f, n, []int{e.of.channels, e.of.height, e.of.width})
	if err != nil || !e.decodes {
		return took, err
	}
	more, err := e.of.warm(e.of.generate, n, []int{e.of.latent})
	return took + more, err
}
