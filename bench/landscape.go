package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

// What is wanted of a landscape of a bundled model, warm.
const (
	wantedCoarse = 500 * time.Millisecond
	wantedWhole  = 10 * time.Second
)

// landscape is figure 13: the first coarse map and the whole one of 64 by 64 cells, on the
// bundled models, after one that compiles what is not compiled yet. Painting is in it.
func (b *bench) landscape(ctx context.Context) error {
	return b.eachBundled(ctx, "landscape of 64 x 64 cells", wantedLandscape(), b.landscapeOf)
}

func wantedLandscape() string { return fmt.Sprintf("< %v, < %v", wantedCoarse, wantedWhole) }

func (b *bench) landscapeOf(ctx context.Context, s *studio.Studio, o *studio.Opened, name string) error {
	cells := 64
	if b.quick {
		cells = 8
	}
	r := studio.DefaultRecipe(o)
	view, err := studio.ViewOfPoints(o)
	if !o.Plane() {
		view, err = noiseView(o)
	}
	if err != nil {
		return err
	}
	var coarse, whole time.Duration
	for range 2 { // the first compiles
		if coarse, whole, err = oneMap(ctx, s, o, r, view, cells); err != nil {
			return err
		}
	}
	row{
		fmt.Sprintf("landscape of %d x %d cells, %s", cells, cells, name), "coarse " + ms(coarse), "", "whole " + ms(whole), wantedLandscape(),
		verdict(coarse < wantedCoarse && whole < wantedWhole),
	}.write(b.out)
	return nil
}

// noiseView is a view through three pictures that chains begin with.
func noiseView(o *studio.Opened) (studio.MapView, error) {
	x, err := studio.Begin(o, 1, 3)
	if err != nil {
		return studio.MapView{}, err
	}
	return studio.ViewThrough(x, [3]string{"a", "b", "c"}, studio.ViewMargin)
}

// oneMap is the time to the first painted map and to the last.
func oneMap(ctx context.Context, s *studio.Studio, o *studio.Opened, r studio.Recipe, v studio.MapView, cells int) (coarse, whole time.Duration, err error) {
	palette, err := resources.Palette("density")
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	var first atomic.Int64
	var job *studio.LandscapeJob
	ready := make(chan struct{})
	job, err = s.Landscape(o, r, v.Plane, v.Frame, studio.LandscapeOptions{Cells: cells}, func() {
		<-ready
		if l := job.Latest(); l.Cells > 0 && first.Load() == 0 {
			l.Picture(512, palette)
			l.Contours(12)
			first.Store(int64(time.Since(began)))
		}
	})
	close(ready)
	if err != nil {
		return 0, 0, err
	}
	if err := job.Wait(ctx); err != nil {
		return 0, 0, err
	}
	l := job.Latest()
	l.Picture(512, palette)
	l.Contours(12)
	return time.Duration(first.Load()), time.Since(began), nil
}
