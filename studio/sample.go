package studio

import (
	"errors"
	"fmt"
	"time"

	"ebmstudio/sampling"
)

// Sample puts a run of the recipe on a model into the lane and returns at once.
// The recipe's checkpoint becomes the opened one. notify, which may be nil, is
// called from the lane's goroutine after each step and change of phase; it must
// be quick.
func (s *Studio) Sample(o *Opened, r Recipe, notify func()) *Job {
	return s.sample(o, r, 0, notify)
}

// sample is Sample, ended after a number of steps where that is not 0.
func (s *Studio) sample(o *Opened, r Recipe, steps int, notify func()) *Job {
	r = r.Clone()
	r.Checkpoint = o.Ref()
	j := s.newJob("sample "+o.Name, urgencyRender, notify, func(j *Job, yield func() bool) error {
		err := s.walk(j, o, r, steps, yield)
		if err != nil {
			return fmt.Errorf("sample %s: %w", o.Name, err)
		}
		return nil
	})
	m := o.Model
	j.recipe = r
	j.recording = newRecording(max(1, r.Chains), m.C, m.H, m.W, m.Lo, m.Hi, s.config.Budget)
	return j.start()
}

// walk runs the recipe's plan, one step between two yields.
func (s *Studio) walk(j *Job, o *Opened, r Recipe, limit int, yield func() bool) error {
	if err := r.Validate(o.Model); err != nil {
		return err
	}
	j.enter(Opening)
	engine, err := s.Engine(j.ctx)
	if err != nil {
		return err
	}
	plan, err := planOf(o.Model, r)
	if err != nil {
		return err
	}
	if o.Model.Start == nil {
		return errors.New("the model has no start for a chain")
	}
	steps := plan.Steps()
	if limit > 0 {
		steps = min(steps, limit)
	}
	key := sampling.NewKey(r.Seed)
	x := o.Model.Start(key, r.Chains)
	if err := x.Check(o.Model.C, o.Model.H, o.Model.W); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	j.begin(steps, engine.String())
	j.recording.add(0, x)
	kind := evaluationKind(r)
	first := !o.compiled(kind)
	if first {
		j.enter(Compiling)
	} else {
		j.enter(Running)
	}
	if !yield() {
		return nil
	}
	began := time.Now()
	var last sampling.State
	for state, err := range sampling.Run(j.ctx, key, x, plan) {
		if err != nil {
			if j.ctx.Err() != nil {
				return nil // stopped: what exists is kept
			}
			return err
		}
		if last.X.Data == nil && noneFinite(state.Energy) {
			return o.notFiniteError()
		}
		last = state
		j.record(state)
		j.count(state.Step, time.Since(began), first)
		if first {
			first = false
			o.markCompiled(kind)
			j.enter(Running)
		}
		j.notify()
		if state.Step >= steps {
			break
		}
		if !yield() {
			return nil
		}
		began = time.Now()
	}
	if last.X.Data == nil {
		return nil
	}
	return j.close(plan[last.Stage].Energy, last)
}

// evaluationKind names what makes an engine compile anew: how many pictures are
// evaluated at once and under what conditions.
func evaluationKind(r Recipe) string {
	kind := fmt.Sprintf("eval %d", r.Chains)
	for _, t := range r.Terms {
		kind += fmt.Sprintf(" %d/%d", len(t.Labels), len(t.Latents))
	}
	return kind
}

func (j *Job) begin(steps int, engine string) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.steps, j.engine = steps, engine
}

// record keeps what a step shows. Energy and gradient belong to the pictures
// that the step began with.
func (j *Job) record(state sampling.State) {
	j.recording.add(state.Step, state.X)
	j.recording.point("energy", state.Step-1, state.Energy)
	j.recording.point("gradient", state.Step-1, state.GradNorm)
	j.recording.point("accepted", state.Step, state.Accepted)
	j.recording.mark(state.Diverged)
}

// close records the energies of the last pictures. It evaluates the gradient
// too, since that is the evaluation which is compiled.
func (j *Job) close(e sampling.Energy, last sampling.State) error {
	energy, _, err := e.Eval(last.X)
	if err != nil {
		return fmt.Errorf("energies of the last pictures: %w", err)
	}
	j.recording.point("energy", last.Step, energy)
	return nil
}

func noneFinite(v []float32) bool {
	for _, x := range v {
		if finite(float64(x)) {
			return false
		}
	}
	return len(v) > 0
}
