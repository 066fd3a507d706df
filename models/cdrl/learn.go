package cdrl

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// learner is a training of CDRL under way (Algorithm 1): weights, optimisers and
// averages, which live on the device.
type learner struct {
	config   LearnConfig
	data     models.Data
	key      sampling.Key
	schedule *Schedule
	net      Net
	init     Initializer

	energy, proposal      learning
	effective             *nn.Bank // of the energy network, for the chains
	averaged              *nn.Bank // of its averaged weights, for sheets
	fold, walk, propose   *nn.Routine
	updateNet, updateInit *nn.Routine
	effectiveNames        []string
}

// learning is a network in training.
type learning struct {
	weights, m, v, mean *nn.Bank
}

func newLearning(specs []nn.Spec, p nn.Params) learning {
	return learning{nn.NewBank(p), nn.ZeroBank(specs), nn.ZeroBank(specs), nn.NewBank(p)}
}

func (l learning) banks() []*nn.Bank { return []*nn.Bank{l.weights, l.m, l.v, l.mean} }

// Learn starts a training; see [models.Family].
func Learn(b compute.Backend, data models.Data, settings map[string]string) (*models.Learner, error) {
	c, err := ParseLearnConfig(settings, isPoints(data))
	if err != nil {
		return nil, err
	}
	l, err := newLearner(b, data, c)
	if err != nil {
		return nil, fmt.Errorf("start training %s on %q: %w", Name, data.Name, err)
	}
	return &models.Learner{
		Config: c.Settings(), Iterations: c.Iterations, Step: l.step, State: l.state, Restore: l.restore, Model: l.model, Sheets: l.sheets,
		Samples: "energy_samples", Data: "energy_data", Schedule: []string{"iterations", "lr", "init-lr", "lr-final", "ema"},
		Advice: "a lower --lr or --init-lr, a longer --warm-up or a lower --grad-norm",
	}, nil
}

func newLearner(b compute.Backend, data models.Data, c LearnConfig) (*learner, error) {
	if data.Count < c.Batch {
		return nil, fmt.Errorf("found %d pictures, want at least a batch of %d", data.Count, c.Batch)
	}
	l := &learner{config: c, data: data, key: sampling.NewKey(c.Seed)}
	var err error
	if l.net, l.init, err = c.networks(data); err != nil {
		return nil, err
	}
	if l.schedule, err = NewSchedule(c.Levels, c.Min, c.Max, l.net.Points); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(c.Seed, 0))
	l.energy = newLearning(l.net.Specs(), nn.Init(l.net.Specs(), r))
	initial := nn.Init(l.init.Specs(), r)
	if !c.Initializer {
		l.silence(initial)
	}
	l.proposal = newLearning(l.init.Specs(), initial)
	return l, l.build(b)
}

// silence makes an initializer that proposes its input: its last layer is 0. So a
// model trained without one is sampled as it was trained.
func (l *learner) silence(p nn.Params) {
	last := l.init.names().last
	for _, q := range p {
		if q.Name == last+plainWeight || q.Name == last+biasName {
			clear(q.Data)
		}
	}
}

// build makes the routines; each compiles when it is first called.
func (l *learner) build(b compute.Backend) (err error) {
	specs := l.net.Specs()
	given := 1 // the level, and the class
	if l.net.Classes > 0 {
		given = 2
	}
	make := func(r **nn.Routine, name string, singles int, banks [][]string, f func([]*graph.Node, []nn.Weights) []*graph.Node) {
		if err == nil {
			*r, err = nn.NewRoutine(b, name, singles, banks, f)
		}
	}
	for _, q := range l.net.layers() {
		l.effectiveNames = append(l.effectiveNames, q.effective())
		if q.bias {
			l.effectiveNames = append(l.effectiveNames, q.name+biasName)
		}
	}
	for _, s := range l.net.others() {
		l.effectiveNames = append(l.effectiveNames, s.Name)
	}
	make(&l.fold, "effective weights", 0, [][]string{nn.Names(specs, nn.Every)}, func(_ []*graph.Node, w []nn.Weights) []*graph.Node {
		effective, _ := l.net.Effective(w[0], 0)
		return effective.In(l.effectiveNames)
	})
	make(&l.walk, "Langevin step", 4+given, [][]string{l.effectiveNames}, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return []*graph.Node{walkGraph(l.net, x, w[0])}
	})
	make(&l.propose, "proposal", 3+given, nn.LearnedNames(l.init.Specs())[:1], func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return []*graph.Node{proposeGraph(l.init, l.config.Initializer, x, w[0])}
	})
	make(&l.updateNet, "update of the energy network", 3+given, nn.LearnedNames(specs), func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return energyGraph(l.net, l.config, x, w)
	})
	make(&l.updateInit, "update of the initializer", 4+given, nn.LearnedNames(l.init.Specs()), func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return initializerGraph(l.init, l.config, x, w)
	})
	return err
}

// step is one iteration of Algorithm 1: pairs of neighbouring levels, a proposal,
// Langevin steps, an update of the energy, an update of the initializer.
func (l *learner) step(ctx context.Context, i int) (map[string]float64, error) {
	p, err := l.pairs(i)
	if err != nil {
		return nil, err
	}
	if err := l.refold(l.energy.weights, &l.effective); err != nil {
		return nil, err
	}
	d := l.place(p)
	defer d.free()
	revised, err := l.revise(ctx, l.key, i, d, l.effective, l.proposal.weights)
	if err != nil {
		return nil, err
	}
	defer nn.Free(revised)
	energies, err := l.update(i, l.updateNet, l.energy, l.config.Rate, d.energyGiven(d.clean, revised)...)
	if err != nil {
		return nil, err
	}
	metrics := map[string]float64{"energy_data": energies[0], "energy_samples": energies[1], "gradient_norm": energies[2]}
	if l.config.Initializer {
		loss, err := l.update(i, l.updateInit, l.proposal, l.config.InitRate, d.initGiven(d.noisy, revised, d.clean)...)
		if err != nil {
			return nil, err
		}
		metrics["initializer_loss"], metrics["initializer_gradient_norm"] = loss[0], loss[1]
	}
	return metrics, nil
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

// revise proposes and walks K Langevin steps: what the chains of step i make of the
// noisier pictures.
func (l *learner) revise(ctx context.Context, k sampling.Key, i int, d *placed, effective, proposal *nn.Bank) (*tensors.Tensor, error) {
	noise := func(stream sampling.Stream, step int) (*tensors.Tensor, error) {
		z := sampling.NewImages(d.count, l.data.C, l.data.H, l.data.W)
		err := k.Normals(stream, step, z)
		return pictures(z), err
	}
	z, err := noise(sampling.StreamPropose, i)
	if err != nil {
		return nil, err
	}
	out, err := l.propose.Call(d.initGiven(d.noisy, z, d.deviation), proposal)
	nn.Free(z)
	if err != nil {
		return nil, err
	}
	x := out[0]
	for s := range l.config.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if z, err = noise(sampling.StreamStep, i*l.config.Steps+s); err != nil {
			return nil, err
		}
		out, err := l.walk.Call(d.energyGiven(x, d.noisy, z, d.numbers), effective)
		nn.Free(x, z)
		if err != nil {
			return nil, err
		}
		x = out[0]
	}
	return x, nil
}

// update runs an update of a network and returns its metrics.
func (l *learner) update(i int, r *nn.Routine, of learning, rate float64, singles ...*tensors.Tensor) ([]float64, error) {
	v := nn.UpdateNumbers(i, rate*l.config.pace(i), models.AverageDecay(i, l.config.EMA))
	defer nn.Free(v)
	// The condition is the last of the inputs, the numbers come before it.
	given := 1
	if l.net.Classes > 0 {
		given = 2
	}
	at := len(singles) - given
	in := append(append(append([]*tensors.Tensor{}, singles[:at]...), v), singles[at:]...)
	out, err := r.Call(in, of.banks()...)
	if err != nil {
		return nil, err
	}
	if out, err = nn.Replace(out, of.banks()...); err != nil {
		return nil, err
	}
	defer nn.Free(out...)
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return nil, err
	}
	metrics := make([]float64, len(values))
	for j, x := range values {
		metrics[j] = float64(x)
	}
	return metrics, nil
}

// pace is what the rates are multiplied by: a linear warm-up, then a cosine down to
// FinalRate.
func (c LearnConfig) pace(i int) float64 {
	return models.WarmUp(i, c.WarmUp) * models.CosineFall(i, c.Iterations, c.FinalRate)
}

func pictures(x sampling.Images) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x.Data, x.N, x.C, x.H, x.W)
}
