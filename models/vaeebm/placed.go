package vaeebm

import (
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// placed is an opened checkpoint on a device: compiled functions over its pictures.
// All its energies point to it. A completion model's functions take the masked
// pictures c as a second input.
type placed struct {
	contents
	sampler sampler
	model   *models.Model

	value, eval *nn.Exec // x -> U; x -> U, dU/dx
	leap        *nn.Leaper
	generate    *nn.Exec // z -> g(z)
	infer       *nn.Exec // x -> mean, log-variance; nil without encoder
	layers      *nn.Tapped
}

// place puts the folded weights on a device.
func (c *contents) place(b compute.Backend) (*placed, error) {
	p := &placed{contents: *c, sampler: newSampler(c)}
	energy, err := nn.Place(b, Fold(c.energy, c.energyParams))
	if err != nil {
		return nil, err
	}
	generator, err := nn.Place(b, Fold(c.generator, c.generatorParams))
	if err != nil {
		return nil, err
	}
	p.value = nn.NewExec("vaeebm energy", energy, p.potential(false))
	p.eval = nn.NewExec("vaeebm energy and gradient", energy, p.potential(true))
	p.leap = nn.NewLeaper("vaeebm steps", energy, p.potential(true))
	p.layers = nn.NewTapped("vaeebm layers", energy, func(w nn.Weights, in []*graph.Node, t *nn.Tap) { p.energy.Forward(w, in[0], second(in), t) })
	p.generate = nn.NewExec("vaeebm generator", generator, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		return []*graph.Node{p.generator.Forward(w, in[0], second(in), nil)}
	})
	if c.encoder != nil {
		encoder, err := nn.Place(b, Fold(c.encoder, c.encoderParams))
		if err != nil {
			return nil, err
		}
		p.infer = nn.NewExec("vaeebm encoder", encoder, func(w nn.Weights, in []*graph.Node) []*graph.Node {
			mean, logVariance := p.encoder.Forward(w, in[0], second(in))
			return []*graph.Node{mean, logVariance}
		})
	}
	p.energyParams, p.generatorParams, p.encoderParams = nil, nil, nil // the device has its own
	p.model = p.newModel()
	return p, nil
}

// second is the masked picture among a function's inputs, nil where there is none.
func second(in []*graph.Node) *graph.Node {
	if len(in) > 1 {
		return in[1]
	}
	return nil
}

// potential builds U of pictures, and its gradient by the pictures.
func (p *placed) potential(grad bool) nn.Function {
	return func(w nn.Weights, in []*graph.Node) []*graph.Node {
		u := p.energy.Forward(w, in[0], second(in), nil)
		if !grad {
			return []*graph.Node{u}
		}
		return []*graph.Node{u, graph.Gradient(graph.ReduceAllSum(u), in[0])[0]}
	}
}

// newModel is the checkpoint as the rest of the program sees it.
func (p *placed) newModel() *models.Model {
	name := p.name
	if name == "" {
		name = fmt.Sprintf("vaeebm-%d", p.height)
	}
	m := &models.Model{
		Family: Name, Name: name,
		C: p.channels, H: p.height, W: p.width, Lo: -1, Hi: 1,
		LatentSize: p.latent, Parameters: nn.Trainable(p.energy.Specs()), TrainedSteps: p.steps,
		Facts: p.facts(), Knobs: p.sampler.knobs(),
		At: p.at, Plan: p.plan, Start: p.start, Score: p.score, Decode: p.decode,
		Arrays: p.arrays, Replay: p.replay, Compiled: p.compiled,
	}
	if p.completes() {
		m.Hole = hole
	}
	if p.infer != nil {
		m.Encode = p.encode
	}
	return m
}

// hole is the mask of the centre half of both axes (section 6.2).
func hole(x sampling.Images) *sampling.Mask {
	return sampling.NewMask(x).Fill(x.H/4, x.W/4, x.H-x.H/4, x.W-x.W/4, 1)
}

// masked are pictures whose hole is 0, as training masks them: the condition of
// completion.
func masked(x sampling.Images) (sampling.Images, error) {
	return hole(x).Apply(sampling.NewImages(x.N, x.C, x.H, x.W))
}

// condition checks the masked pictures for a batch of n: one for all, or one each.
func (p *placed) condition(c *sampling.Images, n int) (*nn.Array, error) {
	if !p.completes() {
		return nil, nil
	}
	if c == nil {
		return nil, errNoPicture
	}
	if c.N != 1 && c.N != n {
		return nil, fmt.Errorf("condition: found %d masked pictures, want one or one for each of %d", c.N, n)
	}
	a := nn.Array{Shape: []int{n, c.C, c.H, c.W}, Data: c.Data}
	if c.N != n {
		a.Data = make([]float32, 0, n*c.Size())
		for range n {
			a.Data = append(a.Data, c.Data...)
		}
	}
	return &a, nil
}

// call runs a function of rows and, where the model completes, the masked pictures c.
func (p *placed) call(e *nn.Exec, rows nn.Array, c *sampling.Images) ([]nn.Array, error) {
	in, err := p.inputs(rows, c)
	if err != nil {
		return nil, err
	}
	return e.Call(in...)
}

// inputs are the rows and, where the model completes, the masked pictures c.
func (p *placed) inputs(rows nn.Array, c *sampling.Images) ([]nn.Array, error) {
	given, err := p.condition(c, rows.Shape[0])
	if err != nil || given == nil {
		return []nn.Array{rows}, err
	}
	return []nn.Array{rows, *given}, nil
}

// callPictures is call for pictures.
func (p *placed) callPictures(e *nn.Exec, x sampling.Images, c *sampling.Images) ([]nn.Array, error) {
	if err := x.Check(p.channels, p.height, p.width); err != nil {
		return nil, err
	}
	return p.call(e, nn.Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}, c)
}

// warm compiles a function of rows for n pictures.
func (p *placed) warm(e *nn.Exec, n int, row []int) (time.Duration, error) {
	if p.completes() {
		return e.Warm(n, row, []int{p.channels, p.height, p.width})
	}
	return e.Warm(n, row)
}

// generated is g of latents.
func (p *placed) generated(latents nn.Array, c *sampling.Images) (sampling.Images, error) {
	out, err := p.call(p.generate, latents, c)
	if err != nil {
		return sampling.Images{}, fmt.Errorf("generate: %w", err)
	}
	return sampling.Images{N: latents.Shape[0], C: p.channels, H: p.height, W: p.width, Data: out[0].Data}, nil
}

// decode is the model's Decode.
func (p *placed) decode(latents [][]float32, g models.Given) (sampling.Images, error) {
	if len(g.Latent) > 0 {
		return sampling.Images{}, fmt.Errorf("decode: found latents in the condition too, want them once")
	}
	if len(latents) == 0 {
		return sampling.Images{}, fmt.Errorf("decode: found no latents, want at least one")
	}
	g.Latent, g.PerImage = latents, true
	if err := p.check(g); err != nil {
		return sampling.Images{}, fmt.Errorf("decode: %w", err)
	}
	return p.generated(p.rows(latents), g.Picture)
}

// rows joins latents that have been checked.
func (p *placed) rows(latents [][]float32) nn.Array {
	z := nn.NewArray(len(latents), p.latent)
	for i, row := range latents {
		copy(z.Data[i*p.latent:], row)
	}
	return z
}

// inferred is the encoder's mean and log-variance of pictures.
func (p *placed) inferred(x sampling.Images, c *sampling.Images) (mean, logVariance nn.Array, err error) {
	out, err := p.callPictures(p.infer, x, c)
	if err != nil {
		return nn.Array{}, nn.Array{}, fmt.Errorf("encode: %w", err)
	}
	return out[0], out[1], nil
}

// encode is the model's Encode: the mean of q(z|x), or of q(z|x, c) with c made from
// x as in training.
func (p *placed) encode(x sampling.Images) ([][]float32, error) {
	c, err := p.trained(x)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	mean, _, err := p.inferred(x, c)
	if err != nil {
		return nil, err
	}
	latents := make([][]float32, x.N)
	for i := range latents {
		latents[i] = mean.Data[i*p.latent : (i+1)*p.latent]
	}
	return latents, nil
}

// trained is the condition that training made from pictures, nil where there is none.
func (p *placed) trained(x sampling.Images) (*sampling.Images, error) {
	if !p.completes() {
		return nil, nil
	}
	if err := x.Check(p.channels, p.height, p.width); err != nil {
		return nil, err
	}
	c, err := masked(x)
	return &c, err
}

// compiled sums up the compilations of all functions.
func (p *placed) compiled() (programs int, spent time.Duration) {
	return nn.Compiled(p.value, p.eval, p.generate, p.infer, p.layers, p.leap)
}
