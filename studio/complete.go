package studio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"path/filepath"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Fidelity is how near pictures come to an original within a hole, averaged over them.
type Fidelity struct {
	PSNR float64 `json:"psnr"` // decibels, of values in 0..1
	SSIM float64 `json:"ssim"`
}

// Completion is what a model made of one picture's hole.
type Completion struct {
	Name     string          `json:"name"`
	Original sampling.Images `json:"-"` // one picture, in the model's range
	// Masked has its hole at 0, MeanFilled at the mean of the known pixels.
	Masked, MeanFilled sampling.Images `json:"-"`
	// Unrefined are the generator's pictures, Refined what the chains made of them, and
	// Prediction is that of the latent 0 without noise (section 4.4), refined; all with
	// the known pixels put back.
	Unrefined, Refined, Prediction sampling.Images `json:"-"`

	Mean    Fidelity `json:"mean"` // of MeanFilled
	VAE     Fidelity `json:"vae"`  // of Unrefined
	Chains  Fidelity `json:"chains"`
	Predict Fidelity `json:"prediction"`
	// Spread is the standard deviation of a hole's pixel over the refined pictures, in
	// 0..1, root mean square.
	Spread float64 `json:"spread"`

	Result Result `json:"-"` // of the refined pictures
}

// Complete fills the hole of each of the pictures, which are whole, with the chains of
// a recipe for one of them, and measures the answers against the originals. Every
// picture's chains are a job of the lane; told, which may be nil, gets each job. Names
// are for people, one a picture.
func (s *Studio) Complete(ctx context.Context, o *Opened, x sampling.Images, names []string, r Recipe, told func(*Job)) ([]Completion, error) {
	m := o.Model
	if m.Hole == nil || m.LatentSize == 0 {
		return nil, refuse("complete: %s was not trained to fill a hole", o.Name)
	}
	if err := x.Check(m.C, m.H, m.W); err != nil {
		return nil, fmt.Errorf("complete: %w", err)
	}
	if r.Known != nil || len(r.Terms) > 0 || r.Initial != nil {
		return nil, errors.New("complete: found conditions or pictures in the recipe, want none")
	}
	var all []Completion
	for i := range x.N {
		c, err := s.completeOne(ctx, o, x.Slice(i, i+1), names[i], r.Clone(), told)
		if err != nil {
			return all, fmt.Errorf("complete %q: %w", names[i], err)
		}
		all = append(all, c)
	}
	return all, nil
}

func (s *Studio) completeOne(ctx context.Context, o *Opened, x sampling.Images, name string, r Recipe, told func(*Job)) (c Completion, err error) {
	m := o.Model
	c = Completion{Name: name, Original: x}
	picture := native(quantise(x.Data, m.Lo, m.Hi), m.C, m.H, m.W)
	if r.Known, err = NewKnown(m, filepath.Base(name), picture, nil, false); err != nil {
		return c, err
	}
	job, err := s.ran(ctx, o, r, told)
	if err != nil {
		return c, err
	}
	if c.Result, err = job.Result(); err != nil {
		return c, err
	}
	if c.Unrefined, c.Refined, err = job.beforeAfter(); err != nil {
		return c, err
	}
	if c.Unrefined.Data == nil {
		c.Unrefined = c.Refined
	}
	r.Chains, r.Terms = 1, []Term{{Weight: 1, Latents: [][]float32{make([]float32, m.LatentSize)}}}
	if err := r.Turn(m, "noise", 0); err != nil {
		return c, err
	}
	if job, err = s.ran(ctx, o, r, told); err != nil {
		return c, err
	}
	if _, c.Prediction, err = job.beforeAfter(); err != nil {
		return c, err
	}
	return c, c.measure(m)
}

// ran walks a recipe's chains to their end.
func (s *Studio) ran(ctx context.Context, o *Opened, r Recipe, told func(*Job)) (*Job, error) {
	j := s.Sample(o, r, nil)
	if told != nil {
		told(j)
	}
	if err := j.Wait(ctx); err != nil {
		j.Stop()
		return nil, err
	}
	if j.Progress().Phase == Stopped {
		return nil, context.Canceled
	}
	return j, nil
}

// measure puts known pixels back and compares with the original.
func (c *Completion) measure(m *models.Model) error {
	hole := m.Hole(c.Original)
	var err error
	for _, x := range []*sampling.Images{&c.Unrefined, &c.Refined, &c.Prediction} {
		if *x, err = hole.Apply(*x); err != nil {
			return err
		}
	}
	if c.Masked, err = hole.Apply(sampling.NewImages(1, m.C, m.H, m.W)); err != nil {
		return err
	}
	c.MeanFilled = meanFilled(c.Original, hole)
	for _, q := range []struct {
		x  sampling.Images
		to *Fidelity
	}{{c.MeanFilled, &c.Mean}, {c.Unrefined, &c.VAE}, {c.Refined, &c.Chains}, {c.Prediction, &c.Predict}} {
		if *q.to, err = fidelity(m, q.x, c.Original, hole.M); err != nil {
			return err
		}
	}
	c.Spread = spread(unit(m, c.Refined), hole.M)
	return nil
}

// meanFilled fills the hole with the mean of the known pixels of each channel.
func meanFilled(x sampling.Images, hole *sampling.Mask) sampling.Images {
	filled := x.Clone()
	plane := x.H * x.W
	for channel := range x.C {
		values := filled.Data[channel*plane : (channel+1)*plane]
		var sum, count float64
		for j, v := range values {
			if hole.M[j] == 0 {
				sum, count = sum+float64(v), count+1
			}
		}
		for j := range values {
			if hole.M[j] > 0 && count > 0 {
				values[j] = float32(sum / count)
			}
		}
	}
	return filled
}

// unit is pictures in 0..1, cut off there.
func unit(m *models.Model, x sampling.Images) sampling.Images {
	y := x.Clone()
	for j, v := range y.Data {
		y.Data[j] = min(max((v-m.Lo)/(m.Hi-m.Lo), 0), 1)
	}
	return y
}

// fidelity is that of pictures to one original, averaged.
func fidelity(m *models.Model, x, original sampling.Images, hole []float32) (f Fidelity, err error) {
	x, original = unit(m, x), unit(m, original)
	for i := range x.N {
		psnr, err := evaluation.PSNR(x.Image(i), original.Data, hole)
		if err != nil {
			return f, err
		}
		ssim, err := evaluation.SSIM(x.Image(i), original.Data, hole, x.W)
		if err != nil {
			return f, err
		}
		f.PSNR, f.SSIM = f.PSNR+psnr/float64(x.N), f.SSIM+ssim/float64(x.N)
	}
	return f, nil
}

// spread is Completion.Spread of pictures in 0..1.
func spread(x sampling.Images, hole []float32) float64 {
	var sum, count float64
	for j := range x.Size() {
		if hole[j%len(hole)] == 0 {
			continue
		}
		var mean, square float64
		for i := range x.N {
			v := float64(x.Image(i)[j])
			mean, square = mean+v/float64(x.N), square+v*v/float64(x.N)
		}
		sum, count = sum+max(square-mean*mean, 0), count+1
	}
	return math.Sqrt(sum / max(count, 1))
}

// SaveCompletions writes a table with a row a picture: masked, filled with the mean,
// the generator's first answer, the refined answers, the prediction, the original. The
// file appears whole or not at all.
func SaveCompletions(path string, m *models.Model, all []Completion) error {
	columns := 5
	for _, c := range all {
		columns = max(columns, 5+c.Refined.N)
	}
	var cells []image.Image
	for _, c := range all {
		row := make([]image.Image, columns)
		for i, x := range []sampling.Images{c.Masked, c.MeanFilled, c.Unrefined.Slice(0, 1)} {
			row[i] = native(quantise(x.Data, m.Lo, m.Hi), m.C, m.H, m.W)
		}
		for i := range c.Refined.N {
			row[3+i] = native(quantise(c.Refined.Image(i), m.Lo, m.Hi), m.C, m.H, m.W)
		}
		for i, x := range []sampling.Images{c.Prediction, c.Original} {
			row[columns-2+i] = native(quantise(x.Data, m.Lo, m.Hi), m.C, m.H, m.W)
		}
		cells = append(cells, row...)
	}
	data, err := encodePNG(table(cells, columns, m.W, m.H))
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

// MeanCompletion has the averages of all measurements.
func MeanCompletion(all []Completion) Completion {
	mean := Completion{Name: "mean"}
	n := float64(len(all))
	for _, c := range all {
		mean.Spread += c.Spread / n
		for _, q := range []struct{ of, to *Fidelity }{{&c.Mean, &mean.Mean}, {&c.VAE, &mean.VAE}, {&c.Chains, &mean.Chains}, {&c.Predict, &mean.Predict}} {
			q.to.PSNR, q.to.SSIM = q.to.PSNR+q.of.PSNR/n, q.to.SSIM+q.of.SSIM/n
		}
	}
	return mean
}
