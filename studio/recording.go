package studio

import (
	"image"
	"slices"
	"sync"

	"ebmstudio/sampling"
)

// maxPoints is the number of steps a curve keeps before it is thinned.
const maxPoints = 1 << 14

// Recording is what a run leaves behind while it goes: frames as bytes and
// curves, one a chain. Above its memory budget every second frame is dropped,
// then every second of those, and so on; the last frame is always kept. Frames may be
// moved to the disk instead, see Spill. It is safe for concurrent use.
type Recording struct {
	chains, c, h, w int
	lo, hi          float32
	budget          int64
	trained         int // steps that a chain walked in training, on each noise level; 0: not known

	lock     sync.Mutex
	spilled  spilled
	memory   int64 // bytes of the frames that are in memory
	states   keptStates
	levels   []Level
	killed   map[int]int // chain -> step after which it was killed
	held     []bool      // chains that are held now, those that were killed too
	stride   int         // frames whose step is a multiple are kept
	frames   []frame
	curves   map[string]*curve
	hashes   hashes
	diverged map[int]int // chain -> step in which it met a number that is not finite
	jumps    []int       // steps from which the chains went on with changed pictures
	last     sampling.Images
	lastStep int
}

type frame struct {
	step   int
	pixels []uint8   // chains*c*h*w, as Images; nil of one that is on the disk alone
	points []float32 // of points of the plane the numbers themselves, else nil
	at     int64     // 1 more than its place in the file of spilled frames, 0: not there
}

// bytes is what a frame occupies in memory.
func (f frame) bytes() int64 { return int64(len(f.pixels) + 4*len(f.points)) }

// curve is a value per chain at steps that are multiples of stride.
type curve struct {
	stride int
	steps  []int
	values []float32 // [len(steps)][chains]
}

func newRecording(chains, c, h, w int, lo, hi float32, budget int64) *Recording {
	return &Recording{
		chains: chains, c: c, h: h, w: w, lo: lo, hi: hi, budget: budget, stride: 1,
		curves: map[string]*curve{}, diverged: map[int]int{}, killed: map[int]int{}, hashes: hashes{Stride: 1},
		states: keptStates{budget: budget / statesShare, stride: 1},
	}
}

// Chains is the number of chains.
func (r *Recording) Chains() int { return r.chains }

// Size is the width and height of a picture.
func (r *Recording) Size() (w, h int) { return r.w, r.h }

// Frames is the number of frames kept so far. It can shrink, when a recording is
// thinned.
func (r *Recording) Frames() int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return len(r.frames)
}

// StepOf is the number of steps that a frame's pictures have walked: 0 for the
// start. A frame number out of range counts as the nearest one.
func (r *Recording) StepOf(frame int) int {
	r.lock.Lock()
	defer r.lock.Unlock()
	if len(r.frames) == 0 {
		return 0
	}
	return r.frames[r.nearest(frame)].step
}

// Frame is the picture of a chain in a frame, grey where it has one channel. The
// picture is tight (stride 4*width) and the caller's own. A frame number out of
// range counts as the nearest one; it is nil where there is no frame or chain.
func (r *Recording) Frame(frame, chain int) *image.RGBA {
	r.lock.Lock()
	defer r.lock.Unlock()
	if len(r.frames) == 0 || chain < 0 || chain >= r.chains {
		return nil
	}
	n := r.c * r.h * r.w
	return rgba(r.shown(frame).pixels[chain*n:(chain+1)*n], r.c, r.h, r.w)
}

// Points is where the chains of a frame are, for models of points of the plane;
// nil for others. A frame number out of range counts as the nearest one.
func (r *Recording) Points(frame int) [][2]float32 {
	r.lock.Lock()
	defer r.lock.Unlock()
	if len(r.frames) == 0 {
		return nil
	}
	data := r.shown(frame).points
	points := make([][2]float32, len(data)/2)
	for i := range points {
		points[i] = [2]float32{data[2*i], data[2*i+1]}
	}
	return points
}

func (r *Recording) nearest(frame int) int { return min(max(frame, 0), len(r.frames)-1) }

// Curve is one value a step of a chain: "energy" and "gradient" (the norm of the
// gradient) of the pictures after that many steps, "step" (its Euclidean length in
// pixel units) and "accepted" (1 or 0) of the step that led there. It is empty where the sampler has no such value.
func (r *Recording) Curve(name string, chain int) (steps []int, values []float32) {
	r.lock.Lock()
	defer r.lock.Unlock()
	c := r.curves[name]
	if c == nil || chain < 0 || chain >= r.chains {
		return nil, nil
	}
	steps = append(steps, c.steps...)
	values = make([]float32, len(steps))
	for i := range values {
		values[i] = c.values[i*r.chains+chain]
	}
	return steps, values
}

// Jumps are the steps after which all chains' pictures were changed before they
// walked on (the augmentation transitions of ICD), in order. The frame of such a step
// shows the pictures before the change; the energy and the gradient of that step are
// those of the changed ones.
func (r *Recording) Jumps() []int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return slices.Clone(r.jumps)
}

// Diverged reports whether a chain has met a number that is not finite, and in
// which step. Its picture stays as it was before.
func (r *Recording) Diverged(chain int) (step int, yes bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	step, yes = r.diverged[chain]
	return step, yes
}

// Last is the pictures after the last step, in the model's range; false before
// the start is drawn.
func (r *Recording) Last() (sampling.Images, bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.last.Data == nil {
		return sampling.Images{}, false
	}
	return r.last.Clone(), true
}

// Killed reports whether a chain was killed, and after which step.
func (r *Recording) Killed(chain int) (step int, yes bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	step, yes = r.killed[chain]
	return step, yes
}

// noneLives reports whether every chain was killed.
func (r *Recording) noneLives() bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	return len(r.killed) >= r.chains
}

// newest is the pictures after the last step, not to be written to.
func (r *Recording) newest() (sampling.Images, bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.last, r.last.Data != nil
}

// Held reports whether a chain is held now: frozen, or killed.
func (r *Recording) Held(chain int) bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	return chain >= 0 && chain < len(r.held) && r.held[chain]
}

func (r *Recording) kill(chain, step int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.killed[chain] = step
}

func (r *Recording) hold(chains []bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.held = chains
}

// add records the pictures after a step; x must not change afterwards.
func (r *Recording) add(step int, x sampling.Images) {
	pixels := quantise(x.Data, r.lo, r.hi)
	r.lock.Lock()
	defer r.lock.Unlock()
	r.last, r.lastStep = x, step
	r.hashes.add(step, pixels, r.chains)
	if n := len(r.frames); n > 0 && (r.frames[n-1].step%r.stride != 0 || r.frames[n-1].step == step) {
		r.memory -= r.frames[n-1].bytes()
		r.frames = r.frames[:n-1] // it was kept for being the last, or a stage of no steps made it anew
	}
	f := frame{step: step, pixels: pixels}
	if isPlane(r.c, r.h, r.w) {
		f.points = x.Data
	}
	r.frames = append(r.frames, f)
	r.memory += f.bytes()
	if n := len(r.levels); n > 0 {
		r.levels[n-1].To, r.levels[n-1].refined = step, pixels
	}
	r.thin()
}

// thin drops frames until the budget holds.
func (r *Recording) thin() {
	for r.memory > r.budget && len(r.frames) > 2 {
		r.stride *= 2
		kept := r.frames[:0]
		for i, f := range r.frames {
			if f.step%r.stride == 0 || i == len(r.frames)-1 {
				kept = append(kept, f)
				continue
			}
			r.memory -= f.bytes()
		}
		clear(r.frames[len(kept):])
		r.frames = kept
	}
}

// point adds one value a chain to a curve; nil values are ignored.
func (r *Recording) point(name string, step int, values []float32) {
	if len(values) != r.chains {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	c := r.curves[name]
	if c == nil {
		c = &curve{stride: 1}
		r.curves[name] = c
	}
	c.add(step, values)
}

// mark notes the steps in which chains diverged, 0 where one has not.
func (r *Recording) mark(diverged []int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for chain, step := range diverged {
		if step > 0 {
			r.diverged[chain] = step
		} else { // another chain may have taken its place
			delete(r.diverged, chain)
		}
	}
}

// jump notes that the chains went on with changed pictures after a step.
func (r *Recording) jump(step int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if n := len(r.jumps); n == 0 || r.jumps[n-1] < step {
		r.jumps = append(r.jumps, step)
	}
}

// lastValues is the newest point of a curve, nil where there is none.
func (r *Recording) lastValues(name string) []float32 {
	r.lock.Lock()
	defer r.lock.Unlock()
	c := r.curves[name]
	if c == nil {
		return nil
	}
	return append([]float32(nil), c.values[len(c.values)-r.chains:]...)
}

// valuesAt is the point of a curve at a step, nil where there is none.
func (r *Recording) valuesAt(name string, step int) []float32 {
	r.lock.Lock()
	defer r.lock.Unlock()
	c := r.curves[name]
	if c == nil {
		return nil
	}
	i, found := slices.BinarySearch(c.steps, step)
	if !found {
		return nil
	}
	return slices.Clone(c.values[i*r.chains : (i+1)*r.chains])
}

// at is the number of steps that the newest pictures have walked.
func (r *Recording) at() int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.lastStep
}

func (c *curve) add(step int, values []float32) {
	n := len(values)
	if k := len(c.steps); k > 0 && (c.steps[k-1]%c.stride != 0 || c.steps[k-1] == step) {
		c.steps, c.values = c.steps[:k-1], c.values[:(k-1)*n]
	}
	c.steps = append(c.steps, step)
	c.values = append(c.values, values...)
	if len(c.steps) < maxPoints {
		return
	}
	c.stride *= 2
	steps, kept := c.steps[:0], c.values[:0]
	for i, s := range c.steps {
		if s%c.stride == 0 || i == len(c.steps)-1 {
			steps = append(steps, s)
			kept = append(kept, c.values[i*n:(i+1)*n]...)
		}
	}
	c.steps, c.values = steps, kept
}
