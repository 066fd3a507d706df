package studio

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
	train := s.trainingJob("train", training.Options{}, nil, loop(1_000_000_000, &d)).start()
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
	j := s.trainingJob("train", training.Options{Notify: func(training.Progress) { told++ }}, nil, loop(7, &diary{})).start()
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if p := j.Progress(); p.Phase != Done || p.Step != 7 || p.Steps != 7 || told != 7 {
		t.Errorf("found %+v, told %d times; want 7 of 7", p, told)
	}
	broken := errors.New("diverged")
	j = s.trainingJob("train", training.Options{}, nil, func(context.Context, training.Options) (training.Result, error) {
		return training.Result{}, broken
	}).start()
	if err := j.Wait(deadline(t)); !errors.Is(err, broken) || j.Progress().Phase != Failed {
		t.Errorf("found %v, want %v", err, broken)
	}
	if err := s.StartTraining(TrainRequest{Family: "cats"}, nil).Wait(deadline(t)); err == nil || !strings.Contains(err.Error(), `train "cats"`) {
		t.Errorf("found %v, want the family named", err)
	}
}

// TestCurvesOfALongTraining: many iterations become few points, whose means stay those of
// the iterations; a measurement that begins late has gaps before.
func TestCurvesOfALongTraining(t *testing.T) {
	var c Curves
	const n = 10_000
	for i := range n {
		m := map[string]float64{"loss": float64(i)}
		if i >= n/2 {
			m["late"] = 1
		}
		c.add(i+1, m)
	}
	got := c.clone()
	if k := len(got.Iterations); k < curvePoints/4 || k > curvePoints || got.Iterations[k-1] <= n*9/10 {
		t.Fatalf("%d points, the last of iteration %d", k, got.Iterations[k-1])
	}
	for k, v := range got.Values["loss"] {
		if at := float64(got.Iterations[k]); float64(v) > at || float64(v) < at-2*n/float64(len(got.Iterations)) {
			t.Fatalf("point %d of iterations until %g has mean %g", k, at, v)
		}
	}
	if late := got.Values["late"]; late[0] == late[0] || late[len(late)-1] != 1 {
		t.Errorf("what came late: %v ... %v", late[0], late[len(late)-1])
	}
	c.Values["loss"][0] = -5
	if got.Values["loss"][0] == -5 {
		t.Error("the copy is not one")
	}
}

// TestOrdersOfATraining: a save on demand is remembered, and a training that is dropped is
// told to leave its folder alone.
func TestOrdersOfATraining(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	dropped := make(chan training.Order, 1)
	j := s.trainingJob("train", training.Options{}, nil, func(ctx context.Context, o training.Options) (training.Result, error) {
		for i := 1; ctx.Err() == nil; i++ {
			p := training.Progress{Iteration: i, Iterations: 1 << 30, Metrics: map[string]float64{"loss": 1}}
			if o.Order() == training.OrderSave {
				p.Note, p.Sheets = "saved", []string{"sheet.png"}
			}
			o.Notify(p)
		}
		dropped <- o.Order()
		return training.Result{Iterations: 5, Reason: training.Dropped}, nil
	}).start()
	j.SaveTraining()
	for j.Trained().Saved == 0 {
		if j.Progress().Phase.Final() {
			t.Fatal("ended before it was saved")
		}
	}
	if got := j.Trained(); len(got.Sheets) != 1 || len(got.Curves.Values["loss"]) == 0 {
		t.Errorf("found %+v", got)
	}
	saved := j.Trained().Saved
	j.DropTraining()
	if err := j.Wait(deadline(t)); err != nil || <-dropped != training.OrderDiscard || j.Trained().Saved != saved {
		t.Errorf("dropped: %v, saved after %d, then %d", err, saved, j.Trained().Saved)
	}
}

// TestDataThatIsGone: a folder that is not there any more is told plainly; data that the
// program makes never is.
func TestDataThatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pictures")
	if told := dataGone(dir); !strings.Contains(told, dir) || !strings.Contains(told, "goes on") {
		t.Errorf("found %q", told)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if told := dataGone(dir) + dataGone(facesData) + dataGone("moons"); told != "" {
		t.Errorf("found %q", told)
	}
}

// TestDataMarks: the same data has the same fingerprint, and other data another.
func TestDataMarks(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{facesData, allFacesData, "moons", "rings", greyFolder(t, 4, 0, 0, 1), greyFolder(t, 4, 0, 0.1, 1)} {
		var marks [2]training.DataMark
		for i := range marks {
			data, err := openLearningData(name, 3, 8)
			if err == nil {
				marks[i], err = markOf(data)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if marks[0] != marks[1] || len(marks[0].Sum) != 64 || seen[marks[0].Sum] != "" {
			t.Errorf("%s: %+v and %+v; seen as %q", name, marks[0], marks[1], seen[marks[0].Sum])
		}
		seen[marks[0].Sum] = name
	}
}
