package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// MaxFrameBytes is how much of recorded frames a project may hold.
const MaxFrameBytes = 1 << 30

// frameFacts are what a recording knows beside its arrays.
type frameFacts struct {
	Phase       Phase          `json:"phase"`
	Step        int            `json:"step"`
	Steps       int            `json:"steps"`
	Engine      string         `json:"engine,omitempty"`
	Last        int            `json:"last"` // the step of the newest pictures
	Stride      int            `json:"stride"`
	Killed      map[int]int    `json:"killed,omitempty"`
	Diverged    map[int]int    `json:"diverged,omitempty"`
	Held        []bool         `json:"held,omitempty"`
	Jumps       []int          `json:"jumps,omitempty"`
	Levels      []Level        `json:"levels,omitempty"`
	HashFirst   int            `json:"hash_first"`
	HashStride  int            `json:"hash_stride"`
	CurveStride map[string]int `json:"curve_stride"`
}

const (
	factsKey    = "run"
	curvePrefix = "curve."
)

// FrameBytes is what the recording's frames occupy in a project.
func (r *Recording) FrameBytes() int64 {
	r.lock.Lock()
	memory := r.memory
	r.lock.Unlock()
	return memory + r.OnDisk()
}

// FramesFile is what a run has recorded as a part of a project (.safetensors): pixels uint8
// [frames, chains, C, H, W], steps int64 [frames], last float32 [chains, C, H, W], the
// newest pictures to the bit; of points of the plane points float32 [frames, chains, 2] too;
// curves, hashes and noise levels. It is empty of a run that has no picture.
func (j *Job) FramesFile() (ProjectFile, error) {
	if j.recording == nil || j.draft {
		return ProjectFile{}, errors.New("frames: found a job without a recording of its own")
	}
	p := j.Progress()
	facts := frameFacts{Phase: Stopped, Step: p.Step, Steps: p.Steps, Engine: j.Recipe().Engine}
	if p.Phase == Done {
		facts.Phase = Done
	}
	r := j.recording
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.last.Data == nil || len(r.frames) == 0 {
		return ProjectFile{}, nil
	}
	arrays := r.frameArrays()
	facts.Last, facts.Stride, facts.Killed, facts.Diverged, facts.Held, facts.Jumps = r.lastStep, r.stride, r.killed, r.diverged, r.held, r.jumps
	facts.Levels, facts.HashFirst, facts.HashStride = r.levels, r.hashes.First, r.hashes.Stride
	facts.CurveStride = map[string]int{}
	for name, c := range r.curves {
		facts.CurveStride[name] = c.stride
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return ProjectFile{}, fmt.Errorf("frames: %w", err)
	}
	data, err := checkpoint.EncodeSafeTensors(arrays, map[string]string{factsKey: string(text)})
	if err != nil {
		return ProjectFile{}, fmt.Errorf("frames: %w", err)
	}
	return ProjectFile{Data: data}, nil
}

// frameArrays are the arrays of FramesFile. The lock is held.
func (r *Recording) frameArrays() []checkpoint.Named {
	n := r.chains * r.c * r.h * r.w
	pixels, points, steps := make([]uint8, 0, len(r.frames)*n), []float32(nil), make([]int64, len(r.frames))
	for i, f := range r.frames {
		f = r.load(f)
		pixels, points, steps[i] = append(pixels, f.pixels...), append(points, f.points...), int64(f.step)
	}
	var all []checkpoint.Named
	add := func(name string, t checkpoint.Tensor) { all = append(all, checkpoint.Named{Name: name, Tensor: t}) }
	add("pixels", checkpoint.Uint8Tensor([]int{len(steps), r.chains, r.c, r.h, r.w}, pixels))
	add("steps", checkpoint.Int64Tensor([]int{len(steps)}, steps))
	add("last", checkpoint.Float32Tensor([]int{r.chains, r.c, r.h, r.w}, r.last.Data))
	if len(points) > 0 {
		add("points", checkpoint.Float32Tensor([]int{len(steps), r.chains, 2}, points))
	}
	for _, name := range slices.Sorted(maps.Keys(r.curves)) {
		c := r.curves[name]
		add(curvePrefix+name+".steps", checkpoint.Int64Tensor([]int{len(c.steps)}, wide(c.steps)))
		add(curvePrefix+name+".values", checkpoint.Float32Tensor([]int{len(c.steps), r.chains}, c.values))
	}
	var sums []int64
	for _, row := range r.hashes.Sums {
		for _, sum := range row {
			sums = append(sums, int64(sum))
		}
	}
	add("hashes", checkpoint.Int64Tensor([]int{len(r.hashes.Sums), r.chains}, sums))
	if len(r.levels) > 0 {
		var before, after []uint8
		for _, l := range r.levels {
			before, after = append(before, l.proposal...), append(after, padded(l.refined, n)...)
		}
		shape := []int{len(r.levels), r.chains, r.c, r.h, r.w}
		add("proposals", checkpoint.Uint8Tensor(shape, before))
		add("refined", checkpoint.Uint8Tensor(shape, after))
	}
	return all
}

// padded are n bytes: those given, or none yet as zeros.
func padded(b []uint8, n int) []uint8 {
	if len(b) == n {
		return b
	}
	return make([]uint8, n)
}

func wide(v []int) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

// Revive is a run that a project holds the frames of: a job that has ended, to be looked at,
// saved and forked like any.
func (s *Studio) Revive(o *Opened, r Recipe, f ProjectFile) (*Job, error) {
	bad := func(err error) (*Job, error) { return nil, fmt.Errorf("frames: %s: %w", f.Name, err) }
	if err := o.Check(r); err != nil {
		return bad(err)
	}
	file, err := guard(func() (*checkpoint.File, error) { return checkpoint.Read("frames"+arraysExtension, f.Data) })
	if err != nil {
		return bad(err)
	}
	var facts frameFacts
	if err := json.Unmarshal([]byte(file.Metadata[factsKey]), &facts); err != nil {
		return bad(fmt.Errorf("damaged: what is known of the run: %w", err))
	}
	if facts.Phase != Done && facts.Phase != Stopped || facts.Stride < 1 || facts.HashStride < 1 || facts.Step < 0 || facts.Steps < facts.Step {
		return bad(fmt.Errorf("damaged: found phase %q, step %d of %d", facts.Phase, facts.Step, facts.Steps))
	}
	j := s.sampling(o, r, start{limit: allSteps}, nil)
	if err := j.recording.fill(file.Tensors, facts); err != nil {
		return bad(err)
	}
	j.engine, j.phase, j.step, j.steps = facts.Engine, facts.Phase, facts.Step, facts.Steps
	j.stopped = facts.Phase == Stopped
	j.cancel()
	close(j.done)
	return j, nil
}

// fill puts arrays into an empty recording.
func (r *Recording) fill(a Arrays, facts frameFacts) error {
	n := r.chains * r.c * r.h * r.w
	in := fromArrays{a: a}
	steps := in.ints("steps", -1)
	pixels := in.bytes("pixels", len(steps)*n)
	last := in.floats("last", n)
	var points []float32
	if isPlane(r.c, r.h, r.w) {
		points = in.floats("points", len(steps)*n)
	}
	sums := in.ints("hashes", -1)
	for name := range a {
		curve, ok := strings.CutSuffix(strings.TrimPrefix(name, curvePrefix), ".steps")
		if ok && strings.HasPrefix(name, curvePrefix) {
			r.curves[curve] = in.curve(name, curvePrefix+curve+".values", r.chains, facts.CurveStride[curve])
		}
	}
	if len(facts.Levels) > 0 {
		before, after := in.bytes("proposals", len(facts.Levels)*n), in.bytes("refined", len(facts.Levels)*n)
		for i := range facts.Levels {
			if in.err == nil {
				facts.Levels[i].proposal, facts.Levels[i].refined = slices.Clone(before[i*n:(i+1)*n]), slices.Clone(after[i*n:(i+1)*n])
			}
		}
	}
	switch {
	case in.err != nil:
		return in.err
	case len(steps) == 0 || !slices.IsSorted(steps) || steps[0] < 0 || len(sums)%r.chains != 0:
		return fmt.Errorf("damaged: found %d frames of steps out of order, or %d hashes", len(steps), len(sums))
	}
	for i, step := range steps {
		f := frame{step: step, pixels: slices.Clone(pixels[i*n : (i+1)*n])}
		if points != nil {
			f.points = points[i*n : (i+1)*n]
		}
		r.frames = append(r.frames, f)
		r.memory += f.bytes()
	}
	r.last, r.lastStep, r.stride = sampling.Images{N: r.chains, C: r.c, H: r.h, W: r.w, Data: last}, facts.Last, facts.Stride
	r.levels, r.jumps, r.held = facts.Levels, facts.Jumps, facts.Held
	maps.Copy(r.killed, facts.Killed)
	maps.Copy(r.diverged, facts.Diverged)
	r.hashes = hashes{First: facts.HashFirst, Stride: facts.HashStride}
	for row := range slices.Chunk(sums, r.chains) {
		of := make([]uint32, len(row))
		for i, v := range row {
			of[i] = uint32(v)
		}
		r.hashes.Sums = append(r.hashes.Sums, of)
	}
	r.thin()
	return nil
}

// fromArrays reads arrays until one of them is not as it should be.
type fromArrays struct {
	a   Arrays
	err error
}

// of is an array of so many elements, any number where want is negative.
func (in *fromArrays) of(name, dtype string, want int) checkpoint.Tensor {
	t, ok := in.a[name]
	if in.err == nil && (!ok || t.DType != dtype || want >= 0 && t.Len() != want) {
		in.err = fmt.Errorf("damaged: array %s: found %s %v, want %s with %d elements", name, t.DType, t.Shape, dtype, want)
	}
	return t
}

func (in *fromArrays) bytes(name string, want int) []uint8 { return in.of(name, "uint8", want).Data }

func (in *fromArrays) floats(name string, want int) []float32 {
	t := in.of(name, "float32", want)
	if in.err != nil {
		return nil
	}
	v, err := t.Float32s()
	in.err = err
	return v
}

func (in *fromArrays) ints(name string, want int) []int {
	t := in.of(name, "int64", want)
	if in.err != nil {
		return nil
	}
	v, err := t.Int64s()
	in.err = err
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

func (in *fromArrays) curve(steps, values string, chains, stride int) *curve {
	c := &curve{stride: max(1, stride), steps: in.ints(steps, -1)}
	c.values = in.floats(values, len(c.steps)*chains)
	return c
}
