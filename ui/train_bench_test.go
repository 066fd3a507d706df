package ui

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/studio"
)

// steered is a training whose iterations are let go one by one.
type steered struct {
	tokens chan struct{}
	done   chan struct{}
}

func newSteered() steered { return steered{make(chan struct{}), make(chan struct{})} }

// notify ends an iteration and waits until the next may begin.
func (s steered) notify(studio.TrainProgress) { s.done <- struct{}{}; <-s.tokens }

// iterations lets n go and returns how long they took; meanwhile the window's work is done
// where it is given, and its time is added up.
func (s steered) iterations(n int, queue chan func(), ours *time.Duration) time.Duration {
	for len(queue) > 0 { // of the other's turn
		<-queue
	}
	took := make(chan time.Duration)
	go func() {
		began := time.Now()
		for range n {
			s.tokens <- struct{}{}
			<-s.done
		}
		took <- time.Since(began)
	}()
	for {
		select {
		case all := <-took:
			return all
		case f := <-queue:
			began := time.Now()
			f()
			*ours += time.Since(began)
		}
	}
}

// BenchmarkTraining compares a training that is watched, the task Train in sight with
// curves, numbers and buttons, with the same one that nobody watches: both exist at once
// and take turns of a few iterations, and medians are compared. Painting is the toolkit's.
// Then it starts chains while the training runs, and says how long their first step took
// with the training and without: that is the wait for the iteration under way.
func BenchmarkTraining(b *testing.B) {
	backend := enginetest.Open(b, engine.XLACPU)
	s := studio.New(studio.Config{Families: zoo.Families(), Engine: func(context.Context) (studio.Engine, error) {
		return studio.Engine{Name: engine.XLACPU, Backend: backend}, nil
	}})
	defer s.Close()
	queue := make(chan func(), 4096)
	w, err := newWindow(test.NewTempApp(b), Options{Studio: s, Version: "bench"}, func(f func()) { queue <- f })
	if err != nil {
		b.Fatal(err)
	}
	w.win.Show()
	w.win.Resize(fyne.NewSize(1320, 860))
	defer func() { w.close(); w.busy.Wait(); w.win.Close() }()
	w.tasks.to(taskTrain)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	request := func(with steered) studio.TrainRequest {
		return studio.TrainRequest{Family: "cdrl", Data: "faces", Options: studio.TrainOptions{Dir: filepath.Join(b.TempDir(), "run"), Notify: with.notify}}
	}
	alone, watched := newSteered(), newSteered()
	ended := make(chan error, 1)
	go func() { _, err := s.Train(ctx, request(alone)); ended <- err }()
	<-alone.done
	w.trainer.train(request(watched))
	for began := false; !began; { // it compiles
		select {
		case <-watched.done:
			began = true
		case f := <-queue:
			f()
		}
	}
	const each = 5
	var ours, wall time.Duration
	alone.iterations(each, nil, nil)
	watched.iterations(each, queue, &ours)
	b.Run("watched", func(b *testing.B) {
		var bare, seen []time.Duration
		ours, wall = 0, 0
		for range max(b.N, 9) {
			bare = append(bare, alone.iterations(each, nil, nil))
			seen = append(seen, watched.iterations(each, queue, &ours))
			wall += seen[len(seen)-1]
		}
		slices.Sort(bare)
		slices.Sort(seen)
		a, v := bare[len(bare)/2], seen[len(seen)/2]
		b.ReportMetric(float64(a.Milliseconds())/each, "ms/iteration-alone")
		b.ReportMetric(100*(float64(v)/float64(a)-1), "%-slower-watched")
		b.ReportMetric(100*float64(ours)/float64(wall), "%-of-a-core-for-watching")
	})
	b.Run("chains", func(b *testing.B) {
		var model *studio.Opened
		for _, m := range resources.Models() {
			if m.Name == "cdrl-faces-16" {
				if model, err = s.OpenBytes(ctx, m.Name, m.Data, studio.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		}
		go func() { // the training runs free
			for ctx.Err() == nil {
				select {
				case watched.tokens <- struct{}{}:
				case <-watched.done:
				case <-ctx.Done():
				}
			}
		}()
		first := func() time.Duration {
			began := time.Now()
			j := s.Sample(model, studio.DefaultRecipe(model), nil)
			for j.Progress().Step == 0 && !j.Progress().Phase.Final() {
				time.Sleep(time.Millisecond)
			}
			took := time.Since(began)
			j.Stop()
			if err := j.Wait(ctx); err != nil {
				b.Fatal(err)
			}
			return took
		}
		first() // compiles
		job := w.trainer.run.job
		var with, without []time.Duration
		for range max(b.N, 9) {
			time.Sleep(100 * time.Millisecond)
			with = append(with, first())
			job.Pause()
			time.Sleep(400 * time.Millisecond) // the iteration under way ends
			without = append(without, first())
			job.Resume()
		}
		slices.Sort(with)
		slices.Sort(without)
		b.ReportMetric(float64(with[len(with)/2].Milliseconds()), "ms-to-first-step-training")
		b.ReportMetric(float64(with[len(with)-1].Milliseconds()), "ms-slowest")
		b.ReportMetric(float64(without[len(without)/2].Milliseconds()), "ms-to-first-step-paused")
	})
	cancel()
	go func() { // both see that they are to end
		for {
			select {
			case alone.tokens <- struct{}{}:
			case watched.tokens <- struct{}{}:
			case <-alone.done:
			case <-watched.done:
			case <-b.Context().Done():
				return
			}
		}
	}()
	w.trainer.run.job.Stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	<-w.trainer.run.job.Done()
}
