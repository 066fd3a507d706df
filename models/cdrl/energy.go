package cdrl

import (
	"fmt"
	"math"
	"slices"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// energy is -F(scale x, log-SNR) / s^2 with F a mixture over classes: the energy of
// one noise level. It is a value bound to a network; changing it compiles nothing.
type energy struct {
	net   *network
	mix   mixture
	level Level
	scale float64
	// proposal is the initializer's mixture where the energy belongs to a plan, so that
	// both are compiled ahead.
	proposal mixture
}

// at binds a condition: no class, classes by number, and a noise level. Without a
// level it is the cleanest. The energy is that of pictures of level i-1 in their
// own scale, -F(sqrt(alpha_i) x, logsnr_(i-1)) / s_i^2 (appendix B.2).
func (n *network) at(g models.Given) (sampling.Energy, error) {
	switch {
	case g.Picture != nil:
		return nil, fmt.Errorf("condition: %s takes no masked picture, it keeps known pixels by its plan", Name)
	case len(g.Latent) > 0:
		return nil, fmt.Errorf("condition: %s has no latents", Name)
	case g.Beta != 0:
		return nil, fmt.Errorf("condition: %s has no similarity to weigh by beta", Name)
	case g.Level < 0 || g.Level > len(n.schedule.Levels):
		return nil, fmt.Errorf("condition: found level %d, want 1 (cleanest) to %d", g.Level, len(n.schedule.Levels))
	}
	if err := n.checkLabels(labels{g.Label}); err != nil {
		return nil, err
	}
	var classes mixture
	if g.PerImage && len(g.Label) > 0 {
		classes = mixture{{classesEach(g.Label...), 1}}
	} else {
		for _, label := range g.Label {
			classes = append(classes, part{classesEach(label), 1})
		}
	}
	level := n.schedule.Levels[max(g.Level, 1)-1]
	return &energy{net: n, mix: compose(classes, 0, false), level: level, scale: math.Sqrt(level.Shrink)}, nil
}

// outputs returns F of every part of the mixture, and with grad dF/dx at the scaled
// pictures.
func (e *energy) outputs(x sampling.Images, grad bool) (f, g [][]float32, err error) {
	exec := e.net.value
	if grad {
		exec = e.net.eval
	}
	out, err := e.net.ask(exec, x, e.mix.queries(e.level.Below, e.scale))
	if err != nil {
		return nil, nil, err
	}
	for _, o := range out {
		f = append(f, o[0].Data)
		if grad {
			g = append(g, o[1].Data)
		}
	}
	return f, g, nil
}

// Value returns the energies of pictures.
func (e *energy) Value(x sampling.Images) ([]float32, error) {
	f, _, err := e.outputs(x, false)
	if err != nil {
		return nil, err
	}
	return e.fromF(f), nil
}

// Eval returns the energies and their gradients.
func (e *energy) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	f, g, err := e.outputs(x, true)
	if err != nil {
		return nil, sampling.Images{}, err
	}
	return e.fromF(f), e.gradient(x, g), nil
}

// fromF is -F / s^2 of the mixture.
func (e *energy) fromF(f [][]float32) []float32 {
	values := make([]float32, len(f[0]))
	e.mix.sum(f, values, -1/e.level.S2)
	return values
}

// gradient is that of fromF, by the chain rule through the scale.
func (e *energy) gradient(x sampling.Images, g [][]float32) sampling.Images {
	grad := sampling.NewImages(x.N, x.C, x.H, x.W)
	e.mix.sum(g, grad.Data, -e.scale/e.level.S2)
	return grad
}

// Activations are the outputs of the energy network's layers for one picture on the
// energy's noise level; of a mixture of classes under each, told apart by "part 1: " and
// so on before their names.
func (e *energy) Activations(x sampling.Images) ([]checkpoint.Named, error) {
	if err := x.Check(e.net.net.Channels, e.net.height, e.net.width); err != nil {
		return nil, err
	}
	var all []checkpoint.Named
	queries := e.mix.queries(e.level.Below, e.scale)
	for i, q := range queries {
		layers, err := e.net.layers.Call(e.net.inputs(e.net.net.Embedding, x, []query{q})...)
		if err != nil {
			return nil, err
		}
		if len(queries) > 1 {
			layers = models.Prefixed(fmt.Sprintf("part %d: ", i+1), layers)
		}
		all = append(all, layers...)
	}
	return all, nil
}

// Network identifies the network for sampling.Batch.
func (e *energy) Network() any { return e.net }

// ValueTerms evaluates several energies of the network as one batch.
func (e *energy) ValueTerms(x sampling.Images, terms []sampling.Energy) ([][]float32, error) {
	values, _, err := e.terms(x, terms, false)
	return values, err
}

// EvalTerms does so with gradients.
func (e *energy) EvalTerms(x sampling.Images, terms []sampling.Energy) ([][]float32, []sampling.Images, error) {
	return e.terms(x, terms, true)
}

func (e *energy) terms(x sampling.Images, terms []sampling.Energy, grad bool) (values [][]float32, grads []sampling.Images, err error) {
	own, asked := make([]*energy, len(terms)), make([][]int, len(terms)) // by number of the query
	var queries []query
	for i, t := range terms {
		o, ok := t.(*energy)
		if !ok || o.net != e.net {
			return nil, nil, fmt.Errorf("evaluate terms together: term %d is of another network", i)
		}
		own[i] = o
		for _, q := range o.mix.queries(o.level.Below, o.scale) {
			at := slices.IndexFunc(queries, q.same)
			if at < 0 {
				at, queries = len(queries), append(queries, q)
			}
			asked[i] = append(asked[i], at)
		}
	}
	exec := e.net.value
	if grad {
		exec = e.net.eval
	}
	out, err := e.net.ask(exec, x, queries)
	if err != nil {
		return nil, nil, err
	}
	for i, o := range own {
		var f, g [][]float32
		for _, at := range asked[i] {
			f = append(f, out[at][0].Data)
			if grad {
				g = append(g, out[at][1].Data)
			}
		}
		values = append(values, o.fromF(f))
		if grad {
			grads = append(grads, o.gradient(x, g))
		}
	}
	return values, grads, nil
}

// Warm compiles what n pictures need, and the proposal where there is one.
func (e *energy) Warm(n int, grad bool) (time.Duration, error) {
	exec := e.net.value
	if grad {
		exec = e.net.eval
	}
	took, err := e.net.warm(exec, n, len(e.mix))
	if err != nil || e.proposal == nil {
		return took, err
	}
	more, err := e.net.warm(e.net.propose, n, len(e.proposal))
	return took + more, err
}
