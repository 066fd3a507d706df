package cdrl

import (
	"math"

	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// Streams of the run's key, apart from those of chains and of batches.
const (
	streamLevel  = sampling.StreamUser + iota // the noise level and whether the class is shown
	streamNoise                               // the noise of a pair
	streamSecond                              // its second noise, where it is not shared
)

// pairs are pictures at two neighbouring noise levels: what Algorithm 1 learns from.
type pairs struct {
	levels []Level // one for all, or one a picture
	labels labels  // -1: no class is shown
	noisy  sampling.Images
	clean  sampling.Images // of level i-1, in level i's scale: times sqrt(Shrink)
}

// level of a picture.
func (p pairs) level(picture int) Level { return p.levels[min(picture, len(p.levels)-1)] }

// pairs draws those of an iteration.
func (l *learner) pairs(i int) (pairs, error) {
	x, classes, err := l.batch(i)
	if err != nil {
		return pairs{}, err
	}
	p := pairs{noisy: sampling.NewImages(x.N, x.C, x.H, x.W), clean: sampling.NewImages(x.N, x.C, x.H, x.W)}
	for j := range x.N {
		var u [2]float32
		if err := l.key.Uniform(streamLevel, j, i, u[:]); err != nil {
			return p, err
		}
		if j == 0 || l.config.PerImage {
			p.levels = append(p.levels, l.schedule.Levels[int(float64(u[0])*float64(l.config.Levels))])
		}
		if classes != nil {
			if float64(u[1]) < l.config.Dropout {
				classes[j] = -1
			}
		}
	}
	p.labels = classes
	noise, second := p.noisy.Clone(), p.noisy.Clone()
	if err := l.key.Normals(streamNoise, i, noise); err != nil {
		return p, err
	}
	if !l.config.SharedNoise {
		if err := l.key.Normals(streamSecond, i, second); err != nil {
			return p, err
		}
	}
	for j := range x.N {
		l.pair(p.level(j), x.Image(j), noise.Image(j), second.Image(j), p.noisy.Image(j), p.clean.Image(j))
	}
	return p, nil
}

// batch draws data in the model's own range: pictures in -1..1, points as they are;
// with their classes where the networks know any.
func (l *learner) batch(i int) (x sampling.Images, classes []int, err error) {
	c := l.config
	if l.net.Classes > 0 {
		var sets [][]int
		x, sets, err = l.data.Labelled(l.key, i, c.Batch, c.DataNoise, c.FlipData)
		for _, set := range sets {
			classes = append(classes, set[0])
		}
	} else {
		x, err = l.data.Batch(l.key, i, c.Batch, c.DataNoise, c.FlipData)
	}
	if err != nil || l.net.Points {
		return x, classes, err
	}
	for j, v := range x.Data {
		x.Data[j] = 2*v - 1
	}
	return x, classes, nil
}

// pair makes a picture of both levels. With shared noise both are mixtures of the
// picture and one noise (Eq. 9),
//
//	x_i = sqrt(alpha_bar_i) x + sqrt(1 - alpha_bar_i) n,
//
// otherwise the noisier one is made from the cleaner one by a second noise,
// x_i = sqrt(alpha_i) x_(i-1) + sqrt(1 - alpha_i) m.
func (l *learner) pair(v Level, x, noise, second, noisy, clean []float32) {
	shrink := math.Sqrt(v.Shrink)
	for j := range x {
		below := math.Sqrt(v.AlphaBarBelow)*float64(x[j]) + math.Sqrt(1-v.AlphaBarBelow)*float64(noise[j])
		above := math.Sqrt(v.AlphaBar)*float64(x[j]) + math.Sqrt(1-v.AlphaBar)*float64(noise[j])
		if !l.config.SharedNoise {
			above = math.Sqrt(v.Alpha)*below + math.Sqrt(1-v.Alpha)*float64(second[j])
		}
		noisy[j], clean[j] = float32(above), float32(shrink*below)
	}
}

// placed are pairs on the device, with what the networks are told of them.
type placed struct {
	count              int
	noisy, clean       *tensors.Tensor
	level, below       *tensors.Tensor // embedded: what the initializer and the energy are told
	class              *tensors.Tensor // one-hot; nil: the networks know none
	deviation, numbers *tensors.Tensor // of proposals; of Langevin steps
}

func (l *learner) place(p pairs) *placed {
	rows := len(p.levels)
	level, below := nn.NewArray(rows, l.init.Embedding), nn.NewArray(rows, l.net.Embedding)
	deviation, numbers := nn.NewArray(rows, 1), nn.NewArray(rows, walkNumbers)
	for j, v := range p.levels {
		nn.Sinusoidal(1000*embedded(v.LogSNR), level.Data[j*l.init.Embedding:(j+1)*l.init.Embedding])
		nn.Sinusoidal(1000*embedded(v.Below), below.Data[j*l.net.Embedding:(j+1)*l.net.Embedding])
		deviation.Data[j] = float32(l.config.ProposalNoise * v.InitStd)
		row := numbers.Data[j*walkNumbers : (j+1)*walkNumbers]
		row[walkForce], row[walkPull], row[walkNoise] = 0.5, float32(v.Pull), float32(math.Sqrt(v.S2))
	}
	d := &placed{
		count: p.noisy.N, noisy: pictures(p.noisy), clean: pictures(p.clean),
		level: onDevice(level), below: onDevice(below), deviation: onDevice(deviation), numbers: onDevice(numbers),
	}
	if l.net.Classes > 0 {
		class := nn.NewArray(p.noisy.N, l.net.Classes+1)
		for j := range p.noisy.N {
			class.Data[j*(l.net.Classes+1)+1+p.labels.of(j)] = 1
		}
		d.class = onDevice(class)
	}
	return d
}

func onDevice(a nn.Array) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(a.Data, a.Shape...)
}

// given puts the condition behind a routine's inputs.
func (d *placed) given(level *tensors.Tensor, inputs ...*tensors.Tensor) []*tensors.Tensor {
	inputs = append(inputs, level)
	if d.class != nil {
		inputs = append(inputs, d.class)
	}
	return inputs
}

func (d *placed) free() {
	nn.Free(d.noisy, d.clean, d.level, d.below, d.class, d.deviation, d.numbers)
}
