package studio

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// BarrierOptions say how a barrier is sought.
type BarrierOptions struct {
	Pictures int // of the path, ends included: 5 to 129
	Steps    int // of relaxation, at most 5000
}

// DefaultBarrier is a path of 17 pictures and 150 steps.
func DefaultBarrier() BarrierOptions { return BarrierOptions{Pictures: 17, Steps: 150} }

// barrierTolerance ends a relaxation early, see sampling.Relaxation.
const barrierTolerance = 1e-3

// profilePlaces is how many places of an energy profile lie in each gap of a path.
const profilePlaces = 4

// Profile is a path between two pictures with the energies along it.
type Profile struct {
	Path   sampling.Images // evenly spaced, ends included
	Energy []float32       // evenly spaced along the path, ends included; as many as pictures or more
	Length float64         // of the path, in the model's pixel units
}

// Barrier is what lies between two pictures: the straight path and the relaxed one.
type Barrier struct {
	Straight, Relaxed Profile
	Steps             int  // of relaxation so far
	Settled           bool // the path has come to rest
}

// Height is how far a path's highest energy is above that of its start, where that is,
// and the share of the way to it. It is NaN where an energy on the way is not finite.
func (p Profile) Height() (height, along float64) {
	if len(p.Energy) == 0 {
		return math.NaN(), math.NaN()
	}
	top := 0
	for i, e := range p.Energy {
		if !finite(float64(e)) {
			return math.NaN(), math.NaN()
		}
		if e > p.Energy[top] {
			top = i
		}
	}
	return float64(p.Energy[top]) - float64(p.Energy[0]), float64(top) / float64(max(1, len(p.Energy)-1))
}

// BarrierJob is a barrier that is being found.
type BarrierJob struct {
	*Job
	latest atomic.Pointer[Barrier]
}

// Latest is the barrier as it is known so far.
func (j *BarrierJob) Latest() Barrier { return *j.latest.Load() }

// Barrier puts the search for the lowest path between two pictures of the model's size
// and range into the lane, as a run: the straight path first, then that path relaxed
// by the string method (sampling.Relax). Of the paths on the way the one with the lowest
// top is kept. The energy is that of the recipe's terms, as of Landscape.
func (s *Studio) Barrier(o *Opened, r Recipe, a, b sampling.Images, opt BarrierOptions, notify func()) (*BarrierJob, error) {
	e, err := energyOf(o.Model, r)
	if err == nil {
		err = checkBarrier(o.Model, a, b, opt)
	}
	if err != nil {
		return nil, fmt.Errorf("barrier of %s: %w", o.Name, err)
	}
	l := &BarrierJob{}
	l.latest.Store(&Barrier{})
	l.Job = s.newJob("barrier of "+o.Name, urgencyRender, notify, func(j *Job, yield func() bool) error {
		w := climb{mapping: mapping{job: j, energy: e, yield: yield}, model: o.Model, show: func(b Barrier) { l.latest.Store(&b); j.notify() }}
		if err := w.run(a, b, opt); err != nil {
			return fmt.Errorf("barrier of %s: %w", o.Name, err)
		}
		return nil
	})
	l.steps = opt.Steps + 2
	l.start()
	return l, nil
}

func checkBarrier(m *models.Model, a, b sampling.Images, opt BarrierOptions) error {
	for _, x := range []sampling.Images{a, b} {
		if err := x.Check(m.C, m.H, m.W); err != nil {
			return err
		}
		if x.N != 1 {
			return fmt.Errorf("found %d pictures at an end, want 1", x.N)
		}
		if !allFinite(x.Data) {
			return fmt.Errorf("found an end with numbers that are not finite")
		}
	}
	switch {
	case slices.Equal(a.Data, b.Data):
		return fmt.Errorf("found the same picture at both ends, want two")
	case opt.Pictures < 5 || opt.Pictures > 129:
		return fmt.Errorf("found %d pictures on the path, want 5 to 129", opt.Pictures)
	case opt.Steps < 1 || opt.Steps > 5000:
		return fmt.Errorf("found %d steps, want 1 to 5000", opt.Steps)
	}
	return nil
}

// climb is the search for a barrier.
type climb struct {
	mapping
	model *models.Model
	show  func(Barrier)
	now   Barrier
}

func (w *climb) run(a, b sampling.Images, opt BarrierOptions) error {
	path, err := sampling.ImagePath(opt.Pictures, a, b, sampling.Linear)
	if err != nil {
		return err
	}
	w.job.enter(Running)
	if w.now.Straight, err = w.profile(path); err != nil {
		return err
	}
	w.now.Relaxed = w.now.Straight
	if !w.step() {
		return nil
	}
	if more, err := w.relax(path, opt.Steps); err != nil || !more {
		return err
	}
	if w.now.Relaxed, err = w.profile(w.now.Relaxed.Path); err != nil {
		return err
	}
	w.done = opt.Steps + 1 // it may have come to rest early
	w.step()
	return nil
}

// relax keeps the path with the lowest top; more is false where the job is stopped.
func (w *climb) relax(path sampling.Images, steps int) (more bool, err error) {
	o := sampling.Relaxation{Steps: steps, Lo: w.model.Lo, Hi: w.model.Hi, Tolerance: barrierTolerance}
	if isPlane(w.model.C, w.model.H, w.model.W) {
		o.Lo, o.Hi = 0, 0 // points may leave the square that is shown
	}
	began, lowest := time.Now(), math.Inf(1)
	for s, err := range sampling.Relax(w.job.ctx, w.energy, path, o) {
		if w.job.ctx.Err() != nil {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if top := topOf(s.Energy); top < lowest {
			lowest = top
			w.now.Relaxed = Profile{Path: s.Path, Energy: s.Energy, Length: lengthOf(s.Path)}
		}
		w.now.Steps, w.now.Settled = s.Step, s.Step > 0 && s.Moved < barrierTolerance
		w.job.count(w.done, time.Since(began), s.Step == 0)
		if !w.step() {
			return false, nil
		}
		began = time.Now()
	}
	return true, nil
}

// step shows what is known and gives the lane its turn.
func (w *climb) step() bool {
	w.done++
	w.job.count(w.done, 0, false)
	w.show(w.now)
	return w.yield()
}

// profile are the energies along a path, finer than its pictures.
func (w *climb) profile(path sampling.Images) (Profile, error) {
	energies, err := valuesOf(w.energy, sampling.AlongPath(path, (path.N-1)*profilePlaces+1))
	return Profile{Path: path, Energy: energies, Length: lengthOf(path)}, err
}

// topOf is the highest energy; infinite where one is not finite.
func topOf(energies []float32) float64 {
	top := math.Inf(-1)
	for _, e := range energies {
		if !finite(float64(e)) {
			return math.Inf(1)
		}
		top = max(top, float64(e))
	}
	return top
}

func lengthOf(path sampling.Images) (length float64) {
	for i := 1; i < path.N; i++ {
		sum := 0.0
		q := path.Image(i - 1)
		for j, v := range path.Image(i) {
			sum += float64(v-q[j]) * float64(v-q[j])
		}
		length += math.Sqrt(sum)
	}
	return length
}
