package studio

import (
	"cmp"
	"context"
	"iter"
	"sync"
	"time"

	"ebmstudio/sampling"
)

// Phase is what a job is doing.
type Phase string

// The phases of a job, in the usual order.
const (
	Queued    Phase = "queued"    // waits for the lane
	Opening   Phase = "engine"    // the engine is being opened
	Compiling Phase = "compiling" // the first evaluation of its kind
	Running   Phase = "running"
	Retracing Phase = "retracing" // a fork walks its run again, up to the step it goes on from
	Paused    Phase = "paused"
	Stopping  Phase = "stopping" // asked to stop; the evaluation under way ends first
	Done      Phase = "done"
	Stopped   Phase = "stopped" // ended early, results so far are kept
	Failed    Phase = "failed"
)

// Final reports whether a job in this phase has ended.
func (p Phase) Final() bool { return p == Done || p == Stopped || p == Failed }

// Progress is a snapshot of a job.
type Progress struct {
	Phase       Phase
	Title       string // what the job is, for people: "sample fashion-28"
	Step, Steps int
	// PerStep is the running mean of the time of a step. Compiling, pauses and
	// other jobs' time are not in it.
	PerStep time.Duration
	ETA     time.Duration // PerStep, or what is known of the model, times the steps that are left
	Compile time.Duration // time of the first evaluation beyond that of a later one
	Err     error         // why the job failed
}

// Job is one piece of work in the lane. Its methods may be called from any
// goroutine and return at once, but for Wait.
type Job struct {
	id      int
	title   string
	urgency urgency
	lane    *lane
	notify  func()
	ctx     context.Context // ends when the job is to stop
	cancel  context.CancelFunc
	done    chan struct{}

	// The lane's own: the job's work as a sequence of evaluations.
	work func(yield func() bool) error
	next func() (struct{}, bool)
	halt func()

	recording *Recording
	recipe    Recipe
	family    string   // of the model that makes pictures
	labels    []string // that the recipe asks for
	draft     bool     // begun with another run's pictures, see Draft
	training  *trainingLog
	engine    string
	parted    bool  // the pictures that a fork goes on from are not those of the recipe, to the bit
	asked     []Act // that wait for the step under way, guarded by lock

	lock            sync.Mutex // guards the fields below
	phase           Phase
	step, steps     int
	perStep         time.Duration
	compile         time.Duration
	expected        time.Duration       // of a step, before one was measured
	learn           func(time.Duration) // told the time of a step; may be nil
	inFirst         bool                // compile includes the first step
	paused, stopped bool
	weights         *sampling.Weights // of the newest pictures
	gradients       int               // evaluations that they took
	told            bool              // the lane has called notify since the last Pause, Resume or Stop
	err             error
}

// newJob makes a job that is not yet in the lane. work calls yield between two
// evaluations and returns soon when yield reports false.
func (s *Studio) newJob(title string, u urgency, notify func(), work func(j *Job, yield func() bool) error) *Job {
	s.lock.Lock()
	s.jobs++
	id := s.jobs
	s.lock.Unlock()
	if notify == nil {
		notify = func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &Job{
		id: id, title: title, urgency: u, lane: s.lane, notify: notify, ctx: ctx, cancel: cancel,
		done: make(chan struct{}), phase: Queued, told: true,
	}
	j.work = func(yield func() bool) error { return work(j, yield) }
	return j
}

// start puts the job in the lane.
func (j *Job) start() *Job {
	if !j.lane.add(j) {
		j.err = ErrClosed
		j.finish()
	}
	return j
}

// ID numbers the jobs of a studio from 1.
func (j *Job) ID() int { return j.id }

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }

// Recording is what a sampling job has recorded so far, nil for other jobs.
func (j *Job) Recording() *Recording { return j.recording }

// Recipe is the recipe of a sampling job, with the engine that runs it.
func (j *Job) Recipe() Recipe {
	j.lock.Lock()
	defer j.lock.Unlock()
	r := j.recipe
	r.Engine = j.engine
	return r
}

// Wait returns when the job has ended, with its error, or when ctx has, with
// that of ctx. A job that was stopped has no error.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.err
}

// Pause holds the job after the evaluation under way.
func (j *Job) Pause() { j.turn(func() { j.paused = true }) }

// Resume lets a paused job go on.
func (j *Job) Resume() { j.turn(func() { j.paused = false }) }

// Stop ends the job after the evaluation under way; what it made is kept.
func (j *Job) Stop() {
	j.turn(func() { j.stopped = true })
	j.cancel()
}

func (j *Job) turn(change func()) {
	j.lock.Lock()
	if !j.phase.Final() {
		change()
		j.told = false
	}
	j.lock.Unlock()
	j.lane.changed()
}

// Progress is where the job stands now.
func (j *Job) Progress() Progress {
	j.lock.Lock()
	defer j.lock.Unlock()
	p := Progress{Phase: j.phase, Title: j.title, Step: j.step, Steps: j.steps, PerStep: j.perStep, Compile: j.compile, Err: j.err}
	p.ETA = cmp.Or(j.perStep, j.expected) * time.Duration(max(0, j.steps-j.step))
	switch {
	case j.phase.Final():
		p.ETA = 0
	case j.stopped:
		p.Phase = Stopping
	case j.paused:
		p.Phase = Paused
	}
	return p
}

type want int

const (
	wantsNothing want = iota
	wantsStep
	wantsTurn // to be stopped, or to tell that it was paused or resumed
)

func (j *Job) wants() want {
	j.lock.Lock()
	defer j.lock.Unlock()
	switch {
	case j.stopped || !j.told:
		return wantsTurn
	case j.paused:
		return wantsNothing
	}
	return wantsStep
}

// advance does the next evaluation of the job, or ends it where it was stopped;
// it reports whether the job is over. Called by the lane alone.
func (j *Job) advance() (over bool) {
	defer func() {
		if p := recover(); p != nil {
			j.fail(panicError(p))
			over = true
		}
	}()
	j.lock.Lock()
	stopped, told := j.stopped, j.told
	j.told = true
	j.lock.Unlock()
	switch {
	case stopped:
		if j.halt != nil {
			j.halt() // the work's yield reports false, and it returns
		}
		return true
	case !told:
		j.notify()
		return false
	case j.next == nil:
		j.next, j.halt = iter.Pull(func(yield func(struct{}) bool) {
			if err := j.work(func() bool { return yield(struct{}{}) }); err != nil {
				j.fail(err)
			}
		})
	}
	_, more := j.next()
	return !more
}

func (j *Job) fail(err error) {
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.err == nil {
		j.err = err
	}
}

// finish sets the final phase and tells everyone who waits.
func (j *Job) finish() {
	j.lock.Lock()
	switch {
	case j.err != nil:
		j.phase = Failed
	case j.stopped && (j.steps == 0 || j.step < j.steps):
		j.phase = Stopped
	default:
		j.phase = Done
	}
	j.lock.Unlock()
	j.cancel()
	defer close(j.done)
	defer func() { _ = recover() }() // a client's fault must not end the lane
	j.notify()
}

// enter sets the phase and tells the client.
func (j *Job) enter(p Phase) {
	j.lock.Lock()
	same := j.phase == p
	j.phase = p
	j.lock.Unlock()
	if !same {
		j.notify()
	}
}

// count records that a step is done and how long it took; first says that its
// time is that of a compilation too.
func (j *Job) count(step int, took time.Duration, first bool) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.step = step
	if !first && j.learn != nil {
		j.learn(took)
	}
	switch {
	case first:
		j.compile, j.inFirst = took, true
	case j.perStep == 0:
		j.perStep = took
		if j.inFirst {
			j.compile = max(0, j.compile-took)
		}
	default:
		j.perStep += (took - j.perStep) / 8
	}
}
