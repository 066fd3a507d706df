package vaeebm

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// What is drawn of a training under way.
const (
	sheetColumns = 10
	sheetRows    = 3 // of pairs, interpolations or completions, where the batch allows
	completions  = 4 // of one hole
	keySheet     = 1 // of a key apart from the training's
)

// sheets draws, with averaged weights: the generator's pictures above what the chains
// make of them, and interpolations between latents, refined; or of masked pictures
// the mask, several completions and the original.
func (l *learner) sheets(ctx context.Context, _ int) ([]models.Sheet, error) {
	key := sampling.NewKey(l.config.Seed + keySheet<<48)
	if l.completes() {
		s, err := l.completionSheet(ctx, key)
		return []models.Sheet{s}, err
	}
	z := sampling.NewImages(l.config.Batch, l.latent, 1, 1)
	if err := key.Normals(sampling.StreamStart, 0, z); err != nil {
		return nil, err
	}
	first, last, err := l.drawn(ctx, key, z, nil)
	if err != nil {
		return nil, err
	}
	columns := min(sheetColumns, z.N)
	samples := l.sheet("samples", columns)
	for row := range min(sheetRows, z.N/columns) {
		from, to := row*columns, (row+1)*columns
		samples.append(first.Slice(from, to))
		samples.append(last.Slice(from, to))
	}
	between, err := l.interpolation(ctx, key, z, columns)
	return []models.Sheet{samples.Sheet, between.Sheet}, err
}

// sheet is a sheet being filled.
type sheet struct{ models.Sheet }

func (l *learner) sheet(name string, columns int) sheet {
	return sheet{models.Sheet{Name: name, Columns: columns, Pictures: sampling.NewImages(0, l.channels, l.height, l.width)}}
}

// append adds pictures of -1..1.
func (s *sheet) append(x sampling.Images) {
	s.Pictures.N += x.N
	for _, v := range x.Data {
		s.Pictures.Data = append(s.Pictures.Data, (v+1)/2)
	}
}

// interpolation is rows of pictures from one latent to the next, on the arc that
// stays normal.
func (l *learner) interpolation(ctx context.Context, k sampling.Key, ends sampling.Images, columns int) (sheet, error) {
	s := l.sheet("interpolation", columns)
	z := sampling.NewImages(l.config.Batch, l.latent, 1, 1)
	rows := min(sheetRows, z.N/columns, ends.N-1)
	if columns < 2 || rows < 1 {
		return s, nil
	}
	for row := range rows {
		path, err := sampling.Path(columns, ends.Image(row), ends.Image(row+1), sampling.Spherical)
		if err != nil {
			return s, err
		}
		for i, point := range path {
			copy(z.Image(row*columns+i), point)
		}
	}
	_, last, err := l.drawn(ctx, k, z, nil)
	if err == nil {
		s.append(last.Slice(0, rows*columns))
	}
	return s, err
}

// completionSheet has a row a picture: masked, completed several times with the known
// pixels put back, and as it was.
func (l *learner) completionSheet(ctx context.Context, k sampling.Key) (drawn models.Sheet, err error) {
	s := l.sheet("completion", completions+3)
	x, err := l.data.Batch(k, 0, l.config.Batch, 0, false)
	if err != nil {
		return s.Sheet, err
	}
	for j, v := range x.Data {
		x.Data[j] = 2*v - 1
	}
	count := max(1, x.N/(completions+1)) // so that one batch has room for all completions
	rows := sampling.NewImages(x.N, x.C, x.H, x.W)
	for i := range x.N {
		copy(rows.Image(i), x.Image(i/(completions+1)%count))
	}
	c, err := masked(rows)
	if err != nil {
		return s.Sheet, err
	}
	z := sampling.NewImages(x.N, l.latent, 1, 1)
	if err := k.Normals(sampling.StreamStart, 0, z); err != nil {
		return s.Sheet, err
	}
	first, last, err := l.drawn(ctx, k, z, &c)
	if err != nil {
		return s.Sheet, err
	}
	if last, err = hole(rows).Apply(last); err == nil {
		first, err = hole(rows).Apply(first)
	}
	for row := 0; err == nil && row < min(2*sheetRows, count); row++ {
		at := row * (completions + 1)
		s.append(c.Slice(at, at+1))
		s.append(first.Slice(at, at+1)) // before the chain
		s.append(last.Slice(at, min(at+completions, x.N)))
		s.append(rows.Slice(at, at+1))
	}
	return s.Sheet, err
}

// drawn is draw with averaged weights, on the host.
func (l *learner) drawn(ctx context.Context, k sampling.Key, z sampling.Images, c *sampling.Images) (first, last sampling.Images, err error) {
	latents, given := tensors.FromFlatDataAndDimensions(z.Data, z.N, z.C), l.condition(c)
	defer nn.Free(append(given, latents)...)
	a, b, err := l.draw(ctx, k, 0, latents, given, l.generatorNow.mean, l.energyNow.mean)
	defer nn.Free(a, b)
	if err != nil {
		return first, last, err
	}
	if first, err = l.onHost(a); err == nil {
		last, err = l.onHost(b)
	}
	return first, last, err
}

func (l *learner) onHost(t *tensors.Tensor) (sampling.Images, error) {
	v, err := tensors.CopyFlatData[float32](t)
	return sampling.Images{N: t.Shape().Dimensions[0], C: l.channels, H: l.height, W: l.width, Data: v}, err
}
