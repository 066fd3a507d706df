package studio

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ebmstudio/sampling"
	"ebmstudio/training"
)

// loop is a training of n iterations that does nothing but tell of them, and
// writes when it is stopped.
func loop(n int, d *diary) func(context.Context, training.Options) (training.Result, error) {
	return func(ctx context.Context, o training.Options) (training.Result, error) {
		for i := range n {
			if ctx.Err() != nil {
				d.write("saved")
				return training.Result{Iterations: i, Reason: training.Stopped}, nil
			}
			o.Notify(training.Progress{Iteration: i + 1, Iterations: n, Metrics: map[string]float64{"loss": float64(i)}})
		}
		return training.Result{Iterations: n, Reason: training.Done}, nil
	}
}

func TestTrainingLetsChainsGoFirst(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	var d diary
	train := s.trainingJob("train", training.Options{}, nil, loop(1_000_000_000, &d))
	run(t, s, o, recipe(o, 2, sampling.Settings{"steps": 20}))
	if p := train.Progress().Phase; p.Final() {
		t.Fatalf("the training is %s, want it under way", p)
	}
	train.Stop()
	if err := train.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	newest, result, ok := train.Training()
	if d.read() != "saved" || train.Progress().Phase != Stopped || !ok || result.Reason != training.Stopped || newest.Iteration != result.Iterations {
		t.Errorf("found %q, %s, %+v after %+v; want it saved and stopped", d.read(), train.Progress().Phase, result, newest)
	}
}

func TestTrainingToItsEnd(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	told := 0
	j := s.trainingJob("train", training.Options{Notify: func(training.Progress) { told++ }}, nil, loop(7, &diary{}))
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if p := j.Progress(); p.Phase != Done || p.Step != 7 || p.Steps != 7 || told != 7 {
		t.Errorf("found %+v, told %d times; want 7 of 7", p, told)
	}
	broken := errors.New("diverged")
	j = s.trainingJob("train", training.Options{}, nil, func(context.Context, training.Options) (training.Result, error) {
		return training.Result{}, broken
	})
	if err := j.Wait(deadline(t)); !errors.Is(err, broken) || j.Progress().Phase != Failed {
		t.Errorf("found %v, want %v", err, broken)
	}
	if err := s.StartTraining(TrainRequest{Family: "cats"}, nil).Wait(deadline(t)); err == nil || !strings.Contains(err.Error(), `train "cats"`) {
		t.Errorf("found %v, want the family named", err)
	}
}
