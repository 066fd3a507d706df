package cdrl

import (
	"context"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// What is drawn of a training under way.
const (
	sheetPictures = 32   // of a sheet
	sheetPoints   = 2048 // of a sheet of points
	sheetSide     = 96   // pixels of a sheet of points
	keySheet      = 1    // of a key apart from the training's
	denoiseFactor = 2    // of the last step for pictures
)

// sheets draws chains of the averaged weights down the whole ladder: pictures, of all
// classes in turn, or a map of where points come to lie.
func (l *learner) sheets(ctx context.Context, _ int) ([]models.Sheet, error) {
	if err := l.refold(l.energy.mean, &l.averaged); err != nil {
		return nil, err
	}
	wanted := sheetPictures
	if l.net.Points {
		wanted = sheetPoints
	}
	x := sampling.NewImages(0, l.data.C, l.data.H, l.data.W)
	key := sampling.NewKey(l.config.Seed + keySheet<<48)
	for x.N < wanted {
		batch, err := l.ladder(ctx, key.From(x.N))
		if err != nil {
			return nil, err
		}
		x.N, x.Data = x.N+batch.N, append(x.Data, batch.Data...)
	}
	if l.net.Points {
		return []models.Sheet{{Name: "points", Pictures: density(x), Columns: 1}}, nil
	}
	for j, v := range x.Data {
		x.Data[j] = (v + 1) / 2
	}
	columns := 8
	if l.net.Classes > 0 {
		columns = min(l.net.Classes, 16)
	}
	return []models.Sheet{{Name: "samples", Pictures: x.Slice(0, min(x.N, wanted/columns*columns)), Columns: columns}}, nil
}

// ladder is Algorithm 2 for one batch from noise.
func (l *learner) ladder(ctx context.Context, k sampling.Key) (sampling.Images, error) {
	x := sampling.NewImages(l.config.Batch, l.data.C, l.data.H, l.data.W)
	if err := k.Normals(sampling.StreamStart, 0, x); err != nil {
		return x, err
	}
	for step, level := range slices.Backward(l.schedule.Levels) {
		if err := l.descend(ctx, k, step, level, x); err != nil {
			return x, err
		}
	}
	return x, nil
}

// descend makes pictures of level i-1 of those of level i, in place.
func (l *learner) descend(ctx context.Context, k sampling.Key, step int, v Level, x sampling.Images) error {
	p := pairs{levels: []Level{v}, noisy: x, clean: x}
	if l.config.PerImage {
		p.levels = slices.Repeat(p.levels, x.N)
	}
	for j := range x.N {
		p.labels = append(p.labels, []int{j % max(l.net.Classes, 1)})
	}
	p.told = p.labels
	d := l.place(p)
	defer d.free()
	y, err := l.revise(ctx, k, step, d, l.averaged, l.proposal.mean)
	if err != nil {
		return err
	}
	scale := math.Sqrt(v.Shrink) + 1e-8 // as in sampling
	if v.I == 1 && !l.net.Points {
		if y, err = l.denoise(d, v, y); err != nil {
			return err
		}
		scale *= math.Sqrt(v.AlphaBarBelow)
	}
	defer nn.Free(y)
	values, err := tensors.CopyFlatData[float32](y)
	if err != nil {
		return err
	}
	for j, value := range values {
		x.Data[j] = float32(float64(value) / scale)
	}
	return nil
}

// denoise is the last step of pictures (Eq. 18) in the level's scale: a Langevin step
// without noise and without pull.
func (l *learner) denoise(d *placed, v Level, y *tensors.Tensor) (*tensors.Tensor, error) {
	numbers := nn.NewArray(d.numbers.Shape().Dimensions...)
	for row := range len(numbers.Data) / walkNumbers {
		numbers.Data[row*walkNumbers+walkForce] = float32(denoiseFactor * v.SigmaCum * v.SigmaCum * v.Shrink / v.S2)
	}
	at, zero := onDevice(numbers), pictures(sampling.NewImages(d.count, l.data.C, l.data.H, l.data.W))
	defer nn.Free(at, zero, y)
	out, err := l.walk.Call(d.energyGiven(y, d.noisy, zero, at), l.averaged)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// density is a picture of how many points lie where, as dark as the fullest pixels.
func density(x sampling.Images) sampling.Images {
	m := sampling.NewImages(1, 1, sheetSide, sheetSide)
	at := func(v float32) int { return int(float64(v+pointRange) / (2 * pointRange) * sheetSide) }
	most := float32(1)
	for i := range x.N {
		column, row := at(x.Image(i)[0]), sheetSide-1-at(x.Image(i)[1])
		if column < 0 || column >= sheetSide || row < 0 || row >= sheetSide {
			continue
		}
		m.Data[row*sheetSide+column]++
		most = max(most, m.Data[row*sheetSide+column])
	}
	for j, n := range m.Data {
		m.Data[j] = 1 - float32(math.Sqrt(float64(n/most)))
	}
	return m
}
