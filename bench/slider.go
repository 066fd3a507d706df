package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/studio"
)

// wantedSlider is the longest time from a slider's move to the first changed frame.
const wantedSlider = 150 * time.Millisecond

// sliderChains is the number of chains that a person sees by default.
const sliderChains = 16

// slider is figure 12: from a slider's move to the first frame that it changed, on the
// bundled models, warm, while the draft of the move before is still under way. What the
// window adds, drawing a frame, is not in it.
func (b *bench) slider(ctx context.Context) error {
	return b.eachBundled(ctx, "slider to first changed frame", fmt.Sprintf("< %v", wantedSlider), b.sliderOf)
}

// eachBundled opens the bundled models one after the other for a figure that measures each.
// Those that fill a hole are left out: their energy depends on a picture.
func (b *bench) eachBundled(ctx context.Context, figure, wanted string, measure func(context.Context, *studio.Studio, *studio.Opened, string) error) error {
	if b.xla == nil {
		skipped(figure, wanted, b.noXLA).write(b.out)
		return nil
	}
	s := studio.New(studio.Config{Families: zoo.Families(), Engine: asStudio(b.xla)})
	defer s.Close()
	for _, model := range resources.Models() {
		o, err := s.OpenBytes(ctx, model.Name+".safetensors", model.Data, studio.Options{})
		if err != nil {
			return err
		}
		if o.Model.Hole != nil {
			continue
		}
		if err := measure(ctx, s, o, model.Name); err != nil {
			return fmt.Errorf("%s: %w", model.Name, err)
		}
		s.Forget(o)
	}
	return nil
}

func (b *bench) sliderOf(ctx context.Context, s *studio.Studio, o *studio.Opened, name string) error {
	figure := fmt.Sprintf("slider to first changed frame, %s, %d chains", name, sliderChains)
	r := studio.DefaultRecipe(o)
	r.Chains = sliderChains
	if b.quick {
		r.Chains = 2
	}
	if labels := o.Model.Labels; len(labels) > 2 {
		if err := r.Ask(o.Model, fmt.Sprintf("%q AND 0.5*%q", labels[0], labels[2])); err != nil {
			return err
		}
	}
	from := s.Sample(o, r, nil)
	if err := from.Wait(ctx); err != nil {
		return err
	}
	var times []time.Duration
	for i := range 2 + max(5, b.rounds) { // the first two compile what is not compiled yet
		took, next, err := firstChange(ctx, s, o, r, from)
		if err != nil {
			return err
		}
		from.Stop()
		if from = next; i >= 2 {
			times = append(times, took)
		}
	}
	from.Stop()
	if err := from.Wait(ctx); err != nil {
		return err
	}
	slices.Sort(times)
	median, worst := times[len(times)/2], times[len(times)-1]
	row{figure, ms(median), "", "the slowest of " + fmt.Sprint(len(times)) + ": " + ms(worst), fmt.Sprintf("< %v", wantedSlider), verdict(median < wantedSlider)}.write(b.out)
	return nil
}

// firstChange moves the slider: a draft that goes on from another run. It returns how
// long the draft's first step took to come.
func firstChange(ctx context.Context, s *studio.Studio, o *studio.Opened, r studio.Recipe, from *studio.Job) (time.Duration, *studio.Job, error) {
	changed := make(chan struct{}, 1)
	var job *studio.Job
	ready := make(chan struct{})
	began := time.Now()
	job, err := s.Draft(o, r, from, func() {
		<-ready
		if job.Progress().Step >= 1 || job.Progress().Phase.Final() {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})
	close(ready)
	if err != nil {
		return 0, nil, err
	}
	select {
	case <-changed:
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
	took := time.Since(began)
	if p := job.Progress(); p.Err != nil {
		return 0, nil, p.Err
	}
	return took, job, nil
}
