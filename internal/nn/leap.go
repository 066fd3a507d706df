package nn

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/sampling"
)

func shapeOf(d dtypes.DType, dims ...int) shapes.Shape { return shapes.Make(d, dims...) }

// Leaper makes several Langevin steps of an energy in one program: the pictures and the noise
// do not leave the device. Its steps are unrolled, since XLA runs convolutions inside a
// loop some 30 times slower on a processor; every number of steps is compiled by itself,
// and with and without a tether, a mask and temperatures. Their numbers are inputs.
type Leaper struct {
	name   string
	device *Device
	build  Function

	mu    sync.Mutex
	execs map[leapKind]*Exec
}

// leapKind is what a program is compiled for: how many steps, and what they have besides.
type leapKind struct {
	steps                              int
	noiseFirst, tethered, kept, heated bool
}

// NewLeaper makes one of a function of pictures and conditions that returns energies, one a
// picture, and their gradients. Nothing is compiled yet.
func NewLeaper(name string, d *Device, build Function) *Leaper {
	return &Leaper{name: name, device: d, build: build, execs: map[leapKind]*Exec{}}
}

// The numbers of a row beside its pictures: two words of the key and the step in halves of
// 16 bits, which float32 holds exactly, the step's size, noise, clip and range, and the
// tether's coefficient.
const (
	rowKey0, rowKey1, rowStep                   = 0, 2, 4
	rowSize, rowNoise, rowClip, rowLow, rowHigh = 6, 7, 8, 9, 10
	rowTether                                   = 11
	rowLength                                   = 12
)

// Leap makes the steps under conditions, one row a picture; ok is false where the key's
// noise is not the generator's.
func (p *Leaper) Leap(l sampling.Leap, conditions ...Array) (made sampling.Leapt, ok bool, err error) {
	if err := l.Langevin.Check(); err != nil {
		return made, false, err
	}
	numbers, ok := rowsOf(l)
	heat := l.Key.Heat()
	if !ok || heat != nil && len(heat) != l.X.H*l.X.W {
		return made, false, nil
	}
	kind := leapKind{l.N, l.Langevin.NoiseFirst, l.Tether.To.N > 0, l.Keep != nil, heat != nil}
	in := append([]Array{pictures(l.X)}, conditions...)
	if kind.tethered {
		in = append(in, each(l.Tether.To, l.X.N))
	}
	if m := l.Keep; kind.kept {
		in = append(in, each(sampling.Images{N: 1, C: 1, H: m.H, W: m.W, Data: m.M}, l.X.N), each(m.Known, l.X.N))
	}
	if kind.heated {
		in = append(in, each(sampling.Images{N: 1, C: 1, H: l.X.H, W: l.X.W, Data: heat}, l.X.N))
	}
	out, err := p.exec(kind).Call(append(in, numbers)...)
	if err != nil {
		return made, false, err
	}
	made.X = sampling.Images{N: l.X.N, C: l.X.C, H: l.X.H, W: l.X.W, Data: out[0].Data}
	made.Steps = make([]sampling.Reading, l.N)
	for k := range made.Steps {
		r := sampling.Reading{Energy: make([]float32, l.X.N), GradNorm: make([]float32, l.X.N)}
		for i := range l.X.N {
			r.Energy[i], r.GradNorm[i] = out[1].Data[i*l.N+k], out[2].Data[i*l.N+k]
		}
		made.Steps[k] = r
	}
	return made, true, nil
}

// rowsOf are the numbers of every picture; ok is false where the key is recorded.
func rowsOf(l sampling.Leap) (numbers Array, ok bool) {
	low, high, clip := l.Langevin.Lo, l.Langevin.Hi, l.Langevin.Clip
	if low == high {
		low, high = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	if clip == 0 {
		clip = math.Inf(1)
	}
	numbers = NewArray(l.X.N, rowLength)
	for i := range l.X.N {
		k0, k1, ok := l.Key.Words(sampling.StreamStep, i)
		if !ok {
			return numbers, false
		}
		row := numbers.Data[i*rowLength : (i+1)*rowLength]
		for at, word := range map[int]uint32{rowKey0: k0, rowKey1: k1, rowStep: uint32(l.First)} {
			row[at], row[at+1] = float32(word>>16), float32(word&0xffff)
		}
		row[rowSize], row[rowNoise], row[rowClip] = float32(l.Langevin.StepSize), float32(l.Langevin.Noise), float32(clip)
		row[rowLow], row[rowHigh], row[rowTether] = low, high, float32(l.Tether.K)
	}
	return numbers, true
}

// pictures are images as an input.
func pictures(x sampling.Images) Array {
	return Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}
}

// each are images as an input of n rows: their own, or one for all.
func each(x sampling.Images, n int) Array {
	if x.N == n {
		return pictures(x)
	}
	all := NewArray(n, x.C, x.H, x.W)
	for i := range n {
		copy(all.Data[i*x.Size():], x.Image(0))
	}
	return all
}

// PureGo says whether the steps are made by the pure-Go engine, which compiles nothing.
func (p *Leaper) PureGo() bool { return PureGo(p.device.backend) }

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

// Compilations returns how many programs exist and the time spent compiling them.
func (p *Leaper) Compilations() (n int, spent time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.execs {
		count, took := e.Compilations()
		n, spent = n+count, spent+took
	}
	return n, spent
}

// steps unrolls x <- clamp(x - size clamp(dE/dx) + noise N(0,1)), or with the noise first,
// as sampling.Langevin has them, each followed by the mask; the tether is part of E.
func (p *Leaper) steps(kind leapKind) Function {
	return func(w Weights, in []*graph.Node) []*graph.Node {
		l := kind.inputs(in)
		x, step := l.x, l.word(rowStep)
		var energies, norms []*graph.Node
		for range kind.steps {
			noise := l.noise(step)
			step = graph.AddScalar(step, 1)
			if kind.noiseFirst {
				x = graph.Add(x, noise)
			}
			out := p.build(w, append([]*graph.Node{x}, l.conditions...))
			energy, gradient := l.tethered(x, graph.Reshape(out[0], -1, 1), out[1])
			energies = append(energies, energy)
			norms = append(norms, graph.Reshape(graph.Sqrt(graph.ReduceSum(graph.Square(gradient), 1, 2, 3)), -1, 1))
			x = graph.Sub(x, graph.Mul(l.number(rowSize), between(gradient, graph.Neg(l.number(rowClip)), l.number(rowClip))))
			if !kind.noiseFirst {
				x = graph.Add(x, noise)
			}
			x = l.masked(between(x, l.number(rowLow), l.number(rowHigh)))
		}
		return []*graph.Node{x, graph.Concatenate(energies, 1), graph.Concatenate(norms, 1)}
	}
}

func between(v, low, high *graph.Node) *graph.Node { return graph.Max(low, graph.Min(v, high)) }

// leapInputs are the inputs of a program by name; those that it does not have are nil.
type leapInputs struct {
	x, to, free, known, heat, numbers *graph.Node
	conditions                        []*graph.Node
}

// inputs takes them apart in the order in which Leap lays them.
func (kind leapKind) inputs(in []*graph.Node) leapInputs {
	last := func() *graph.Node {
		node := in[len(in)-1]
		in = in[:len(in)-1]
		return node
	}
	l := leapInputs{numbers: last()}
	if kind.heated {
		l.heat = last()
	}
	if kind.kept {
		l.known, l.free = last(), last()
	}
	if kind.tethered {
		l.to = last()
	}
	l.x, l.conditions = in[0], in[1:]
	return l
}

// column is a number of every row, [batch, 1].
func (l leapInputs) column(at int) *graph.Node {
	return graph.SliceAxis(l.numbers, 1, graph.AxisRange(at, at+1))
}

// word puts the halves of a word together.
func (l leapInputs) word(at int) *graph.Node {
	high, low := graph.ConvertDType(l.column(at), dtypes.Uint32), graph.ConvertDType(l.column(at+1), dtypes.Uint32)
	return graph.Add(graph.MulScalar(high, 1<<16), low)
}

// number is a number of every row for every value of its picture.
func (l leapInputs) number(at int) *graph.Node {
	return l.wide(graph.Reshape(l.column(at), -1, 1, 1, 1))
}

// wide repeats what has fewer channels or pixels than the pictures.
func (l leapInputs) wide(v *graph.Node) *graph.Node {
	return graph.BroadcastToDims(v, l.x.Shape().Dimensions...)
}

// noise is that of a step, as a tempered key has it.
func (l leapInputs) noise(step *graph.Node) *graph.Node {
	dims := l.x.Shape().Dimensions
	noise := graph.Reshape(Normals(l.word(rowKey0), l.word(rowKey1), step, Size(dims[1:])), dims...)
	if l.heat != nil {
		noise = graph.Mul(noise, l.wide(l.heat))
	}
	return graph.Mul(noise, l.number(rowNoise))
}

// tethered adds K |x-to|^2 to energies [batch, 1] and 2K (x-to) to their gradients.
func (l leapInputs) tethered(x, energy, gradient *graph.Node) (_, _ *graph.Node) {
	if l.to == nil {
		return energy, gradient
	}
	away := graph.Sub(x, l.to)
	spring := graph.Mul(l.column(rowTether), graph.Reshape(graph.ReduceSum(graph.Square(away), 1, 2, 3), -1, 1))
	return graph.Add(energy, spring), graph.Add(gradient, graph.Mul(graph.MulScalar(l.number(rowTether), 2), away))
}

// masked is m x + (1-m) known.
func (l leapInputs) masked(x *graph.Node) *graph.Node {
	if l.known == nil {
		return x
	}
	free := l.wide(l.free)
	return graph.Add(graph.Mul(free, x), graph.Mul(graph.OneMinus(free), l.known))
}
