package icd

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// batch draws real pictures, with a class each where the network knows any: of
// attributes one of the picture's, so that energies of single ones are learnt; -1 is
// none.
func (l *learner) batch(i int) (x sampling.Images, classes []int, err error) {
	c := l.config
	if !l.net.Conditional {
		x, err = l.data.Batch(l.key, i, c.Batch, c.DataNoise, c.FlipData)
		return x, nil, err
	}
	x, sets, err := l.data.Labelled(l.key, i, c.Batch, c.DataNoise, c.FlipData)
	if err != nil {
		return x, nil, err
	}
	classes = make([]int, x.N)
	for j, set := range sets {
		var u [2]float32
		if err := l.key.Uniform(streamShown, j, i, u[:]); err != nil {
			return x, nil, err
		}
		classes[j] = set[int(float64(u[0])*float64(len(set)))]
		if float64(u[1]) < c.Dropout {
			classes[j] = -1
		}
	}
	return x, classes, nil
}

// classesOf gives chains that begin with noise a class.
func (l *learner) classesOf(i int, from *starts) error {
	if !l.net.Conditional {
		return nil
	}
	for j, fresh := range from.fresh {
		var u [2]float32
		if err := l.key.Uniform(streamClasses, j, i, u[:]); err != nil {
			return err
		}
		if !fresh {
			continue
		}
		from.label[j] = int(float64(u[0]) * float64(l.net.Classes))
		if float64(u[1]) < l.config.Dropout {
			from.label[j] = -1
		}
	}
	return nil
}

// rows are one-hot conditions on the device; -1 is the row of zeros.
func (l *learner) rows(classes []int) *tensors.Tensor {
	rows := nn.NewArray(len(classes), l.net.Classes)
	for i, class := range classes {
		if class >= 0 {
			rows.Data[i*l.net.Classes+class] = 1
		}
	}
	return tensors.FromFlatDataAndDimensions(rows.Data, rows.Shape...)
}

// walking is chains under way on the device.
type walking struct {
	l               *learner
	effective       *nn.Bank
	key             sampling.Key
	numbers, labels *tensors.Tensor
}

// walking prepares chains; labels are ignored where the network knows no classes.
func (l *learner) walking(effective *nn.Bank, k sampling.Key, labels []int) walking {
	w := walking{l: l, effective: effective, key: k, numbers: l.config.walkNumbers()}
	if l.net.Conditional {
		w.labels = l.rows(labels)
	}
	return w
}

func (w walking) free() { nn.Free(w.numbers, w.labels) }

// steps walks so many Langevin steps, whose noise is numbered from first on, with jumps
// inside where the configuration wants them.
func (w walking) steps(ctx context.Context, x sampling.Images, first, count int) (*tensors.Tensor, error) {
	at, z := pictures(x), sampling.NewImages(x.N, x.C, x.H, x.W)
	for s := range count {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if every := w.l.config.JumpEvery; s > 0 && every > 0 && s%every == 0 {
			var err error
			if at, err = w.jump(at, x, first+s); err != nil {
				return nil, err
			}
		}
		if err := w.key.Normals(sampling.StreamStep, first+s, z); err != nil {
			return nil, err
		}
		in := []*tensors.Tensor{at, pictures(z), w.numbers}
		if w.labels != nil {
			in = append(in, w.labels)
		}
		out, err := w.l.walk.Call(in, w.effective)
		nn.Free(in[:2]...)
		if err != nil {
			return nil, err
		}
		at = out[0]
	}
	return at, nil
}

// jump changes pictures inside a chain; like tells their shape.
func (w walking) jump(at *tensors.Tensor, like sampling.Images, step int) (*tensors.Tensor, error) {
	var err error
	defer nn.Free(at)
	if like.Data, err = tensors.CopyFlatData[float32](at); err != nil {
		return nil, err
	}
	x, err := w.l.jump.Apply(w.key, step, like)
	return pictures(x), err
}
