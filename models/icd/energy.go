package icd

import (
	"errors"
	"fmt"
	"math"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// energy is a composition of networks under conditions; that of one network alone is
// a composition of one part. It is a value; changing it compiles nothing.
type energy struct {
	op    string // And, Not or Or
	parts []part
}

// part is a network under a condition: one-hot rows, one for all pictures or one a
// picture; nil for none, as the authors' networks take it (the blocks' gains and
// offsets are left out).
type part struct {
	net    *network
	labels [][]float32
}

// at binds a condition. Several labels that are not one a picture are a product: a
// picture of all of them.
func (n *network) at(g models.Given) (sampling.Energy, error) {
	if err := onlyLabels(g); err != nil {
		return nil, err
	}
	if len(g.Label) == 0 {
		return &energy{op: And, parts: []part{{net: n}}}, nil
	}
	rows := make([][]float32, len(g.Label))
	for i, label := range g.Label {
		row, err := n.oneHot(label)
		if err != nil {
			return nil, fmt.Errorf("condition: %w", err)
		}
		rows[i] = row
	}
	if g.PerImage {
		return &energy{op: And, parts: []part{{n, rows}}}, nil
	}
	e := &energy{op: And}
	for i := range rows {
		e.parts = append(e.parts, part{n, rows[i : i+1]})
	}
	return e, nil
}

// onlyLabels refuses what this family has no use for.
func onlyLabels(g models.Given) error {
	switch {
	case g.Level != 0:
		return fmt.Errorf("condition: %s has no noise levels", Name)
	case len(g.Latent) > 0 || g.Beta != 0:
		return fmt.Errorf("condition: %s has no latents", Name)
	case g.Picture != nil:
		return fmt.Errorf("condition: %s completes no masked picture", Name)
	}
	return nil
}

// oneHot is the condition of a class.
func (n *network) oneHot(label int) ([]float32, error) {
	if !n.net.Conditional {
		return nil, errors.New("the model is unconditional, it knows no labels")
	}
	if label < 0 || label >= n.net.Classes {
		return nil, fmt.Errorf("found label %d, want 0 to %d", label, n.net.Classes-1)
	}
	row := make([]float32, n.net.Classes)
	row[label] = 1
	return row, nil
}

// Value returns the energies of pictures, the sums of their columns.
func (e *energy) Value(x sampling.Images) ([]float32, error) {
	scales, _, err := e.columns(x, false)
	if err != nil {
		return nil, err
	}
	return sums(scales), nil
}

// Eval returns the energies and their gradients.
func (e *energy) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	scales, grad, err := e.columns(x, true)
	if err != nil {
		return nil, sampling.Images{}, err
	}
	return sums(scales), grad, nil
}

// Warm compiles what n pictures need.
func (e *energy) Warm(n int, grad bool) (total time.Duration, err error) {
	for _, p := range e.parts {
		took, err := p.net.warm(n, p.labels != nil, grad)
		total += took
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Activations are the outputs of the networks' layers for one picture, those of several
// parts told apart by "part 1: " and so on before their names.
func (e *energy) Activations(x sampling.Images) ([]checkpoint.Named, error) {
	var all []checkpoint.Named
	for p, part := range e.parts {
		in, err := part.net.inputs(x, part.labels)
		if err != nil {
			return nil, e.named(p, err)
		}
		layers, err := part.net.layers.Call(in...)
		if err != nil {
			return nil, e.named(p, err)
		}
		if len(e.parts) > 1 {
			layers = models.Prefixed(fmt.Sprintf("part %d: ", p+1), layers)
		}
		all = append(all, layers...)
	}
	return all, nil
}

// columns returns the energies [picture][column] of the composition, and with grad
// the gradient of their sum.
func (e *energy) columns(x sampling.Images, grad bool) ([][]float32, sampling.Images, error) {
	values := make([][][]float32, len(e.parts)) // [part][picture][column]
	grads := make([][]sampling.Images, len(e.parts))
	for p, part := range e.parts {
		var err error
		if values[p], grads[p], err = part.net.evaluate(x, part.labels, grad); err != nil {
			return nil, sampling.Images{}, e.named(p, err)
		}
	}
	if len(e.parts) == 1 && !grad {
		return values[0], sampling.Images{}, nil
	}
	scales := make([][]float32, x.N)
	sum := sampling.NewImages(x.N, x.C, x.H, x.W)
	of := make([]float64, len(e.parts))
	for i := range scales {
		scales[i] = make([]float32, len(values[0][i]))
		for c := range scales[i] {
			for p := range of {
				of[p] = float64(values[p][i][c])
			}
			value, share := join(e.op, of)
			scales[i][c] = float32(value)
			for p := range grads {
				if grad {
					add(sum.Image(i), float32(share[p]), grads[p][c].Image(i))
				}
			}
		}
	}
	return scales, sum, nil
}

// named says which part of a composition an error is about.
func (e *energy) named(p int, err error) error {
	if len(e.parts) == 1 {
		return err
	}
	return fmt.Errorf("term %d (%s): %w", p+1, e.parts[p].net.name, err)
}

// add is sum += w v. A part out of the running may have no finite gradient.
func add(sum []float32, w float32, v []float32) {
	switch w {
	case 0:
	case 1:
		for j, x := range v {
			sum[j] += x
		}
	default:
		for j, x := range v {
			sum[j] += float32(w * x)
		}
	}
}

// sums adds up every picture's columns.
func sums(scales [][]float32) []float32 {
	e := make([]float32, len(scales))
	for i, row := range scales {
		var total float64
		for _, v := range row {
			total += float64(v)
		}
		e[i] = float32(total)
	}
	return e
}

// score is the mean of a picture's columns, higher = more out of distribution, and
// what each column adds to it.
func (n *network) score(x sampling.Images, s sampling.Settings) ([]float32, map[string][]float32, error) {
	if err := models.CheckSettings(s); err != nil {
		return nil, nil, err
	}
	scales, _, err := n.evaluate(x, nil, false)
	if err != nil {
		return nil, nil, err
	}
	score, terms := make([]float32, x.N), map[string][]float32{}
	columns := n.net.Columns()
	for c, name := range columns {
		share := make([]float32, x.N)
		for i := range share {
			share[i] = scales[i][c] / float32(len(columns))
		}
		terms[name] = share
	}
	for i, e := range sums(scales) {
		score[i] = e / float32(len(columns))
	}
	return score, terms, nil
}

// finite reports a condition that is no number.
func finite(row []float32) bool {
	for _, v := range row {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}
