package nn

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// ladder lists the batch sizes that are compiled; a batch runs at the next one.
var ladder = [...]int{1, 2, 4, 8, 16, 32, 64}

// MaxTile is the largest batch of one execution; larger ones are cut.
const MaxTile = 64

// Tile is the compiled batch size that n pictures run at.
func Tile(n int) int {
	for _, t := range ladder {
		if n <= t {
			return t
		}
	}
	return MaxTile
}

// mostLanes bounds the executions that one batch is spread over on the pure-Go engine,
// which runs its operations one after the other and all but matrix products on one
// processor: thinner batches are dearer a picture than a processor more is worth.
const mostLanes = 8

// PureGo says whether a backend is the pure-Go one.
func PureGo(b compute.Backend) bool { return b.String() == "go" }

// tile is the compiled batch size that a batch of n is cut into.
func (d *Device) tile(n int) int { return Tile((n + d.lanes - 1) / d.lanes) }

// Device is a network's weights on the device, shared by its compiled functions.
type Device struct {
	backend compute.Backend
	lanes   int                // executions that one batch is spread over
	params  []Spec             // names and shapes
	buffers [][]compute.Buffer // of every device that shares the batches
}

// shared is what a backend offers besides whose devices share one batch.
type shared interface{ Devices() int }

// Plain is a backend as trainings use it: on one device, in full precision.
func Plain(b compute.Backend) compute.Backend {
	if v, ok := b.(interface{ Plain() compute.Backend }); ok {
		return v.Plain()
	}
	return b
}

// Place copies weights to the device, or to every one that shares the batches.
func Place(b compute.Backend, p Params) (*Device, error) {
	d := &Device{backend: b, lanes: 1}
	if PureGo(b) {
		d.lanes = min(runtime.GOMAXPROCS(0), mostLanes)
	}
	devices := 1
	if s, ok := b.(shared); ok && s.Devices() > 1 {
		devices = s.Devices()
		d.lanes = devices
	}
	d.buffers = make([][]compute.Buffer, devices)
	for _, q := range p {
		d.params = append(d.params, Spec{Name: q.Name, Shape: q.Shape})
		for i := range d.buffers {
			buffer, err := b.BufferFromFlatData(compute.DeviceNum(i), q.Data, shapes.Make(dtypes.Float32, q.Shape...))
			if err != nil {
				return nil, fmt.Errorf("copy %q %v to device %d: %w", q.Name, q.Shape, i, err)
			}
			d.buffers[i] = append(d.buffers[i], buffer)
		}
	}
	return d, nil
}

// Function builds a graph: weights and inputs, whose first axis is the batch, to
// outputs, whose first axis is the batch. A row of an output must depend on that
// row of the inputs alone: rows of padding run along.
type Function func(w Weights, in []*graph.Node) []*graph.Node

// Exec is a function compiled on demand, once per batch size of a short ladder. It
// is safe for concurrent use.
type Exec struct {
	name   string
	device *Device
	build  Function

	mu       sync.Mutex
	compiled map[string]*program
	spent    time.Duration
}

// NewExec names a function over placed weights. Nothing is compiled yet.
func NewExec(name string, d *Device, build Function) *Exec {
	return &Exec{name: name, device: d, build: build, compiled: map[string]*program{}}
}

// program is a compilation, perhaps still under way.
type program struct {
	once       sync.Once
	executable compute.Executable
	outputs    [][]int // shapes
	err        error
}

// Call evaluates the function for a batch: each input has its rows along the first
// axis, all the same number, at least 1. Batches that are no size of the ladder are
// padded by repeating the last row, batches above MaxTile are cut; neither shows in
// the result.
func (e *Exec) Call(in ...Array) ([]Array, error) {
	n, err := e.rows(in)
	if err != nil {
		return nil, err
	}
	tile := e.device.tile(n)
	p, _, err := e.program(tile, rowShapes(in))
	if err != nil {
		return nil, err
	}
	out := make([]Array, len(p.outputs))
	for i, shape := range p.outputs {
		out[i] = NewArray(append([]int{n}, shape[1:]...)...)
	}
	if err := e.tiles(p, tile, n, in, out); err != nil {
		return nil, fmt.Errorf("evaluate %s on %d pictures: %w", e.name, n, err)
	}
	return out, nil
}

// tiles executes a batch tile by tile, as many at once as the device has lanes; where
// several devices share it, each lane has its own.
func (e *Exec) tiles(p *program, tile, n int, in, out []Array) error {
	count := (n + tile - 1) / tile
	lanes := min(count, e.device.lanes)
	failed := make([]error, lanes)
	lane := func(l int) {
		for i := l; i < count && failed[l] == nil; i += lanes {
			failed[l] = e.run(p, l%len(e.device.buffers), tile, i*tile, min(tile, n-i*tile), in, out)
		}
	}
	var others sync.WaitGroup
	for l := 1; l < lanes; l++ {
		others.Go(func() { lane(l) })
	}
	lane(0)
	others.Wait()
	return errors.Join(failed...)
}

// Warm compiles what n rows of these shapes (without the batch axis) need and
// returns how long that took: 0 where it was compiled before.
func (e *Exec) Warm(n int, rows ...[]int) (time.Duration, error) {
	_, took, err := e.program(e.device.tile(n), rows)
	return took, err
}

// Compilations returns how many programs exist and the time spent compiling them; of no
// function none.
func (e *Exec) Compilations() (n int, spent time.Duration) {
	if e == nil {
		return 0, 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.compiled), e.spent
}

// compiling is what knows its compilations.
type compiling interface {
	Compilations() (n int, spent time.Duration)
}

// Compiled sums up the compilations of functions.
func Compiled(all ...compiling) (programs int, spent time.Duration) {
	for _, of := range all {
		count, took := of.Compilations()
		programs, spent = programs+count, spent+took
	}
	return programs, spent
}

func (e *Exec) rows(in []Array) (int, error) {
	if len(in) == 0 || len(in[0].Shape) == 0 || in[0].Shape[0] < 1 {
		return 0, fmt.Errorf("evaluate %s: found no pictures, want at least one", e.name)
	}
	n := in[0].Shape[0]
	for i, a := range in {
		if len(a.Shape) == 0 || a.Shape[0] != n || len(a.Data) != Size(a.Shape) {
			return 0, fmt.Errorf("evaluate %s: input %d: found shape %v with %d values, want %d rows", e.name, i, a.Shape, len(a.Data), n)
		}
	}
	return n, nil
}

func rowShapes(in []Array) [][]int {
	rows := make([][]int, len(in))
	for i, a := range in {
		rows[i] = a.Shape[1:]
	}
	return rows
}

// program returns the compiled program of a tile, compiling it if need be; callers
// of the same one wait for each other, callers of others do not.
func (e *Exec) program(tile int, rows [][]int) (*program, time.Duration, error) {
	key := fmt.Sprint(tile, rows)
	e.mu.Lock()
	p := e.compiled[key]
	if p == nil {
		p = &program{}
		e.compiled[key] = p
	}
	e.mu.Unlock()
	var took time.Duration
	p.once.Do(func() {
		start := time.Now()
		p.err = e.compile(p, tile, rows)
		took = time.Since(start)
		e.mu.Lock()
		e.spent += took
		e.mu.Unlock()
	})
	if p.err != nil {
		return nil, took, fmt.Errorf("compile %s for %d pictures: %w", e.name, tile, p.err)
	}
	return p, took, nil
}

// compile builds and compiles a program. Graph building reports errors by panics;
// this is the one place where they become errors.
func (e *Exec) compile(p *program, tile int, rows [][]int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if cause, ok := r.(error); ok {
				err = cause
			} else {
				err = fmt.Errorf("%v", r)
			}
		}
	}()
	g := graph.NewGraph(e.device.backend, fmt.Sprintf("%s/%d", e.name, tile))
	w := make(Weights, len(e.device.params))
	for _, q := range e.device.params {
		w[q.Name] = graph.Parameter(g, q.Name, shapes.Make(dtypes.Float32, q.Shape...))
	}
	in := make([]*graph.Node, len(rows))
	for i, row := range rows {
		in[i] = graph.Parameter(g, fmt.Sprintf("in%d", i), shapes.Make(dtypes.Float32, append([]int{tile}, row...)...))
	}
	outputs := e.build(w, in)
	for i, out := range outputs {
		shape := out.Shape().Dimensions
		if len(shape) == 0 || shape[0] != tile {
			return fmt.Errorf("output %d has shape %v, want %d rows", i, shape, tile)
		}
		p.outputs = append(p.outputs, slices.Clone(shape))
	}
	if err := g.Compile(outputs...); err != nil {
		return err
	}
	p.executable = g.Executable()
	return nil
}

// run executes one tile on a device: count rows from row from on.
func (e *Exec) run(p *program, device, tile, from, count int, in, out []Array) (err error) {
	weights := e.device.buffers[device]
	buffers := slices.Clone(weights)
	defer func() {
		for _, b := range buffers[len(weights):] {
			err = errors.Join(err, b.Finalize())
		}
	}()
	for _, a := range in {
		shape := append([]int{tile}, a.Shape[1:]...)
		b, err := e.device.backend.BufferFromFlatData(compute.DeviceNum(device), padded(a, tile, from, count), shapes.Make(dtypes.Float32, shape...))
		if err != nil {
			return err
		}
		buffers = append(buffers, b)
	}
	results, err := p.executable.Execute(buffers, nil, compute.DeviceNum(device))
	if err != nil {
		return err
	}
	for i, r := range results {
		err = errors.Join(err, e.read(r, out[i], tile, from, count), r.Finalize())
	}
	return err
}

// padded returns rows from..from+count of a, the last one repeated up to tile rows.
func padded(a Array, tile, from, count int) []float32 {
	row := Size(a.Shape[1:])
	data := a.Data[from*row : (from+count)*row]
	if count == tile {
		return data
	}
	data = slices.Clone(data)
	for range tile - count {
		data = append(data, data[(count-1)*row:count*row]...)
	}
	return data
}

// read copies the first count rows of a result into rows from.. of out.
func (e *Exec) read(r compute.Buffer, out Array, tile, from, count int) error {
	row := Size(out.Shape[1:])
	into := out.Data[from*row : (from+count)*row]
	if count == tile {
		return r.ToFlatData(into)
	}
	all := make([]float32, tile*row)
	if err := r.ToFlatData(all); err != nil {
		return err
	}
	copy(into, all)
	return nil
}
