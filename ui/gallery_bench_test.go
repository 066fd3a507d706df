package ui

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// many makes a library of 10,000 pictures of 28x28 pixels with an index.
func many(b *testing.B, dir string) {
	b.Helper()
	s := studiotest.New(b, studiotest.Options{})
	o, err := s.Open(b.Context(), studiotest.WriteCheckpoint(b, "patterns.safetensors"), studio.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := studio.DefaultRecipe(o)
	r.Settings, r.Chains = map[string]float64{"steps": 1}, 100
	job := s.Sample(o, r, nil)
	if err := job.Wait(b.Context()); err != nil {
		b.Fatal(err)
	}
	res, err := job.Result()
	if err != nil {
		b.Fatal(err)
	}
	saved, err := studio.SaveGallery(b.TempDir(), res)
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range saved[:r.Chains] { // copies, since saving waits for the disk
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		for i := range 100 {
			if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+"-"+filepath.Base(path)), data, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	l, err := studio.OpenLibrary(context.Background(), dir, nil)
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkGallery opens a library of 10,000 pictures in the window and scrolls through it.
// What counts of a frame is what holds the UI goroutine, in processor time where other
// programs run too; painting is the toolkit's.
func BenchmarkGallery(b *testing.B) {
	dir := b.TempDir()
	many(b, dir)
	b.Setenv(libraryEnv, dir)
	queue := make(chan func(), 4096)
	open := func() *Window {
		w, err := newWindow(test.NewTempApp(b), Options{Studio: studiotest.New(b, studiotest.Options{}), Version: "bench"}, func(f func()) { queue <- f })
		if err != nil {
			b.Fatal(err)
		}
		w.win.Show()
		return w
	}
	var ui *meter // of what holds the UI goroutine
	until := func(holds func() bool) {
		for limit := time.After(patience); !holds(); {
			select {
			case f := <-queue:
				ui.of(f)
			case <-limit:
				b.Fatal("waited in vain")
			}
		}
	}
	end := func(w *Window) {
		w.close()
		w.busy.Wait()
		w.win.Close()
	}
	b.Run("open", func(b *testing.B) {
		ui = &meter{}
		for b.Loop() {
			b.StopTimer()
			w := open()
			b.StartTimer()
			ui.of(func() { w.tasks.to(taskGallery) })
			until(func() bool { return w.gallery.total == 10_000 && w.gallery.thumb(0).Image != nil })
			b.StopTimer()
			end(w)
			b.StartTimer()
		}
		ui.report(b)
	})
	ui = &meter{}
	w := open()
	defer end(w)
	w.tasks.to(taskGallery)
	g := w.gallery
	until(func() bool { return len(g.items) == 10_000 && !g.library.looking && !g.library.asking })
	for name, by := range map[string]struct {
		rows  int
		pause time.Duration // between two frames
	}{"scroll": {1, 0}, "pages": {6, 0}, "far": {200, 0}, "wheel": {1, 16 * time.Millisecond}, "bar": {40, 16 * time.Millisecond}} {
		b.Run(name, func(b *testing.B) {
			ui = &meter{}
			at := 0
			for b.Loop() {
				ui.of(func() {
					g.grid.ScrollTo(at)
					select {
					case f := <-queue:
						f()
					default:
					}
				})
				time.Sleep(by.pause) // thumbnails come meanwhile
				at = (at + by.rows*g.grid.Columns()) % g.total
			}
			ui.report(b)
		})
	}
	b.Run("search", func(b *testing.B) {
		ui = &meter{}
		for i := 0; b.Loop(); i++ {
			ui.of(func() { g.filter.words.SetText([]string{"patterns", "007"}[i%2]) })
			until(func() bool { return !g.library.asking })
		}
		ui.report(b)
	})
	b.Run("arrow", func(b *testing.B) {
		ui = &meter{}
		for b.Loop() {
			ui.of(func() { g.grid.MoveCursor(1, false) })
		}
		ui.report(b)
	})
	// From picture to picture of a cloud of 2,000, which is selecting on the wall too.
	b.Run("cloud", func(b *testing.B) {
		ui = &meter{}
		some := make([]int, 2000)
		for i := range some {
			some[i] = i
		}
		g.grid.Select(some...)
		g.toggleCloud()
		g.cloud.layOut()
		until(func() bool { return len(g.cloud.names) == len(some) && g.cloud.cancel == nil })
		ui = &meter{}
		for i := 0; b.Loop(); i++ {
			ui.of(func() { g.cloud.view.Step(1-2*(i%2), 0, false) })
		}
		ui.report(b)
		g.toggleCloud()
	})
}
