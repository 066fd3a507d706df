package studio

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
	return s.begin(o, r, start{limit: steps}, notify)
}

// begin puts a run into the lane with what it begins with.
func (s *Studio) begin(o *Opened, r Recipe, from start, notify func()) *Job {
	return s.sampling(o, r, from, notify).start()
}

// sampling is the job of begin before it is in the lane.
func (s *Studio) sampling(o *Opened, r Recipe, from start, notify func()) *Job {
	r = r.Clone()
	r.Checkpoint = o.Ref()
	j := s.newJob("sample "+o.Name, urgencyRender, notify, func(j *Job, yield func() bool) error {
		w := walk{job: j, opened: o, recipe: r, begin: from, limit: from.limit, yield: yield}
		if err := w.run(s); err != nil && !errors.Is(err, errStopped) {
			return fmt.Errorf("sample %s: %w", o.Name, err)
		}
		return nil
	})
	m := o.Model
	j.recipe, j.family, j.labels = r, m.Family, askedLabels(r.Terms, m.Labels)
	j.draft = from.pictures != nil
	j.recording = newRecording(max(1, r.Chains), m.C, m.H, m.W, m.Lo, m.Hi, s.config.Budget)
	j.recording.knows(m)
	return j
}

// walk is a run under way: the recipe on its model.
type walk struct {
	job    *Job
	opened *Opened
	recipe Recipe
	begin  start
	limit  int   // end after so many steps, or allSteps
	stops  []int // steps on the way whose pictures are wanted
	yield  func() bool

	plan sampling.Plan
	all  int // steps that the chains will have walked after the plan
	key  sampling.Key
	from sampling.State // the start
	// compiles says that the next evaluation is compiled on the way.
	compiles bool
}

// run walks the plan, one evaluation between two yields. A stop is no error.
func (w *walk) run(s *Studio) error {
	if err := w.prepare(s); err != nil {
		return err
	}
	w.job.recording.add(w.from.Step, w.from.X)
	w.job.recording.keepState(w.from)
	w.job.recording.hold(w.from.Held)
	if w.limit <= w.from.Step && (w.from.Entered() || !generates(w.plan)) || !w.yield() {
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
	w.job.begin(w.plan.Steps(), engine.String())
	switch f := w.recipe.Fork; {
	case w.begin.pictures != nil:
		err = w.onward()
	case f != nil:
		if w.from, err = w.forked(f, w.recipe, w.plan, w.begin.run); err == nil {
			w.job.goesOnFrom(w.from.X)
		}
	default:
		w.from, err = w.first(w.recipe, w.plan, w.key)
	}
	switch {
	case errors.Is(err, errStopped):
		return err
	case err != nil && w.recipe.Fork != nil:
		return fmt.Errorf("fork: %w", err)
	case err != nil:
		return fmt.Errorf("start: %w", err)
	}
	w.all = w.from.Step + left(w.plan, w.from)
	if w.limit == allSteps || w.limit > w.all {
		w.limit = w.all
	}
	w.job.begin(w.limit, engine.String())
	key := paceKey{w.opened.SHA256, w.recipe.Chains, engine.String()}
	w.job.keepPace(s.pace(key.model, key.chains, key.device), func(took time.Duration) { s.measured(key, took) })
	return nil
}

// warm compiles what the plan needs, as a phase of its own. Where a model cannot
// do so ahead, its first step counts as the compilation.
func (w *walk) warm() error {
	w.compiles = !w.opened.compiled(w.kind())
	if w.compiles {
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
	if !w.compiles {
		w.job.enter(Running)
	}
	return nil
}

// ready notes that evaluations of this kind are compiled.
func (w *walk) ready() {
	w.compiles = false
	w.opened.markCompiled(w.kind())
}

func (w *walk) steps() error {
	var last sampling.State
	began := time.Now()
	compiled := w.programs()
	walked := sampling.Walk{Key: w.key, Plan: w.plan, Steer: w.steer, Fuse: w.recipe.Fused, Stops: w.wanted()}
	for state, err := range walked.From(w.job.ctx, w.from) {
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
		if err := w.noteLevel(last, state); err != nil {
			return err
		}
		took, made := time.Since(began), 1+len(state.Passed)
		more := w.programs() - compiled // of steps at once, which Warm knows nothing of
		compiled += more
		if more > 0 && !w.compiles {
			took = max(0, took-more)
			w.job.compiled(w.job.Progress().Compile + more)
		}
		last = state
		w.job.record(state)
		w.job.count(state.Step, took/time.Duration(made), w.compiles)
		if w.compiles {
			w.ready()
		}
		w.job.enter(Running)
		w.job.notify()
		if state.Step >= w.limit && w.limit < w.all {
			break
		}
		// After the last step stages of no steps may follow, which belong to it.
		if state.Step < w.all && !w.yield() {
			return nil
		}
		if w.job.recording.noneLives() {
			w.job.Stop()
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
	if before, ok := j.recording.newest(); ok && state.Passed == nil {
		j.recording.point("step", state.Step, distances(before, state.X))
	}
	j.recording.keepState(state)
	j.recording.add(state.Step, state.X)
	for i, passed := range state.Passed {
		step := state.Step - 1 - len(state.Passed) + i
		j.recording.point("energy", step, passed.Energy)
		j.recording.point("gradient", step, passed.GradNorm)
	}
	j.recording.point("energy", state.Step-1, state.Energy)
	j.recording.point("gradient", state.Step-1, state.GradNorm)
	j.recording.point("accepted", state.Step, state.Accepted)
	j.recording.mark(state.Diverged)
	j.newest(state)
	if w := state.Weights; w != nil {
		if w.Resampled {
			j.recording.jump(state.Step - 1)
		}
	}
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

// programs is the time spent on compilations for the model's device so far.
func (w *walk) programs() time.Duration {
	if w.opened.Model.Compiled == nil {
		return 0
	}
	_, spent := w.opened.Model.Compiled()
	return spent
}

// wanted are the steps after which something is done or taken, so that no several are made
// at once over them.
func (w *walk) wanted() []int {
	stops := append(slices.Clone(w.stops), w.limit)
	for _, a := range w.recipe.Acts {
		stops = append(stops, a.Step)
	}
	return stops
}

func noneFinite(v []float32) bool {
	for _, x := range v {
		if finite(float64(x)) {
			return false
		}
	}
	return len(v) > 0
}

// noteLevel records the proposal of a noise level that the chains have come to.
func (w *walk) noteLevel(last, now sampling.State) error {
	stage := w.plan[now.Stage]
	if !hasLadder(w.opened.Model) || stage.Start == nil || last.X.Data != nil && last.Stage == now.Stage {
		return nil
	}
	x, err := proposal(w.key, stage, now)
	if err != nil {
		return fmt.Errorf("%s: proposal: %w", stage.Name, err)
	}
	w.job.recording.level(stage.Name, now.Step-now.Walked, x)
	return nil
}

// distances are the Euclidean distances of pictures, one each; nil where their shapes
// differ.
func distances(a, b sampling.Images) []float32 {
	if a.N != b.N || len(a.Data) != len(b.Data) {
		return nil
	}
	out := make([]float32, a.N)
	for i := range out {
		var sum float64
		y := b.Image(i)
		for j, v := range a.Image(i) {
			d := float64(v - y[j])
			sum += d * d
		}
		out[i] = float32(math.Sqrt(sum))
	}
	return out
}

// goesOnFrom notes the exact pictures that a fork goes on from, and whether they are
// those that the recipe was made with.
func (j *Job) goesOnFrom(x sampling.Images) {
	sum := stateSum(x)
	j.lock.Lock()
	defer j.lock.Unlock()
	f := j.recipe.Fork
	j.parted = f.State != "" && f.State != sum
	if f.State == "" {
		own := *f // clients may hold the recipe's
		own.State = sum
		j.recipe.Fork = &own
	}
}

// Parted reports whether the chains of a fork go on from other pictures than those of
// the run that it was made of: another engine or processor has rounded otherwise.
func (j *Job) Parted() bool {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.parted
}
