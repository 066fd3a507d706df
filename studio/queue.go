package studio

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// QueueState is where a job of the queue stands.
type QueueState string

// The states of a job of the queue.
const (
	QueueWaiting QueueState = "waiting"
	QueueRunning QueueState = "running"
	QueuePaused  QueueState = "paused" // by a person; others go first
	QueueDone    QueueState = "done"
	QueueStopped QueueState = "stopped" // by a person; what it made is kept
	QueueFailed  QueueState = "failed"
)

func (s QueueState) known() bool {
	return slices.Contains([]QueueState{QueueWaiting, QueueRunning, QueuePaused, QueueDone, QueueStopped, QueueFailed}, s)
}

// Ended reports whether a job is over and can be done again.
func (s QueueState) Ended() bool { return s == QueueDone || s == QueueStopped || s == QueueFailed }

// Work is a job of the queue: what is to be done, and where it stands.
type Work struct {
	ID    int // from 1, in the order of adding
	Title string
	Task  Task
	Steps int // of the plan; 0: not known before it runs
	State QueueState
	Why   string // it failed, or what a person should know of what is done
}

// QueueConfig is what a queue needs from outside. Open finds or opens a model; Keep saves
// pictures that have no folder of their own; both are called from goroutines of the queue
// or of the lane. Notify, which may be nil, is told of every change and must be quick.
type QueueConfig struct {
	Open   func(context.Context, ProjectModel) (*Opened, error)
	Keep   func(context.Context, Work, Result) error
	Notify func()
}

// Queue runs jobs one after another, behind what a person looks at. Its methods may be
// called from any goroutine and return at once.
type Queue struct {
	studio *Studio
	config QueueConfig
	ctx    context.Context
	cancel context.CancelFunc
	busy   sync.WaitGroup

	lock  sync.Mutex
	works []*queued // in the order in which they run
	held  bool
	last  int // ID
}

// queued is a job with its run.
type queued struct {
	Work
	job   *Job // nil before it began, and after it ended
	begun bool // its goroutine is under way
}

// NewQueue returns an empty queue of a studio; Close ends it.
func (s *Studio) NewQueue(c QueueConfig) *Queue {
	if c.Notify == nil {
		c.Notify = func() {}
	}
	q := &Queue{studio: s, config: c}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

// Close ends the queue; the job under way is stopped and counts as waiting.
func (q *Queue) Close() {
	q.cancel()
	q.lock.Lock()
	for _, w := range q.works {
		if w.job != nil {
			w.job.Stop()
		}
	}
	q.lock.Unlock()
	q.busy.Wait()
}

// Add puts work at the end and returns its number. Work without a state waits; what was
// running when it was kept waits again.
func (q *Queue) Add(w Work) int {
	var id int
	q.change(func() {
		q.last++
		id = q.last
		if w.ID = id; w.State == "" || w.State == QueueRunning {
			w.State = QueueWaiting
		}
		q.works = append(q.works, &queued{Work: w})
	})
	return id
}

// Move puts a job at a place of the order, 0 the first. One that runs is not interrupted.
func (q *Queue) Move(id, to int) {
	q.change(func() {
		if i := q.index(id); i >= 0 {
			w := q.works[i]
			q.works = slices.Delete(q.works, i, i+1)
			q.works = slices.Insert(q.works, min(max(to, 0), len(q.works)), w)
		}
	})
}

// Pause holds a job; the next one goes first.
func (q *Queue) Pause(id int) {
	q.with(id, func(w *queued) {
		if !w.State.Ended() {
			w.State = QueuePaused
			if w.job != nil {
				w.job.Pause()
			}
		}
	})
}

// Resume lets a paused job take its turn again.
func (q *Queue) Resume(id int) {
	q.with(id, func(w *queued) {
		if w.State == QueuePaused {
			w.State = QueueWaiting
		}
	})
}

// Retry lets a job that has ended run again, from the beginning.
func (q *Queue) Retry(id int) {
	q.with(id, func(w *queued) {
		if w.State.Ended() && !w.begun {
			w.State, w.Why = QueueWaiting, ""
		}
	})
}

// Stop ends a job; what it made is kept.
func (q *Queue) Stop(id int) {
	q.with(id, func(w *queued) {
		switch {
		case w.job != nil:
			w.job.Stop()
		case !w.State.Ended():
			w.State = QueueStopped
		}
	})
}

// Remove takes a job out; one that runs is stopped first.
func (q *Queue) Remove(id int) {
	q.change(func() {
		if i := q.index(id); i >= 0 {
			if j := q.works[i].job; j != nil {
				j.Stop()
			}
			q.works = slices.Delete(q.works, i, i+1)
		}
	})
}

// Clear takes out what is done.
func (q *Queue) Clear() {
	q.change(func() {
		q.works = slices.DeleteFunc(q.works, func(w *queued) bool { return w.State == QueueDone && !w.begun })
	})
}

// Hold pauses the whole queue, or lets it go on.
func (q *Queue) Hold(on bool) {
	q.change(func() {
		q.held = on
		for _, w := range q.works {
			if on && w.State == QueueRunning {
				w.State = QueueWaiting
				if w.job != nil {
					w.job.Pause()
				}
			}
		}
	})
}

// Held reports whether the whole queue is paused.
func (q *Queue) Held() bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.held
}

// Works are the jobs as they can be kept, in their order.
func (q *Queue) Works() []Work {
	q.lock.Lock()
	defer q.lock.Unlock()
	all := make([]Work, len(q.works))
	for i, w := range q.works {
		all[i] = w.Work
	}
	return all
}

// Job is the run of a job that is under way, nil where it is not.
func (q *Queue) Job(id int) *Job {
	q.lock.Lock()
	defer q.lock.Unlock()
	if i := q.index(id); i >= 0 {
		return q.works[i].job
	}
	return nil
}

func (q *Queue) index(id int) int {
	return slices.IndexFunc(q.works, func(w *queued) bool { return w.ID == id })
}

func (q *Queue) with(id int, do func(*queued)) {
	q.change(func() {
		if i := q.index(id); i >= 0 {
			do(q.works[i])
		}
	})
}

// change does something to the jobs, lets the next one begin and tells the client.
func (q *Queue) change(do func()) {
	q.lock.Lock()
	do()
	q.turn()
	q.lock.Unlock()
	q.config.Notify()
}

// turn lets the first job that waits begin or go on, where none runs.
func (q *Queue) turn() {
	if q.held || q.ctx.Err() != nil || slices.ContainsFunc(q.works, func(w *queued) bool { return w.State == QueueRunning }) {
		return
	}
	i := slices.IndexFunc(q.works, func(w *queued) bool { return w.State == QueueWaiting })
	if i < 0 {
		return
	}
	w := q.works[i]
	w.State = QueueRunning
	switch {
	case w.job != nil:
		w.job.Resume()
	case !w.begun:
		w.begun = true
		q.busy.Add(1)
		go q.run(w)
	}
}

// run does one job from its model to what it leaves.
func (q *Queue) run(w *queued) {
	defer q.busy.Done()
	note, err := guard(func() (string, error) { return q.do(w) })
	q.change(func() {
		stopped := w.job != nil && w.job.Progress().Phase == Stopped
		w.job, w.begun = nil, false
		switch {
		case q.ctx.Err() != nil:
			w.State = QueueWaiting // the program ends
		case err != nil:
			w.State, w.Why = QueueFailed, err.Error()
		case stopped:
			w.State = QueueStopped
		default:
			w.State, w.Why = QueueDone, note
		}
	})
}

func (q *Queue) do(w *queued) (note string, err error) {
	q.lock.Lock()
	work := w.Work
	q.lock.Unlock()
	j, keep, err := work.Task.begin(q.ctx, q, work)
	if err != nil {
		return "", err
	}
	j.urgency = urgencyQueue
	q.change(func() {
		w.job = j
		switch {
		case w.State == QueueStopped || q.index(w.ID) < 0 || q.ctx.Err() != nil: // while its model opened
			j.Stop()
		case w.State == QueuePaused || q.held:
			j.Pause()
		}
	})
	j.start()
	if err := j.Wait(q.ctx); err != nil {
		return "", err
	}
	if note, err = keep(q.ctx); err != nil {
		return "", fmt.Errorf("keep what was made: %w", err)
	}
	return note, nil
}
