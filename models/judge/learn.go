package judge

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

// learner is a training under way: weights, optimiser and averages, which live on
// the device.
type learner struct {
	config LearnConfig
	data   models.Data
	net    Net
	key    sampling.Key

	weights, m, v, mean *nn.Bank
	update, ask         *nn.Routine
}

// Learn starts a training; see [models.Family].
func Learn(b compute.Backend, data models.Data, settings map[string]string) (*models.Learner, error) {
	c, err := ParseLearnConfig(settings, len(data.Attributes) > 0)
	if err != nil {
		return nil, err
	}
	l := &learner{config: c, data: data, key: sampling.NewKey(c.Seed)}
	if l.net, err = c.net(data); err == nil {
		err = l.build(b)
	}
	if err != nil {
		return nil, fmt.Errorf("start training %s on %q: %w", Name, data.Name, err)
	}
	return &models.Learner{
		Config: c.Settings(), Iterations: c.Iterations,
		Step: l.step, State: l.state, Restore: l.restore, Model: l.model, Sheets: l.sheets,
		Schedule: []string{"iterations", "lr", "lr-final", "ema"},
		Advice:   "a lower --lr or a longer --warm-up",
	}, nil
}

// build draws the first weights and makes the routines; each compiles when it is
// first called.
func (l *learner) build(b compute.Backend) (err error) {
	specs := l.net.Specs()
	p := nn.Init(specs, rand.New(rand.NewPCG(l.config.Seed, 0)))
	for _, q := range p {
		switch q.Name {
		case inputMean:
			copy(q.Data, l.data.Mean)
		case inputStd:
			copy(q.Data, l.data.Std)
		}
	}
	l.weights, l.m, l.v, l.mean = nn.NewBank(p), nn.ZeroBank(specs), nn.ZeroBank(specs), nn.NewBank(p)
	l.update, err = nn.NewRoutine(b, "update of the judge", 3, nn.LearnedNames(specs), func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		return updateGraph(l.net, len(l.data.Attributes) > 0, x, w)
	})
	if err != nil {
		return err
	}
	l.ask, err = nn.NewRoutine(b, "judge", 1, [][]string{nn.Names(specs, nn.Every)}, func(x []*graph.Node, w []nn.Weights) []*graph.Node {
		logits, _ := l.net.Forward(w[0], x[0])
		return []*graph.Node{logits}
	})
	return err
}

// step is one iteration: a batch, an update.
func (l *learner) step(_ context.Context, i int) (map[string]float64, error) {
	x, classes, err := l.data.Labelled(l.key, i, l.config.Batch, l.config.DataNoise, false)
	if err == nil && l.config.View != "none" {
		x, err = l.data.View(l.key, l.config.View, i, x)
	}
	if err != nil {
		return nil, err
	}
	in := []*tensors.Tensor{pictures(x), l.targets(classes), nn.UpdateNumbers(i, l.config.Rate*l.config.pace(i), models.AverageDecay(i, l.config.EMA))}
	defer nn.Free(in...)
	banks := []*nn.Bank{l.weights, l.m, l.v, l.mean}
	out, err := l.update.Call(in, banks...)
	if err != nil {
		return nil, err
	}
	if out, err = nn.Replace(out, banks...); err != nil {
		return nil, err
	}
	defer nn.Free(out...)
	loss, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return nil, err
	}
	logits, err := tensors.CopyFlatData[float32](out[1])
	if err != nil {
		return nil, err
	}
	right := measure(l.probabilities(logits, x.N), classes, l.data.Attributes).Right
	return map[string]float64{"loss": float64(loss[0]), "accuracy": right}, nil
}

// probabilities are those of logits [n, outputs], a row a picture.
func (l *learner) probabilities(logits []float32, n int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = probability(logits[i*l.net.Outputs:(i+1)*l.net.Outputs], l.data.Labels, l.data.Attributes)
	}
	return rows
}

// targets are the outputs that classes ask for: 1 at a picture's class, or at the
// attributes that are on.
func (l *learner) targets(classes [][]int) *tensors.Tensor {
	t := make([]float32, len(classes)*l.net.Outputs)
	for i, asked := range classes {
		row := t[i*l.net.Outputs : (i+1)*l.net.Outputs]
		for _, label := range asked {
			if len(l.data.Attributes) == 0 {
				row[label] = 1
			}
			for a, pair := range l.data.Attributes {
				if label == pair[0] {
					row[a] = 1
				}
			}
		}
	}
	return tensors.FromFlatDataAndDimensions(t, len(classes), l.net.Outputs)
}

func pictures(x sampling.Images) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x.Data, x.N, x.C, x.H, x.W)
}

// updateGraph is one step of Adam down the cross-entropy, and of the averaged
// weights. Inputs: pictures, targets, numbers; the four banks of a network in
// training. Outputs: the banks, the loss [1], the logits.
func updateGraph(net Net, attributes bool, x []*graph.Node, banks []nn.Weights) []*graph.Node {
	logits, _ := net.Forward(banks[0], x[0])
	loss := crossEntropy(logits, x[1], attributes)
	out, _ := nn.Descend(loss, x[2], 0, nn.Learned{Specs: net.Specs(), Weights: banks[0], M: banks[1], V: banks[2], Mean: banks[3]})
	return append(out, nn.Vector(loss), logits)
}

// crossEntropy is the mean over pictures of -log p(class), or of the sum over
// attributes of -log p(on or off as it is); logits and targets are [batch, outputs].
func crossEntropy(logits, targets *graph.Node, attributes bool) *graph.Node {
	named := graph.Mul(logits, targets)
	if attributes {
		// log(1 + exp(l)) - l t, with the exponent kept from overflow.
		positive := nn.ReLU(logits)
		magnitude := graph.Add(positive, nn.ReLU(graph.Neg(logits)))
		soft := graph.Add(positive, graph.Log1p(graph.Exp(graph.Neg(magnitude))))
		return graph.ReduceAllMean(graph.ReduceSum(graph.Sub(soft, named), -1))
	}
	top := graph.StopGradient(graph.ReduceAndKeep(logits, graph.ReduceMax, -1))
	sum := graph.ReduceAndKeep(graph.Exp(graph.Sub(logits, top)), graph.ReduceSum, -1)
	normaliser := graph.Add(graph.Log(sum), top) // [batch, 1]
	return graph.ReduceAllMean(graph.Sub(normaliser, graph.ReduceAndKeep(named, graph.ReduceSum, -1)))
}
