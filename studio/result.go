package studio

import (
	"cmp"
	"errors"
	"image"
	"maps"
	"math"
	"slices"

	"ebmstudio/sampling"
)

// Result is what a sampling job has made so far: the pictures after Steps steps
// and everything needed to make them again.
type Result struct {
	Recipe   Recipe
	Pictures sampling.Images // in the model's range Lo..Hi
	Lo, Hi   float32
	Steps    int               // steps that the pictures have walked
	Energies []float32         // the newest known ones, one a picture; nil where none is
	Diverged map[int]int       // chain -> step in which it met a number that is not finite
	Killed   map[int]int       // chain -> step after which it was killed
	Family   string            // of the model
	Weights  *sampling.Weights // of the newest pictures, nil where chains are not weighed
	Labels   []string          // names of the classes that the recipe's terms ask for, in their order

	hashes hashes
}

// Result is the job's pictures so far, also while it runs and after it was
// stopped. It is an error where no picture exists yet, and of a draft.
func (j *Job) Result() (Result, error) {
	if j.recording == nil {
		return Result{}, errors.New("the job makes no pictures")
	}
	if j.draft {
		return Result{}, errDraft
	}
	r := j.recording
	res := Result{Recipe: j.Recipe(), Energies: r.lastValues("energy"), Lo: r.lo, Hi: r.hi, Diverged: map[int]int{}, Killed: map[int]int{}, Family: j.family, Labels: j.labels, Weights: j.newestWeights()}
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.last.Data == nil {
		return Result{}, errors.New("no picture has been made yet")
	}
	res.Pictures, res.Steps = r.last.Clone(), r.lastStep
	res.hashes = hashes{First: r.hashes.First, Stride: r.hashes.Stride, Sums: append([][]uint32(nil), r.hashes.Sums...)}
	for chain, step := range r.diverged {
		res.Diverged[chain] = step
	}
	maps.Copy(res.Killed, r.killed)
	return res, nil
}

// ResultAt is the job's pictures as a recorded frame shows them, after the steps of that
// frame: those that a person who has gone back looks at. A frame beyond the newest is the
// newest. Its errors are those of Result.
func (j *Job) ResultAt(frame int) (Result, error) {
	res, err := j.Result()
	if err != nil {
		return Result{}, err
	}
	r := j.recording
	step := r.StepOf(frame)
	if frame >= r.Frames()-1 || step >= res.Steps {
		return res, nil
	}
	r.lock.Lock()
	pixels := r.shown(frame).pixels
	res.Pictures.Data = make([]float32, len(pixels))
	for i, p := range pixels {
		res.Pictures.Data[i] = r.lo + float32(p)/255*(r.hi-r.lo)
	}
	r.lock.Unlock()
	res.Steps, res.Weights, res.Energies = step, nil, r.valuesAt("energy", step)
	res.hashes = res.hashes.until(step)
	later := func(_, met int) bool { return met > step }
	maps.DeleteFunc(res.Diverged, later)
	maps.DeleteFunc(res.Killed, later)
	return res, nil
}

// Picture is picture i as a file stores it: grey where it has one channel.
func (r Result) Picture(i int) image.Image {
	x := r.Pictures
	return native(quantise(x.Image(i), r.Lo, r.Hi), x.C, x.H, x.W)
}

// Ranking are the chains by energy, the lowest first; those whose energy is not known
// or not finite come last, and equals as they are numbered.
func (r Result) Ranking() []int {
	order := make([]int, r.Pictures.N)
	for i := range order {
		order[i] = i
	}
	energy := func(i int) float64 {
		if i < len(r.Energies) && finite(float64(r.Energies[i])) {
			return float64(r.Energies[i])
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(energy(a), energy(b)) })
	return order
}
