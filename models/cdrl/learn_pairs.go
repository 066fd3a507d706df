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
	streamShown                               // which attributes are shown
)

// pairs are pictures at two neighbouring noise levels: what Algorithm 1 learns from.
type pairs struct {
	levels []Level // one for all, or one a picture
	labels labels  // what the energy is told: an empty set is no class
	told   labels  // what the initializer is told
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
		var u [3]float32
		if err := l.key.Uniform(streamLevel, j, i, u[:]); err != nil {
			return p, err
		}
		if j == 0 || l.config.PerImage {
			p.levels = append(p.levels, l.schedule.Levels[int(float64(u[0])*float64(l.config.Levels))])
		}
		if classes == nil {
			continue
		}
		shown, err := l.shown(i, j, classes[j], float64(u[1]))
		if err != nil {
			return p, err
		}
		p.labels = append(p.labels, shown)
		if float64(u[2]) < l.config.InitDropout {
			shown = nil
		}
		p.told = append(p.told, shown)
	}
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
func (l *learner) batch(i int) (x sampling.Images, classes [][]int, err error) {
	c := l.config
	if l.net.Classes > 0 {
		x, classes, err = l.data.Labelled(l.key, i, c.Batch, c.DataNoise, c.FlipData)
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

// shown are those of a picture's classes that the energy is told: of attributes taught
// together each with its own chance, otherwise one of them or none; u is uniform.
func (l *learner) shown(i, picture int, classes []int, u float64) ([]int, error) {
	if !l.config.Together || len(classes) == 1 {
		if u < l.config.Dropout {
			return nil, nil
		}
		at := (u - l.config.Dropout) / (1 - l.config.Dropout) * float64(len(classes))
		return []int{classes[min(int(at), len(classes)-1)]}, nil
	}
	chances := make([]float32, len(classes))
	if err := l.key.Uniform(streamShown, picture, i, chances); err != nil {
		return nil, err
	}
	var shown []int
	for k, class := range classes {
		// Some pictures are shown without any class, however many there are: guidance
		// stands on the energy of no class.
		if u >= l.config.Dropout/2 && float64(chances[k]) >= l.config.Dropout {
			shown = append(shown, class)
		}
	}
	return shown, nil
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
	class, told        *tensors.Tensor // a number a class, for the energy and for the initializer; nil: the networks know none
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
		d.class, d.told = l.telling(p.labels, p.noisy.N), l.telling(p.told, p.noisy.N)
	}
	return d
}

// telling is the networks' input for the classes of a batch.
func (l *learner) telling(classes labels, count int) *tensors.Tensor {
	columns := l.net.Classes + 1
	a := nn.NewArray(count, columns)
	for j := range count {
		classes.tell(j, a.Data[j*columns:(j+1)*columns])
	}
	return onDevice(a)
}

func onDevice(a nn.Array) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(a.Data, a.Shape...)
}

// energyGiven puts the energy's condition behind a routine's inputs.
func (d *placed) energyGiven(inputs ...*tensors.Tensor) []*tensors.Tensor {
	return given(inputs, d.below, d.class)
}

// initGiven puts the initializer's there.
func (d *placed) initGiven(inputs ...*tensors.Tensor) []*tensors.Tensor {
	return given(inputs, d.level, d.told)
}

func given(inputs []*tensors.Tensor, level, class *tensors.Tensor) []*tensors.Tensor {
	inputs = append(inputs, level)
	if class != nil {
		inputs = append(inputs, class)
	}
	return inputs
}

func (d *placed) free() {
	nn.Free(d.noisy, d.clean, d.level, d.below, d.class, d.told, d.deviation, d.numbers)
}
