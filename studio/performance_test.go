package studio

import (
	"bytes"
	"runtime"
	"testing"
	"time"
)

// TestPerformance reads a run's pace while it runs and after it, and what the process
// takes.
func TestPerformance(t *testing.T) {
	const step = 2 * time.Millisecond
	f := &fake{before: func(int) { time.Sleep(step) }}
	s, o := f.open(t, 0)
	if p := s.Performance(); p.Moves || p.Job.Phase != "" || p.StepsASecond() != 0 {
		t.Errorf("before anything ran: found %+v", p)
	}
	j := s.Sample(o, recipe(o, 3, map[string]float64{"steps": 100000}), nil)
	for limit := time.Now().Add(20 * time.Second); s.Performance().Job.Step < 5; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("found %+v", s.Performance())
		}
	}
	p := s.Performance()
	if !p.Moves || p.Chains != 3 || p.Job.PerStep < step || p.Engine.Name == "" || p.Threads != runtime.GOMAXPROCS(0) {
		t.Errorf("while it runs: found %+v", p)
	}
	if want := float64(time.Second) / float64(p.Job.PerStep); p.StepsASecond() != want {
		t.Errorf("found %g steps a second, want %g", p.StepsASecond(), want)
	}
	j.Stop()
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(20 * time.Second); s.Performance().Moves; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("a run that was stopped still moves")
		}
	}
	if p := s.Performance(); p.Chains != 3 || p.Job.PerStep < step {
		t.Errorf("the pace of the last run is gone: %+v", p)
	}
}

// TestMemoryIsMeasured holds 64 MB and finds them again in what Go takes, and in what is
// resident where the system tells it.
func TestMemoryIsMeasured(t *testing.T) {
	before := MemoryNow()
	held := bytes.Repeat([]byte{1}, 64<<20)
	after := MemoryNow()
	runtime.KeepAlive(held)
	if before.Ours == 0 || after.Ours < 64<<20 || after.Ours < before.Ours {
		t.Errorf("found %d bytes with 64 MB held, %d before", after.Ours, before.Ours)
	}
	if runtime.GOOS == "linux" && after.Resident < 64<<20 {
		t.Errorf("resident: found %d bytes with 64 MB held", after.Resident)
	}
	for text, want := range map[string]uint64{"9 3 1 1 0 1 0\n": 3 * 4096, "": 0, "9": 0, "9 many": 0} {
		if got := residentOf([]byte(text), 4096); got != want {
			t.Errorf("statm %q: found %d, want %d", text, got, want)
		}
	}
}
