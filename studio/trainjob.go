package studio

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ebmstudio/training"
)

// trainingLog is what a training job has told so far.
type trainingLog struct {
	lock   sync.Mutex
	newest training.Progress
	result training.Result
	curves Curves
	saved  int      // the iteration after which was saved last; 0: not yet
	sheets []string // files of the newest sample sheets
	order  atomic.Int32
}

// StartTraining is Train as a job of the lane: between two iterations, chains and
// scores go first. Stop saves the training before the job ends.
func (s *Studio) StartTraining(r TrainRequest, notify func()) *Job {
	return s.training(r, notify).start()
}

// training is the job of StartTraining before it is in the lane.
func (s *Studio) training(r TrainRequest, notify func()) *Job {
	return s.trainingJob("train "+r.Family, r.Options, notify, func(ctx context.Context, o training.Options) (training.Result, error) {
		r.Options = o
		return s.Train(ctx, r)
	})
}

func (s *Studio) trainingJob(title string, o training.Options, notify func(), run func(context.Context, training.Options) (training.Result, error)) *Job {
	log := &trainingLog{}
	tell := o.Notify
	j := s.newJob(title, urgencyTrain, notify, func(j *Job, yield func() bool) error {
		j.enter(Compiling) // opening the data and the first iteration
		if o.Resume {
			before, err := training.ReadHistory(o.Dir)
			if err != nil {
				return err
			}
			for _, e := range before {
				log.curves.add(e.Iteration, e.Metrics)
			}
		}
		going, began := true, time.Now()
		o.Order = log.take
		o.Notify = func(p training.Progress) {
			if tell != nil {
				tell(p)
			}
			first := log.add(p)
			j.plan(p.Iterations)
			j.count(p.Iteration, time.Since(began), first)
			j.enter(Running)
			j.notify()
			if going && !yield() {
				going = false
				j.cancel() // the loop saves and returns
			}
			began = time.Now()
		}
		result, err := run(j.ctx, o)
		log.end(result)
		return err
	})
	j.training = log
	return j
}

// take is the order that a person has given; a save is done once.
func (l *trainingLog) take() training.Order {
	order := training.Order(l.order.Load())
	if order == training.OrderSave {
		l.order.CompareAndSwap(int32(order), int32(training.OrderNone))
	}
	return order
}

// add keeps the newest progress; it reports whether it is the first.
func (l *trainingLog) add(p training.Progress) (first bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	first = l.newest.Iterations == 0
	l.newest = p
	l.curves.add(p.Iteration, p.Metrics)
	if p.Note != "" {
		l.saved = p.Iteration
	}
	if len(p.Sheets) > 0 {
		l.sheets = p.Sheets
	}
	return first
}

func (l *trainingLog) end(r training.Result) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.result = r
	if r.Reason != training.Dropped && r.Reason != "" {
		l.saved = r.Iterations
	}
}

// Training is a training job's newest measurements and, once it has ended, its
// result; false for other jobs.
func (j *Job) Training() (training.Progress, training.Result, bool) {
	if j.training == nil {
		return training.Progress{}, training.Result{}, false
	}
	j.training.lock.Lock()
	defer j.training.lock.Unlock()
	return j.training.newest, j.training.result, true
}

// Trained is what there is to be looked at of a training job.
type Trained struct {
	Curves Curves
	Saved  int      // the iteration after which was saved last; 0: not yet
	Sheets []string // files of the newest sample sheets
}

// Trained is what a training job has made so far.
func (j *Job) Trained() Trained {
	if j.training == nil {
		return Trained{}
	}
	j.training.lock.Lock()
	defer j.training.lock.Unlock()
	return Trained{j.training.curves.clone(), j.training.saved, slices.Clone(j.training.sheets)}
}

// SaveTraining has a training save after the iteration under way.
func (j *Job) SaveTraining() { j.orderTraining(training.OrderSave) }

// DropTraining stops a training without saving, so that its folder is as the last save
// left it: a training that diverges does not replace what is good.
func (j *Job) DropTraining() {
	j.orderTraining(training.OrderDiscard)
	j.Stop()
}

func (j *Job) orderTraining(o training.Order) {
	if j.training != nil {
		j.training.order.Store(int32(o))
	}
}

func (j *Job) plan(steps int) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.steps = steps
}
