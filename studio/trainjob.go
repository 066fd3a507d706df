package studio

import (
	"context"
	"sync"
	"time"

	"ebmstudio/training"
)

// trainingLog is what a training job has told so far.
type trainingLog struct {
	lock   sync.Mutex
	newest training.Progress
	result training.Result
}

// StartTraining is Train as a job of the lane: between two iterations, chains and
// scores go first. Stop saves the training before the job ends.
func (s *Studio) StartTraining(r TrainRequest, notify func()) *Job {
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
		going, began := true, time.Now()
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
	return j.start()
}

// add keeps the newest progress; it reports whether it is the first.
func (l *trainingLog) add(p training.Progress) (first bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	first = l.newest.Iterations == 0
	l.newest = p
	return first
}

func (l *trainingLog) end(r training.Result) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.result = r
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

func (j *Job) plan(steps int) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.steps = steps
}
