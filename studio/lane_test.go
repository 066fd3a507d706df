package studio

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ebmstudio/sampling"
)

// diary is a list that jobs write to.
type diary struct {
	lock  sync.Mutex
	lines []string
}

func (d *diary) write(s string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.lines = append(d.lines, s)
}

func (d *diary) read() string {
	d.lock.Lock()
	defer d.lock.Unlock()
	return strings.Join(d.lines, " ")
}

// counting is a job that writes its name n times, one a step.
func counting(s *Studio, d *diary, name string, u urgency, n int) *Job {
	return s.newJob(name, u, nil, func(_ *Job, yield func() bool) error {
		for range n {
			d.write(name)
			if !yield() {
				return nil
			}
		}
		return nil
	})
}

func TestLaneOrder(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	var d diary
	blocked, release := make(chan struct{}), make(chan struct{})
	first := s.newJob("gate", urgencyRender, nil, func(*Job, func() bool) error {
		close(blocked)
		<-release
		return nil
	}).start()
	<-blocked
	var jobs []*Job
	for _, j := range []struct {
		name string
		u    urgency
		n    int
	}{{"export", urgencyExport, 1}, {"train", urgencyTrain, 2}, {"score", urgencyScore, 1}, {"older", urgencyRender, 2}, {"newer", urgencyRender, 2}} {
		jobs = append(jobs, counting(s, &d, j.name, j.u, j.n).start())
	}
	close(release)
	for _, j := range append(jobs, first) {
		if err := j.Wait(deadline(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := d.read(), "newer newer older older score train train export"; got != want {
		t.Errorf("order: found %q, want %q", got, want)
	}
}

func TestUrgentJobGoesBetweenSteps(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	var d diary
	half, release := make(chan struct{}), make(chan struct{})
	train := s.newJob("train", urgencyTrain, nil, func(_ *Job, yield func() bool) error {
		for i := range 4 {
			if i == 2 {
				close(half)
				<-release
			}
			d.write("train")
			if !yield() {
				return nil
			}
		}
		return nil
	}).start()
	<-half
	render := counting(s, &d, "render", urgencyRender, 2).start()
	close(release)
	for _, j := range []*Job{train, render} {
		if err := j.Wait(deadline(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := d.read(), "train train train render render train"; got != want {
		t.Errorf("order: found %q, want %q", got, want)
	}
}

func TestPauseResumeStop(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 0)
	var phases diary
	reached := make(chan struct{})
	var once sync.Once
	var j *Job
	made := make(chan struct{})
	f.before = func(call int) {
		if call == 5 {
			<-made
			j.Pause()
			once.Do(func() { close(reached) })
		}
	}
	o.Model = f.model(0.5)
	r := recipe(o, 2, sampling.Settings{"steps": 100_000})
	j = s.Sample(o, r, func() {
		<-made
		phases.write(string(j.Progress().Phase))
	})
	close(made)
	<-reached
	for !strings.Contains(phases.read(), string(Paused)) {
		time.Sleep(time.Millisecond)
	}
	at := j.Progress()
	if at.Phase != Paused || at.Step != 5 {
		t.Fatalf("after Pause in evaluation 5: found %s at step %d, want paused at 5", at.Phase, at.Step)
	}
	time.Sleep(20 * time.Millisecond)
	if now := j.Progress().Step; now != 5 {
		t.Fatalf("a paused job moved to step %d", now)
	}
	j.Resume()
	for j.Progress().Step < 20 {
		time.Sleep(time.Millisecond)
	}
	j.Stop()
	if p := j.Progress().Phase; p != Stopping && p != Stopped {
		t.Errorf("after Stop: found %s, want stopping at once", p)
	}
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	p := j.Progress()
	if p.Phase != Stopped || p.ETA != 0 {
		t.Errorf("in the end: found %s with ETA %s, want stopped", p.Phase, p.ETA)
	}
	res, err := j.Result()
	if err != nil || res.Steps != p.Step || res.Pictures.N != 2 {
		t.Errorf("partial result: %d pictures after %d steps (%v), want 2 after %d", res.Pictures.N, res.Steps, err, p.Step)
	}
	for _, want := range []Phase{Compiling, Running, Paused, Stopped} {
		if !slices.Contains(strings.Fields(phases.read()), string(want)) {
			t.Errorf("notify never saw the phase %s", want)
		}
	}
}

func TestStopBeforeTheStart(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	var d diary
	blocked, release := make(chan struct{}), make(chan struct{})
	s.newJob("gate", urgencyRender, nil, func(*Job, func() bool) error {
		close(blocked)
		<-release
		return nil
	}).start()
	<-blocked
	j := counting(s, &d, "late", urgencyScore, 3).start()
	j.Stop()
	close(release)
	if err := j.Wait(deadline(t)); err != nil || j.Progress().Phase != Stopped || d.read() != "" {
		t.Errorf("found %v, %s, %q; want a stopped job that never ran", err, j.Progress().Phase, d.read())
	}
}

func TestPanicBecomesError(t *testing.T) {
	f := &fake{before: func(call int) {
		if call == 3 {
			panic("the graph is broken")
		}
	}}
	s, o := f.open(t, 0)
	j := s.Sample(o, recipe(o, 2, nil), nil)
	err := j.Wait(deadline(t))
	if err == nil || !strings.Contains(err.Error(), "the graph is broken") || j.Progress().Phase != Failed {
		t.Errorf("found %v (%s), want the panic as the job's error", err, j.Progress().Phase)
	}
	if res, err := j.Result(); err != nil || res.Steps != 2 {
		t.Errorf("found %d steps (%v), want the 2 before the panic", res.Steps, err)
	}
	f.before = nil
	o.Model = f.model(0.5)
	run(t, s, o, recipe(o, 2, nil)) // the lane goes on
}

func TestPanickingNotify(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := s.Sample(o, recipe(o, 2, nil), func() { panic("client") })
	if err := j.Wait(deadline(t)); err == nil {
		t.Error("found no error, want the panic of notify")
	}
	run(t, s, o, recipe(o, 2, nil))
}

func TestClosedStudio(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 0)
	long := s.Sample(o, recipe(o, 1, sampling.Settings{"steps": 100_000}), nil)
	s.Close()
	if p := long.Progress().Phase; p != Stopped {
		t.Errorf("a running job of a closed studio is %s, want stopped", p)
	}
	if err := s.Sample(o, recipe(o, 1, nil), nil).Wait(deadline(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("found %v, want %v", err, ErrClosed)
	}
}

func TestWaitEndsWithContext(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := s.Sample(o, recipe(o, 1, sampling.Settings{"steps": 100_000}), nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := j.Wait(ctx); !errors.Is(err, context.Canceled) && !j.Progress().Phase.Final() {
		t.Errorf("found %v, want %v", err, context.Canceled)
	}
	j.Stop()
}

func TestProgress(t *testing.T) {
	f := &fake{before: func(call int) {
		d := 2 * time.Millisecond
		if call == 1 {
			d = 60 * time.Millisecond // the compilation
		}
		time.Sleep(d)
	}}
	s, o := f.open(t, 0)
	j := run(t, s, o, recipe(o, 1, sampling.Settings{"steps": 12}))
	p := j.Progress()
	if p.Step != 12 || p.Steps != 12 || p.Phase != Done {
		t.Errorf("found %+v, want 12 of 12 steps done", p)
	}
	if p.Compile < 40*time.Millisecond || p.PerStep >= 40*time.Millisecond {
		t.Errorf("found compile %s and %s a step, want the first evaluation's time in compile alone", p.Compile, p.PerStep)
	}
	if again := run(t, s, o, recipe(o, 1, sampling.Settings{"steps": 3})).Progress(); again.Compile != 0 {
		t.Errorf("second run: found compile time %s, want none", again.Compile)
	}
}

func TestExport(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	var d diary
	save := func(name string, err error) func() error {
		return func() error { d.write(name); return err }
	}
	j := s.Export("gallery", nil, save("png", nil), save("gif", nil))
	if err := j.Wait(deadline(t)); err != nil || j.Progress().Step != 2 || d.read() != "png gif" {
		t.Errorf("found %v, %+v, %q", err, j.Progress(), d.read())
	}
	full := errors.New("the disk is full")
	if err := s.Export("gallery", nil, save("", full), save("never", nil)).Wait(deadline(t)); !errors.Is(err, full) || strings.Contains(d.read(), "never") {
		t.Errorf("found %v, %q; want %v at once", err, d.read(), full)
	}
}

// BenchmarkRecord is what a step of 64 colour pictures of 32x32 costs beside the
// network: the frame, its hashes and the curves.
func BenchmarkRecord(b *testing.B) {
	r := newRecording(64, 3, 32, 32, 0, 1, 64<<20)
	x, e := sampling.NewImages(64, 3, 32, 32), make([]float32, 64)
	for i := range x.Data {
		x.Data[i] = float32(i%997) / 997
	}
	for step := 0; b.Loop(); step++ {
		r.add(step, x)
		r.point("energy", step, e)
		r.point("gradient", step, e)
	}
}
