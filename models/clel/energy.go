package clel

import (
	"fmt"
	"math"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// defaultBeta is the weight of the similarity in the authors' training and
// sampling; scoreBeta the one of their out-of-distribution command.
const (
	defaultBeta = 0.01
	scoreBeta   = 0.1
)

// energy is marginal |f|^2/2 - sum_m weight_m beta_m cos(g, z_m): the marginal
// energy, a joint one, a composition, or a weighted sum of those. It is a value
// bound to a network; changing it compiles nothing.
type energy struct {
	net      *network
	marginal float64
	targets  []target
}

// target is a direction that pictures are drawn to.
type target struct {
	rows   [][]float32 // one for all pictures, or one a picture
	weight float64
	beta   float64
	said   bool // beta was given; otherwise it is the plan's knob
}

// at binds a condition: none (marginal), latents, or classes by their stored
// latents.
func (n *network) at(g models.Given) (sampling.Energy, error) {
	switch {
	case g.Level != 0:
		return nil, fmt.Errorf("condition: %s has no noise levels", Name)
	case g.Picture != nil:
		return nil, fmt.Errorf("condition: %s completes no masked picture", Name)
	case len(g.Label) > 0 && len(g.Latent) > 0:
		return nil, fmt.Errorf("condition: found labels and latents, want one or the other")
	case !(g.Beta >= 0) || math.IsInf(g.Beta, 0):
		return nil, fmt.Errorf("condition: found beta %v, want a number from 0", g.Beta)
	}
	rows := g.Latent
	for _, label := range g.Label {
		z, err := n.classLatent(label)
		if err != nil {
			return nil, err
		}
		rows = append(rows, z)
	}
	for i, z := range rows {
		if len(z) != n.net.LatentSize() {
			return nil, fmt.Errorf("condition: latent %d has %d numbers, want %d", i, len(z), n.net.LatentSize())
		}
		if _, err := models.Aggregate([][]float32{z}); err != nil {
			return nil, fmt.Errorf("condition: latent %d: %w", i, err)
		}
	}
	e := &energy{net: n, marginal: 1}
	switch {
	case len(rows) == 0:
	case g.PerImage:
		e.targets = []target{{rows, 1, g.Beta, g.Beta != 0}}
	default:
		for _, z := range rows {
			e.targets = append(e.targets, target{[][]float32{z}, 1, g.Beta, g.Beta != 0})
		}
	}
	return e, nil
}

// classLatent is the stored latent of a class.
func (n *network) classLatent(label int) ([]float32, error) {
	if n.classLatents == nil {
		return nil, fmt.Errorf("condition: the checkpoint stores no latents of classes\nhint: encode pictures of the class and give their latent")
	}
	if label < 0 || label >= len(n.classLatents) {
		return nil, fmt.Errorf("condition: found label %d, want 0 to %d", label, len(n.classLatents)-1)
	}
	return n.classLatents[label], nil
}

// bound returns the energy with beta where a target does not say its own.
func (e *energy) bound(beta float64) *energy {
	b := &energy{net: e.net, marginal: e.marginal, targets: append([]target(nil), e.targets...)}
	for i := range b.targets {
		if !b.targets[i].said {
			b.targets[i].beta, b.targets[i].said = beta, true
		}
	}
	return b
}

// merge is the weighted sum of energies of one network as one energy: it is linear
// in |f|^2 and in the cosines, so that it costs one evaluation.
func merge(weights []float64, terms []*energy) *energy {
	sum := &energy{net: terms[0].net}
	for i, e := range terms {
		sum.marginal += weights[i] * e.marginal
		for _, t := range e.targets {
			t.weight *= weights[i]
			sum.targets = append(sum.targets, t)
		}
	}
	return sum
}

// Value returns the energies of pictures.
func (e *energy) Value(x sampling.Images) ([]float32, error) {
	values, _, err := e.net.evaluate(x, []*energy{e}, false)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// Eval returns the energies and their gradients.
func (e *energy) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	values, grads, err := e.net.evaluate(x, []*energy{e}, true)
	if err != nil {
		return nil, sampling.Images{}, err
	}
	return values[0], grads[0], nil
}

// Activations are the outputs of the network's layers for one picture; what the energy is
// drawn to plays no part in them. The last is f, of which the marginal energy is made.
func (e *energy) Activations(x sampling.Images) ([]checkpoint.Named, error) {
	in, err := e.net.input(x)
	if err != nil {
		return nil, err
	}
	return e.net.layers.Call(in)
}

// Network identifies the network for sampling.Batch.
func (e *energy) Network() any { return e.net }

// ValueTerms evaluates several energies of the network in one forward pass.
func (e *energy) ValueTerms(x sampling.Images, terms []sampling.Energy) ([][]float32, error) {
	own, err := e.own(terms)
	if err != nil {
		return nil, err
	}
	values, _, err := e.net.evaluate(x, own, false)
	return values, err
}

// EvalTerms does so with gradients.
func (e *energy) EvalTerms(x sampling.Images, terms []sampling.Energy) ([][]float32, []sampling.Images, error) {
	own, err := e.own(terms)
	if err != nil {
		return nil, nil, err
	}
	return e.net.evaluate(x, own, true)
}

func (e *energy) own(terms []sampling.Energy) ([]*energy, error) {
	own := make([]*energy, len(terms))
	for i, t := range terms {
		o, ok := t.(*energy)
		if !ok || o.net != e.net {
			return nil, fmt.Errorf("evaluate terms together: term %d is of another network", i)
		}
		own[i] = o
	}
	return own, nil
}

// Warm compiles what n pictures need.
func (e *energy) Warm(n int, grad bool) (time.Duration, error) {
	picture := []int{e.net.net.Channels, e.net.height, e.net.width}
	if len(e.targets) == 0 {
		return pick(grad, e.net.marginalValue, e.net.marginalEval).Warm(n, picture)
	}
	m, d := targetTile(len(e.targets)), e.net.net.LatentSize()
	return pick(grad, e.net.conditionalValue, e.net.conditionalEval).Warm(n, picture, []int{1}, []int{m, d}, []int{1, m})
}

// pick chooses between a function and the one that computes the gradient too.
func pick(grad bool, value, eval *nn.Exec) *nn.Exec {
	if grad {
		return eval
	}
	return value
}

// targetTile rounds a number of targets up to a power of two: the others have
// weight 0, and few numbers of targets compile.
func targetTile(m int) int {
	tile := 1
	for tile < m {
		tile *= 2
	}
	return tile
}

// evaluate returns the energies, and with grad the gradients, of every term.
func (n *network) evaluate(x sampling.Images, terms []*energy, grad bool) ([][]float32, []sampling.Images, error) {
	targets := 0
	for _, t := range terms {
		targets += len(t.targets)
	}
	if targets == 0 {
		return n.evaluateMarginal(x, terms, grad)
	}
	in, err := n.input(x)
	if err != nil {
		return nil, nil, err
	}
	a, z, c, err := n.conditions(x.N, terms, targetTile(targets))
	if err != nil {
		return nil, nil, err
	}
	out, err := pick(grad, n.conditionalValue, n.conditionalEval).Call(in, a, z, c)
	if err != nil {
		return nil, nil, err
	}
	values := make([][]float32, len(terms))
	var grads []sampling.Images
	for t := range terms {
		values[t] = make([]float32, x.N)
		for i := range values[t] {
			values[t][i] = out[0].Data[i*len(terms)+t]
		}
		if grad {
			grads = append(grads, sampling.Images{N: x.N, C: x.C, H: x.H, W: x.W, Data: out[1+t].Data})
		}
	}
	return values, grads, nil
}

// evaluateMarginal evaluates terms without targets: one evaluation, scaled.
func (n *network) evaluateMarginal(x sampling.Images, terms []*energy, grad bool) ([][]float32, []sampling.Images, error) {
	out, err := n.run(pick(grad, n.marginalValue, n.marginalEval), x)
	if err != nil {
		return nil, nil, err
	}
	values := make([][]float32, len(terms))
	var grads []sampling.Images
	for t, term := range terms {
		last := t == len(terms)-1
		values[t] = scaled(out[0].Data, term.marginal, last)
		if grad {
			grads = append(grads, sampling.Images{N: x.N, C: x.C, H: x.H, W: x.W, Data: scaled(out[1].Data, term.marginal, last)})
		}
	}
	return values, grads, nil
}

// scaled returns w v; v itself may be used up.
func scaled(v []float32, w float64, use bool) []float32 {
	s := v
	if !use {
		s = make([]float32, len(v))
	}
	for i, x := range v {
		s[i] = float32(w) * x
	}
	return s
}

// conditions fills the inputs a, z and c of the conditional function.
func (n *network) conditions(pictures int, terms []*energy, m int) (a, z, c nn.Array, err error) {
	d, count := n.net.LatentSize(), len(terms)
	a, z, c = nn.NewArray(pictures, count), nn.NewArray(pictures, m, d), nn.NewArray(pictures, count, m)
	at := 0
	for t, term := range terms {
		for i := range pictures {
			a.Data[i*count+t] = float32(term.marginal)
		}
		for _, target := range term.targets {
			if len(target.rows) != 1 && len(target.rows) != pictures {
				return a, z, c, fmt.Errorf("condition: found latents for %d pictures, want one or one for each of %d", len(target.rows), pictures)
			}
			beta := target.beta
			if !target.said {
				beta = n.sampler.beta.Default
			}
			for i := range pictures {
				copy(z.Data[(i*m+at)*d:], target.rows[i%len(target.rows)])
				c.Data[(i*count+t)*m+at] = float32(target.weight * beta)
			}
			at++
		}
	}
	return a, z, c, nil
}
