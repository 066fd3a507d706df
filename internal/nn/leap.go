package nn

import (
	"fmt"
	"math"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/sampling"
)

func shapeOf(d dtypes.DType, dims ...int) shapes.Shape { return shapes.Make(d, dims...) }

// Leaper makes several Langevin steps of an energy in one program: the pictures and the noise
// do not leave the device. Its steps are unrolled, since XLA runs convolutions inside a
// loop some 30 times slower on a processor; every number of steps is compiled by itself.
type Leaper struct {
	name   string
	device *Device
	build  Function

	mu    sync.Mutex
	execs map[leapKind]*Exec
}

type leapKind struct {
	steps      int
	noiseFirst bool
}

// NewLeaper makes one of a function of pictures and conditions that returns energies, one a
// picture, and their gradients. Nothing is compiled yet.
func NewLeaper(name string, d *Device, build Function) *Leaper {
	return &Leaper{name: name, device: d, build: build, execs: map[leapKind]*Exec{}}
}

// The numbers of a row beside its pictures: two words of the key and the step in halves of
// 16 bits, which float32 holds exactly, and the step's size, noise, clip and range.
const (
	rowKey0, rowKey1, rowStep                   = 0, 2, 4
	rowSize, rowNoise, rowClip, rowLow, rowHigh = 6, 7, 8, 9, 10
	rowLength                                   = 11
)

// Leap makes n steps of l on pictures under conditions, one row a picture; ok is false where
// the key's noise is not the generator's.
func (p *Leaper) Leap(k sampling.Key, step int, x sampling.Images, l sampling.Langevin, n int, conditions ...Array) (leap sampling.Leap, ok bool, err error) {
	if err := l.Check(); err != nil {
		return leap, false, err
	}
	low, high := l.Lo, l.Hi
	if low == high {
		low, high = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	clip := l.Clip
	if clip == 0 {
		clip = math.Inf(1)
	}
	numbers := NewArray(x.N, rowLength)
	for i := range x.N {
		k0, k1, ok := k.Words(sampling.StreamStep, i)
		if !ok {
			return leap, false, nil
		}
		row := numbers.Data[i*rowLength : (i+1)*rowLength]
		for at, word := range map[int]uint32{rowKey0: k0, rowKey1: k1, rowStep: uint32(step)} {
			row[at], row[at+1] = float32(word>>16), float32(word&0xffff)
		}
		row[rowSize], row[rowNoise], row[rowClip] = float32(l.StepSize), float32(l.Noise), float32(clip)
		row[rowLow], row[rowHigh] = low, high
	}
	in := append([]Array{{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}}, conditions...)
	out, err := p.exec(leapKind{n, l.NoiseFirst}).Call(append(in, numbers)...)
	if err != nil {
		return leap, false, err
	}
	leap.X = sampling.Images{N: x.N, C: x.C, H: x.H, W: x.W, Data: out[0].Data}
	leap.Energy, leap.GradNorm = out[1].Data, out[2].Data
	return leap, true, nil
}

func (p *Leaper) exec(kind leapKind) *Exec {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.execs[kind]
	if e == nil {
		e = NewExec(fmt.Sprintf("%s, %d steps", p.name, kind.steps), p.device, p.steps(kind))
		p.execs[kind] = e
	}
	return e
}

// steps unrolls x <- clamp(x - size clamp(dE/dx) + noise N(0,1)), or with the noise first,
// as sampling.Langevin has them.
func (p *Leaper) steps(kind leapKind) Function {
	return func(w Weights, in []*graph.Node) []*graph.Node {
		last := len(in) - 1
		x, conditions, numbers := in[0], in[1:last], in[last]
		dims := x.Shape().Dimensions
		column := func(at int) *graph.Node { return graph.SliceAxis(numbers, 1, graph.AxisRange(at, at+1)) } // [batch, 1]
		word := func(at int) *graph.Node {
			high, low := graph.ConvertDType(column(at), dtypes.Uint32), graph.ConvertDType(column(at+1), dtypes.Uint32)
			return graph.Add(graph.MulScalar(high, 1<<16), low)
		}
		number := func(at int) *graph.Node {
			return graph.BroadcastToDims(graph.Reshape(column(at), dims[0], 1, 1, 1), dims...)
		}
		between := func(v, low, high *graph.Node) *graph.Node { return graph.Max(low, graph.Min(v, high)) }
		k0, k1, step := word(rowKey0), word(rowKey1), word(rowStep)
		clip := number(rowClip)
		var energy, gradient *graph.Node
		for range kind.steps {
			noise := graph.Reshape(Normals(k0, k1, step, Size(dims[1:])), dims...)
			noise = graph.Mul(noise, number(rowNoise))
			step = graph.AddScalar(step, 1)
			if kind.noiseFirst {
				x = graph.Add(x, noise)
			}
			out := p.build(w, append([]*graph.Node{x}, conditions...))
			energy, gradient = graph.Reshape(out[0], dims[0]), out[1]
			x = graph.Sub(x, graph.Mul(number(rowSize), between(gradient, graph.Neg(clip), clip)))
			if !kind.noiseFirst {
				x = graph.Add(x, noise)
			}
			x = between(x, number(rowLow), number(rowHigh))
		}
		norm := graph.Sqrt(graph.ReduceSum(graph.Square(gradient), 1, 2, 3))
		return []*graph.Node{x, energy, norm}
	}
}
