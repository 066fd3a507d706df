package ui

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// BenchmarkScrub walks to and fro through 1,000 recorded steps of 16 chains in the
// window: a frame is what our own code does for one, off the UI goroutine (reading,
// rings, curves where another chain was selected) and on it (pictures, cursors, the tree
// of forks). Painting is the toolkit's.
func BenchmarkScrub(b *testing.B) {
	queue := make(chan func(), 4096)
	w, err := newWindow(test.NewTempApp(b), Options{Studio: studiotest.New(b, studiotest.Options{}), Version: "bench"}, func(f func()) { queue <- f })
	if err != nil {
		b.Fatal(err)
	}
	w.win.Show()
	defer func() {
		w.close()
		w.busy.Wait()
		w.win.Close()
	}()
	until := func(holds func() bool) {
		for limit := time.After(patience); !holds(); {
			select {
			case f := <-queue:
				f()
			case <-limit:
				b.Fatalf("waited in vain: %s", w.problem)
			}
		}
	}
	w.open(source{path: studiotest.WriteCheckpoint(b, "patterns.safetensors")})
	until(func() bool { return w.now != nil })
	w.now.recipe.Settings = map[string]float64{"steps": 1000}
	w.startRun()
	until(func() bool { return w.now.progress.Phase.Final() && w.stage.last.frame == 1000 })
	for range 3 { // a tree of some size
		w.seekStep(500)
		until(func() bool { return w.stage.last.step == 500 })
		w.forkHere(-1)
		until(func() bool { return w.now.progress.Phase.Final() && w.stage.last.job == w.now.job })
		w.goToRun(0)
		until(func() bool { return w.stage.last.job == w.now.job })
	}
	w.feed.close() // frames are made here
	w.feed = &feed{palette: w.palette, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	disk, err := studio.OpenSpill(b.TempDir(), 1<<30)
	if err != nil {
		b.Fatal(err)
	}
	defer disk.Close()
	for name, of := range map[string]struct {
		sight  sight
		stride int
		pick   bool
		disk   bool // frames are read from the disk, as until a run that was there is back in memory
	}{"steps": {sightChains, 1, false, false}, "far": {sightChains, 137, false, false}, "forks": {sightForks, 7, false, false}, "chains": {sightChains, 7, true, false}, "disk": {sightChains, 137, false, true}} {
		b.Run(name, func(b *testing.B) {
			rec := w.now.job.Recording()
			if err := rec.Recall(); err != nil {
				b.Fatal(err)
			}
			if of.disk {
				if err := rec.Spill(disk); err != nil {
					b.Fatal(err)
				}
			}
			w.stage.times.to(of.sight)
			var frames []time.Duration
			h, at := w.now, 0
			for b.Loop() {
				began := time.Now()
				at = (at + of.stride) % h.frames
				h.frame, h.follow = at, false
				if of.pick {
					h.selected = (h.selected + 1) % 16
				}
				w.stage.showScrub(h)
				w.look()
				w.feed.lock.Lock()
				v := w.feed.want
				w.feed.lock.Unlock()
				w.showShot(w.feed.shoot(v))
				frames = append(frames, time.Since(began))
			}
			slices.Sort(frames)
			b.ReportMetric(float64(frames[len(frames)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(frames[len(frames)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(frames[len(frames)-1].Microseconds())/1000, "worst-ms")
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
		})
	}
}
