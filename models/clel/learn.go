package clel

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

// learner is a training of CLEL under way (Algorithm 1 of the paper's appendix).
// Weights, optimisers and averages live on the device; the chains' buffer lives
// here as bytes.
type learner struct {
	config  LearnConfig
	data    models.Data
	key     sampling.Key
	net     Net
	encoder Encoder
	replay  *sampling.Replay

	ebm, ebmV, ebmMean        *bank // weights, Adam's v, averaged weights
	enc, encMomentum, encMean *bank // nil without latents
	effective, effectiveMean  *bank // of the energy network, for the chains; Mean only for sheets
	fold, walk, updateEBM     *program
	encode, updateEncoder     *program
	features, embed           *program // f and g of effective weights; the encoder in evaluation
}

// Keys of the views, apart from the chains' and the batches'.
const (
	keyLatentView = 1 + iota
	keyFirstView
	keySecondView
	keyMove
	keySheet
)

// derived is the run's key for another purpose.
func (l *learner) derived(purpose uint64) sampling.Key {
	return sampling.NewKey(l.config.Seed + purpose<<48)
}

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
		Config: c.Settings(), Iterations: c.Iterations, Step: l.step, State: l.state, Restore: l.restore, Model: l.model, Sheets: l.sheets, Cosines: l.cosines,
		Samples: "energy_samples", Data: "energy_data", Schedule: []string{"iterations", "lr", "encoder-lr", "lr-final", "ema"},
	}, nil
}

func newLearner(b compute.Backend, data models.Data, c LearnConfig) (*learner, error) {
	if data.View == nil || data.Std == nil {
		return nil, fmt.Errorf("found points of the plane, want pictures: %s learns from changed copies of them", Name)
	}
	if data.Count < c.Batch {
		return nil, fmt.Errorf("found %d pictures, want at least a batch of %d", data.Count, c.Batch)
	}
	if least := c.Patch << (len(c.Widths) - 1); data.H%c.Patch != 0 || data.W%c.Patch != 0 || min(data.H, data.W) < least {
		return nil, fmt.Errorf("found pictures of %dx%d pixels, want sides of at least %d, multiples of %d, as width and patch ask", data.H, data.W, least, c.Patch)
	}
	l := &learner{
		config: c, data: data, key: sampling.NewKey(c.Seed),
		net: c.net(data.C), encoder: c.encoder(data.C, data.H, data.W),
	}
	var err error
	if l.replay, err = sampling.NewReplay(l.key, c.Buffer, data.C, data.H, data.W, 0, 1, c.Reinit); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(c.Seed, 0))
	params := nn.Init(learningSpecs(l.net.Specs()), r)
	normalisation(params, data)
	l.ebm, l.ebmMean, l.ebmV = newBank(params), newBank(params), zeros(l.net.Specs())
	if c.Latent {
		params := nn.Init(l.encoder.Specs(), r)
		normalisation(params, data)
		l.enc, l.encMean, l.encMomentum = newBank(params), newBank(params), zeros(l.encoder.Specs())
	}
	return l, l.build(b)
}

// build makes the programs; each compiles when it is first called.
func (l *learner) build(b compute.Backend) (err error) {
	specs := l.net.Specs()
	all, some := specNames(specs, every), specNames(specs, trained)
	effective := specNames(l.net.EffectiveSpecs(), every)
	make := func(p **program, name string, singles int, banks [][]string, f func(inputs) []*graph.Node) {
		if err == nil {
			*p, err = newProgram(b, name, singles, banks, f)
		}
	}
	make(&l.fold, "spectral normalisation", 0, [][]string{all}, func(in inputs) []*graph.Node {
		w, _ := l.net.Effective(in.banks[0], 0)
		return list(w, effective)
	})
	make(&l.walk, "Langevin step", 3, [][]string{effective}, func(in inputs) []*graph.Node { return walkGraph(l.net, in) })
	make(&l.updateEBM, "update of the energy network", 4, [][]string{all, some, all},
		func(in inputs) []*graph.Node { return ebmGraph(l.net, l.config, in) })
	make(&l.features, "directions", 1, [][]string{effective}, func(in inputs) []*graph.Node {
		out := l.net.Forward(in.banks[0], in.x[0])
		return []*graph.Node{out.F, out.G}
	})
	if l.config.Latent {
		all, some := specNames(l.encoder.Specs(), every), specNames(l.encoder.Specs(), trained)
		make(&l.encode, "encoder", 1, [][]string{all}, func(in inputs) []*graph.Node { return encodeGraph(l.encoder, in) })
		make(&l.embed, "encoder in evaluation", 1, [][]string{all}, func(in inputs) []*graph.Node {
			return []*graph.Node{nn.Unit(l.encoder.Forward(l.encoder.Effective(in.banks[0]), in.x[0], nil))}
		})
		make(&l.updateEncoder, "update of the encoder", 3, [][]string{all, some, all},
			func(in inputs) []*graph.Node { return encoderGraph(l.encoder, l.config, in) })
	}
	return err
}

// step is one iteration: samples from the chains, latents of the real pictures, an
// update of the energy network, an update of the encoder.
func (l *learner) step(ctx context.Context, i int) (map[string]float64, error) {
	real, err := l.data.Batch(l.key, i, l.config.Batch, l.config.DataNoise, l.config.FlipData)
	if err != nil {
		return nil, err
	}
	samples, walked, err := l.sample(ctx, i)
	if err != nil {
		return nil, err
	}
	latents, err := l.latents(i, real)
	if err != nil {
		return nil, err
	}
	negatives, metrics, err := l.learnEnergy(i, real, samples, latents)
	if err != nil {
		return nil, err
	}
	for name, v := range walked {
		metrics[name] = v
	}
	if l.config.Latent {
		metrics["latent_loss"], err = l.learnEncoder(i, real, negatives)
	}
	return metrics, err
}

// sample continues chains of the buffer, some anew from noise, and puts them back.
func (l *learner) sample(ctx context.Context, i int) (sampling.Images, map[string]float64, error) {
	slots, x, err := l.replay.Draw(l.key, i, l.config.Batch)
	if err != nil {
		return x, nil, err
	}
	if l.config.Move != "none" {
		if x, err = l.data.View(l.derived(keyMove), l.config.Move, i, x); err != nil {
			return x, nil, err
		}
	}
	if err := l.refold(l.ebm, &l.effective); err != nil {
		return x, nil, err
	}
	x, length, err := l.chain(ctx, l.effective, l.key, i*l.config.Steps, l.config.Steps, x)
	if err != nil {
		return x, nil, err
	}
	return x, map[string]float64{"gradient": length}, l.replay.Put(slots, x)
}

// refold computes effective weights for the chains.
func (l *learner) refold(from *bank, to **bank) error {
	out, err := l.fold.call(nil, from)
	if err != nil {
		return err
	}
	if *to == nil {
		*to = &bank{names: specNames(l.net.EffectiveSpecs(), every), values: out}
		return nil
	}
	_, err = into(out, *to)
	return err
}

// chain walks steps Langevin steps, whose noise is numbered from first on, and
// returns the pictures and the mean norm of the last gradient.
func (l *learner) chain(ctx context.Context, w *bank, k sampling.Key, first, steps int, x sampling.Images) (sampling.Images, float64, error) {
	numbers := make([]float32, walkNumbers)
	numbers[walkSize], numbers[walkClip], numbers[walkNoise] = float32(l.config.StepSize), float32(l.config.Clip), float32(l.config.StepNoise)
	constants := tensors.FromFlatDataAndDimensions(numbers, walkNumbers)
	z := sampling.NewImages(x.N, x.C, x.H, x.W)
	at, last := pictures(x), (*tensors.Tensor)(nil)
	for s := range steps {
		if err := ctx.Err(); err != nil {
			return x, 0, err
		}
		if err := k.Normals(sampling.StreamStep, first+s, z); err != nil {
			return x, 0, err
		}
		noise := pictures(z)
		out, err := l.walk.call([]*tensors.Tensor{at, noise, constants}, w)
		if err != nil {
			return x, 0, err
		}
		free(at, noise, out[1], last)
		at, last = out[0], out[2]
	}
	defer free(at, last, constants)
	length, err := tensors.CopyFlatData[float32](last)
	if err != nil {
		return x, 0, err
	}
	x.Data, err = tensors.CopyFlatData[float32](at)
	return x, mean(length), err
}

// latents are those of changed real pictures, as the energy network shall predict
// them from unchanged ones; zeros without an encoder.
func (l *learner) latents(i int, real sampling.Images) (*tensors.Tensor, error) {
	if !l.config.Latent {
		n := l.net.LatentSize()
		return tensors.FromFlatDataAndDimensions(make([]float32, real.N*n), real.N, n), nil
	}
	view, err := l.data.View(l.derived(keyLatentView), "strong", i, real)
	if err != nil {
		return nil, err
	}
	out, err := l.encode.call([]*tensors.Tensor{pictures(view)}, l.enc)
	if err != nil {
		return nil, err
	}
	out, err = into(out, l.enc)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func (l *learner) learnEnergy(i int, real, samples sampling.Images, latents *tensors.Tensor) (*tensors.Tensor, map[string]float64, error) {
	numbers := make([]float32, ebmNumbers)
	numbers[ebmRate] = float32(l.config.rate(i))
	numbers[ebmCorrection] = float32(1 - math.Pow(adamBeta2, float64(i+1)))
	numbers[ebmDecay] = float32(models.AverageDecay(i, l.config.EMA))
	out, err := l.updateEBM.call([]*tensors.Tensor{
		pictures(real), pictures(samples), latents, tensors.FromFlatDataAndDimensions(numbers, ebmNumbers),
	}, l.ebm, l.ebmV, l.ebmMean)
	if err != nil {
		return nil, nil, err
	}
	if out, err = into(out, l.ebm, l.ebmV, l.ebmMean); err != nil {
		return nil, nil, err
	}
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return nil, nil, err
	}
	metrics := map[string]float64{}
	for j, name := range ebmMetrics {
		metrics[name] = float64(values[j])
	}
	return out[1], metrics, nil
}

func (l *learner) learnEncoder(i int, real sampling.Images, negatives *tensors.Tensor) (float64, error) {
	views := sampling.NewImages(2*real.N, real.C, real.H, real.W)
	for half, key := range []uint64{keyFirstView, keySecondView} {
		v, err := l.data.View(l.derived(key), "strong", i, real)
		if err != nil {
			return 0, err
		}
		copy(views.Data[half*len(v.Data):], v.Data)
	}
	numbers := make([]float32, encNumbers)
	numbers[encRate] = float32(l.config.EncoderRate * models.CosineFall(i, l.config.Iterations, 0))
	numbers[encDecay] = float32(models.AverageDecay(i, l.config.EMA))
	out, err := l.updateEncoder.call([]*tensors.Tensor{
		pictures(views), negatives, tensors.FromFlatDataAndDimensions(numbers, encNumbers),
	}, l.enc, l.encMomentum, l.encMean)
	if err != nil {
		return 0, err
	}
	if out, err = into(out, l.enc, l.encMomentum, l.encMean); err != nil {
		return 0, err
	}
	loss, err := tensors.CopyFlatData[float32](out[0])
	return mean(loss), err
}

// rate is Adam's: a linear warm-up, then a cosine down to FinalRate.
func (c LearnConfig) rate(i int) float64 {
	return c.Rate * models.WarmUp(i, c.WarmUp) * models.CosineFall(i, c.Iterations, c.FinalRate)
}

func pictures(x sampling.Images) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x.Data, x.N, x.C, x.H, x.W)
}

// free gives device memory back at once rather than at the next collection.
func free(list ...*tensors.Tensor) {
	for _, t := range list {
		if t != nil {
			_ = t.FinalizeAll() // memory only: nothing to do about a failure
		}
	}
}

func mean(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x)
	}
	return sum / float64(len(v))
}
