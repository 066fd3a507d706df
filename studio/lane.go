package studio

import (
	"sync"
	"time"
)

// urgency orders the lane: a smaller number goes first.
type urgency int

const (
	urgencyView urgency = iota // short, and a person looks at where it will appear
	urgencyRender
	urgencyScore
	urgencyQueue // work that waits in the queue
	urgencyTrain
	urgencyExport
)

// lane runs jobs in one goroutine, one step at a time: each time it picks the
// most urgent job that is not paused and, among equals, the newest, so that what
// a person asked for last moves first. A paused job is one that is not picked.
type lane struct {
	lock   sync.Mutex
	wake   *sync.Cond
	jobs   []*Job // unfinished, oldest first
	closed bool
	done   chan struct{}

	moved      *Job     // did a step last, nil where that one has ended
	last       Progress // of the one that did, once it has ended
	lastChains int
}

func newLane() *lane {
	l := &lane{done: make(chan struct{})}
	l.wake = sync.NewCond(&l.lock)
	go l.run()
	return l
}

// add queues a job; it reports false where the lane is closed.
func (l *lane) add(j *Job) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.closed {
		return false
	}
	l.jobs = append(l.jobs, j)
	l.wake.Broadcast()
	return true
}

// changed tells the lane that a job was paused, resumed or stopped.
func (l *lane) changed() {
	l.lock.Lock()
	l.wake.Broadcast()
	l.lock.Unlock()
}

func (l *lane) close() {
	l.lock.Lock()
	l.closed = true
	jobs := append([]*Job(nil), l.jobs...)
	l.lock.Unlock()
	for _, j := range jobs {
		j.Stop()
	}
	l.changed()
	<-l.done
}

func (l *lane) run() {
	defer close(l.done)
	for {
		j := l.next()
		if j == nil {
			return
		}
		if j.advance() {
			l.remove(j)
			j.finish()
			l.note(j)
		}
	}
}

// next waits for a job that has something to do; nil means that the lane is
// closed and empty.
func (l *lane) next() *Job {
	l.lock.Lock()
	defer l.lock.Unlock()
	for {
		if j := pick(l.jobs); j != nil {
			if j.wants() == wantsStep {
				l.moved = j
			}
			return j
		}
		if l.closed && len(l.jobs) == 0 {
			return nil
		}
		l.wake.Wait()
	}
}

// pick returns the most urgent, newest job that can move; nil where none can. A
// job that was just paused or stopped comes first, since telling so is quick.
func pick(jobs []*Job) *Job {
	var best *Job
	for _, j := range jobs {
		switch j.wants() {
		case wantsTurn:
			return j
		case wantsStep:
			if best == nil || j.urgency <= best.urgency {
				best = j
			}
		}
	}
	return best
}

// Export puts the saving of files into the lane, behind all other work; every
// function is a step of the job, in order. An error ends it.
func (s *Studio) Export(title string, notify func(), steps ...func() error) *Job {
	j := s.newJob(title, urgencyExport, notify, func(j *Job, yield func() bool) error {
		j.enter(Running)
		for i, save := range steps {
			began := time.Now()
			if err := save(); err != nil {
				return err
			}
			j.count(i+1, time.Since(began), false)
			j.notify()
			if !yield() {
				return nil
			}
		}
		return nil
	})
	j.steps = len(steps)
	return j.start()
}

// note keeps how a job that moved last did: not the job, which holds what it recorded.
func (l *lane) note(j *Job) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.moved == j {
		l.moved, l.last, l.lastChains = nil, j.Progress(), j.chains()
	}
}

func (l *lane) remove(j *Job) {
	l.lock.Lock()
	defer l.lock.Unlock()
	for i := range l.jobs {
		if l.jobs[i] == j {
			l.jobs = append(l.jobs[:i], l.jobs[i+1:]...)
			return
		}
	}
}
