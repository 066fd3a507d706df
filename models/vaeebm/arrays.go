package vaeebm

import (
	"context"
	"fmt"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// arrays computes this family's row of docs/arrays.md: from x, perhaps latents z, and
// the masked pictures c where the model completes, every quantity.
func (p *placed) arrays(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	if err := models.CheckSettings(s); err != nil {
		return nil, err
	}
	if err := p.onlyArrays(in, "x", "z"); err != nil {
		return nil, err
	}
	x, err := p.model.Pictures(in, "x", -1)
	if err != nil {
		return nil, err
	}
	c, err := p.given(in, x.N)
	if err != nil {
		return nil, err
	}
	out := map[string]checkpoint.Tensor{}
	if err := p.putEval(out, "", x, c); err != nil {
		return nil, err
	}
	if p.infer != nil {
		mean, logVariance, err := p.inferred(x, c)
		if err != nil {
			return nil, err
		}
		out["enc.mu"], out["enc.logvar"] = tensorOf(mean), tensorOf(logVariance)
		recon, err := p.generated(mean, c)
		if err != nil {
			return nil, err
		}
		out["recon"] = models.PicturesTensor(recon)
	}
	if _, ok := in["z"]; !ok {
		return out, nil
	}
	count := -1
	if c != nil {
		count = x.N // every latent has its masked picture
	}
	z, err := p.latents(in, count)
	if err != nil {
		return nil, err
	}
	gen, err := p.generated(z, c)
	if err != nil {
		return nil, err
	}
	out["gen"] = models.PicturesTensor(gen)
	return out, p.putEval(out, "gen.", gen, c)
}

// replay runs ancestral Langevin sampling from given latents z with recorded noise
// [steps, pictures, ...]; it returns the generator's pictures, those after every step
// and the energies before it.
func (p *placed) replay(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	if _, ok := s[p.sampler.steps.Name]; ok {
		return nil, fmt.Errorf("setting %q: a replay takes as many steps as the array \"noise\" has", p.sampler.steps.Name)
	}
	if err := p.onlyArrays(in, "z", "noise"); err != nil {
		return nil, err
	}
	z, err := p.latents(in, -1)
	if err != nil {
		return nil, err
	}
	count := z.Shape[0]
	noise, err := p.model.Noise(in, "noise", count)
	if err != nil {
		return nil, err
	}
	c, err := p.given(in, count)
	if err != nil {
		return nil, err
	}
	gen, err := p.generated(z, c)
	if err != nil {
		return nil, err
	}
	settings := sampling.Settings{p.sampler.steps.Name: float64(len(noise))}
	for name, v := range s {
		settings[name] = v
	}
	plan, err := p.plan([]sampling.Term{{Weight: 1, Energy: &energy{of: p, picture: c}}}, settings)
	if err != nil {
		return nil, err
	}
	plan = plan[len(plan)-1:] // the generator has been run
	var pictures, energies []float32
	for state, err := range sampling.Run(context.Background(), sampling.Recorded(noise), gen, plan) {
		if err != nil {
			return nil, err
		}
		pictures, energies = append(pictures, state.X.Data...), append(energies, state.Energy...)
	}
	return map[string]checkpoint.Tensor{
		"gen":    models.PicturesTensor(gen),
		"x":      checkpoint.Float32Tensor([]int{len(noise), count, p.channels, p.height, p.width}, pictures),
		"energy": checkpoint.Float32Tensor([]int{len(noise), count}, energies),
	}, nil
}

// onlyArrays refuses arrays of other names; c is known to completion models.
func (p *placed) onlyArrays(in map[string]checkpoint.Tensor, names ...string) error {
	if p.completes() {
		names = append(names, "c")
	}
	return models.OnlyArrays(in, names...)
}

// given reads the masked pictures, one for each of count; nil where the model
// completes nothing.
func (p *placed) given(in map[string]checkpoint.Tensor, count int) (*sampling.Images, error) {
	if !p.completes() {
		return nil, nil
	}
	c, err := p.model.Pictures(in, "c", count)
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: this model completes pictures; c are the pictures with their hole set to 0", err)
	}
	return &c, nil
}

// latents reads z, of count rows or any number (-1).
func (p *placed) latents(in map[string]checkpoint.Tensor, count int) (nn.Array, error) {
	v, shape, err := models.FloatArray(in, "z", count, p.latent)
	return nn.Array{Shape: shape, Data: v}, err
}

// putEval evaluates U into the arrays prefix+"energy" and prefix+"grad".
func (p *placed) putEval(out map[string]checkpoint.Tensor, prefix string, x sampling.Images, c *sampling.Images) error {
	values, grad, err := (&energy{of: p, picture: c}).Eval(x)
	if err != nil {
		return err
	}
	out[prefix+"energy"] = checkpoint.Float32Tensor([]int{x.N}, values)
	out[prefix+"grad"] = models.PicturesTensor(grad)
	return nil
}

func tensorOf(a nn.Array) checkpoint.Tensor { return checkpoint.Float32Tensor(a.Shape, a.Data) }
