package studio

import (
	"fmt"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Sample puts a run of the recipe on a model into the lane and returns at once.
// The recipe's checkpoint becomes the opened one. notify, which may be nil, is
// called from the lane's goroutine after each step and change of phase; it must
// be quick.
func (s *Studio) Sample(o *Opened, r Recipe, notify func()) *Job {
	return s.sample(o, r, allSteps, notify)
}

// allSteps is the limit of a run that walks its whole plan.
const allSteps = -1

// sample is Sample, ended after a number of steps.
func (s *Studio) sample(o *Opened, r Recipe, steps int, notify func()) *Job {
	return s.sampleFrom(o, r, nil, steps, notify)
}

// sampleFrom is sample, begun with given pictures where there are any (see Draft).
func (s *Studio) sampleFrom(o *Opened, r Recipe, begin *sampling.Images, steps int, notify func()) *Job {
	return s.sampling(o, r, begin, steps, notify).start()
}

// sampling is the job of sampleFrom before it is in the lane.
func (s *Studio) sampling(o *Opened, r Recipe, begin *sampling.Images, steps int, notify func()) *Job {
	r = r.Clone()
	r.Checkpoint = o.Ref()
	j := s.newJob("sample "+o.Name, urgencyRender, notify, func(j *Job, yield func() bool) error {
		w := walk{job: j, opened: o, recipe: r, begin: begin, limit: steps, yield: yield}
		if err := w.run(s); err != nil {
			return fmt.Errorf("sample %s: %w", o.Name, err)
		}
		return nil
	})
	m := o.Model
	j.recipe, j.family, j.labels = r, m.Family, askedLabels(r.Terms, m.Labels)
	j.draft = begin != nil
	j.recording = newRecording(max(1, r.Chains), m.C, m.H, m.W, m.Lo, m.Hi, s.config.Budget)
	return j
}

// walk is a run under way: the recipe on its model.
type walk struct {
	job    *Job
	opened *Opened
	recipe Recipe
	begin  *sampling.Images // what a draft begins with, nil for all other runs
	limit  int              // end after so many steps, or allSteps
	yield  func() bool

	plan sampling.Plan
	key  sampling.Key
	x    sampling.Images // the start
	// first says that the next evaluation is compiled on the way.
	first bool
}

// run walks the plan, one evaluation between two yields. A stop is no error.
func (w *walk) run(s *Studio) error {
	if err := w.prepare(s); err != nil {
		return err
	}
	w.job.recording.add(0, w.x)
	if w.limit == 0 && !generates(w.plan) || !w.yield() {
		return nil
	}
	if err := w.warm(); err != nil {
		return err
	}
	return w.steps()
}

// generates reports whether a plan makes its first pictures itself, in a stage of no
// steps.
func generates(p sampling.Plan) bool {
	return len(p) > 0 && p[0].Steps == 0 && p[0].Start != nil
}

// prepare opens the engine, makes the plan and draws the start.
func (w *walk) prepare(s *Studio) error {
	m := w.opened.Model
	if err := w.recipe.Validate(m); err != nil {
		return err
	}
	w.job.enter(Opening)
	engine, err := s.Engine(w.job.ctx)
	if err != nil {
		return err
	}
	if w.key, err = w.recipe.key(m); err != nil {
		return err
	}
	if w.plan, err = planOf(m, w.recipe); err != nil {
		return err
	}
	if w.begin != nil {
		err = w.onward()
	} else {
		w.x, err = startOf(m, w.recipe, w.plan, w.key)
	}
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if n := w.plan.Steps(); w.limit == allSteps || w.limit > n {
		w.limit = n
	}
	w.job.begin(w.limit, engine.String())
	key := paceKey{w.opened.SHA256, w.recipe.Chains, engine.String()}
	w.job.keepPace(s.pace(key.model, key.chains, key.device), func(took time.Duration) { s.measured(key, took) })
	return nil
}

// warm compiles what the plan needs, as a phase of its own. Where a model cannot
// do so ahead, its first step counts as the compilation.
func (w *walk) warm() error {
	w.first = !w.opened.compiled(w.kind())
	if w.first {
		w.job.enter(Compiling)
	}
	took, err := models.Warm(w.plan, w.recipe.Chains)
	if err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	if took > 0 {
		w.ready()
		w.job.compiled(took)
	}
	if !w.first {
		w.job.enter(Running)
	}
	return nil
}

// ready notes that evaluations of this kind are compiled.
func (w *walk) ready() {
	w.first = false
	w.opened.markCompiled(w.kind())
}

func (w *walk) steps() error {
	var last sampling.State
	began := time.Now()
	for state, err := range sampling.Run(w.job.ctx, w.key, w.x, w.plan) {
		if last.X.Data == nil && noneFinite(state.Energy) {
			return w.opened.notFiniteError()
		}
		if err != nil {
			if w.job.ctx.Err() != nil {
				return nil // stopped: what exists is kept
			}
			return err
		}
		if w.plan[state.Stage].Jump && state.Stage > last.Stage {
			w.job.recording.jump(state.Step - 1)
		}
		last = state
		w.job.record(state)
		w.job.count(state.Step, time.Since(began), w.first)
		if w.first {
			w.ready()
		}
		w.job.enter(Running)
		w.job.notify()
		if state.Step >= w.limit && w.limit < w.plan.Steps() {
			break
		}
		// After the last step stages of no steps may follow, which belong to it.
		if state.Step < w.plan.Steps() && !w.yield() {
			return nil
		}
		began = time.Now()
	}
	if last.X.Data == nil {
		return nil
	}
	stage := last.Stage
	for w.plan[stage].Energy == nil && stage > 0 { // one that only puts known pixels back
		stage--
	}
	if w.plan[stage].Energy == nil {
		return nil
	}
	return w.job.close(w.plan[stage].Energy, last)
}

// kind names what makes an engine compile anew: how many pictures are evaluated at
// once and under what conditions.
func (w *walk) kind() string {
	kind := fmt.Sprintf("eval %d", w.recipe.Chains)
	for _, t := range w.recipe.Terms {
		kind += fmt.Sprintf(" %d/%d/%d", len(t.Labels), len(t.Latents), len(t.Any))
	}
	return kind
}

func (j *Job) begin(steps int, engine string) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.steps, j.engine = steps, engine
}

// keepPace says how long a step is expected to take, and who learns how long it took.
func (j *Job) keepPace(expected time.Duration, learn func(time.Duration)) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.expected, j.learn = expected, learn
}

func (j *Job) compiled(took time.Duration) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.compile = took
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
