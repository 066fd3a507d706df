package vaeebm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// learner is a training by variational MCMC teaching under way (Algorithm 1):
// weights, optimisers and averages, which live on the device.
type learner struct {
	parts
	config LearnConfig
	data   models.Data
	key    sampling.Key

	energyNow, generatorNow, encoderNow learning // the encoder's is empty where there is none

	fold, generate, walk    *nn.Routine
	updateEnergy, updateVAE *nn.Routine
	effective               *nn.Bank // of the energy, for the chains
}

// learning is a network in training: weights, Adam's moments, averaged weights.
type learning struct{ weights, m, v, mean *nn.Bank }

func newLearning(n network, r *rand.Rand) learning {
	specs := specsOf(n)
	p := nn.Init(specs, r)
	return learning{nn.NewBank(p), nn.ZeroBank(specs), nn.ZeroBank(specs), nn.NewBank(p)}
}

func (l learning) banks() []*nn.Bank {
	if l.weights == nil {
		return nil
	}
	return []*nn.Bank{l.weights, l.m, l.v, l.mean}
}

// gap is how far apart the energies of data and of samples may be for long: chains of
// a few small steps from an imperfect generator do not close it, unlike those of a
// replay buffer.
const gap = 1000

// Learn starts a training; see [models.Family].
func Learn(b compute.Backend, data models.Data, settings map[string]string) (*models.Learner, error) {
	c, err := ParseLearnConfig(settings)
	if err != nil {
		return nil, err
	}
	l, err := newLearner(b, data, c)
	if err != nil {
		return nil, fmt.Errorf("start training %s on %q: %w", Name, data.Name, err)
	}
	return &models.Learner{
		Config: c.Settings(), Iterations: c.Iterations, Step: l.step, State: l.state, Restore: l.restore, Model: l.checkpoint, Sheets: l.sheets,
		Samples: "energy_samples", Data: "energy_data", Gap: gap,
		Schedule: []string{"iterations", "lr", "vae-lr", "lr-final", "ema"}, Advice: "a lower --lr, a smaller --delta or some --alpha",
	}, nil
}

func newLearner(b compute.Backend, data models.Data, c LearnConfig) (*learner, error) {
	switch {
	case data.View == nil:
		return nil, fmt.Errorf("found points of the plane, want pictures")
	case data.Count < c.Batch:
		return nil, fmt.Errorf("found %d pictures, want at least a batch of %d", data.Count, c.Batch)
	}
	l := &learner{config: c, data: data, key: sampling.NewKey(c.Seed)}
	var err error
	if l.parts, err = c.networks(data); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(c.Seed, 0))
	l.energyNow, l.generatorNow = newLearning(l.energy, r), newLearning(l.generator, r)
	if l.encoder != nil {
		l.encoderNow = newLearning(l.encoder, r)
	}
	return l, l.build(b)
}

// build makes the routines; each compiles when it is first called.
func (l *learner) build(b compute.Backend) (err error) {
	given := 0 // the masked pictures
	if l.completes() {
		given = 1
	}
	make := func(r **nn.Routine, name string, singles int, banks [][]string, f func([]*graph.Node, []nn.Weights) []*graph.Node) {
		if err == nil {
			*r, err = nn.NewRoutine(b, name, singles+given, banks, f)
		}
	}
	ofEnergy, ofGenerator := nn.LearnedNames(specsOf(l.energy)), nn.LearnedNames(specsOf(l.generator))
	var names []string
	for _, q := range Fold(l.energy, zeros(l.energy)) {
		names = append(names, q.Name)
	}
	l.effective = &nn.Bank{Names: names}
	if err == nil {
		l.fold, err = nn.NewRoutine(b, "effective weights", 0, ofEnergy[:1], func(_ []*graph.Node, w []nn.Weights) []*graph.Node {
			return Effective(l.energy, w[0]).In(names)
		})
	}
	make(&l.generate, "generator", 1, ofGenerator[:1], func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		x, c := l.given(x)
		return []*graph.Node{l.generator.Forward(Effective(l.generator, w[0]), x[0], c, nil)}
	})
	make(&l.walk, "Langevin step", 2, [][]string{names}, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return []*graph.Node{l.stepGraph(l.config.Delta, l.config.Noise, x, w[0])}
	})
	make(&l.updateEnergy, "update of the energy", 3, ofEnergy, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return l.energyGraph(l.config, x, w)
	})
	if l.encoder == nil {
		make(&l.updateVAE, "update of the generator", 4, ofGenerator, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
			return l.teachGraph(l.config, x, w)
		})
		return err
	}
	both := append(ofGenerator, nn.LearnedNames(specsOf(l.encoder))...)
	make(&l.updateVAE, "update of the auto-encoder", 5, both, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return l.vaeGraph(l.config, x, w)
	})
	return err
}

// zeros are arrays of a network's names and shapes.
func zeros(n network) nn.Params {
	var p nn.Params
	for _, s := range specsOf(n) {
		p = append(p, nn.Param{Name: s.Name, Array: nn.NewArray(s.Shape...)})
	}
	return p
}

// streamInference draws the noise of the inferred latents.
const streamInference = sampling.StreamUser + 1

// step is one iteration of Algorithm 1: ancestral Langevin sampling, an update of the
// energy, and one of the auto-encoder by the samples. In the first VAEFirst iterations
// the auto-encoder learns from data and the energy waits: chains that begin far from
// data cannot reach them, and the energy would only grow.
func (l *learner) step(ctx context.Context, i int) (map[string]float64, error) {
	data, masks, err := l.batch(i)
	if err != nil {
		return nil, err
	}
	x, c := onDevice(data), l.condition(masks)
	defer nn.Free(append(c, x)...)
	if i < l.config.VAEFirst {
		return l.reconstruct(i, x, x, x, c)
	}
	latents, err := l.normals(sampling.StreamStart, i, l.latent, 1, 1)
	defer nn.Free(latents)
	if err != nil {
		return nil, err
	}
	first, samples, err := l.draw(ctx, l.key, i, latents, c, l.generatorNow.weights, l.energyNow.weights)
	defer nn.Free(first, samples)
	if err != nil {
		return nil, err
	}
	v, err := l.update(l.updateEnergy, i, l.config.Rate, c, l.energyNow.banks(), x, samples)
	if err != nil {
		return nil, err
	}
	var metrics map[string]float64
	if l.encoder == nil {
		metrics, err = l.teach(i, samples, first, latents, c)
	} else {
		metrics, err = l.reconstruct(i, samples, x, first, c)
	}
	if err != nil {
		return nil, err
	}
	metrics["energy_data"], metrics["energy_samples"], metrics["gradient_norm"] = v[0], v[1], v[2]
	return metrics, nil
}

// reconstruct updates the auto-encoder by samples, which began as first, and by the
// configured part of data.
func (l *learner) reconstruct(i int, samples, data, first *tensors.Tensor, c []*tensors.Tensor) (map[string]float64, error) {
	noise, err := l.normals(streamInference, i, l.latent, 1, 1)
	if err != nil {
		return nil, err
	}
	defer nn.Free(noise)
	banks := append(l.generatorNow.banks(), l.encoderNow.banks()...)
	v, err := l.update(l.updateVAE, i, l.config.VAERate, c, banks, samples, data, first, noise)
	if err != nil {
		return nil, err
	}
	return map[string]float64{"reconstruction": l.rms(v[0]), "moved": l.rms(v[1]), "kl": v[2], "vae_gradient_norm": v[3]}, nil
}

// teach updates the generator alone, by the latents that samples began from.
func (l *learner) teach(i int, samples, first, latents *tensors.Tensor, c []*tensors.Tensor) (map[string]float64, error) {
	v, err := l.update(l.updateVAE, i, l.config.VAERate, c, l.generatorNow.banks(), samples, first, latents)
	if err != nil {
		return nil, err
	}
	return map[string]float64{"reconstruction": l.rms(v[0]), "moved": l.rms(v[1]), "vae_gradient_norm": v[2]}, nil
}

// rms is the root of a mean square a pixel, from one a picture.
func (l *learner) rms(square float64) float64 {
	return math.Sqrt(square / float64(l.channels*l.height*l.width))
}

// batch is the real pictures of iteration i in -1..1, and as they are masked for
// completion.
func (l *learner) batch(i int) (x sampling.Images, c *sampling.Images, err error) {
	x, err = l.data.Batch(l.key, i, l.config.Batch, l.config.DataNoise, l.config.FlipData)
	if err != nil {
		return x, nil, err
	}
	for j, v := range x.Data {
		x.Data[j] = 2*v - 1
	}
	if !l.completes() {
		return x, nil, nil
	}
	m, err := masked(x)
	return x, &m, err
}

// condition is the masked pictures on the device, a list of none where the model
// completes nothing.
func (l *learner) condition(c *sampling.Images) []*tensors.Tensor {
	if c == nil {
		return nil
	}
	return []*tensors.Tensor{onDevice(*c)}
}

// normals draws numbers for a batch: rows of latents where the pictures are of one
// pixel.
func (l *learner) normals(stream sampling.Stream, step, channels, height, width int) (*tensors.Tensor, error) {
	return draws(l.key, stream, step, sampling.NewImages(l.config.Batch, channels, height, width))
}

func draws(k sampling.Key, stream sampling.Stream, step int, z sampling.Images) (*tensors.Tensor, error) {
	err := k.Normals(stream, step, z)
	if z.H == 1 && z.W == 1 {
		return tensors.FromFlatDataAndDimensions(z.Data, z.N, z.C), err
	}
	return onDevice(z), err
}

func onDevice(x sampling.Images) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x.Data, x.N, x.C, x.H, x.W)
}

// draw is ancestral Langevin sampling, Eq. 6: the generator's pictures of latents and
// what the chains of iteration i make of them.
func (l *learner) draw(ctx context.Context, k sampling.Key, i int, latents *tensors.Tensor, c []*tensors.Tensor, generator, energy *nn.Bank) (first, last *tensors.Tensor, err error) {
	folded, err := l.fold.Call(nil, energy)
	if err != nil {
		return nil, nil, err
	}
	l.effective.Values = folded
	defer nn.Free(folded...)
	out, err := l.generate.Call(append([]*tensors.Tensor{latents}, c...), generator)
	if err != nil {
		return nil, nil, err
	}
	first = out[0]
	n := first.Shape().Dimensions[0]
	x := first
	for s := range l.config.Steps {
		if err := ctx.Err(); err != nil {
			return first, x, err
		}
		z, err := draws(k, sampling.StreamStep, i*l.config.Steps+s, sampling.NewImages(n, l.channels, l.height, l.width))
		if err != nil {
			return first, x, err
		}
		out, err := l.walk.Call(append([]*tensors.Tensor{x, z}, c...), l.effective)
		nn.Free(z)
		if err != nil {
			return first, x, err
		}
		if x != first {
			nn.Free(x)
		}
		x = out[0]
	}
	return first, x, nil
}

// update runs an update of networks, takes over their banks and returns the metrics.
func (l *learner) update(r *nn.Routine, i int, rate float64, c []*tensors.Tensor, banks []*nn.Bank, singles ...*tensors.Tensor) ([]float64, error) {
	numbers := nn.UpdateNumbers(i, rate*l.config.pace(i), models.AverageDecay(i, l.config.EMA))
	defer nn.Free(numbers)
	out, err := r.Call(append(append(singles, numbers), c...), banks...)
	if err != nil {
		return nil, err
	}
	if out, err = nn.Replace(out, banks...); err != nil {
		return nil, err
	}
	defer nn.Free(out...)
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return nil, err
	}
	metrics := make([]float64, len(values))
	for j, v := range values {
		metrics[j] = float64(v)
	}
	return metrics, nil
}
