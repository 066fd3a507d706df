package clel

import (
	"context"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// What is drawn of a training under way.
const (
	sheetChains    = 32  // of a sample sheet
	maxSheetSteps  = 600 // bounds the time that a sheet takes from training
	cosinePictures = 256 // whose directions are compared
)

// sheets draws chains of the averaged weights from uniform noise, as long as they
// were in training, and pictures of the buffer.
func (l *learner) sheets(ctx context.Context, iterations int) ([]models.Sheet, error) {
	if err := l.refold(l.ebmMean, &l.effectiveMean); err != nil {
		return nil, err
	}
	noise := sampling.NewImages(l.config.Batch, l.data.C, l.data.H, l.data.W)
	key := l.derived(keySheet)
	if err := key.Uniforms(sampling.StreamStart, 0, noise, 0, 1); err != nil {
		return nil, err
	}
	steps := max(l.config.Steps, min(l.config.age(iterations), maxSheetSteps))
	noise, _, err := l.chain(ctx, l.effectiveMean, key, 0, steps, noise)
	if err != nil {
		return nil, err
	}
	slots := make([]int, min(sheetChains, l.replay.Len()))
	for i := range slots {
		slots[i] = i
	}
	n := min(sheetChains, noise.N)
	return []models.Sheet{
		{Name: "noise", Pictures: noise.Slice(0, n), Columns: 8},
		{Name: "buffer", Pictures: l.replay.At(slots), Columns: 8},
	}, nil
}

// cosines are those between the directions of different real pictures (Figure 6 of
// the paper): of f, which crowd; of the encoder's h, which spread over the sphere;
// of the projection g(f), which should do as h does.
func (l *learner) cosines() (map[string][]float32, error) {
	if err := l.refold(l.ebmMean, &l.effectiveMean); err != nil {
		return nil, err
	}
	x, err := l.data.Batch(l.key, 0, min(cosinePictures, l.data.Count), 0, false)
	if err != nil {
		return nil, err
	}
	out, err := l.rows(l.features, l.effectiveMean, x)
	if err != nil {
		return nil, err
	}
	directions := map[string][][]float32{"f": out[0]}
	if len(l.net.Projection) > 0 {
		directions["g(f)"] = out[1]
	}
	if l.config.Latent {
		h, err := l.rows(l.embed, l.encMean, x)
		if err != nil {
			return nil, err
		}
		directions["h"] = h[0]
	}
	cosines := map[string][]float32{}
	for name, v := range directions {
		for i := range v {
			for j := range i {
				cosines[name] = append(cosines[name], float32(cosineOf(v[i], v[j])))
			}
		}
	}
	return cosines, nil
}
