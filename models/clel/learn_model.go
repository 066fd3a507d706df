package clel

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// latentsOf bounds the pictures of a class whose latents are summed: their mean
// direction hardly changes with more, and a save must not hold up the training.
const latentsOf = 1000

// maxSampleSteps bounds the default length of chains that a model is sampled with:
// published samples take 600 to 1200 steps, chains of a buffer many times more.
const maxSampleSteps = 1000

// model is the checkpoint for use: averaged and raw weights, the classes' latents
// and the header.
func (l *learner) model(iterations int) ([]checkpoint.Named, map[string]string, error) {
	all, err := l.state()
	if err != nil {
		return nil, nil, err
	}
	var list []checkpoint.Named
	for _, t := range all {
		if slices.ContainsFunc([]string{PrefixNet, PrefixNetEMA, PrefixEncoder, PrefixEncoderEMA}, func(p string) bool { return strings.HasPrefix(t.Name, p) }) {
			list = append(list, t)
		}
	}
	classes, err := l.classes()
	if err != nil {
		return nil, nil, err
	}
	if len(classes) > 0 {
		size := l.net.LatentSize()
		list = append(list, checkpoint.Named{Name: ClassLatents, Tensor: checkpoint.Float32Tensor([]int{len(classes), size}, slices.Concat(classes...))})
	}
	c, age := l.config, l.config.age(iterations)
	h := Header{
		Name: l.data.Name, Height: l.data.H, Width: l.data.W, Channels: l.data.C, Labels: l.data.Labels,
		TrainedSteps: age, Iterations: iterations,
		StepSize: c.StepSize, StepNoise: c.StepNoise, StepClip: c.Clip, Steps: min(age, maxSampleSteps), Beta: c.Beta,
	}
	return list, h.Metadata(), nil
}

// age is the mean number of Langevin steps that a chain of the buffer has walked
// since it started from noise. Of iterations that draw a part batch/buffer of the
// chains, a chain has seen v; each time it started anew with probability r:
//
//	K (1 + (1-r) + ... + (1-r)^(v-1)) = K (1 - (1-r)^v) / r
func (c LearnConfig) age(iterations int) int {
	if iterations == 0 {
		return 0
	}
	walks := math.Max(float64(iterations)*float64(c.Batch)/float64(c.Buffer), 1)
	if c.Reinit > 0 {
		walks = (1 - math.Pow(1-c.Reinit, walks)) / c.Reinit
	}
	return int(math.Round(float64(c.Steps) * walks))
}

// classes are the classes' latents by the averaged encoder (section 4.3 of the
// paper), one row a label; none where there is no encoder, there are no classes, or
// one of them has no pictures.
func (l *learner) classes() ([][]float32, error) {
	if !l.config.Latent || l.data.OfLabel == nil {
		return nil, nil
	}
	var list [][]float32
	for label := range l.data.Labels {
		x, err := l.data.OfLabel(label, latentsOf)
		if err != nil {
			return nil, fmt.Errorf("pictures of class %d: %w", label, err)
		}
		if x.N == 0 {
			return nil, nil
		}
		rows, err := l.rows(l.embed, l.encMean, x)
		if err != nil {
			return nil, fmt.Errorf("latent of class %d: %w", label, err)
		}
		z, err := models.Aggregate(rows[0])
		if err != nil {
			return nil, fmt.Errorf("latent of class %d: %w", label, err)
		}
		list = append(list, z)
	}
	return list, nil
}

// rows runs a program of pictures and one bank, compiled for one size of batch, over
// any number of pictures; it returns the rows of each output. The last batch is
// filled up, so a row must not depend on the others.
func (l *learner) rows(p *program, w *bank, x sampling.Images) ([][][]float32, error) {
	var outputs [][][]float32
	n := l.config.Batch
	for from := 0; from < x.N; from += n {
		part := x.Slice(from, min(from+n, x.N))
		full := sampling.NewImages(n, x.C, x.H, x.W)
		copy(full.Data, part.Data)
		in := pictures(full)
		out, err := p.call([]*tensors.Tensor{in}, w)
		if err != nil {
			return nil, err
		}
		if outputs == nil {
			outputs = make([][][]float32, len(out))
		}
		for i, t := range out {
			v, err := tensors.CopyFlatData[float32](t)
			if err != nil {
				return nil, err
			}
			size := len(v) / n
			for row := range part.N {
				outputs[i] = append(outputs[i], v[row*size:(row+1)*size])
			}
		}
		free(append(out, in)...)
	}
	return outputs, nil
}
