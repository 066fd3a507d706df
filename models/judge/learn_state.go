package judge

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// stored are the banks of a training state with their prefixes, in file order; the
// first is the model.
func (l *learner) stored() []nn.Stored {
	return []nn.Stored{{Prefix: Prefix, Bank: l.mean}, {Prefix: "raw_judge.", Bank: l.weights}, {Prefix: "adam_m.", Bank: l.m}, {Prefix: "adam_v.", Bank: l.v}}
}

// state is everything that later iterations depend on.
func (l *learner) state() ([]checkpoint.Named, error) { return nn.Tensors(l.stored()) }

// restore puts a state back; a missing or misshapen tensor is an error and leaves
// the learner as it was.
func (l *learner) restore(f *checkpoint.File) error { return nn.Restore(f, l.stored()) }

// model is the checkpoint for use: the averaged weights, and how often they are right.
func (l *learner) model(iterations int) ([]checkpoint.Named, map[string]string, error) {
	list, err := nn.Tensors(l.stored()[:1])
	if err != nil {
		return nil, nil, err
	}
	h := Header{
		Name: l.data.Name + "-cnn", Height: l.data.H, Width: l.data.W,
		Labels: l.data.Labels, Attributes: l.data.Attributes, Iterations: iterations,
	}
	if l.data.Test != nil {
		x, classes, err := l.data.Test(l.config.Tested)
		if err != nil {
			return nil, nil, fmt.Errorf("read test pictures: %w", err)
		}
		rows, err := l.judged(x)
		if err != nil {
			return nil, nil, err
		}
		a := measure(rows, classes, l.data.Attributes)
		if err := l.measureLearnt(&a); err != nil {
			return nil, nil, err
		}
		h.Accuracy = &a
	}
	return list, h.Metadata(), nil
}

// measureLearnt adds how often the averaged weights are right on as many training
// pictures.
func (l *learner) measureLearnt(a *Accuracy) error {
	x, classes, err := l.data.Labelled(l.key, 0, min(l.config.Tested, l.data.Count), 0, false)
	if err != nil {
		return fmt.Errorf("read training pictures: %w", err)
	}
	rows, err := l.judged(x)
	if err != nil {
		return err
	}
	a.LearntFrom, a.Learnt = x.N, measure(rows, classes, l.data.Attributes).Right
	return nil
}

// judged are the probabilities that the averaged weights give pictures.
func (l *learner) judged(x sampling.Images) ([][]float32, error) {
	var rows [][]float32
	n := l.config.Batch // one size, so that one program is compiled
	for from := 0; from < x.N; from += n {
		part := x.Slice(from, min(from+n, x.N))
		full := sampling.NewImages(n, x.C, x.H, x.W)
		copy(full.Data, part.Data)
		in := pictures(full)
		out, err := l.ask.Call([]*tensors.Tensor{in}, l.mean)
		nn.Free(in)
		if err != nil {
			return nil, err
		}
		logits, err := tensors.CopyFlatData[float32](out[0])
		nn.Free(out...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, l.probabilities(logits, part.N)...)
	}
	return rows, nil
}

// Of the sheet of mistakes.
const (
	sheetTested  = 2000
	sheetMost    = 64
	sheetColumns = 16
)

// sheets draws the first test pictures that are judged wrongly.
func (l *learner) sheets(_ context.Context, _ int) ([]models.Sheet, error) {
	if l.data.Test == nil {
		return nil, nil
	}
	x, classes, err := l.data.Test(min(l.config.Tested, sheetTested))
	if err != nil {
		return nil, fmt.Errorf("read test pictures: %w", err)
	}
	rows, err := l.judged(x)
	if err != nil {
		return nil, err
	}
	wrong := sampling.NewImages(0, x.C, x.H, x.W)
	for i := range x.N {
		if wrong.N < sheetMost && measure(rows[i:i+1], classes[i:i+1], l.data.Attributes).Right == 0 {
			wrong.N, wrong.Data = wrong.N+1, append(wrong.Data, x.Image(i)...)
		}
	}
	if wrong.N == 0 {
		return nil, nil
	}
	return []models.Sheet{{Name: "mistakes", Pictures: wrong, Columns: sheetColumns}}, nil
}
