package icd

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

// learner is a training under way: weights, Adam's state and averages, which live on
// the device, and past samples, which live here as bytes.
type learner struct {
	config LearnConfig
	data   models.Data
	flags  Flags
	key    sampling.Key
	net    Net
	jump   Jump
	past   *reservoir
	made   int // samples so far

	weights, v, mean    *nn.Bank
	effective, averaged *nn.Bank // for the chains; of the averages only for sheets
	fold, walk, update  *nn.Routine
	effectiveNames      []string
}

// Learn starts a training; see [models.Family].
func Learn(b compute.Backend, data models.Data, settings map[string]string) (*models.Learner, error) {
	c, err := ParseLearnConfig(settings, data.C)
	if err != nil {
		return nil, err
	}
	l, err := newLearner(b, data, c)
	if err != nil {
		return nil, fmt.Errorf("start training %s on %q: %w", Name, data.Name, err)
	}
	return &models.Learner{
		Config: c.Settings(), Iterations: c.Iterations, Step: l.step, State: l.state, Restore: l.restore, Model: l.model, Sheets: l.sheets,
		Samples: "energy_samples", Data: "energy_data", Schedule: []string{"iterations", "lr", "lr-final", "ema"},
		Advice: "a lower --lr, a higher --alpha or --kl, more --langevin-steps or --spectral true",
	}, nil
}

func newLearner(b compute.Backend, data models.Data, c LearnConfig) (*learner, error) {
	if data.H < 4 || data.W < 4 {
		return nil, fmt.Errorf("found pictures of %dx%d pixels, want at least 4x4", data.H, data.W)
	}
	if data.Count < c.Batch {
		return nil, fmt.Errorf("found %d pictures, want at least a batch of %d", data.Count, c.Batch)
	}
	l := &learner{config: c, data: data, key: sampling.NewKey(c.Seed)}
	var err error
	if l.flags, err = c.flags(data); err != nil {
		return nil, err
	}
	if l.net, err = NewNet(l.flags); err != nil {
		return nil, err
	}
	if err = l.net.CheckSize(data.H, data.W); err != nil {
		return nil, err
	}
	if l.jump, err = parseJump(c.Jump, c.JumpSize); err != nil {
		return nil, err
	}
	if l.past, err = newReservoir(l.key, c.Buffer, data.C, data.H, data.W, c.Reinit, c.Reservoir); err != nil {
		return nil, err
	}
	specs := l.net.Specs()
	p := nn.Init(learningSpecs(specs), rand.New(rand.NewPCG(c.Seed, 0)))
	l.weights, l.mean, l.v = nn.NewBank(p), nn.NewBank(p), nn.ZeroBank(specs)
	l.effectiveNames = l.net.EffectiveNames()
	return l, l.build(b)
}

// build makes the routines; each compiles when it is first called.
func (l *learner) build(b compute.Backend) (err error) {
	specs, conditions := l.net.Specs(), 0
	if l.net.Conditional {
		conditions = 1
	}
	all, some := nn.Names(specs, nn.Every), nn.Names(specs, nn.Trained)
	make := func(r **nn.Routine, name string, singles int, banks [][]string, f func([]*graph.Node, []nn.Weights) []*graph.Node) {
		if err == nil {
			*r, err = nn.NewRoutine(b, name, singles, banks, f)
		}
	}
	make(&l.fold, "effective weights", 0, [][]string{all}, func(_ []*graph.Node, w []nn.Weights) []*graph.Node {
		effective, _ := l.net.Effective(w[0], 0)
		return effective.In(l.effectiveNames)
	})
	make(&l.walk, "Langevin step", 3+conditions, [][]string{l.effectiveNames}, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return []*graph.Node{walkGraph(l.net, x, w[0])}
	})
	make(&l.update, "update of the energy network", updateInputs+2*conditions, [][]string{all, some, all}, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return updateGraph(l.net, l.config, x, w)
	})
	return err
}

// step is one iteration: chains on from past samples that jumped, an update through
// their last steps, and the samples into the reservoir.
func (l *learner) step(ctx context.Context, i int) (map[string]float64, error) {
	real, classes, err := l.batch(i)
	if err != nil {
		return nil, err
	}
	l.made = i * l.config.Batch
	from, err := l.past.draw(l.key, i, l.config.Batch, l.config.EntropyPictures, l.made)
	if err != nil {
		return nil, err
	}
	if err := l.classesOf(i, &from); err != nil {
		return nil, err
	}
	if from.x, err = l.jumped(i, from); err != nil {
		return nil, err
	}
	if err := l.refold(l.weights, &l.effective); err != nil {
		return nil, err
	}
	last, _ := l.config.withKL()
	walk := l.walking(l.effective, l.key, from.label)
	defer walk.free()
	at, err := walk.steps(ctx, from.x, i*l.config.Steps, l.config.Steps-last)
	if err != nil {
		return nil, err
	}
	x, metrics, err := l.learn(i, real, classes, from, at)
	if err != nil {
		return nil, err
	}
	for j := range from.age {
		from.age[j] += l.config.Steps
	}
	if err := l.past.put(l.key, i, l.made, x, from.label, from.age); err != nil {
		return nil, err
	}
	l.made += l.config.Batch
	return metrics, nil
}

// jumped are the pictures that chains begin with after their jump; noise has no need of
// one.
func (l *learner) jumped(i int, from starts) (sampling.Images, error) {
	x, err := l.jump.Apply(l.key, i*l.config.Steps, from.x)
	for j, fresh := range from.fresh {
		if fresh {
			copy(x.Image(j), from.x.Image(j))
		}
	}
	return x, err
}

// learn runs the update of iteration i and returns the samples.
func (l *learner) learn(i int, real sampling.Images, classes []int, from starts, at *tensors.Tensor) (sampling.Images, map[string]float64, error) {
	c := l.config
	last, _ := c.withKL()
	numbers := make([]float32, updateCount)
	numbers[updateRate] = float32(c.rate(i))
	numbers[updateCorrection] = float32(1 - math.Pow(adamBeta2, float64(i+1)))
	numbers[updateDecay] = float32(models.AverageDecay(i, c.EMA))
	others := from.others
	if others.N > 0 {
		numbers[updateEntropy] = float32(c.Entropy)
	} else {
		others = sampling.NewImages(c.EntropyPictures, l.data.C, l.data.H, l.data.W)
	}
	noise := sampling.NewImages(last*c.Batch, l.data.C, l.data.H, l.data.W)
	for s := range last {
		if err := l.key.Normals(sampling.StreamStep, (i+1)*c.Steps-last+s, noise.Slice(s*c.Batch, (s+1)*c.Batch)); err != nil {
			return real, nil, err
		}
	}
	in := []*tensors.Tensor{
		pictures(real), at, tensors.FromFlatDataAndDimensions(noise.Data, last, c.Batch, l.data.C, l.data.H, l.data.W),
		pictures(others), c.walkNumbers(), tensors.FromFlatDataAndDimensions(numbers, updateCount),
	}
	if l.net.Conditional {
		in = append(in, l.rows(classes), l.rows(from.label))
	}
	defer nn.Free(in...)
	out, err := l.update.Call(in, l.weights, l.v, l.mean)
	if err != nil {
		return real, nil, err
	}
	if out, err = nn.Replace(out, l.weights, l.v, l.mean); err != nil {
		return real, nil, err
	}
	defer nn.Free(out...)
	x := sampling.Images{N: c.Batch, C: l.data.C, H: l.data.H, W: l.data.W}
	if x.Data, err = tensors.CopyFlatData[float32](out[0]); err != nil {
		return real, nil, err
	}
	values, err := tensors.CopyFlatData[float32](out[1])
	if err != nil {
		return real, nil, err
	}
	metrics := map[string]float64{}
	for j, name := range updateMetrics {
		metrics[name] = float64(values[j])
	}
	return x, metrics, nil
}

// refold computes effective weights for the chains.
func (l *learner) refold(from *nn.Bank, to **nn.Bank) error {
	out, err := l.fold.Call(nil, from)
	if err != nil {
		return err
	}
	if *to == nil {
		*to = &nn.Bank{Names: l.effectiveNames, Values: out}
		return nil
	}
	_, err = nn.Replace(out, *to)
	return err
}

// rate is Adam's: a linear warm-up, then a cosine down to FinalRate.
func (c LearnConfig) rate(i int) float64 {
	return c.Rate * models.WarmUp(i, c.WarmUp) * models.CosineFall(i, c.Iterations, c.FinalRate)
}

func (c LearnConfig) walkNumbers() *tensors.Tensor {
	numbers := make([]float32, walkNumbers)
	numbers[walkSize], numbers[walkNoise] = float32(c.StepSize), float32(c.StepNoise)
	return tensors.FromFlatDataAndDimensions(numbers, walkNumbers)
}

func pictures(x sampling.Images) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x.Data, x.N, x.C, x.H, x.W)
}
