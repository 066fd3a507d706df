package icd

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// What is drawn of a training under way.
const (
	sheetPictures = 32
	keySheet      = 1 // of a key apart from the training's
)

// sheets draws chains of the averaged weights from noise, which jump as in training, and
// the newest samples of the training itself.
func (l *learner) sheets(ctx context.Context, iterations int) ([]models.Sheet, error) {
	if err := l.refold(l.mean, &l.averaged); err != nil {
		return nil, err
	}
	c := l.config
	key := sampling.NewKey(c.Seed + keySheet<<48)
	x := sampling.NewImages(c.Batch, l.data.C, l.data.H, l.data.W)
	if err := key.Uniforms(sampling.StreamStart, 0, x, 0, 1); err != nil {
		return nil, err
	}
	labels := make([]int, x.N)
	for i := range labels {
		labels[i] = i % 8 % max(l.net.Classes, 1) // a column a class
	}
	walk := l.walking(l.averaged, key, labels)
	defer walk.free()
	for step := 0; step < l.age(iterations); step += c.Steps {
		if step > 0 {
			var err error
			if x, err = l.jump.Apply(key, step, x); err != nil {
				return nil, err
			}
		}
		at, err := walk.steps(ctx, x, step, c.Steps)
		if err != nil {
			return nil, err
		}
		x.Data, err = tensors.CopyFlatData[float32](at)
		nn.Free(at)
		if err != nil {
			return nil, err
		}
	}
	n := min(sheetPictures, x.N)
	list := []models.Sheet{{Name: "noise", Pictures: x.Slice(0, n), Columns: 8}}
	if slots := l.past.newest(sheetPictures, iterations*c.Batch); len(slots) > 0 {
		list = append(list, models.Sheet{Name: "buffer", Pictures: l.past.pictures.At(slots), Columns: 8})
	}
	return list, nil
}
