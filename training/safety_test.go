package training

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestTwoTrainingsInOneFolder: the second is refused and told who is there; when the first
// has ended, or was killed, the folder is free.
func TestTwoTrainingsInOneFolder(t *testing.T) {
	dir := t.TempDir()
	other := error(nil)
	train(t, &walker{}, context.Background(), Options{Dir: dir, Iterations: 3, Notify: func(p Progress) {
		if p.Iteration == 2 {
			_, other = Run(context.Background(), (&walker{}).learner(), Options{Dir: dir, Resume: true})
		}
	}})
	locked, ok := errors.AsType[LockedError](other)
	if !ok || locked.Dir != dir || !strings.Contains(other.Error(), "process "+strconv.Itoa(os.Getpid())) || !strings.Contains(other.Error(), "hint: stop that one") {
		t.Fatalf("found error %v, want the process that trains", other)
	}
	if _, err := os.Stat(filepath.Join(dir, LockFile)); err == nil {
		t.Error("the lock is left behind")
	}
	// What a killed process leaves is a file, and no lock.
	if err := os.WriteFile(filepath.Join(dir, LockFile), []byte("process 1 (gone)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	train(t, &walker{}, context.Background(), Options{Dir: dir, Iterations: 5, Resume: true})
}

// TestOtherData: a run that is resumed on other data is refused, but where that is asked
// for; the new data is remembered then.
func TestOtherData(t *testing.T) {
	dir := t.TempDir()
	shirts, shoes := DataMark{"shirts", 10, strings.Repeat("a", 64)}, DataMark{"shoes", 12, strings.Repeat("b", 64)}
	train(t, &walker{}, context.Background(), Options{Dir: dir, Iterations: 2, Data: shirts})
	train(t, &walker{}, context.Background(), Options{Dir: dir, Iterations: 4, Data: shirts, Resume: true})
	state := read(t, dir, StateFile)
	_, err := Run(context.Background(), (&walker{}).learner(), Options{Dir: dir, Iterations: 6, Data: shoes, Resume: true})
	if err == nil || !strings.Contains(err.Error(), `found the data "shoes" (12 pictures, fingerprint bbbbbbbbbbbb…), but the run learns from "shirts" (10 pictures`) {
		t.Errorf("found error %v", err)
	}
	if string(state) != string(read(t, dir, StateFile)) {
		t.Error("the state was touched")
	}
	train(t, &walker{}, context.Background(), Options{Dir: dir, Iterations: 6, Data: shoes, Resume: true, OtherData: true})
	if _, err := Run(context.Background(), (&walker{}).learner(), Options{Dir: dir, Iterations: 8, Data: shirts, Resume: true}); err == nil {
		t.Error("the data that the run goes on with is not remembered")
	}
}

// TestOrders: a save on demand, and a stop that leaves the folder as it was saved.
func TestOrders(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	order, saved := OrderNone, 0
	r := train(t, &walker{}, ctx, Options{Dir: dir, LogEvery: 1, Order: func() Order { return order }, Notify: func(p Progress) {
		if p.Note != "" {
			saved, order = p.Iteration, OrderDiscard
		}
		switch p.Iteration {
		case 4:
			order = OrderSave
		case 9:
			cancel()
		}
	}})
	if r.Reason != Dropped || r.Iterations != 9 || saved != 5 {
		t.Fatalf("found %+v, saved after %d", r, saved)
	}
	r = train(t, &walker{}, context.Background(), Options{Dir: dir, LogEvery: 1, Resume: true, Iterations: 6})
	history, err := ReadHistory(dir)
	if err != nil || r.Iterations != 6 || len(history) != 6 || history[5].Iteration != 6 {
		t.Errorf("went on to %d with a history of %d, %v; want from 5 to 6", r.Iterations, len(history), err)
	}
}

// TestHealth: a gap that grows and gradients that jump are told before they end the run.
func TestHealth(t *testing.T) {
	warned := map[int]string{}
	w := &walker{metrics: func(i int) map[string]float64 {
		m := map[string]float64{"energy_data": 0, "energy_samples": 0.5, "gradient_norm": 1 + 0.1*float64(i%7)}
		switch {
		case i == 80: // one wild update is no news
			m["gradient_norm"] = 50
		case i >= 120 && i < 125:
			m["gradient_norm"] = 30
		case i >= 160:
			m["energy_samples"] = 3.5
		}
		return m
	}}
	train(t, w, context.Background(), Options{Dir: t.TempDir(), Iterations: 230, Notify: func(p Progress) {
		if p.Health.Warning != "" {
			warned[p.Iteration-1] = p.Health.Warning + p.Health.Advice
		}
	}})
	if warned[80] != "" || warned[118] != "" || !strings.Contains(warned[123], "times its usual") || warned[130] != "" {
		t.Errorf("of gradients: %v", warned)
	}
	if !strings.Contains(warned[229], "apart (the run ends beyond 5)") || !strings.Contains(warned[229], "--lr") || warned[161] != "" {
		t.Errorf("of the gap: %q", warned[229])
	}
}

// TestConcern: what a person should know is told, and the run goes on.
func TestConcern(t *testing.T) {
	last := ""
	r := train(t, &walker{}, context.Background(), Options{Dir: t.TempDir(), Concern: func() string { return "the data is gone" }, Notify: func(p Progress) { last = p.Concern }})
	if r.Reason != Done || last != "the data is gone" {
		t.Errorf("found %+v, told %q", r, last)
	}
}
