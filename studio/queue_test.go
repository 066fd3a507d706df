package studio

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

// queueRig is a queue whose jobs are kept in a list.
type queueRig struct {
	*Queue
	s    *Studio
	o    *Opened
	lock sync.Mutex
	kept []string
	fail map[string]error
}

func newQueueRig(t *testing.T, f *fake) *queueRig {
	t.Helper()
	r := &queueRig{fail: map[string]error{}}
	r.s, r.o = f.open(t, 0)
	r.Queue = r.s.NewQueue(QueueConfig{
		Open: func(_ context.Context, m ProjectModel) (*Opened, error) {
			if o := r.s.Find(m.Ref); o != nil {
				return o, nil
			}
			return nil, errors.New("no such model")
		},
		Keep: func(_ context.Context, w Work, res Result) error {
			r.lock.Lock()
			defer r.lock.Unlock()
			r.kept = append(r.kept, w.Title)
			return r.fail[w.Title]
		},
	})
	t.Cleanup(r.Close)
	return r
}

func (r *queueRig) add(title string, steps float64) int {
	rec := recipe(r.o, 2, map[string]float64{"steps": steps})
	return r.Add(Work{Title: title, Task: SampleTask{Model: r.model(), Recipe: rec}, Steps: int(steps)})
}

func (r *queueRig) model() ProjectModel { return ProjectModel{r.o.Ref(), r.o.Path} }

// until waits until jobs stand as a test wants.
func (r *queueRig) until(t *testing.T, what string, holds func([]QueueLine) bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		if holds(r.Items()) {
			return
		}
	}
	t.Fatalf("waited in vain until %s: %+v", what, r.Works())
}

func states(want ...QueueState) func([]QueueLine) bool {
	return func(items []QueueLine) bool {
		var have []QueueState
		for _, i := range items {
			have = append(have, i.State)
		}
		return slices.Equal(have, want)
	}
}

func (r *queueRig) titles() []string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return slices.Clone(r.kept)
}

func TestAQueueRunsInItsOrder(t *testing.T) {
	gate := make(chan struct{})
	f := &fake{before: func(call int) {
		if call == 1 {
			<-gate
		}
	}}
	r := newQueueRig(t, f)
	r.add("a", 3)
	b := r.add("b", 3)
	c := r.add("c", 3)
	d := r.add("d", 3)
	r.Move(d, 1)
	r.Pause(b)
	r.Remove(c)
	r.until(t, "the first runs", states(QueueRunning, QueueWaiting, QueuePaused))
	close(gate)
	r.until(t, "all but the paused one are done", states(QueueDone, QueueDone, QueuePaused))
	r.Resume(b)
	r.until(t, "the paused one is done too", states(QueueDone, QueueDone, QueueDone))
	if got := r.titles(); !slices.Equal(got, []string{"a", "d", "b"}) {
		t.Errorf("kept in the order %q", got)
	}
	r.Clear()
	if n := len(r.Works()); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

func TestAPausedJobLetsOthersGoFirst(t *testing.T) {
	f := &fake{before: func(int) { time.Sleep(time.Millisecond) }}
	r := newQueueRig(t, f)
	long := r.add("long", 300)
	r.until(t, "it has begun", func(i []QueueLine) bool { return i[0].Progress.Step > 3 })
	r.add("short", 2)
	r.Pause(long)
	r.until(t, "the short one is done", states(QueuePaused, QueueDone))
	step := r.Items()[0].Progress.Step
	r.Resume(long)
	r.until(t, "the long one goes on", func(i []QueueLine) bool { return i[0].State == QueueRunning && i[0].Progress.Step > step })
	r.Hold(true)
	r.until(t, "all is held", states(QueueWaiting, QueueDone))
	r.Hold(false)
	r.Stop(long)
	r.until(t, "it is stopped", states(QueueStopped, QueueDone))
	if got := r.titles(); !slices.Equal(got, []string{"short", "long"}) {
		t.Errorf("found %q: what a stopped job made is to be kept", got)
	}
}

// TestAJobIsStoppedWhileItsModelOpens: it makes nothing, and the next one runs.
func TestAJobIsStoppedWhileItsModelOpens(t *testing.T) {
	for what, end := range map[string]func(*Queue, int){"stopped": (*Queue).Stop, "removed": (*Queue).Remove} {
		r := newQueueRig(t, &fake{})
		opening, proceed, find := make(chan struct{}, 2), make(chan struct{}), r.config.Open
		r.config.Open = func(ctx context.Context, m ProjectModel) (*Opened, error) {
			opening <- struct{}{}
			<-proceed
			return find(ctx, m)
		}
		id := r.add("first", 3)
		r.add("next", 2)
		<-opening
		r.Queue.lock.Lock()
		first := r.works[0]
		r.Queue.lock.Unlock()
		end(r.Queue, id)
		close(proceed)
		r.until(t, "both are over", func(items []QueueLine) bool {
			r.Queue.lock.Lock()
			defer r.Queue.lock.Unlock()
			return !first.begun && items[len(items)-1].State == QueueDone
		})
		if got := r.titles(); !slices.Equal(got, []string{"next"}) || what == "stopped" && first.State != QueueStopped {
			t.Errorf("%s: kept %q, and the first is %s", what, got, first.State)
		}
	}
}

func TestAJobThatFailsIsToldAndTriedAgain(t *testing.T) {
	r := newQueueRig(t, &fake{})
	r.fail["full"] = errors.New("the disk is full")
	r.add("full", 2)
	missing := r.Add(Work{Title: "gone", Task: SampleTask{Model: ProjectModel{Ref: CheckpointRef{SHA256: "none"}}, Recipe: recipe(r.o, 1, nil)}})
	r.add("good", 2)
	r.until(t, "the good one is done all the same", states(QueueFailed, QueueFailed, QueueDone))
	works := r.Works()
	if works[0].Why != "keep what was made: the disk is full" || works[1].Why != "no such model" {
		t.Errorf("found %q and %q", works[0].Why, works[1].Why)
	}
	r.lock.Lock()
	r.fail = nil
	r.lock.Unlock()
	r.Retry(works[0].ID)
	r.Retry(missing)
	r.until(t, "what can be done is", states(QueueDone, QueueFailed, QueueDone))
}

// TestWhenAJobCanBeExpected: the estimate is steps times pace, without the time that a
// job waits, from the first job of a model on.
func TestWhenAJobCanBeExpected(t *testing.T) {
	const step = 4 * time.Millisecond
	f := &fake{before: func(int) { time.Sleep(step) }}
	r := newQueueRig(t, f)
	r.Hold(true)
	r.add("a", 50)
	r.add("b", 100)
	if left, known := Left(r.Items()); known || left != 0 {
		t.Errorf("before anything ran: found %s", left)
	}
	run(t, r.s, r.o, recipe(r.o, 2, map[string]float64{"steps": 20}))
	paces := r.s.Paces()
	if len(paces) != 1 || paces[0].PerStep < step {
		t.Fatalf("found %+v, want one pace of at least %s", paces, step)
	}
	items := r.Items()
	pace := paces[0].PerStep
	if items[0].Takes != 50*pace || items[1].Takes != 100*pace || items[1].Begins != 50*pace {
		t.Errorf("found %+v with a pace of %s", items, pace)
	}
	left, known := Left(items)
	if !known || left != 150*pace {
		t.Errorf("found %s in all, want %s", left, 150*pace)
	}
	time.Sleep(60 * time.Millisecond) // waiting is no work
	if again, _ := Left(r.Items()); again != left {
		t.Errorf("while it waits the estimate goes from %s to %s", left, again)
	}
	other := New(Config{})
	defer other.Close()
	other.SetPaces(append(paces, Pace{"b0b1", 8, "none 0", 0}))
	if d := other.pace("b0b1", 4, paces[0].Device); d != 2*pace {
		t.Errorf("with twice the chains: found %s, want %s", d, 2*pace)
	}
}
